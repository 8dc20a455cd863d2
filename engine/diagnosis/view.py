"""A run as it stood at one step: windows of its statistics, and how far it had learned.

Rules read views only, so a rule says the same of a step whether the run is live or long over.
"""

from __future__ import annotations

import bisect
import math
from functools import cached_property

import numpy as np

from ..stream.events import Epoch, LayerInfo, LayerProbe, Probe, Started
from ..stream.history import History, Table
from .context import Context
from .delta_profile import PROFILE_STEPS, DeltaProfile, delta_profile
from .growth import Growth, growth
from .penalty import kernel_penalty

WINDOW = 20
"""Steps of the window that fast symptoms are read from."""

PATIENCE_STEPS = 500
"""A net may rest on a plateau this long before it counts as stalled (five tanh layers on the two
circles leave theirs after about 200 to 500 steps)."""

PATIENCE_EPOCHS = 2
"""... and this many epochs,"""

PATIENCE_SHARE = 0.1
"""... and this share of the planned steps."""

RATE_WINDOW = 1000
"""Most steps of a window that tells whether the loss still falls."""

IMPROVING = 0.01
"""A loss that falls by less than this from one half of that window to the next has stalled;
SageMaker's LossNotDecreasing takes 0.1 % of 10 steps, TheDeepChecker 5 % of a window."""

SHORT_RUN = 100
"""Steps after which a run that has ended is judged by how it ended, if two epochs long."""

SETTLED_STEPS = 300
"""Steps after which the moving averages of batch normalization (momentum 0.99 in Keras) have forgotten
95 % of what they began with; until then it does in inference something else than in training."""

LEARNED = 0.1
"""A net that is this share of the way from guessing to no error has begun to learn."""

OUTGROWN = 0.5
"""A net that is this share of the way has outgrown what kept it from learning."""

GOOD_PROGRESS = 0.8
"""Share of the way from guessing to no error at which a net that reports no accuracy is fine."""

NEAR_ATTAINABLE = 0.05
"""A net within this of the accuracy that the data allow is fine."""

FINE_ACCURACY = 0.95
"""Accuracy that is fine where nothing is known of the data."""


class Places:
    """Where the series of a run lie in its records.

    Args:
        started: how the run began.
    """

    def __init__(self, started: Started) -> None:
        self.started = started
        self.layers: tuple[LayerInfo, ...] = started.layers
        self.hidden = np.array(
            [i for i, layer in enumerate(started.layers) if not layer.output], int
        )
        place = {layer.name: i for i, layer in enumerate(started.layers)}
        found: dict[str, tuple[list[int], list[int]]] = {}
        self._scalars: dict[str, int] = {}
        for columns in (started.columns, started.weight_columns):
            for index, column in enumerate(columns):
                if not column.layer:
                    self._scalars[column.statistic] = index
                elif column.layer in place:
                    at = found.setdefault(column.statistic, ([], []))
                    at[0].append(place[column.layer])
                    at[1].append(index)
        self._arrays = {
            name: (np.array(layers), np.array(columns)) for name, (layers, columns) in found.items()
        }

    def has(self, statistic: str) -> bool:
        """Whether any layer's series of this statistic was recorded."""
        return statistic in self._arrays

    def take(self, table: Table, statistic: str, rows: slice) -> np.ndarray:
        """A statistic of all layers in some rows, float64 [rows, layers]; NaN where not recorded."""
        values = table.values[rows]
        matrix = np.full((len(values), len(self.layers)), np.nan)
        if statistic in self._arrays:
            layers, columns = self._arrays[statistic]
            matrix[:, layers] = values[:, columns]
        return matrix

    def take_scalar(self, table: Table, statistic: str, rows: slice) -> np.ndarray:
        """A series of the whole model in some rows, float64 [rows]; empty if not recorded."""
        if statistic not in self._scalars:
            return np.empty(0)
        return table.values[rows, self._scalars[statistic]].astype(np.float64)


class View:
    """A run as it stood after `at` steps.

    Args:
        history: what was recorded, at least up to `at`.
        places: where its series lie.
        context: what is known beside.
        at: steps taken.
        over: whether the run has ended here.
    """

    def __init__(
        self, history: History, places: Places, context: Context, at: int, *, over: bool = False
    ) -> None:
        self._history = history
        self._places = places
        self.context = context
        self.at = at
        self.over = over
        self.rows = int(np.searchsorted(history.steps.steps, at))
        """Step records up to there."""

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The measured layers by depth."""
        return self._places.layers

    @property
    def hidden(self) -> np.ndarray:
        """Indices of the layers that are not the output, int [hidden layers]."""
        return self._places.hidden

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch."""
        return self._places.started.steps_per_epoch

    @property
    def planned(self) -> int:
        """Steps asked for."""
        return self._places.started.steps_per_epoch * self._places.started.epochs

    def has(self, statistic: str) -> bool:
        """Whether a statistic was recorded."""
        return self._places.has(statistic)

    def names(self, indices: np.ndarray) -> tuple[str, ...]:
        """Names of layers."""
        return tuple(self.layers[int(i)].name for i in indices)

    def infos(self, indices: np.ndarray) -> list[LayerInfo]:
        """Layers by index."""
        return [self.layers[int(i)] for i in indices]

    def steps(self, count: int) -> np.ndarray:
        """The newest recorded steps, int64 [count or fewer]."""
        return self._history.steps.steps[max(0, self.rows - count) : self.rows]

    def recent(self, statistic: str, count: int = WINDOW) -> np.ndarray:
        """A statistic in the newest steps, float64 [count or fewer, layers]."""
        rows = slice(max(0, self.rows - count), self.rows)
        return self._places.take(self._history.steps, statistic, rows)

    def first(self, statistic: str, count: int = WINDOW) -> np.ndarray:
        """A statistic in the first steps, float64 [count or fewer, layers]."""
        return self._places.take(self._history.steps, statistic, slice(0, min(count, self.rows)))

    def recent_scalar(self, statistic: str, count: int = WINDOW) -> np.ndarray:
        """A series of the whole model in the newest steps, float64 [count or fewer]."""
        rows = slice(max(0, self.rows - count), self.rows)
        return self._places.take_scalar(self._history.steps, statistic, rows)

    def first_scalar(self, statistic: str, count: int = WINDOW) -> np.ndarray:
        """A series of the whole model in the first steps, float64 [count or fewer]."""
        rows = slice(0, min(count, self.rows))
        return self._places.take_scalar(self._history.steps, statistic, rows)

    def weights(self, statistic: str, count: int = 5) -> np.ndarray:
        """A weight statistic in the newest blocks, float64 [count or fewer, layers]."""
        table = self._history.weights
        end = int(np.searchsorted(table.steps, self.at))
        return self._places.take(table, statistic, slice(max(0, end - count), end))

    def first_weights(self, statistic: str, count: int = 5) -> np.ndarray:
        """A weight statistic in the first blocks, float64 [count or fewer, layers]."""
        table = self._history.weights
        end = int(np.searchsorted(table.steps, self.at))
        return self._places.take(table, statistic, slice(0, min(count, end)))

    @cached_property
    def profile(self) -> DeltaProfile:
        """Delta by depth in the newest steps."""
        return delta_profile(self.recent("delta_norm", PROFILE_STEPS))

    @cached_property
    def growth(self) -> Growth:
        """Growth of the newest steps over the beginning."""
        return growth(
            self.recent_scalar("loss"),
            self.recent_scalar("grad_norm"),
            self.steps(WINDOW),
            first_loss=self.initial_loss,
            first_penalty=self._penalty(self.first_probe),
            first_gradients=self.first_scalar("grad_norm", 3),
            guessing=self.baseline,
            fresh=self.fresh_loss,
        )

    @cached_property
    def epochs(self) -> list[Epoch]:
        """The epochs that had ended, the newest 64 of them."""
        ended = self._history.epochs
        end = bisect.bisect_right(ended, self.at, key=lambda epoch: epoch.step)
        return ended[max(0, end - 64) : end]

    @cached_property
    def best_validation_loss(self) -> float:
        """Lowest validation loss of any epoch; infinity if there is none."""
        ended = (
            e.logs.get("val_loss", math.inf) for e in self._history.epochs if e.step <= self.at
        )
        return min(ended, default=math.inf)

    @cached_property
    def probe(self) -> Probe | None:
        """The newest measurement of the probe batch."""
        probes = self._history.probes
        end = bisect.bisect_right(probes, self.at, key=lambda probe: probe.step)
        return probes[end - 1] if end else None

    @property
    def first_probe(self) -> Probe | None:
        """The probe batch before the first step, if it was measured."""
        probes = self._history.probes
        return probes[0] if probes and probes[0].step == 0 else None

    def probed(self, probe: Probe) -> list[LayerProbe | None]:
        """What a probe says of each layer, by depth."""
        by_name = {layer.name: layer for layer in probe.layers}
        return [by_name.get(layer.name) for layer in self.layers]

    @property
    def test(self) -> dict[str, float]:
        """Evaluation on the test rows; empty before the end."""
        finished = self._history.finished
        return finished.test if finished and self.over else {}

    @cached_property
    def baseline(self) -> float:
        """Loss of the best constant answer; NaN if nothing is known of it.

        Without the data it is taken for the first loss, or that of equally likely classes if it is less.
        """
        known = self.context.guessing_loss
        units = self.layers[-1].units if self.layers else 1
        return min(self.initial_loss, self.context.uniform_loss(units)) if known is None else known

    @cached_property
    def fresh_loss(self) -> float:
        """Loss of a sound net before its first step, or the first loss if that is not known."""
        known = self.context.fresh_loss
        return self.initial_loss if known is None else known

    @cached_property
    def initial_loss(self) -> float:
        """Loss of the first step (NaN before it)."""
        losses = self.first_scalar("loss", 1)
        return float(losses[0]) if len(losses) else math.nan

    @cached_property
    def loss(self) -> float:
        """Mean loss of the newest epoch's worth of steps, at least 20 and at most 1,000."""
        count = min(max(self.steps_per_epoch, WINDOW), RATE_WINDOW)
        losses = self.recent_scalar("loss", count)
        return float(losses.mean()) if len(losses) else math.nan

    @cached_property
    def progress(self) -> float:
        """Share of the way from the best constant answer to no loss at all; negative: worse.

        Penalties are no error, and do not count.
        """
        error = self.loss - self._penalty(self.probe)
        return (self.baseline - error) / abs(self.baseline) if self.baseline else math.nan

    def _penalty(self, probe: Probe | None) -> float:
        if probe is None:
            return 0.0
        return kernel_penalty(self.context.preset, self.layers, self.probed(probe))

    @cached_property
    def accuracy(self) -> float | None:
        """Accuracy on the training rows in the newest epoch; None if there is none.

        Where the validation rows surely do better, they tell: dropout and noise are off for them.
        """
        own, held_out = self.log("accuracy"), self.log("accuracy", "val_")
        rows = self.context.rows("validation")
        if own is None or held_out is None or not rows:
            return own
        return max(own, _at_least(held_out, rows))

    def log(self, word: str, prefix: str = "") -> float | None:
        """A value of the newest epoch's logs whose name ends in a word; None if there is none."""
        if not self.epochs:
            return None
        for name, value in self.epochs[-1].logs.items():
            held_out = name.startswith("val_")
            if name.endswith(word) and held_out == (prefix == "val_"):
                return value
        return None

    @property
    def attainable(self) -> float | None:
        """Accuracy that the data allow; None if unknown."""
        error = self.context.data.attainable_error if self.context.data else None
        return None if error is None else 1.0 - error

    @property
    def settled(self) -> bool:
        """Whether what the net does in inference is what it does in training."""
        return self.at >= SETTLED_STEPS or not self.context.batch_normalized

    @cached_property
    def learned(self) -> bool:
        """Whether the net does clearly better than a constant answer."""
        return self._come(LEARNED)

    @cached_property
    def outgrown(self) -> bool:
        """Whether the net has learned so much that nothing keeps it from learning."""
        return self.fine or self._come(OUTGROWN)

    def _come(self, share: float) -> bool:
        """Whether loss or accuracy is a share of the way from guessing to no error."""
        if self.progress >= share:
            return True
        shares = self.context.shares()
        if self.accuracy is None or shares is None:
            return False
        most = float(shares.max())
        return self.accuracy >= most + share * (1 - most)

    @cached_property
    def fine(self) -> bool:
        """Whether the net does about as well as its data allow."""
        if self.accuracy is None:
            return self.progress >= GOOD_PROGRESS
        if self.attainable is None:
            return self.accuracy >= FINE_ACCURACY or self.progress >= 1 - NEAR_ATTAINABLE
        return self.accuracy >= self.attainable - NEAR_ATTAINABLE

    @property
    def patience(self) -> float:
        """Steps after which a net that has not moved counts as stalled."""
        if self.over:
            return max(SHORT_RUN, PATIENCE_EPOCHS * self.steps_per_epoch)
        return max(
            PATIENCE_STEPS,
            PATIENCE_EPOCHS * self.steps_per_epoch,
            PATIENCE_SHARE * self.planned,
        )

    @cached_property
    def improvement(self) -> float:
        """Fall of the mean loss between the halves of the newest window, over the older one."""
        count = int(min(max(PATIENCE_STEPS, 2 * self.steps_per_epoch), 2 * RATE_WINDOW))
        losses = self.recent_scalar("loss", count)
        if len(losses) < 20:
            return math.nan
        older, newer = losses[: len(losses) // 2].mean(), losses[len(losses) // 2 :].mean()
        return float((older - newer) / abs(older)) if older else 0.0

    @cached_property
    def stalled(self) -> bool:
        """Whether there was time enough to learn, the loss falls no more, and the net is not fine."""
        return self.at >= self.patience and not self.improvement >= IMPROVING and not self.fine


def _at_least(share: float, rows: int) -> float:
    """The lower end of the 95 % interval of a share of some rows (Wilson 1927)."""
    z = 1.96
    middle, spread = share + z**2 / (2 * rows), share * (1 - share) / rows + (z / (2 * rows)) ** 2
    return (middle - z * math.sqrt(spread)) / (1 + z**2 / rows)
