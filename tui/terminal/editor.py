"""The user's own editor, with the terminal handed over to it meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

USUAL = ("vi", "vim", "nano")
"""Editors that are tried where neither VISUAL nor EDITOR names one."""


class NoEditor(Exception):
    """Why a text could not be edited, in a sentence or two."""


def edited(app: App, text: str, name: str) -> str:
    """The text as the user leaves it in $VISUAL or $EDITOR.

    Args:
        app: whose screen makes room for the editor.
        text: what is edited.
        name: name of the file that the editor sees.

    Raises:
        NoEditor: there is none, it cannot be started here, or it ended with an error.
    """
    command = editor()
    with tempfile.TemporaryDirectory(prefix="gradlab-") as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        failure: OSError | None = None
        ended = None
        try:
            with app.suspend():
                # An error that left this block would leave the terminal suspended.
                try:
                    ended = subprocess.run([*command, str(path)], check=False)
                except OSError as error:
                    failure = error
        except SuspendNotSupported as error:
            raise NoEditor("This terminal cannot be handed over to an editor.") from error
        if ended is None:
            raise NoEditor(f"{command[0]} cannot be started: {failure.strerror if failure else ''}")
        if ended.returncode:
            raise NoEditor(f"{command[0]} ended with {ended.returncode}; the text is as it was.")
        return path.read_text(encoding="utf-8")


def editor() -> list[str]:
    """The editor's command, which exists.

    Raises:
        NoEditor: none is installed, or the one that is named is not.
    """
    for variable in ("VISUAL", "EDITOR"):
        named = os.environ.get(variable)
        if named and named.strip():
            try:
                command = shlex.split(named)
            except ValueError as error:
                raise NoEditor(f"{variable}={named} is no command: {error}") from error
            if shutil.which(command[0]) is None:
                raise NoEditor(
                    f"{variable}={named}, but there is no command {command[0]}. "
                    f"Set {variable} to an editor that is installed."
                )
            return command
    found = next((name for name in USUAL if shutil.which(name)), None)
    if found is None:
        raise NoEditor(f"None of {', '.join(USUAL)} is installed. Set EDITOR to your editor.")
    return [found]
