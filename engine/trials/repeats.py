"""One preset over many seeds: the presets to train, and what their results come to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..comparison.seeds import CONFIDENCE, ENOUGH, spread
from ..errors import PresetError
from ..preset.schema import Preset

MOST = 1000
"""Repeats of one command."""

RESAMPLES = 9999
"""Draws of the bootstrap: SciPy's own default."""


def seeded(preset: Preset, count: int) -> list[Preset]:
    """The preset with its own seed and those that follow it, all on the data of its own seed.

    Generated data that name no `random_state` get one, so that each of them can be trained alone.

    Raises:
        PresetError: fewer than two repeats, more than `MOST`, or seeds beyond 32 bits.
    """
    if not 2 <= count <= MOST:
        raise PresetError(f"--repeats {count}: give a number from 2 to {MOST}")
    if preset.seed + count > 2**32:
        raise PresetError(
            f"--repeats {count}: seed {preset.seed} and those that follow end at 2^32 - 1"
        )
    data = preset.data
    if getattr(data.data_set(), "random_state", 0) is None:
        options = data.options | {"random_state": preset.seed}
        data = data.model_copy(update={"options": options})
    return [
        preset.model_copy(update={"seed": preset.seed + index, "data": data})
        for index in range(count)
    ]


def summed_up(summaries: Sequence[Mapping[str, Any]], group: str) -> dict[str, Any]:
    """What repeats come to, as `gradlab run --repeats --json` has it.

    Args:
        summaries: of the runs, as `runs.summary.summarise` gives them.
        group: what they have in common in run.json.

    Returns:
        group, preset, runs, seeds, statuses, results and findings: of every result its values, number
        of finite ones, mean, sample deviation and interval; of every finding its share of the runs.
    """
    metrics = dict.fromkeys(name for summary in summaries for name in summary["final"])
    found = Counter(f["problem"] for summary in summaries for f in summary["findings"])
    return {
        "group": group,
        "preset": summaries[0]["preset"] if summaries else None,
        "runs": [summary["run"] for summary in summaries],
        "seeds": [summary["seed"] for summary in summaries],
        "statuses": dict(Counter(summary["status"] for summary in summaries)),
        "results": dict(_results(metrics, summaries)),
        "findings": {name: count / len(summaries) for name, count in found.most_common()},
    }


def _results(
    metrics: Mapping[str, None], summaries: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in metrics:
        values = [summary["final"].get(name, math.nan) for summary in summaries]
        of_all = spread(values)
        low, high = interval(values) or (None, None)
        yield (
            name,
            {
                "values": values,
                "n": of_all.n if of_all else 0,
                "mean": of_all.mean if of_all else None,
                "std": of_all.std if of_all else None,
                "low": low,
                "high": high,
            },
        )


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The bootstrap's 95% interval of the mean, by SciPy; None below three finite values.

    Bias-corrected and accelerated (Efron 1987); the same values always give the same interval.
    """
    finite = np.array([value for value in values if math.isfinite(value)])
    if len(finite) < ENOUGH:
        return None
    if not np.ptp(finite):
        return float(finite[0]), float(finite[0])
    from scipy.stats import bootstrap

    found = bootstrap(
        (finite,), np.mean, confidence_level=CONFIDENCE, n_resamples=RESAMPLES, rng=0
    ).confidence_interval
    return float(found.low), float(found.high)
