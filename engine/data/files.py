"""The user's CSV or NPZ, with second files for validation and test."""

from __future__ import annotations

from pathlib import Path

from ..errors import DataError
from ..preset.schema import DataSettings
from ..sets.source import Source, Split
from .csv_table import read_csv
from .npz_table import read_npz
from .table import Table, find_file
from .targets import encode


def read_file(settings: DataSettings, base: Path | None) -> Source:
    """Read `data.path`, and the files that `validation` and `test` name.

    A second file comes before the rows that an NPZ itself keeps as x_val or x_test.

    Args:
        settings: `name` is csv or npz; the option `rows` cuts the training rows.
        base: the folder of relative paths.

    Raises:
        DataError: naming the file and what in it cannot be used.
    """
    file = find_file(str(settings.path), base, "path")
    if settings.name == "csv":
        train, validation, test = read_csv(file, settings.task, settings.target), None, None
    else:
        train, validation, test = read_npz(file)
    if isinstance(settings.validation, str):
        validation = _second(settings, settings.validation, "validation", base, train)
    if isinstance(settings.test, str):
        test = _second(settings, settings.test, "test", base, train)

    train = train.first(settings.options.get("rows"))
    if len(train) < 2:
        raise DataError(f"{train.place}: 1 row to learn from is too few; at least 2 are needed")
    others = [table for table in (validation, test) if table is not None]
    for table in others:
        if table.x.shape[1:] != train.x.shape[1:]:
            raise DataError(
                f"{table.place}: its inputs have the shape {table.x.shape[1:]} a row, the training "
                f"rows {train.x.shape[1:]} ({file}); they must be the same"
            )
    task, class_names, targets = encode([train, *others], settings.task)
    splits = {id(table): Split(table.x, y) for table, y in zip(others, targets[1:], strict=True)}
    pictures = train.x.ndim > 2
    return Source(
        x=train.x,
        y=targets[0],
        task=task,
        class_names=class_names,
        validation=splits.get(id(validation)),
        test=splits.get(id(test)),
        largest=255.0 if pictures and train.x.dtype == "uint8" else None,
        one_scale=pictures,
    )


def _second(settings: DataSettings, path: str, key: str, base: Path | None, train: Table) -> Table:
    file = find_file(path, base, key)
    if settings.name == "npz":
        return read_npz(file)[0]
    return read_csv(file, settings.task, train.target, like=train)
