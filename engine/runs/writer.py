"""Writes a run directory from the events of a training."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ..errors import RunError
from ..machine.mounts import on_network
from ..stream.events import Event, Finished, Found, Probe, Started, Status, Steps, Trouble, Weights
from ..stream.history import History
from ..stream.retention import as_summarised
from ..strict_json import is_object
from .documents import SCHEMA_VERSION
from .event_lines import LineEvent, LineWriter, to_document
from .files import write_json
from .followed import FollowedRun
from .ids import make_directory
from .lock import RunLock
from .parquet import STREAMS, seal
from .provenance import Origin, run_info
from .recorder import Recorder
from .state import State, this_process, write_state
from .summary import summarise

if TYPE_CHECKING:
    from ..preset.schema import Preset

FLUSH_SECONDS = 0.5
"""What is older than this has been handed to the system, so that a kill does not lose it."""
SYNC_SECONDS = 5.0
"""What is older than this is on the disk, so that a power cut does not lose it."""
NETWORK_SYNC_SECONDS = 1.0
"""The same on network file systems, whose other clients see only what was synced."""
STATE_SECONDS = 0.5
SUMMARY_SECONDS = 2.0


class RunWriter:
    """The one writer of a run. Call `write` with every event and `beat` while none comes.

    When the disk is full or gone it holds what it cannot write, tells of trouble, and goes on where it
    stopped as soon as there is room again. Not safe for use from two threads at once.

    Attributes:
        path: the run directory.
        info: run.json.
    """

    def __init__(
        self,
        path: Path,
        info: dict[str, Any],
        attempt: int,
        history: History,
        lock: RunLock,
        *,
        record_all: bool,
    ) -> None:
        self.path = path
        self.info = info
        self._trouble = ""
        self._tried = 0.0
        self._columns: dict[str, Any] | None = None
        self._told: list[Trouble] = []
        self._attempt = attempt
        self._start = 0
        self._history = history
        self._lock = lock
        self._record_all = record_all
        self._recorders: tuple[Recorder, Recorder] | None = None
        self._lines = LineWriter(path / "events.jsonl")
        self._at = history.step
        self._epochs = len(history.epochs)
        self._state = State(status="preparing", step=self._at, attempt=attempt, **this_process())
        self._sync_seconds = NETWORK_SYNC_SECONDS if on_network(path) else SYNC_SECONDS
        now = time.monotonic()
        self._flushed = self._synced = self._summed = now
        self._stated = now - STATE_SECONDS
        self._closed = False

    @property
    def id(self) -> str:
        """The run's id, the name of its directory."""
        return self.path.name

    @classmethod
    def create(
        cls,
        root: Path,
        preset: Preset | None,
        *,
        preset_name: str,
        name: str | None = None,
        **origin: Unpack[Origin],
    ) -> RunWriter:
        """Make a run directory and write run.json, which never changes again.

        Args:
            root: where runs live; made if need be.
            preset: the resolved preset; None if another tool trained the run.
            preset_name: the name it was found by.
            name: the user's own name for the run, shown in lists and used in its id.
            **origin: what else is known of where it comes from.

        Raises:
            RunError: the directory cannot be made or written.
        """
        now = datetime.now(UTC)
        path = make_directory(root, name or preset_name, now.astimezone())
        document = run_info(path.name, preset, preset_name, name, now, origin)
        try:
            write_json(path / "run.json", document, durable=True)
            record_all = preset is None or preset.probe.record == "all"
            history, lock = History(as_summarised), RunLock(path)
            writer = cls(path, document, 1, history, lock, record_all=record_all)
            writer._write_state(durable=True)
        except OSError as error:
            raise RunError(f"cannot write to {path}: {error.strerror}") from error
        return writer

    @classmethod
    def reopen(cls, run: Path, step: int, lock: RunLock | None = None) -> RunWriter:
        """Continue a run that was stopped or killed.

        Args:
            run: the run directory.
            step: the step to be taken first; what was recorded from there on counts no more.
            lock: the right to write the run, taken before `step` was read; by default taken now.

        Raises:
            RunError: the run is live, its run.json is damaged, or it cannot be written.
        """
        lock = lock or RunLock(run)
        try:
            return cls._reopened(run, step, lock)
        except OSError as error:
            lock.release()
            raise RunError(f"cannot write to {run}: {error.strerror}") from error
        except RunError:
            lock.release()
            raise

    @classmethod
    def _reopened(cls, run: Path, step: int, lock: RunLock) -> RunWriter:
        reading = FollowedRun(run).read()
        state, info = reading.state, reading.info
        if reading.live:
            raise RunError(
                f"{run.name} is being trained by process {state.pid} on {state.host}; stop it first"
            )
        if state.status in ("finished", "diverged"):
            raise RunError(f"{run.name} has {state.status}, so there is nothing to resume")
        probe = reading.preset.get("probe")
        if not is_object(probe):
            raise RunError(f"{run / 'run.json'} is damaged, so the run cannot be resumed")
        history, begun = History(as_summarised), 0
        for event in reading.events:
            history.add(event)
            begun += isinstance(event, Started)
        if history.started:
            history.add(replace(history.started, step=step))
        attempt = max(state.attempt, begun) + 1
        writer = cls(run, info, attempt, history, lock, record_all=probe.get("record") == "all")
        writer._start = writer._at = step
        writer._write_state(durable=True)
        return writer

    def summary(self) -> dict[str, Any]:
        """The document of `gradlab run --json`, as of now."""
        return summarise(self._history, self.info, self.path)

    def write(self, event: Event) -> None:
        """Take in one event.

        Raises:
            RunError: a resumed run was recorded with other series.
        """
        before = self._history.started
        self._history.add(event)
        self._history.trim()
        if isinstance(event, Started):
            self._check_series(before, event)
        self._try(lambda: self._record(event))
        if isinstance(event, Finished):
            self._finish(event)
        else:
            self.beat()

    def settle(self) -> bool:
        """Flush everything; returns whether all that was told so far is recorded."""
        self._try(self._mend if self._trouble else self._flush)
        return not self._trouble

    def told(self) -> list[Trouble]:
        """What there is to tell of the recording itself since the last call."""
        told, self._told = self._told, []
        return told

    def beat(self) -> None:
        """Flush, sync and restate whatever is due; call it at least twice a second while training
        is paused, compiling, or takes long steps."""
        self._try(self._do_what_is_due)

    def close(self) -> None:
        """Let go of the files; a training that never said how it ended is put down as failed."""
        if self._closed:
            return
        if not self._state.ended:
            self.write(
                Finished(
                    "failed",
                    self._at,
                    self._epochs,
                    self.summary()["seconds"],
                    reason="the recording was closed before the training ended",
                )
            )

    def _try(self, action: Callable[[], None]) -> None:
        if self._closed:
            return
        try:
            action()
        except OSError as error:
            if self._trouble:
                return
            self._trouble = (
                f"recording stopped at step {self._at}: {error.strerror or error}; "
                f"training goes on ({self.path})"
            )
            self._tell(Trouble("the records", self._trouble, self._at))
            with contextlib.suppress(OSError):  # the disk may be too full for this as well
                self._write_state(durable=False)

    def _tell(self, trouble: Trouble) -> None:
        self._told.append(trouble)
        self._add_line(trouble)

    def _record(self, event: Event) -> None:
        match event:
            case Steps() if self._recorders:
                if len(event.steps):
                    self._recorders[0].append(event.steps, event.times, event.values)
                    self._at = int(event.steps[-1]) + 1
            case Weights() if self._recorders:
                self._recorders[1].append_one(event.step, event.time, event.values)
            case Started():
                self._begin(event)
            case Steps() | Weights():
                raise RuntimeError("records before Started")
            case Finished():
                for recorder in self._recorders or ():
                    recorder.end()
                self._add_line(event)
                self._flush()
                self._sync()
            case Found() | Status() | Trouble():
                self._add_line(event)
                self._flush()
            case _:
                self._add_line(event)

    def _begin(self, event: Started) -> None:
        document = {
            "schema_version": SCHEMA_VERSION,
            "metrics": [asdict(column) for column in event.columns],
            "weights": [asdict(column) for column in event.weight_columns],
            "started": to_document(event),
        }
        self._columns = document
        self._start = self._at = event.step
        planned = 0 if self._record_all else event.steps_per_epoch * event.epochs
        self._recorders = (
            Recorder(self.path / "metrics.rec", len(event.columns), self._attempt, planned),
            Recorder(self.path / "weights.rec", len(event.weight_columns), self._attempt, planned),
        )
        self._add_line(event)
        self._flush()

    def _check_series(self, before: Started | None, event: Started) -> None:
        columns = (event.columns, event.weight_columns)
        if before and self._attempt > 1 and columns != (before.columns, before.weight_columns):
            raise RunError(
                f"{self.id} was recorded with other series than this gradlab records, so it cannot "
                "be resumed; train it anew with `gradlab run`"
            )

    def _add_line(self, event: LineEvent) -> None:
        self._lines.append(event, self._at)
        status = event.status if isinstance(event, Status | Finished) else self._state.status
        reason = event.reason if isinstance(event, Status | Finished) else self._state.reason
        self._epochs = len(self._history.epochs)
        if (status, reason) != (self._state.status, self._state.reason):
            self._state = replace(self._state, status=status, reason=reason)
            if not isinstance(event, Finished | Probe):
                self._write_state(durable=False)

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        if self._trouble:
            if now - self._tried >= FLUSH_SECONDS:
                self._mend()
            return
        if now - self._flushed >= FLUSH_SECONDS:
            self._flush()
        durable = now - self._synced >= self._sync_seconds
        if durable:
            self._sync()
        if now - self._stated >= STATE_SECONDS:
            self._write_state(durable=durable)
        if now - self._summed >= SUMMARY_SECONDS:
            self._write_summary()

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        if self._columns is not None:
            write_json(self.path / "columns.json", self._columns, durable=True)
            self._columns = None
        # records first: a line that can be seen tells of records that can be seen
        for recorder in self._recorders or ():
            recorder.flush()
        self._lines.flush()

    def _mend(self) -> None:
        """Write all that is held; if that works and nothing was lost, the trouble is over."""
        self._tried = time.monotonic()
        self._flush()
        self._write_summary()
        if not any(recorder.lost for recorder in self._recorders or ()):
            self._trouble = ""
            self._tell(Trouble("the records", "recording goes on", self._at, over=True))
            self._flush()
        self._write_state(durable=False)

    def _sync(self) -> None:
        for recorder in self._recorders or ():
            recorder.sync()
        self._lines.sync()
        self._synced = time.monotonic()

    def _write_state(self, *, durable: bool) -> None:
        state = replace(
            self._state,
            step=self._at,
            epoch=self._epochs,
            beat=self._state.beat + 1,
            time=time.time(),
            lines=self._lines.written,
            reason=self._state.reason or self._trouble,
        )
        write_state(self.path, state, durable=durable)
        self._state = replace(self._state, beat=state.beat)
        self._stated = time.monotonic()

    def _write_summary(self) -> None:
        write_json(self.path / "summary.json", self.summary(), durable=self._state.ended)
        self._summed = time.monotonic()

    def _finish(self, event: Finished) -> None:
        if self._trouble:
            self._try(self._mend)
        recorded = not self._trouble
        if not recorded and event.status in ("finished", "diverged"):
            event = replace(event, status="failed", reason=f"{event.status}, but {self._trouble}")
            self._history.add(event)
        self._state = replace(self._state, status=event.status, reason=event.reason)
        self._at = event.step
        for write in (self._write_summary, lambda: self._write_state(durable=True)):
            with contextlib.suppress(OSError):  # told already, or not worth losing the end
                write()
        for recorder in self._recorders or ():
            recorder.close()
        self._lines.close()
        self._closed = True
        if recorded:
            self._seal()
        self._lock.release()

    def _seal(self) -> None:
        started = self._history.started
        if started is None:
            return
        columns = (started.columns, started.weight_columns)
        for stream, series in zip(STREAMS, columns, strict=True):
            try:
                seal(self.path, stream, series, self._attempt, self._start)
            except (OSError, ValueError, KeyError) as error:
                # the records stand, and readers take them as they are
                reason = f"{stream}.rec of {self.path} could not be sealed: {error}"
                self._told.append(Trouble(stream, reason, self._at))
