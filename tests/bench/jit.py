"""Steps per second with XLA and without, for the kinds of nets between which `train.jit = "auto"` chooses.

python tests/bench/jit.py
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from steps import gradlab, pixels

from gradlab.engine.data.dataset import Split
from gradlab.engine.models.build import build
from gradlab.engine.preset.schema import Preset
from gradlab.engine.training.parts import Parts

STEPS = 200
ROUNDS = 4

NETS: dict[str, dict[str, Any]] = {
    "dense": {"family": "mlp", "depth": 3, "width": 64},
    "batch norm": {"family": "mlp", "depth": 3, "width": 64, "normalization": "before"},
    "dropout": {"family": "mlp", "depth": 3, "width": 64, "dropout": 0.3},
    "noise": {"family": "mlp", "depth": 3, "width": 64, "noise": {"after": 0.1}},
    "wide dropout": {"family": "mlp", "depth": 2, "width": 512, "dropout": 0.3},
    "wide dropout, one output": {"family": "mlp", "depth": 1, "width": 500, "dropout": 0.4},
    "batch norm, dropout, noise": {
        "family": "mlp",
        "depth": 2,
        "width": 64,
        "normalization": "before",
        "dropout": 0.3,
        "noise": {"input": 0.1, "after": 0.1},
    },
    "lstm": {"family": "rnn", "cell": "LSTM", "width": 32},
    "lstm, dropout": {"family": "rnn", "cell": "LSTM", "width": 32, "recurrent_dropout": 0.2},
    "small resnet": {"family": "resnet", "filters": [16, 32]},
}


def main() -> None:
    """Print both speeds and what auto chooses."""
    images = pixels((8, 8), 32 * STEPS)
    halves = Split(images.train.x, images.train.y % 2)
    pairs = replace(images, task="binary", train=halves, classes=2, class_names=("even", "odd"))
    for name, model in NETS.items():
        dataset = pairs if name.endswith("one output") else images
        speeds = {}
        for jit in ("on", "off"):
            preset = Preset.model_validate(
                {"data": {"name": "digits"}, "model": model, "train": {"jit": jit}}
            )
            epoch = gradlab(preset, dataset, probe=True)
            speeds[jit] = STEPS / min(epoch() for _ in range(ROUNDS))
        auto = Preset.model_validate({"data": {"name": "digits"}, "model": model})
        chosen = "on" if Parts(auto, dataset, build(auto, dataset)).jit else "off"
        print(
            f"{name:28} on {speeds['on']:7,.0f}  off {speeds['off']:7,.0f} steps/s"
            f"   {speeds['on'] / speeds['off']:5.2f} x; auto: {chosen}",
            flush=True,
        )


if __name__ == "__main__":
    main()
