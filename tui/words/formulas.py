"""How each problem is measured, in one formula that a student can check by hand."""

from __future__ import annotations

FORMULAS = {
    "vanishing_gradient": (
        "delta of layer l is dL/d(output of layer l). By the chain rule delta_l = "
        "W_(l+1)^T (delta_(l+1) * phi'(z_(l+1))), so each layer multiplies its norm by about "
        "sqrt(fan_in Var[W] E[phi'^2]).\n"
        "ratio per layer = (||delta_first|| / ||delta_last||)^(1 / (layers - 1)); below 1 it vanishes. "
        "Sigmoid has phi' <= 1/4, which is why it shrinks whatever the width."
    ),
    "exploding_gradient": (
        "The same product as for vanishing, with a factor above 1: ||delta_first|| / ||delta_last|| "
        "grows like (sqrt(fan_in Var[W] E[phi'^2]))^(layers - 1). Look at the norm before clipping: "
        "clipping hides it and does not cure it."
    ),
    "non_finite": (
        "A loss, gradient or weight is NaN or infinite. In float32 a number above 3.4e38 is infinite, "
        "and inf - inf, 0 * inf and log(0) * 0 are NaN; every number computed from it is lost."
    ),
    "dead_units": (
        "A unit is dead if its activation is exactly 0 for every row of the probe batch: "
        "relu'(z) = 0 for z < 0, so no gradient reaches its weights and it cannot come back."
    ),
    "saturated_units": (
        "A unit is saturated where its activation's slope is below 5 % of its largest: |tanh(z)| > 0.975, "
        "sigmoid(z) < 0.013 or > 0.987. Its gradient is multiplied by that slope."
    ),
    "no_learning": (
        "The loss stays at what a constant answer gets: the entropy of the classes, ln(classes) if they "
        "are balanced; the variance of the targets for a mean squared error."
    ),
    "slow_learning": (
        "update ratio = ||weights after - weights before|| / ||weights||, per step. About 1e-3 is usual; "
        "far below it the weights hardly move."
    ),
    "learning_rate_low": (
        "update ratio = ||step|| / ||weights||; about 1e-3 is usual, and here it is far below."
    ),
    "learning_rate_high": (
        "update ratio = ||step|| / ||weights||; about 1e-3 is usual, and here it is far above."
    ),
    "clipping_always": (
        "share of steps with ||g|| > threshold. Where nearly every step is clipped, the norm of each "
        "update is the threshold, and the learning rate means something else than it says."
    ),
    "overfitting": (
        "The validation loss rises from its best epoch while the training loss goes on falling."
    ),
    "unscaled_inputs": (
        "The second moment of the inputs, mean(x^2), enters the first layer's z and its gradient: "
        "Var[z] = fan_in Var[W] mean(x^2). Inputs near 1 keep both of the order of 1."
    ),
}
"""By problem; one without a formula has its evidence and its message."""
