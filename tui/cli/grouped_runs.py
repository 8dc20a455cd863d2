"""`gradlab runs list --group-by FIELD`: what the runs of each value of a field came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...engine.comparison.seeds import spread
from ...engine.escaping.plain_text import printable
from ...engine.runs.listing import RunRow
from ...engine.runs.query import sort_runs, values
from ..terminal.ascii import stdout_is_ascii
from ..words.text import number, setting, table

SHOWN = ("loss", "val_loss", "accuracy", "val_accuracy")


def grouped(rows: Sequence[RunRow], field: str) -> list[dict[str, Any]]:
    """The runs by the values of a field, the smallest first; a run with several values is in each.

    Returns:
        For each value: the value, its runs, their statuses, mean and deviation of every result, and the
        share of the runs that has each finding.

    Raises:
        RunError: no run has the field.
    """
    members: dict[str, tuple[Any, list[RunRow]]] = {}
    for row in sort_runs(rows, field):
        for value in list(values(row, field)) or [None]:
            members.setdefault(repr(value), (value, []))[1].append(row)
    return [_group(value, runs) for value, runs in members.values()]


def _group(value: Any, runs: list[RunRow]) -> dict[str, Any]:
    found = Counter(problem for row in runs for problem in row.findings)
    results: dict[str, Any] = {}
    for name in dict.fromkeys(name for row in runs for name in row.final):
        of_all = spread([row.final[name] for row in runs if name in row.final])
        results[name] = vars(of_all) if of_all else None
    return {
        "value": value,
        "runs": [row.id for row in runs],
        "statuses": dict(Counter(row.status for row in runs)),
        "results": results,
        "findings": {name: count / len(runs) for name, count in found.most_common()},
    }


def lines(groups: Sequence[dict[str, Any]], field: str) -> list[str]:
    """The groups as a table."""
    names = [name for name in SHOWN if any(name in group["results"] for group in groups)]
    rows = [
        [
            printable(setting(group["value"])),
            str(len(group["runs"])),
            *(_mean(group["results"].get(name)) for name in names),
            printable(
                ", ".join(f"{name} {share:.0%}" for name, share in group["findings"].items())
            ),
        ]
        for group in groups
    ]
    return table([field, "runs", *names, "findings"], rows, right=(1,))


def _mean(result: dict[str, Any] | None) -> str:
    if result is None:
        return "-"
    if result["std"] is None:
        return number(result["mean"])
    sign = "+-" if stdout_is_ascii() else "±"
    return f"{number(result['mean'])} {sign} {number(result['std'], 2)}"
