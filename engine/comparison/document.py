"""The whole comparison as one JSON document: what `gradlab compare --json` prints and all texts show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..diagnosis.verdict import judge, on_other_data
from ..errors import RunError
from .curves import XAxis, curve, positions
from .depth import common_step, nearest, profile
from .differences import differences, script_of
from .findings import markers
from .opened import MOST, Opened
from .probed import last_time_norms, pooled_together
from .results import COSTS, STATE, Result, results
from .seeds import Difference, Group, group_difference, groups, spreads

CURVE_POINTS = 100
"""Points of a curve in the document at most."""


def comparison(
    runs: Sequence[Opened],
    *,
    baseline: int = 0,
    everything: bool = False,
    axis: XAxis = "step",
    by_seed: bool = False,
) -> dict[str, Any]:
    """Everything that is known about how runs differ.

    Args:
        runs: 2 to 20 runs.
        baseline: index of the run that deltas and the verdict are taken from.
        everything: list equal settings as well.
        axis: the x axis of curves and findings.
        by_seed: also group runs that differ in their seed only.

    Returns:
        Plain values; lists with one entry for each run are in the order of `runs`.

    Raises:
        RunError: too few or too many runs, or the axis cannot be had.
    """
    if not 2 <= len(runs) <= MOST:
        raise RunError(f"compare takes 2 to {MOST} runs, not {len(runs)}")
    rows = results(runs, baseline)
    document: dict[str, Any] = {
        "runs": [
            {
                "letter": run.letter,
                "run": run.id,
                "path": str(run.path),
                "name": run.name,
                "preset": run.info.get("preset_name"),
                "seed": run.seed,
                "status": run.status,
                "tags": list(run.notes.tags),
                "damage": list(run.damage),
            }
            for run in runs
        ],
        "baseline": runs[baseline].letter,
        "x": axis,
        "differences": differences(runs, everything=everything),
        "results": [_result(row, len(runs)) for row in rows],
        "profiles": profiles(runs),
        "time_delta_norm": [_listed(last_time_norms(run.history)) for run in runs],
        "weights": _weights(runs),
        "findings": [
            {
                **asdict(marker),
                "run": runs[marker.run].letter,
                "x": position(runs[marker.run], marker.first_step, axis),
                "x_cleared": None
                if marker.cleared_step is None
                else position(runs[marker.run], marker.cleared_step, axis),
            }
            for marker in markers(runs)
        ],
        "ends": [position(run, max(run.history.step - 1, 0), axis) for run in runs],
        "curves": {
            name: [_curve(run, name, axis) for run in runs] for name in ("loss", "val_loss")
        },
        "verdict": verdict(runs, rows, baseline),
    }
    if by_seed:
        document["groups"] = _groups(runs, groups(runs), baseline)
    return document


def position(run: Opened, step: int, axis: XAxis) -> float:
    """Where a step lies on an axis; by time, where the record nearest to it does."""
    table = run.history.steps
    time = float(table.times[nearest(table.steps, step)]) if len(table) else 0.0
    return float(positions(run, np.array([step]), np.array([time]), axis)[0])


def profiles(runs: Sequence[Opened], step: int | None = None) -> dict[str, Any]:
    """Norms by depth of all runs at one step, by default the last that all have taken.

    Returns:
        `{"step", "same_layers", "delta_norm": [...], "grad_norm": [...]}`; a run's entry has `layers`,
        `relative_depth` and `values`, or is None.
    """
    at = common_step(list(runs)) if step is None else step
    names = {tuple(layer.name for layer in run.history.layers) for run in runs} - {()}
    found: dict[str, Any] = {"step": at, "same_layers": len(names) == 1}
    for statistic in ("delta_norm", "grad_norm"):
        found[statistic] = [
            None
            if (one := profile(run.history, statistic, at)) is None
            else {
                "step": one.step,
                "layers": list(one.layers),
                "relative_depth": one.depth.tolist(),
                "values": one.values.tolist(),
            }
            for run in runs
        ]
    return found


def verdict(runs: Sequence[Opened], rows: Sequence[Result], baseline: int) -> dict[str, Any]:
    """One sentence on which run is better: a judged change for two runs, the best of more."""
    elsewhere = on_other_data(differences(runs))
    if len(runs) == 2:
        other = 1 - baseline
        judged = judge(
            runs[baseline].history,
            runs[other].history,
            same_loss=same_loss([runs[baseline], runs[other]]),
        )
        sentence = (
            f"{runs[other].letter} against {runs[baseline].letter}: {elsewhere}{judged.sentence}"
        )
        return {"outcome": judged.outcome, "sentence": sentence, "measures": _measures(judged)}
    deciding = deciding_metric(rows)
    sick = [run.letter for run in runs if run.history.standing]
    health = f"findings in {', '.join(sick)}" if sick else "no findings in any"
    if deciding is None:
        return {"outcome": None, "sentence": f"The runs share no metric; {health}."}
    best = best_run(deciding)
    value, delta = deciding.values[best], deciding.deltas[best]
    against = (
        f", {delta:+.4g} against {runs[baseline].letter}" if delta and best != baseline else ""
    )
    sentence = (
        f"{runs[best].letter} ({runs[best].name}) is best by {deciding.metric}: "
        f"{elsewhere}{value:.4g}{against}; {health}."
    )
    return {"outcome": None, "sentence": sentence, "metric": deciding.metric,
            "best": runs[best].letter}  # fmt: skip


def same_loss(runs: Sequence[Opened]) -> bool:
    """Whether losses of all runs can be compared: the same loss of the same targets.

    Those of scripts are taken for the same where the scripts have one name.
    """
    changed = differences(runs)
    if any(key.endswith((".loss", ".target_scale")) or key == "data.name" for key in changed):
        return False
    return len({(script_of(run) or "").partition(" ")[0] for run in runs}) == 1


def deciding_metric(rows: Sequence[Result]) -> Result | None:
    """The final metric that all runs have: validation before training, scores before losses.

    A run that has none at all, as it broke off or has only begun, does not count.
    """
    finals = [row for row in rows if row.better and not row.metric.startswith("best ")]
    by_run = zip(*(row.values for row in finals), strict=True)
    missing = [all(value is None for value in values) for values in by_run]
    shared = [
        row
        for row in finals
        if all(none or value is not None for none, value in zip(missing, row.values, strict=True))
    ]
    shared.sort(key=lambda row: (not row.metric.startswith("val_"), row.better != "higher"))
    return shared[0] if shared else None


def best_run(row: Result) -> int:
    """Index of the run with the best value; NaN is worst."""
    sign = -1.0 if row.better == "higher" else 1.0
    values = np.array([sign * (np.nan if v is None else v) for v in row.values])
    return int(np.argmin(np.where(np.isnan(values), np.inf, values)))


def _measures(judged: Any) -> list[dict[str, Any]]:
    return [asdict(measure) for measure in judged.measures]


def _result(row: Result, runs: int) -> dict[str, Any]:
    return {
        "metric": row.metric,
        "better": row.better,
        "values": list(row.values),
        "deltas": list(row.deltas),
        "changes": [row.gain(i) for i in range(runs)]
        if row.metric not in (*STATE, *COSTS)
        else None,
    }


def _weights(runs: Sequence[Opened]) -> dict[str, Any]:
    """Histograms of all weights at the newest measurement: `{"edges", "shares": [of each run]}`."""
    shares, edges = pooled_together([run.history for run in runs])
    return {"edges": edges.tolist(), "shares": [_listed(values) for values in shares]}


def _listed(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else values.tolist()


def _curve(run: Opened, name: str, axis: XAxis) -> dict[str, list[float]] | None:
    found = curve(run, name, axis=axis, points=CURVE_POINTS)
    if found is None:
        return None
    return {key: getattr(found, key).tolist() for key in ("x", "mean", "low", "high")}


def _groups(runs: Sequence[Opened], found: list[Group], baseline: int) -> list[dict[str, Any]]:
    table = spreads(runs, found)
    reference = next(group for group in found if baseline in group.members)
    documents = []
    for index, group in enumerate(found):
        against = {
            metric: _difference(group_difference(runs, group, reference, metric))
            for metric in table
            if group is not reference and metric not in COSTS
        }
        documents.append(
            {
                "group": group.label,
                "name": group.name,
                "runs": [runs[i].letter for i in group.members],
                "seeds": list(group.seeds),
                "metrics": {
                    metric: asdict(spread)
                    for metric, column in table.items()
                    if (spread := column[index]) is not None
                },
                "against": {k: v for k, v in against.items() if v is not None},
            }
        )
    return documents


def _difference(found: Difference | None) -> dict[str, Any] | None:
    return None if found is None else {**asdict(found), "n": list(found.n)}
