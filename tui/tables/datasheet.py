"""A data set's facts as lines of text: class balance, ranges, columns, sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...engine.data.dataset import Dataset, Split
from ...engine.stream.data_facts import DataFacts
from ..drawing.pictures import POINTS, Cell, Line, levels
from ..drawing.rows import fit
from ..words.text import bar, number

SPLITS = ("train", "validation", "test")
NAMES = {"validation": "valid."}


def balance(counts: Mapping[str, int], width: int, most: int) -> list[Line]:
    """A bar for the rows (or labels) of each class.

    Args:
        counts: labels of each class.
        width: columns.
        most: lines; what does not fit is counted in the last one.
    """
    if not counts or most < 1:
        return []
    kept = list(counts.items())
    left = len(kept) - most
    if left > 0:
        kept = kept[: most - 1]
    name_width = min(max(len(name) for name, _ in kept or [("", 0)]), width // 3)
    digits = max(len(str(count)) for count in counts.values())
    room = max(width - name_width - digits - 2, 1)
    largest = max(counts.values())
    lines = [
        [
            Cell(f"{fit(name, name_width):>{name_width}} "),
            Cell(f"{bar(count / max(largest, 1), room):<{room}}", style="line-1"),
            Cell(f" {count:>{digits}}", style="axis"),
        ]
        for name, count in kept
    ]
    if left > 0:
        lines.append([Cell(f"and {left + 1} classes more", style="axis")])
    return lines


def ranges(summary: DataFacts, width: int) -> list[Line]:
    """Rows, smallest, largest, mean and deviation of the inputs (and number targets) of each split."""
    columns = ("min", "max", "mean", "std")
    cell = min(max((width - 8) // 4, 5), 10)
    lines = [[Cell(f"{'inputs':8}" + "".join(f"{c:>{cell}}" for c in columns), style="axis")]]
    for kind in ("inputs", "targets"):
        if kind == "targets":
            if all(not split or not split.targets for split in summary.splits.values()):
                break
            lines.append([Cell("targets", style="axis")])
        for name in SPLITS:
            split = summary.splits[name]
            moments = getattr(split, kind) if split else None
            if moments is not None:
                values = "".join(f"{short(getattr(moments, c), cell - 1):>{cell}}" for c in columns)
                lines.append([Cell(f"{NAMES.get(name, name):8}{values}")])
    return lines


def short(value: float, width: int) -> str:
    """A number in as many digits as fit."""
    text = number(value)
    for digits in (3, 2, 1):
        if len(text) <= width or not np.isfinite(value):
            break
        text = f"{value:.{digits}g}"
        if len(text) > width:
            text = text.replace("0.", ".", 1) if abs(value) < 1 else text
        text = text.replace("e-0", "e-").replace("e+0", "e")
    if len(text) > width and abs(value) < 0.1:
        text = f"{value:.2f}".replace("0.", ".", 1)
    return text


def legend(names: Sequence[str]) -> Line:
    """The sign and the name of each class of a plane."""
    line: Line = []
    for index, name in enumerate(names):
        line.append(Cell(f"{POINTS[index % len(POINTS)]} {name}  ", style=f"line-{index % 8 + 1}"))
    return line


def columns(split: Split, width: int, most: int) -> list[Line]:
    """Each column of a table: its distribution, smallest, mean and largest value."""
    flat = split.x.reshape(len(split.x), -1)
    bins = min(max(width - 32, 6), 24)
    lines = [[Cell(f"{'column':7}{'':{bins}}{'min':>8}{'mean':>8}{'max':>8}", style="axis")]]
    shown = flat.shape[1] if flat.shape[1] < most else max(most - 2, 1)
    for index in range(shown):
        lines.append(_column(f"x{index}", flat[:, index], bins))
    if shown < flat.shape[1]:
        lines.append([Cell(f"and {flat.shape[1] - shown} columns more", style="axis")])
    return lines


def _column(name: str, values: np.ndarray, bins: int) -> Line:
    finite = values[np.isfinite(values)].astype(np.float64)
    if not len(finite):
        return [Cell(f"{name:7}"), Cell("no finite value", style="bad")]
    counts, _ = np.histogram(finite, bins=bins)
    drawn = levels(counts.astype(float), 0, max(counts.max(), 1))
    figures = "".join(f"{short(float(f(finite)), 7):>8}" for f in (np.min, np.mean, np.max))
    return [Cell(f"{name:7}"), Cell(drawn, style="line-1"), Cell(figures)]


def adding_row(x: np.ndarray, y: np.ndarray, width: int) -> list[Line]:
    """A sequence of the adding problem: values as levels, marks under them, the sum they make.

    Args:
        x: [steps, 2], values and marks.
        y: [1], the target as it is trained on.
        width: columns.
    """
    values, marks = x[:, 0], x[:, 1]
    marked = np.flatnonzero(marks > (marks.max() + marks.min()) / 2)
    low, high = float(values.min()), float(values.max())
    room = max(width - 6, 1)
    lines: list[Line] = []
    for start in range(0, len(values), room):
        part = slice(start, start + room)
        drawn = levels(values[part], low, high)
        under = "".join("^" if i in marked else " " for i in range(start, start + len(drawn)))
        lines.append([Cell(f"{start:<6}", style="axis"), Cell(drawn, style="line-1")])
        lines.append([Cell("      "), Cell(under, style="mark")])
    addends = " + ".join(f"{values[i]:.3f} at step {i}" for i in marked)
    lines.append([Cell(f"marked {addends}")])
    lines.append([Cell(f"target {float(y.reshape(-1)[0]):.4f}", style="title")])
    return lines


def copy_row(x: np.ndarray, y: np.ndarray, width: int) -> list[Line]:
    """A sequence of the copy task: the symbols shown, the sign to answer, the symbols asked for.

    Args:
        x: [steps, symbols + 2], one-hot; the last one asks.
        y: [steps], classes; 0 is a blank.
        width: columns.
    """
    blank = "·"
    shown = x.argmax(axis=1)
    asks = x.shape[1] - 1
    room = max(width - 6, 1)
    lines: list[Line] = []
    for start in range(0, len(shown), room):
        above = "".join(
            "?" if s == asks else str(s) if s else blank for s in shown[start : start + room]
        )
        below = "".join(str(t) if t else blank for t in y[start : start + room])
        lines.append([Cell("in    ", style="axis"), Cell(above, style="line-1")])
        lines.append([Cell("out   ", style="axis"), Cell(below, style="line-2")])
        lines.append([])
    lines.append([Cell(f"{blank} blank  ? asks for the symbols", style="axis")])
    return lines


def label(dataset: Dataset, split: Split, index: int) -> str:
    """What a row's target is, in words."""
    target = split.y[index].reshape(-1)
    if dataset.classes and dataset.task != "sequence":
        name = dataset.class_names[int(target[0])]
        return f"class {name}" if name == str(int(target[0])) else f"class {int(target[0])}: {name}"
    return "target " + ", ".join(number(float(value)) for value in target[:6])
