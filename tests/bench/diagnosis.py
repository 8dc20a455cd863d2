"""How often the diagnosis is right: sick nets, healthy nets, remedies, cost.

    python tests/bench/diagnosis.py --seeds 5 --cures --jobs 2

Prints one line for each run, then the rates with 95 % intervals: Wilson's for shares, the bootstrap's for
means. A case is compiled once for all its seeds. Sick cases alone: --no-healthy; healthy ones: --no-sick.
--unseen: the cases that no rule was made for, faults in pairs among them.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import random
import tempfile
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import diagnosis_cases
import numpy as np
import unseen_cases
from diagnosis_cases import Case

from gradlab.engine.data.load import load_data
from gradlab.engine.data.summary import summarise
from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.edits import changes_something
from gradlab.engine.diagnosis.live import Diagnosis
from gradlab.engine.diagnosis.plan import plan
from gradlab.engine.diagnosis.registry import KNOWN
from gradlab.engine.errors import GradlabError
from gradlab.engine.findings.finding import Finding
from gradlab.engine.models.build import build
from gradlab.engine.preset.overrides import apply
from gradlab.engine.preset.rules import check
from gradlab.engine.preset.schema import Preset
from gradlab.engine.stream.events import Epoch, Finished
from gradlab.engine.training.parts import Parts
from gradlab.engine.training.trainer import Trainer

GAIN = 0.02
"""Score that a cure must gain; less is noise (facts/diagnosis.md, 1)."""

GOOD = 0.95
"""Share of the attainable score that needs no cure."""

ARMS = ("first", "random", "autotrainer")
"""Whose remedy is tried."""

RATES = (
    "detected", "right cause first", "both of a pair named", "healthy flagged", "flagged and fine",
    "told ever",
)  # fmt: skip
"""What is counted over runs."""

AUTOTRAINER = {
    "vanishing_gradient": ("selu_lecun", "relu_he", "batch_norm_before"),
    "exploding_gradient": ("selu_lecun", "relu_he", "global_clipnorm", "tanh_he"),
    "dead_units": ("selu_lecun", "batch_norm_before", "initializer_he_normal"),
    "oscillating_loss": ("adam", "lower_learning_rate", "larger_batch"),
    "no_learning": ("adam", "higher_learning_rate", "initializer_he_normal"),
    "slow_learning": ("adam", "higher_learning_rate", "initializer_he_normal"),
    "output_mismatch": ("matching_output",),
    "unscaled_inputs": ("scale_inputs_minmax",),
}
"""First tries of AutoTrainer's "balance" order (facts/diagnosis.md, 1); it knows no other problems."""


@dataclass
class Result:
    """One run.

    Attributes:
        first: the finding at the head of the final list, if any.
        problems: every finding that stands at the end, with consequences and what the first one's plan
            names beside it.
        told: problems told at any time.
        step: step at which the first finding was told.
        score: validation accuracy, or share of the targets' variance explained (at least -1).
        well: whether the run ended about as well as its data allow.
        share: time of diagnosing over time of training.
    """

    first: Finding | None
    problems: list[str]
    told: list[str]
    step: int | None
    score: float
    well: bool
    share: float
    logs: dict[str, float] = field(default_factory=dict)


def run_case(preset: Preset, seeds: Iterable[int]) -> list[Result]:
    """Train a preset with several seeds, compiled once, with the diagnosis beside it."""
    dataset = load_data(preset.data, seed=preset.seed)
    context = make_context(preset, summarise(dataset))
    parts = Parts(preset, dataset, build(preset, dataset))
    results = []
    for index, seed in enumerate(seeds):
        if index or seed != preset.seed:
            parts.renew(preset.model_copy(update={"seed": seed}))
        diagnosis, told, spent, step = Diagnosis(context), [], 0.0, None
        logs: dict[str, float] = {}
        began = time.perf_counter()
        status = "failed"
        for event in Trainer(parts).run():
            at = time.perf_counter()
            found = diagnosis.add(event)
            spent += time.perf_counter() - at
            for one in found:
                step = one.step if step is None else step
                told.append(("-" if one.cleared else "+") + one.finding.problem)
            logs = event.logs if isinstance(event, Epoch) else logs
            status = event.status if isinstance(event, Finished) else status
        standing = diagnosis.standing
        problems = [p for f in standing for p in (f.problem, *f.consequences)]
        alone = [r for f in standing[:1] for r in f.remedies if "+" not in r.name]
        problems += [step.problem for r in alone[:1] for step in plan(standing[0], r, context)]
        score = -1.0 if status == "diverged" else _score(logs, context)
        error = context.data.attainable_error if context.data else None
        best = 1.0 if error is None else 1.0 - error
        results.append(
            Result(
                first=standing[0] if standing else None,
                problems=problems,
                told=told,
                step=step,
                score=score,
                well=score >= GOOD * best,
                share=spent / (time.perf_counter() - began),
                logs=logs,
            )
        )
    return results


def _score(logs: dict[str, float], context: Any) -> float:
    for name in ("val_accuracy", "accuracy", "val_r2_score"):
        if name in logs:
            return logs[name]
    loss = logs.get("val_loss", logs.get("loss", math.inf))
    targets = context.moments("targets")
    explained = 1 - loss / targets.std**2 if targets else -1.0
    return max(-1.0, explained) if math.isfinite(explained) else -1.0


def wilson(hits: int, tries: int) -> str:
    """A rate with its 95 % interval (Wilson 1927)."""
    if not tries:
        return "none"
    z, share = 1.96, hits / tries
    middle = (share + z * z / (2 * tries)) / (1 + z * z / tries)
    half = z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries**2)) / (1 + z * z / tries)
    return f"{hits}/{tries} = {share:.0%} [{max(0.0, middle - half):.0%}, {min(1.0, middle + half):.0%}]"


def edited(document: dict[str, Any], changes: dict[str, Any]) -> Preset:
    """The case's preset with a remedy's changes."""
    return Preset.model_validate(apply(document, list(changes.items()))[0])


def candidates(finding: Finding, preset: Preset, context: Any) -> dict[str, dict[str, Any]]:
    """Every remedy of the whole catalogue that is valid for a preset, by name."""
    edits: dict[str, dict[str, Any]] = {}
    for problem in KNOWN.values():
        for remedy in problem.remedies(finding, context):
            if remedy.name not in edits and changes_something(preset, remedy.set):
                edits[remedy.name] = remedy.set
    return edits


def fits(document: dict[str, Any], changes: dict[str, Any]) -> bool:
    """Whether the case's data take a remedy's changes."""
    try:
        load_data(edited(document, changes).data)
    except GradlabError:
        return False
    return True


@dataclass
class Report:
    """What came of one case.

    Attributes:
        name: the case.
        results: its runs, by seed.
        lifts: scores before and after each arm's remedy, and whether that cured.
        tried: a line for each remedied run.
        seconds: how long it took.
    """

    name: str
    results: list[Result]
    lifts: dict[str, list[tuple[float, float, bool]]]
    tried: list[str]
    seconds: float


def examine(case: Case, seeds: list[int], cures: bool) -> Report:
    """Train one case with every seed and, if asked, what its remedies make of it."""
    began = time.monotonic()
    preset = Preset.model_validate(case.document)
    assert not check(preset), (case.name, check(preset))
    results = run_case(preset, seeds)
    report = Report(case.name, results, {arm: [] for arm in ARMS}, [], 0.0)
    if cures and case.truth and case.cure:
        cure(case, seeds, report)
    report.seconds = time.monotonic() - began
    return report


def cure(case: Case, seeds: list[int], report: Report) -> None:
    """Try the first remedy, AutoTrainer's first try and a random one on the seeds that were flagged."""
    preset = Preset.model_validate(case.document)
    context = make_context(preset, summarise(load_data(preset.data, seed=preset.seed)))
    by_edit: dict[str, list[tuple[str, int, float]]] = {}
    for seed, result in zip(seeds, report.results, strict=True):
        if result.first is None or not result.first.remedies:
            continue
        every = candidates(result.first, preset, context)
        known = {name: edit for name, edit in every.items() if fits(case.document, edit)}
        chosen = {"first": result.first.remedies[0].set}
        chosen["random"] = known[random.Random(f"{case.name}{seed}").choice(sorted(known))]
        order = AUTOTRAINER.get(result.first.problem, ())
        tried = next((known[name] for name in order if name in known), None)
        if tried is None:
            report.lifts["autotrainer"].append((result.score, result.score, False))
        else:
            chosen["autotrainer"] = tried
        for arm, edit in chosen.items():
            by_edit.setdefault(json.dumps(edit), []).append((arm, seed, result.score))
    for text, uses in by_edit.items():
        wanted = sorted({seed for _, seed, _ in uses})
        after = dict(
            zip(wanted, run_case(edited(case.document, json.loads(text)), wanted), strict=True)
        )
        for arm, seed, before in uses:
            result = after[seed]
            # Where what the data allow is not known, a net without findings that gained is cured.
            cured = result.well or (result.first is None and result.score >= before + GAIN)
            report.lifts[arm].append((before, result.score, cured))
            left = result.first.problem if result.first else ""
            report.tried.append(
                f"    {arm:<12} seed {seed} {before:6.3f} -> {result.score:6.3f} "
                f"{'cured' if cured else '     '} {left:<20} {text}"
            )


class Tally:
    """Counts over all cases."""

    def __init__(self) -> None:
        self.hits = {name: [0, 0] for name in RATES}
        self.lifts: dict[str, list[tuple[float, float, bool]]] = {arm: [] for arm in ARMS}
        self.shares: list[float] = []

    def add(self, case: Case, report: Report) -> None:
        """Count one case and print a line for each of its runs."""
        for seed, result in enumerate(report.results):
            first = result.first.problem if result.first else "-"
            # A net that a lucky seed saved is not sick.
            saved = bool(case.truth) and case.seeds_differ and result.well
            right = first in case.truth if case.truth and not saved else result.first is None
            step = "-" if result.step is None else result.step
            print(
                f"{'ok   ' if right else 'WRONG'} {case.name:<22} seed {seed} {first:<20} told at "
                f"{step:<5} score {result.score:6.3f} cost {result.share:.1%}  {' '.join(result.told)}"
            )
            self.shares.append(result.share)
            if case.truth and not saved:
                self._count("detected", result.first is not None)
                self._count("right cause first", right)
                if case.both:
                    named = all(set(names) & set(result.problems) for names in case.both)
                    self._count("both of a pair named", named)
            elif not case.truth:
                self._count("healthy flagged", not right)
                self._count("told ever", bool(result.told))
                if result.well:
                    self._count("flagged and fine", not right)
        for arm, pairs in report.lifts.items():
            self.lifts[arm] += pairs
        print(*report.tried, f"      {case.name} took {report.seconds:.0f} s", sep="\n", flush=True)

    def _count(self, name: str, hit: bool) -> None:
        self.hits[name][0] += hit
        self.hits[name][1] += 1

    def tell(self) -> None:
        """Print the rates."""
        print()
        for name, (count, tries) in self.hits.items():
            if tries:
                print(f"{name:<20} {wilson(count, tries)}")
        for arm, pairs in self.lifts.items():
            if pairs:
                lifted = sum(after >= before + GAIN for before, after, _ in pairs)
                worse = sum(after < before - GAIN for before, after, _ in pairs)
                gains = np.array([after - before for before, after, _ in pairs])
                cured = wilson(sum(cured for *_, cured in pairs), len(pairs))
                print(
                    f"remedy {arm:<13} cures {cured}, lifts {wilson(lifted, len(pairs))}, worse {worse}, "
                    f"mean {mean_with_interval(gains)}"
                )
        if self.shares:
            mean = sum(self.shares) / len(self.shares)
            print(f"cost of diagnosing   mean {mean:.2%}, largest {max(self.shares):.2%}")


def mean_with_interval(values: np.ndarray) -> str:
    """A mean with its 95 % interval: percentiles of 2,000 bootstrap samples."""
    samples = np.random.default_rng(0).choice(values, (2000, len(values))).mean(axis=1)
    low, high = np.percentile(samples, [2.5, 97.5])
    return f"{values.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="runs of each case")
    parser.add_argument(
        "--only", default="", help="cases whose name contains one of these, by commas"
    )
    parser.add_argument("--cures", action="store_true", help="try remedies as well")
    parser.add_argument("--no-healthy", action="store_true")
    parser.add_argument("--no-sick", action="store_true")
    parser.add_argument("--unseen", action="store_true", help="cases that no rule was made for")
    parser.add_argument("--jobs", type=int, default=1, help="cases at a time")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no case after this")
    options = parser.parse_args()
    seeds, tally, began = list(range(options.seeds)), Tally(), time.monotonic()
    os.environ.setdefault(
        "TF_NUM_INTRAOP_THREADS", str(max(1, (os.cpu_count() or 1) // options.jobs))
    )
    with tempfile.TemporaryDirectory() as folder:
        source = unseen_cases if options.unseen else diagnosis_cases
        cases = [] if options.no_sick else source.sick(Path(folder))
        cases += [] if options.no_healthy else source.healthy(Path(folder))
        cases = [
            case for case in cases if any(part in case.name for part in options.only.split(","))
        ]
        spawned = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
        with ProcessPoolExecutor(options.jobs, mp_context=spawned) as pool:
            running: dict[Future[Report], Case] = {}
            left = deque(cases)
            while left or running:
                late = time.monotonic() - began > 60 * options.minutes
                while left and not late and len(running) < options.jobs:
                    case = left.popleft()
                    running[pool.submit(examine, case, seeds, options.cures)] = case
                if not running:
                    break
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    tally.add(running.pop(done), done.result())
        if left:
            print("out of time before:", *(case.name for case in left))
    tally.tell()


if __name__ == "__main__":
    main()
