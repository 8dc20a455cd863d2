"""The report's pictures: Matplotlib's SVG, in colours that hold on light and dark paper.

Text and axes are drawn in a marked colour that becomes `currentColor`, so that the page's own colours,
light, dark or print, reach into the pictures. Lines differ in dashes and letters as well as in colour.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import escape

from ..errors import RunError
from ..escaping.plain_text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the page's text colour."""

COLOURS = (
    "#3f87d6", "#d97f27", "#2f9e68", "#c8508a", "#8b72d6", "#96802a", "#2aa0b0", "#c9564b",
)  # fmt: skip
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))

_METADATA = ("Date", "Creator", "Format", "Type")
"""What Matplotlib would write into a picture about itself; left out."""

WIDTH, HEIGHT = 5.2, 2.8
"""Inches; the page scales pictures to its width."""

_numbers = count(1)


@dataclass(frozen=True, eq=False)
class Line:
    """One line of a figure.

    Attributes:
        label: what it is.
        x: positions [points].
        y: values [points]; what is not finite is a gap.
        low: lower edge of a band around it [points], or None.
        high: upper edge.
        number: which colour and dash it takes; lines of one run share them.
        points: mark its points.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    number: int = 0
    points: bool = False


@dataclass(frozen=True)
class Mark:
    """A vertical line at a position, in a line's colour."""

    x: float
    label: str
    number: int


def line_style(number: int) -> dict[str, Any]:
    """Colour and dashes of a run's lines."""
    colour = COLOURS[number % len(COLOURS)]
    dashes = DASHES[(number + number // len(COLOURS)) % len(DASHES)]
    return {"color": colour, "linestyle": dashes}


def line_figure(
    lines: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    description: str,
    log: bool = False,
    marks: Sequence[Mark] = (),
) -> str:
    """Lines with their bands, as an `<svg>` element; "" if there is nothing to draw."""
    if not any(np.isfinite(line.y).any() for line in lines):
        return ""
    figure, axes = _paper(WIDTH, HEIGHT)
    for line in lines:
        style = line_style(line.number)
        y = _drawable(line.y, log)
        axes.plot(
            line.x, y, label=_shown(line.label, 30), linewidth=1.6, marker="o" if line.points else None,
            markersize=3.5, **style,
        )  # fmt: skip
        if line.low is not None and line.high is not None:
            low, high = _drawable(line.low, log), _drawable(line.high, log)
            axes.fill_between(line.x, low, high, color=style["color"], alpha=0.18, linewidth=0)
    for mark in marks:
        axes.axvline(
            mark.x, color=line_style(mark.number)["color"], linewidth=0.9, alpha=0.7, ymax=0.97
        )
    if log and any((np.isfinite(line.y) & (line.y > 0)).any() for line in lines):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(
            lambda value, _: f"{value:.0e}" if value < 1e-3 else f"{value:g}"
        )
    axes.set_xlabel(x_label)
    axes.set_ylabel(_shown(y_label, 60))
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=8,
        labelcolor=INK, borderaxespad=0.2,
    )  # fmt: skip
    return _svg(figure, description)


def heat_figure(
    values: np.ndarray,
    x: np.ndarray,
    layers: Sequence[str],
    *,
    limits: tuple[float, float],
    scale: str,
    description: str,
    diverging: bool = False,
) -> str:
    """Layers by steps, the input's side at the bottom, as an `<svg>` element.

    Args:
        values: already on a log scale [rows, layers]; what is not finite stays blank or, if infinite,
            takes the colour of the scale's end.
        x: first step of each row, evenly spaced [rows].
        layers: names by depth.
        limits: values at the ends of the colour scale.
        scale: what the colours mean.
        description: the picture in words.
        diverging: colours on both sides of 0.
    """
    figure, axes = _paper(WIDTH, max(1.2, min(0.22 * len(layers) + 0.9, 4.5)))
    width = float(x[1] - x[0]) if len(x) > 1 else 1.0
    extent = (float(x[0]), float(x[-1]) + width, -0.5, len(layers) - 0.5)
    picture = axes.imshow(
        values.T, origin="lower", aspect="auto", interpolation="nearest", extent=extent,
        cmap="RdBu_r" if diverging else "viridis", vmin=limits[0], vmax=limits[1],
    )  # fmt: skip
    every = -(-len(layers) // 14)
    axes.set_yticks(range(0, len(layers), every), [_shown(n, 18) for n in layers[::every]])
    axes.set_xlabel("step")
    axes.grid(False)
    _colour_bar(figure, axes, picture, scale)
    return _svg(figure, description)


def map_figure(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    names: tuple[str, str],
    scale: str,
    description: str,
) -> str:
    """A number for each of two settings' values, told in its cell, as an `<svg>` element.

    Args:
        values: the numbers [rows, columns]; what is not finite stays blank.
        rows: values of the first setting, from the top.
        columns: values of the second.
        names: both settings.
        scale: what the colours mean.
        description: the picture in words.
    """
    figure, axes = _paper(WIDTH, max(1.4, min(0.26 * len(rows) + 0.9, 5.0)))
    picture = axes.imshow(values, aspect="auto", interpolation="nearest", cmap="viridis")
    axes.set_yticks(range(len(rows)), [_shown(name, 18) for name in rows])
    axes.set_xticks(range(len(columns)), [_shown(name, 9) for name in columns])
    axes.set_ylabel(_shown(names[0], 40))
    axes.set_xlabel(_shown(names[1], 60))
    axes.grid(False)
    middle = (np.nanmin(values) + np.nanmax(values)) / 2
    for row, column in np.argwhere(np.isfinite(values)):
        value = values[row, column]
        colour = "#000000" if value > middle else "#ffffff"
        axes.text(column, row, f"{value:.3g}", ha="center", va="center", color=colour, fontsize=7)
    _colour_bar(figure, axes, picture, scale)
    return _svg(figure, description)


def _colour_bar(figure: Figure, axes: Axes, picture: Any, scale: str) -> None:
    bar = figure.colorbar(picture, ax=axes, pad=0.015, fraction=0.05)
    bar.set_label(_shown(scale, 40), color=INK, fontsize=8)
    bar.ax.tick_params(colors=INK, labelsize=8)
    bar.outline.set_edgecolor(INK)  # pyright: ignore


def _shown(name: str, width: int) -> str:
    """A name of at most `width` characters, with $ as itself and not as mathematics."""
    shown = "".join(c if c.isprintable() else "?" for c in name)
    shown = shown if len(shown) <= width else f"{shown[: width - 1]}…"
    return shown.replace("$", r"\$")


def _drawable(values: np.ndarray, log: bool) -> np.ndarray:
    values = np.asarray(values, np.float64)
    bad = ~np.isfinite(values) | (log & (values <= 0))
    return np.where(bad, np.nan, values)


def _paper(width: float, height: float) -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RunError(
            "the report's figures need the package matplotlib: pip install matplotlib"
        ) from error
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)
    axes.tick_params(colors=INK, which="both", labelsize=8)
    axes.xaxis.label.set(color=INK, fontsize=9)
    axes.yaxis.label.set(color=INK, fontsize=9)
    axes.grid(True, color=INK, alpha=0.12, linewidth=0.6)
    return figure, axes


def _svg(figure: Figure, description: str) -> str:
    """The figure as an element of its own ids, in the page's font and colour."""
    import matplotlib

    number, target = next(_numbers), io.StringIO()
    # `none` keeps text as text: it can be searched, copied and read aloud
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"gradlab-{number}"}):
        figure.savefig(target, format="svg", metadata=dict.fromkeys(_METADATA))  # pyright: ignore
    picture = target.getvalue()
    picture = picture[picture.index("<svg") :].replace(INK, "currentColor")
    picture = re.sub("<!--.*?-->", "", picture, flags=re.DOTALL)  # they repeat every text
    picture = picture.replace(' id="', f' id="f{number}-')
    picture = picture.replace('xlink:href="#', f'xlink:href="#f{number}-')
    picture = picture.replace("url(#", f"url(#f{number}-")
    return picture.replace(
        "<svg ", f'<svg role="img" aria-label="{escape(printable(description))}" ', 1
    )
