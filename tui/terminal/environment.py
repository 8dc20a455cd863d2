"""What a bug report needs: versions, machine, paths, terminal."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO

from ...engine.machine.mounts import on_network
from ...engine.preset.load import folders
from ...engine.sets.pictures import cache_folder
from ..settings.file import settings_file

PACKAGES = (
    "gradlab", "tensorflow", "keras", "numpy", "textual", "plotext", "typer", "scikit-learn",
    "pydantic", "tomlkit", "pyarrow", "platformdirs",
)  # fmt: skip

VARIABLES = (
    "TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "TMUX", "SSH_CONNECTION", "GRADLAB_RUNS",
    "KERAS_HOME", "GRADLAB_DATA", "CUDA_VISIBLE_DEVICES", "TF_NUM_INTRAOP_THREADS",
)  # fmt: skip

Report = dict[str, dict[str, Any]]
"""Name and value of each fact, by section."""


def environment(runs_dir: Path, native_log: Path | None, size: tuple[int, int]) -> Report:
    """All facts that can be told without TensorFlow.

    Args:
        runs_dir: where runs live.
        native_log: where native log lines go.
        size: columns and rows of the terminal.
    """
    return {
        "versions": {"python": platform.python_version()}
        | {package: _version(package) for package in PACKAGES},
        "machine": {"system": platform.platform(), "processors": os.cpu_count()},
        "paths": {
            "runs": f"{runs_dir.resolve()}{' (network file system)' if on_network(runs_dir) else ''}",
            "presets": ", ".join(str(folder) for folder in folders()),
            "settings": settings_file(),
            "data sets": cache_folder(),
            "native log": native_log,
        },
        "terminal": {
            "size": f"{size[0]}x{size[1]}",
            "stdin, stderr": f"{_kind(sys.__stdin__)}, {_kind(sys.__stderr__)}",
            "encoding": getattr(sys.__stdout__, "encoding", None),
        }
        | {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def report_text(report: Report) -> str:
    """The facts as lines, each section under its title."""
    lines: list[str] = []
    for title, facts in report.items():
        lines.append(title)
        lines += [f"  {name:<16} {fact}" for name, fact in facts.items()]
    return "\n".join(lines)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _kind(stream: TextIO | None) -> str:
    return "terminal" if stream is not None and stream.isatty() else "not a terminal"
