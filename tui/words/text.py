"""Plain text for terminals, logs and chat: safe names, aligned tables, bars on a log scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...engine.escaping.plain_text import printable

BLOCKS = " ▏▎▍▌▋▊▉"
TICK = "┃"
DECADES = 4
"""A bar's scale spans at least this many decades, so that healthy layers look alike."""


def number(value: Any, digits: int = 4) -> str:
    """A measured value in at most nine characters; - if there is none.

    Args:
        value: a number, as strict JSON has it, or None.
        digits: significant digits of what is neither very large nor very small.
    """
    if isinstance(value, str):  # NaN and Infinity as strict JSON has them
        value = float(value)
    if value is None:
        return "-"
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    return f"{value:.{digits}g}" if 1e-3 <= abs(value) < 1e5 else f"{value:.1e}"


def setting(value: Any) -> str:
    """A setting in one cell: of a Keras object its class and its arguments; - where a run has none."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict) and value.keys() & {"class_name", "name"}:
        arguments = value.get("config", {k: v for k, v in value.items() if k != "name"})
        words = [f"{k}={v}" for k, v in arguments.items()] if isinstance(arguments, dict) else []
        return printable(" ".join([str(value.get("class_name") or value["name"]), *words]))
    return printable(value if isinstance(value, str) else repr(value))


def duration(seconds: float | None) -> str:
    """Seconds as 4.2s, 3:07 or 1:02:03; - if there are none."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shortened(text: str, width: int) -> str:
    """The text, its end replaced by … if it is longer than `width`."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def ending(text: str, width: int) -> str:
    """The text, its beginning replaced by … if it is longer than `width`: layers differ at their ends."""
    return text if len(text) <= width else f"…{text[len(text) - width + 1 :]}"


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> list[str]:
    """Lines of an aligned table, headings first.

    Args:
        headings: one for each column.
        rows: cells, as many as there are headings.
        right: columns that are aligned to the right, as numbers are.
    """
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def layer_table(summary: dict[str, Any], width: int) -> str:
    """Each layer's first and last delta and gradient norm, as numbers and as bars on a log scale.

    A norm that was recorded of no layer is left out. A bar reaches to the first value, its tick stands
    at the last. All norms of all layers share a scale, so that a gradient that vanishes is a staircase
    falling towards the input.

    Args:
        summary: the document of `gradlab run --json`; only `layers` is read.
        width: columns to fill; bars are left out below 60.
    """
    layers = summary.get("layers") or []
    if not layers:
        return "no layers were measured"
    titles = {"delta_norm": "delta norm", "grad_norm": "gradient norm"}
    norms = [n for n in titles if any(_course(layer.get(n)) != (None, None) for layer in layers)]
    if not norms:
        return "of no layer a norm was recorded"
    values = {norm: [_course(layer.get(norm)) for layer in layers] for norm in norms}
    scale = decades([value for norm in norms for course in values[norm] for value in course])
    longest = 20 if len(norms) > 1 else 36
    names = [ending(printable(str(layer.get("name", "?"))), longest) for layer in layers]
    label = max(len("layer"), *(len(name) for name in names))
    # a group is: first, last, bar; two blanks between columns
    room = (width - label - len(norms) * (2 + 9 + 2 + 9)) // len(norms) - 2
    room = min(room, 30) if scale and room >= 5 else 0
    above = "".join(_cells(titles[norm], "", room, "") for norm in norms)
    heading = "".join(_cells("first", "last", room, "") for _ in norms)
    lines = [f"{'':{label}}{above}".rstrip(), f"{'layer':{label}}{heading}".rstrip()]
    for index, name in enumerate(names):
        cells = ""
        for norm in norms:
            first, last = values[norm][index]
            drawn = log_bar(first, last, scale, room) if scale and room else ""
            cells += _cells(number(first), number(last), room, drawn)
        lines.append(f"{name:{label}}{cells}".rstrip())
    if scale and room:
        lines.append(
            f"bars: log scale, 1e{scale[0]:+03d} to 1e{scale[1]:+03d}; bar: first step, "
            f"{TICK}: last; the input is at the top"
        )
    return "\n".join(lines)


def _cells(first: str, last: str, bar: int, drawn: str) -> str:
    numbers = f"  {first:>9}  {last:>9}" if last else f"  {first:<20}"
    return numbers + (f"  {drawn:<{bar}}" if bar else "")


def _course(norm: Any) -> tuple[float | None, float | None]:
    if not isinstance(norm, dict):
        return None, None
    first, last = (norm.get(key) for key in ("first", "last"))
    return None if first is None else float(first), None if last is None else float(last)


def decades(values: list[float | None]) -> tuple[int, int] | None:
    """Decades from which to which bars run; None if there is nothing to draw."""
    logs = [math.log10(v) for v in values if v is not None and math.isfinite(v) and v > 0]
    if not logs:
        return None
    high = math.ceil(max(logs))
    return min(math.floor(min(logs)), high - DECADES), high


def log_share(value: float | None, scale: tuple[int, int]) -> float:
    """Share of a scale of decades: 0 for what is zero or unknown, 1 for infinity."""
    if value is None or math.isnan(value) or value <= 0:
        return 0.0
    if math.isinf(value):
        return 1.0
    low, high = scale
    return min(max((math.log10(value) - low) / (high - low), 0.0), 1.0)


def bar(share: float, width: int) -> str:
    """A bar that fills a share of the width, at least a trace of it if the share is not zero."""
    whole, part = divmod(max(round(share * width * 8), int(share > 0)), 8)
    return "█" * whole + (BLOCKS[part] if part else "")


def log_bar(first: float | None, last: float | None, scale: tuple[int, int], width: int) -> str:
    """A bar up to the first value on a scale of decades, with a tick at the last one."""
    cells = list(f"{bar(log_share(first, scale), width):<{width}}")
    at = log_share(last, scale) * width
    if at > 0:
        cells[min(int(at), width - 1)] = TICK
    return "".join(cells)
