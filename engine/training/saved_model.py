"""A trained model evaluated after the fact, with the weights that its run has kept."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import tensorflow as tf

from ..data.load import load_data
from ..data.origin import fingerprints, refuse_changed
from ..errors import RunError
from ..models.build import build
from ..models.losses import make_loss, make_metrics
from ..preset.load import recorded
from ..runs.documents import read_info
from ..sets.source import Split
from .evaluation import compile_evaluation

WEIGHTS = {"last": "model.keras", "best": "best.keras"}
"""Which weights a run may have kept, and the file in its folder `checkpoint`."""


def evaluate_saved(
    run: Path, split: str | None = None, *, trust: bool = False
) -> tuple[str, int, dict[str, dict[str, float]]]:
    """Loss and metrics of a run's model on one of its splits.

    The model is built from the preset that the run recorded; only weights are read from its files.

    Args:
        run: the run directory.
        split: train, validation or test; by default test, where the data have none validation, else train.
        trust: whether code of the user's (family `python`) may run.

    Returns:
        The split, its rows, and for each kind of weights that the run has kept the loss and each metric.

    Raises:
        RunError: the run has no preset, no weights or no such rows.
        DataError: the data cannot be loaded, or are not what the run was trained on.
    """
    info, _ = read_info(run)
    preset = recorded(info.get("preset"))
    if preset is None:
        raise RunError(f"{run.name} has no preset to build its model from")
    files = {kind: run / "checkpoint" / name for kind, name in WEIGHTS.items()}
    kept = {kind: path for kind, path in files.items() if path.exists()}
    if not kept:
        raise RunError(f"{run.name} has kept no weights: it has not come to an end")
    base = Path(info["base"]) if isinstance(info.get("base"), str) else None
    known = info.get("data_files")
    refuse_changed(
        known if isinstance(known, dict) else {}, fingerprints(preset.data, base), run.name
    )
    dataset = load_data(preset.data, base=base, seed=preset.seed)
    splits: dict[str, Split | None] = {
        "test": dataset.test, "validation": dataset.validation, "train": dataset.train
    }  # fmt: skip
    chosen = split or next(name for name, rows in splits.items() if rows is not None)
    rows = splits[chosen]
    if rows is None:
        there = ", ".join(name for name, found in splits.items() if found is not None)
        raise RunError(f"--split {chosen}: {run.name} has no such rows, only {there}")
    model = build(preset, dataset, trust=trust, base=base)
    plan = make_loss(preset, dataset, model)
    metrics = make_metrics(preset, dataset, plan)
    evaluate = compile_evaluation(model, plan, metrics)
    names = ["loss", *(metric.name for metric in metrics)]
    found = {}
    for kind, path in kept.items():
        try:
            model.load_weights(path)
        except (ValueError, OSError, KeyError, BadZipFile) as error:
            raise RunError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
        values = evaluate(tf.constant(rows.x), tf.constant(plan.encode(rows.y)))
        found[kind] = dict(zip(names, values.numpy().tolist(), strict=True))
    return chosen, len(rows), found
