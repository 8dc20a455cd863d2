"""How runs ended, against a baseline: every metric's value, its delta, and whether that is better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..findings.order import rises
from .opened import Opened

Better = Literal["higher", "lower"]
"""Which way a metric improves."""

COSTS = ("epochs", "steps", "seconds")
"""What a run took; more is neither better nor worse."""

STATE = ("weight norm", "dead units", "saturated units", "clipped steps")
"""What became of the net: the norm of all kernels, units in the layer that has most of them, and the
share of steps that were clipped."""


@dataclass(frozen=True)
class Result:
    """One metric of all runs.

    Attributes:
        metric: its name; `best val_loss` is the best value of any epoch.
        better: which way it improves; None if neither is better.
        values: of each run; None if it has none.
        deltas: value minus the baseline's; None if there is nothing to subtract.
        baseline: index of the run that deltas are taken from.
    """

    metric: str
    better: Better | None
    values: tuple[float | None, ...]
    deltas: tuple[float | None, ...]
    baseline: int = 0

    def gain(self, index: int) -> Literal["better", "worse", "same", "unknown"]:
        """What a run's delta is; a finite value is better than one that is not."""
        value, delta = self.values[index], self.deltas[index]
        reference = self.values[self.baseline]
        if self.better is None or value is None or delta is None or reference is None:
            return "unknown"
        if not math.isfinite(delta):
            return _by_finiteness(value, reference)
        if delta == 0:
            return "same"
        return "better" if (delta > 0) == (self.better == "higher") else "worse"


def direction(metric: str) -> Better:
    """Which way a loss or metric improves."""
    return "higher" if rises(metric) else "lower"


def results(runs: Sequence[Opened], baseline: int = 0) -> list[Result]:
    """Final values, then best ones, then what the runs took.

    Args:
        runs: the runs.
        baseline: index of the run that deltas are taken from.
    """
    rows: list[Result] = []
    finals = [_numbers(run.outcome.get("final")) for run in runs]
    for name in dict.fromkeys(name for final in finals for name in final):
        rows.append(_result(name, direction(name), [f.get(name) for f in finals], baseline))
    bests = [_bests(run.outcome.get("best")) for run in runs]
    for name in dict.fromkeys(name for best in bests for name in best):
        values = [best.get(name) for best in bests]
        rows.append(_result(f"best {name}", direction(name), values, baseline))
    states = [_state(run.outcome) for run in runs]
    for name in STATE:
        values = [state[name] for state in states]
        if any(value is not None for value in values):
            rows.append(_result(name, None, values, baseline))
    for name in COSTS:
        values = [_number(run.outcome.get(name)) for run in runs]
        rows.append(_result(name, None, values, baseline))
    return rows


def _result(name: str, better: Better | None, values: list[float | None], baseline: int) -> Result:
    reference = values[baseline]
    deltas = [None if value is None or reference is None else value - reference for value in values]
    return Result(name, better, tuple(values), tuple(deltas), baseline)


def _state(outcome: dict[str, Any]) -> dict[str, float | None]:
    """What a run's summary says of its layers, by the names of STATE."""
    layers = [layer for layer in outcome.get("layers") or [] if isinstance(layer, dict)]
    weights = [layer.get("weight_norm") for layer in layers]
    weights += [
        layer["recurrent_weight_norm"] for layer in layers if "recurrent_weight_norm" in layer
    ]
    norms = [_number(weight) for weight in weights]
    known = [norm for norm in norms if norm is not None]
    whole = bool(norms) and len(known) == len(norms)
    dead, saturated = (
        max(filter(None, (_number(layer.get(key)) for layer in layers)), default=None)
        for key in ("dead_units", "saturated_units")
    )
    clipping = outcome.get("clipping")
    clipped = _number(clipping.get("share")) if isinstance(clipping, dict) else None
    return dict(
        zip(STATE, (math.hypot(*known) if whole else None, dead, saturated, clipped), strict=True)
    )


def _by_finiteness(value: float, reference: float) -> Literal["better", "worse", "same"]:
    if math.isfinite(value):
        return "better"
    return "worse" if math.isfinite(reference) else "same"


def _numbers(table: Any) -> dict[str, float]:
    if not isinstance(table, dict):
        return {}
    return {name: number for name, v in table.items() if (number := _number(v)) is not None}


def _bests(table: Any) -> dict[str, float]:
    if not isinstance(table, dict):
        return {}
    return _numbers({k: v.get("value") for k, v in table.items() if isinstance(v, dict)})


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
