"""The schema as a tree of dotted keys: what stands at a key, and which keys a table has."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..sets.registry import SETS
from .catalogue import OPTIMIZERS, find
from .schema import ModelSettings, OptimizerSettings, Preset

Path = tuple[str | int, ...]
"""A key's place in the document, such as `("model", "width", 0)`."""

FAMILIES: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["family"].annotation)[0]: model
    for model in get_args(get_args(ModelSettings)[0])
}
"""The table of `[model]` for each family."""


def dotted(path: Path) -> str:
    """The key as overrides write it."""
    return ".".join(map(str, path))


def table(path: Path, document: dict[str, Any]) -> type[BaseModel] | None:
    """The model that describes the table at a path, if the schema has one there."""
    current: type[BaseModel] | None = Preset
    for depth, part in enumerate(path):
        if current is None:
            return None
        if path[: depth + 1] == ("model",):
            model = document.get("model")
            family = model.get("family", "mlp") if isinstance(model, dict) else "mlp"
            current = FAMILIES.get(family) if isinstance(family, str) else None
        elif path[: depth + 1] == ("data", "options"):
            data = document.get("data")
            name = data.get("name") if isinstance(data, dict) else None
            current = SETS.get(name) if isinstance(name, str) else None
        else:
            info = current.model_fields.get(str(part))
            current = _model_in(info.annotation) if info else None
    return current


def field(path: Path, document: dict[str, Any]) -> FieldInfo | None:
    """The schema's field at a path, if there is one."""
    parent = table(path[:-1], document) if path else None
    return parent.model_fields.get(str(path[-1])) if parent else None


def keys(path: Path, document: dict[str, Any]) -> list[str]:
    """The keys that the table at a path may have."""
    model = table(path, document)
    if model is None:
        return []
    names = list(model.model_fields)
    if model is OptimizerSettings:
        settings = document.get("optimizer")
        name = settings.get("name", "adam") if isinstance(settings, dict) else "adam"
        entry = find("optimizer", name) if isinstance(name, str) else OPTIMIZERS["adam"]
        names += [a for a in entry.arguments if a not in names] if entry else []
    return names


def optional(info: FieldInfo) -> bool:
    """Whether a field may be absent and has no `none` among its own values."""
    choices = list(leaf_types(info.annotation))
    return type(None) in choices and "none" not in choices


def leaf_types(annotation: Any) -> Iterator[Any]:
    """The types and literal values that a field's annotation allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from leaf_types(get_args(annotation)[0])
    elif origin in (Union, types.UnionType, Literal):
        for choice in get_args(annotation):
            yield from leaf_types(choice)
    else:
        yield annotation


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for choice in leaf_types(annotation):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            return choice
    return None
