"""The form of a preset as data: which fields it has, in which groups, and how each is edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ...engine.errors import PresetError
from ...engine.preset import fields
from ...engine.preset.catalogue import ACTIVATIONS, OPTIMIZERS, SWITCHES, TABLES
from ...engine.preset.draft import Draft
from ...engine.preset.edit import inline
from ...engine.preset.overrides import parse
from ...engine.preset.rules import MODEL_KINDS
from ...engine.preset.schema import OptimizerSettings
from ...engine.sets.registry import SETS

FIRST = {
    "Data": (
        "data.name", "data.path", "data.target", "data.options.n_samples", "data.options.noise",
        "data.options.factor", "data.options.T", "data.scale", "data.validation",
    ),
    "Model": (
        "model.family", "model.cell", "model.depth", "model.width", "model.filters", "model.layers",
        "model.factory", "model.arguments", "model.activation", "model.initializer",
        "model.recurrent_initializer", "model.normalization", "model.residual",
    ),
    "Optimizer": (
        "optimizer.name", "optimizer.learning_rate", "optimizer.momentum", "optimizer.clipnorm",
    ),
    "Train": ("train.epochs", "train.batch_size", "train.loss", "seed"),
}  # fmt: skip
"""The groups, and the fields that each shows at once; the others come under "more"."""

SHORT = {
    "batch_size": "batch size", "learning_rate": "rate", "recurrent_initializer": "recurrent",
    "bias_initializer": "bias init", "output_initializer": "output init",
    "output_activation": "output act.", "output_regularizer": "output reg.",
    "output_constraint": "output cons.", "output_units": "output units",
    "kernel_regularizer": "kernel reg.", "bias_regularizer": "bias reg.",
    "activity_regularizer": "activ. reg.", "kernel_constraint": "kernel cons.",
    "bias_constraint": "bias cons.", "input_normalization": "input norm.", "input_dropout": "in dropout",
    "recurrent_dropout": "rec. dropout", "global_clipnorm": "global clip",
    "reduce_lr_on_plateau": "reduce lr", "model_checkpoint": "checkpoint",
    "early_stopping": "early stop", "normalization": "normalize", "n_samples": "samples",
    "noise.input": "noise in", "noise.before": "noise before", "noise.after": "noise after",
}  # fmt: skip
"""Labels where the key's own words are too long for a narrow pane."""

LABEL_WIDTH = 12

Control = Literal["choice", "switch", "text"]


@dataclass(frozen=True)
class Field:
    """One row of the form.

    Attributes:
        key: dotted key.
        label: what the row is called.
        help: what the field means.
        control: how it is edited.
        choices: the values of a choice, with "" for leaving the key out.
        free: a choice that also takes an inline table, such as `{name = "l2", l2 = 0.01}`.
        string: whether text is the value itself, not TOML.
        first: whether it is shown before "more" is opened.
    """

    key: str
    label: str
    help: str
    control: Control
    choices: tuple[str, ...] = ()
    free: bool = False
    string: bool = False
    first: bool = False


def form(draft: Draft) -> dict[str, list[Field]]:
    """The fields of each group, as the document's data set, family and optimizer have them."""
    document = draft.document
    groups: dict[str, list[Field]] = {}
    for group, first in FIRST.items():
        keys = _keys((group.lower(),), document)
        if group == "Train":
            keys += ["seed", *_keys(("probe",), document)]
        shown = [key for key in first if key in keys]
        # What a preset says itself should be seen, rare or not.
        shown += [key for key in keys if key not in shown and _told(draft, key)]
        shown = [key for key in shown if not _hidden(draft, key)]
        rest = [key for key in keys if key not in shown and not _hidden(draft, key)]
        groups[group] = [_field(key, document, True) for key in shown]
        groups[group] += [_field(key, document, False) for key in rest]
    return groups


def _keys(path: fields.Path, document: dict[str, Any]) -> list[str]:
    """The keys of a table; tables that are always there are taken apart."""
    keys = []
    for name in fields.keys(path, document):
        inner = (*path, name)
        info = fields.field(inner, document)
        if inner == ("data", "options") or (info and isinstance(info.default, BaseModel)):
            keys += _keys(inner, document)
        else:
            keys.append(fields.dotted(inner))
    return keys


def _told(draft: Draft, key: str) -> bool:
    info = fields.field(tuple(key.split(".")), draft.document)
    default = info.default if info and not info.is_required() else None
    return draft.stated(key) and (draft.value(key) != default or bool(draft.mistakes_at(key)))


def _hidden(draft: Draft, key: str) -> bool:
    """Settings of files, where no file is read."""
    files = key in ("data.path", "data.target", "data.task")
    return files and draft.value("data.name") not in ("csv", "npz") and not draft.stated(key)


def _field(key: str, document: dict[str, Any], first: bool) -> Field:
    path = tuple(key.split("."))
    info = fields.field(path, document)
    name = path[-1]
    label = SHORT.get(".".join(path[1:])) or SHORT.get(name) or name.replace("_", " ")
    if path[0] == "probe":
        label = f"probe {name}"
    label = label if len(label) <= LABEL_WIDTH else f"{label[: LABEL_WIDTH - 1]}."
    text = _help(key, info, document)
    kind = MODEL_KINDS.get(name) if path[0] == "model" else None
    if kind is not None:
        names = tuple(TABLES[kind])
        if info is not None and fields.optional(info):
            names = ("", *names)
        if name == "output_activation":
            names = ("auto", *ACTIVATIONS)
        return Field(key, label, text, "choice", names, name != "output_activation", first=first)
    if key == "train.loss":
        losses = ("auto", *TABLES["loss"])
        return Field(key, label, text, "choice", losses, free=True, first=first)
    if key == "optimizer.name":
        return Field(key, label, text, "choice", tuple(OPTIMIZERS), first=first)
    if key == "model.family":
        return Field(key, label, text, "choice", tuple(fields.FAMILIES), first=first)
    if info is None:
        switch = name in SWITCHES
        control: Control = "choice" if switch else "text"
        return Field(
            key, label, text, control, ("", "true", "false") if switch else (), first=first
        )
    types = [t for t in fields.leaf_types(info.annotation) if t is not type(None)]
    if types == [bool]:
        return Field(key, label, text, "switch", first=first)
    if all(isinstance(t, str) for t in types):
        return Field(key, label, text, "choice", tuple(types), first=first)
    return Field(key, label, text, "text", string=types == [str], first=first)


def _help(key: str, info: FieldInfo | None, document: dict[str, Any]) -> str:
    if key == "model.family":
        return (
            "What kind of net: mlp Dense layers, resnet, rnn, Keras layers one by one, or Python."
        )
    described = (
        " ".join(info.description.replace("`", "").split()) if info and info.description else ""
    )
    if described:
        return described
    name = key.rpartition(".")[2]
    if key.startswith("data.options."):
        about = SETS[document["data"]["name"]].__doc__ or ""
        return f"{name}: argument of {about.strip().rstrip('.')}."
    if info is None and key.startswith("optimizer."):
        return f"{name}: argument of the Keras optimizer."
    return f"{key}."


def shown_value(field: Field, draft: Draft) -> str:
    """The text of a field's value: of choices the name, of text what the document says itself."""
    value = draft.value(field.key)
    if field.control == "choice":
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else inline(value)
    if not draft.stated(field.key):
        return ""
    return value if isinstance(value, str) and field.string else inline(value)


def placeholder(field: Field, draft: Draft) -> str:
    """What an empty field stands for."""
    info = fields.field(tuple(field.key.split(".")), draft.document)
    default = None if info is None or info.is_required() else info.default
    if default in (None, [], {}):
        needed = info is not None and info.is_required()
        return "needed" if needed else "Keras' own" if _kerasish(field.key) else "none"
    return str(default) if isinstance(default, str) else inline(default)


def _kerasish(key: str) -> bool:
    clips = ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay")
    parts = key.split(".")
    own = parts[0] == "optimizer" and parts[-1] not in clips
    return own and (parts[-1] == "learning_rate" or parts[-1] not in OptimizerSettings.model_fields)


def read_value(field: Field, text: str) -> Any:
    """The value that a field's text means; None for nothing, which leaves the key out.

    Raises:
        PresetError: an inline table, list or quoted string that is not valid TOML.
    """
    text = text.strip()
    if not text:
        return None
    if field.string or (field.control == "choice" and text[0] not in "{["):
        return text == "true" if text in ("true", "false") and not field.string else text
    try:
        _, value, _ = parse(f"{field.key}={text}")
    except PresetError as error:
        raise PresetError(str(error).removeprefix(f"override value {text}: ")) from error
    return None if value in ("none", "null") else value
