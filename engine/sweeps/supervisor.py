"""Runs the trials of a sweep: shares them out, waits, and begins again what was lost.

The run directories are the truth: what is left to do is read from them, so that a sweep that was stopped or
killed goes on where it was.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..preset.compilation import shape
from ..runs.lock import RunLock
from ..work.lanes import lanes
from .directories import PLAN
from .lane import ATTEMPTS, WHOLE, recorded, run_trials
from .outcome import outcome, remeasured, told
from .plan import Plan, rewrite, with_point
from .search import suggestions
from .signs import PAUSE, ROOM, STOP, asked, forget

POLL_SECONDS = 0.5
"""Seconds between looks."""


@dataclass(frozen=True)
class Place:
    """Where trials are trained.

    Attributes:
        executor: runs the lanes, here or elsewhere.
        lanes: how many at a time.
        threads: TensorFlow's threads of each; None leaves it the choice.
        apart: trains trials where the sweep's directory is not seen, and gives what is to lie in it, as
            `cluster.run_apart` does; None where it is seen.
    """

    executor: Executor
    lanes: int
    threads: int | None
    apart: Callable[..., bytes] | None = None

    def submit(self, sweep: Path, numbers: tuple[int, ...], room: int) -> Future[Any]:
        """Have trials trained."""
        rest = numbers, room, self.threads
        if self.apart is None:
            return self.executor.submit(run_trials, sweep.resolve(), *rest)
        return self.executor.submit(self.apart, sweep.name, (sweep / PLAN).read_bytes(), *rest)


@contextmanager
def local(jobs: int) -> Iterator[Place]:
    """So many lanes on this machine."""
    with lanes(jobs) as (executor, threads):
        yield Place(executor, jobs, threads)


def supervise(sweep: Path, plan: Plan, place: Place, room: int = ROOM) -> Iterator[Plan]:
    """Train what is not whole yet; yields twice a second until all is done or a stop was asked for.

    What it yields is the plan, which grows where further points are chosen by what those before came to.

    Args:
        sweep: the sweep's directory.
        plan: its plan.
        place: where its trials are trained.
        room: bytes of free disk below which trainings pause.

    Raises:
        RunError: another process runs this sweep, or the place is lost.
    """
    lock = _locked(sweep)
    try:
        forget(sweep, STOP)
        forget(sweep, PAUSE)
        rows = recorded(sweep)
        left = [
            trial.number
            for trial in plan.trials
            if trial.number not in rows or rows[trial.number].status not in WHOLE
        ]
        # What is sent back comes a portion at a time, so it had better be small.
        portions = [(n,) for n in left] if place.apart else chunks(plan, left, place.lanes)
        waiting = [(portion, 1) for portion in portions]
        given_up: BaseException | None = None
        running: dict[Future[Any], tuple[tuple[int, ...], int]] = {}
        while True:
            while len(running) < place.lanes and not asked(sweep, STOP):
                if not waiting and len(plan.points) * plan.repeats < plan.size:
                    plan, chosen = _grown(sweep, plan)
                    waiting += [(chosen, 1)] if chosen else []
                if not waiting:
                    break
                chunk, attempt = waiting.pop(0)
                running[place.submit(sweep, chunk, room)] = chunk, attempt
            if not running:
                break
            done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                chunk, attempt = running.pop(future)
                if future.cancelled():
                    raise RunError(
                        f"{sweep.name}: the scheduler is gone; what has ended is kept, and goes on "
                        f"with: gradlab sweep --resume {sweep.name}"
                    )
                error = future.exception()
                if error is None:
                    if place.apart:
                        _take_in(sweep, future.result())
                    continue
                if attempt < ATTEMPTS:
                    waiting.insert(0, (chunk, attempt + 1))
                else:
                    given_up = error
            yield plan
        if given_up is not None:
            raise RunError(
                f"{sweep.name}: a lane was lost {ATTEMPTS} times: {given_up}; "
                f"continue it with: gradlab sweep --resume {sweep.name}"
            ) from given_up
    finally:
        lock.release()


def _take_in(sweep: Path, archive: bytes) -> None:
    """Put what was trained elsewhere where it belongs."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(sweep, filter="data")


def _grown(sweep: Path, plan: Plan) -> tuple[Plan, tuple[int, ...]]:
    """The plan with the point that is likeliest to be better, and that point's trials, if there is one."""
    assert plan.search is not None
    known = told(remeasured(outcome(sweep, plan), plan.metric))
    before = len(plan.points)
    grown = with_point(plan, suggestions(plan.search, known, plan.presets(plan.points[0])[0].seed))
    rewrite(sweep, grown)
    return grown, tuple(range(before * plan.repeats, len(grown.points) * plan.repeats))


def chunks(plan: Plan, numbers: Sequence[int], lanes: int) -> list[tuple[int, ...]]:
    """The trials in portions of one shape each, so that a lane compiles a portion once.

    The largest come first. Fewer than two shapes a lane are cut into as many portions as there are lanes.
    """
    shapes: dict[str, list[int]] = {}
    for number in numbers:
        shapes.setdefault(shape(plan.trials[number].preset), []).append(number)
    parts = 1 if len(shapes) >= 2 * lanes else lanes
    portions = [
        tuple(trials[begin : begin + size])
        for trials in shapes.values()
        for size in [-(-len(trials) // parts)]
        for begin in range(0, len(trials), size)
    ]
    return sorted(portions, key=len, reverse=True)


def _locked(sweep: Path) -> RunLock:
    """The right to run a sweep."""
    return RunLock(sweep, f"the sweep {sweep.name} is being run by another process; wait for it")
