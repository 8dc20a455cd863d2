"""Rows of data as pictures in text: images, planes of points, sequences, columns, bars.

Pure functions from arrays to lines of `Cell`s; colours are RGB triples, and None leaves a colour to
the widget.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RGB = tuple[int, int, int]

SHADES = " .:-=+*#%@"
"""Ten greys for terminals without colours, from dark to light."""
POINTS = "●▲■◆○△□◇"
REGIONS = " .:'`,-~"
"""How the regions of classes are told apart without colours."""
LEVELS = "▁▂▃▄▅▆▇█"


class Cell(NamedTuple):
    """Text in one style: colours of its own, bold or not, or the name of a component such as `axis`."""

    text: str
    fg: RGB | None = None
    bg: RGB | None = None
    style: str = ""


Line = list[Cell]


def is_picture(name: str, shape: tuple[int, ...]) -> bool:
    """Whether rows of this shape are shown as pictures."""
    if name in ("adding", "copy"):
        return False
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))


def picture(
    values: np.ndarray, width: int, height: int, low: float, high: float, shades: str = ""
) -> list[Line]:
    """A picture in half blocks: a cell is two pixels, one above the other.

    Args:
        values: [rows, columns] or [rows, columns, 1 or 3].
        width: cells to stay within.
        height: lines to stay within.
        low: the value that is black.
        high: the value that is white.
        shades: characters from dark to light, one cell a pixel (twice as wide as high); "" for blocks.
    """
    if width < 1 or height < 1:
        return []
    pixels = values if values.ndim == 3 else values[..., None]
    per_line, per_cell = (1, 2) if shades else (2, 1)
    pixels = _resized(pixels, max(width // per_cell, 1), height * per_line)
    span = high - low if high > low else 1.0
    levels = np.nan_to_num(np.clip((pixels - low) / span, 0, 1))
    if shades:
        index = (levels.mean(axis=-1) * (len(shades) - 1)).round().astype(int)
        return [[Cell("".join(shades[i] * per_cell for i in row))] for row in index]
    colours = (np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels) * 255
    colours = colours.round().astype(int)
    if len(colours) % 2:
        colours = np.concatenate([colours, colours[-1:]])
    lines = []
    for upper, lower in zip(colours[::2], colours[1::2], strict=True):
        lines.append([Cell("▀", _rgb(a), _rgb(b)) for a, b in zip(upper, lower, strict=True)])
    return lines


def _resized(pixels: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Enlarged by a whole factor, or thinned, to fit; the proportions stay."""
    height, width = pixels.shape[:2]
    factor = min(columns // width, rows // height)
    if factor >= 1:
        return pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    scale = min(columns / width, rows / height)
    down = np.linspace(0, height - 1, max(int(height * scale), 1)).round().astype(int)
    across = np.linspace(0, width - 1, max(int(width * scale), 1)).round().astype(int)
    return pixels[down][:, across]


def _rgb(values: np.ndarray) -> RGB:
    return int(values[0]), int(values[1]), int(values[2])


def mixed(a: RGB, b: RGB, share: float) -> RGB:
    """Colour `a` with a share of `b`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def plane(
    x: np.ndarray,
    y: np.ndarray,
    extent: tuple[float, float, float, float],
    width: int,
    height: int,
    colours: list[RGB] | None,
    background: RGB = (0, 0, 0),
    probabilities: np.ndarray | None = None,
) -> list[Line]:
    """Points of classes over the regions that a net gives them.

    Args:
        x: [points, 2].
        y: classes, int [points].
        extent: lowest and highest first input, lowest and highest second.
        width: cells.
        height: lines.
        colours: one for each class; None draws regions as characters, for terminals of few colours.
        background: what the regions' colours are mixed with.
        probabilities: [rows, columns, classes] over the extent, the top row first; None for no net.
    """
    left, right, bottom, top = extent
    columns = ((x[:, 0] - left) / (right - left) * width).astype(int).clip(0, width - 1)
    rows = ((top - x[:, 1]) / (top - bottom) * height).astype(int).clip(0, height - 1)
    points = {
        (r, c): k for r, c, k in zip(rows.tolist(), columns.tolist(), y.tolist(), strict=True)
    }
    half = None if colours is None else _regions(probabilities, height * 2, width)
    whole = _regions(probabilities, height, width)
    lines: list[Line] = []
    for row in range(height):
        line: Line = []
        for column in range(width):
            line.append(
                _plane_cell(
                    points.get((row, column)),
                    None if whole is None else whole[row, column],
                    None if half is None else half[2 * row : 2 * row + 2, column],
                    colours,
                    background,
                )
            )
        lines.append(line)
    return lines


def _plane_cell(
    label: int | None,
    region: np.ndarray | None,
    halves: np.ndarray | None,
    colours: list[RGB] | None,
    background: RGB,
) -> Cell:
    if colours is None:
        if label is not None:
            return Cell(POINTS[label % len(POINTS)], style=f"line-{label % 8 + 1}")
        known = region is not None and bool(np.isfinite(region).all())
        return Cell(REGIONS[int(region.argmax()) % len(REGIONS)] if known else " ")  # type: ignore[union-attr]
    tints = None if halves is None else [_tint(p, colours, background) for p in halves]
    if label is not None:
        behind = None if tints is None else mixed(tints[0], tints[1], 0.5)
        return Cell(POINTS[label % len(POINTS)], colours[label % len(colours)], behind, "bold")
    return Cell(" ") if tints is None else Cell("▀", tints[0], tints[1])


def _tint(probabilities: np.ndarray, colours: list[RGB], background: RGB) -> RGB:
    """The winning class' colour, the stronger the surer; steps of confidence make contours."""
    if not np.isfinite(probabilities).all():
        return background
    best = int(probabilities.argmax())
    chance = 1 / len(probabilities)
    sure = (float(probabilities[best]) - chance) / (1 - chance)
    return mixed(background, colours[best % len(colours)], 0.10 + 0.08 * int(sure * 3.999))


def _regions(probabilities: np.ndarray | None, rows: int, columns: int) -> np.ndarray | None:
    if probabilities is None:
        return None
    height, width = probabilities.shape[:2]
    down = ((np.arange(rows) + 0.5) * height / rows).astype(int)
    across = ((np.arange(columns) + 0.5) * width / columns).astype(int)
    return probabilities[down][:, across]


def levels(values: np.ndarray, low: float, high: float) -> str:
    """One character for each value, by its height between low and high; ? if it is not finite."""
    span = high - low if high > low else 1.0
    index = np.nan_to_num((values - low) / span * len(LEVELS), nan=0, posinf=0, neginf=0)
    clipped = index.astype(int).clip(0, len(LEVELS) - 1)
    return "".join(
        LEVELS[i] if ok else "?" for i, ok in zip(clipped, np.isfinite(values), strict=True)
    )
