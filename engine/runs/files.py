"""The files of a run: replaced whole, opened only if they are files, JSON documents with a checksum."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar
from zlib import crc32

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from ..strict_json import dumps, is_list, is_object

MOST_BYTES = 64 << 20
"""Size of a JSON document from which on it is not read: a run of 1,000 layers has one of 1 MB."""

CHECKSUM = "crc32"
"""Member that ends a JSON object: CRC-32 of the bytes before it, eight hexadecimal digits."""

_LONG = re.compile(rb"\d{19}")
_NON_FINITE = [
    (word, re.compile(rb'"%s"(?<!\\"%s")(?!\s*:)' % (word, word)))
    for word in (b"NaN", b"Infinity", b"-Infinity")
]
"""Non-finite numbers as texts, which are no members' names."""
_CHECKSUM = re.compile(rb',\s*"crc32":\s*"([0-9a-f]{8})"\s*\}\s*\Z')
_TAIL_BYTES = 64

Parsed = TypeVar("Parsed")


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


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading; what would make a reader wait, such as a pipe, is refused.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file", str(path))
    return open(descriptor, "rb")


def with_checksum(text: str) -> bytes:
    """A JSON object, not an empty one, with its checksum as the last member."""
    body = text.rstrip().removesuffix("}").rstrip().encode()
    return b'%s,"%s":"%08x"}\n' % (body, CHECKSUM.encode(), crc32(body))


def fits(data: bytes) -> bool | None:
    """Whether a JSON object fits its checksum; None if it carries none."""
    start = max(len(data) - _TAIL_BYTES, 0)
    found = _CHECKSUM.search(data, start)
    return None if found is None else crc32(data[: found.start()]) == int(found[1], 16)


def write_json(path: Path, document: dict[str, Any], *, durable: bool) -> None:
    """Replace a JSON document.

    Args:
        path: the file.
        document: what it is to hold; non-finite numbers become strings.
        durable: whether it must survive a power cut, which costs some milliseconds.
    """
    data = with_checksum(dumps(document, indent=1))
    if durable:
        replace_file(path, lambda temporary: _write(temporary, data))
        return
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        _write(temporary, data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def overwrite_json(path: Path, document: dict[str, Any]) -> None:
    """Write over a small JSON document, for which a full disk has room: its blocks are its own."""
    data = with_checksum(dumps(document, indent=1))
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
    finally:
        os.close(descriptor)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def object_from(data: bytes) -> dict[str, Any]:
    """A JSON object that fits its checksum, if it has one; numbers that JSON cannot hold are floats.

    Raises:
        ValueError: it is no JSON object, or it has changed since it was written.
    """
    sound = fits(data)
    if sound is False:
        raise ValueError("changed since it was written, by its checksum")
    for word, text in _NON_FINITE:
        data = text.sub(word, data)
    try:
        document = from_json(data)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not is_object(document):
        raise ValueError("not a JSON object")
    if sound is None and _LONG.search(data) and _exceeds_64_bits(document):
        raise ValueError("a whole number in it has more than 64 bits")
    if document.pop(CHECKSUM, None) is not None and sound is None:
        raise ValueError("changed since it was written, by its checksum")
    return document


def _exceeds_64_bits(value: Any) -> bool:
    if is_object(value):
        return any(map(_exceeds_64_bits, value.values()))
    if is_list(value):
        return any(map(_exceeds_64_bits, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def read_json(path: Path) -> tuple[dict[str, Any], str]:
    """A JSON document and what is wrong with it: `{}` and a sentence, or the document and ""."""
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                return {}, f"{path.name}: larger than {MOST_BYTES >> 20} MiB"
            data = file.read()
        return object_from(data), ""
    except FileNotFoundError:
        return {}, f"{path.name}: missing"
    except OSError as error:
        return {}, f"{path.name}: cannot be read ({error.strerror})"
    except ValueError as error:
        return {}, f"{path.name}: {error}"


def read_as(kind: TypeAdapter[Parsed], path: Path) -> tuple[Parsed, str]:
    """A JSON document as a type whose members all have defaults, and what is wrong with it.

    Members of a wrong type take their defaults.
    """
    document, damage = read_json(path)
    try:
        return kind.validate_python(document), damage
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        kept = {key: document[key] for key in document.keys() - {e["loc"][0] for e in wrong}}
        place = ".".join(str(part) for part in wrong[0]["loc"])
        return kind.validate_python(kept), f"{path.name}: {place} has a wrong type or size"
