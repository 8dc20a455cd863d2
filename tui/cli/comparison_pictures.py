"""The pictures of a comparison as text. Reads its document only."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..charts.measured import outline
from ..drawing.chart_spec import ChartSpec, Glyphs, Series
from ..drawing.charts import render
from ..drawing.rows import plain


def profile_picture(
    document: dict[str, Any], entries: list[Any], width: int, glyphs: Glyphs
) -> str:
    """A norm by relative depth, for nets of different layers."""
    series = tuple(
        Series(letter, np.array(e["relative_depth"]), np.array(e["values"]), letter=letter)
        for letter, e in zip(_letters(document), entries, strict=True)
        if e
    )
    spec = ChartSpec(
        series,
        log=True,
        x_label="depth",
        x_whole=False,
        x_limits=(0.0, 1.0),
        glyphs=glyphs,
    )
    return _drawn(spec, width, 16)


def time_picture(document: dict[str, Any], width: int, glyphs: Glyphs) -> str:
    """The gradient by time step of the recurrent layers, if there are any."""
    series = tuple(
        Series(letter, np.arange(1.0, len(norms) + 1), np.array(norms, float), letter=letter)
        for letter, norms in zip(_letters(document), document["time_delta_norm"], strict=True)
        if norms
    )
    spec = ChartSpec(series, log=True, x_label="time step", glyphs=glyphs)
    lines = _drawn(spec, width, 14)
    return "\n".join(["Gradient by time step, newest measurement", lines]) if series else ""


def weight_picture(document: dict[str, Any], width: int, glyphs: Glyphs) -> str:
    """The weights of all layers in one histogram for each run, if they were measured."""
    edges = np.array(document["weights"]["edges"], float)
    series = tuple(
        Series(letter, *outline(np.array(shares, float), edges), letter=letter)
        for letter, shares in zip(_letters(document), document["weights"]["shares"], strict=True)
        if shares
    )
    spec = ChartSpec(series, x_label="weight", x_whole=False, glyphs=glyphs)
    return "\n".join(["Weights of all layers", _drawn(spec, width, 12)]) if series else ""


def _drawn(spec: ChartSpec, width: int, height: int) -> str:
    rows = plain(render(spec, min(width, 100), height)).split("\n")
    return "\n".join(line.rstrip() for line in rows)


def _letters(document: dict[str, Any]) -> list[str]:
    return [run["letter"] for run in document["runs"]]
