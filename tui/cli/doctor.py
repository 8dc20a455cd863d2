"""`gradlab doctor`: what a bug report needs, and whether this machine can train."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from ..terminal.native_log import divert_native_log
from .options import RunsDir
from .output import print_json

PACKAGES = (
    "gradlab", "tensorflow", "keras", "numpy", "textual", "plotext", "typer", "scikit-learn",
    "pydantic", "tomlkit", "pyarrow", "platformdirs",
)  # fmt: skip

VARIABLES = (
    "TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "TMUX", "SSH_CONNECTION", "GRADLAB_RUNS",
    "KERAS_HOME", "CUDA_VISIBLE_DEVICES", "TF_NUM_INTRAOP_THREADS",
)  # fmt: skip


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Show versions, paths, the terminal and TensorFlow's devices."""
    log = divert_native_log()
    report = examine(runs_dir, log)
    if as_json:
        print_json(report)
        return
    for title, facts in report.items():
        print(title)
        for name, fact in facts.items():
            print(f"  {name:<16} {fact}")


def examine(runs_dir: Path, native_log: Path) -> dict[str, dict[str, Any]]:
    """Everything doctor knows, by section."""
    from ...engine.preset.load import folders
    from ...engine.runs.mounts import on_network
    from ...engine.sets.pictures import cache_folder

    size = shutil.get_terminal_size()
    return {
        "versions": {"python": platform.python_version()}
        | {package: _version(package) for package in PACKAGES},
        "machine": {
            "system": platform.platform(),
            "processors": os.cpu_count(),
            "devices": ", ".join(_devices()),
        },
        "paths": {
            "runs": f"{runs_dir.resolve()}{' (network file system)' if on_network(runs_dir) else ''}",
            "presets": ", ".join(str(folder) for folder in folders()),
            "data sets": cache_folder(),
            "native log": native_log,
        },
        "terminal": {
            "size": f"{size.columns}x{size.lines}",
            "stdin, stderr": f"{_kind(sys.stdin)}, {_kind(sys.stderr)}",
            "encoding": sys.stdout.encoding,
        }
        | {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _devices() -> list[str]:
    import tensorflow as tf

    return [
        device.name.removeprefix("/physical_device:")
        for device in tf.config.list_physical_devices()
    ]


def _kind(stream: Any) -> str:
    return "terminal" if stream is not None and stream.isatty() else "not a terminal"
