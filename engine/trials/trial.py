"""A short training, diagnosed as it goes: what `gradlab fix` compares remedies by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..data.dataset import Dataset, Split
from ..data.load import load_data
from ..diagnosis.context import make_context
from ..diagnosis.diagnosed import diagnosed
from ..diagnosis.live import Diagnosis
from ..findings.finding import Finding
from ..models.build import build
from ..models.size import parameter_count
from ..preset.schema import Preset
from ..stream.events import Epoch, Event, Finished, Started
from ..stream.history import History
from ..training.parts import Parts
from ..training.trainer import Trainer

LEAST_STEPS = 600
"""Steps of a trial by default: gradients are judged within 20, a plateau is called one after 300."""

EPOCHS = 3
"""Epochs of a trial by default ..."""

EPOCH_STEPS = 2000
"""... as far as they take no more steps than this."""

MOST_STEPS = 10_000
"""Steps of a trial of a small net, which is soon trained to its end."""

OPERATIONS = 3e10
"""Floating-point operations of a trial: a few seconds on two cores."""


@dataclass(frozen=True)
class Length:
    """How long every trial of one search is.

    Attributes:
        epochs: whole epochs, so that validation is comparable.
        rows: training rows that are used; all of them unless one epoch is longer than the budget.
        steps: steps in all.
        whole: whether that is all that the preset asks for.
    """

    epochs: int
    rows: int
    steps: int
    whole: bool


def trial_length(preset: Preset, dataset: Dataset, budget: int | None = None) -> Length:
    """The length of a trial.

    Args:
        preset: the experiment.
        dataset: its data.
        budget: steps to take about; never more than the preset asks for. By default it depends on
            the sizes of net and data alone, so that a search can be repeated anywhere.
    """
    rows = len(dataset.train)
    batch = min(preset.train.batch_size, rows)
    per_epoch = -(-rows // batch)
    if budget is None:
        weights = parameter_count(preset, dataset.input_shape, dataset.output_units)
        # forward, and backward by weights and by inputs: two operations each
        affordable = int(OPERATIONS / (6 * weights * batch)) if weights else 0
        budget = max(LEAST_STEPS, min(EPOCHS * per_epoch, EPOCH_STEPS), min(affordable, MOST_STEPS))
    if budget < per_epoch:
        return Length(1, budget * batch, budget, whole=False)
    epochs = min(preset.train.epochs, round(budget / per_epoch))
    return Length(epochs, rows, epochs * per_epoch, whole=epochs == preset.train.epochs)


@dataclass(frozen=True)
class Trial:
    """One short training.

    Attributes:
        preset: the experiment.
        dataset: its data, whole.
        history: all that was measured, with the diagnosis' findings.
        findings: those that stand at the end, the gravest cause first.
    """

    preset: Preset
    dataset: Dataset
    history: History
    findings: tuple[Finding, ...]


class Course:
    """A trial under way, which may rest and go on.

    A run that is cut short is not judged by the rules for the end of a run. Regression with a squared
    error also logs val_r2, the share of the validation targets' variance that is explained, which
    does not change with the scale of the targets.

    Args:
        preset: the experiment.
        length: how long.
        dataset: its data, if they are loaded already.
        trust: whether code of the user's (family `python`) may run.
        base: folder that the preset's own files are relative to.

    Raises:
        PresetError, DataError: a preset that cannot be trained.
    """

    def __init__(
        self,
        preset: Preset,
        length: Length,
        *,
        dataset: Dataset | None = None,
        trust: bool = False,
        base: Path | None = None,
    ) -> None:
        dataset = dataset or load_data(preset.data, base=base, seed=preset.seed)
        shown = dataset
        if length.rows < len(dataset.train):
            train = Split(dataset.train.x[: length.rows], dataset.train.y[: length.rows])
            shown = replace(dataset, train=train)
        short = preset.model_copy(
            update={"train": preset.train.model_copy(update={"epochs": length.epochs})}
        )
        parts = Parts(short, shown, build(preset, shown, trust=trust, base=base))
        self._diagnosis = Diagnosis(make_context(preset, parts.started.data, parts.started.loss))
        planned = _as_planned(Trainer(parts).run(), preset, length, shown)
        self._events = diagnosed(planned, self._diagnosis)
        self._preset, self._dataset, self._history = preset, dataset, History()

    def run(self, epochs: int | None = None) -> Trial:
        """Train until so many epochs have ended, or to the end; what came of it so far.

        The same arguments give the same history, whether the course rested or not.
        """
        if epochs is None or len(self._history.epochs) < epochs:
            for event in self._events:
                self._history.add(event)
                if len(self._history.epochs) == epochs:
                    break
        for trouble in self._history.troubles.values():
            raise RuntimeError(trouble.reason)
        for told in self._diagnosis.look():
            self._history.add(told)
        findings = tuple(self._diagnosis.standing)
        return Trial(self._preset, self._dataset, self._history, findings)


def _as_planned(
    events: Iterator[Event], preset: Preset, length: Length, dataset: Dataset
) -> Iterator[Event]:
    """A short training as the beginning of the planned one: its end is that of a run only if it is."""
    for event in events:
        if isinstance(event, Started):
            # Patience is a share of what is planned, not of what is tried.
            yield replace(event, epochs=preset.train.epochs)
        elif isinstance(event, Epoch):
            yield replace(event, logs=event.logs | explained_variance(event.logs, preset, dataset))
        elif not isinstance(event, Finished) or event.status == "diverged" or length.whole:
            yield event


def explained_variance(
    logs: dict[str, float], preset: Preset, dataset: Dataset
) -> dict[str, float]:
    """val_r2 = 1 - val_loss / Var[y] of a regression with a squared error; {} otherwise."""
    squared = preset.train.loss in ("auto", "mean_squared_error", "mse")
    if dataset.task != "regression" or not squared or not dataset.validation:
        return {}
    variance = float(np.var(dataset.validation.y, axis=0, dtype=np.float64).mean())
    return {"val_r2": 1 - logs["val_loss"] / variance} if variance > 0 else {}
