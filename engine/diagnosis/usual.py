"""Settings and the range that is usual for each, with where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from ..preset.objects import resolve
from ..preset.schema import LayersSettings, Preset
from .penalty import STANDARD

Effect = Literal["holds back", "too far", "too short"]
"""What a setting beyond its range does: it keeps the net from fitting, or makes steps too long or short."""


@dataclass(frozen=True)
class Usual:
    """The usual range of a setting.

    Attributes:
        low, high: ends of the range, both usual.
        value: what to set it to.
        effect: what it does beyond the range.
        how: one sentence on how.
        source: where the range comes from.
        left: whether what counts is what the setting leaves, 1 - value: dropout of 0.99 is ten times 0.9.
    """

    low: float
    high: float
    value: float
    effect: Effect
    how: str
    source: str
    left: bool = False

    def beyond(self, value: float) -> float:
        """How many times a value is beyond the range; 1 within it."""
        if self.low <= value <= self.high:
            return 1.0
        bound = self.high if value > self.high else self.low
        small, large = sorted((1 - bound, 1 - value) if self.left else (bound, value))
        return large / small if small > 0 else float("inf")


_DROPPED = "Units that are missing at most steps leave too few to compute with."
_PENALTY = "The penalty outweighs the error, so the weights shrink instead of fitting."
_MEMORY = "Steps of long ago still count, so the weights run past where the loss is low."
_SIZE = "The size of the gradient is judged by too few steps, or too many."
_DECAY = "Goodfellow et al. 2016, 7.1; Keras' own factor is 0.01"
_NOISE = "J. Brownlee, How to Improve Deep Learning Model Robustness by Adding Noise"
_EPSILON = (
    "The step is divided by the gradient's size plus epsilon: a large one shrinks steps as small "
    "gradients do."
)

USUAL = {
    "dropout": Usual(
        0.0, 0.6, 0.2, "holds back", _DROPPED,
        "Srivastava et al. 2014, 7.3: the error is flat from 0.2 to 0.6", left=True,
    ),
    "input_dropout": Usual(
        0.0, 0.4, 0.2, "holds back", "Inputs that are missing at most steps tell too little.",
        "Srivastava et al. 2014, A.4: 0.2 for real-valued inputs", left=True,
    ),
    "recurrent_dropout": Usual(
        0.0, 0.6, 0.2, "holds back", _DROPPED, "Srivastava et al. 2014", left=True
    ),
    "noise": Usual(0.0, 1.0, 0.1, "holds back", "Noise larger than the signal hides it.", _NOISE),
    "l1": Usual(0.0, 0.01, 1e-4, "holds back", _PENALTY, _DECAY),
    "l2": Usual(0.0, 0.01, 1e-4, "holds back", _PENALTY, _DECAY),
    "max_value": Usual(
        1.0, float("inf"), 3.0, "holds back", "Weights that may not grow cannot tell inputs apart.",
        "Srivastava et al. 2014, A.3: 3 to 4",
    ),
    "label_smoothing": Usual(
        0.0, 0.3, 0.1, "holds back", "Targets that hardly differ teach little.",
        "Szegedy et al. 2016, 7: 0.1", left=True,
    ),
    "weight_decay": Usual(
        0.0, 0.3, 0.01, "holds back",
        "Each step draws the weights to 0 faster than the gradient moves them.",
        "Loshchilov and Hutter 2019",
    ),
    "momentum": Usual(
        0.0, 0.99, 0.9, "too far", _MEMORY, "Goodfellow et al. 2016, 8.3.2: 0.5, 0.9 and 0.99",
        left=True,
    ),
    "beta_1": Usual(0.0, 0.99, 0.9, "too far", _MEMORY, "Kingma and Ba 2015: 0.9", left=True),
    "beta_2": Usual(
        0.9, 0.9999, 0.999, "too far", _SIZE, "Kingma and Ba 2015, 6.4: 0.99 to 0.9999", left=True
    ),
    "rho": Usual(0.8, 0.999, 0.9, "too far", _SIZE, "Goodfellow et al. 2016, 8.5.2", left=True),
    "epsilon": Usual(0.0, 1e-3, 1e-7, "too short", _EPSILON, "Kingma and Ba 2015: 1e-8"),
}  # fmt: skip
"""The usual range of each setting by its kind; what Keras has beyond these has no range of its own."""

_OPTIMIZER = ("momentum", "beta_1", "beta_2", "rho", "epsilon", "weight_decay")
_LAYERS = {"Dropout": ("dropout", "rate"), "SpatialDropout1D": ("dropout", "rate"),
           "SpatialDropout2D": ("dropout", "rate"), "AlphaDropout": ("dropout", "rate"),
           "GaussianNoise": ("noise", "stddev")}  # fmt: skip
"""Keras layers that are settings, with the argument that says how much."""


@dataclass(frozen=True)
class Setting:
    """A setting of a preset that has a usual range.

    Attributes:
        key: its dotted key.
        value: what it is.
        usual: its range.
        put: makes the edits that set it to another value.
    """

    key: str
    value: float
    usual: Usual
    put: Callable[[float], dict[str, Any]] = field(repr=False)

    @property
    def beyond(self) -> float:
        """How many times it is beyond its range; 1 within it."""
        return self.usual.beyond(self.value)


def unusual(preset: Preset, *effects: Effect) -> list[Setting]:
    """Settings beyond their range that have one of these effects, the farthest first."""
    found = [s for s in settings(preset) if s.usual.effect in effects and s.beyond > 1]
    return sorted(found, key=lambda setting: -setting.beyond)


def settings(preset: Preset) -> Iterator[Setting]:
    """Every setting of a preset that has a usual range."""
    for name in _OPTIMIZER:
        value = getattr(preset.optimizer, name, None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield _at(f"optimizer.{name}", value, USUAL[name])
    model = preset.model
    for name in ("dropout", "input_dropout", "recurrent_dropout"):
        yield from _number(f"model.{name}", getattr(model, name, None), name)
    noise = getattr(model, "noise", None)
    for place in ("input", "before", "after"):
        yield from _number(f"model.noise.{place}", getattr(noise, place, None), "noise")
    for key, value in vars(model).items():
        yield from _objects(f"model.{key}", value)
    layers = model.layers if isinstance(model, LayersSettings) else []
    for index, layer in enumerate(layers):
        config = layer.get("config")
        if not isinstance(config, dict):
            continue
        place = f"model.layers.{index}.config"
        kind, argument = _LAYERS.get(str(layer.get("class_name")), ("", ""))
        yield from _number(f"{place}.{argument}", config.get(argument), kind)
        for key, value in config.items():
            yield from _objects(f"{place}.{key}", value)
    if isinstance(preset.train.loss, dict):
        yield from _arguments("train.loss", preset.train.loss, "loss", ("label_smoothing",))


def _objects(key: str, value: Any) -> Iterator[Setting]:
    if value is None or isinstance(value, bool | int | float | list):
        return
    if key.endswith("_regularizer"):
        yield from _arguments(key, value, "regularizer", ("l1", "l2"))
    elif key.endswith("_constraint"):
        yield from _arguments(key, value, "constraint", ("max_value",))


def _arguments(
    key: str, spec: Any, kind: Literal["regularizer", "constraint", "loss"], names: tuple[str, ...]
) -> Iterator[Setting]:
    """The arguments of a Keras object, which is written anew with one of them changed."""
    entry, arguments = resolve(kind, spec)
    if entry.name in names and entry.name not in arguments:
        arguments = arguments | {entry.name: STANDARD}
    for name in names:
        value = arguments.get(name)
        if isinstance(value, int | float):
            yield Setting(
                f"{key}.{name}",
                value,
                USUAL[name],
                lambda new, name=name: {
                    key: {"class_name": entry.class_name, "config": arguments | {name: new}}
                },
            )


def _number(key: str, value: Any, kind: str) -> Iterator[Setting]:
    if isinstance(value, int | float) and kind:
        yield _at(key, value, USUAL[kind])


def _at(key: str, value: float, usual: Usual) -> Setting:
    return Setting(key, value, usual, lambda new: {key: new})
