"""A sweep's outcome as text: the picture, what each setting does, best and worst, what failed."""

from __future__ import annotations

import csv
import io
import textwrap

from ...engine.sweeps.layout import distinct, is_line, is_map
from ...engine.sweeps.outcome import Outcome, document, ranked
from ..charts.sweeps import sweep_line, sweep_map
from ..drawing.charts import render
from ..drawing.grid_map import render_grid_map
from ..drawing.rows import plain
from ..words.sweep_words import effect_lines, named, point_cells, verdict_lines
from ..words.text import setting, table

HEIGHT = 14
"""Rows of a line's picture."""

LISTED = 20
"""Points of a list."""


def as_text(found: Outcome, width: int, ascii_only: bool) -> list[str]:
    """The outcome in lines.

    Args:
        found: the outcome.
        width: columns.
        ascii_only: draw with ASCII characters.
    """
    statuses = ", ".join(f"{count} {status}" for status, count in found.statuses.items())
    plan, sign = found.plan, "+-" if ascii_only else "±"
    each = f" x {plan.repeats} seeds" if plan.repeats > 1 else ""
    lines = [
        f"{plan.title or plan.preset_name}: {len(plan.points)} points{each}; {statuses}",
        f"{found.metric}{', mean of the seeds' if plan.repeats > 1 else ''}",
        "",
        *_picture(found, width, ascii_only, sign),
    ]
    lines += ["", *effect_lines(found, width), *verdict_lines(found)]
    for number_, reason in sorted(found.failed.items())[:LISTED]:
        trial = plan.trial(number_)
        text = f"failed: {named(trial.settings)} seed {trial.preset.seed}: {reason}"
        lines += textwrap.wrap(text, width, subsequent_indent="  ")
    left = found.failed or found.statuses.keys() - {"finished", "diverged"}
    following = f"sweep --resume {found.sweep.name}"
    if not left:
        following = f"runs list {found.sweep.name} --group-by {next(iter(plan.keys), 'preset')}"
    return [*lines, "", f"saved in {found.sweep}", f"next: gradlab {following}"]


def _picture(found: Outcome, width: int, ascii_only: bool, sign: str) -> list[str]:
    if is_map(found):
        rows = render_grid_map(sweep_map(found, ascii_only=ascii_only), width)
        return [line.rstrip() for line in plain(rows).split("\n")]
    if is_line(found) and any(point.finite for point in found.points):
        spec = sweep_line(found, "ascii" if ascii_only else "braille")
        drawn = plain(render(spec, min(width, 80), HEIGHT)).split("\n")
        return [*(line.rstrip() for line in drawn), "", *_list(found, sign)]
    return _list(found, sign)


def _list(found: Outcome, sign: str) -> list[str]:
    """Points with their means, deviations and findings: of one setting in its order, else the best first."""
    keys = found.plan.keys
    if len(keys) == 1:
        order = distinct(found, keys[0])
        shown = sorted(found.points, key=lambda point: order.index(point.settings[keys[0]]))
    else:
        best = ranked(found)
        shown = [*best, *(point for point in found.points if point not in best)]
    rows = [point_cells(point, keys, sign) for point in shown[:LISTED]]
    lines = table([*keys, found.metric, "runs", "findings"], rows)
    more = len(shown) - LISTED
    return [*lines, f"... and {more} more points; --csv has them all"] if more > 0 else lines


def as_csv(found: Outcome) -> str:
    """One line a point: its settings, how many runs have a value, mean, deviation and interval."""
    rows = document(found)["points"]
    names = list(dict.fromkeys(name for row in rows for name in row["means"]))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*found.plan.keys, "metric", "n", "mean", "std", "low", "high", *names])
    for row in rows:
        settings = [setting(row["settings"][key]) for key in found.plan.keys]
        figures = [row[name] for name in ("n", "mean", "std", "low", "high")]
        others = [row["means"].get(name) for name in names]
        writer.writerow([*settings, found.metric, *figures, *others])
    return file.getvalue().rstrip("\n")
