"""Weights that a penalty or weight decay has drawn to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...findings.finding import Finding, Remedy
from ...stream.events import LayerProbe
from ..context import Context
from ..edits import weaker_penalties
from ..problem import STUCK, Problem
from ..view import View
from ..wording import layer_numbers, rounded
from .vanishing_gradient import STALLED_TOTAL


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Hidden kernels are a hundredth of what they began with, and the net learns nothing.

    Initial weights pass signals and gradients on at their size, so a kernel that has shrunk to a share of
    its beginning passes that share on; the bound is that of a gradient that has vanished.
    """
    first, newest = view.first_probe, view.probe
    if first is None or newest is None or newest.step == 0 or view.learned:
        return None
    pairs = list(zip(view.probed(first), view.probed(newest), strict=True))
    left = np.array([_left(*pairs[int(index)]) for index in view.hidden])
    layers = view.hidden[left <= STALLED_TOTAL]
    if not len(layers):
        return None
    least = float(left.min())
    return Finding(
        problem="weights_to_zero",
        layers=view.names(layers),
        first_step=newest.step,
        severity="critical",
        evidence={
            "smallest_share_of_initial_norm": least,
            "layers_affected": len(layers),
            "progress": view.progress,
        },
        message=f"The weights of {layer_numbers(view.infos(layers), view.layers)} have shrunk to as "
        f"little as {rounded(least)} of their initial size: what enters these layers hardly leaves them.",
    )


def _left(first: LayerProbe | None, newest: LayerProbe | None) -> float:
    """Norm of a kernel over its initial one, from their histograms; 1 if that cannot be told."""
    # Weights that are no numbers are counted nowhere.
    probes = [probe for probe in (first, newest) if probe is not None and any(probe.weight_counts)]
    norms = [_norm(probe) for probe in probes]
    return norms[1] / norms[0] if len(norms) == 2 and norms[0] > 0 else 1.0


def _norm(probe: LayerProbe) -> float:
    edges = np.array(probe.weight_edges)
    centers = (edges[:-1] + edges[1:]) / 2
    return float(np.sqrt(np.array(probe.weight_counts) @ centers**2))


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    yield Remedy(
        "weaker_penalty",
        weaker_penalties(context.preset),
        "A penalty is to break ties between weights that fit; it must stay small beside the error.",
        "Goodfellow et al. 2016, 7.1",
    )


PROBLEM = Problem(
    name="weights_to_zero",
    rule=rule,
    remedies=remedies,
    leads_to=(
        "regularized_too_much",
        "vanishing_gradient",
        "dead_units",
        "saturated_units",
        *STUCK,
    ),
    formula=(
        "||W|| now / ||W|| before the first step. An l2 penalty of factor c pulls each weight towards 0 by "
        "learning rate * 2 c w at every step, weight decay by learning rate * c w."
    ),
    check=(
        "Usually a factor of 0.1 or more was copied, or weight decay meant for another optimizer. "
        "Look at the weight norm in the course of training: it falls from the first step on."
    ),
)
