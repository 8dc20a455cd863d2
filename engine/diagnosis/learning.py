"""Steps that are too long or too short, and losses that do not come down."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..findings.finding import Finding
from .causes import BEYOND_REASON
from .view import WINDOW, View
from .wording import number, percent

LARGE_UPDATE = 0.1
"""Norm of an update over that of the weights that is too large; TheDeepChecker's and torchmortem's."""

SMALL_UPDATE = 1e-4
"""The same that is too small; TheDeepChecker's."""

RATE_FACTOR = 5.0
"""A learning rate this many times the usual one of its optimizer may be what breaks the run."""

SHORTEST = 50
"""Steps before which a rate is not called too high or too low unless the run breaks."""

GUESSING = 0.02
"""Progress below which a net does no better than guessing."""

SWING = 0.03
"""Swing of an epoch's accuracy that counts (AutoTrainer's zeta) ..."""

LOSS_SWING = 0.05
"""... if its loss swings by this share as well,"""

SWING_SHARE = 0.2
"""... in this share of the epochs (AutoTrainer's eta)."""

SWING_EPOCHS = 8
"""Epochs that it takes to see a swing."""

FALLING = 0.3
"""Epochs' losses whose median falls by this share from their older half to the newer one come down for
all their swings."""

TOO_SLOW = 0.25
"""Progress that a net must be expected to make by the planned end."""


def learning_rate(view: View) -> float:
    """Learning rate of the newest step; NaN if unknown."""
    rates = view.recent_scalar("learning_rate", 1)
    return float(rates[-1]) if len(rates) else math.nan


def learning_rate_high(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The steps are too long: the loss grows after the first of them, or never comes down.

    An explosion counts as the rate's doing only if the net began well (first loss and gradient by depth
    in bounds) and the rate is far above what its optimizer usually takes, or beyond all reason. Adam's
    updates are as long as the rate whatever the gradient, so clipping does not help.
    """
    if not view.at or (view.learned and not view.growth.explodes):
        return None
    rate = float(view.first_scalar("learning_rate", 1)[0])
    relative = max(rate, learning_rate(view)) / view.context.usual_rate
    updates = _largest(view.first_weights("update_ratio"), view.weights("update_ratio"))
    broken = "non_finite" in found or "exploding_gradient" in found
    grown = view.growth
    began_well = grown.first_loss < 10 and not _deep_at_start(view)
    if broken:
        beyond = relative >= BEYOND_REASON and math.isfinite(view.initial_loss)
        if not beyond and (not began_well or relative < RATE_FACTOR):
            return None
    else:
        spoilt = {"dead_units", "saturated_units", "oscillating_loss"} & set(found)
        high = relative >= BEYOND_REASON or (relative >= RATE_FACTOR and updates >= LARGE_UPDATE)
        if view.at < SHORTEST or not high or not (spoilt or view.improvement < 0 or view.stalled):
            return None
    evidence = {
        "learning_rate": rate,
        "usual_learning_rate": view.context.usual_rate,
        "rate_over_usual": relative,
    }
    if not math.isnan(updates):
        evidence["update_ratio"] = updates
    evidence |= {"loss_growth": grown.loss, "first_loss": view.initial_loss}
    name = view.context.preset.optimizer.name if view.context.preset else "the optimizer"
    change = (
        f" One update changes a layer's weights by up to {percent(updates)}."
        if updates >= 0.01
        else ""
    )
    end = "the loss runs away" if broken else "the loss does not come down"
    return Finding(
        problem="learning_rate_high",
        layers=(),
        first_step=_first_worse(view),
        severity="critical",
        evidence=evidence,
        message=f"A learning rate of {number(rate)} is {number(relative)} times what {name} usually "
        f"takes, and {end}.{change}",
    )


def learning_rate_low(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Every layer's updates are tiny against its weights, and little is learned."""
    if view.at < max(SHORTEST, min(view.steps_per_epoch, 500)) or view.fine:
        return None
    rate = learning_rate(view)
    ratios = view.weights("update_ratio")
    relative = rate / view.context.usual_rate
    largest = _largest(ratios)
    if relative > 0.1 or not (largest < SMALL_UPDATE or (math.isnan(largest) and relative <= 0.01)):
        return None
    if view.progress >= TOO_SLOW or _projected(view) >= TOO_SLOW:
        return None
    evidence = {"learning_rate": rate, "usual_learning_rate": view.context.usual_rate}
    if not math.isnan(largest):
        evidence["update_ratio"] = largest
    sentence = ""
    if largest > 0:
        sentence = f" An update changes the weights by {number(largest)} of their size at most."
    return Finding(
        problem="learning_rate_low",
        layers=(),
        first_step=0,
        severity="warning",
        evidence=evidence | {"progress": view.progress},
        message=f"A learning rate of {number(rate)} is {number(relative)} of what this optimizer usually "
        f"takes.{sentence} At this pace the planned steps do not suffice.",
    )


def no_learning(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """There was time to learn, the loss falls no more, and the net does no better than guessing."""
    if not view.stalled or not view.progress < GUESSING or view.learned:
        return None
    accuracy = f" (accuracy {percent(view.accuracy)})" if view.accuracy is not None else ""
    return Finding(
        problem="no_learning",
        layers=(),
        first_step=0,
        severity="critical",
        evidence={
            "loss": view.loss,
            "loss_of_guessing": view.baseline,
            "progress": view.progress,
            "improvement": view.improvement,
        },
        message=f"After {view.at:,} steps the loss is {number(view.loss)}{accuracy}; always giving the "
        f"same answer costs {number(view.baseline)}. Nothing has been learned.",
    )


def slow_learning(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The loss falls, but so slowly that the planned end comes first."""
    if view.at < view.patience or view.fine or view.stalled or view.learned:
        return None
    if not view.improvement >= 0 or view.progress >= TOO_SLOW or _projected(view) >= TOO_SLOW:
        return None
    return Finding(
        problem="slow_learning",
        layers=(),
        first_step=0,
        severity="warning",
        evidence={
            "progress": view.progress,
            "projected_progress": _projected(view),
            "improvement": view.improvement,
        },
        message=f"The loss falls steadily but slowly: after {view.at:,} steps it is "
        f"{percent(max(view.progress, 0.0))} of the way from guessing to no error, and the planned end "
        f"would find it at {percent(max(_projected(view), 0.0))}.",
    )


def oscillating_loss(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Training accuracy and loss swing from epoch to epoch, and the net is not fine in spite of it.

    Swings are differences between neighbouring local extremes of the epochs' values, over the newest
    20 epochs; a net whose loss still comes down is let be.
    """
    epochs = view.epochs[-20:]
    if len(epochs) < SWING_EPOCHS or view.fine:
        return None
    losses = np.array([epoch.logs["loss"] for epoch in epochs])
    older, newer = np.median(losses[: len(losses) // 2]), np.median(losses[len(losses) // 2 :])
    if not np.isfinite(losses).all() or newer < (1 - FALLING) * older:
        return None
    level = float(np.median(losses))
    loss_swings = swings(losses, LOSS_SWING * level)
    needed = SWING_SHARE * len(epochs)
    names = [n for n in epochs[-1].logs if n.endswith("accuracy") and not n.startswith("val_")]
    if names:
        scores = np.array([epoch.logs.get(names[0], math.nan) for epoch in epochs])
        if swings(scores, SWING) < needed:
            return None
        needed /= 2  # the loss swings along; its size depends on how sure the net is
    if loss_swings < needed:
        return None
    return Finding(
        problem="oscillating_loss",
        layers=(),
        first_step=epochs[0].step,
        severity="warning",
        evidence={
            "swings": loss_swings,
            "epochs": len(epochs),
            "lowest_loss": float(losses.min()),
            "highest_loss": float(losses.max()),
        },
        message=f"The loss of whole epochs swings between {number(float(losses.min()))} and "
        f"{number(float(losses.max()))} instead of coming down: the steps jump across the valley.",
    )


def swings(values: np.ndarray, least: float) -> int:
    """Differences of at least `least` between neighbouring local extremes, [epochs] -> count.

    Rises and falls take turns in a swing, so those of one kind beyond one more than the other do not count.
    """
    slope = np.sign(np.diff(values))
    turns = np.flatnonzero(slope[1:] * slope[:-1] < 0) + 1
    extremes = values[np.concatenate([[0], turns, [len(values) - 1]])]
    moves = np.diff(extremes)
    rises, falls = int((moves >= least).sum()), int((moves <= -least).sum())
    return 2 * min(rises, falls) + (rises != falls)


def _projected(view: View) -> float:
    """Progress to be expected at the planned end, if the loss goes on to fall as it does."""
    span = int(min(max(300, 2 * view.steps_per_epoch), 2000, view.at))
    older = (
        view.loss * (1 + max(view.improvement, 0.0))
        if not math.isnan(view.improvement)
        else view.loss
    )
    per_step = (older - view.loss) / max(span / 2, 1)
    expected = view.loss - per_step * max(view.planned - view.at, 0)
    return (view.baseline - expected) / abs(view.baseline) if view.baseline else math.nan


def _deep_at_start(view: View) -> bool:
    """Whether delta differed by a factor of 1,000 between the hidden layers at the first step."""
    if not view.has("delta_norm") or len(view.hidden) < 2:
        return False
    delta = view.first("delta_norm", 1)[0, view.hidden]
    return not 1e-3 < delta[0] / delta[-1] < 1e3


def _largest(*ratios: np.ndarray) -> float:
    """The largest layer's median update ratio; NaN if none was recorded.

    Args:
        ratios: of some blocks, [blocks, layers]; NaN where a layer has no kernel.
    """
    largest = math.nan
    for ratio in ratios:
        # NumPy's median without NaN takes a fifth of the time of the one that looks for them.
        known = ratio[:, ~np.isnan(ratio).all(axis=0)]
        if np.isfinite(known).any():
            median = np.nanmedian if np.isnan(known).any() else np.median
            largest = np.fmax(largest, median(known, axis=0).max())
    return float(largest)


def _first_worse(view: View) -> int:
    """The first of the newest steps whose loss is above that of the first step."""
    losses = view.recent_scalar("loss", WINDOW)
    worse = ~(losses <= view.initial_loss)
    return int(view.steps(WINDOW)[np.argmax(worse)]) if worse.any() else 0
