"""What screens and commands ask of the application, which alone knows all screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.message import Message


@dataclass
class OpenRun(Message):
    """Show a run from its directory; one that the lab trains is shown there."""

    run: Path


@dataclass
class OpenRuns(Message):
    """Show the runs under a directory that a query asks for."""

    runs_dir: Path
    query: str


@dataclass
class OpenPreset(Message):
    """Open a preset by name or path in the lab."""

    reference: str


@dataclass
class OpenPresetOf(Message):
    """Open the preset of a run in the lab, as it was trained or with changes by dotted key."""

    run: Path
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ResumeRun(Message):
    """Train an unfinished run to its end in the lab."""

    run: Path


@dataclass
class CompareRuns(Message):
    """Show two to four runs side by side; one alone, beside its parent or the run before it."""

    runs: Sequence[Path]
    baseline: int = 0
    """Place of the run that deltas are taken from."""
