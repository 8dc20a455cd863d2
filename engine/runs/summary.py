"""The one-page outcome of a run: what `gradlab run --json` prints and summary.json holds."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..findings.finding import Finding
from ..findings.order import rises
from ..stream.events import Event, Probe, Started, Steps, Weights
from ..stream.history import History, Table
from ..strict_json import restored

_SKETCH_ROWS = 8192


def summarise(history: History, info: dict[str, Any], path: Path) -> dict[str, Any]:
    """The document of `gradlab run --json`.

    Args:
        history: what the run has said so far.
        info: run.json.
        path: the run directory.

    Returns:
        Plain Python values; non-finite numbers are left as they are. `best` counts epochs from 1, as
        the screen does; `findings` are those that stand at the end; a layer's `median` is over the
        recorded steps; its `weight_norm`, `update_ratio`, `dead_units` and `saturated_units` are the
        newest; what was not measured is None.
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


def is_summary(document: Any) -> bool:
    """Whether a JSON document has the shape of `summarise`, so that readers need not look again."""
    if not isinstance(document, dict):
        return False
    final, best = document.get("final"), document.get("best")
    layers, findings = document.get("layers"), document.get("findings")
    return (
        all(isinstance(document.get(name), str) for name in ("run", "status"))
        and all(_is_number(document.get(name)) for name in ("epochs", "steps", "seconds"))
        and (document.get("steps_per_second") is None or _is_number(document["steps_per_second"]))
        and isinstance(final, dict)
        and all(map(_is_number, final.values()))
        and isinstance(best, dict)
        and all(isinstance(b, dict) and _is_number(b.get("value")) for b in best.values())
        and isinstance(layers, list)
        and all(isinstance(layer, dict) and _is_layer(layer) for layer in layers)
        and isinstance(findings, list)
        and all(map(_is_finding, findings))
    )


def _is_layer(layer: dict[str, Any]) -> bool:
    courses = (layer.get("grad_norm"), layer.get("delta_norm"))
    return isinstance(layer.get("name"), str) and all(
        isinstance(course, dict) and all(v is None or _is_number(v) for v in course.values())
        for course in courses
    )


def _is_finding(document: Any) -> bool:
    try:
        Finding.from_document(document)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(restored(value), int | float)


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
    layers = []
    for layer in history.layers:
        units = probed.get(layer.name)
        layers.append(
            {
                "name": layer.name,
                "grad_norm": _course(history.steps, layer.name, "grad_norm"),
                "delta_norm": _course(history.steps, layer.name, "delta_norm"),
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


class Sketch(History):
    """A history that a writer can afford: what `summarise` reads, in a few megabytes.

    Steps beyond 8,192 are sampled evenly (every second, fourth, ... one and the newest), so that only
    the medians of `summarise` are estimates; of weights and probes only the newest is kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stride = 1

    def add(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Steps():
                self._sample(event)
                return
            case Weights():
                self.weights.forget_from(0)
            case Probe():
                self.probes.clear()
            case Started():
                self._stride = 1 if event.step == 0 else self._stride
        super().add(event)

    def _sample(self, event: Steps) -> None:
        if not len(event.steps):
            return
        if len(self.steps) and self.steps.steps[-1] % self._stride:
            self.steps.forget_from(int(self.steps.steps[-1]))  # was only the newest
        chosen = event.steps % self._stride == 0
        chosen[-1] = True
        self.steps.append(event.steps[chosen], event.times[chosen], event.values[chosen])
        while len(self.steps) > _SKETCH_ROWS:
            self._stride *= 2
            self._halve()

    def _halve(self) -> None:
        full, chosen = self.steps, self.steps.steps % self._stride == 0
        chosen[-1] = True
        self.steps = Table(full.columns)
        self.steps.append(full.steps[chosen], full.times[chosen], full.values[chosen])
