"""What Keras accepts by name, as plain tables, so that a preset is checked without loading Keras.

Each line of a table reads `name Class argument argument ...`; an exclamation mark follows an argument
that Keras requires. `name` and `dtype` are left out throughout: the engine sets both. A test compares
every table with the installed Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "optimizer", "schedule", "activation", "initializer", "regularizer", "constraint", "loss",
    "metric", "callback", "recurrent layer",
]  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Something that Keras, or the engine, builds by name.

    Attributes:
        name: the name that presets use.
        class_name: Keras' class; an activation function's own name; for `prelu`, `leaky_relu` and
            `rrelu` the layer.
        arguments: what its constructor takes.
        required: those of them that have no default.
    """

    name: str
    class_name: str
    arguments: tuple[str, ...]
    required: tuple[str, ...]


def _table(text: str, shared: str = "") -> dict[str, Entry]:
    entries = {}
    for line in text.strip().splitlines():
        name, class_name, *words = f"{line} {shared}".split()
        arguments = tuple(word.rstrip("!") for word in words)
        required = tuple(word.rstrip("!") for word in words if word.endswith("!"))
        entries[name] = Entry(name, class_name, arguments, required)
    return entries


CLIPS = ("clipnorm", "global_clipnorm", "clipvalue")
"""The clips, which the schema has as fields of its own."""

OPTIMIZERS = _table(
    """
    adadelta           Adadelta           rho epsilon
    adafactor          Adafactor          beta_2_decay epsilon_1 epsilon_2 clip_threshold relative_step
    adagrad            Adagrad            initial_accumulator_value epsilon
    adam               Adam               beta_1 beta_2 epsilon amsgrad
    adamw              AdamW              beta_1 beta_2 epsilon amsgrad
    adamax             Adamax             beta_1 beta_2 epsilon
    ftrl               Ftrl               learning_rate_power initial_accumulator_value beta \
        l1_regularization_strength l2_regularization_strength l2_shrinkage_regularization_strength
    lamb               Lamb               beta_1 beta_2 epsilon
    lion               Lion               beta_1 beta_2
    muon               Muon               adam_beta_1 adam_beta_2 adam_weight_decay epsilon \
        exclude_layers exclude_embeddings muon_a muon_b muon_c adam_lr_ratio \
        momentum ns_steps nesterov rms_rate
    nadam              Nadam              beta_1 beta_2 epsilon
    rmsprop            RMSprop            rho momentum epsilon centered
    schedulefreeadamw  ScheduleFreeAdamW  beta_1 beta_2 epsilon warmup_steps
    sgd                SGD                momentum nesterov
    """,
    "learning_rate weight_decay clipnorm global_clipnorm clipvalue use_ema ema_momentum"
    " ema_overwrite_frequency loss_scale_factor gradient_accumulation_steps",
)
"""Keras optimizers; those that wrap other optimizers are left out."""

SCHEDULES = _table("""
    cosine_decay              CosineDecay             initial_learning_rate! decay_steps! alpha \
        warmup_target warmup_steps
    cosine_decay_restarts     CosineDecayRestarts     initial_learning_rate! first_decay_steps! \
        t_mul m_mul alpha
    exponential_decay         ExponentialDecay        initial_learning_rate! decay_steps! \
        decay_rate! staircase
    inverse_time_decay        InverseTimeDecay        initial_learning_rate! decay_steps! \
        decay_rate! staircase
    piecewise_constant_decay  PiecewiseConstantDecay  boundaries! values!
    polynomial_decay          PolynomialDecay         initial_learning_rate! decay_steps! \
        end_learning_rate power cycle
""")

ACTIVATIONS = _table("""
    celu            celu            alpha
    elu             elu             alpha
    exponential     exponential
    gelu            gelu            approximate
    glu             glu             axis
    hard_shrink     hard_shrink     threshold
    hard_sigmoid    hard_sigmoid
    hard_silu       hard_silu
    hard_swish      hard_silu
    hard_tanh       hard_tanh
    leaky_relu      LeakyReLU       negative_slope
    linear          linear
    log_sigmoid     log_sigmoid
    log_softmax     log_softmax     axis
    mish            mish
    prelu           PReLU           alpha_initializer alpha_regularizer alpha_constraint shared_axes
    relu            relu            negative_slope max_value threshold
    relu6           relu6
    rrelu           RReLU           lower upper seed
    selu            selu
    sigmoid         sigmoid
    silu            silu
    soft_shrink     soft_shrink     threshold
    softmax         softmax         axis
    softplus        softplus
    softsign        softsign
    sparse_plus     sparse_plus
    sparse_sigmoid  sparse_sigmoid
    sparsemax       sparsemax       axis
    squareplus      squareplus      b
    swish           silu
    tanh            tanh
    tanh_shrink     tanh_shrink
    threshold       threshold       threshold! default_value!
""")
"""Keras' activation functions, and `prelu` and `rrelu`, which are layers and so never inside a cell."""

LAYER_ACTIVATIONS = ("prelu", "rrelu")
"""Activations with weights or randomness of their own."""

INITIALIZERS = _table("""
    constant          Constant         value
    glorot_normal     GlorotNormal     seed input_axes output_axes
    glorot_uniform    GlorotUniform    seed input_axes output_axes
    he_normal         HeNormal         seed input_axes output_axes
    he_uniform        HeUniform        seed input_axes output_axes
    identity          Identity         gain
    lecun_normal      LecunNormal      seed input_axes output_axes
    lecun_uniform     LecunUniform     seed input_axes output_axes
    ones              Ones
    orthogonal        Orthogonal       gain seed
    random_normal     RandomNormal     mean stddev seed
    random_uniform    RandomUniform    minval maxval seed
    stft              STFT             side window scaling periodic
    truncated_normal  TruncatedNormal  mean stddev seed
    variance_scaling  VarianceScaling  scale mode distribution seed input_axes output_axes
    zeros             Zeros
""")

REGULARIZERS = _table("""
    l1                      L1                     l1
    l1_l2                   L1L2                   l1 l2
    l2                      L2                     l2
    orthogonal_regularizer  OrthogonalRegularizer  factor mode
""")

CONSTRAINTS = _table("""
    max_norm      MaxNorm     max_value axis
    min_max_norm  MinMaxNorm  min_value max_value rate axis
    non_neg       NonNeg
    unit_norm     UnitNorm    axis
""")

LOSSES = _table(
    """
    binary_crossentropy              BinaryCrossentropy             from_logits label_smoothing axis
    binary_focal_crossentropy        BinaryFocalCrossentropy        apply_class_balancing alpha gamma \
        from_logits label_smoothing axis
    categorical_crossentropy         CategoricalCrossentropy        from_logits label_smoothing axis
    categorical_focal_crossentropy   CategoricalFocalCrossentropy   alpha gamma from_logits \
        label_smoothing axis
    categorical_generalized_cross_entropy  CategoricalGeneralizedCrossEntropy  q
    categorical_hinge                CategoricalHinge
    circle                           Circle                         gamma margin remove_diagonal
    cosine_similarity                CosineSimilarity               axis
    ctc                              CTC
    dice                             Dice                           axis
    hinge                            Hinge
    huber                            Huber                          delta
    kl_divergence                    KLDivergence
    log_cosh                         LogCosh
    mean_absolute_error              MeanAbsoluteError
    mean_absolute_percentage_error   MeanAbsolutePercentageError
    mean_squared_error               MeanSquaredError
    mean_squared_logarithmic_error   MeanSquaredLogarithmicError
    poisson                          Poisson
    sparse_categorical_crossentropy  SparseCategoricalCrossentropy  from_logits ignore_class axis
    squared_hinge                    SquaredHinge
    tversky                          Tversky                        alpha beta axis
    """,
    "reduction",
)

CLASS_METRICS = _table("""
    accuracy                           Accuracy
    auc                                AUC                            num_thresholds curve \
        summation_method thresholds multi_label num_labels label_weights from_logits
    binary_accuracy                    BinaryAccuracy                 threshold
    binary_crossentropy                BinaryCrossentropy             from_logits label_smoothing
    binary_io_u                        BinaryIoU                      target_class_ids threshold
    categorical_accuracy               CategoricalAccuracy
    categorical_crossentropy           CategoricalCrossentropy        from_logits label_smoothing axis
    categorical_hinge                  CategoricalHinge
    f1_score                           F1Score                        average threshold
    f_beta_score                       FBetaScore                     average beta threshold
    false_negatives                    FalseNegatives                 thresholds
    false_positives                    FalsePositives                 thresholds
    hinge                              Hinge
    io_u                               IoU                            num_classes! target_class_ids! \
        ignore_class sparse_y_true sparse_y_pred axis
    mean_io_u                          MeanIoU                        num_classes! ignore_class \
        sparse_y_true sparse_y_pred axis
    one_hot_io_u                       OneHotIoU                      num_classes! target_class_ids! \
        ignore_class sparse_y_pred axis
    one_hot_mean_io_u                  OneHotMeanIoU                  num_classes! ignore_class \
        sparse_y_pred axis
    precision                          Precision                      thresholds top_k class_id
    precision_at_recall                PrecisionAtRecall              recall! num_thresholds class_id
    recall                             Recall                         thresholds top_k class_id
    recall_at_precision                RecallAtPrecision              precision! num_thresholds class_id
    rounded_accuracy                   RoundedAccuracy
    sensitivity_at_specificity         SensitivityAtSpecificity       specificity! num_thresholds class_id
    sparse_categorical_accuracy        SparseCategoricalAccuracy
    sparse_categorical_crossentropy    SparseCategoricalCrossentropy  from_logits ignore_class axis
    sparse_top_k_categorical_accuracy  SparseTopKCategoricalAccuracy  k from_sorted_ids
    specificity_at_sensitivity         SpecificityAtSensitivity       sensitivity! num_thresholds class_id
    squared_hinge                      SquaredHinge
    top_k_categorical_accuracy         TopKCategoricalAccuracy        k
    true_negatives                     TrueNegatives                  thresholds
    true_positives                     TruePositives                  thresholds
""")
"""Metrics that need classes as targets."""

METRICS = CLASS_METRICS | _table("""
    concordance_correlation            ConcordanceCorrelation         axis
    cosine_similarity                  CosineSimilarity               axis
    kl_divergence                      KLDivergence
    log_cosh_error                     LogCoshError
    mean_absolute_error                MeanAbsoluteError
    mean_absolute_percentage_error     MeanAbsolutePercentageError
    mean_squared_error                 MeanSquaredError
    mean_squared_logarithmic_error     MeanSquaredLogarithmicError
    pearson_correlation                PearsonCorrelation             axis
    poisson                            Poisson
    r2_score                           R2Score                        class_aggregation num_regressors
    root_mean_squared_error            RootMeanSquaredError
""")
"""Keras metrics of targets and predictions."""

CALLBACKS = _table("""
    backup_and_restore    BackupAndRestore   backup_dir! save_freq double_checkpoint delete_checkpoint
    csv_logger            CSVLogger          filename! separator append
    early_stopping        EarlyStopping      monitor min_delta patience verbose mode baseline \
        restore_best_weights start_from_epoch
    model_checkpoint      ModelCheckpoint    filepath! monitor verbose save_best_only \
        save_weights_only mode save_freq initial_value_threshold
    reduce_lr_on_plateau  ReduceLROnPlateau  monitor factor patience verbose mode min_delta cooldown \
        min_lr baseline
    remote_monitor        RemoteMonitor      root path field headers send_as_json
    swap_ema_weights      SwapEMAWeights     swap_on_epoch
    tensor_board          TensorBoard        log_dir histogram_freq write_graph write_images \
        write_steps_per_second update_freq profile_batch embeddings_freq embeddings_metadata
    terminate_on_nan      TerminateOnNaN     raise_error
""")
"""Keras callbacks that TOML can describe: no functions among their arguments."""

RECURRENT_LAYERS = _table(
    """
    simple_rnn  SimpleRNN
    lstm        LSTM  recurrent_activation unit_forget_bias use_cudnn
    gru         GRU   recurrent_activation reset_after use_cudnn
    """,
    "units! activation use_bias kernel_initializer recurrent_initializer bias_initializer"
    " kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint"
    " recurrent_constraint bias_constraint dropout recurrent_dropout return_sequences return_state"
    " go_backwards stateful unroll seed",
)

TABLES: dict[Kind, dict[str, Entry]] = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "regularizer": REGULARIZERS,
    "constraint": CONSTRAINTS,
    "loss": LOSSES,
    "metric": METRICS,
    "callback": CALLBACKS,
    "recurrent layer": RECURRENT_LAYERS,
}

_SHORT_ERRORS = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
}

ALIASES: dict[Kind, dict[str, str]] = {
    "initializer": {
        "normal": "random_normal",
        "uniform": "random_uniform",
        "one": "ones",
        "zero": "zeros",
    },
    "regularizer": {"l1l2": "l1_l2"},
    "loss": _SHORT_ERRORS | {"kld": "kl_divergence"},
    "metric": _SHORT_ERRORS | {"acc": "accuracy"},
}
"""Keras' own short names."""

_BY_CLASS = {
    kind: {entry.class_name: entry for entry in table.values()} for kind, table in TABLES.items()
}


def find(kind: Kind, name: str) -> Entry | None:
    """The entry that Keras means by a name, a class name or one of its short names."""
    table = TABLES[kind]
    canonical = ALIASES.get(kind, {}).get(name.lower(), name)
    return table.get(canonical) or _BY_CLASS[kind].get(name)


ARGUMENT_RANGES: dict[str, tuple[float, float]] = {
    "momentum": (0, 1),
    "beta_1": (0, 1),
    "beta_2": (0, 1),
    "rho": (0, 1),
    "ema_momentum": (0, 1),
    "epsilon": (0, float("inf")),
    "weight_decay": (0, float("inf")),
    "ema_overwrite_frequency": (1, float("inf")),
    "gradient_accumulation_steps": (2, float("inf")),
}
"""Inclusive intervals of optimizer arguments, as Keras and their formulas ask."""

SWITCHES = ("nesterov", "centered", "amsgrad", "use_ema", "relative_step", "exclude_embeddings")
"""Optimizer arguments that are true or false."""
