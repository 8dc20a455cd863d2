"""Texts that would command a terminal, runs all of whose texts are such, and how to tell what passed."""

from __future__ import annotations

import dataclasses
import unicodedata
from pathlib import Path
from typing import Any

from hypothesis import strategies
from recorded_runs import PRESET, started, training

from gradlab.engine.runs.notes import annotate, rename
from gradlab.engine.runs.writer import RunWriter

PAYLOAD = "\x1b]52;c;QUFBQQ==\x07\x9b31m\u202e<script>alert(1)</script>\"'"
FORMULA = '=HYPERLINK("http://127.0.0.1/","x")'
SIGNS = "\x00\x07\x08\x0b\r\x1b\x7f\x85\x90\x9b\x9d\u200e\u202e\u2066\u2028\ufeff\U000e0041"

hostile_texts = strategies.lists(
    strategies.sampled_from(
        [
            "\x1b]52;c;QUFB\x07",
            "\x1b[2J",
            "\x1b[31m",
            "\x1bP",
            "\x9b5n",
            "=1+1",
            "@x",
            "[red]",
            "a",
            "中",
        ]
    )
    | strategies.sampled_from(SIGNS)
    | strategies.characters(codec="utf-8", exclude_characters="/\0"),
    min_size=1,
    max_size=12,
).map("".join)

FIXED = (
    "status",
    "problem",
    "severity",
    "statistic",
    "kind",
    "activation",
    "initializer",
    "family",
)
"""Fields whose words are the engine's own."""


def commands(text: str) -> list[str]:
    """What a terminal would act on in a text, and what would reorder or hide it; line ends and tabs apart."""
    return sorted(
        {
            f"U+{ord(c):04X}"
            for c in text
            if c not in "\n\t\u200c\u200d" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")
        }
    )


def forged(value: Any, text: str, field: str = "") -> Any:
    """The value with every free text in it replaced by one that begins with `text`."""
    if isinstance(value, str):
        return value if field in FIXED or not value else text + value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            f.name: forged(getattr(value, f.name), text, f.name) for f in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **fields)
    if isinstance(value, dict):
        keys = {k: text + k if field in ("logs", "final", "set") else k for k in value}
        return {keys[k]: forged(v, text, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(forged(item, text, field) for item in value)
    return value


def hostile_run(root: Path, text: str) -> Path:
    """A recorded run whose preset, layers, metrics, findings, name and notes carry a text."""
    preset = PRESET.model_copy(
        update={"title": text, "about": text, "source": text, "tags": [text], "guide": text}
    )
    writer = RunWriter.create(
        root, preset, preset_name=text, name="x", argv=[text], parent=text, changed={text: text}
    )
    for event in training(started()):
        writer.write(forged(event, text))
    writer.close()
    assert writer.told() == []
    rename(writer.path, "n" + text)
    annotate(writer.path, "n" + text)
    return writer.path
