"""Presets as remedies see them: what they have, and whether an edit would change them."""

from __future__ import annotations

from typing import Any

from ..errors import PresetError
from ..preset.objects import resolve
from ..preset.overrides import apply
from ..preset.rules import check
from ..preset.schema import MlpSettings, Preset
from .context import Context
from .penalty import STANDARD

SCALE_FREE = (
    "adam", "adamw", "adamax", "nadam", "rmsprop", "lamb", "lion", "muon", "schedulefreeadamw",
    "adagrad", "adadelta", "adafactor",
)  # fmt: skip
"""Optimizers whose steps do not grow with the gradient, so that clipping hardly changes them."""

NARROW = 1.0
"""Sum of 1 / width over the hidden layers beyond which a ReLU net may be dead from the start: the log of
its activations' size varies by 5 times this sum (Hanin and Rolnick 2018)."""

LINEAR = (
    "no activation stands between its layers, so together they are one linear map, however many they "
    "are, and draw straight lines only"
)
"""Why a net without a bend falls short."""

_PLAIN_LAYERS = ("Dense", "Conv1D", "Conv2D")


def scale_free(preset: Preset) -> bool:
    """Whether the length of a step does not depend on the size of the gradient."""
    return preset.optimizer.name.lower() in SCALE_FREE


def initial_rate(context: Context) -> float:
    """The learning rate that the preset starts with; of a schedule its largest given rate."""
    rate = context.preset.optimizer.learning_rate if context.preset else None
    if isinstance(rate, int | float):
        return float(rate)
    if isinstance(rate, dict):
        config = rate.get("config", rate)
        values = [config.get("initial_learning_rate"), config.get("warmup_target")]
        values += config.get("values", [])
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        return max(numbers, default=context.usual_rate)
    return context.usual_rate


def has_activation(preset: Preset | None) -> bool:
    """Whether the preset's family lets its hidden activation be set."""
    return preset is not None and preset.model.family in ("mlp", "resnet", "layers")


def hidden_activation(preset: Preset | None) -> str:
    """Name of the hidden layers' activation; "" if it cannot be told."""
    model = preset.model if preset else None
    if getattr(model, "layers", None):
        names = [_config(layer).get("activation") for layer in model.layers[:-1]]  # pyright: ignore
        return next((str(name) for name in names if name), "")
    value = getattr(model, "activation", "")
    if isinstance(value, dict):
        return str(value.get("name") or value.get("class_name", "")).lower()
    return str(value)


def is_linear(preset: Preset | None) -> bool:
    """Whether an mlp has no bend anywhere, so that it can draw straight lines only."""
    return (
        preset is not None
        and isinstance(preset.model, MlpSettings)
        and hidden_activation(preset) == "linear"
    )


def output_activation(preset: Preset | None) -> str:
    """Name of the last layer's activation; "" if it is left to the task, or cannot be told."""
    model = preset.model if preset else None
    if getattr(model, "layers", None):
        return str(_config(model.layers[-1]).get("activation") or "linear")  # pyright: ignore
    name = getattr(model, "output_activation", "auto")
    return "" if name == "auto" else str(name)


def normalizes_inputs(preset: Preset | None) -> bool:
    """Whether inputs of any size will do: the net normalizes them, or looks them up."""
    model = preset.model if preset else None
    if isinstance(model, MlpSettings):
        return model.input_normalization or model.normalization == "before"
    first = [str(layer.get("class_name")) for layer in getattr(model, "layers", [])[:3]]
    sizeless = ("BatchNormalization", "Normalization", "Rescaling", "Embedding")
    return any(name in sizeless for name in first)


def is_narrow(preset: Preset | None) -> bool:
    """Whether ReLU units of an mlp may all be dead by chance: the sum of 1 / width is above `NARROW`."""
    if preset is None or not isinstance(preset.model, MlpSettings):
        return False
    width = preset.model.width
    widths = width if isinstance(width, list) else [width] * (preset.model.depth or 2)
    return sum(1 / units for units in widths) > NARROW


def activation_and_initializer(
    preset: Preset | None, activation: str | None, initializer: str | dict[str, Any]
) -> dict[str, Any]:
    """Edits that give every hidden layer an activation (None: leave it) and an initializer.

    An output initializer that departs from Keras' own is put back to it.
    """
    model = preset.model if preset else None
    edits: dict[str, Any] = {}
    if getattr(model, "layers", None):
        for index, layer in enumerate(model.layers[:-1]):  # pyright: ignore
            kind = str(layer.get("class_name"))
            if kind not in _PLAIN_LAYERS and kind != "Activation":
                continue
            own = _config(layer).get("activation")
            if activation and own and own not in ("linear", "softmax"):
                edits[f"model.layers.{index}.config.activation"] = activation
            if kind in _PLAIN_LAYERS:
                edits[f"model.layers.{index}.config.kernel_initializer"] = initializer
        return edits
    if model is None or model.family == "python":
        return edits
    if activation and model.family != "rnn":
        edits["model.activation"] = activation
    edits["model.initializer"] = initializer
    if getattr(model, "output_initializer", "glorot_uniform") != "glorot_uniform":
        edits["model.output_initializer"] = "glorot_uniform"
    return edits


def weaker_penalties(preset: Preset | None) -> dict[str, Any]:
    """Edits that make kernel penalties and weight decay a hundredth of what they are."""
    edits: dict[str, Any] = {}
    for key in ("kernel_regularizer", "output_regularizer"):
        spec = getattr(preset.model, key, None) if preset else None
        if spec is None:
            continue
        entry, arguments = resolve("regularizer", spec)
        factors = {name: value / 100 for name, value in arguments.items() if name in ("l1", "l2")}
        if entry.name in ("l1", "l2") and not factors:
            factors = {entry.name: STANDARD / 100}
        if factors:
            edits[f"model.{key}"] = {"name": entry.name} | factors
    decay = getattr(preset.optimizer, "weight_decay", None) if preset else None
    if isinstance(decay, int | float) and decay > 0:
        edits["optimizer.weight_decay"] = decay / 100
    return edits


def _config(layer: dict[str, Any]) -> dict[str, Any]:
    config = layer.get("config", {})
    return config if isinstance(config, dict) else {}


def edited(preset: Preset, edits: dict[str, Any]) -> Preset | None:
    """The preset with some edits; None if that is no valid one."""
    document = preset.model_dump(exclude_unset=True)
    document.setdefault("model", {})["family"] = preset.model.family
    try:
        remedied = Preset.model_validate(apply(document, list(edits.items()))[0])
    except (PresetError, ValueError):
        return None
    return None if check(remedied) else remedied


def changes_something(preset: Preset, edits: dict[str, Any]) -> bool:
    """Whether the edits make another, valid preset of this one."""
    return bool(edits) and edited(preset, edits) not in (None, preset)
