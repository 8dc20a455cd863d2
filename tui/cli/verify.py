"""`gradlab presets verify`: train presets over several seeds and hold them to their figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...engine.errors import PresetError
from ..words.text import number
from .output import Exit, print_json, say
from .presets import AsJson, complete_preset

if TYPE_CHECKING:
    from ...engine.preset.schema import Preset
    from ...engine.trials.verify import Figure, Measurement, Verification

SLOW = "slow"
"""Tag of presets that take more than a minute a seed, or data that must be fetched."""

MARKS = {True: "pass", False: "MISS", None: ""}


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PRESET]...",
            help="Names or paths; all bundled presets if none is given.",
            autocompletion=complete_preset,
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Seeds of each preset.", min=1)] = 10,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out presets tagged slow.")] = False,
    group: Annotated[str | None, typer.Option(help="Only those of this comparison.")] = None,
    jobs: Annotated[int, typer.Option(help="Presets at a time, each in its process.", min=1)] = 1,
    as_json: AsJson = False,
) -> None:
    """Train presets over several seeds and compare with their figures; exit 1 on any miss."""
    chosen = list(_chosen(names or [], group, fast))
    if not chosen:
        raise PresetError("no preset matches; `gradlab presets list` shows them all")
    from ...engine.trials.verify import verify_all

    say("loading TensorFlow ...")
    names = [name for name, _, _ in chosen]
    tell = _teller(seeds, names)
    verdicts: list[Verification] = []
    width = max(map(len, names))
    for verdict in verify_all(chosen, seeds=seeds, jobs=jobs, tell=tell):
        verdicts.append(verdict)
        if not as_json:
            print("\n".join(_rows(verdict, width)), flush=True)
    counts = {o: sum(v.outcome == o for v in verdicts) for o in ("passed", "missed", "unchecked")}
    counts["not run"] = sum(v.outcome == "not run" for v in verdicts)
    if as_json:
        print_json({"seeds": seeds, **counts, "presets": [_document(v) for v in verdicts]})
    say(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if counts["missed"]:
        raise typer.Exit(Exit.FAILED)


def _chosen(names: list[str], group: str | None, fast: bool) -> Iterator[tuple[str, Preset, Path]]:
    """Name, preset and folder of every preset that is asked for."""
    from ...engine.preset.load import available, base_folder, load, resolve

    bundled = [entry.name for entry in available() if entry.origin == "bundled"]
    for reference in names or bundled:
        path = resolve(reference)
        preset = load(path)
        if (group is None or group in preset.groups) and not (fast and SLOW in preset.tags):
            yield path.stem, preset, base_folder(path)


def _teller(seeds: int, names: list[str]) -> Callable[[str, Measurement], None]:
    """Progress on stderr: a line for each seed."""
    done = Counter[str]()

    def tell(name: str, measurement: Measurement) -> None:
        done[name] += 1
        place = f"{names.index(name) + 1}/{len(names)} {name}"
        said = f"{measurement.status}, {measurement.seconds:.1f} s"
        say(f"{place}: seed {done[name]}/{seeds}, {said}")

    return tell


def _rows(verdict: Verification, width: int) -> Iterator[str]:
    """The lines of a preset in the table."""
    head = f"{verdict.name:{width}}  {verdict.outcome}"
    if not verdict.seeds:
        yield f"{head}: {verdict.reason}"
        if verdict.note:
            yield f"  note: {verdict.note}"
        return
    yield f"{head}, {verdict.seeds} seeds, {verdict.seconds:.1f} s"
    for figure in verdict.figures:
        yield _figure_row(figure)
    for sign in verdict.signs:
        otherwise = ", ".join(f"{name} {count}" for name, count in sign.otherwise.items())
        instead = f"  (instead: {otherwise})" if otherwise else ""
        yield f"  {sign.name}: {sign.seen}/{sign.seeds} seeds  {MARKS[sign.passed]}{instead}"
    if verdict.note:
        yield f"  note: {verdict.note}"


def _figure_row(figure: Figure) -> str:
    """What is known of a figure, and what was measured: lowest / median / highest, mean, deviation."""
    low, median, high = _spread(figure.values)
    text = f"  {figure.name:16} measured {low} / {median} / {high}"
    if len(figure.values) > 1 and low != high:
        text += f", mean {number(figure.mean)} ± {number(figure.deviation, 2)}"
    if figure.band:
        known = figure.origin or "of unknown origin"
        band = f"{number(figure.band[0])} to {number(figure.band[1])}"
        text += f"   band {band} ({known})  {figure.inside}/{len(figure.values)} inside"
        if figure.share is not None:
            text += f", {figure.share:.0%} asked for"
    if figure.published is not None:
        known = figure.published
        text += f"   published {known if isinstance(known, str) else number(known)}"
    return f"{text}  {MARKS[figure.passed]}".rstrip()


def _spread(values: tuple[float, ...]) -> tuple[str, str, str]:
    """Minimum, median and maximum; NaN if any value is."""
    import numpy as np

    if not values:
        return "-", "-", "-"
    if any(math.isnan(value) for value in values):
        return "nan", "nan", "nan"
    return number(min(values)), number(float(np.median(values))), number(max(values))


def _document(verdict: Verification) -> dict[str, Any]:
    document = asdict(verdict)
    for row, figure in zip(document["figures"], verdict.figures, strict=True):
        row |= {
            "mean": figure.mean,
            "deviation": figure.deviation,
            "median": figure.median,
            "inside": figure.inside,
            "passed": figure.passed,
        }
    for row, sign in zip(document["signs"], verdict.signs, strict=True):
        row["passed"] = sign.passed
    return document
