"""Runs the trials of a sweep: shares them out, waits, and begins again what was lost.

The run directories are the truth: what is left to do is read from them, so that a sweep that was stopped or
killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from pathlib import Path

from ..errors import RunError
from ..preset.compilation import shape
from ..runs.lock import RunLock
from ..work.lanes import lanes
from .lane import ATTEMPTS, WHOLE, Ended, recorded, run_trials
from .outcome import outcome, remeasured, told
from .plan import Plan, rewrite, with_point
from .search import suggestions
from .signs import PAUSE, ROOM, STOP, asked, forget

POLL_SECONDS = 0.5
"""Seconds between looks."""

DASK_SECONDS = 20
"""Seconds to wait for a Dask scheduler."""


@contextmanager
def local(jobs: int) -> Iterator[tuple[Executor, int, int | None]]:
    """So many lanes on this machine: executor, lanes, and TensorFlow's threads of each."""
    with lanes(jobs) as (executor, threads):
        yield executor, jobs, threads


@contextmanager
def on_dask(address: str) -> Iterator[tuple[Executor, int, int | None]]:
    """The workers of a Dask cluster as lanes; they must see the runs under the same path.

    Dask tells how a task ended and no more: what was trained is read from the run directories.

    Args:
        address: of a scheduler, such as tcp://host:8786; `local:N` starts N workers here.

    Raises:
        RunError: Dask is not installed, or no scheduler or worker answers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise RunError(
            "--dask needs Dask, which is not installed: pip install 'gradlab[dask]'"
        ) from None
    where, _, count = address.partition(":")
    if where == "local" and not (count.isdecimal() and 0 < int(count) <= 256):
        raise RunError(f"--dask {address}: say how many workers, such as local:4")
    cluster = None
    try:
        if where == "local":
            cluster = LocalCluster(
                n_workers=int(count), threads_per_worker=1, dashboard_address="127.0.0.1:0"
            )
        client = Client(cluster or address, timeout=DASK_SECONDS)
    except (OSError, ValueError) as error:
        raise RunError(f"--dask {address}: no scheduler answers there: {error}") from error
    try:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise RunError(f"--dask {address}: the scheduler has no workers; start some first")
        # Dask takes equal tasks for one unless it is told that they are not pure.
        yield client.get_executor(pure=False, retries=0), workers, None
    finally:
        client.close()
        if cluster is not None:
            cluster.close()


def supervise(
    sweep: Path,
    plan: Plan,
    executor: Executor,
    count: int,
    *,
    threads: int | None = None,
    room: int = ROOM,
) -> Iterator[Plan]:
    """Train what is not whole yet; yields twice a second until all is done or a stop was asked for.

    What it yields is the plan, which grows where further points are chosen by what those before came to.

    Args:
        sweep: the sweep's directory.
        plan: its plan.
        executor: runs the lanes, here or elsewhere.
        count: how many at a time.
        threads: TensorFlow's threads of each.
        room: bytes of free disk below which trainings pause.

    Raises:
        RunError: another process runs this sweep.
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
        waiting = [(chunk, 1) for chunk in chunks(plan, left, count)]
        given_up: BaseException | None = None
        running: dict[Future[dict[int, Ended]], tuple[tuple[int, ...], int]] = {}
        while True:
            while len(running) < count and not asked(sweep, STOP):
                if not waiting and len(plan.points) * plan.repeats < plan.size:
                    plan, chosen = _grown(sweep, plan)
                    waiting += [(chosen, 1)] if chosen else []
                if not waiting:
                    break
                chunk, attempt = waiting.pop(0)
                future = executor.submit(run_trials, sweep.resolve(), chunk, room, threads)
                running[future] = chunk, attempt
            if not running:
                break
            done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                chunk, attempt = running.pop(future)
                error = future.exception()
                if error is None:
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
