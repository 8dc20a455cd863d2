"""The command as a shell meets it, run within this process unless the process is what is tested."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from gradlab.tui.cli import main


@dataclass(frozen=True)
class Done:
    """What a command leaves behind.

    Attributes:
        code: its exit code.
        out: what it wrote to stdout, decoded.
        err: what it wrote to stderr, decoded.
    """

    code: int
    out: str
    err: str


def gradlab(
    *arguments: str,
    cwd: Path | None = None,
    stdin: int | None = None,
    encoding: str = "utf-8",
    **environment: str,
) -> Done:
    """Run the command with these arguments as if a shell had, and wait for its end.

    Args:
        *arguments: what follows `gradlab`.
        cwd: folder to run it in.
        stdin: file descriptor to read from; nothing can be read if it is not given.
        encoding: of stdout and stderr.
        **environment: variables to set besides the present ones.
    """
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sys, "argv", ["gradlab", *arguments])
        usual = {"COLUMNS": "100", "GRADLAB_RUNS": "runs"}
        for name, value in {**usual, **environment}.items():
            patch.setenv(name, value)
        if cwd is not None:
            stack.enter_context(chdir(cwd))
        out = stack.enter_context(_redirected("stdout", encoding))
        err = stack.enter_context(_redirected("stderr", encoding))
        stack.enter_context(_reading(stdin))
        code = _exit_code()
        sys.stdout.flush()
        sys.stderr.flush()
        return Done(code, _read(out, encoding), _read(err, encoding))


def _exit_code() -> int:
    try:
        main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


@contextmanager
def _redirected(name: str, encoding: str) -> Iterator[BinaryIO]:
    """A file in the place of a standard stream, for Python and for C."""
    number = {"stdout": 1, "stderr": 2}[name]
    kept = os.dup(number)
    with tempfile.TemporaryFile() as file, pytest.MonkeyPatch.context() as patch:
        os.dup2(file.fileno(), number)
        patch.setattr(sys, f"__{name}__", getattr(sys, f"__{name}__"))
        try:
            with open(os.dup(number), "w", encoding=encoding) as stream:
                patch.setattr(sys, name, stream)
                yield file
        finally:
            os.dup2(kept, number)
            os.close(kept)


@contextmanager
def _reading(descriptor: int | None) -> Iterator[None]:
    source = os.devnull if descriptor is None else os.dup(descriptor)
    with open(source) as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stream)
        yield


def _read(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    return file.read().decode(encoding)
