"""Runs made by hand: any statistic of any layer at any step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from gradlab.engine.diagnosis.context import Context, make_context
from gradlab.engine.diagnosis.rules import find
from gradlab.engine.diagnosis.view import Places, View
from gradlab.engine.preset.schema import Preset
from gradlab.engine.stream.data_facts import DataFacts
from gradlab.engine.stream.events import (
    Column,
    Epoch,
    Finished,
    LayerInfo,
    LayerProbe,
    Probe,
    Started,
    Steps,
    Weights,
)
from gradlab.engine.stream.history import History

Values = float | np.ndarray | Callable[[np.ndarray], np.ndarray]
"""A series: one number, one for each step, or a function of the steps."""


def data_of(task: str = "classification", **changes: Any) -> dict[str, Any]:
    """Four balanced classes of scaled inputs, or targets of mean 0 and variance 1."""
    classes = {"binary": 2, "regression": 0}.get(task, 4)
    split = {
        "rows": 200,
        "inputs": {"min": -2.0, "max": 2.0, "mean": 0.0, "std": 1.0},
        "targets": None if classes else {"min": -2.0, "max": 2.0, "mean": 0.0, "std": 1.0},
        "class_counts": {str(i): 50 for i in range(classes)} if classes else None,
    }
    document = {
        "name": "blobs", "task": task, "input_shape": [4],
        "output_units": {"binary": 1, "regression": 1}.get(task, 4), "classes": classes,
        "class_names": [], "scaling": "", "attainable_error": 0.02 if classes else None, "shift": {},
        "splits": {"train": split, "validation": dict(split), "test": None},
    }  # fmt: skip
    return document | changes


@dataclass
class HandMade:
    """A run of `depth` hidden layers and an output, healthy unless told otherwise.

    Attributes:
        depth: hidden layers.
        count: steps taken.
        activation: of the hidden layers.
        steps_per_epoch: steps of an epoch.
        epochs: planned epochs.
        series: (layer index or None, statistic) -> values; layer "*" means all hidden layers.
        logs: values of the epochs' logs, each a number or a list over epochs.
        probe: what the probes say of every hidden layer.
        over: whether the run has ended.
        test: evaluation on the test rows.
    """

    depth: int = 5
    count: int = 1200
    activation: str = "relu"
    output: str = "softmax"
    output_units: int = 4
    steps_per_epoch: int = 100
    epochs: int = 12
    task: str = "classification"
    preset: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    series: dict[tuple[Any, str], Values] = field(default_factory=dict)
    logs: dict[str, Any] = field(default_factory=dict)
    probe: dict[str, Any] = field(default_factory=dict)
    first_probe: dict[str, Any] = field(default_factory=dict)
    over: bool = False
    test: dict[str, float] = field(default_factory=dict)
    loss: str = ""

    def context(self) -> Context:
        """What is known beside the records."""
        document = {
            "data": {"name": "regression" if self.task == "regression" else "blobs"},
            "model": {"family": "mlp", "depth": self.depth, "width": 32, "activation": self.activation,
                      "initializer": "he_normal"},
        }  # fmt: skip
        for table, values in self.preset.items():
            document[table] = document.get(table, {}) | values
        return make_context(
            Preset.model_validate(document),
            TypeAdapter(DataFacts).validate_python(data_of(self.task) | self.data),
            self.loss,
        )

    def started(self) -> Started:
        """How the run began."""
        layers = [
            LayerInfo(f"dense_{i}", "Dense", i, 32, 32, 1056, self.activation, "HeNormal")
            for i in range(self.depth)
        ]
        layers.append(
            LayerInfo("output", "Dense", self.depth, self.output_units, 32, 132, self.output,
                      "GlorotUniform", output=True)
        )  # fmt: skip
        step = ["grad_norm", "delta_norm", "activation_mean", "zero_share"]
        if self.activation in ("tanh", "sigmoid"):
            step.append("saturated_share")
        step += [s for _, s in self.series if s == "grad_norm_clipped"][:1]
        scalars = ("loss", "learning_rate", "grad_norm")
        return Started(
            tuple(layers),
            (
                *(Column("", s) for s in scalars),
                *(Column(layer.name, s) for layer in layers for s in step),
            ),
            tuple(
                Column(layer.name, s) for layer in layers for s in ("weight_norm", "update_ratio")
            ),
            self.steps_per_epoch,
            self.epochs,
        )

    def events(self) -> list[Any]:
        """The run as it would have been told, in blocks of 10 steps."""
        started = self.started()
        steps = np.arange(self.count)
        values = np.empty((self.count, len(started.columns)), np.float32)
        for place, column in enumerate(started.columns):
            values[:, place] = self._series(column, steps)
        weights = np.array(
            [self._series(c, steps[:1])[0] for c in started.weight_columns], np.float32
        )
        told: list[Any] = [started, self._probe(-1, 0, self.first_probe)]
        for first in range(0, self.count, 10):
            part = slice(first, min(first + 10, self.count))
            end = part.stop
            told.append(Steps(steps[part], steps[part].astype(float), values[part]))
            told.append(Weights(end - 1, float(end), weights))
            if end % self.steps_per_epoch == 0:
                epoch = end // self.steps_per_epoch - 1
                told.append(self._probe(epoch, end, self.probe))
                told.append(Epoch(epoch, end, self._logs(epoch, values[:end, 0]), float(end)))
        if self.over:
            told.append(
                Finished("finished", self.count, self.count // self.steps_per_epoch, 1.0, self.test)
            )
        return told

    def history(self) -> History:
        """All of it at once."""
        history = History()
        for event in self.events():
            history.add(event)
        return history

    def view(self) -> View:
        """The run as it stands at its last step."""
        history = self.history()
        assert history.started is not None
        return View(history, Places(history.started), self.context(), self.count, over=self.over)

    def problems(self) -> dict[str, Any]:
        """What all rules find at the last step, effects not yet folded into causes."""
        return find(self.view())

    def _series(self, column: Column, steps: np.ndarray) -> np.ndarray:
        usual = {
            "loss": 1.4 * np.exp(-steps / 200) + 0.01, "learning_rate": 0.001, "grad_norm": 1.0,
            "delta_norm": 1.0, "activation_mean": 0.3, "zero_share": 0.5, "saturated_share": 0.05,
            "weight_norm": 5.0, "update_ratio": 1e-3, "grad_norm_clipped": 1.0,
        }  # fmt: skip
        value: Any = usual[column.statistic]
        layers = [*(f"dense_{i}" for i in range(self.depth)), "output"]
        index = layers.index(column.layer) if column.layer else None
        for key in (("*", column.statistic), (index, column.statistic)):
            if key in self.series and (key[0] != "*" or column.layer not in ("", "output")):
                value = self.series[key]
        value = value(steps) if callable(value) else value
        return (
            np.broadcast_to(np.asarray(value, float), steps.shape) if np.ndim(value) == 0 else value
        )

    def _logs(self, epoch: int, losses: np.ndarray) -> dict[str, float]:
        logs = {"loss": float(losses[-self.steps_per_epoch :].mean())}
        logs["val_loss"] = logs["loss"]
        if self.task != "regression":
            good = 0.97 if logs["loss"] < 0.5 else 0.25
            logs |= {"accuracy": good, "val_accuracy": good}
        for name, value in self.logs.items():
            logs[name] = value[epoch] if isinstance(value, list) else value
        return logs

    def _probe(self, epoch: int, step: int, changes: dict[str, Any]) -> Probe:
        std = math.sqrt(2 / 32)
        edges = tuple(np.linspace(-2 * std, 2 * std, 41).tolist())
        centers = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
        counts = tuple((1000 * np.exp(-((centers / std) ** 2) / 2)).astype(int).tolist())
        usual = {
            "dead_units": 0.1, "saturated_units": 0.0, "activation_counts": (1,),
            "activation_edges": (0.0, 1.0), "weight_counts": counts, "weight_edges": edges,
        }  # fmt: skip
        layers = [LayerProbe(f"dense_{i}", **(usual | changes)) for i in range(self.depth)]
        return Probe(epoch, step, (*layers, LayerProbe("output", **usual)))


STUCK = {(None, "loss"): lambda steps: 1.386 + 0.001 * np.sin(steps)}
"""A loss that stays where guessing four classes is."""


@pytest.fixture
def hand_made() -> type[HandMade]:
    """Makes runs by hand."""
    return HandMade


@pytest.fixture
def stuck() -> dict[Any, Any]:
    """A loss that stays where guessing is."""
    return dict(STUCK)
