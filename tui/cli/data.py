"""`gradlab presets data`: the data that a preset is trained on, before any training."""

from __future__ import annotations

import shutil
from enum import StrEnum
from typing import Annotated

import typer

from ...engine.errors import DataError
from .output import print_json
from .presets import AsJson, Reference, Sets

HEIGHT = 24


class SplitName(StrEnum):
    """Rows that belong together."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def data_command(
    preset: Reference,
    row: Annotated[int, typer.Option(min=0, help="Which row to show, counted from 0.")] = 0,
    split: Annotated[SplitName, typer.Option(help="Which rows.")] = SplitName.TRAIN,
    assignments: Sets = None,
    as_json: AsJson = False,
) -> None:
    """Show one row of a preset's data, the class balance, the ranges and the scaling."""
    from ...engine.data.load import load_data
    from ...engine.data.summary import summarise
    from ...engine.preset.load import load, resolve

    path = resolve(preset)
    settings = load(path, list(assignments or []))
    if settings.data.data_set().downloaded:
        from ..terminal.native_log import divert_native_log

        divert_native_log()
    dataset = load_data(settings.data, base=path.parent, seed=settings.seed)
    rows = getattr(dataset, split)
    if rows is None:
        there = [name.value for name in SplitName if getattr(dataset, name) is not None]
        raise DataError(f"--split {split}: {path.stem} has no such rows, only {', '.join(there)}")
    if row >= len(rows):
        raise DataError(f"--row {row}: the {split} rows are numbered 0 to {len(rows) - 1}")
    summary = summarise(dataset)
    if as_json:
        from dataclasses import asdict

        shown = {"split": split, "row": row, "x": rows.x[row].tolist(), "y": rows.y[row].tolist()}
        print_json({"preset": path.stem, "data": asdict(summary), "shown": shown})
        return
    from ..tables.data_page import DataPage, is_plane

    page = DataPage(dataset, summary, split, row, shades=" ░▒▓█")
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    what = f"{len(rows)} {split} rows"
    if not is_plane(dataset):
        what = f"{split} row {row} of {len(rows)}, counted from 0"
    print(f"{dataset.name}: {what}\n")
    for line in page.draw(width, HEIGHT):
        print("".join(cell.text for cell in line).rstrip())
