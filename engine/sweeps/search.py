"""The next point of a sweep whose points are chosen by what those before came to: Optuna's sampler.

Optuna keeps nothing: for every point it is told anew what the runs have come to, so that a sweep that is
resumed goes on as if it had never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import PresetError
from .grid import Axis

TRIES = 100
"""Points to ask for until one is new and valid."""

End = Literal["value", "diverged", "failed", "open"]
"""How a point stands: its runs have a value, have none, could not be trained, or have not ended."""


@dataclass(frozen=True)
class Search:
    """What a sampler is asked for.

    Attributes:
        axes: the settings and their values or ranges.
        count: points in all.
        direction: whether more of the measure is better, or less.
    """

    axes: tuple[Axis, ...]
    count: int
    direction: Literal["maximize", "minimize"]


@dataclass(frozen=True)
class Told:
    """A point and what it came to; `value` counts where `end` is "value"."""

    settings: dict[str, Any]
    end: End
    value: float = math.nan


def suggestions(search: Search, told: Sequence[Told], seed: int) -> Iterator[dict[str, Any]]:
    """Points that were not told yet, the likeliest to be better first.

    A tree-structured Parzen estimator, as Optuna has it: ten points at random, then those that are likelier
    among the better of the points before. Points without a value count as worse than all others.

    Args:
        search: what is asked for.
        told: every point so far.
        seed: the same seed and the same points give the same suggestions.

    Raises:
        PresetError: Optuna is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise PresetError(
            "--optuna needs Optuna, which is not installed: pip install 'gradlab[optuna]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    distributions = {axis.key: _distribution(axis) for axis in search.axes}
    states = {
        "value": optuna.trial.TrialState.COMPLETE,
        "diverged": optuna.trial.TrialState.PRUNED,
        "failed": optuna.trial.TrialState.FAIL,
        "open": optuna.trial.TrialState.RUNNING,
    }
    for attempt in range(TRIES):
        state = np.random.SeedSequence([seed, len(told), attempt]).generate_state(1)
        sampler = optuna.samplers.TPESampler(seed=int(state[0]))
        study = optuna.create_study(direction=search.direction, sampler=sampler)
        for point in told:
            study.add_trial(
                optuna.trial.create_trial(
                    state=states[point.end],
                    value=point.value if point.end == "value" else None,
                    params={a.key: _written(a, point.settings[a.key]) for a in search.axes},
                    distributions=distributions,
                )
            )
        asked = study.ask(distributions).params
        settings = {axis.key: _read(axis, asked[axis.key]) for axis in search.axes}
        if all(point.settings != settings for point in told):
            yield settings


def _distribution(axis: Axis) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if axis.low is None or axis.high is None:
        return CategoricalDistribution(range(len(axis.values)))
    if axis.whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return FloatDistribution(axis.low, axis.high, log=axis.log)


def _written(axis: Axis, value: Any) -> Any:
    """A value as the sampler knows it: of listed ones, the place."""
    return axis.values.index(value) if axis.low is None else value


def _read(axis: Axis, value: Any) -> Any:
    return axis.values[value] if axis.low is None else axis.rounded(value)
