"""Findings on the command line: which of them fail a command, and how they read."""

from __future__ import annotations

import json
import shlex
import textwrap
from typing import Annotated, Any

import typer

from ...engine.errors import PresetError

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
    from ...engine.findings.problems import PROBLEMS

    wanted = {name.strip() for name in (names or "").split(",") if name.strip()}
    unknown = wanted - set(PROBLEMS) - {"any"}
    if unknown:
        raise PresetError(
            f"--fail-on: unknown finding {', '.join(sorted(unknown))}; "
            f"known are any, {', '.join(PROBLEMS)}."
        )
    return wanted


def fails(findings: list[dict[str, Any]], wanted: set[str]) -> bool:
    """Whether one of the findings, or a consequence of one, is among those that `--fail-on` names."""
    found = {f for finding in findings for f in (finding["problem"], *consequences(finding))}
    return bool(found) and bool(wanted & (found | {"any"}))


def consequences(finding: dict[str, Any]) -> list[str]:
    """The problems that follow from a finding; a run of an older version names none."""
    return [str(problem) for problem in finding.get("consequences") or []]


def as_options(changes: dict[str, Any]) -> str:
    """A remedy's changes as options that a shell passes on: `--set model.activation=relu`."""
    return " ".join(f"--set {shlex.quote(f'{k}={_toml(v)}')}" for k, v in changes.items())


def finding_lines(finding: dict[str, Any], width: int = 100) -> list[str]:
    """A finding as text: severity, name and message, then its first remedy.

    Args:
        finding: its JSON document.
        width: columns to wrap the message at; options are never broken.
    """
    head = f"{SEVERITY[finding['severity']]} {finding['problem']}: {finding['message']}"
    lines = textwrap.wrap(head, width, subsequent_indent="  ")
    if following := consequences(finding):
        lines += textwrap.wrap(f"  leads to: {', '.join(following)}", width, subsequent_indent="  ")
    for remedy in finding["remedies"][:1]:
        lines += textwrap.wrap(f"  cure: {remedy['why']}", width, subsequent_indent="  ")
        lines.append(f"  try: {as_options(remedy['set'])}")
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
