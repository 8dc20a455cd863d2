"""What a training is made of: model, optimizer, data, and the compiled functions that use them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..data.dataset import Dataset, Split
from ..data.summary import summarise
from ..measuring.boundary import BoundaryProbe, drawable
from ..measuring.sites import find_sites
from ..measuring.snapshot import Snapshot
from ..measuring.step_probe import StepProbe
from ..models.build import build
from ..models.callbacks import directions, make_callbacks
from ..models.capture import leaves
from ..models.losses import make_loss, make_metrics
from ..models.optimizers import make_optimizer
from ..preset.schema import Preset
from ..stream.events import Boundary, Column, Probe, Started
from .clipping import clips
from .cursor import Batches
from .epochs import compile_epochs
from .evaluation import compile_evaluation, epoch_results
from .steps import (
    StepParts,
    choose_jit,
    compile_block,
    couples_rows,
    limits_of,
    penalises_rows,
)  # fmt: skip


class Parts:
    """Everything that a training needs, built once; `renew` makes it new without compiling again.

    Args:
        preset: the experiment.
        dataset: its data.
        model: its model, built with `preset.seed`.

    Attributes:
        jit: whether XLA compiles the steps.
        masked: whether padding rows of a batch get weight 0 instead of being cut off.
        block: what `compile_block` returned.
        results: what `epoch_results` returned.
        batches: which rows each step takes.
        started: what the training will say when it begins at step 0.

    Raises:
        PresetError: a loss, metric, optimizer or callback that does not fit.
    """

    def __init__(self, preset: Preset, dataset: Dataset, model: keras.Model) -> None:
        self.preset = preset
        self.dataset = dataset
        self.model = model
        self.seed = preset.seed
        self.loss = make_loss(preset, dataset, model)
        self.metrics = make_metrics(preset, dataset, self.loss)
        self._held_out_metrics = make_metrics(preset, dataset, self.loss)
        self._logged = directions(self.metrics, validated=dataset.validation is not None)
        # Made here for what they refuse, before there is a run; each run makes its own.
        make_callbacks(preset, None, self._logged)
        self.optimizer = make_optimizer(preset.optimizer)
        self.optimizer.build(model.trainable_variables)
        model.compile(optimizer=self.optimizer)
        self._noise_seed = keras.random.SeedGenerator(preset.seed)

        layers = list(leaves(model))
        sites = find_sites(model, dataset.train.x[0])
        measured = preset.probe.enabled
        self.probe = StepProbe(sites, clipped=clips(preset.optimizer)) if measured else None
        self.jit = choose_jit(preset, layers)
        # A padded batch would change what batch normalization sees: then shapes are exact.
        self.masked = self.jit and not couples_rows(layers) and not penalises_rows(layers)
        step = StepParts(
            preset, model, self.optimizer, self.loss, self.metrics, self.probe, self._noise_seed
        )
        self.block = compile_block(step, jit=self.jit, masked=self.masked)
        self.results = epoch_results(self.metrics, self.optimizer)
        self.evaluation = compile_evaluation(model, self.loss, self._held_out_metrics)

        self.batches = Batches(
            len(dataset.train), preset.train.batch_size, shuffle=preset.train.shuffle
        )
        self.train = self._tensors(dataset.train)
        self.validation = self._tensors(dataset.validation) if dataset.validation else None
        rows = preset.probe.rows
        x, y = self.train
        self._snapshot = Snapshot(
            model, sites, self.loss, x[:rows], y[:rows], bins=preset.probe.bins
        )
        self._boundary = BoundaryProbe(model, dataset) if drawable(dataset) else None
        plain = (Column("", "loss"), Column("", "learning_rate"))
        self.started = Started(
            layers=tuple(site.info for site in sites),
            columns=self.probe.columns if self.probe else plain,
            weight_columns=self.probe.weight_columns if self.probe else (),
            steps_per_epoch=self.batches.steps,
            epochs=preset.train.epochs,
            parameters=sum(int(np.prod(v.shape)) for v in model.trainable_variables),
            jit=self.jit,
            loss=self.loss.name,
            metrics=tuple(metric.name for metric in self.metrics),
            data=summarise(dataset),
        )

    @cached_property
    def epochs(self) -> Any:
        """What `compile_epochs` returned."""
        batches = self.batches
        return compile_epochs(
            self.block, self.results, self.evaluation,
            self.train, self.validation, (batches.steps, batches.size),
            self.limits(batches.weighed(1), batches.steps),
        )  # fmt: skip

    def limits(self, marks: np.ndarray, steps: int) -> tuple[np.ndarray, int]:
        """What `limits_of` returns for a block of this training."""
        batches = self.batches
        most = 1 + int(np.searchsorted(batches.weighed(0), batches.capacity))
        return limits_of(marks, steps, most)

    def renew(self, preset: Preset, base: Path | None = None) -> None:
        """Become what another seed or learning rate would have built, without compiling again.

        Args:
            preset: the experiment, which differs in the seed and in a constant learning rate at most.
            base: folder that the preset's own files are relative to.
        """
        self.preset = preset
        fresh = build(preset, self.dataset, trust=True, base=base)
        for variable, value in zip(self.model.variables, fresh.variables, strict=True):
            variable.assign(value)
        optimizer = make_optimizer(preset.optimizer)
        optimizer.build(self.model.trainable_variables)
        for variable, value in zip(self.optimizer.variables, optimizer.variables, strict=True):
            variable.assign(value)
        self._noise_seed.state.assign(keras.random.SeedGenerator(preset.seed).state)
        self.results()
        self.seed = preset.seed

    def variables(self) -> dict[str, Any]:
        """Every variable that a checkpoint must hold, by a stable name."""
        groups = {
            "model": self.model.variables,
            "optimizer": self.optimizer.variables,
            "metrics": [v for metric in self.metrics for v in metric.variables],
            "noise": [self._noise_seed.state],
        }
        return {f"{name}/{i}": v for name, group in groups.items() for i, v in enumerate(group)}

    def callbacks(self, checkpoint_dir: Path | None) -> list[keras.callbacks.Callback]:
        """New callbacks for one run.

        Args:
            checkpoint_dir: where they write; None for nowhere.
        """
        return make_callbacks(self.preset, checkpoint_dir, self._logged)

    def measure(self, epoch: int, step: int) -> list[Probe | Boundary]:
        """The probe batch and, for classes on a plane, the boundary, with the weights as they are."""
        probe = Probe(epoch, step, self._snapshot.take())
        return [probe, self._boundary.measure(epoch, step)] if self._boundary else [probe]

    def evaluate(self, split: Split, prefix: str) -> dict[str, float]:
        """Loss and metrics of a split in inference mode, keys prefixed."""
        return self.named(self.evaluation(*self._tensors(split)).numpy(), prefix)

    def named(self, values: np.ndarray, prefix: str) -> dict[str, float]:
        """What `evaluation` returned, by prefixed names."""
        names = ["loss", *(metric.name for metric in self._held_out_metrics)]
        return {prefix + n: value for n, value in zip(names, values.tolist(), strict=True)}

    def begins(self, step: int) -> Started:
        """How a training says that it begins at a step."""
        return replace(self.started, step=step)

    def _tensors(self, split: Split) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.constant(split.x), tf.constant(self.loss.encode(split.y))
