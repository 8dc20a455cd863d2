"""`gradlab check PRESET KEY=VALUES`: the gradient's ratio over a grid; and `--lr-range`."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...engine.checks.over_grid import GradientRatio, gradient_ratio
from ...engine.checks.rate_range import RateRange, rate_range
from ...engine.data.load import load_data
from ...engine.models.build import build
from ...engine.preset.load import base_folder, load, read, resolve
from ...engine.sweeps.grid import grid, parse_axis
from ...engine.sweeps.layout import is_number
from ...engine.sweeps.plan import make_plan
from ...engine.training.parts import Parts
from ..drawing.chart_spec import ChartSpec, Glyphs, Guide, Mark, Series
from ..drawing.charts import render
from ..drawing.grid_map import GridMap, render_grid_map
from ..drawing.heatmaps import ASCII_SHADES, SHADES
from ..drawing.rows import plain
from ..terminal.ascii import stdout_is_ascii
from ..words.text import number, setting, table
from .output import print_json

HEIGHT = 16

Point = tuple[Mapping[str, Any], GradientRatio]


def check_grid(
    reference: str, settings: Sequence[str], overrides: Sequence[str], *,
    chart: bool, as_json: bool, trust: bool,
) -> None:  # fmt: skip
    """Measure every point of a grid and print the ratios.

    Raises:
        PresetError: a setting or a point that cannot be.
    """
    path = resolve(reference)
    axes = [parse_axis(text) for text in settings]
    plan = make_plan(path.stem, read(path), axes, grid(axes), overrides=tuple(overrides))
    base = base_folder(path)
    points: list[Point] = [
        (trial.settings, gradient_ratio(trial.preset, trust=trust, base=base))
        for trial in plan.trials
    ]
    if as_json:
        print_json(
            {
                "preset": path.stem,
                "keys": list(plan.keys),
                "points": [{"settings": dict(s), **vars(ratio)} for s, ratio in points],
            }
        )
        return
    keys = list(plan.keys)
    print(f"{path.stem}: the gradient's ratio per layer at initialization; nothing was trained\n")
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    if chart:
        print(_picture(keys, points, width), end="\n\n")
    rows = [
        [*(setting(s[key]) for key in keys), *map(_shown, (r.predicted, r.measured, r.arriving))]
        for s, r in points
    ]
    print("\n".join(table([*keys, "predicted", "measured", "first/last layer"], rows)))


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else number(value, 3)


def _picture(keys: list[str], points: Sequence[Point], width: int) -> str:
    ascii_only = stdout_is_ascii()
    if len(keys) == 1 and all(is_number(s[keys[0]]) for s, _ in points):
        glyphs: Glyphs = "ascii" if ascii_only else "braille"
        return plain(render(_line(keys[0], points, glyphs), width, HEIGHT))
    down = list(dict.fromkeys(setting(s[keys[0]]) for s, _ in points))
    across = list(dict.fromkeys(" ".join(setting(s[k]) for k in keys[1:]) for s, _ in points))
    values = np.full((len(down), len(across)), math.nan)
    for s, ratio in points:
        column = across.index(" ".join(setting(s[k]) for k in keys[1:]))
        values[down.index(setting(s[keys[0]])), column] = ratio.measured
    spec = GridMap(
        rows=tuple(down),
        columns=tuple(across),
        values=values,
        texts=tuple(tuple(_shown(value) for value in row) for row in values),
        row_name=keys[0].rpartition(".")[2],
        column_name=" ".join(key.rpartition(".")[2] for key in keys[1:]) + ", measured",
        shades=ASCII_SHADES if ascii_only else SHADES,
    )
    return "\n".join(line.rstrip() for line in plain(render_grid_map(spec, width)).split("\n"))


def _line(key: str, points: Sequence[Point], glyphs: Glyphs) -> ChartSpec:
    ordered = sorted(points, key=lambda point: point[0][key])
    x = np.array([float(s[key]) for s, _ in ordered])
    drawn = [np.array([getattr(r, name) for _, r in ordered]) for name in ("measured", "predicted")]
    lines = [
        Series(name, x[np.isfinite(y)], y[np.isfinite(y)], style=style, dashed=name == "predicted")
        for name, style, y in zip(
            ("measured", "predicted"), ("line-1", "line-3"), drawn, strict=True
        )
    ]
    return ChartSpec(
        series=tuple(line for line in lines if len(line.x)),
        log=True,
        x_label=key.rpartition(".")[2],
        y_label="ratio per layer",
        x_whole=all(isinstance(s[key], int) for s, _ in points),
        guides=(Guide(1.0, "1"),),
        glyphs=glyphs,
        empty="A ratio takes two hidden layers.",
    )


def check_rates(reference: str, overrides: Sequence[str], *, as_json: bool, trust: bool) -> None:
    """Run a learning-rate range test, and print its curve and the suggested rate.

    Raises:
        PresetError, DataError: what cannot be trained.
    """
    path = resolve(reference)
    preset, base = load(path, list(overrides)), base_folder(path)
    dataset = load_data(preset.data, base=base, seed=preset.seed)
    parts = Parts(preset, dataset, build(preset, dataset, trust=trust, base=base))
    own = float(np.asarray(parts.optimizer.learning_rate))
    found = rate_range(parts)
    if as_json:
        print_json(
            {
                "preset": path.stem,
                "suggested": found.suggested,
                "preset_rate": own,
                "rates": found.rates.tolist(),
                "losses": found.losses.tolist(),
                "smoothed": found.smoothed.tolist(),
            }
        )
        return
    print("\n".join(_rate_lines(path, found, own, overrides)))


def _rate_lines(path: Path, found: RateRange, own: float, overrides: Sequence[str]) -> list[str]:
    x = np.log10(found.rates)
    least, most = math.floor(x[0]), math.ceil(x[-1])
    marks = () if found.suggested is None else (Mark(math.log10(found.suggested), "suggested"),)
    spec = ChartSpec(
        series=(Series("loss", x, found.smoothed, style="line-1"),),
        x_label="learning rate",
        x_ticks=tuple((float(e), f"1e{e}") for e in range(least, most + 1)),
        x_limits=(float(x[0]), float(max(x[-1], x[0] + 1))),
        x_whole=False,
        marks=marks,
        glyphs="ascii" if stdout_is_ascii() else "braille",
    )
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    lines = [
        f"{path.stem}: smoothed loss of {len(x)} steps, each at a higher learning rate",
        *plain(render(spec, width, HEIGHT)).split("\n"),
        "",
    ]
    if found.suggested is None:
        return [*lines, "the loss fell at no rate: something else is wrong (gradlab check without "
                "--lr-range looks for it)"]  # fmt: skip
    rate = f"{found.suggested:.2g}"
    sets = " ".join(f"--set {item}" for item in [*overrides, f"optimizer.learning_rate={rate}"])
    return [
        *lines,
        f"suggested {rate}, a tenth of the rate with the smallest loss; the preset has {own:g}",
        f"next: gradlab run {path.stem} {sets}",
    ]
