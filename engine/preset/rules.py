"""What the types of a preset cannot say: names that Keras must know, and parts that must fit together.

Each rule looks at a valid preset and yields the mistakes it sees, without loading data or Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from pydantic import ValidationError

from ..findings.problems import PROBLEMS
from ..sets.data_set import DataSet
from ..sets.registry import SETS, of_kind
from .catalogue import (
    ARGUMENT_RANGES,
    CLASS_METRICS,
    CLIPS,
    LAYER_ACTIVATIONS,
    SWITCHES,
    Kind,
    find,
)
from .fields import Path
from .foreign import WRITTEN, misplaced
from .mistakes import MOST, Mistake, explain, shown
from .objects import listing, nearest, resolve
from .schema import MlpSettings, Preset, PythonSettings, RnnSettings
from .synonyms import meant

MODEL_KINDS: dict[str, Kind] = {
    "activation": "activation",
    "output_activation": "activation",
    "initializer": "initializer",
    "bias_initializer": "initializer",
    "recurrent_initializer": "initializer",
    "output_initializer": "initializer",
    "kernel_regularizer": "regularizer",
    "bias_regularizer": "regularizer",
    "activity_regularizer": "regularizer",
    "output_regularizer": "regularizer",
    "kernel_constraint": "constraint",
    "bias_constraint": "constraint",
    "output_constraint": "constraint",
}
"""What each Keras object of a model has to be."""


ORIGINS = ("published: ", "theory: ", "measured: ")
"""What tells where a band comes from begins with one of these."""


def check(preset: Preset) -> list[Mistake]:
    """Everything that the rules object to."""
    return list(islice((mistake for rule in RULES for mistake in rule(preset)), MOST))


def _named(kind: Kind, value: Any, path: Path) -> Iterator[Mistake]:
    """The mistake of a Keras object, if it has one; None has none."""
    if value is None:
        return
    try:
        resolve(kind, value)
    except ValueError as error:
        yield Mistake(path, str(error))


def keras_objects(preset: Preset) -> Iterator[Mistake]:
    """Activations, initializers, losses, ... are those of the catalogue."""
    for key, kind in MODEL_KINDS.items():
        value = getattr(preset.model, key, None)
        if (key, value) != ("output_activation", "auto"):
            yield from _named(kind, value, ("model", key))
    if preset.train.loss != "auto":
        yield from _named("loss", preset.train.loss, ("train", "loss"))
    if preset.train.metrics != "auto":
        for index, metric in enumerate(preset.train.metrics):
            yield from _named("metric", metric, ("train", "metrics", index))
    for index, callback in enumerate(preset.train.callbacks):
        yield from _named("callback", callback, ("train", "callbacks", index))


def callbacks(preset: Preset) -> Iterator[Mistake]:
    """What callbacks write lies inside the run's directory."""
    for index, callback in enumerate(preset.train.callbacks):
        try:
            entry, arguments = resolve("callback", callback)
        except ValueError:
            continue
        argument = WRITTEN.get(entry.name, "")
        if argument in arguments and (wrong := misplaced(arguments[argument])):
            path = ("train", "callbacks", index)
            yield Mistake(path, f"{argument} = {shown(arguments[argument])} {wrong}")


def optimizer(preset: Preset) -> Iterator[Mistake]:
    """A Keras optimizer with arguments of its own, and at most one clip by norm."""
    settings = preset.optimizer
    if isinstance(settings.learning_rate, dict):
        yield from _named("schedule", settings.learning_rate, ("optimizer", "learning_rate"))
    if settings.clipnorm is not None and settings.global_clipnorm is not None:
        yield Mistake(
            ("optimizer", "global_clipnorm"),
            "clipnorm (of each variable) and global_clipnorm (of all together) exclude each other; "
            "remove one of them",
        )
    yield from _named("optimizer", settings.name, ("optimizer", "name"))
    entry = find("optimizer", settings.name)
    if entry is None:
        return
    known = [argument for argument in entry.arguments if argument not in CLIPS]
    for argument, value in (settings.model_extra or {}).items():
        path = ("optimizer", argument)
        if argument not in entry.arguments:
            takes = [
                "name",
                "learning_rate",
                *CLIPS,
                *(name for name in known if name != "learning_rate"),
            ]
            other = meant(argument, "optimizer")
            hint = f'; did you mean "{other}"?' if other else nearest(argument, takes)
            yield Mistake(
                path, f"{entry.name} has no such argument{hint} It takes: {listing(takes)}"
            )
        else:
            yield from _argument(path, argument, value)


def _argument(path: Path, argument: str, value: Any) -> Iterator[Mistake]:
    if argument in SWITCHES:
        if not isinstance(value, bool):
            yield Mistake(path, f"must be true or false, not {shown(value)}")
    elif argument in ARGUMENT_RANGES:
        low, high = ARGUMENT_RANGES[argument]
        span = f"at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield Mistake(path, f"must be a number {span}, not {shown(value)}")
        elif not low <= value <= high:
            yield Mistake(path, f"must be {span}, not {shown(value)}")


def data_source(preset: Preset) -> Iterator[Mistake]:
    """A file for `csv` and `npz` and for nothing else, and the generator's own options."""
    data = preset.data
    if SETS[data.name].kind == "file":
        if not data.path:
            yield Mistake(
                ("data", "path"),
                f'is missing; name = "{data.name}" reads a file, so say path = "FILE.{data.name}"',
            )
    else:
        for key, unset in (("path", None), ("target", None), ("task", "auto")):
            if getattr(data, key) != unset:
                yield Mistake(
                    ("data", key),
                    f'means nothing for name = "{data.name}"; it is for files ({listing(of_kind("file"))})',
                )
        for key in ("validation", "test"):
            if isinstance(getattr(data, key), str):
                yield Mistake(
                    ("data", key),
                    "a second file goes with csv and npz only; "
                    "give a share below 1 or a number of rows",
                )
    if data.name == "npz" and data.target is not None:
        yield Mistake(("data", "target"), "an npz file has its targets in the array y; remove it")
    try:
        data.data_set()
    except ValidationError as error:
        document = {"data": {"name": data.name, "options": data.options}}
        yield from explain(error, document, at=("data", "options"))


def split(preset: Preset) -> Iterator[Mistake]:
    """Rows must be left to train on, and a batch must not be larger than the data."""
    data = preset.data
    data_set = _data_set(preset)
    rows = data_set.row_count() if data_set else None
    taken = 0.0
    for key in ("validation", "test"):
        part = getattr(data, key)
        if isinstance(part, str):
            continue
        if part >= 1 and part != int(part):
            yield Mistake(("data", key), f"a number of rows must be whole, not {part:g}")
        share = part if part < 1 else part / rows if rows else 0.0
        taken += share
        if taken >= 1:
            have = f" of {rows} rows" if rows else ""
            yield Mistake(("data", key), f"{part:g}{have} leaves no rows to train on")
            break
    if rows is not None and preset.train.batch_size > rows:
        yield Mistake(
            ("train", "batch_size"),
            f"{preset.train.batch_size} is more than the {rows} rows of {data.name}; "
            f"at most {rows}, or raise data.options.{SETS[data.name].amount}",
        )


def _data_set(preset: Preset) -> DataSet | None:
    """The data set, if its options are valid."""
    try:
        return preset.data.data_set()
    except ValidationError:
        return None


def _by_row() -> tuple[str, ...]:
    """Images without colours, which a recurrent net may read as a sequence of their rows."""
    shapes = {name: SETS[name]().shape() for name in of_kind("images")}
    return tuple(name for name, shape in shapes.items() if shape and len(shape[0]) == 2)


def model_fits_data(preset: Preset) -> Iterator[Mistake]:
    """Convolutions want images, recurrent layers want sequences."""
    name, family = preset.data.name, preset.model.family
    images, sequences = of_kind("images"), of_kind("sequences")
    path = ("model", "family")
    if family == "resnet" and name not in (*images, "npz"):
        kind = "sequences" if name in sequences else "a table"
        yield Mistake(
            path,
            f'resnet needs images, and data.name = "{name}" is {kind}; '
            f"take a family such as mlp, or data such as {listing(images)}",
        )
    if family == "rnn" and name not in (*sequences, *_by_row(), "npz"):
        kind = "colour images" if name in images else "a table"
        yield Mistake(
            path,
            f'rnn needs sequences, and data.name = "{name}" is {kind}; '
            f"take {listing(sequences)}, or {listing(_by_row())}, which are read row by row",
        )
    if family == "mlp" and SETS[name].task == "sequence":
        yield Mistake(path, f"{name} asks for a class at every time step; take family rnn")


def model_shape(preset: Preset) -> Iterator[Mistake]:
    """Settings of a family that contradict each other."""
    model = preset.model
    if isinstance(model, MlpSettings) and isinstance(model.width, list):
        if not model.width:
            yield Mistake(("model", "width"), "needs at least one number")
        if model.depth is not None and model.depth != len(model.width):
            yield Mistake(
                ("model", "depth"),
                f"is {model.depth}, but width lists {len(model.width)} layers; "
                "remove depth, or give one width for all",
            )
        if model.residual and len(set(model.width)) > 1:
            yield Mistake(
                ("model", "residual"),
                "identity shortcuts need layers of one width; set residual = false or one width",
            )
    for key in ("activation", "output_activation"):
        value = getattr(model, key, "")
        if resolve_or_none("activation", value) == "glu":
            yield Mistake(
                ("model", key),
                "glu halves the units of its layer, which no other layer expects; take silu or gelu",
            )
    if isinstance(model, RnnSettings):
        if model.forget_bias is not None and model.cell != "LSTM":
            yield Mistake(("model", "forget_bias"), f"{model.cell} has no forget gate; LSTM has")
        entry = resolve_or_none("activation", model.activation)
        if entry in LAYER_ACTIVATIONS:
            yield Mistake(
                ("model", "activation"),
                f"{entry} is a layer and cannot stand inside a cell; take an activation function",
            )
    if isinstance(model, PythonSettings) and not all(model.factory.rpartition(":")):
        yield Mistake(
            ("model", "factory"), "write package.module:function or file.py:function, with a colon"
        )
    for index, layer in enumerate(getattr(model, "layers", [])):
        path = ("model", "layers", index)
        if not isinstance(layer.get("class_name"), str):
            yield Mistake(
                path, 'needs class_name, as in {class_name = "Dense", config = {units = 10}}'
            )
        elif not isinstance(layer.get("config", {}), dict):
            yield Mistake(path, "config must be a table of the layer's arguments")


def resolve_or_none(kind: Kind, value: str | dict[str, Any]) -> str | None:
    """The catalogue's name of a Keras object; None for one that it does not know."""
    try:
        return resolve(kind, value)[0].name
    except ValueError:
        return None


def targets(preset: Preset) -> Iterator[Mistake]:
    """Metrics of classes need classes; scaled targets need numbers."""
    data = preset.data
    task = SETS[data.name].task or data.task
    if task == "regression":
        metrics = [] if preset.train.metrics == "auto" else preset.train.metrics
        for index, metric in enumerate(metrics):
            name = resolve_or_none("metric", metric)
            if name in CLASS_METRICS:
                yield Mistake(
                    ("train", "metrics", index),
                    f"{name} is for classes, and the targets of {data.name} are numbers; take "
                    "mean_absolute_error, root_mean_squared_error, r2_score, ...",
                )
    elif data.target_scale != "none" and task != "auto":
        yield Mistake(
            ("data", "target_scale"),
            f"the targets of {data.name} are classes; only numbers can be scaled",
        )


def expectations(preset: Preset) -> Iterator[Mistake]:
    """Findings that exist, bands that are intervals."""
    for index, finding in enumerate(preset.expect.findings or []):
        if finding not in PROBLEMS:
            yield Mistake(
                ("expect", "findings", index),
                f'no finding is called "{finding}"{nearest(finding, PROBLEMS)} '
                f"Known: {listing(PROBLEMS)}",
            )
    bands = preset.expect.intervals
    for key in preset.expect.share:
        if key not in bands and key not in (preset.expect.findings or []):
            yield Mistake(("expect", "share", key), "is no band and no finding of [expect]")
    for key, origin in preset.expect.origin.items():
        if key not in bands:
            yield Mistake(("expect", "origin", key), "is no band of [expect]")
        elif not origin.startswith(ORIGINS):
            words = listing([f'"{word}"' for word in ORIGINS])
            yield Mistake(("expect", "origin", key), f"must begin with one of {words}")
    for key, value in bands.items():
        if not value[0] <= value[1]:
            place = ("expect", "bands", key) if key in preset.expect.bands else ("expect", key)
            yield Mistake(place, f"the lowest of {shown(value)} must come first")


RULES: tuple[Callable[[Preset], Iterator[Mistake]], ...] = (
    keras_objects,
    callbacks,
    optimizer,
    data_source,
    split,
    model_fits_data,
    model_shape,
    targets,
    expectations,
)
"""Every rule, in the order of a preset's tables."""
