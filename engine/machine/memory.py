"""How much memory there is, so that what cannot fit is refused before it is begun."""

from __future__ import annotations

import os
import re
import resource
import sys
from pathlib import Path

GIB = 2**30

SHARE = 0.8
"""Share of the free memory that one thing may take; the rest is for what was not counted."""


def free_bytes() -> int:
    """Bytes that this process can still take: of the machine, its control group and its own limit."""
    found = [_of_machine(), _of_group(), _of_limit()]
    return max(0, min(bytes_ for bytes_ in found if bytes_ is not None))


def too_large(needed: int) -> str:
    """How much something would take against what there is, or "" if it fits.

    Args:
        needed: bytes.
    """
    free = free_bytes()
    if needed <= SHARE * free:
        return ""
    return f"would take about {needed / GIB:,.1f} GiB of memory, and {free / GIB:,.1f} GiB are free"


def _of_machine() -> int:
    try:
        found = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
    except OSError:
        found = None
    if found:
        return int(found[1]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return sys.maxsize


def _of_group() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        most = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        reclaimable = re.search(r"^inactive_file (\d+)", (folder / "memory.stat").read_text(), re.M)
    except (OSError, ValueError):
        return None
    if not most.isdigit():
        return None
    return int(most) - used + (int(reclaimable[1]) if reclaimable else 0)


def _of_limit() -> int | None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return None
    return limit - pages * os.sysconf("SC_PAGE_SIZE")
