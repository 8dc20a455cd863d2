"""Gradient clipping that has become the step size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from .. import cures
from ..context import Context
from ..pace import TOO_SLOW, projected
from ..problem import STUCK, Problem
from ..view import View
from ..wording import percent, rounded

CLIPPED_SHARE = 0.95
"""Share of steps that are clipped."""

FACTOR = 0.1
"""What the clip leaves of the gradient, as a median."""

STEPS = 100
"""Steps that are looked at."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Nearly every step is clipped to a small part of its gradient, and the loss hardly falls.

    A net that is clipped at every step and learns is let be: the clip then does what it is for.
    """
    if view.at < view.patience or view.fine:
        return None
    crawls = not view.learned and projected(view) < TOO_SLOW
    clipped = _clipped(view)
    if clipped is None or not (view.stalled or crawls):
        return None
    share, factor = clipped
    return Finding(
        problem="clipping_always",
        layers=(),
        first_step=int(view.steps(STEPS)[0]),
        severity="warning",
        evidence={"clipped_share": share, "left_of_gradient": factor, "progress": view.progress},
        message=f"{percent(share)} of the steps are clipped, to {rounded(factor)} of their gradient: the "
        "clip, not the gradient, decides how far each step goes, and the loss hardly falls.",
    )


def _clipped(view: View) -> tuple[float, float] | None:
    """Share of the newest steps that are clipped, and what is left of their gradient; None if that is
    within bounds."""
    if not view.has("grad_norm_clipped"):
        return None
    before, after = view.recent("grad_norm", STEPS), view.recent("grad_norm_clipped", STEPS)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.nanmin(np.where(before > 0, after / before, 1.0), axis=1)
    share, factor = float((left < 0.99).mean()), float(np.median(left))
    return (share, factor) if share >= CLIPPED_SHARE and factor <= FACTOR else None


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    if context.task == "regression" and (context.size("targets") or 0) > 3:
        yield from cures.scale_targets(context)
    settings = context.preset.optimizer if context.preset else None
    left = finding.evidence.get("left_of_gradient") or 0.1
    for key in ("clipnorm", "global_clipnorm", "clipvalue"):
        value = getattr(settings, key, None)
        if value is not None:
            yield from cures.looser_clip(key, value / left)
    yield from cures.adam(context)


PROBLEM = Problem(
    name="clipping_always",
    rule=rule,
    remedies=remedies,
    leads_to=STUCK,
    persists=lambda view: not view.outgrown and _clipped(view) is not None,
    formula=(
        "share of steps with ||g|| > threshold. Where nearly every step is clipped, the norm of each "
        "update is the threshold, and the learning rate means something else than it says."
    ),
    check=(
        "Usually a threshold copied from another net. Compare the norm before clipping with the "
        "threshold: it should exceed that at few steps."
    ),
)
