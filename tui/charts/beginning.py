"""What stands in the panels until there are steps to draw: what the preset is about, or why it failed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...engine.models.description import describe_preset
from ...engine.preset.schema import Preset
from ..drawing.chart_spec import ChartSpec, Guide, Mark, Series
from ..drawing.rows import Span
from ..drawing.text_page import TextPage

REACH = 6.0
"""Inputs of an activation that its curve covers, on either side of 0."""


@dataclass(frozen=True, eq=False)
class Curve:
    """An activation over its input, and its slope there, float64 [points] each.

    Attributes:
        saturation: distance from 0 beyond which it is saturated; None if it is unbounded.
    """

    name: str
    inputs: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    saturation: float | None = None


@dataclass(frozen=True)
class Beginning:
    """What there is to say before the first step.

    Attributes:
        name: what the preset is called.
        preset: the preset; None while it has mistakes.
        mistakes: those, in lines for people.
        failure: why the run ended, if it has without a step.
        base: folder that relative paths in the preset start from.
        curve: the preset's activation, once it has been worked out.
    """

    name: str
    preset: Preset | None = None
    mistakes: str = ""
    failure: str = ""
    base: Path | None = None
    curve: Curve | None = None


def activation_of(preset: Preset | None) -> Any:
    """The activation of the hidden layers as the preset names it; None where there is not one."""
    return getattr(preset.model, "activation", None) if preset else None


def activations_of(preset: Preset) -> list[Any]:
    """Every activation of the hidden layers, as the preset names it."""
    found = [activation_of(preset)]
    for layer in getattr(preset.model, "layers", [])[:-1]:
        config = layer.get("config", {})
        if layer.get("class_name") == "ReLU":
            found.append("relu")
        found.append(config.get("activation"))
    return list({str(name): name for name in found if name}.values())


def curve(activation: Any) -> Curve | None:
    """An activation's curve; None where it has no formula. The first call loads SciPy."""
    from ...engine.theory.activations import activation as look_up
    from ...engine.theory.formulas import NoFormula

    try:
        known = look_up(activation)
    except NoFormula:
        return None
    name = activation if isinstance(activation, str) else str(activation.get("name", "activation"))
    inputs = np.linspace(-REACH, REACH, 241)
    values, slopes = known.value(inputs), known.slope(inputs)
    return Curve(name.replace("_", " "), inputs, values, slopes, known.saturation_point)


def picture(beginning: Beginning, number: int, *, alone: bool) -> TextPage | ChartSpec | None:
    """What a panel shows before the first step; None for its own words.

    Args:
        beginning: what there is to say.
        number: the panel's.
        alone: whether it is the only one in sight, and so has to say everything.
    """
    if number in (1, 2) and (alone or number == 1):
        return _about(beginning, with_guide=alone)
    preset = beginning.preset
    if preset is None:
        return None
    if number == 2 and beginning.curve is not None:
        return curve_chart(beginning.curve)
    if number == 3 and preset.guide:
        return TextPage("What to do", _paragraphs(preset.guide))
    return _data(preset) if number == 4 else None


def _about(beginning: Beginning, *, with_guide: bool) -> TextPage:
    preset = beginning.preset
    if beginning.failure:
        parts = (
            Span(beginning.failure, "bad"),
            Span("Y copies this.  e goes to the preset.", "axis"),
        )
        return TextPage("Why the run failed", parts)
    if preset is None:
        lines = tuple(Span(line, "bad") for line in beginning.mistakes.splitlines())
        return TextPage("What is wrong with the preset", lines)
    about = [Span(preset.title or beginning.name, "title")]
    about += [Span(text) for text in (preset.about, preset.source) if text]
    about[2:] = [Span(span.text, "axis") for span in about[2:]]
    if not preset.about:
        about.append(Span(f"{describe_preset(preset)} on {preset.data.name}"))
    if with_guide and preset.guide:
        about += _paragraphs(preset.guide)
    about.append(Span("r trains it, o opens another preset, ? shows all keys.", "cursor"))
    return TextPage("About", tuple(about))


def _paragraphs(text: str) -> tuple[Span, ...]:
    return tuple(Span(part) for part in text.strip().split("\n\n"))


def curve_chart(curve: Curve) -> ChartSpec:
    """An activation and its slope, with the saturated ends dimmed behind marks."""
    largest = float(np.nanmax(np.abs(curve.slopes)))
    ends = curve.saturation or np.inf
    inner = np.abs(curve.inputs) <= ends
    series = [
        Series(curve.name, curve.inputs[inner], curve.values[inner], style="line-1"),
        Series("slope", curve.inputs[inner], curve.slopes[inner], style="line-2"),
    ]
    for outer in (curve.inputs < -ends, curve.inputs > ends):
        lines = (curve.values, curve.slopes) if outer.any() else ()
        series += [
            Series("", curve.inputs[outer], line[outer], style="dim", dim=True) for line in lines
        ]
    saturated = f", saturated beyond {ends:.3g}" if np.isfinite(ends) else ""
    return ChartSpec(
        tuple(series),
        title=f"{curve.name}, slope at most {largest:.3g}{saturated}",
        marks=(Mark(-ends, "saturated"), Mark(ends, "saturated")) if saturated else (),
        x_label="input",
        x_whole=False,
        x_limits=(-REACH, REACH),
        guides=(Guide(0.0),),
    )


def _data(preset: Preset) -> TextPage:
    data = preset.data
    known = data.data_set()
    about = (sys.modules[type(known).__module__].__doc__ or "").partition("\n\n")[0]
    facts = []
    if shape := known.shape():
        inputs = "x".join(str(size) for size in shape[0])
        facts.append(f"each row {inputs} {'number' if inputs == '1' else 'numbers'}")
    if rows := known.row_count():
        facts.insert(0, f"{rows:,} rows")
    settings = f"Scaling: {data.scale}; validation: {data.validation}; split: {data.split}."
    file = (Span(str(data.path)),) if data.path else ()
    counted = (Span(f"{', '.join(facts).capitalize()}."),) if facts else ()
    return TextPage(
        f"Data: {data.name}",
        (
            *(file or (Span(about),)), *counted, Span(settings, "axis"),
            Span("6 shows the rows themselves.", "axis"),
        ),
    )  # fmt: skip
