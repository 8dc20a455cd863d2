"""Limits and ticks of an axis: round numbers that stay put while the data grows a little."""

from __future__ import annotations

import math
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
LENGTHS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
DECADE = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Axis:
    """Limits of an axis and its ticks; on a log axis all positions are log10 of the value."""

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


def tick_label(value: float) -> str:
    """A number in at most eight characters or so: 0, 0.25, 1438, 20k, 1.5M, 3e-05."""
    if value == 0:
        return "0"
    size = abs(value)
    if not 1e-3 <= size < 1e9:
        return f"{value:.3g}"
    for limit, letter in ((1e6, "M"), (1e4, "k")):
        if size >= limit:
            return f"{value / (1e6 if letter == 'M' else 1e3):.4g}{letter}"
    return f"{value:.4g}"


def above(length: float) -> float:
    """The smallest round number at or above a positive length; grows in steps of at most 1.5."""
    decade = 10.0 ** math.floor(math.log10(length))
    for factor in LENGTHS:
        if factor * decade >= length * (1 - 1e-9):
            return factor * decade
    return 10 * decade


def step_between(span: float, count: int) -> float:
    """A round tick distance that cuts a positive span into at most `count` parts."""
    rough = span / max(count, 1)
    decade = 10.0 ** math.floor(math.log10(rough))
    return next((s * decade for s in STEPS if s * decade >= rough * (1 - 1e-9)), 10 * decade)


def counting(low: float, high: float, count: int) -> Axis:
    """An axis for steps or epochs: whole ticks, an end that moves in round jumps only and has a tick.

    Args:
        low: first step drawn.
        high: last step drawn.
        count: ticks that fit.
    """
    end = low + above(max(high - low, 10.0))
    step = _dividing(end - low, count) if low == 0 else step_between(end - low, count)
    step = math.ceil(max(step, 1.0))
    first = math.ceil(low / step) * step
    ticks = tuple(float(t) for t in range(int(first), int(end) + 1, int(step)))
    return Axis(low, end, ticks, tuple(tick_label(t) for t in ticks))


def _dividing(length: float, count: int) -> float:
    """The smallest round distance that divides a round length into at most `count` parts, at least one."""
    for parts in range(max(count, 1), 1, -1):
        step = length / parts
        if step.is_integer() and float(f"{step:.2g}") == step:
            return step
    return length


def linear(low: float, high: float, count: int) -> Axis:
    """A linear axis around finite values, its ends on ticks.

    Args:
        low: smallest value.
        high: largest value; may equal `low`.
        count: ticks that fit.
    """
    span = high - low
    if not math.isfinite(span):
        low, high = low / 4, high / 4
        span = high - low
    if span <= 1e-9 * max(abs(low), abs(high)):
        margin = abs(high) / 10 or 1.0
        low, high = low - margin, high + margin
        span = high - low
    step = step_between(span, count)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    decimals = max(
        0, -math.floor(math.log10(step) + 1e-9) + (step / 10 ** math.floor(math.log10(step)) == 2.5)
    )
    ticks = tuple(i * step for i in range(first, last + 1))
    large = max(abs(t) for t in ticks)
    plain_text = decimals <= 4 and large < 1e4
    labels = tuple(f"{t:.{decimals}f}" if plain_text else tick_label(t) for t in ticks)
    return Axis(ticks[0], ticks[-1], ticks, labels)


def decades(low: float, high: float, count: int) -> Axis:
    """A log axis around positive values; positions are log10.

    Whole decades where the data spans more than one and a half, else ticks at 1, 2 and 5.

    Args:
        low: log10 of the smallest value.
        high: log10 of the largest.
        count: ticks that fit.
    """
    if high - low > 1.5:
        first, last = math.floor(low + 0.02), math.ceil(high - 0.02)
        stride = next((s for s in (1, 2, 3, 5, 10, 20) if (last - first) / s < max(count, 2)), 50)
        apart = (stride + 1) // 2
        inner = (t for t in range(last - apart, first + apart - 1, -1) if t % stride == 0)
        ticks = tuple(float(t) for t in dict.fromkeys((last, *inner, first)))
        return Axis(float(first), float(last), ticks, tuple(f"1e{t:.0f}" for t in ticks))
    marks = [
        (decade + math.log10(factor), f"{factor:.0f}e{decade}")
        for decade in range(math.floor(low) - 1, math.ceil(high) + 2)
        for factor in DECADE
    ]
    bottom = max(position for position, _ in marks if position <= low + 1e-6)
    top = min(position for position, _ in marks if position >= high - 1e-6)
    if top <= bottom:
        top = min(position for position, _ in marks if position > bottom + 1e-6)
        bottom = max(position for position, _ in marks if position < bottom - 1e-6)
    kept = [(p, label) for p, label in marks if bottom - 1e-6 <= p <= top + 1e-6]
    return Axis(bottom, top, tuple(p for p, _ in kept), tuple(label for _, label in kept))
