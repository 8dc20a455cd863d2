"""What a sweep's points, settings and best point are said to be, in the shell and on the screen."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...engine.sweeps.outcome import Effect, Outcome, Point, effects, verdict
from .text import number, setting


def point_cells(point: Point, keys: Sequence[str], sign: str) -> list[str]:
    """A point in a table: its values, mean and deviation, runs that have one, findings.

    Args:
        point: the point.
        keys: its settings.
        sign: what stands before a deviation.
    """
    mean = number(point.mean) if point.finite else "-"
    if len(point.finite) > 1:
        mean += f" {sign} {number(float(np.std(point.finite, ddof=1)), 2)}"
    rows = [row for row in point.rows if row is not None]
    counted = Counter(problem for row in rows for problem in row.findings)
    found = ", ".join(f"{name} {count}/{len(rows)}" for name, count in counted.items())
    values = [setting(point.settings[key]) for key in keys]
    return [*values, mean, f"{len(point.finite)}/{len(point.rows)}", found]


def effect_lines(found: Outcome, width: int) -> list[str]:
    """What each setting of several does by itself; nothing for one, or for values that come only once."""
    made = [effect for effect in effects(found) if not math.isnan(effect.explained)]
    if not made or len(found.plan.keys) < 2:
        return []
    lines = [line for effect in made for line in _effect_lines(effect, width)]
    return ["by itself, averaged over the others:", *lines, ""]


def _effect_lines(effect: Effect, width: int) -> list[str]:
    means = "  ".join(f"{setting(value)}: {number(mean, 3)}" for value, mean in effect.means)
    text = f"{effect.key} explains {effect.explained:.0%}   {means}"
    return textwrap.wrap(text, width, subsequent_indent="    ", initial_indent="  ")


def verdict_lines(found: Outcome) -> list[str]:
    """The best and the worst point, and whether the best is told apart from luck."""
    said = verdict(found)
    if said["best"] is None:
        return ["no run has ended with a finite value"]
    lines = [f"best   {number(said['best']['mean'])}  {named(said['best']['settings'])}"]
    if said["worst"] is None:
        return lines
    lines.append(f"worst  {number(said['worst']['mean'])}  {named(said['worst']['settings'])}")
    if said["told_apart"] is None:
        lines.append(
            "fewer than three runs a point: the best may be luck; --repeats 3 or more tells"
        )
    elif said["told_apart"]:
        lines.append("the best is told apart from every other point" + _interval(said))
    else:
        others = "one other point" if said["alike"] == 1 else f"{said['alike']} other points"
        lines.append(f"the best is not told apart from {others}: it may be luck" + _interval(said))
    return lines


def _interval(said: dict[str, Any]) -> str:
    if said["low"] is None:
        return ""
    return (
        f"\n  best minus runner-up ({named(said['runner_up']['settings'])}): "
        f"{number(said['difference'])}, {number(said['low'])} to {number(said['high'])}"
    )


def named(settings: Mapping[str, Any]) -> str:
    """A point in one line."""
    return " ".join(f"{key}={setting(value)}" for key, value in settings.items())
