"""Whether a directory is on a network file system, where writes must be pushed out more often."""

from __future__ import annotations

from pathlib import Path

LOCAL_TYPES = frozenset(
    ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "tmpfs", "ramfs", "overlay", "f2fs", "jfs",
     "reiserfs", "bcachefs", "vfat", "exfat", "ntfs3", "apfs", "hfs")
)  # fmt: skip
"""File systems known to be local; an unknown one counts as a network file system."""


def file_system(path: Path) -> str:
    """Type of the file system that holds `path`, "" if unknown.

    The mount point with the longest prefix of the path wins, the last one mounted among equals.
    """
    import psutil

    target = path.resolve()
    found, depth = "", -1
    for mount in psutil.disk_partitions(all=True):
        point = Path(mount.mountpoint)
        if target.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = mount.fstype, len(point.parts)
    return found


def on_network(path: Path) -> bool:
    """Whether `path` is, or may be, on a network file system."""
    return file_system(path) not in LOCAL_TYPES
