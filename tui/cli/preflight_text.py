"""The pre-flight check as plain text: each layer predicted and measured, the loss, the data."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import Any

from ...engine.escaping.plain_text import printable
from ..words.text import TICK, decades, log_bar, number, shortened, table

_LEAST_BAR = 10


def layer_lines(document: dict[str, Any], width: int) -> list[str]:
    """A table of the layers, with measured delta norms as bars on a log scale.

    A bar reaches to the measured norm, its tick stands at the predicted one.

    Args:
        document: of `gradlab check --json`.
        width: columns to fill; bars are left out where there is no room.
    """
    layers = document["layers"]
    if not layers:
        return ["no layer of this model has a kernel that could be measured"]
    columns = {name: [cell(layer) for layer in layers] for name, cell in _COLUMNS.items()}
    norms = [
        (m["measured"]["delta_norm"], (m["predicted"] or {}).get("delta_norm")) for m in layers
    ]
    scale = decades([norm for pair in norms for norm in pair])
    # Where there is no room for bars, columns that say less go first.
    for left_out in ((), ("act. std",), ("act. std", "activation")):
        shown = {name: cells for name, cells in columns.items() if name not in left_out}
        rows = list(zip(*shown.values(), strict=True))
        numbers = [i for i, name in enumerate(shown) if name not in ("layer", "activation")]
        lines = table([name.strip() for name in shown], rows, right=numbers)
        taken = max(len(line) for line in lines) + 2
        bar = min(width - taken, 30)
        if bar >= _LEAST_BAR:
            break
    if scale is None or bar < _LEAST_BAR:
        return lines
    for index, (measured, predicted) in enumerate(norms, 1):
        drawn = log_bar(measured, predicted, scale, bar)
        lines[index] = f"{lines[index]:<{taken}}{drawn}".rstrip()
    legend = (
        f"bars: delta norm, log scale, 1e{scale[0]:+03d} to 1e{scale[1]:+03d}; bar: measured, "
        f"{TICK}: predicted; the input is at the top"
    )
    return lines + textwrap.wrap(legend, width, subsequent_indent="  ")


def weight_lines(document: dict[str, Any], width: int) -> list[str]:
    """What each kernel was drawn from and what was drawn, beside the deviation of the activations."""
    rows = []
    for layer in document["layers"]:
        weights = layer["weights"]
        linear = layer["activation"] == "linear" or layer is not document["layers"][-1]
        rows.append(
            [
                shortened(printable(layer["name"]), 20),
                shortened(printable(layer["initializer"]), 16),
                f"{weights['fan_in']} > {weights['fan_out']}",
                _short(weights["prescribed_std"]),
                _short(weights["drawn_std"]),
                _short(weights["limit"]),
                # Of a softmax or sigmoid at the top theory knows the logits only.
                _predicted(layer, "activation_std") if linear else "-",
                _short(layer["measured"]["activation_std"]),
            ]
        )
    if not rows:
        return []
    headings = [
        "weights",
        "initializer",
        "fan in > out",
        "sigma",
        "drawn",
        "r",
        "act. std pred.",
        "meas.",
    ]
    narrow = [[cell for i, cell in enumerate(row) if i != 1] for row in rows]
    lines = table(headings, rows, right=range(2, len(headings)))
    if max(map(len, lines)) > width:
        lines = table([h for i, h in enumerate(headings) if i != 1], narrow, right=range(1, 7))
    legend = "sigma: deviation that the initializer prescribes; uniform ones draw from -r to r"
    return [*lines, *textwrap.wrap(legend, width, subsequent_indent="  ")]


def ratio_line(document: dict[str, Any]) -> str:
    """The delta ratio per layer, predicted and measured, and what to know of the prediction."""
    ratio = document["delta_ratio_per_layer"]
    if ratio["measured"] is None:
        return "delta ratio per layer: none, there are fewer than two hidden layers"
    line = f"delta ratio per layer: measured {_short(ratio['measured'])}"
    if ratio["predicted"] is not None:
        doubt = "" if ratio["reliable"] else " (a guide only)"
        line += f", predicted {_short(ratio['predicted'])}{doubt}"
    return f"{line}. {ratio['note']}".rstrip()


def phases_line(document: dict[str, Any]) -> str | None:
    """What an endless stack of these layers does to signal and gradient; None where theory is silent."""
    phases = document["phases"]
    if phases is None:
        return None
    line = f"far up: q* {_short(phases['fixed_variance'])}, chi {_short(phases['chi'])}"
    if math.isnan(phases["chi"]):
        return f"{line}: the signal grows without end"
    line += f", xi gradient {_short(phases['gradient_depth'])}, xi correlation "
    line += f"{_short(phases['correlation_depth'])} layers: "
    if math.isinf(phases["trainable_depth"]):
        return line + "no depth is too deep to train (Schoenholz et al. 2017)"
    return (
        line
        + f"beyond {phases['trainable_depth']:.0f} layers training fails (Schoenholz et al. 2017)"
    )


def time_lines(document: dict[str, Any]) -> list[str]:
    """For each recurrent layer, how much of the gradient reaches the first time step."""
    return [
        f"{printable(layer['name'])}: the first time step gets {_short(share)} of the gradient that the "
        "last one gets"
        for layer in document["layers"]
        if (share := layer["measured"]["time_delta_ratio"]) is not None
    ]


def loss_line(document: dict[str, Any]) -> str:
    """The first loss beside what it should be."""
    loss = document["initial_loss"]
    parts = [f"first loss ({loss['name']}): {_short(loss['measured'])}"]
    if loss["expected"] is not None:
        parts.append(f"expected {_short(loss['expected'])} for these weights")
    if loss["uninformed"] is not None:
        parts.append(f"{_short(loss['uninformed'])} for a net that puts out nothing")
    return "; ".join(parts)


def data_line(document: dict[str, Any]) -> str:
    """The data in one line: rows, range, classes, the other splits."""
    data = document["data"]
    train = data["splits"]["train"]
    shape = "x".join(map(str, data["input_shape"]))
    parts = [
        f"data: {printable(data['name'])} ({data['task']}), {train['rows']:,} training rows of {shape}, "
        f"{_moments(train['inputs'])}"
    ]
    if data["constant_columns"]:
        parts.append(f"{data['constant_columns']} columns never change")
    if train["class_counts"]:
        counts = train["class_counts"].values()
        parts.append(f"{len(counts)} classes of {min(counts):,} to {max(counts):,} labels")
    if train["targets"]:
        parts.append(f"targets {_moments(train['targets'])}")
    others = [f"{n} {s['rows']:,}" for n, s in data["splits"].items() if s and n != "train"]
    return "; ".join([*parts, f"also {', '.join(others)} rows" if others else "no validation rows"])


def _moments(moments: dict[str, float]) -> str:
    return (
        f"{_short(moments['min'])} to {_short(moments['max'])}, mean {_short(moments['mean'])}, "
        f"std {_short(moments['std'])}"
    )


def _short(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else number(value, 3)


def _predicted(layer: dict[str, Any], name: str) -> str:
    return _short((layer["predicted"] or {}).get(name))


_COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "layer": lambda layer: shortened(printable(layer["name"]), 20),
    "activation": lambda layer: shortened(printable(layer["activation"]), 10),
    "ratio pred.": lambda layer: _predicted(layer, "delta_ratio"),
    "meas.": lambda layer: _short(layer["measured"]["delta_ratio"]),
    "delta pred.": lambda layer: _predicted(layer, "delta_norm"),
    "meas. ": lambda layer: _short(layer["measured"]["delta_norm"]),
    "act. std": lambda layer: _short(layer["measured"]["activation_std"]),
}
"""What a column shows of a layer."""
