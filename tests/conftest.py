"""What every test needs: a quiet TensorFlow, and small experiments."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests run one per core; TensorFlow's own threads would only wait for each other.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
import pytest

HASTY = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
"""XLA that compiles three times as fast, into code that rounds differently."""


def pytest_configure(config: pytest.Config) -> None:
    """Short trainings are compiled in haste; slow tests train what users would."""
    if "not slow" in config.option.markexpr:
        os.environ.setdefault("XLA_FLAGS", HASTY)


def pytest_xdist_auto_num_workers() -> int:
    """At least three: a third of the time goes by waiting for terminals and processes."""
    return max(os.cpu_count() or 1, 3)


SMALL: dict[str, dict[str, Any]] = {
    "dense": {
        "data": {"name": "digits", "scale": "unit"},
        "model": {"family": "mlp", "depth": 4, "width": 128, "activation": "sigmoid"},
    },
    "circles": {
        "data": {"name": "circles", "options": {"n_samples": 250, "noise": 0.1, "random_state": 1}},
        "model": {"family": "mlp", "depth": 3, "width": 5, "activation": "tanh"},
        "optimizer": {"name": "sgd", "learning_rate": 0.01, "momentum": 0.9},
    },
    "conv": {
        "data": {"name": "digits", "scale": "unit", "options": {"rows": 200}},
        "model": {"family": "resnet", "filters": [4, 8], "stem_kernel": 3, "pool": False},
    },
    "recurrent": {
        "data": {"name": "adding", "options": {"n_samples": 100, "T": 12}},
        "model": {"family": "rnn", "cell": "LSTM", "width": 8},
    },
    "residual": {
        "data": {"name": "digits", "scale": "unit", "options": {"rows": 300}},
        "model": {"family": "mlp", "depth": 4, "width": 32, "activation": "relu", "residual": True},
    },
    "normalized": {
        "data": {"name": "digits", "scale": "unit", "options": {"rows": 300}},
        "model": {"family": "mlp", "depth": 3, "width": 32, "normalization": "before"},
    },
    "noisy": {
        "data": {"name": "digits", "scale": "unit", "options": {"rows": 300}},
        "model": {
            "family": "mlp",
            "depth": 2,
            "width": 32,
            "dropout": 0.3,
            "noise": {"input": 0.1},
        },
    },
    "penalised": {
        "data": {"name": "digits", "scale": "unit", "options": {"rows": 300}},
        "model": {
            "family": "mlp",
            "depth": 2,
            "width": 96,
            "kernel_regularizer": {"name": "l2", "l2": 0.01},
        },
    },
}
"""One small experiment for every kind of net the engine measures."""


@pytest.fixture(scope="session")
def small() -> Any:
    """A small preset by name, with dotted settings replaced."""
    from gradlab.engine.preset.schema import Preset

    def make(name: str, **tables: dict[str, Any]) -> Preset:
        document: dict[str, Any] = {"train": {"epochs": 2}} | SMALL[name]
        for table, values in tables.items():
            current = document.get(table, {})
            document[table] = current | values if isinstance(values, dict) else values
        return Preset.model_validate(document)

    return make


@pytest.fixture(scope="session")
def trainer() -> Any:
    """A trainer for a preset, on its own data and a fresh model."""
    from gradlab.engine.data.load import load_data
    from gradlab.engine.models.build import build
    from gradlab.engine.training.parts import Parts
    from gradlab.engine.training.trainer import Trainer

    def make(preset: Any, **arguments: Any) -> Trainer:
        dataset = load_data(preset.data)
        return Trainer(Parts(preset, dataset, build(preset, dataset)), **arguments)

    return make


@pytest.fixture(scope="session")
def trained(trainer: Any) -> Any:
    """The history of a short real training."""
    from gradlab.engine.stream.history import History

    def make(preset: Any, **arguments: Any) -> History:
        history = History()
        for event in trainer(preset, **arguments).run():
            history.add(event)
        return history

    return make
