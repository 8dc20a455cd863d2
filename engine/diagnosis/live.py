"""Diagnosis beside a training: events in, findings out.

It looks at fixed steps, so that neither the speed of the machine nor the length of a block changes
what is found, and a saved run tells the same story again.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

from ..findings.finding import Finding
from ..findings.order import rank
from ..stream.events import Epoch, Event, Finished, Found, Started, Status, Steps, Trouble
from ..stream.history import History
from ..stream.retention import as_judged
from .calm import Calm, find_calm
from .causes import settle
from .context import Context
from .registry import KNOWN
from .remedies import remedies
from .rules import FAST, find
from .view import WINDOW, Places, View

FIRST_LOOKS = (5, 10, 20)
"""First steps after which the fast rules are asked; every 20 steps from there on."""

FULL_LOOKS = (20, 100)
"""Steps after which all rules are asked early: what shows at once, and what shows within 100 steps."""

FAST_STRIDE = 20
"""Steps between two looks of the fast rules, so that what they find is told within 20 steps."""

SICK_STRIDE = 100
"""Steps between two looks of the fast rules at a profile that is known to be uneven."""

FULL_STRIDE = 300
"""All rules are asked at the end of each epoch, or after this many steps where epochs are shorter.

So what shows in the gradients or the data is told by step 20, and the rest within two epochs only where
these are long enough to tell: learning is judged over at least `view.PATIENCE_STEPS` steps, since a sound
tanh net rests on its plateau for as long however few steps an epoch has."""

GATHER_SECONDS = 0.2
"""Looks gather this long before they are made, one after the other, so that the short epochs of tiny nets
do not each pay for the beginning of one."""

PATIENCE = 2
"""Looks of all rules in a row that must miss a finding before it is told to have cleared."""

MATERIAL = 3.0
"""A number of the evidence that changes by this factor is told again."""


class Diagnosis:
    """Follows a run and says when a finding begins, changes or clears.

    Args:
        context: what is known beside the records.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.history = History(as_judged)
        self._places: Places | None = None
        self._tracker = Tracker(context)
        self._next = FIRST_LOOKS[0]
        self._last = 0
        self._looked = -math.inf
        self._untold: list[Found] = []

    @property
    def standing(self) -> list[Finding]:
        """The findings that stand, the gravest cause first."""
        return self._tracker.standing

    @property
    def cleared(self) -> list[Finding]:
        """The findings that have cleared, in order."""
        return self._tracker.cleared

    def add(self, event: Event) -> list[Found]:
        """Take in one event; returns the findings that began, changed or cleared at the looks made now."""
        if isinstance(event, Found | Trouble):
            return []
        self.history.add(event)
        if isinstance(event, Started):
            self._places = Places(event)
            if event.step == 0:
                self._tracker = Tracker(self.context)
                self._next, self._last = FIRST_LOOKS[0], 0
            untold, self._untold = self._untold, []
            return untold
        if self._places is None:
            return []
        if isinstance(event, Steps):
            # The last step may also end an epoch, whose logs are still to come.
            self._last = self.history.step - 1
        if isinstance(event, Epoch):
            self._last = event.step
        if isinstance(event, Finished):
            self._last = self.history.step
            told = self.look()
            if self.history.step:
                view = View(self.history, self._places, self.context, self.history.step, over=True)
                told += self._tracker.full(view)
            return told
        gathering = time.monotonic() - self._looked < GATHER_SECONDS
        return [] if gathering and not isinstance(event, Status) else self.look()

    def look(self) -> list[Found]:
        """Make the looks that have gathered: before the training rests, or its state is saved."""
        if self._places is None or self._next > self._last:
            return []
        told, self._next = look_over(
            self._tracker, self.history, self._places, self.context, self._next, self._last
        )
        self.history.trim()
        self._looked = time.monotonic()
        return told

    def catch_up(self, history: History, step: int) -> None:
        """Take over what was recorded before a resumed training; what it told is not told again.

        Args:
            history: the run so far.
            step: the step that is to be taken first; what was recorded from there on counts no more.
        """
        if history.started is None:
            return
        history.add(replace(history.started, step=step))
        self._places = Places(history.started)
        for event in (history.started, *history.epochs, *history.probes):
            self.history.add(event)
        table = history.steps
        self.history.add(Steps(table.steps, table.times, table.values))
        table = history.weights
        self.history.weights.append(table.steps, table.times, table.values)
        self._last = history.step - 1
        known = [(told.step, told.finding.problem, told.cleared) for told in history.findings]
        self._untold = [
            told
            for told in self.look()
            if (told.step, told.finding.problem, told.cleared) not in known
        ]


def look_over(
    tracker: Tracker, history: History, places: Places, context: Context, step: int, last: int
) -> tuple[list[Found], int]:
    """Look at every fixed step from `step` to `last`.

    Returns:
        What was told, and the next step to look at.
    """
    told: list[Found] = []
    view = View(history, places, context, step)
    calm = find_calm(history, places, view, max(0, view.rows - WINDOW))
    per_epoch = places.started.steps_per_epoch
    while step <= last:
        told += tracker.at(View(history, places, context, step), calm)
        step = next_look(step, per_epoch)
    return told, step


class Tracker:
    """Remembers what was found at earlier looks.

    Args:
        context: what is known beside the records.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._standing: dict[str, Finding] = {}
        self._missed: dict[str, int] = {}
        self._fast: frozenset[str] = frozenset()
        self.cleared: list[Finding] = []
        """Findings that have cleared, in order."""

    @property
    def standing(self) -> list[Finding]:
        """The findings that stand, the gravest cause first."""
        return sorted(self._standing.values(), key=rank)

    def at(self, view: View, calm: Calm) -> list[Found]:
        """Look at one of the fixed steps; the slow rules are asked if it is their turn, or if a fast
        one has changed its mind."""
        if is_full_look(view.at, view.steps_per_epoch):
            return self.full(view)
        if calm.quiet(view.rows) and not self._fast:
            return []
        if calm.steady(view.rows) and self._fast and view.at % SICK_STRIDE:
            return []
        fast = frozenset(find(view, FAST))
        return self.full(view) if fast != self._fast else []

    def full(self, view: View) -> list[Found]:
        """Ask every rule."""
        raw = find(view)
        for problem, finding in self._standing.items():
            if problem not in raw and KNOWN[problem].persists(view):
                raw[problem] = finding
        self._fast = frozenset(name for name in raw if name in FAST)
        settled = {finding.problem: finding for finding in settle(raw)}
        absorbed = {effect for finding in settled.values() for effect in finding.consequences}
        told: list[Found] = []
        for problem in list(self._standing):
            if problem in settled:
                self._missed.pop(problem, None)
                continue
            self._missed[problem] = self._missed.get(problem, 0) + 1
            if problem in absorbed or view.over or self._missed[problem] >= PATIENCE:
                told.append(self._clear(problem, view.at))
        for problem, finding in settled.items():
            before = self._standing.get(problem)
            if before is not None:
                # What has followed once has followed, though it may be past.
                seen = tuple(c for c in before.consequences if c not in finding.consequences)
                finding = replace(
                    finding,
                    first_step=before.first_step,
                    consequences=(*finding.consequences, *seen),
                )
                if not _differs(before, finding) and not view.over:
                    continue
            known = before.remedies if before is not None else remedies(finding, self._context)
            finding = replace(finding, remedies=known)
            if before is None or before != finding:
                self._standing[problem] = finding
                told.append(Found(view.at, finding))
        return told

    def _clear(self, problem: str, step: int) -> Found:
        finding = replace(self._standing.pop(problem), cleared_step=step)
        self._missed.pop(problem, None)
        self.cleared.append(finding)
        return Found(step, finding)


def is_full_look(step: int, steps_per_epoch: int) -> bool:
    """Whether all rules are asked after a step: early, then at the ends of epochs, or of every
    so many of them."""
    return step in FULL_LOOKS or step % full_stride(steps_per_epoch) == 0


def full_stride(steps_per_epoch: int) -> int:
    """Steps between two looks of all rules: whole epochs, at least `FULL_STRIDE`."""
    return steps_per_epoch * -(-FULL_STRIDE // steps_per_epoch)


def next_look(step: int, steps_per_epoch: int) -> int:
    """The look that follows one after `step` steps."""
    fast = next((s for s in FIRST_LOOKS if s > step), (step // FAST_STRIDE + 1) * FAST_STRIDE)
    stride = full_stride(steps_per_epoch)
    return min(fast, (step // stride + 1) * stride)


def _differs(before: Finding, after: Finding) -> bool:
    """Whether a finding has changed so much that it is told again."""
    if before.severity != after.severity or set(after.consequences) - set(before.consequences):
        return True
    changed = set(before.layers) ^ set(after.layers)
    if len(changed) * 4 > max(len(before.layers), len(after.layers)):
        return True
    for name, value in after.evidence.items():
        old = before.evidence.get(name)
        watched = name.startswith(("delta_ratio", "largest"))
        if watched and isinstance(old, int | float) and old > 0 and not _within(value / old):
            return True
    return False


def _within(ratio: float) -> bool:
    """Whether a number has stayed about the same."""
    return 1 / MATERIAL <= ratio <= MATERIAL
