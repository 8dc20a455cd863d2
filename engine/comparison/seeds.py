"""Runs that differ in nothing but the seed, as groups: mean, spread, and honest differences.

A single run of each setting proves little: the seed alone moves a result. Differences come with an
interval by Student's t: of the pairs, or of unequal variances (Welch 1947). With three runs a side it
covers 95 to 97 of 100 true differences; a percentile bootstrap covers fewer than 80.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .curves import Curve
from .differences import settings_of
from .opened import Opened
from .results import results

ENOUGH = 3
"""Runs below which no interval is given."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Group:
    """Runs of the same settings.

    Attributes:
        label: the letter of its first run, such as A.
        name: name of its first run.
        members: indices of its runs.
        seeds: their seeds.
    """

    label: str
    name: str
    members: tuple[int, ...]
    seeds: tuple[int | None, ...]


@dataclass(frozen=True)
class Spread:
    """A metric over the runs of a group: mean and sample standard deviation (None below two)."""

    mean: float
    std: float | None
    n: int


@dataclass(frozen=True)
class Difference:
    """Mean of one group minus mean of another.

    Attributes:
        value: the difference.
        low: lower end of its 95% interval; None if there are too few runs.
        high: upper end.
        n: runs of both groups, or pairs.
        paired: whether runs of equal seed were subtracted one by one.
        note: "too few runs", or "".
    """

    value: float
    low: float | None
    high: float | None
    n: tuple[int, int]
    paired: bool
    note: str = ""


def groups(runs: Sequence[Opened]) -> list[Group]:
    """Runs whose settings differ in the seed only, in the order of their first members."""
    members: dict[str, list[int]] = {}
    for index, run in enumerate(runs):
        settings = settings_of(run.preset)
        settings.pop("seed", None)
        # a run whose settings are lost is like no other
        key = json.dumps(settings, sort_keys=True, default=str) if settings else f"?{index}"
        members.setdefault(key, []).append(index)
    return [
        Group(
            runs[found[0]].letter,
            runs[found[0]].name,
            tuple(found),
            tuple(runs[i].seed for i in found),
        )
        for found in members.values()
    ]


def spreads(runs: Sequence[Opened], found: Sequence[Group]) -> dict[str, list[Spread | None]]:
    """Every metric's spread in each group; None where no run of it has a finite value."""
    return {
        result.metric: [
            spread([value for i in group.members if (value := result.values[i]) is not None])
            for group in found
        ]
        for result in results(runs)
    }


def spread(values: Sequence[float]) -> Spread | None:
    """Mean and sample standard deviation of the finite values; None without any."""
    finite = np.array([value for value in values if np.isfinite(value)])
    if not len(finite):
        return None
    std = None
    if len(finite) > 1:  # equal values must not differ by rounding
        std = float(finite.std(ddof=1)) if np.ptp(finite) else 0.0
    return Spread(float(finite.mean()), std, len(finite))


def group_difference(
    runs: Sequence[Opened], one: Group, other: Group, metric: str
) -> Difference | None:
    """Mean of `one` minus mean of `other` in a metric, paired by seed if both have the same seeds.

    None if a group has no finite value.
    """
    values = next((r.values for r in results(runs) if r.metric == metric), None)
    if values is None:
        return None
    sides = [
        {runs[i].seed: v for i in group.members if (v := values[i]) is not None and np.isfinite(v)}
        for group in (one, other)
    ]
    unique = all(
        len(set(group.seeds)) == len(group.members) and None not in group.seeds
        for group in (one, other)
    )
    if unique and sides[0].keys() == sides[1].keys():
        return difference(
            list(sides[0].values()), [sides[1][seed] for seed in sides[0]], paired=True
        )
    lists = [
        [v for i in group.members if (v := values[i]) is not None and np.isfinite(v)]
        for group in (one, other)
    ]
    return difference(lists[0], lists[1], paired=False)


def difference(
    a: Sequence[float], b: Sequence[float], *, paired: bool, confidence: float = CONFIDENCE
) -> Difference | None:
    """mean(a) - mean(b) with its interval.

    Args:
        a: finite values.
        b: finite values; as many as of `a`, in the same order, if paired.
        paired: Student's interval of the pairs' differences rather than Welch's of both means.
        confidence: of the interval.

    Returns:
        None if a side is empty; no interval below three values a side.
    """
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not len(one) or not len(other):
        return None
    value, n = float(one.mean() - other.mean()), (len(one), len(other))
    if min(n) < ENOUGH:
        return Difference(value, None, None, n, paired, "too few runs")
    varied = (one - other,) if paired else (one, other)
    if all(np.allclose(values, values[0], 1e-12, 0) for values in varied):  # no spread, no t
        return Difference(value, value, value, n, paired)
    from scipy import stats

    test = stats.ttest_rel(one, other) if paired else stats.ttest_ind(one, other, equal_var=False)
    interval = test.confidence_interval(confidence)
    return Difference(value, float(interval.low), float(interval.high), n, paired)


def band(curves: Sequence[Curve], points: int = 500) -> Curve | None:
    """The mean of several runs' curves, and one standard deviation below and above it.

    Runs are interpolated onto a grid over the positions that all of them have; `broken` is where a
    run is not finite. None if there is no such position.
    """
    filled = [curve for curve in curves if np.isfinite(curve.mean).sum() > 1]
    if len(filled) != len(curves) or not curves:
        return None
    low, high = max(c.x[0] for c in curves), min(c.x[-1] for c in curves)
    if low > high:
        return None
    grid = np.linspace(low, high, min(points, max(len(c.x) for c in curves)))
    rows, broken = [], np.zeros(len(grid), bool)
    for curve in curves:
        finite = np.isfinite(curve.mean)
        rows.append(np.interp(grid, curve.x[finite], curve.mean[finite]))
        broken |= np.interp(grid, curve.x, curve.broken.astype(float)) > 0
    values = np.stack(rows)
    mean = values.mean(axis=0)
    deviation = values.std(axis=0, ddof=1) if len(rows) > 1 else np.zeros(len(grid))
    return Curve(grid, mean, mean - deviation, mean + deviation, broken)
