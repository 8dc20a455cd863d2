"""Whether a change cured a run: the run and its fork, judged over the steps that both have taken."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..findings.order import rises, standing
from ..preset.schema import Preset
from ..stream.history import History
from .ratios import delta_ratio_per_layer

Outcome = Literal["cured", "better", "unchanged", "worse", "open"]
"""All findings gone and nothing worse; some gain; none; a loss; or too early to say."""

Change = Literal["better", "same", "worse", "unknown"]
"""What became of one measure."""

CLEAR_SCORE = 0.02
"""A score such as accuracy must change by more than this; AutoTrainer counts gains below 2 points as
repairs, which is noise on validation sets of a few hundred rows."""

CLEAR_LOSS = 0.05
"""A loss must change by more than this share of the larger one (TheDeepChecker's rate test)."""

PROFILE_BAND = 100.0
"""A delta profile is out of order if its ends differ by more than this factor: half of the decades
that AutoTrainer and torchmortem allow between first and last *gradient*, as it counts delta."""


@dataclass(frozen=True)
class Measure:
    """One measure of both runs.

    Attributes:
        name: delta_ratio_per_layer, or a log of Keras' such as val_accuracy.
        before: its value in the run; None if it has none.
        after: its value in the fork.
        change: what became of it.
    """

    name: str
    before: float | None
    after: float | None
    change: Change

    @property
    def rises(self) -> bool:
        """Whether more of it is better."""
        return rises(self.name)


@dataclass(frozen=True)
class Verdict:
    """What a change did.

    Attributes:
        outcome: the verdict.
        sentence: the verdict with its evidence, for people.
        steps: steps that both runs have taken, over which they are compared.
        epochs: whole epochs that both have taken.
        gone: problems of the run that the fork does not have.
        left: problems that both have.
        new: problems that only the fork has.
        delta_ratio: the delta ratio per layer of both.
        validation: the measure that decides on better and worse; None before the first epoch.
        measures: every measure, `delta_ratio` and `validation` among them.
    """

    outcome: Outcome
    sentence: str
    steps: int
    epochs: int
    gone: tuple[str, ...]
    left: tuple[str, ...]
    new: tuple[str, ...]
    delta_ratio: Measure
    validation: Measure | None
    measures: tuple[Measure, ...]


def judge(before: History, after: History, *, same_loss: bool = True) -> Verdict:
    """Compare a run with its fork: delta profile, findings, validation.

    Only steps, epochs and findings up to the last step of the shorter one count, so that a fork can
    be judged while it trains. Two findings count as one if they name the same problem.

    Args:
        before: the run.
        after: its fork, of the same seed and data.
        same_loss: whether losses of both can be compared, as `comparable_losses` tells.
    """
    steps = min(before.step, after.step)
    epochs = _common_epochs(before, after)
    old, fresh = _problems(before, steps), _problems(after, steps)
    gone = tuple(name for name in old if name not in fresh)
    left = tuple(name for name in old if name in fresh)
    new = tuple(name for name in fresh if name not in old)

    delta = _delta_measure(before, after, steps)
    logs = _log_measures(before, after, epochs, same_loss)
    validation = _deciding(logs)
    change = _survival(before, after) or (validation.change if validation else "unknown")
    outcome = _outcome(bool(old), gone, left, new, change, delta.change) if steps else "open"
    return Verdict(
        outcome=outcome,
        sentence=_sentence(outcome, steps, epochs, gone, left, new, after, (delta, *logs[:2])),
        steps=steps,
        epochs=epochs,
        gone=gone,
        left=left,
        new=new,
        delta_ratio=delta,
        validation=validation,
        measures=(delta, *logs),
    )


SCALES = ("data.scale", "data.target_scale", "data.scale_fit", "data.test_scale")
"""Settings of the data that leave the rows what they are."""


def on_other_data(keys: Iterable[str]) -> str:
    """What a verdict says first of runs that see other rows; "" where they see the same, scaled or not.

    Args:
        keys: dotted keys in which the runs differ.
    """
    told = [key for key in keys if key.startswith("data.") and key not in SCALES]
    return f"on other data ({', '.join(told)}), " if told else ""


def comparable_losses(before: Preset, after: Preset) -> bool:
    """Whether losses of two presets mean the same: one loss, one scale of targets, one penalty."""
    penalties = [
        {key: value for key, value in preset.model.model_dump().items() if "regularizer" in key}
        for preset in (before, after)
    ]
    return (
        before.train.loss == after.train.loss
        and before.data.target_scale == after.data.target_scale
        and before.data.target_noise == after.data.target_noise
        and penalties[0] == penalties[1]
    )


def _problems(history: History, steps: int) -> list[str]:
    """Problems that stand at a step, the gravest cause first."""
    told = (found.finding for found in history.findings if found.step <= steps)
    return [finding.problem for finding in standing(told)]


def _common_epochs(before: History, after: History) -> int:
    ended = [{epoch.epoch for epoch in history.epochs} for history in (before, after)]
    return max(ended[0] & ended[1], default=-1) + 1


def _delta_measure(before: History, after: History, steps: int) -> Measure:
    ratios = [delta_ratio_per_layer(history, steps) for history in (before, after)]
    change: Change = "unknown"
    if ratios[0] is not None and ratios[1] is not None:
        spans = []
        for history, ratio in zip((before, after), ratios, strict=True):
            gaps = sum(not layer.output for layer in history.layers) - 1
            spans.append(abs(math.log(ratio)) * gaps if ratio else math.inf)
        band = math.log(PROFILE_BAND)
        change = "same"
        if (spans[0] <= band) != (spans[1] <= band):
            change = "better" if spans[1] <= band else "worse"
    return Measure("delta_ratio_per_layer", ratios[0], ratios[1], change)


def _log_measures(
    before: History, after: History, epochs: int, same_loss: bool
) -> tuple[Measure, ...]:
    """Measures of the last epoch that both have ended, the one that decides first."""
    if not epochs:
        return ()
    old, fresh = (
        next(epoch.logs for epoch in history.epochs if epoch.epoch == epochs - 1)
        for history in (before, after)
    )
    names = [name for name in old if name in fresh and name != "learning_rate"]
    clear = _clear_score(before)
    # Validation before training, scores before losses: a score does not depend on the loss' scale.
    names.sort(key=lambda name: (not name.startswith("val_"), not rises(name)))
    return tuple(
        Measure(
            name, old[name], fresh[name], _change(name, old[name], fresh[name], clear, same_loss)
        )
        for name in names
    )


def _deciding(logs: tuple[Measure, ...]) -> Measure | None:
    """The first measure that changed, validation alone where there is any: where a score is too coarse
    to tell, the loss does."""
    held_out = tuple(m for m in logs if m.name.startswith("val_")) or logs
    for measure in held_out:
        # A loss that is no number any more outweighs any score.
        if math.isfinite(measure.before or 0.0) != math.isfinite(measure.after or 0.0):
            return measure
    for wanted in (("better", "worse"), ("same",)):
        for measure in held_out:
            if measure.change in wanted:
                return measure
    return held_out[0] if held_out else None


def _clear_score(history: History) -> float:
    """Change of a score that chance does not make: 0.02, or the standard error of a share of a half."""
    data = history.started.data if history.started else None
    held_out = data.splits.get("validation") if data else None
    return max(CLEAR_SCORE, 0.5 / math.sqrt(held_out.rows)) if held_out else CLEAR_SCORE


def _change(name: str, before: float, after: float, clear_score: float, same_loss: bool) -> Change:
    if math.isfinite(before) != math.isfinite(after):
        return "better" if math.isfinite(after) else "worse"
    if not math.isfinite(before):
        return "same"
    if rises(name):
        gain, clear = after - before, clear_score
    elif same_loss:
        gain, clear = before - after, CLEAR_LOSS * max(abs(before), abs(after))
    else:
        return "unknown"
    return "better" if gain > clear else "worse" if gain < -clear else "same"


def _survival(before: History, after: History) -> Change | None:
    """A run that diverged is worse than one that did not, whatever its logs say."""
    ended_badly = [
        history.finished is not None and history.finished.status in ("diverged", "failed")
        for history in (before, after)
    ]
    if ended_badly[0] == ended_badly[1]:
        return None
    return "worse" if ended_badly[1] else "better"


def _outcome(
    sick: bool,
    gone: tuple[str, ...],
    left: tuple[str, ...],
    new: tuple[str, ...],
    validation: Change,
    profile: Change,
) -> Outcome:
    if validation == "worse" or (new and not gone):
        return "worse"
    if sick and not left and not new:
        return "cured"
    if validation == "better" or len(gone) > len(new) or (profile == "better" and not new):
        return "better"
    return "worse" if profile == "worse" else "unchanged"


def _sentence(
    outcome: Outcome,
    steps: int,
    epochs: int,
    gone: tuple[str, ...],
    left: tuple[str, ...],
    new: tuple[str, ...],
    after: History,
    measures: tuple[Measure, ...],
) -> str:
    if outcome == "open":
        return "open: there is no step yet that both runs have taken"
    parts = []
    for measure in measures:
        if measure.before is None or measure.after is None:
            continue
        if measure.name == "delta_ratio_per_layer":
            parts.append(f"delta ratio {measure.before:.3g} -> {measure.after:.3g} per layer")
        else:
            name = measure.name.replace("val_", "validation ")
            parts.append(f"{name} {measure.before:.3g} -> {measure.after:.3g}")
    if gone:
        step = max((f.step for f in after.findings if f.cleared and f.step <= steps), default=0)
        parts.insert(1 if parts else 0, f"{', '.join(gone)} gone from step {step} on")
    if left:
        parts.append(f"{', '.join(left)} left")
    if new:
        parts.append(f"{', '.join(new)} new")
    span = f"{epochs} epoch{'s' if epochs != 1 else ''}" if epochs else f"{steps} steps"
    return f"{outcome} after {span}: {'; '.join(parts) or 'no measure changed'}"
