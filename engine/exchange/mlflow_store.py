"""Runs in MLflow: an extra, `gradlab[mlflow]`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..comparison.differences import settings_of
from ..errors import RunError
from ..runs.documents import read_documents
from .selection import Selection

BATCH_METRICS = 1000
"""Most metrics that MLflow takes in one call."""
BATCH_PARAMETERS = 100
"""Most parameters that MLflow takes in one call."""
LONGEST_PARAMETER = 500
"""Characters of a parameter that every MLflow store takes."""

_STATUS = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED", "diverged": "FAILED"}


def log_run(selection: Selection, uri: str, experiment: str = "gradlab") -> str:
    """Copy a run into an MLflow store: settings as parameters, series as metrics.

    Args:
        selection: the series.
        uri: MLflow's tracking URI, such as `sqlite:///mlflow.db`.
        experiment: name of the MLflow experiment, made if need be.

    Returns:
        The id of the MLflow run.

    Raises:
        RunError: MLflow is not installed, or refuses.
    """
    try:
        from mlflow import MlflowClient  # pyright: ignore[reportMissingImports]
        from mlflow.entities import Metric, Param  # pyright: ignore[reportMissingImports]
        from mlflow.exceptions import MlflowException  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise RunError(
            "exporting to MLflow needs the package mlflow: pip install 'gradlab[mlflow]'"
        ) from error
    run = read_documents(selection.run)
    try:
        client = MlflowClient(tracking_uri=uri)
        known = client.get_experiment_by_name(experiment)
        place = known.experiment_id if known else client.create_experiment(experiment)
        target = client.create_run(place, run_name=selection.run.name).info.run_id
        parameters = (Param(k, v) for k, v in _parameters(run.preset).items())
        for batch in _batches(parameters, BATCH_PARAMETERS):
            client.log_batch(target, params=batch)
        metrics = (Metric(*point) for point in points(selection))
        for batch in _batches(metrics, BATCH_METRICS):
            client.log_batch(target, metrics=batch)
        client.set_terminated(target, _STATUS.get(run.state.status, "FAILED"))
    except MlflowException as error:
        raise RunError(f"MLflow at {uri}: {error}") from error
    return target


def points(selection: Selection) -> Iterator[tuple[str, float, int, int]]:
    """(name, value, time in milliseconds, step) of every recorded value that is a number."""
    for part in selection.parts:
        stamps = (np.nan_to_num(part.times) * 1000).astype(np.int64).tolist()
        for row, (step, stamp) in enumerate(zip(part.steps.tolist(), stamps, strict=True)):
            for name, value in zip(part.names, part.values[row].tolist(), strict=True):
                if value == value:
                    yield name, value, stamp, step


def _parameters(preset: dict[str, Any]) -> dict[str, str]:
    return {key: str(value)[:LONGEST_PARAMETER] for key, value in settings_of(preset).items()}


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
