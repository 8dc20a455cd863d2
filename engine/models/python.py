"""The family `python`: a model made by a function of the user's."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np

from ..data.dataset import Dataset
from ..errors import PresetError
from ..preset.schema import PythonSettings
from .head import check_output

KEY = "model.factory"


def build_python(
    settings: PythonSettings, dataset: Dataset, *, trust: bool, base: Path | None
) -> keras.Model:
    """Call the factory with `input_shape`, `output_units` and the preset's arguments.

    Args:
        settings: the factory and its arguments.
        dataset: what the model has to fit.
        trust: whether code of the user's may run.
        base: folder of the preset: relative files start there and its modules can be imported; by
            default the working directory.

    Raises:
        PresetError: no trust, a reference that leads nowhere, an exception in the factory, or a
            result that is no built model or does not fit the data.
    """
    if not trust:
        raise PresetError(
            f"{KEY}: {settings.factory!r} is Python code, which a preset may not run by itself. "
            "Read it, then pass --trust."
        )
    factory = _find(settings.factory, base or Path.cwd())
    arguments = {
        "input_shape": dataset.input_shape,
        "output_units": dataset.output_units,
        **settings.arguments,
    }
    try:
        inspect.signature(factory).bind(**arguments)
    except TypeError as error:
        raise PresetError(
            f"{KEY}: {settings.factory} cannot be called with {', '.join(arguments)}: {error}."
        ) from error
    try:
        model = factory(**arguments)
    except Exception as error:  # the user's code may raise anything
        raise PresetError(
            f"{KEY}: {settings.factory} raised {type(error).__name__}: {error}"
        ) from error
    _check(model, settings.factory, dataset)
    return model


def _check(model: Any, factory: str, dataset: Dataset) -> None:
    if not isinstance(model, keras.Model):
        raise PresetError(f"{KEY}: {factory} returned {type(model).__name__}, not a keras.Model.")
    if not model.built:
        raise PresetError(
            f"{KEY}: {factory} returned a model that is not built; begin it with "
            "keras.Input(input_shape) or call model.build((None, *input_shape))."
        )
    try:
        output = model(np.zeros((1, *dataset.input_shape), "float32"))
    except Exception as error:  # the user's layers may raise anything
        raise PresetError(
            f"{KEY}: the model of {factory} does not take rows of the shape "
            f"{dataset.input_shape}: {error}"
        ) from error
    shape = tuple(output.shape) if keras.ops.is_tensor(output) else None
    check_output(shape, dataset, f"{KEY}: {factory}")


def _find(reference: str, base: Path) -> Callable[..., Any]:
    source, separator, name = reference.rpartition(":")
    if not separator or not source or not name:
        raise PresetError(
            f'{KEY}: {reference!r} is not "package.module:function" or "file.py:function".'
        )
    sys.path.insert(0, str(base))
    try:
        module = _load_file(base / source) if source.endswith(".py") else _load_module(source)
    finally:
        sys.path.remove(str(base))
    factory = getattr(module, name, None)
    if not callable(factory):
        functions = [n for n, value in vars(module).items() if inspect.isfunction(value)]
        raise PresetError(
            f"{KEY}: {source} has no function {name!r}; it has {', '.join(functions) or 'none'}."
        )
    return factory


def _load_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise PresetError(f"{KEY}: there is no file {path}.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's code may raise anything
        raise PresetError(f"{KEY}: {path} raised {type(error).__name__}: {error}") from error
    return module


def _load_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # the user's code may raise anything
        raise PresetError(
            f"{KEY}: importing {name} raised {type(error).__name__}: {error}"
        ) from error
