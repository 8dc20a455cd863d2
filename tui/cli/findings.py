"""Findings on the command line: which of them fail a command, and how they read."""

from __future__ import annotations

import json
import shlex
import textwrap
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from ...engine.errors import PresetError
from ...engine.findings.finding import Finding
from ...engine.findings.problems import PROBLEMS

SEVERITY = {"critical": "✖", "warning": "!"}

FailOn = Annotated[
    str | None,
    typer.Option("--fail-on", metavar="NAMES", help="Exit 3 on these findings, or any."),
]
"""The --fail-on option of every command that finds problems."""


def failing_findings(names: str | None) -> set[str]:
    """The findings that `--fail-on` names.

    Raises:
        PresetError: a name that no finding has.
    """
    wanted = {name.strip() for name in (names or "").split(",") if name.strip()}
    unknown = wanted - set(PROBLEMS) - {"any"}
    if unknown:
        raise PresetError(
            f"--fail-on: unknown finding {', '.join(sorted(unknown))}; "
            f"known are any, {', '.join(PROBLEMS)}."
        )
    return wanted


def findings_in(document: dict[str, Any]) -> list[Finding]:
    """The findings of a document as `--json` prints it."""
    return [Finding.from_document(finding) for finding in document["findings"]]


def fails(findings: Iterable[Finding], wanted: set[str]) -> bool:
    """Whether one of the findings, or a consequence of one, is among those that `--fail-on` names."""
    found = {f for finding in findings for f in (finding.problem, *finding.consequences)}
    return bool(found) and bool(wanted & (found | {"any"}))


def as_options(changes: dict[str, Any]) -> str:
    """A remedy's changes as options that a shell passes on: `--set model.activation=relu`."""
    return " ".join(f"--set {shlex.quote(f'{k}={_toml(v)}')}" for k, v in changes.items())


def finding_lines(finding: Finding, width: int = 100) -> list[str]:
    """A finding as text: severity, name and message, then its first remedy.

    Args:
        finding: what was found.
        width: columns to wrap the message at; options are never broken.
    """
    head = f"{SEVERITY[finding.severity]} {finding.problem}: {finding.message}"
    lines = textwrap.wrap(head, width, subsequent_indent="  ")
    if following := ", ".join(finding.consequences):
        lines += textwrap.wrap(f"  leads to: {following}", width, subsequent_indent="  ")
    for remedy in finding.remedies[:1]:
        lines += textwrap.wrap(f"  cure: {remedy.why}", width, subsequent_indent="  ")
        lines.append(f"  try: {as_options(remedy.set)}")
    return lines


def _toml(value: Any) -> str:
    """A value as `--set` reads it; plain words need no quotes."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        pairs = (f"{key} = {_toml_item(item)}" for key, item in value.items() if item is not None)
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml_item, value))}]"
    return json.dumps(value)


def _toml_item(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else _toml(value)
