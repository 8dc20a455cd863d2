"""The schema of a preset: a whole Keras experiment as one TOML document.

Field names are Keras' own wherever Keras has a name for the thing. Nothing here imports Keras, so a
preset validates in milliseconds; `catalogue.py` lists what Keras accepts, and a test keeps it true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..sets.data_set import DataSet
from ..sets.registry import SETS
from ..sets.settings import Band, Seed, Settings

KerasObject = str | dict[str, Any]
"""A Keras name, `{name = ..., argument = ...}`, or `{class_name, config}` as Keras serialises it."""

if TYPE_CHECKING:
    DatasetName = str
else:
    DatasetName = Literal[tuple(SETS)]
Scale = Literal["none", "unit", "standard", "minmax", "symmetric", "half"]


MOST_LAYERS = 1000
"""Deeper nets take minutes to compile."""

Units = Annotated[int, Field(ge=1, le=65536)]
"""How wide a layer may be."""


class DataSettings(Settings):
    """Which rows, how split, how scaled."""

    name: DatasetName
    """The data set or generator; `csv` and `npz` read `path`."""
    path: str | None = None
    """The file of `csv` (one header row) or `npz` (arrays x and y, optionally x_val, y_val, x_test
    and y_test)."""
    target: str | None = None
    """The target column of a CSV; the last one if not given."""
    task: Literal["auto", "classification", "regression"] = "auto"
    """What a file's target means; `auto`: whole numbers with at most 100 values are classes."""
    scale: Scale = "none"
    """Scaling of inputs: unit divides by the largest possible value, standard is z-scores, minmax
    [0, 1], symmetric [-1, 1], half [0, 0.5]; fitted on training rows only."""
    target_scale: Scale = "none"
    """Scaling of regression targets, fitted on training rows only."""
    scale_fit: Literal["train", "all"] = "train"
    """Rows the scaler is fitted on; `all` is the classic leak, kept to be looked at."""
    test_scale: Literal["same", "none"] = "same"
    """`none` leaves the test rows unscaled: the mistake that `split_mismatch` finds."""
    validation: Annotated[float, Field(ge=0)] | str = 0.2
    """Validation rows: a share below 1, a number of rows, or a second file; an npz with x_val uses
    that instead of a share."""
    test: Annotated[float, Field(ge=0)] | str = 0.0
    """Test rows, like `validation`; data sets with a test set of their own use that one if 0."""
    split: Literal["head", "tail", "random"] = "tail"
    """Where validation rows are taken from: first rows, last rows, or at random (by `split_seed`)."""
    split_seed: Seed = 0
    """Seed of a random split and of target noise."""
    target_noise: Annotated[float, Field(ge=0)] = 0.0
    """Noise on training targets: standard deviation (regression) or share of labels redrawn."""
    options: dict[str, Any] = {}
    """The data set's own options: n_samples, noise, random_state, factor, T, rows, ..."""

    def data_set(self) -> DataSet:
        """The data set with its options.

        Raises:
            pydantic.ValidationError: options that it does not take.
        """
        return SETS[self.name].model_validate(self.options)


class Noise(Settings):
    """Gaussian noise by place, as standard deviations."""

    input: Annotated[float, Field(ge=0)] = 0.0
    """On the inputs."""
    before: Annotated[float, Field(ge=0)] = 0.0
    """Before each activation."""
    after: Annotated[float, Field(ge=0)] = 0.0
    """After each activation."""


class HeadSettings(Settings):
    """What every built family has: an output layer."""

    output_activation: str = "auto"
    """Activation of the output layer; auto: softmax, sigmoid or linear, as the targets ask."""
    output_units: Annotated[int, Field(ge=1)] | None = None
    """Units of the output layer; by default what the targets ask for."""
    output_initializer: KerasObject = "glorot_uniform"
    """Kernel initializer of the output layer."""
    output_regularizer: KerasObject | None = None
    """Kernel regularizer of the output layer."""
    output_constraint: KerasObject | None = None
    """Kernel constraint of the output layer."""


class LayerArguments(HeadSettings):
    """Keras arguments shared by the hidden layers of `mlp` and `rnn`."""

    initializer: KerasObject = "glorot_uniform"
    """Kernel initializer of the hidden layers."""
    bias_initializer: KerasObject = "zeros"
    """Bias initializer of the hidden layers."""
    use_bias: bool = True
    """Whether hidden layers have a bias."""
    kernel_regularizer: KerasObject | None = None
    """Regularizer of hidden kernels: l1, l2, l1_l2 with their factors."""
    bias_regularizer: KerasObject | None = None
    """Regularizer of hidden biases."""
    kernel_constraint: KerasObject | None = None
    """Constraint of hidden kernels: unit_norm, max_norm, min_max_norm, non_neg."""
    bias_constraint: KerasObject | None = None
    """Constraint of hidden biases."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Dropout rate after each hidden layer."""
    input_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Dropout rate on the inputs."""


class MlpSettings(LayerArguments):
    """A stack of Dense layers."""

    family: Literal["mlp"] = "mlp"
    depth: Annotated[int, Field(ge=1, le=MOST_LAYERS)] | None = None
    """Hidden layers; by default one for each width, or 2."""
    width: Units | Annotated[list[Units], Field(max_length=MOST_LAYERS)] = 32
    """Units of every hidden layer, or one number for each."""
    activation: KerasObject = "relu"
    """Activation of the hidden layers: a Keras name, prelu, rrelu, or one with arguments."""
    normalization: Literal["none", "before", "after"] = "none"
    """Batch normalization before or after each activation."""
    input_normalization: bool = False
    """Batch normalization on the inputs as well."""
    residual: bool = False
    """Identity shortcuts around each hidden layer after the first."""
    activity_regularizer: KerasObject | None = None
    """Regularizer on the outputs of hidden layers."""
    noise: Noise = Noise()
    """Gaussian noise on inputs, before and after activations."""


class ResnetSettings(HeadSettings):
    """A small residual network (He et al. 2016): stem, basic blocks, global average pooling."""

    family: Literal["resnet"]
    filters: Annotated[list[Units], Field(max_length=MOST_LAYERS)] = [64, 64, 128, 128, 256, 256]
    """Filters of each basic block; a change of filters halves the picture."""
    stem_kernel: Annotated[int, Field(ge=1)] = 7
    """Kernel size of the first convolution."""
    stem_strides: Annotated[int, Field(ge=1)] = 2
    """Strides of the first convolution."""
    pool: bool = True
    """3x3 max pooling with strides 2 after the stem."""
    activation: KerasObject = "relu"
    """Activation of the blocks."""
    initializer: KerasObject = "he_normal"
    """Kernel initializer of the convolutions."""
    normalization: Literal["none", "before", "after"] = "before"
    """Batch normalization before or after each activation; `after` leaves shortcuts without."""
    residual: bool = True
    """Shortcuts around the blocks; off shows what they are for."""
    average_pool: bool = True
    """Average over the picture before the output layer; off hands it all points of the picture."""


class RnnSettings(LayerArguments):
    """Recurrent layers on a sequence, then the output layer."""

    family: Literal["rnn"]
    cell: Literal["SimpleRNN", "LSTM", "GRU"] = "SimpleRNN"
    """Keras' recurrent layer."""
    depth: Annotated[int, Field(ge=1, le=64)] = 1
    """Recurrent layers, one on top of another."""
    width: Annotated[int, Field(ge=1, le=65536)] = 64
    """Units of every recurrent layer."""
    activation: KerasObject = "tanh"
    """Activation of the cell."""
    recurrent_initializer: KerasObject = "orthogonal"
    """Initializer of the recurrent kernel."""
    forget_bias: float | None = None
    """LSTM: initial bias of the forget gate; Keras' own is 1."""
    recurrent_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Dropout rate on the recurrent state."""


class LayersSettings(Settings):
    """Any Keras layers, in Keras' serialised form, as a Sequential model."""

    family: Literal["layers"]
    layers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_LAYERS)]
    """`{class_name = "Dense", config = {units = 10}}`, in order; the last one is the output."""


class PythonSettings(Settings):
    """A model made by a function of the user's; running it needs `--trust`."""

    family: Literal["python"]
    factory: str
    """`package.module:function` or `file.py:function`; called with input_shape and output_units."""
    arguments: dict[str, Any] = {}
    """Further keyword arguments of the factory."""


ModelSettings = Annotated[
    MlpSettings | ResnetSettings | RnnSettings | LayersSettings | PythonSettings,
    Field(discriminator="family"),
]


class OptimizerSettings(BaseModel):
    """A Keras optimizer: its name, Keras' own arguments, and the clips.

    Arguments beyond these are those of the Keras class (`momentum`, `beta_1`, `weight_decay`, ...);
    `catalogue.OPTIMIZERS` lists them and the loader refuses others.
    """

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    name: str = "adam"
    """A Keras optimizer, in lower case: sgd, adam, rmsprop, nadam, ..."""
    learning_rate: Annotated[float, Field(gt=0)] | dict[str, Any] | None = None
    """A number, or a Keras schedule as `{class_name, config}`; by default Keras' own."""
    clipnorm: Annotated[float, Field(gt=0)] | None = None
    """Clip the gradient of each variable to this norm (Keras 3's meaning)."""
    global_clipnorm: Annotated[float, Field(gt=0)] | None = None
    """Clip all gradients together to this norm."""
    clipvalue: Annotated[float, Field(gt=0)] | None = None
    """Clip every gradient element to [-clipvalue, clipvalue]; applied after a norm clip."""


class EarlyStopping(Settings):
    """keras.callbacks.EarlyStopping."""

    monitor: str = "val_loss"
    min_delta: float = 0.0
    patience: Annotated[int, Field(ge=0)] = 0
    mode: Literal["auto", "min", "max"] = "auto"
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: Annotated[int, Field(ge=0)] = 0


class ModelCheckpoint(Settings):
    """keras.callbacks.ModelCheckpoint of the best model, written to checkpoint/best.keras."""

    monitor: str = "val_loss"
    mode: Literal["auto", "min", "max"] = "auto"


class ReduceLROnPlateau(Settings):
    """keras.callbacks.ReduceLROnPlateau."""

    monitor: str = "val_loss"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: Annotated[int, Field(ge=0)] = 10
    mode: Literal["auto", "min", "max"] = "auto"
    min_delta: float = 1e-4
    cooldown: Annotated[int, Field(ge=0)] = 0
    min_lr: Annotated[float, Field(ge=0)] = 0.0


class StopWhen(Settings):
    """Stopping by how a value moves, beside Keras' EarlyStopping."""

    monitor: str = "val_loss"
    trigger: Literal["no_change", "worse_by", "worsening", "average_change"] = "no_change"
    """no_change: over `epochs` it stays within `amount`; worse_by: worse than its best by `amount`;
    worsening: worse than before in each of `epochs`; average_change: over `epochs` it improves by no
    more than `amount` an epoch."""
    epochs: Annotated[int, Field(ge=1)] = 5
    """Epochs that are looked back on."""
    amount: Annotated[float, Field(ge=0)] = 0.0
    """In the value's unit."""
    mode: Literal["auto", "min", "max"] = "auto"


class TrainSettings(Settings):
    """How long, in what batches, towards what loss."""

    epochs: Annotated[int, Field(ge=1, lt=2**31)] = 10
    """Passes over the training rows."""
    batch_size: Annotated[int, Field(ge=1, lt=2**31)] = 32
    """Rows of a step; the last, smaller batch of an epoch is trained too."""
    loss: KerasObject = "auto"
    """A Keras loss; auto: cross-entropy for classes, mean squared error otherwise."""
    metrics: list[KerasObject] | Literal["auto"] = "auto"
    """Keras metrics; auto: accuracy for classes, none otherwise."""
    shuffle: bool = True
    """Draw a new order of the training rows each epoch, from the seed and the epoch."""
    jit: Literal["auto", "on", "off"] = "auto"
    """XLA: auto decides by the layers of the model."""
    weight_noise: Annotated[float, Field(ge=0)] = 0.0
    """Standard deviation of Gaussian noise added to the weights while the gradient is taken."""
    gradient_noise: Annotated[float, Field(ge=0)] = 0.0
    """Standard deviation of Gaussian noise added to each gradient."""
    early_stopping: EarlyStopping | None = None
    """Stop when a monitored value stops improving."""
    stop_when: StopWhen | None = None
    """Stop by how a monitored value moves."""
    model_checkpoint: ModelCheckpoint | None = None
    """Keep the best model."""
    reduce_lr_on_plateau: ReduceLROnPlateau | None = None
    """Lower the learning rate when a monitored value stops improving."""
    callbacks: list[dict[str, Any]] = []
    """Further Keras callbacks as `{class_name, config}`."""


class ProbeSettings(Settings):
    """What is measured."""

    enabled: bool = True
    """Whether statistics of the layers are recorded at every step."""
    rows: Annotated[int, Field(ge=1)] = 256
    """Training rows of the fixed batch that histograms and dead units are measured on."""
    bins: Annotated[int, Field(ge=2, le=512)] = 40
    """Bins of a histogram."""
    record: Literal["thin", "all"] = "thin"
    """thin keeps every step up to 20,000 and then each stride's minimum and maximum."""


class Expect(Settings):
    """What the experiment is known to show; `gradlab presets verify` checks it."""

    findings: list[str] | None = None
    """Problems that must be found; an empty list: none may be."""
    status: Literal["finished", "diverged"] = "finished"
    """How the run ends."""
    accuracy: Band | None = None
    """Accuracy of the training rows, evaluated at the end; `loss` likewise."""
    val_accuracy: Band | None = None
    test_accuracy: Band | None = None
    loss: Band | None = None
    val_loss: Band | None = None
    test_loss: Band | None = None
    delta_ratio: Band | None = None
    """Geometric mean ratio of delta norms of neighbouring hidden layers at the first step."""
    time_delta_ratio: Band | None = None
    """Norm of dL/dh at a recurrent layer's first time step over that at its last, before training."""
    epochs: Band | None = None
    """Epochs until the run stopped."""
    bands: dict[str, Band] = {}
    """Bands of further figures: other metrics by their name in the logs (`val_rounded_accuracy`), what the
    log of an epoch says (`epoch 9 val_accuracy`), and the standard deviation of a figure over the seeds
    (`spread val_accuracy`)."""
    share: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    """Least share of the seeds that must lie in a band, or show a finding; where it is not given, their
    median and most of them must."""
    origin: dict[str, str] = {}
    """Where each band comes from: `published: ` and the place, `theory: ` and the value, or `measured: `
    and over how many seeds."""
    published: dict[str, float | str] = {}
    """Figures that the source itself prints, for the table of `verify`."""
    note: str = ""
    """Why a published figure is not reproduced, where it is not."""

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Every band by the name of its figure."""
        return {name: value for name, value in self if isinstance(value, tuple)} | self.bands


class Preset(Settings):
    """A whole experiment."""

    title: str = ""
    """One line for lists."""
    about: str = ""
    """What it shows and what to look at."""
    source: str = ""
    """Where the experiment and its figures come from."""
    tags: list[str] = []
    """Words to find it by."""
    experiments: list[str] = []
    """Rows of the experiment list it covers, such as D1."""
    groups: list[str] = []
    """Named comparisons that it belongs to."""
    guide: str = ""
    """The lab sheet: what to run, what to look for, what to change."""
    seed: Seed = 0
    """Seed of initial weights, shuffling, dropout and noise."""
    data: DataSettings
    model: ModelSettings = MlpSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    train: TrainSettings = TrainSettings()
    probe: ProbeSettings = ProbeSettings()
    expect: Expect = Expect()
