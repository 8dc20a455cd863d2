"""Whether a directory is on a network file system, where writes must be pushed out more often."""

from __future__ import annotations

import re
from pathlib import Path

LOCAL_TYPES = frozenset(
    [
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "tmpfs",
        "ramfs",
        "overlay",
        "f2fs",
        "jfs",
        "reiserfs",
        "bcachefs",
        "vfat",
        "exfat",
        "ntfs3",
        "apfs",
        "hfs",
    ]
)
"""File systems known to be local; an unknown one counts as a network file system."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system(path: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> str:
    """Type of the file system that holds `path`, "" if unknown.

    The mount point with the longest prefix of the path wins, the last one mounted among equals; the
    fields are those of proc(5).
    """
    try:
        lines = mountinfo.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    target = path.resolve()
    found, depth = "", -1
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = Path(_OCTAL.sub(lambda octal: chr(int(octal[1], 8)), fields.split()[4]))
        if target.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = rest.split()[0], len(point.parts)
    return found


def on_network(path: Path) -> bool:
    """Whether `path` is, or may be, on a network file system."""
    return file_system(path) not in LOCAL_TYPES
