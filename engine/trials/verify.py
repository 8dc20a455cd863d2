"""Checks presets against what they are known to show, each over several seeds.

A preset is compiled once; for every further seed only its weights are replaced. A figure passes if the
median over the seeds lies in its band, or the share of seeds that the preset asks for, and the number of
seeds that do is told: one draw proves little.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..diagnosis.ratios import delta_ratio_per_layer, time_delta_ratio
from ..errors import DataError
from ..preset.schema import Expect, Preset
from ..stream.history import History
from ..work.lanes import in_child, lanes

if TYPE_CHECKING:  # only the process that trains loads TensorFlow
    from ..findings.finding import Finding
    from ..training.parts import Parts

SLACK = 1e-6
"""Relative slack of a band's edges, for figures that are float32."""

SPREAD = "spread "
"""What the name of a band on the standard deviation over the seeds begins with."""

Outcome = Literal["passed", "missed", "unchecked", "not run"]


@dataclass(frozen=True)
class Measurement:
    """What one seed gave.

    Attributes:
        seed: the seed.
        status: how the run ended.
        figures: measured figures by their name in `[expect]`; NaN where a run lost its numbers.
        found: problems that were found at any time, with those that followed from them; a net that
            learns in the end has outgrown what was found at its start.
        standing: those of them that stood at the end.
        seconds: wall time.
    """

    seed: int
    status: str
    figures: dict[str, float]
    found: frozenset[str]
    standing: frozenset[str]
    seconds: float


@dataclass(frozen=True)
class Figure:
    """An expected figure beside the measured ones.

    Attributes:
        name: its key in `[expect]`.
        published: the published figure, if there is one.
        band: what the median must lie in; None for a published figure without a band.
        values: what each seed gave; none for a published figure that is not measured.
        origin: where the band comes from.
        share: least share of the seeds that must lie in the band; None: their median must.
    """

    name: str
    published: float | str | None
    band: tuple[float, float] | None
    values: tuple[float, ...]
    origin: str = ""
    share: float | None = None

    @property
    def mean(self) -> float:
        """NaN if any seed's figure is NaN, or there is none."""
        return float(np.mean(self.values)) if self.values else math.nan

    @property
    def deviation(self) -> float:
        """Standard deviation over the seeds; NaN below two."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else math.nan

    @property
    def median(self) -> float:
        """NaN if any seed's figure is NaN."""
        return float(np.median(self.values)) if self.values else math.nan

    @property
    def inside(self) -> int:
        """How many seeds lie in the band."""
        return sum(_within(value, self.band) for value in self.values) if self.band else 0

    @property
    def passed(self) -> bool | None:
        """Whether the seeds lie in the band; None if there is none, or nothing to hold against it."""
        if not self.band or not self.values:
            return None
        if self.share is None:
            return _within(self.median, self.band)
        return self.inside >= self.share * len(self.values)


@dataclass(frozen=True)
class Sign:
    """Something that happens or does not: a finding, or how the run ends.

    Attributes:
        name: `finding vanishing_gradient` (found at any time), `no finding` (none stands at the
            end), `status diverged`.
        seen: in how many seeds it was as expected.
        seeds: how many seeds were run.
        otherwise: what was seen instead, with the number of seeds.
        share: least share of the seeds that must agree; None: most of them.
    """

    name: str
    seen: int
    seeds: int
    otherwise: dict[str, int] = field(default_factory=dict)
    share: float | None = None

    @property
    def passed(self) -> bool:
        """Whether enough seeds agree."""
        if self.share is None:
            return 2 * self.seen > self.seeds
        return self.seen >= self.share * self.seeds


@dataclass(frozen=True)
class Verification:
    """The verdict on a preset.

    Attributes:
        name: the preset.
        outcome: passed, missed, unchecked (measured, but nothing is expected of it), or not run.
        reason: why it was not trained.
        note: what the preset says of figures that are not reproduced.
        seeds: seeds that were run.
        seconds: wall time of all.
        figures: expected and published figures.
        signs: expected findings and status.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    note: str = ""
    seeds: int = 0
    seconds: float = 0.0
    figures: tuple[Figure, ...] = ()
    signs: tuple[Sign, ...] = ()


def verify(
    name: str,
    preset: Preset,
    *,
    seeds: int,
    base: Path | None = None,
    tell: Callable[[str, Measurement], None] | None = None,
) -> Verification:
    """Train a preset over `seeds` seeds, from its own on, and judge it.

    Args:
        name: what to call it.
        preset: the experiment.
        seeds: how many.
        base: folder that the preset's own files are relative to.
        tell: is given the name and each measurement as it comes.

    Raises:
        PresetError: a model that cannot be built.
        DataError: data that do not fit; data that cannot be fetched make it "not run" instead.
    """
    return _judged(name, preset, measure(preset, base, seeds), tell)


def verify_all(
    presets: Sequence[tuple[str, Preset, Path]],
    *,
    seeds: int,
    jobs: int,
    tell: Callable[[str, Measurement], None] | None = None,
) -> Iterator[Verification]:
    """Verify presets (name, preset, folder) in so many processes at a time; verdicts in their order.

    Raises:
        PresetError, DataError: as `verify` does.
        Lost: a process has died.
    """
    with lanes(jobs) as (executor, threads):

        def one(wanted: tuple[str, Preset, Path]) -> Verification:
            name, preset, base = wanted
            return _judged(name, preset, in_child(threads, measure, preset, base, seeds), tell)

        yield from executor.map(one, presets)


def _judged(
    name: str,
    preset: Preset,
    coming: Iterable[Measurement],
    tell: Callable[[str, Measurement], None] | None,
) -> Verification:
    measurements = []
    try:
        for measurement in coming:
            measurements.append(measurement)
            if tell:
                tell(name, measurement)
    except DataError as error:
        if measurements or not preset.data.data_set().downloaded:
            raise
        return Verification(name, "not run", f"no data: {error}", preset.expect.note)
    return verification(name, preset.expect, measurements)


def claims(expect: Expect) -> bool:
    """Whether there is anything to check; a run that ends as most do has shown nothing by it."""
    return bool(expect.intervals) or expect.findings is not None or expect.status != "finished"


def _measured(measurements: Sequence[Measurement]) -> dict[str, None]:
    """The losses and scores that were measured, and how many epochs it took."""
    names = dict.fromkeys(name for m in measurements for name in m.figures)
    ends, logged = ("loss", "accuracy", "score", "epochs"), ("first", "epoch ")
    return {n: None for n in names if n.endswith(ends) and not n.startswith(logged)}


def measure(preset: Preset, base: Path | None, seeds: int) -> Iterator[Measurement]:
    """Train a preset over `seeds` seeds, from its own on; compiles once.

    Args:
        preset: the experiment.
        base: folder that the preset's own files are relative to.
        seeds: how many.
    """
    from ..data.load import load_data
    from ..diagnosis.context import make_context
    from ..diagnosis.diagnosed import diagnosed
    from ..diagnosis.live import Diagnosis
    from ..models.build import build
    from ..training.parts import Parts
    from ..training.trainer import Trainer

    dataset = load_data(preset.data, base=base, seed=preset.seed)
    parts = Parts(preset, dataset, build(preset, dataset))
    context = make_context(preset, parts.started.data, parts.started.loss)
    for seed in range(preset.seed, preset.seed + seeds):
        if seed != preset.seed:
            parts.renew(preset.model_copy(update={"seed": seed}))
        history, diagnosis = History(), Diagnosis(context)
        for event in diagnosed(Trainer(parts).run(), diagnosis):
            history.add(event)
        assert history.finished is not None
        for trouble in history.troubles.values():
            raise RuntimeError(trouble.reason)
        yield Measurement(
            seed=seed,
            status=history.finished.status,
            figures=_figures(parts, history),
            found=_problems([*diagnosis.standing, *diagnosis.cleared]),
            standing=_problems(diagnosis.standing),
            seconds=history.finished.seconds,
        )


def _problems(findings: Sequence[Finding]) -> frozenset[str]:
    return frozenset(p for f in findings for p in (f.problem, *f.consequences))


def _figures(parts: Parts, history: History) -> dict[str, float]:
    """Every figure that `[expect]` may name, as far as the run has it."""
    assert history.finished is not None
    data = parts.dataset
    figures = dict(history.finished.test)
    figures |= parts.evaluate(data.train, "")
    if data.validation:
        figures |= parts.evaluate(data.validation, "val_")
    figures["epochs"] = float(len(history.epochs))
    expect = parts.preset.expect
    for name in {**expect.bands, **expect.published}:
        if logged := re.fullmatch(r"epoch (\d+) (\w+)", name):
            for epoch in history.epochs:
                if epoch.epoch + 1 == int(logged[1]) and logged[2] in epoch.logs:
                    figures[name] = epoch.logs[logged[2]]
    accuracies = [epoch.logs.get("val_accuracy", math.nan) for epoch in history.epochs]
    if accuracies and not math.isnan(accuracies[0]):
        figures["first_val_accuracy"] = accuracies[0]
        figures["best_epoch"] = 1.0 + int(np.argmax(accuracies))
    probed = history.probes[0].layers if history.probes else ()
    over_time = [ratio for probe in probed if (ratio := time_delta_ratio(probe)) is not None]
    figures |= {
        "delta_ratio": delta_ratio_per_layer(history, 1),
        "time_delta_ratio": next(iter(over_time), None),
    }
    return {name: value for name, value in figures.items() if value is not None}


def verification(name: str, expect: Expect, measurements: Sequence[Measurement]) -> Verification:
    """Compare what was measured with what is expected."""
    bands = expect.intervals
    figures = tuple(
        Figure(
            key,
            expect.published.get(key),
            bands.get(key),
            _values(key, bands, measurements),
            expect.origin.get(key, ""),
            expect.share.get(key),
        )
        for key in {**bands, **expect.published, **({} if bands else _measured(measurements))}
    )
    signs = tuple(_signs(expect, measurements))
    verdicts = [figure.passed for figure in figures] + [s.passed for s in signs]
    outcome: Outcome = "missed" if False in verdicts else "passed"
    if outcome == "passed" and not claims(expect):
        outcome = "unchecked"
    return Verification(
        name=name,
        outcome=outcome,
        note=expect.note,
        seeds=len(measurements),
        seconds=sum(m.seconds for m in measurements),
        figures=figures,
        signs=signs,
    )


def _values(
    key: str, bands: dict[str, tuple[float, float]], measurements: Sequence[Measurement]
) -> tuple[float, ...]:
    """What each seed gave, for a spread what all gave; nothing for a published figure that gradlab does
    not measure, and for the spread of one seed."""
    if key.startswith(SPREAD):
        each = _values(key.removeprefix(SPREAD), bands, measurements)
        return (float(np.std(each, ddof=1)),) if len(each) > 1 else ()
    if key not in bands and not any(key in m.figures for m in measurements):
        return ()
    return tuple(m.figures.get(key, math.nan) for m in measurements)


def _signs(expect: Expect, measurements: Sequence[Measurement]) -> Iterator[Sign]:
    count = len(measurements)
    statuses = _count(m.status for m in measurements if m.status != expect.status)
    yield Sign(f"status {expect.status}", count - sum(statuses.values()), count, statuses)
    if expect.findings is None:
        return
    for problem in expect.findings:
        seen = sum(problem in m.found for m in measurements)
        others = _count(p for m in measurements if problem not in m.found for p in m.found)
        yield Sign(f"finding {problem}", seen, count, others, expect.share.get(problem))
    if not expect.findings:
        clean = sum(not m.standing for m in measurements)
        yield Sign("no finding", clean, count, _count(p for m in measurements for p in m.standing))


def _count(names: Iterator[str]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    return counted


def _within(value: float, band: tuple[float, float]) -> bool:
    low, high = band
    return low - SLACK * abs(low) <= value <= high + SLACK * abs(high)
