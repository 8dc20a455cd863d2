"""What a training says while it runs: one stream for the writer, the diagnosis and the screen.

A saved run replays the same events, so no reader needs to know whether a run is live.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..findings.finding import Finding
from .data_facts import DataFacts

if TYPE_CHECKING:  # so that lists of runs start without NumPy
    import numpy as np

STEP_SCALARS = ("loss", "learning_rate", "grad_norm")
"""Series of the whole model in every step record: the batch's loss (penalties included), the rate
of that step, and the global norm of all gradients before clipping."""

CLIP_SCALARS = ("grad_norm_clipped", "clip_angle")
"""Series of the whole model where clipping is set: the global norm of all gradients after it, and the
angle in degrees by which it has turned them; clipping by one norm turns nothing."""

LAYER_STATISTICS = (
    "grad_norm", "recurrent_grad_norm", "bias_grad_norm", "grad_norm_clipped", "delta_norm",
    "activation_mean", "activation_std", "zero_share", "saturated_share",
)  # fmt: skip
"""Series of one layer in every step record: `grad_norm` is that of its kernel (of a recurrent layer the
input kernel), `recurrent_grad_norm` that of a recurrent kernel and `bias_grad_norm` that of a bias, where
it has them. `grad_norm_clipped` only exists where clipping is set, `zero_share` where the activation can
be exactly zero, `saturated_share` where it is bounded."""

WEIGHT_STATISTICS = (
    "weight_norm", "update_ratio", "recurrent_weight_norm", "recurrent_update_ratio",
)  # fmt: skip
"""Series of one layer once per block of steps: the norm of its kernel, and the norm of the block's last
update over it; the same of the recurrent kernel, where it has one."""


@dataclass(frozen=True)
class Column:
    """One series of a record: a statistic of a layer, or of the whole model (layer is "")."""

    layer: str
    statistic: str

    @property
    def name(self) -> str:
        """The series' name in files: `dense_3/delta_norm`, `loss`."""
        return f"{self.layer}/{self.statistic}" if self.layer else self.statistic


@dataclass(frozen=True)
class LayerInfo:
    """A layer with a kernel, and the activation that follows it.

    Attributes:
        name: Keras' name of the layer.
        kind: Keras class name, such as Dense.
        index: position by depth, 0 at the input.
        units: units or filters it puts out.
        fan_in: inputs that feed one unit.
        parameters: number of trainable weights.
        activation: name of the activation behind it, "linear" if none.
        initializer: name of the kernel's initializer.
        output: whether it is the output layer.
    """

    name: str
    kind: str
    index: int
    units: int
    fan_in: int
    parameters: int
    activation: str
    initializer: str
    output: bool = False


@dataclass(frozen=True)
class Started:
    """A training is about to take its first step.

    Attributes:
        layers: the measured layers, by depth.
        columns: the series of a step record, in order.
        weight_columns: the series of a weight record, in order.
        steps_per_epoch: steps of one epoch, the last partial batch included.
        epochs: epochs asked for.
        step: step to be taken first; not 0 after a resume.
        parameters: trainable weights of the whole model.
        jit: whether XLA compiles the steps.
        loss: Keras' name of the loss; "" if it is not known.
        metrics: names of the metrics.
        data: the data in numbers, if they are known.
    """

    layers: tuple[LayerInfo, ...]
    columns: tuple[Column, ...]
    weight_columns: tuple[Column, ...]
    steps_per_epoch: int
    epochs: int
    step: int = 0
    parameters: int = 0
    jit: bool = False
    loss: str = ""
    metrics: tuple[str, ...] = ()
    data: DataFacts | None = None


@dataclass(frozen=True)
class Steps:
    """Steps that were trained in one call, or their thinned records when replayed.

    Attributes:
        steps: index of each step, counted from 0 over the whole run, int64 [rows].
        times: Unix time of each step, float64 [rows]; interpolated within a call.
        values: the step records, float32 [rows, columns].
    """

    steps: np.ndarray
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Weights:
    """The weights after a step, and what it did to them; told before the steps it is one of.

    Attributes:
        step: index of that step.
        time: its Unix time.
        values: the weight record, float32 [weight_columns].
    """

    step: int
    time: float
    values: np.ndarray


@dataclass(frozen=True)
class Epoch:
    """An epoch has ended and was validated.

    Attributes:
        epoch: counted from 0.
        step: steps taken so far.
        logs: Keras' logs: loss, accuracy, val_loss, val_accuracy, learning_rate, ...
        seconds: wall time since the run started or was resumed.
    """

    epoch: int
    step: int
    logs: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class LayerProbe:
    """One layer on the fixed probe batch.

    Attributes:
        name: the layer.
        dead_units: share of units that are zero for every row of the batch (and every position).
        saturated_units: share of units that are saturated for more than half of the batch.
        activation_counts: histogram of activations, int [bins].
        activation_edges: its edges, float [bins + 1].
        weight_counts: histogram of the kernel, int [bins].
        weight_edges: its edges, float [bins + 1].
        recurrent_counts: histogram of the recurrent kernel, int [bins]; empty without one.
        recurrent_edges: its edges, float [bins + 1].
        non_finite: activations and weights that are NaN or infinite (left out of the histograms).
        time_delta_norm: recurrent layers: norm of dL/dh for each time step.
    """

    name: str
    dead_units: float
    saturated_units: float
    activation_counts: tuple[int, ...]
    activation_edges: tuple[float, ...]
    weight_counts: tuple[int, ...]
    weight_edges: tuple[float, ...]
    non_finite: int = 0
    time_delta_norm: tuple[float, ...] = ()
    recurrent_counts: tuple[int, ...] = ()
    recurrent_edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class Probe:
    """The fixed probe batch, measured before the first step (epoch -1) or after an epoch."""

    epoch: int
    step: int
    layers: tuple[LayerProbe, ...]


Extent = tuple[float, float, float, float]
"""Lowest and highest first input, lowest and highest second input."""

CERTAIN, UNKNOWN = 254, 255
"""Levels of a boundary: a probability of 1, and one that is no number."""


@dataclass(frozen=True)
class Boundary:
    """What the net answers all over a plane of two inputs, taken when the probe batch is measured.

    Attributes:
        epoch: counted from 0; -1 before the first step.
        step: steps taken.
        extent: the plane that the grid covers.
        levels: class probabilities in steps of 1 / `CERTAIN`, uint8 [rows, columns, classes]; the
            first row has the highest second input.
    """

    epoch: int
    step: int
    extent: Extent
    levels: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """Class probabilities, float32 [rows, columns, classes]; NaN where there is none."""
        values = self.levels.astype("float32") / CERTAIN
        values[self.levels == UNKNOWN] = float("nan")
        return values


@dataclass(frozen=True)
class Trouble:
    """A part of a run cannot be kept, or has failed; the training goes on without it.

    Attributes:
        part: what it is: the records, the checkpoint, the model, the diagnosis.
        reason: what has happened to it, in a sentence.
        step: steps taken.
        over: whether the part is whole again.
    """

    part: str
    reason: str
    step: int = 0
    over: bool = False


@dataclass(frozen=True)
class Found:
    """A finding began, changed, or cleared."""

    step: int
    finding: Finding

    @property
    def cleared(self) -> bool:
        """Whether the finding is gone."""
        return self.finding.cleared_step is not None


@dataclass(frozen=True)
class Status:
    """A change of life: reading, loading, preparing, compiling, training, paused, stopping,
    finished, stopped, failed, diverged."""

    status: str
    step: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Finished:
    """The training is over; nothing follows.

    Attributes:
        status: finished, stopped, failed or diverged.
        step: steps taken.
        epochs: whole epochs taken.
        seconds: wall time of training, resumed parts included.
        test: evaluation on the test rows, keys as in test_loss, test_accuracy.
        reason: why it ended, if not because it was done.
    """

    status: str
    step: int
    epochs: int
    seconds: float
    test: dict[str, float] = field(default_factory=dict[str, float])
    reason: str = ""


Event = Started | Steps | Weights | Epoch | Probe | Boundary | Found | Trouble | Status | Finished

ENDED = ("finished", "stopped", "failed", "diverged")
"""Statuses after which nothing follows."""
