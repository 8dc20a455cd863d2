"""Small data sets made by hand, and presets from a table of settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradlab.engine.data.dataset import Dataset, Split, Task
from gradlab.engine.preset.schema import Preset

ROWS = 12


def _dataset(task: Task, shape: tuple[int, ...], classes: int) -> Dataset:
    rng = np.random.default_rng(0)
    targets = {
        "binary": lambda: (np.arange(ROWS) % 2).astype("float32")[:, None],
        "classification": lambda: (np.arange(ROWS) % max(classes, 1)).astype("int32"),
        "regression": lambda: rng.normal(size=(ROWS, 2)).astype("float32"),
        "sequence": lambda: rng.integers(0, max(classes, 1), (ROWS, shape[0])).astype("int32"),
    }
    split = Split(rng.normal(size=(ROWS, *shape)).astype("float32"), targets[task]())
    names = tuple(str(number) for number in range(classes))
    return Dataset("hand-made", task, split, None, None, classes, names, "none")


@pytest.fixture
def images() -> Dataset:
    """8x8 pictures of ten classes, as digits are."""
    return _dataset("classification", (8, 8), 10)


@pytest.fixture
def table() -> Dataset:
    """A table of 20 columns, three classes."""
    return _dataset("classification", (20,), 3)


@pytest.fixture
def circles() -> Dataset:
    """Two columns, two classes."""
    return _dataset("binary", (2,), 2)


@pytest.fixture
def regression() -> Dataset:
    """Five columns, two numbers as targets."""
    return _dataset("regression", (5,), 0)


@pytest.fixture
def sequences() -> Dataset:
    """Six time steps of three features, one of four classes at each."""
    return _dataset("sequence", (6, 3), 4)


@pytest.fixture
def adding() -> Dataset:
    """Six time steps of two features, two numbers as targets."""
    return _dataset("regression", (6, 2), 0)


@pytest.fixture
def preset() -> Callable[..., Preset]:
    """A preset from tables: `preset({"family": "mlp"}, train={...}, seed=1)`."""

    def make(model: dict[str, Any] | None = None, **tables: Any) -> Preset:
        document = {"data": {"name": "digits"}, "model": {"family": "mlp", **(model or {})}}
        return Preset.model_validate({**document, **tables})

    return make
