"""One writer for each run: a lock that the operating system lets go of when its holder ends."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ..errors import RunError

LOCK = "events.jsonl"
"""Name of the file that is locked: one that is never replaced, so that all lock the same."""

_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class RunLock:
    """The right to write a run, held until `release` or the end of the process.

    `flock` belongs to the opened file, so it also tells two writers of one process apart; Linux sends it
    to the server of a network file system. Where there are no locks at all, the liveness that
    state.json tells is the only guard.

    Args:
        run: the run directory.
        held: what to say if somebody else holds it.

    Raises:
        RunError: somebody else holds it, or the file cannot be made.
    """

    def __init__(self, run: Path, held: str | None = None) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            self._descriptor: int | None = os.open(run / LOCK, flags, 0o666)
        except OSError as error:
            raise RunError(f"cannot write {run / LOCK}: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            self.release()
            raise RunError(f"{run / LOCK} is no regular file, so the run cannot be resumed")
        try:
            _lock(self._descriptor)
        except BlockingIOError:
            self.release()
            raise RunError(
                held
                or f"{run.name} is being trained or resumed by another process; wait for it, or stop it "
                f"with: gradlab runs stop {run.name}"
            ) from None
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                self.release()
                raise RunError(f"cannot lock {run / LOCK}: {error.strerror}") from error

    def release(self) -> None:
        """Let others write the run."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    if os.name != "posix":
        return
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
