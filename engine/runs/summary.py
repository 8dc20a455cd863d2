"""The one-page outcome of a run: what `gradlab run --json` prints and summary.json holds."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..findings.order import rises
from ..stream.history import History, Table
from ..stream.retention import SAMPLED_ROWS, sampled


def summarise(history: History, info: dict[str, Any], path: Path) -> dict[str, Any]:
    """The document of `gradlab run --json`.

    Args:
        history: what the run has said so far.
        info: run.json.
        path: the run directory.

    Returns:
        Plain Python values; non-finite numbers are left as they are. `best` counts epochs from 1, as
        the screen does; `findings` are those that stand at the end; a layer's `median` is over the
        recorded steps, of a long run over 8,192 that are evenly spread; its `weight_norm`,
        `update_ratio`, `dead_units` and `saturated_units` are the newest; what was not measured is
        None.
    """
    end = history.finished
    # a training that failed may not know how far it came
    steps = max(end.step if end else 0, history.step)
    epochs = max(end.epochs if end else 0, len(history.epochs))
    seconds = end.seconds if end and end.seconds else _seconds(history)
    return {
        "run": path.name,
        "path": str(path),
        "status": history.status.status,
        "preset": info.get("preset_name"),
        "seed": info.get("seed"),
        "epochs": epochs,
        "steps": steps,
        "seconds": seconds,
        "steps_per_second": steps / seconds if seconds > 0 else None,
        "final": _final(history),
        "best": _best(history),
        "layers": _layers(history),
        "findings": [finding.document() for finding in history.standing],
    }


def _seconds(history: History) -> float:
    times = history.steps.times
    span = float(times[-1] - times[0]) if len(times) else 0.0
    spans = [span, *(epoch.seconds for epoch in history.epochs[-1:])]
    return max((s for s in spans if np.isfinite(s)), default=0.0)  # imported steps may lack a time


def _final(history: History) -> dict[str, float]:
    logs = history.epochs[-1].logs if history.epochs else {}
    final = {name: value for name, value in logs.items() if name != "learning_rate"}
    return final | (history.finished.test if history.finished else {})


def _best(history: History) -> dict[str, dict[str, float]]:
    best: dict[str, dict[str, float]] = {}
    for epoch in history.epochs:
        for name, value in epoch.logs.items():
            if name == "learning_rate" or not np.isfinite(value):
                continue
            sign = -1 if rises(name) else 1
            if name not in best or sign * value < sign * best[name]["value"]:
                best[name] = {"value": value, "epoch": epoch.epoch + 1}
    return best


def _layers(history: History) -> list[dict[str, Any]]:
    probed = {layer.name: layer for layer in history.probes[-1].layers} if history.probes else {}
    steps = sampled(history.steps, SAMPLED_ROWS)
    layers: list[dict[str, Any]] = []
    for layer in history.layers:
        units = probed.get(layer.name)
        layers.append(
            {
                "name": layer.name,
                "grad_norm": _course(steps, layer.name, "grad_norm"),
                "delta_norm": _course(steps, layer.name, "delta_norm"),
                "weight_norm": _newest(history.weights, layer.name, "weight_norm"),
                "update_ratio": _newest(history.weights, layer.name, "update_ratio"),
                "dead_units": units.dead_units if units else None,
                "saturated_units": units.saturated_units if units else None,
            }
        )
    return layers


def _course(table: Table, layer: str, statistic: str) -> dict[str, float | None]:
    """First, last and median value; the median leaves NaN out, as there is no order with it."""
    if not table.has(layer, statistic) or not len(table):
        return {"first": None, "last": None, "median": None}
    series = table.series(layer, statistic)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all NaN: the median is NaN too
        median = float(np.nanmedian(series))
    return {"first": float(series[0]), "last": float(series[-1]), "median": median}


def _newest(table: Table, layer: str, statistic: str) -> float | None:
    if not table.has(layer, statistic) or not len(table):
        return None
    return float(table.series(layer, statistic)[-1])
