"""The one-page outcome of a run: what `gradlab run --json` prints and summary.json holds."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..findings.order import rises
from ..stream.clipping import clipping
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
        `update_ratio`, `dead_units` and `saturated_units` are the newest, its `weight_norm_first` the
        first on record; what begins with `recurrent` is there where it has a recurrent kernel;
        `clipping` is a `stream.clipping.Clipping`; what was not measured is None.
    """
    end = history.finished
    # a training that failed may not know how far it came
    steps = max(end.step if end else 0, history.step)
    epochs = max(end.epochs if end else 0, len(history.epochs))
    seconds = end.seconds if end and end.seconds else _seconds(history)
    clipped = clipping(sampled(history.steps, SAMPLED_ROWS))
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
        "clipping": asdict(clipped) if clipped else None,
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
        found = {
            "name": layer.name,
            "grad_norm": _course(steps, layer.name, "grad_norm"),
            "delta_norm": _course(steps, layer.name, "delta_norm"),
            "weight_norm_first": _record(history.weights, layer.name, "weight_norm", 0),
            "weight_norm": _record(history.weights, layer.name, "weight_norm", -1),
            "update_ratio": _record(history.weights, layer.name, "update_ratio", -1),
            "dead_units": units.dead_units if units else None,
            "saturated_units": units.saturated_units if units else None,
        }
        if steps.has(layer.name, "recurrent_grad_norm"):
            found["recurrent_grad_norm"] = _course(steps, layer.name, "recurrent_grad_norm")
            for key, row in (("recurrent_weight_norm_first", 0), ("recurrent_weight_norm", -1)):
                found[key] = _record(history.weights, layer.name, "recurrent_weight_norm", row)
        layers.append(found)
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


def _record(table: Table, layer: str, statistic: str, row: int) -> float | None:
    if not table.has(layer, statistic) or not len(table):
        return None
    return float(table.series(layer, statistic)[row])
