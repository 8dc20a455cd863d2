"""Data that reach the net in the wrong size, or in another size than it was trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..findings.finding import Finding
from ..preset.schema import MlpSettings
from .view import View
from .wording import number

LARGE_INPUTS = 4.0
"""Root mean square of inputs that may harm. Z-scores have 1; images of 0 to 255 about 80. UMLAUT's
bound of 1 on |x| fires on z-scores (facts/diagnosis.md, 4)."""

HUGE_INPUTS = 30.0
"""Root mean square of inputs that harms nearly any net."""

HIGH_FIRST_LOSS = 3.0
"""First loss over that of a sound net that huge inputs explain; large ones need 10 times as much."""

LARGE_TARGETS = 10.0
"""Root mean square of targets that may harm: the output layer starts near 1."""

HUGE_TARGETS = 1000.0
"""Root mean square of targets that harms nearly any net."""

SCALE_FACTOR = 2.0
"""Ratio of the spread of held-out inputs to that of training inputs that chance does not make."""

FEATURE_SHIFT = 0.5
"""Shift of the features' means between splits, in standard deviations, beyond sampling error."""

CLASS_SHIFT = 0.25
"""Total variation distance between the class shares of two splits, beyond sampling error."""

TEST_FAR = 3.0
"""Test loss over validation loss that is far off."""

BREAKS = ("exploding_gradient", "non_finite")


def unscaled_targets(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Regression targets far from the size of a fresh net's outputs, and it harms.

    With targets of size s, the first gradients of a squared error are of size s and its first loss of
    size s^2, so a usual learning rate takes steps that are s times too long.
    """
    size = view.context.size("targets")
    if view.context.task != "regression" or size is None or size < LARGE_TARGETS or view.fine:
        return None
    breaks = any(name in found for name in BREAKS)
    slow = (view.stalled or view.at >= view.patience) and not view.learned
    if not breaks and not slow and size < HUGE_TARGETS:
        return None
    targets = view.context.moments("targets")
    assert targets is not None
    spread = f"from {number(targets['min'])} to {number(targets['max'])}"
    end = (
        "the first updates overshoot, and each makes the next one larger"
        if breaks
        else "the output needs very many updates to get there"
    )
    return Finding(
        problem="unscaled_targets",
        layers=(),
        first_step=0,
        severity="critical" if breaks or slow else "warning",
        evidence={"target_rms": size, "target_std": targets["std"], **_loss_evidence(view)},
        message=f"The targets lie {spread}, while the outputs of a fresh net are near 1 in size: {end}.",
    )


def unscaled_inputs(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Inputs far from size 1, and it harms; inputs of size 30 and more are always named.

    Skipped where the net normalizes its inputs, or looks them up.
    """
    size = view.context.size("inputs")
    if size is None or size < LARGE_INPUTS or _takes_any_inputs(view):
        return None
    high = view.growth.first_loss if view.at else 0.0
    # Inputs of size s make the first loss at most about s^2 times as large; more has other causes.
    explained = math.isfinite(high) and high <= 10 * size**2
    breaks = explained and any(name in found for name in BREAKS)
    if not explained:
        return None
    if size < HUGE_INPUTS:
        if view.learned or not (breaks or high >= 10 * HIGH_FIRST_LOSS):
            return None
        harmed = True
    else:
        spoilt = {"dead_units", "saturated_units", "no_learning", "oscillating_loss"} & set(found)
        harmed = not view.learned and (
            breaks or bool(spoilt) or view.stalled or high >= HIGH_FIRST_LOSS
        )
        if view.learned and view.fine:
            return None
    inputs = view.context.moments("inputs")
    assert inputs is not None
    return Finding(
        problem="unscaled_inputs",
        layers=view.names(np.array([0])) if view.layers else (),
        first_step=0,
        severity="critical" if harmed else "warning",
        evidence={"input_rms": size, "input_mean": inputs["mean"], **_loss_evidence(view)},
        message=f"The inputs lie from {number(inputs['min'])} to {number(inputs['max'])}; initial "
        f"weights are made for inputs of size 1, so the first layer's outputs and gradients are about "
        f"{number(size)} times too large.",
    )


def _loss_evidence(view: View) -> dict[str, float]:
    return {"first_loss": view.initial_loss, "loss_of_guessing": view.baseline}


def _takes_any_inputs(view: View) -> bool:
    if view.layers and view.layers[0].kind == "Embedding":
        return True
    model = view.context.preset.model if view.context.preset else None
    if isinstance(model, MlpSettings):
        return model.input_normalization or model.normalization == "before"
    layers = getattr(model, "layers", [])
    first = [layer.get("class_name") for layer in layers[:3]]
    return any(name in ("BatchNormalization", "Normalization", "Rescaling") for name in first)


def split_mismatch(view: View, found: Mapping[str, Finding]) -> Finding | None:
    """Validation or test rows that are scaled unlike the training rows, or drawn from elsewhere.

    Spread and mean of the inputs are compared, each feature's mean, and the balance of classes; the
    loss on the test rows against that on the validation rows only where the data are unknown.
    """
    for split in ("test", "validation"):
        signs = _split_signs(view, split)
        if signs:
            return _mismatch(view, split, signs)
    far = _test_factor(view)
    if view.context.data is None and far is not None and far >= 10 * TEST_FAR:
        return _mismatch(view, "test", {"test_loss_over_validation": far})
    return None


def _split_signs(view: View, split: str) -> dict[str, float]:
    context = view.context
    train, other = context.moments("inputs"), context.moments("inputs", split)
    if train is None or other is None or context.data is None:
        return {}
    rows = context.data["splits"][split]["rows"]
    signs: dict[str, float] = {}
    spread = other["std"] / train["std"] if train["std"] > 0 else math.inf
    if rows >= 10 and not 1 / SCALE_FACTOR <= spread <= SCALE_FACTOR:
        signs["input_std_over_training"] = spread
    shift = context.data.get("shift", {}).get(split)
    if shift is not None and shift > FEATURE_SHIFT + 3 / math.sqrt(rows):
        signs["input_mean_shift"] = shift
    own, theirs = context.shares(), context.shares(split)
    if own is not None and theirs is not None and len(own) == len(theirs):
        distance = float(np.abs(own - theirs).sum() / 2)
        if distance > CLASS_SHIFT + math.sqrt(len(own) / rows):
            signs["class_shift"] = distance
    return signs


def _test_factor(view: View) -> float | None:
    validation = view.log("loss", "val_")
    test = view.test.get("test_loss")
    return test / validation if test is not None and validation else None


def _mismatch(view: View, split: str, signs: dict[str, float]) -> Finding:
    far = _test_factor(view)
    evidence = dict(signs)
    if far is not None:
        evidence["test_loss_over_validation"] = far
    if "input_std_over_training" in signs:
        what = (
            f"spread {number(signs['input_std_over_training'])} times as wide as the training "
            "inputs: they were scaled in another way"
        )
    elif "class_shift" in signs:
        what = (
            f"have other shares of the classes: {number(100 * signs['class_shift'])} % of them would "
            "have to change class to match the training rows"
        )
    elif "input_mean_shift" in signs:
        what = (
            f"lie {number(signs['input_mean_shift'])} standard deviations from the training inputs: "
            "they come from another distribution"
        )
    else:
        what = "cost far more than the validation rows"
    end = ""
    if split == "test" and far is not None and far >= TEST_FAR:
        end = f" The test loss is {number(far)} times the validation loss."
    return Finding(
        problem="split_mismatch",
        layers=(),
        first_step=0,
        severity="critical" if end else "warning",
        evidence=evidence,
        message=f"The {split} rows {what}, so their results say little about the training.{end}",
    )
