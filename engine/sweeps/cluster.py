"""Workers of a Dask cluster as lanes of a sweep.

Dask tells how a task ended and no more: what was trained is read from the run directories, which lie in a
folder that all share, or are sent back.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import RunError
from .directories import PLAN
from .lane import run_trials
from .supervisor import Place

DASK_SECONDS = 20
"""Seconds to wait for a Dask scheduler."""


@contextmanager
def on_dask(address: str, sweep: Path, resources: Mapping[str, float]) -> Iterator[Place]:
    """The workers of a cluster; each trains one trial at a time.

    Args:
        address: of a scheduler, such as tcp://host:8786; `local:N` starts N workers here.
        sweep: the sweep's directory.
        resources: what a trial takes of its worker, by the names that workers were started with.

    Raises:
        RunError: Dask is not installed, or no scheduler or no fit worker answers.
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
                n_workers=int(count), threads_per_worker=1, dashboard_address="127.0.0.1:0",
                resources=resources,
            )  # fmt: skip
        client = Client(cluster or address, timeout=DASK_SECONDS)
    except (OSError, ValueError) as error:
        raise RunError(f"--dask {address}: no scheduler answers there: {error}") from error
    try:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if not workers:
            raise RunError(f"--dask {address}: the scheduler has no workers; start some first")
        count = sum(_trials_at_a_time(worker, resources) for worker in workers)
        if not count:
            asked = ", ".join(f"{name}={amount:g}" for name, amount in resources.items())
            raise RunError(
                f"--dask {address}: no worker was started with {asked}; "
                f"start them with: dask worker ... --resources {asked}"
            )
        seen: Any = client.run(os.path.isfile, str((sweep / PLAN).resolve()))
        # Dask takes equal tasks for one unless it is told that they are not pure.
        executor = client.get_executor(pure=False, retries=0, resources=dict(resources))
        yield Place(executor, count, None, None if all(seen.values()) else run_apart)
    finally:
        client.close()
        if cluster is not None:
            cluster.close()


def _trials_at_a_time(worker: Mapping[str, Any], resources: Mapping[str, float]) -> int:
    """How many trials a worker has room for at a time."""
    room = [worker["resources"].get(name, 0.0) // amount for name, amount in resources.items()]
    return int(min([worker["nthreads"], *room]))


def run_apart(
    name: str, plan: bytes, numbers: Sequence[int], room: int, threads: int | None
) -> bytes:
    """Train trials where the sweep's directory is not seen; returns what is to lie in it, as a tar archive.

    Args:
        name: the sweep's name.
        plan: its sweep.json.
        numbers: the trials.
        room: bytes of free disk below which training pauses.
        threads: TensorFlow's threads of a child.
    """
    with tempfile.TemporaryDirectory(prefix="gradlab-") as folder:
        sweep = Path(folder) / name
        sweep.mkdir()
        (sweep / PLAN).write_bytes(plan)
        run_trials(sweep, numbers, room, threads)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for path in sorted(sweep.iterdir()):
                if path.name != PLAN:
                    tar.add(path, path.name)
        return archive.getvalue()
