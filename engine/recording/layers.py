"""The layers of anybody's model, found by their variables: nothing else need be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from ..stream.events import LayerInfo


@dataclass(frozen=True)
class Recorded:
    """A layer whose gradients are recorded.

    Attributes:
        info: what readers see of it.
        kernel: its first variable that is a matrix or more.
    """

    info: LayerInfo
    kernel: Any

    @property
    def path(self) -> str:
        """Where the kernel stands among the parts of the model, as `generator/dense/kernel`."""
        return _path(self.kernel)


def told_apart(groups: Sequence[Sequence[Recorded]]) -> tuple[LayerInfo, ...]:
    """The layers of all groups with one index each; those of several parts carry their part's name.

    Args:
        groups: what each optimizer trains, or each call of a loop.
    """
    parts = [{layer.path.split("/")[0] for layer in group} for group in groups]
    apart = all(len(part) == 1 for part in parts) and len(set().union(*parts)) == len(groups) > 1
    seen: dict[str, int] = {}
    infos: list[LayerInfo] = []
    for recorded in (layer for group in groups for layer in group):
        part, _, rest = recorded.path.partition("/")
        name = recorded.info.name
        if apart and "/" in rest and not name.startswith(f"{part}."):
            name = f"{part}.{name}"
        count = seen[name] = seen.get(name, 0) + 1
        name = name if count == 1 else f"{name}~{count}"
        infos.append(replace(recorded.info, name=name, index=len(infos), output=False))
    infos[-1:] = [replace(info, output=True) for info in infos[-1:]]
    return tuple(infos)


def find_recorded(model: keras.Model | None, variables: Sequence[Any]) -> list[Recorded]:
    """The layers that own trainable matrices, in the order in which these were made.

    Args:
        model: whose layers give names and kinds, where they can be seen; None if it is not known.
        variables: what is trained, of Keras' or TensorFlow's own kind.
    """
    owned: dict[str, list[Any]] = {}
    for variable in variables:
        owner, path = _owner(variable), _path(variable)
        if owner == path and owner in owned:  # nobody's variables may all be called the same
            owner = f"{owner}_{len(owned)}"
        owned.setdefault(owner, []).append(variable)
    kernels = {
        path: next(v for v in members if len(v.shape) >= 2)
        for path, members in owned.items()
        if any(len(v.shape) >= 2 for v in members)
    }
    layers = _layers_by_variable(model) if model is not None else {}
    names = _short_names(list(kernels))
    return [
        Recorded(_info(names[path], index, kernel, owned[path], layers.get(id(kernel))), kernel)
        for index, (path, kernel) in enumerate(kernels.items())
    ]


def _owner(variable: Any) -> str:
    """The path of the layer that owns a variable; a cell of a recurrent layer is the layer."""
    parts = _path(variable).split("/")[:-1]
    if len(parts) > 1 and parts[-1].endswith("_cell"):
        parts.pop()
    return "/".join(parts) or _path(variable)


def _path(variable: Any) -> str:
    return getattr(variable, "path", None) or variable.name.partition(":")[0]


def _short_names(paths: list[str]) -> dict[str, str]:
    """The shortest endings of paths that tell them apart."""
    names: dict[str, str] = {}
    for path in paths:
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            ending = "/".join(parts[-count:])
            same = [p for p in paths if p == ending or p.endswith("/" + ending)]
            if len(same) == 1:
                break
        names[path] = ending.replace("/", ".")
    return names


def _layers_by_variable(model: keras.Model) -> dict[int, keras.layers.Layer]:
    """The innermost layer that holds each variable."""
    found: dict[int, keras.layers.Layer] = {}
    waiting = [model]
    while waiting:
        layer = waiting.pop(0)
        for variable in layer.trainable_variables:
            found[id(variable)] = layer
        waiting += [child for child in getattr(layer, "_layers", []) if child is not layer]
    return found


def _info(
    name: str,
    index: int,
    kernel: Any,
    variables: list[Any],
    layer: keras.layers.Layer | None,
) -> LayerInfo:
    activation = getattr(layer, "activation", None)
    initializer = getattr(layer, "kernel_initializer", None)
    return LayerInfo(
        name=name,
        kind=type(layer).__name__ if layer is not None else "",
        index=index,
        units=int(kernel.shape[-1]),
        fan_in=int(np.prod(kernel.shape[:-1])),
        parameters=sum(int(np.prod(v.shape)) for v in variables),
        activation=str(getattr(activation, "__name__", "")) if activation else "",
        initializer=type(initializer).__name__ if initializer is not None else "",
    )
