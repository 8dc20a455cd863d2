"""Steps that are too long."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..pace import SHORTEST, largest_update, rate_over_usual
from ..problem import BROKEN, Problem
from ..view import WINDOW, View
from ..wording import percent, rounded

LARGE_UPDATE = 0.1
"""Norm of an update over that of the weights that is too large; TheDeepChecker's and torchmortem's."""

RATE_FACTOR = 5.0
"""A learning rate this many times the usual one of its optimizer may be what breaks the run."""

BEYOND_REASON = 30.0
"""A learning rate this many times the usual one breaks a net whatever its initial weights are."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """The steps are too long: the loss grows after the first of them, or never comes down.

    An explosion counts as the rate's doing only if the net began well (first loss and gradient by depth
    in bounds) and the rate is far above what its optimizer usually takes, or beyond all reason. Adam's
    updates are as long as the rate whatever the gradient, so clipping does not help.
    """
    rates = view.first_scalar("learning_rate", 1)
    if not len(rates) or (view.learned and not view.growth.explodes):
        return None
    rate = float(rates[0])
    relative = rate_over_usual(view)
    updates = largest_update(view.first_weights("update_ratio"), view.weights("update_ratio"))
    broken = any(name in found for name in BROKEN)
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
    factor = relative * view.context.usual_rate / rate if rate else 1.0
    with_it = " with its momentum or clip" if not 0.99 < factor < 1.01 else ""
    change = (
        f" One update changes a layer's weights by up to {percent(updates)}."
        if updates >= 0.01
        else ""
    )
    end = "the loss runs away" if broken else "the loss does not come down"
    return Finding(
        problem="learning_rate_high",
        layers=(),
        first_step=_first_worse(view) if broken else _first_high(view),
        severity="critical",
        evidence=evidence,
        message=f"A learning rate of {rounded(rate)}{with_it} is {rounded(relative)} times what {name} "
        f"usually takes, and {end}.{change}",
    )


def _deep_at_start(view: View) -> bool:
    """Whether delta differed by a factor of 1,000 between the hidden layers at the first step."""
    if not view.has("delta_norm") or len(view.hidden) < 2:
        return False
    delta = view.first("delta_norm", 1)[0, view.hidden]
    return not 1e-3 < delta[0] / delta[-1] < 1e3


def _first_worse(view: View) -> int:
    """The first of the newest steps whose loss is above that of the first step."""
    losses = view.recent_scalar("loss", WINDOW)
    worse = ~(losses <= view.initial_loss)
    return int(view.steps(WINDOW)[np.argmax(worse)]) if worse.any() else 0


def _first_high(view: View) -> int:
    """The first step, if the rate was then as high as it is now; otherwise the first of the newest."""
    first, newest = (of(view, "learning_rate", 1) for of in (View.first_scalar, View.recent_scalar))
    return 0 if first[0] >= newest[-1] / 2 else int(view.steps(WINDOW)[0])


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield from cures.lower_rate(context, finding)
    yield from cures.warm_up(context)
    yield from cures.clip(context)


def yields_to(finding: Finding) -> str:
    """The initial weights come first, but for a rate beyond reason, which they do not explain."""
    beyond = finding.evidence.get("rate_over_usual", 0.0) >= BEYOND_REASON
    return "" if beyond else "poor_initialization"


PROBLEM = Problem(
    name="learning_rate_high",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "exploding_gradient",
        "non_finite",
        "dead_units",
        "saturated_units",
        "vanishing_gradient",
        "oscillating_loss",
        "no_learning",
        "slow_learning",
        "underfitting",
    ),
    yields_to=yields_to,
    formula=(
        "update ratio = ||step|| / ||weights||; about 1e-3 is usual, and here it is far above."
    ),
    check=(
        "Usually a rate meant for plain gradient descent was given to Adam, or momentum came on "
        "top. Divide the rate by ten: the loss falls from the first steps on."
    ),
)
