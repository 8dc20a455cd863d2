"""Validation or test rows that are unlike the training rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...findings.finding import Finding, Remedy
from ..context import Context
from ..problem import Problem
from ..view import View
from ..wording import rounded

SCALE_FACTOR = 2.0
"""Ratio of the spread of held-out inputs to that of training inputs that chance does not make."""

FEATURE_SHIFT = 0.5
"""Shift of the features' means between splits, in standard deviations, beyond sampling error."""

CLASS_SHIFT = 0.25
"""Total variation distance between the class shares of two splits, beyond sampling error."""

TEST_FAR = 3.0
"""Test loss over validation loss that is far off."""


def rule(view: View, found: Mapping[str, Finding]) -> Finding | None:
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
    facts = context.split(split)
    if train is None or other is None or context.data is None or facts is None:
        return {}
    rows = facts.rows
    signs: dict[str, float] = {}
    spread = other.std / train.std if train.std > 0 else math.inf
    if rows >= 10 and not 1 / SCALE_FACTOR <= spread <= SCALE_FACTOR:
        signs["input_std_over_training"] = spread
    shift = context.data.shift.get(split)
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
    evidence: dict[str, Any] = {"split": split, **signs}
    if far is not None:
        evidence["test_loss_over_validation"] = far
    if "input_std_over_training" in signs:
        what = (
            f"spread {rounded(signs['input_std_over_training'])} times as wide as the training "
            "inputs: they were scaled in another way"
        )
    elif "class_shift" in signs:
        what = (
            f"have other shares of the classes: {rounded(100 * signs['class_shift'])} % of them would "
            "have to change class to match the training rows"
        )
    elif "input_mean_shift" in signs:
        what = (
            f"lie {rounded(signs['input_mean_shift'])} standard deviations from the training inputs: "
            "they come from another distribution"
        )
    else:
        what = "cost far more than the validation rows"
    end = ""
    if split == "test" and far is not None and far >= TEST_FAR:
        end = f" The test loss is {rounded(far)} times the validation loss."
    return Finding(
        problem="split_mismatch",
        layers=(),
        first_step=0,
        severity="critical" if end else "warning",
        evidence=evidence,
        message=f"The {split} rows {what}, so their results say little about the training.{end}",
    )


def remedies(finding: Finding, context: Context) -> Iterator[Remedy]:
    preset = context.preset
    if preset is None:
        return
    if preset.data.test_scale == "none":
        yield Remedy(
            "scale_test",
            {"data.test_scale": "same"},
            "The test rows go through the scaler that was fitted on the training rows.",
            "City University hands-on lab: test accuracy .797 unscaled",
        )
    share = getattr(preset.data, finding.evidence.get("split", "validation"))
    if isinstance(share, float | int) and share > 0:  # rows of their own are not drawn
        yield Remedy(
            "random_split",
            {"data.split": "random"},
            "Rows drawn at random make training and held-out rows alike.",
            "IMD slides on better deep learning: splits",
        )


PROBLEM = Problem(
    name="split_mismatch",
    rule=rule,
    remedies=remedies,
    leads_to=("overfitting",),
    foresee=rule,
    formula=(
        "spread ratio = std(other inputs) / std(training inputs); shift = root mean square over "
        "features of (difference of means / std of the training rows)."
    ),
    check=(
        "Usually sorted rows were split without shuffling, or one split was not scaled. Compare "
        "the shares of classes and the mean of each column between the splits."
    ),
)
