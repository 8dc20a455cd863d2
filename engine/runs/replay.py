"""Turns the files of a run back into its events, once or again and again while it is live."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..stream.buckets import Rows
from ..stream.events import Column, Event, Started, Steps, Weights
from ..stream.history import History
from .event_lines import LineEvent, LineReader, from_document
from .files import read_json
from .stream import RowStream
from .thinning import KEPT_STEPS, stride_for

Wanted = Callable[[Column], bool]
"""Says of a series whether it is to be read."""


def statistics(*names: str) -> Wanted:
    """Wants these statistics, of the model and of every layer."""
    return lambda column: column.statistic in names


class Replay:
    """A place in the events of a run, from which reading goes on.

    Args:
        run: the run directory.
        wanted: which series are read; by default all.

    Attributes:
        starts: the step at which each attempt began, by its number from 1.
    """

    def __init__(self, run: Path, wanted: Wanted | None = None) -> None:
        self._run = run
        self._wanted = wanted
        self._lines = LineReader(run / "events.jsonl")
        self._held: list[tuple[int, LineEvent]] = []
        self._started: Started | None = None
        self._streams: tuple[RowStream, RowStream] | None = None
        self._columns_damage = ""
        self.starts: dict[int, int] = {}

    def poll(self) -> list[Event]:
        """The events since the last poll, in the order in which they happened.

        Steps come in blocks of their own size, not in those of the trainer.
        """
        known = self._started is not None
        lines = self._held + self._new_lines()
        rows, weights = (list(part) for part in self._rows())
        # a line written while the records were read may belong behind records not read yet
        late = self._new_lines()
        reached = self._streams[0].newest + 1 if self._streams else 0
        held = next((i for i, (at, _) in enumerate(late) if at > reached), len(late))
        self._held = late[held:]
        events = _in_order(lines + late[:held], rows, weights)
        if not known and self._started and not self.starts and (rows or weights):
            self.starts[1] = self._started.step
            return [self._narrowed(self._started), *events]
        return events

    def history(self) -> History:
        """All that is left to read, as a history; quicker than adding every event of `poll`."""
        history = History()
        lines = self._new_lines()
        rows, weights = self._rows()
        if self._started and not self.starts:
            history.add(self._narrowed(self._started))
        for _, event in lines:
            history.add(event)
        for part in rows:
            history.steps.append(*part)
        for part in weights:
            history.weights.append(*part)
        return history

    def damage(self, over: bool, lines: int) -> list[str]:
        """What could not be read so far.

        Args:
            over: the writer has gone, so a torn end stays torn.
            lines: what it said to have written of events.jsonl, at least.
        """
        found = [self._columns_damage] if self._columns_damage else []
        said = self._lines.damage(over, lines)
        if not said and self._streams and not self._lines.read:
            said = ["events.jsonl: missing or empty"]
        found += said
        found += [text for stream in self._streams or () for text in stream.damage(over)]
        return found + (self._missing_steps() if over else [])

    def _missing_steps(self) -> list[str]:
        """Steps that the newest line speaks of, without a record behind the newest one."""
        if self._started is None or self._streams is None:
            return []
        last = self._lines.newest - 1
        newest = self._streams[0].newest
        planned = self._started.steps_per_epoch * self._started.epochs
        open_stride = stride_for(planned) if newest >= KEPT_STEPS else 1
        if last - newest < open_stride:
            return []
        return [f"metrics.rec, metrics.parquet: no record of steps {newest + 1} to {last}"]

    def _new_lines(self) -> list[tuple[int, LineEvent]]:
        lines = self._lines.poll()
        for _, event in lines:
            if isinstance(event, Started):
                self.starts[len(self.starts) + 1] = event.step
                self._started = event
                for stream in self._streams or ():
                    stream.rewind(event.step)
        if self._wanted is None:
            return lines
        return [
            (at, self._narrowed(event) if isinstance(event, Started) else event)
            for at, event in lines
        ]

    def _narrowed(self, started: Started) -> Started:
        """The start, as if only what is read had been recorded."""
        return replace(
            started,
            columns=self._chosen(started.columns),
            weight_columns=self._chosen(started.weight_columns),
        )

    def _chosen(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        if self._wanted is None:
            return columns
        return tuple(filter(self._wanted, columns))

    def _rows(self) -> tuple[Iterator[Rows], Iterator[Rows]]:
        if self._streams is None:
            recorded = self._started_of_columns()
            started = self._started or recorded
            if started is None:
                return iter(()), iter(())
            self._started = started
            self._streams = (
                self._stream("metrics", started.columns),
                self._stream("weights", started.weight_columns),
            )
        steps, weights = self._streams
        return steps.poll(self.starts), weights.poll(self.starts) if weights.names else iter(())

    def _stream(self, name: str, columns: tuple[Column, ...]) -> RowStream:
        names = None
        if self._wanted is not None:
            names = [column.name for column in self._chosen(columns)]
        return RowStream(self._run, name, columns, names)

    def _started_of_columns(self) -> Started | None:
        """The start as columns.json tells it, for the case that its line is damaged."""
        document, damage = read_json(self._run / "columns.json")
        if damage:
            recorded = any(self._run.glob("metrics.*"))  # before the start, nothing is missing
            self._columns_damage = damage if recorded else ""
            return None
        self._columns_damage = ""
        try:
            started = from_document(document["started"])
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            self._columns_damage = "columns.json: not the series of a run"
            return None
        return started if isinstance(started, Started) else None


def _in_order(
    lines: list[tuple[int, LineEvent]], rows: list[Rows], weights: list[Rows]
) -> list[Event]:
    """Rows and lines merged by the number of steps taken before each."""
    marks: list[tuple[int, Event]] = []
    at = int(np.iinfo(np.int64).max)
    for place, event in reversed(lines):
        # what an earlier attempt said behind the start of the next one still comes before it
        at = min(at, event.step if isinstance(event, Started) else place)
        marks.append((at, event))
    blocks = (
        (int(step) + 1, Weights(int(step), float(time), values))
        for part in weights
        for step, time, values in zip(*part, strict=True)
    )
    merged = heapq.merge(blocks, reversed(marks), key=lambda mark: mark[0])
    events: list[Event] = []
    parts = iter(rows)
    part = next(parts, None)
    for place, event in merged:
        while part is not None and part[0][0] < place:
            cut = int(np.searchsorted(part[0], place))
            events.append(Steps(*(array[:cut] for array in part)))
            rest = tuple(array[cut:] for array in part)
            part = rest if len(rest[0]) else next(parts, None)
        events.append(event)
    while part is not None:
        events.append(Steps(*part))
        part = next(parts, None)
    return events
