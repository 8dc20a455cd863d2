"""Small files that are replaced whole, and JSON documents that may be damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..strict_json import dumps


def sync_directory(path: Path) -> None:
    """Make renames inside a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, write: Callable[[Path], None], suffix: str = ".tmp") -> None:
    """Let `write` fill a temporary file, then put it in place: readers see the old or the new one.

    Args:
        path: the file to replace.
        write: called with the path of the temporary file.
        suffix: what the temporary file's name ends with.

    Raises:
        OSError: the file could not be written; the old one stands.
    """
    temporary = path.with_name(f".{path.name}{suffix}")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def write_json(path: Path, document: dict[str, Any], *, durable: bool) -> None:
    """Replace a JSON document.

    Args:
        path: the file.
        document: what it is to hold; non-finite numbers become strings.
        durable: whether it must survive a power cut, which costs some milliseconds.
    """
    text = dumps(document, indent=1) + "\n"
    if durable:
        replace_file(path, lambda temporary: _write_text(temporary, text))
        return
    temporary = path.with_name(f".{path.name}.tmp")
    _write_text(temporary, text)
    temporary.replace(path)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def read_json(path: Path) -> tuple[dict[str, Any], str]:
    """A JSON document and what is wrong with it: `{}` and a sentence, or the document and ""."""
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read())
    except FileNotFoundError:
        return {}, f"{path.name}: missing"
    except OSError as error:
        return {}, f"{path.name}: cannot be read ({error.strerror})"
    except (ValueError, RecursionError) as error:
        return {}, f"{path.name}: not JSON ({error})"
    if not isinstance(document, dict):
        return {}, f"{path.name}: not a JSON object"
    return document, ""
