"""`model.depth=1..10 model.activation=tanh,relu optimizer.learning_rate=log(1e-4..1e-1,7)`, read.

Values are listed with commas, each written as in an override; `1..10` are whole numbers, `0..1..0.25` goes
by a step, `lin(0..1,5)` and `log(1e-4..1e-1,7)` are so many numbers evenly apart, or apart by a factor.
Points drawn at random take ranges as they are: `1..10`, `0.1..0.5`, `log(1e-4..1e-1)`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import PresetError
from ..preset.overrides import WRITTEN, parse

MOST_VALUES = 100_000
"""Values of one setting, and points of a grid."""

DIGITS = 6
"""Significant digits of numbers that are computed."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}?)\s*\.\.\s*({_NUMBER})(?:\s*\.\.\s*({_NUMBER}))?")
_SPACED = re.compile(r"(lin|log)\((.*)\)", re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class Axis:
    """The values of one setting, or the range that they are drawn from.

    Attributes:
        key: the setting's dotted key.
        values: those that are listed.
        low: lower end of a range to draw from; None if values are listed.
        high: upper end.
        log: whether draws are even in the logarithm.
        whole: whether draws are whole numbers.
    """

    key: str
    values: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    whole: bool = False

    def draw(self, random: np.random.Generator) -> Any:
        """One value: of those listed, or even over the range."""
        if self.low is None or self.high is None:
            return self.values[int(random.integers(len(self.values)))]
        if self.log:
            return self.rounded(math.exp(random.uniform(math.log(self.low), math.log(self.high))))
        if self.whole:
            return int(random.integers(int(self.low), int(self.high), endpoint=True))
        return self.rounded(float(random.uniform(self.low, self.high)))

    @property
    def corners(self) -> tuple[Any, ...]:
        """The listed values, or both ends of the range."""
        if self.low is None or self.high is None:
            return self.values
        return self.rounded(self.low), self.rounded(self.high)

    def rounded(self, value: float) -> float:
        """A number of the range as it is written."""
        assert self.low is not None and self.high is not None
        if self.whole:
            return round(min(max(value, self.low), self.high))
        return min(max(_rounded(value), self.low), self.high)


def parse_axis(text: str, *, drawn: bool = False) -> Axis:
    """A setting and its values, as one argument has them.

    Args:
        text: `KEY=VALUES`.
        drawn: whether points are drawn at random, so that a range needs no number of values.

    Raises:
        PresetError: it cannot be read; the message names the setting.
    """
    key, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not key or not values:
        raise PresetError(
            f'"{text[:WRITTEN]}": write a setting and its values, such as model.depth=1..10, '
            "model.activation=tanh,relu or optimizer.learning_rate=log(1e-4..1e-1,7)"
        )
    parse(f"{key}=0")  # what is no key is refused here
    parts = _parts(key, values)
    if drawn and len(parts) == 1 and (found := _drawn(key, parts[0])):
        return found
    listed = [value for part in parts for value in _listed(key, part, drawn)]
    repeated = next((v for i, v in enumerate(listed) if v in listed[:i]), None)
    if repeated is not None and len(listed) <= 1000:
        raise PresetError(f"{key}: {repeated!r} is listed twice; name each value once")
    return Axis(key, tuple(listed))


def axis_of(key: str, values: Any, *, drawn: bool = False) -> Axis:
    """A setting of a sweep file: a text as in an argument, a list of values, or one value.

    Raises:
        PresetError: no values.
    """
    if isinstance(values, str):
        return parse_axis(f"{key}={values}", drawn=drawn)
    listed = values if isinstance(values, list) else [values]
    if not listed:
        raise PresetError(f"{key}: the list of values is empty")
    return Axis(key, tuple(listed))


def grid(axes: Sequence[Axis]) -> list[dict[str, Any]]:
    """Every combination, the last setting changing first.

    Raises:
        PresetError: a setting that comes twice, or far too many points.
    """
    _refuse_repeated(axes)
    if math.prod(len(axis.values) for axis in axes) > MOST_VALUES:
        raise PresetError(f"the grid has more than {MOST_VALUES:,} points; take fewer values")
    keys = [axis.key for axis in axes]
    values = itertools.product(*(axis.values for axis in axes))
    return [dict(zip(keys, point, strict=True)) for point in values]


def drawn(axes: Sequence[Axis], count: int, seed: int) -> list[dict[str, Any]]:
    """So many points drawn at random; the same seed always draws the same ones.

    Raises:
        PresetError: a setting that comes twice, or far too many points.
    """
    _refuse_repeated(axes)
    if count > MOST_VALUES:
        raise PresetError(f"--random {count}: at most {MOST_VALUES:,} points")
    random = np.random.default_rng(seed)
    return [{axis.key: axis.draw(random) for axis in axes} for _ in range(count)]


def _refuse_repeated(axes: Sequence[Axis]) -> None:
    keys = [axis.key for axis in axes]
    for key in keys:
        if keys.count(key) > 1:
            raise PresetError(f"{key} is given twice; put all of its values into one argument")


def _parts(key: str, text: str) -> list[str]:
    """The text cut at commas that are in no brackets and no quotes."""
    parts, depth, quote, begin = [], 0, "", 0
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    parts.append(text[begin:].strip())
    if depth or quote:
        what = "a quote" if quote else "a bracket"
        raise PresetError(f"{key}={text[:WRITTEN]}: {what} is not closed")
    if not all(parts):
        raise PresetError(f"{key}={text[:WRITTEN]}: a value is missing beside a comma")
    return parts


def _listed(key: str, text: str, drawn: bool) -> Iterator[Any]:
    """The values that one part between commas stands for."""
    if spaced := _SPACED.fullmatch(text):
        yield from _spaced(key, text, spaced[1], spaced[2])
    elif found := _RANGE.fullmatch(text):
        yield from _ranged(key, text, *found.groups())
    elif ".." in text and not text.startswith(("'", '"', "[", "{")):
        raise _unreadable(key, text)
    else:
        yield parse(f"{key}={text}")[1]


def _ranged(key: str, text: str, first: str, last: str, step: str | None) -> Iterator[Any]:
    if not first:
        raise _unreadable(key, text)
    low, high = float(first), float(last)
    whole = _whole(first) and _whole(last) and (step is None or _whole(step))
    if step is None and not whole:
        raise PresetError(
            f"{key}={text}: say how many numbers, lin({text},5) or log({text},5), "
            f"or a step, {text}..0.1"
        )
    by = float(step) if step is not None else 1.0
    if by <= 0 or not math.isfinite(by) or low > high or not math.isfinite(high - low):
        raise PresetError(
            f"{key}={text}: a range goes from the smaller to the larger number, by a step above 0"
        )
    count = math.floor((high - low) / by * (1 + 1e-12) + 1e-9) + 1
    _refuse_many(key, text, count)
    for index in range(count):
        value = low + index * by
        yield int(value) if whole else _rounded(value)


def _spaced(key: str, text: str, kind: str, inside: str) -> Iterator[Any]:
    ends, comma, number = inside.rpartition(",")
    found = _RANGE.fullmatch(ends.strip()) if comma else None
    if found is None or found[3] or not found[1] or not number.strip().isdecimal():
        raise PresetError(
            f"{key}={text[:WRITTEN]}: write both ends and how many numbers, such as "
            f"{kind}({'1e-4..1e-1,7' if kind == 'log' else '0..1,5'})"
        )
    low, high, count = float(found[1]), float(found[2]), int(number)
    _refuse_ends(key, text, low, high, kind == "log")
    if count < 2:
        raise PresetError(f"{key}={text}: from 2 numbers on; both ends are among them")
    _refuse_many(key, text, count)
    space = np.geomspace if kind == "log" else np.linspace
    for value in space(low, high, count):
        yield _rounded(float(value))


def _drawn(key: str, text: str) -> Axis | None:
    """The range to draw from that a text stands for; None if it lists values."""
    spaced = _SPACED.fullmatch(text)
    found = _RANGE.fullmatch(spaced[2].strip() if spaced else text)
    if found is None or found[3] or not found[1]:
        return None
    low, high = float(found[1]), float(found[2])
    log = spaced is not None and spaced[1] == "log"
    _refuse_ends(key, text, low, high, log)
    whole = _whole(found[1]) and _whole(found[2]) and (spaced is None or log)
    return Axis(key, low=low, high=high, log=log, whole=whole)


def _refuse_ends(key: str, text: str, low: float, high: float, log: bool) -> None:
    if not low < high or not math.isfinite(high - low):
        raise PresetError(f"{key}={text}: a range goes from the smaller to the larger number")
    if log and low <= 0:
        raise PresetError(f"{key}={text}: log takes numbers above 0")


def _refuse_many(key: str, text: str, count: int) -> None:
    if count > MOST_VALUES:
        raise PresetError(f"{key}={text}: {count:,} values are too many; {MOST_VALUES:,} at most")


def _unreadable(key: str, text: str) -> PresetError:
    return PresetError(
        f"{key}={text[:WRITTEN]}: a range is two numbers, such as 1..10, or three with a step, "
        "0..1..0.25"
    )


def _whole(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", text) is not None


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
