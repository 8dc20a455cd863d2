"""Diagnosis of a run that was recorded."""

from __future__ import annotations

from typing import Any

from ..findings.finding import Finding
from ..preset.load import recorded
from ..stream.history import History
from .context import Context, make_context
from .live import FIRST_LOOKS, Tracker, look_over
from .view import PATIENCE_EPOCHS, SHORT_RUN, Places, View


def diagnose(history: History, context: Context) -> list[Finding]:
    """Look at a recorded run as `Diagnosis` does while it trains.

    Args:
        history: the run; what it lacks is not judged.
        context: what is known beside, from `context_of` or `make_context`.

    Returns:
        The findings that stand at the end, the gravest cause first; then those that cleared, with the
        step at which they did.
    """
    if history.started is None or not history.steps.has("", "loss") or not history.step:
        return []
    places, tracker = Places(history.started), Tracker(context)
    end = history.step
    look_over(tracker, history, places, context, FIRST_LOOKS[0], end)
    if history.finished is not None:
        tracker.full(View(history, places, context, end, over=True))
    return [*tracker.standing, *tracker.cleared]


def context_of(history: History, info: dict[str, Any]) -> Context:
    """The context of a saved run, as far as its files tell.

    Args:
        history: the run.
        info: run.json; {} if it is damaged.
    """
    started = history.started
    loss, data = (started.loss, started.data) if started else ("", None)
    preset = recorded(info.get("preset"))
    if preset is None:
        return Context(None, data, None, loss)
    return make_context(preset, data, loss)


def too_short(history: History) -> str:
    """Why a run is too short to be judged; "" if it is not.

    Vanishing, exploding and non-finite gradients show within 20 steps; all else needs two epochs, and at
    least `SHORT_RUN` steps.
    """
    if history.started is None or not history.step:
        return "no step was recorded, so there is nothing to judge"
    if not history.steps.has("", "loss"):
        return "no loss was recorded at each step, so there is nothing to judge"
    step, per_epoch = history.step, history.started.steps_per_epoch
    needed = max(SHORT_RUN, PATIENCE_EPOCHS * per_epoch)
    if step < FIRST_LOOKS[-1]:
        return (
            f"{step} steps are too few to judge: gradients need {FIRST_LOOKS[-1]} steps, learning needs "
            f"two epochs ({needed} steps)"
        )
    if step < needed:
        return (
            f"{step} steps are fewer than learning is judged by ({needed}: two epochs, and at least "
            f"{SHORT_RUN}): gradients, units and data were judged, learning was not"
        )
    return ""
