"""Everything a run has said so far, as arrays: what diagnosis, charts and comparisons read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..findings.finding import Finding
from ..findings.order import standing
from .events import (
    WEIGHT_STATISTICS,
    Boundary,
    Column,
    Epoch,
    Event,
    Finished,
    Found,
    LayerInfo,
    Probe,
    Started,
    Status,
    Steps,
    Trouble,
    Weights,
)


class Table:
    """Rows of float32 with a step and a time each, appended in step order at amortised O(1).

    Args:
        columns: the series, in order.
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        self._position = {(c.layer, c.statistic): i for i, c in enumerate(columns)}
        self._steps = np.empty(256, np.int64)
        self._times = np.empty(256, np.float64)
        self._values = np.empty((256, len(columns)), np.float32)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def steps(self) -> np.ndarray:
        """Step of each row, int64 [rows]."""
        return self._steps[: self._rows]

    @property
    def times(self) -> np.ndarray:
        """Unix time of each row, float64 [rows]."""
        return self._times[: self._rows]

    @property
    def values(self) -> np.ndarray:
        """All series, float32 [rows, columns]."""
        return self._values[: self._rows]

    def has(self, layer: str, statistic: str) -> bool:
        """Whether the series was recorded."""
        return (layer, statistic) in self._position

    def series(self, layer: str, statistic: str) -> np.ndarray:
        """One series, float32 [rows]; raises KeyError if it was not recorded."""
        return self.values[:, self._position[layer, statistic]]

    def append(self, steps: np.ndarray, times: np.ndarray, values: np.ndarray) -> None:
        """Add rows. Rows at or after the first new step are dropped: a resumed run repeats them."""
        if not len(steps):
            return
        self.forget_from(int(steps[0]))
        needed = self._rows + len(steps)
        if needed > len(self._steps):
            capacity = max(needed, 2 * len(self._steps))
            self._steps = np.resize(self._steps, capacity)
            self._times = np.resize(self._times, capacity)
            values_grown = np.empty((capacity, self._values.shape[1]), np.float32)
            values_grown[: self._rows] = self.values
            self._values = values_grown
        self._steps[self._rows : needed] = steps
        self._times[self._rows : needed] = times
        self._values[self._rows : needed] = values
        self._rows = needed

    def part(self, rows: slice | np.ndarray) -> Table:
        """A table of some of the rows."""
        part = Table(self.columns)
        part.append(self.steps[rows], self.times[rows], self.values[rows])
        return part

    def forget_from(self, step: int) -> None:
        """Drop the rows at and after a step."""
        if self._rows and self._steps[self._rows - 1] >= step:
            self._rows = int(np.searchsorted(self.steps, step))


class History:
    """Accumulates events, live or replayed; later stages only read it.

    Args:
        retention: what `trim` lets go of, one of the functions in `retention`; by default nothing.

    Attributes:
        started: how the training began, once it has.
        steps: the step records.
        weights: the weight records.
        epochs: ended epochs, one for each epoch number.
        probes: measurements of the probe batch.
        boundary: the newest answers of the net over the plane of its inputs, if they are one.
        findings: findings and their clearings, in order.
        troubles: what cannot be kept or has failed, by part, until it is whole again.
        status: the newest status.
        finished: the end, once it has come.
    """

    def __init__(self, retention: Callable[[History], None] | None = None) -> None:
        self._retention = retention
        self.started: Started | None = None
        self.steps = Table(())
        self.weights = Table(())
        self.epochs: list[Epoch] = []
        self.probes: list[Probe] = []
        self.boundary: Boundary | None = None
        self.findings: list[Found] = []
        self.troubles: dict[str, Trouble] = {}
        self.status = Status("preparing")
        self.finished: Finished | None = None

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The measured layers by depth; empty before the start."""
        return self.started.layers if self.started else ()

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return int(self.steps.steps[-1]) + 1 if len(self.steps) else 0

    @property
    def standing(self) -> list[Finding]:
        """The findings that have not cleared, the gravest cause first."""
        return standing(found.finding for found in self.findings)

    @property
    def past(self) -> list[Finding]:
        """The findings that have cleared, in the order in which they did."""
        return [found.finding for found in self.findings if found.cleared]

    def matrix(self, statistic: str) -> np.ndarray:
        """A statistic of all layers, float32 [rows, layers]; NaN where not recorded."""
        table = self.weights if statistic in WEIGHT_STATISTICS else self.steps
        matrix = np.full((len(table), len(self.layers)), np.nan, np.float32)
        for index, layer in enumerate(self.layers):
            if table.has(layer.name, statistic):
                matrix[:, index] = table.series(layer.name, statistic)
        return matrix

    def trim(self) -> None:
        """Let go of what is kept for no reader."""
        if self._retention is not None:
            self._retention(self)

    def add(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Started():
                if self.started is None or self.started.columns != event.columns:
                    self.steps = Table(event.columns)
                    self.weights = Table(event.weight_columns)
                self.started = event
                self.finished = None
                self.troubles = {}
                self._forget_from(event.step)
            case Steps():
                self.steps.append(event.steps, event.times, event.values)
            case Weights():
                self.weights.append(
                    np.array([event.step]), np.array([event.time]), event.values[None, :]
                )
            case Epoch():
                # A run killed between an epoch's last step and its checkpoint tells the epoch again.
                while self.epochs and self.epochs[-1].epoch >= event.epoch:
                    self.epochs.pop()
                self.epochs.append(event)
            case Probe():
                while self.probes and self.probes[-1].epoch >= event.epoch:
                    self.probes.pop()
                self.probes.append(event)
            case Boundary():
                self.boundary = event
            case Trouble():
                self.troubles.pop(event.part, None)
                if not event.over:
                    self.troubles[event.part] = event
            case Found():
                self.findings.append(event)
            case Status():
                self.status = event
            case Finished():
                self.finished = event
                self.status = Status(event.status, event.step, event.reason)

    def _forget_from(self, step: int) -> None:
        """Drop what a resumed run is about to repeat."""
        self.steps.forget_from(step)
        self.weights.forget_from(step)
        self.epochs = [e for e in self.epochs if e.step <= step]
        self.probes = [p for p in self.probes if p.step <= step]
        if self.boundary and self.boundary.step > step:
            self.boundary = None
        self.findings = [f for f in self.findings if f.step < step or step == 0]
