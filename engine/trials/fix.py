"""The search for a cure: remedies tried on short forks, and kept if they help."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cmp_to_key
from pathlib import Path
from typing import Any, Literal

from ..diagnosis.diagnose import too_short
from ..diagnosis.verdict import Verdict, comparable_losses, judge
from ..errors import PresetError
from ..findings.finding import Finding, Remedy
from ..preset.load import load_text
from ..preset.overrides import Override
from ..preset.schema import Preset
from .trial import Course, Length, Trial, trial_length

Status = Literal["healthy", "cured", "improved", "not_cured"]
"""Nothing to cure; no finding left; better, with findings left; nothing helped."""

TRIES = 6
"""Remedies that are tried against one finding; the first ones are the likeliest."""

QUARTER = 0.25
"""Share of the epochs after which the remedies behind the first are compared ..."""

FINALISTS = 2
"""... and so many of them go on."""

ROUNDS = 4
"""Remedies that are kept at most, one on top of another."""


@dataclass(frozen=True)
class Attempt:
    """One remedy on one fork.

    Attributes:
        problem: the finding it was tried against.
        remedy: the remedy.
        verdict: the fork against the preset that it was forked from.
        findings: problems of the fork.
        kept: whether the search went on from this fork.
        seconds: wall time of the fork.
    """

    problem: str
    remedy: Remedy
    verdict: Verdict
    findings: tuple[str, ...]
    kept: bool
    seconds: float


@dataclass
class Cure:
    """What the search found.

    Attributes:
        status: how it ended.
        length: of every trial.
        before: the preset as it was.
        after: the preset with what helped; the same as `before` if nothing did.
        changes: settings of the cure, by dotted key.
        verdict: `after` against `before`; None if nothing was kept.
        attempts: all that was tried, in order.
        seconds: wall time of the search.
    """

    status: Status
    length: Length
    before: Trial
    after: Trial
    changes: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    attempts: list[Attempt] = field(default_factory=list)
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """The cure as `gradlab fix --json` has it, but for the preset's name and the file written."""
        return {
            "status": self.status,
            "budget": asdict(self.length),
            "seconds": self.seconds,
            "too_short": too_short(self.before.history),
            "before": _side(self.before),
            "after": _side(self.after),
            "set": self.changes,
            "verdict": asdict(self.verdict) if self.verdict else None,
            "tried": [
                {
                    "problem": attempt.problem,
                    "remedy": attempt.remedy.document(),
                    "kept": attempt.kept,
                    "findings": list(attempt.findings),
                    "verdict": asdict(attempt.verdict),
                    "seconds": attempt.seconds,
                }
                for attempt in self.attempts
            ],
        }


def find_cure(
    text: str,
    overrides: Sequence[Override] = (),
    *,
    where: str = "<text>",
    budget: int | None = None,
    trust: bool = False,
    base: Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Cure:
    """Diagnose a preset on a short run, and try remedies on forks of the same seed, data and order.

    The gravest finding goes first: its likeliest remedy, and unless that cures, the others, of which the
    two that are ahead after a quarter of a trial go on. The best one that helps is kept. The next round
    goes on from there. A finding that no
    remedy helps is left, and the next one is tried.

    Args:
        text: the preset's TOML document.
        overrides: as for `preset.load.load`.
        where: what to call it in messages.
        budget: steps of every trial; by default `trial_length`'s.
        trust: whether code of the user's (family `python`) may run.
        base: folder that the preset's own files are relative to.
        tell: is given a line for people whenever a trial begins or ends.

    Raises:
        PresetError, DataError: a preset that cannot be trained.
    """
    began = time.perf_counter()
    search = _Search(text, overrides, where, budget, trust, base, tell)
    cure = search.run()
    cure.seconds = time.perf_counter() - began
    return cure


class _Fork:
    """A fork with one remedy, which may rest; `trial` and `attempt` say how far it has come."""

    trial: Trial
    attempt: Attempt

    def __init__(self, problem: str, remedy: Remedy, preset: Preset, course: Course) -> None:
        self.problem, self.remedy, self.preset, self.course = problem, remedy, preset, course
        self.seconds = 0.0
        """Wall time so far, building included."""


class _Search:
    """The state of one search; arguments as for `find_cure`."""

    def __init__(
        self,
        text: str,
        overrides: Sequence[Override],
        where: str,
        budget: int | None,
        trust: bool,
        base: Path | None,
        tell: Callable[[str], None],
    ) -> None:
        self._text = text
        self._overrides = list(overrides)
        self._where = where
        self._trust = trust
        self._base = base
        self._tell = tell
        self._changes: dict[str, Any] = {}
        self._attempts: list[Attempt] = []
        preset = self._preset({})
        from ..data.load import load_data

        dataset = load_data(preset.data, base=base, seed=preset.seed)
        self._length = trial_length(preset, dataset, budget)
        self._tell(
            f"training the preset for {self._length.steps:,} steps ({self._length.epochs} epochs) ..."
        )
        self._before = Course(preset, self._length, dataset=dataset, trust=trust, base=base).run()
        self._current = self._before

    def run(self) -> Cure:
        """Search until nothing is left to try."""
        self._tell(f"found {_named(self._before.findings)}")
        given_up: set[str] = set()
        kept = 0
        while kept < ROUNDS:
            finding = next((f for f in self._current.findings if f.problem not in given_up), None)
            if finding is None:
                break
            if self._treat(finding):
                kept += 1
            else:
                given_up.add(finding.problem)
        return self._cure()

    def _treat(self, finding: Finding) -> bool:
        """Try a finding's remedies and go on from the best fork; returns whether any helped.

        The likeliest is trained to its end. If it does not cure, the others are begun, and those that have
        come farthest by a quarter of their epochs go on (Jamieson and Talwalkar 2016).
        """
        offered = finding.remedies[:TRIES]
        done = self._try(finding, offered[:1], self._length.epochs)
        if not any(fork.attempt.verdict.outcome == "cured" for fork in done):
            rest = max(1, round(QUARTER * self._length.epochs))
            begun = self._try(finding, offered[1:], rest)
            begun.sort(key=cmp_to_key(_farther_first))
            if rest < self._length.epochs:
                for fork in begun[:FINALISTS]:
                    self._tell(f"{finding.problem}: going on with {fork.attempt.remedy.name} ...")
                    self._advance(fork, None)
            done += begun[:FINALISTS]
            self._attempts += [fork.attempt for fork in begun[FINALISTS:]]
        self._attempts += [fork.attempt for fork in done]
        best = None
        for fork in done:
            helps = _helps(fork.attempt.verdict, finding.problem)
            if helps and (best is None or better(fork.attempt, best.attempt)):
                best = fork
        if best is None:
            return False
        self._current = best.trial
        self._changes |= best.attempt.remedy.set
        place = self._attempts.index(best.attempt)
        self._attempts[place] = replace(best.attempt, kept=True)
        return True

    def _try(self, finding: Finding, remedies: Sequence[Remedy], epochs: int) -> list[_Fork]:
        """Forks with some remedies, each trained for so many epochs; those that do not fit are left out."""
        forks = []
        for remedy in remedies:
            self._tell(f"{finding.problem}: trying {remedy.name} ...")
            try:
                preset = self._preset(self._changes | remedy.set)
            except PresetError as error:
                self._tell(f"  does not fit this preset: {error}")
                continue
            same_data = preset.data == self._current.preset.data
            began = time.perf_counter()
            course = Course(
                preset,
                self._length,
                dataset=self._current.dataset if same_data else None,
                trust=self._trust,
                base=self._base,
            )
            fork = _Fork(finding.problem, remedy, preset, course)
            fork.seconds = time.perf_counter() - began
            self._advance(fork, epochs if epochs < self._length.epochs else None)
            forks.append(fork)
        return forks

    def _advance(self, fork: _Fork, epochs: int | None) -> None:
        """Train a fork until so many epochs have ended, or to its end, and judge it."""
        began = time.perf_counter()
        fork.trial = fork.course.run(epochs)
        fork.seconds += time.perf_counter() - began
        same = comparable_losses(self._current.preset, fork.preset)
        verdict = judge(self._current.history, fork.trial.history, same_loss=same)
        problems = tuple(f.problem for f in fork.trial.findings)
        self._tell(f"  {verdict.sentence}")
        fork.attempt = Attempt(fork.problem, fork.remedy, verdict, problems, False, fork.seconds)

    def _preset(self, changes: dict[str, Any]) -> Preset:
        overrides = [*self._overrides, *changes.items()]
        return load_text(self._text, where=self._where, overrides=overrides)

    def _cure(self) -> Cure:
        before, after = self._before, self._current
        cure = Cure("not_cured", self._length, before, after, self._changes)
        cure.attempts = self._attempts
        if not before.findings:
            cure.status = "healthy"
        elif self._changes:
            cure.verdict = judge(
                before.history,
                after.history,
                same_loss=comparable_losses(before.preset, after.preset),
            )
            gained = cure.verdict.validation and cure.verdict.validation.change == "better"
            # What has had no time to learn shows nothing, sick or not.
            open_still = bool(too_short(after.history)) and not gained
            cure.status = "improved" if after.findings or open_still else "cured"
        return cure


def _farther_first(fork: _Fork, other: _Fork) -> int:
    return better(other.attempt, fork.attempt) - better(fork.attempt, other.attempt)


def _helps(verdict: Verdict, problem: str) -> bool:
    """Whether a fork is worth going on from: never one that is worse, nor one that changes nothing."""
    if verdict.outcome == "cured":
        return True
    return verdict.outcome == "better" and (problem in verdict.gone or not verdict.new)


def better(attempt: Attempt, other: Attempt) -> bool:
    """Whether an attempt did more: a cure, then fewer findings, then the better validation, if one
    measure of one kind of loss tells of both."""
    done, done_before = ((a.verdict.outcome == "cured", -len(a.findings)) for a in (attempt, other))
    if done != done_before:
        return done > done_before
    new, old = attempt.verdict.validation, other.verdict.validation
    if new is None or old is None or new.name != old.name or new.after is None or old.after is None:
        return False
    if "unknown" in (new.change, old.change):
        return False
    return new.after > old.after if new.rises else new.after < old.after


def _named(findings: Sequence[Finding]) -> str:
    return ", ".join(finding.problem for finding in findings) or "no problem"


def _side(trial: Trial) -> dict[str, Any]:
    """A trial in the document: its last epoch, and its findings."""
    logs = trial.history.epochs[-1].logs if trial.history.epochs else {}
    return {
        "status": trial.history.status.status,
        "steps": trial.history.step,
        "final": {name: value for name, value in logs.items() if name != "learning_rate"},
        "findings": [finding.document() for finding in trial.findings],
    }
