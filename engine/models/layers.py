"""The family `layers`: any Keras layers, in Keras' serialised form, as a Sequential model."""

from __future__ import annotations

import inspect
import math
import re
from collections import Counter
from typing import Any

import keras
from keras.src.backend.common import global_state
from keras.src.saving.serialization_lib import SafeModeScope

from ..data.dataset import Dataset
from ..errors import PresetError
from ..preset.mistakes import shown
from ..preset.objects import listing, nearest
from ..preset.schema import LayersSettings
from .activations import RReLU
from .head import check_output
from .objects import first_line
from .radial_constraint import RadialConstraint
from .size import indexed

_UNMADE = "uninitialized_variables"
"""Where Keras keeps the variables that it has planned and not made."""

_SCOPE = re.compile(r"[A-Za-z0-9_.-]{1,255}")
"""Names that TensorFlow takes for the scope of a layer's operations, and a run for a column."""


def build_layers(settings: LayersSettings, dataset: Dataset, *, trust: bool = False) -> keras.Model:
    """Build Input and the listed layers; those without a name are numbered by class: dense, dense_1.

    Args:
        settings: the layers.
        dataset: what they have to fit.
        trust: whether they are made outside Keras' safe mode, and so may read files and run code.

    Raises:
        PresetError: names the position and class of the layer that does not exist, refuses its
            arguments, or cannot take what the layer before it puts out; or says what the targets need.
    """
    model = keras.Sequential([keras.Input(dataset.input_shape, name="input")], name="layers")
    taken: Counter[str] = Counter()
    shape = dataset.input_shape
    for index, entry in enumerate(settings.layers):
        key = f"model.layers.{index}"
        name, config = _spelling(entry, key)
        if index == 0 and name == "InputLayer":
            _check_input(config, dataset, key)
            continue
        cls = _layer_class(name, key)
        key = f"{key} ({cls.__name__})"
        config["name"] = _layer_name(cls, config.get("name"), taken, key)
        with SafeModeScope(not trust):
            layer = _make_layer(cls, config, key)
        try:
            model.add(layer)
        # Whatever a layer raises here, it raises about the shape or the config of the preset.
        except Exception as error:
            raise PresetError(
                f"{key} cannot follow an output of the shape {shape}: {first_line(error)}"
            ) from error
        output: Any = model.output_shape
        shape = output[1:]
    if not model.layers:
        raise PresetError("model.layers: give at least one layer after the InputLayer.")
    check_output(model.output_shape, dataset, key)
    return model


def count_weights(settings: LayersSettings, dataset: Dataset, *, trust: bool = False) -> int | None:
    """Weights of the layers, none of which is made; None where only making them can tell.

    Raises:
        PresetError: as `build_layers`.
    """
    before = global_state.get_global_attribute(_UNMADE, [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = build_layers(settings, dataset, trust=trust)
    except PresetError as error:
        # Some layers, such as those with a vocabulary, cannot be planned.
        if "StatelessScope" in str(error):
            return None
        raise
    finally:
        global_state.set_global_attribute(_UNMADE, before)
    return sum(math.prod(variable.shape) for variable in model.variables)


def _spelling(entry: dict[str, Any], key: str) -> tuple[str, dict[str, Any]]:
    name, config = entry.get("class_name"), entry.get("config", {})
    extra = sorted(
        set(entry) - {"class_name", "config", "module", "registered_name", "build_config"}
    )
    if not isinstance(name, str) or not isinstance(config, dict) or extra:
        beside = f"; {listing(extra)} belongs into config" if extra else ""
        raise PresetError(
            f'{key}: write {{ class_name = "Dense", config = {{ units = 10 }} }}{beside}.'
        )
    return name, {argument: _serialised(value) for argument, value in config.items()}


def _serialised(value: Any) -> Any:
    """An argument with the layers and radial constraints in it as Keras serialises them: with the
    module of the class."""
    if isinstance(value, list):
        return [_serialised(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: _serialised(item) for key, item in value.items()}
    if value.get("class_name") == RadialConstraint.__name__ and "module" not in value:
        return keras.saving.serialize_keras_object(RadialConstraint())
    if "module" not in value and hasattr(keras.layers, str(value.get("class_name"))):
        value = {"module": "keras.layers", "registered_name": None, "config": {}} | value
    return value


def _layer_class(name: str, key: str) -> type[keras.layers.Layer]:
    if name == "Lambda":
        raise PresetError(f'{key}: a Lambda layer runs code; use family = "python" and --trust.')
    known: dict[str, type[keras.layers.Layer]] = {
        name: member
        for name, member in vars(keras.layers).items()
        if isinstance(member, type) and issubclass(member, keras.layers.Layer)
    }
    known["RReLU"] = RReLU
    if name not in known:
        raise PresetError(f'{key}: Keras has no layer "{name}"{nearest(name, known)}')
    return known[name]


def _make_layer(
    cls: type[keras.layers.Layer], config: dict[str, Any], key: str
) -> keras.layers.Layer:
    parameters = inspect.signature(cls).parameters
    takes = [name for name in parameters if name != "kwargs"] + ["name", "dtype", "trainable"]
    try:
        return cls.from_config(config)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        wrong = [argument for argument in config if argument not in takes]
        if wrong:
            raise PresetError(
                f'{key} has no argument "{wrong[0]}"{nearest(wrong[0], takes)} '
                f"It takes: {listing(takes)}."
            ) from error
        raise PresetError(f"{key}: {first_line(error)}") from error


def _layer_name(cls: type[keras.layers.Layer], given: Any, taken: Counter[str], key: str) -> str:
    if given is not None:
        if not isinstance(given, str) or not _SCOPE.fullmatch(given):
            raise PresetError(
                f"{key}: name = {shown(given)} must be at most 255 of the characters that TensorFlow "
                "takes: A to Z, a to z, 0 to 9, and . _ -"
            )
        if taken[given]:
            raise PresetError(f'{key}: the name "{given}" is already taken by a layer before it.')
        taken[given] += 1
        return given
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", cls.__name__).lower()
    index = 0
    while taken[name := indexed(stem, index)]:
        index += 1
    taken[name] += 1
    return name


def _check_input(config: dict[str, Any], dataset: Dataset, key: str) -> None:
    shape = config.get("batch_shape") or (None, *config.get("shape", dataset.input_shape))
    if tuple(shape[1:]) != dataset.input_shape:
        raise PresetError(
            f"{key} (InputLayer): takes rows of the shape {tuple(shape[1:])}, but those of "
            f"{dataset.name} have the shape {dataset.input_shape}. Leave it out: gradlab adds it."
        )
