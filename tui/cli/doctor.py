"""`gradlab doctor`: what a bug report needs, and whether this machine can train."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ..terminal.native_log import divert_native_log
from .options import RunsDir
from .output import print_json


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Show versions, paths, the terminal and TensorFlow's devices."""
    from ..terminal.environment import environment, report_text

    report = environment(runs_dir, divert_native_log(), shutil.get_terminal_size())
    report["machine"]["devices"] = ", ".join(_devices())
    if as_json:
        print_json(report)
    else:
        print(report_text(report))


def _devices() -> list[str]:
    import tensorflow as tf

    return [
        device.name.removeprefix("/physical_device:")
        for device in tf.config.list_physical_devices()
    ]
