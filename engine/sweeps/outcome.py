"""What a sweep has come to so far, read from its run directories: its points, effects, best and worst."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..comparison.seeds import CONFIDENCE, ENOUGH, difference, spread
from ..errors import RunError
from ..findings.order import rises
from ..runs.files import read_json
from ..runs.listing import RunRow
from ..runs.query import values
from ..trials.repeats import interval
from .lane import WHOLE, failures, recorded
from .plan import Plan
from .search import End, Told

HEALTHY, DELTA_RATIO = "healthy", "delta_ratio"
"""Measures besides the results of runs: the share of runs without a finding, and the gradient's ratio per
layer at the first step."""

FIRST = ("val_accuracy", "accuracy", "val_loss", "loss")
"""Results in the order in which one is chosen to be shown."""


@dataclass(frozen=True)
class Point:
    """One point of a sweep.

    Attributes:
        number: its place among the points.
        settings: what it changes.
        rows: its runs, by the order of their seeds; None where there is none yet.
        values: the measure of each run; NaN where it has none, or has not ended.
    """

    number: int
    settings: Mapping[str, Any]
    rows: tuple[RunRow | None, ...]
    values: tuple[float, ...]

    @property
    def finite(self) -> list[float]:
        """The values that are numbers."""
        return [value for value in self.values if math.isfinite(value)]

    @property
    def mean(self) -> float:
        """Their mean; NaN without any."""
        return float(np.mean(self.finite)) if self.finite else math.nan


@dataclass(frozen=True)
class Effect:
    """What one setting does to the measure.

    Attributes:
        key: the setting.
        means: of each value, the mean over all points that have it.
        explained: share of the variance between points that the setting alone explains; NaN if the
            points do not differ, or lie where no value comes twice.
    """

    key: str
    means: tuple[tuple[Any, float], ...]
    explained: float


@dataclass(frozen=True)
class Outcome:
    """A sweep as far as it has come.

    Attributes:
        sweep: its directory.
        plan: its plan.
        metric: the measure of every point's values.
        points: one for each point of the plan.
        failed: why trials failed, by their numbers.
    """

    sweep: Path
    plan: Plan
    metric: str
    points: tuple[Point, ...]
    failed: Mapping[int, str]

    @property
    def statuses(self) -> dict[str, int]:
        """How many trials have which status; "waiting" has no run yet."""
        rows = [row for point in self.points for row in point.rows]
        counted = Counter("waiting" if row is None else row.status for row in rows)
        without = sum(1 for n in self.failed if self.row(n) is None)
        counted["waiting"] += self.plan.size - len(rows) - without
        counted["failed"] += without
        return {name: count for name, count in counted.most_common() if count > 0}

    @property
    def progress(self) -> float:
        """Share of all epochs that have been trained, failed trials counted whole."""
        done = 0.0
        for point in self.points:
            for repeat, row in enumerate(point.rows):
                if point.number * self.plan.repeats + repeat in self.failed:
                    done += 1
                elif row is not None:
                    whole = row.status in WHOLE or not row.planned_epochs
                    done += 1 if whole else min(row.epochs / (row.planned_epochs or 1), 1)
        return done / max(self.plan.size, 1)

    def row(self, trial: int) -> RunRow | None:
        """The run of a trial."""
        point, repeat = divmod(trial, self.plan.repeats)
        return self.points[point].rows[repeat] if point < len(self.points) else None


def outcome(
    sweep: Path, plan: Plan, metric: str = "", rows: Sequence[RunRow] | None = None
) -> Outcome:
    """Read what a sweep has come to.

    Args:
        sweep: its directory.
        plan: its plan.
        metric: a result such as val_accuracy or best.val_loss, `healthy`, or `delta_ratio`; by default
            what the plan says if the runs have it, else the first that there is.
        rows: its runs, if they have been read already.

    Raises:
        RunError: no run has such a measure.
    """
    found = recorded(sweep, rows)
    names = {name for row in found.values() for name in row.final}
    planned = plan.metric if plan.metric in known_measures(names) or not names else ""
    shown = metric or planned or _first(found)
    if names:
        refuse_unknown(shown, names)
    points: list[Point] = []
    for number, settings in enumerate(plan.points):
        first = number * plan.repeats
        mine = tuple(found.get(trial) for trial in range(first, first + plan.repeats))
        points.append(Point(number, settings, mine, tuple(measured(row, shown) for row in mine)))
    whole = {n for n, row in found.items() if row.status in WHOLE}
    failed = {n: reason for n, reason in failures(sweep).items() if n not in whole}
    return Outcome(sweep, plan, shown, tuple(points), failed)


def known_measures(names: Iterable[str]) -> list[str]:
    """Everything that runs with these results can be measured by."""
    names = set(names)
    best = (f"best.{name}" for name in names)
    return sorted({*names, *best, HEALTHY, DELTA_RATIO, "seconds", "epochs"})


def refuse_unknown(metric: str, names: Iterable[str]) -> None:
    """Stop where no run with these results has such a measure.

    Raises:
        RunError: naming those that there are.
    """
    known = known_measures(names)
    if metric not in known:
        raise RunError(
            f'no run of this sweep has "{metric}"; a measure is one of {", ".join(known)}'
        )


def remeasured(found: Outcome, metric: str) -> Outcome:
    """The same runs by another measure."""
    points = [
        replace(point, values=tuple(measured(row, metric) for row in point.rows))
        for point in found.points
    ]
    return replace(found, metric=metric, points=tuple(points))


def measures(found: Outcome) -> list[str]:
    """Every measure that the runs have, those that are usually asked for first."""
    names = dict.fromkeys(
        name for point in found.points for row in point.rows if row for name in row.final
    )
    first = [name for name in FIRST if name in names]
    return [*first, HEALTHY, DELTA_RATIO, *(name for name in names if name not in first)]


def measured(row: RunRow | None, metric: str) -> float:
    """A measure of a run that has ended; NaN if it has none."""
    if row is None or row.status not in WHOLE:
        return math.nan
    if metric == HEALTHY:
        return float(row.status == "finished" and not row.findings)
    if metric == DELTA_RATIO:
        return _delta_ratio(row.path)
    found = next(values(row, metric), math.nan)
    return float(found) if isinstance(found, int | float) else math.nan


def score(metric: str, value: float) -> float:
    """A number that is the higher the better: of a loss its negative, of a ratio its nearness to 1."""
    if metric == DELTA_RATIO:
        return -abs(math.log(value)) if value > 0 else -math.inf
    name = metric.removeprefix("best.")
    return value if metric == HEALTHY or rises(name) else -value


def told(found: Outcome) -> list[Told]:
    """The points as a search is told of them."""
    return [Told(dict(point.settings), _end(found, point), point.mean) for point in found.points]


def _end(found: Outcome, point: Point) -> End:
    first = point.number * found.plan.repeats
    failed = [trial in found.failed for trial in range(first, first + found.plan.repeats)]
    whole = [row is not None and row.status in WHOLE for row in point.rows]
    if not all(f or w for f, w in zip(failed, whole, strict=True)):
        return "open"
    if point.finite:
        return "value"
    return "diverged" if any(whole) else "failed"


def ranked(found: Outcome) -> list[Point]:
    """The points that have a value, the best first."""
    valued = [point for point in found.points if point.finite]
    return sorted(valued, key=lambda point: -score(found.metric, point.mean))


def effects(found: Outcome) -> list[Effect]:
    """What each setting does by itself, averaged over the others (main effects)."""
    valued = [point for point in found.points if point.finite]
    means = np.array([point.mean for point in valued])
    total = float(((means - means.mean()) ** 2).sum()) if len(means) else 0.0
    made: list[Effect] = []
    for key in found.plan.keys:
        members: dict[str, list[int]] = {}
        for index, point in enumerate(valued):
            members.setdefault(repr(point.settings[key]), []).append(index)
        by_value = [(valued[m[0]].settings[key], float(means[m].mean())) for m in members.values()]
        between = sum(len(m) * (means[m].mean() - means.mean()) ** 2 for m in members.values())
        tells = total > 0 and len(members) < len(valued)
        made.append(Effect(key, tuple(by_value), float(between / total) if tells else math.nan))
    return made


def verdict(found: Outcome) -> dict[str, Any]:
    """The best and the worst point, and whether the best is told apart from luck.

    Intervals of the differences hold for all comparisons with the best together (Dunn 1961: the error
    of one is 5% over their number).

    Returns:
        best, worst, runner_up (settings and mean, or None); difference, low and high (best minus
        runner-up); alike: how many other points the best is not told apart from; told_apart: whether
        that is none; None where there are fewer than three runs a point.
    """
    order = ranked(found)
    if len(order) < 2:
        best = _shown(order[0]) if order else None
        return {"best": best, "worst": None, "runner_up": None, "told_apart": None, "alike": None,
                "difference": None, "low": None, "high": None}  # fmt: skip
    best, runner_up = order[0], order[1]
    confidence = 1 - (1 - CONFIDENCE) / (len(order) - 1)
    made = [_between(best, other, confidence) for other in order[1:]]
    first, enough = made[0], len(best.finite) >= ENOUGH
    alike = sum(d is None or d.low is None or d.low <= 0 <= (d.high or 0.0) for d in made)
    return {
        "best": _shown(best),
        "worst": _shown(order[-1]),
        "runner_up": _shown(runner_up),
        "difference": first.value if first else None,
        "low": first.low if first else None,
        "high": first.high if first else None,
        "alike": alike if enough else None,
        "told_apart": alike == 0 if enough else None,
    }


def document(found: Outcome) -> dict[str, Any]:
    """What `gradlab sweep --json` prints."""
    return {
        "sweep": found.sweep.name,
        "path": str(found.sweep),
        "preset": found.plan.preset_name,
        "title": found.plan.title,
        "keys": list(found.plan.keys),
        "repeats": found.plan.repeats,
        "metric": found.metric,
        "statuses": found.statuses,
        "points": [_row(found, point) for point in found.points],
        "effects": [
            {
                "key": effect.key,
                "explained": effect.explained,
                "means": [{"value": value, "mean": mean} for value, mean in effect.means],
            }
            for effect in effects(found)
        ],
        **verdict(found),
        "failed": [
            {
                "trial": number,
                "settings": dict(found.points[number // found.plan.repeats].settings),
                "seed": found.plan.trial(number).preset.seed,
                "reason": reason,
            }
            for number, reason in sorted(found.failed.items())
        ],
    }


def _row(found: Outcome, point: Point) -> dict[str, Any]:
    rows = [row for row in point.rows if row is not None]
    whole = [row for row in rows if row.status in WHOLE]
    low, high = interval(point.values) or (None, None)
    of_all = spread(point.values)
    problems = Counter(problem for row in whole for problem in row.findings)
    names = dict.fromkeys(name for row in whole for name in row.final)
    return {
        "settings": dict(point.settings),
        "runs": [row.id for row in rows],
        "seeds": [row.seed for row in rows],
        "statuses": dict(Counter(row.status for row in rows)),
        "values": list(point.values),
        "n": of_all.n if of_all else 0,
        "mean": of_all.mean if of_all else None,
        "std": of_all.std if of_all else None,
        "low": low,
        "high": high,
        "means": {
            name: s.mean if (s := spread([measured(row, name) for row in whole])) else None
            for name in names
        },
        "findings": {name: count / len(whole) for name, count in problems.most_common()},
    }


def _between(best: Point, other: Point, confidence: float) -> Any:
    paired = len(best.finite) == len(best.values) and len(other.finite) == len(other.values)
    paired = paired and len(best.values) == len(other.values)
    return difference(best.finite, other.finite, paired=paired, confidence=confidence)


def _shown(point: Point) -> dict[str, Any]:
    return {"settings": dict(point.settings), "mean": point.mean, "n": len(point.finite)}


def _first(found: Mapping[int, RunRow]) -> str:
    names = {name for row in found.values() for name in row.final}
    return next((name for name in FIRST if name in names), next(iter(sorted(names)), FIRST[0]))


def _delta_ratio(run: Path) -> float:
    """||delta^l|| / ||delta^(l+1)||, the geometric mean over hidden layers at the first recorded step."""
    layers = read_json(run / "summary.json")[0].get("layers", [])
    norms = [layer["delta_norm"]["first"] for layer in layers[:-1]]
    known = [norm for norm in norms if isinstance(norm, int | float)]
    if len(known) < 2 or not known[-1] > 0:
        return math.nan
    return float((known[0] / known[-1]) ** (1 / (len(known) - 1)))
