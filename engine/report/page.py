"""The report's page: what differs, what it did, the pictures, the findings, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..comparison.curves import XAxis
from ..comparison.differences import settings_of
from ..comparison.document import comparison
from ..comparison.findings import markers
from ..comparison.opened import Opened
from ..comparison.results import results
from ..errors import RunError
from ..escaping.plain_text import printable
from ..findings.finding import Finding
from ..runs.files import replace_file
from .pictures import Section, curve_sections, heat_sections, measured_sections, profile_sections
from .style import STYLE


def write_report(
    runs: Sequence[Opened],
    target: Path,
    *,
    baseline: int = 0,
    axis: XAxis = "step",
    by_seed: bool = False,
    sweep: Sequence[Section] = (),
) -> None:
    """Write the page of 1 to 20 runs, and of the sweep that they are from.

    Raises:
        RunError: it cannot be written, or Matplotlib is not installed.
    """
    page = render(runs, baseline=baseline, axis=axis, by_seed=by_seed, sweep=sweep)

    def write(temporary: Path) -> None:
        temporary.write_text(page, "utf-8")

    try:
        replace_file(target, write)
    except OSError as error:
        raise RunError(f"cannot write {target}: {error.strerror}") from error


def render(
    runs: Sequence[Opened],
    *,
    baseline: int = 0,
    axis: XAxis = "step",
    by_seed: bool = False,
    sweep: Sequence[Section] = (),
) -> str:
    """The page as text."""
    many = len(runs) > 1
    document = comparison(runs, baseline=baseline, axis=axis, by_seed=by_seed) if many else {}
    groups, found = document.get("groups", []), markers(runs)
    return _PAGE.render(
        runs=runs,
        many=many,
        baseline=baseline,
        title=" and ".join(run.name for run in runs) if len(runs) < 3 else f"{len(runs)} runs",
        verdict=document["verdict"]["sentence"] if many else _standing(runs[0]),
        damage=[(run.letter, sentence) for run in runs for sentence in run.damage],
        differences=document.get("differences"),
        results=results(runs, baseline),
        groups=groups,
        metrics=dict.fromkeys(name for group in groups for name in group["metrics"]),
        reference=next((g["group"] for g in groups if document["baseline"] in g["runs"]), ""),
        findings=found,
        healthy=[run.letter for i, run in enumerate(runs) if all(m.run != i for m in found)],
        curves=curve_sections(runs, axis, by_seed),
        profiles=profile_sections(runs),
        measured=measured_sections(runs),
        heats=heat_sections(runs, baseline),
        sweep=sweep,
        settings=None if many else settings_of(runs[0].preset),
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        style=STYLE,
    )


def fragment(
    title: str,
    verdict: str = "",
    *,
    rows: Sequence[Sequence[Any]] = (),
    findings: Sequence[Finding] = (),
    sections: Sequence[Section] = (),
) -> str:
    """A part of a page, for what shows HTML of its own, such as a notebook.

    Args:
        title: what it is of.
        verdict: what there is to say of it.
        rows: of a table, its headings first.
        findings: in full, with the first remedy of each.
        sections: pictures.
    """
    return _FRAGMENT.render(
        title=title, verdict=verdict, rows=rows, findings=findings, sections=sections
    )


def _value(value: Any) -> str:
    """A measured value in few characters; an en dash if there is none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.5g}" if math.isfinite(value) else str(value)
    return f"{value:.5g}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _versions(run: Opened) -> str:
    versions = run.info.get("versions")
    known = versions if isinstance(versions, dict) else {}
    return ", ".join(f"{k} {v}" for k, v in known.items() if k in ("keras", "tensorflow"))


def _standing(run: Opened) -> str:
    problems = [finding.problem.replace("_", " ") for finding in run.history.standing]
    return f"{run.status}: {', '.join(problems) if problems else 'no findings'}"


def _harmless(value: Any) -> Any:
    """What Jinja escapes as HTML, with control characters as escapes of their own."""
    return value if isinstance(value, Markup) else printable(str(value))


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    finalize=_harmless,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_PAGES.filters |= {"value": _value, "versions": _versions}
_PAGE = _PAGES.get_template("page.html")
_FRAGMENT = _PAGES.get_template("fragment.html")
