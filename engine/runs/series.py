"""Single series of a run, without loading the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import RunError
from .replay import Replay
from .stream import RowStream


def read_series(
    path: Path, names: list[str]
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Read series that share a table: all of the steps, or all of the weights.

    Args:
        path: the run directory.
        names: names of columns, such as `loss` or `dense_3/delta_norm`.

    Returns:
        Steps int64 [rows], Unix times float64 [rows], and each series float32 [rows] by its name;
        NaN where it is damaged.

    Raises:
        RunError: a series was not recorded, or the names belong to both tables.
    """
    replay = Replay(path)
    started = replay.started()
    if started is None:
        raise RunError(f"{path.name} has recorded no series")
    tables = {"metrics": started.columns, "weights": started.weight_columns}
    for stream, columns in tables.items():
        recorded = {column.name for column in columns}
        if recorded.issuperset(names):
            parts = list(RowStream(path, stream, columns, names).poll(replay.starts))
            nothing = (np.empty(0, np.int64), np.empty(0), np.empty((0, len(names)), np.float32))
            steps, times, values = (np.concatenate(p) for p in zip(nothing, *parts, strict=True))
            return steps, times, {name: values[:, i] for i, name in enumerate(names)}
    every = [column.name for columns in tables.values() for column in columns]
    if unknown := [name for name in names if name not in every]:
        known = ", ".join(every[:12]) + (", ..." if len(every) > 12 else "")
        raise RunError(f"{path.name} has no series {unknown[0]}; it has {known}")
    raise RunError(f"{', '.join(names)}: series of the steps and of the weights are read apart")
