"""One training in a worker thread: started, paused, stopped from outside, told as events.

Two consumers see the events: the run directory, which must see all of them and is written by the
worker itself, and whoever drains the buffer, which is bounded.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import GradlabError
from .preset.schema import Preset
from .runs.control import forget_stop, stop_requested
from .stream.events import Event, Finished, Found, Started, Status, Steps

if TYPE_CHECKING:
    from .data.dataset import Dataset
    from .diagnosis.live import Diagnosis
    from .runs.lock import RunLock
    from .runs.writer import RunWriter
    from .training.trainer import Trainer

BUFFERED_ROWS = 50_000
"""Step records kept for a consumer that does not drain; beyond it the oldest are let go."""

CHECKPOINT_SECONDS = 2.0
"""Shortest time between two checkpoints."""

CHECKPOINT_SHARE = 0.02
"""Share of the training time that checkpoints may take."""

PAUSE_POLL = 0.05
"""Seconds between looks at the flags while paused."""

CANCEL_POLL = 0.5
"""Seconds between looks for the file that asks the training to stop."""


_BUILDING = threading.Lock()
"""Initial weights come from Python's process-wide generator: sessions build one after another."""


class EventBuffer:
    """A bounded, lock-guarded buffer: the worker puts, one consumer drains.

    Args:
        rows: step records that are kept; other events are few and always kept.
    """

    def __init__(self, rows: int = BUFFERED_ROWS) -> None:
        self._limit = rows
        self._rows = 0
        self._events: deque[Event] = deque()
        self._lock = threading.Lock()
        self.dropped = 0
        """Step records that no consumer has seen; the run directory has them."""

    def put(self, event: Event) -> None:
        """Add an event, letting go of the oldest step records beyond the limit."""
        with self._lock:
            self._events.append(event)
            if not isinstance(event, Steps):
                return
            self._rows += len(event.steps)
            while self._rows > self._limit:
                oldest = next(e for e in self._events if isinstance(e, Steps))
                if oldest is event:
                    return
                self._events.remove(oldest)
                self._rows -= len(oldest.steps)
                self.dropped += len(oldest.steps)

    def drain(self) -> list[Event]:
        """Take everything that has come since the last call."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
            self._rows = 0
            return events


class Session:
    """Trains a preset in a worker thread.

    Args:
        preset: the experiment.
        runs_dir: where its run directory is made; None keeps nothing on disk.
        preset_name: the name the preset was loaded by.
        name: a name for the run.
        base: folder that relative paths in the preset start from.
        trust: whether `family = "python"` may run code.
        resume: an unfinished run directory to continue instead of making a new one.
        parent: id of the run that this one was forked from.
        argv: the command line, for the record.
        changed: settings that differ from the named preset, as dotted keys.
    """

    def __init__(
        self,
        preset: Preset,
        *,
        runs_dir: Path | None = None,
        preset_name: str = "",
        name: str | None = None,
        base: Path | None = None,
        trust: bool = False,
        resume: Path | None = None,
        parent: str | None = None,
        argv: list[str] | None = None,
        changed: Mapping[str, Any] | None = None,
    ) -> None:
        self.preset = preset
        self.preset_name = preset_name
        self.buffer = EventBuffer()
        self.status = "preparing"
        self.error: BaseException | None = None
        """What ended the worker, if it was an error."""
        self.problem = ""
        """Why what was trained could not be kept on disk, or ""; the training goes on."""
        self.dataset: Dataset | None = None
        self.trainer: Trainer | None = None
        self.writer: RunWriter | None = None
        self._runs_dir = runs_dir
        self._name = name
        self._base = base
        self._trust = trust
        self._resume = resume
        self._parent = parent
        self._changed = changed
        self._argv = argv if argv is not None else list(sys.argv)
        self._stop = threading.Event()
        self._cancelled = False
        self._looked_for_cancel = 0.0
        self._paused = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gradlab-session", daemon=True)
        self._lock: RunLock | None = None
        self._step = 0
        self._checkpointed = time.monotonic()
        self._checkpoint_cost = 0.0
        self.diagnosis: Diagnosis | None = None
        """What watches the training, once it has begun."""

    @property
    def run_dir(self) -> Path | None:
        """The run directory, once there is one."""
        return self.writer.path if self.writer else None

    @property
    def resumed(self) -> bool:
        """Whether an earlier run is continued, whose first part only the run directory has."""
        return self._resume is not None

    @property
    def alive(self) -> bool:
        """Whether the worker runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the worker."""
        self._thread.start()

    def pause(self) -> None:
        """Pause at the end of the block that is being trained."""
        self._paused.set()

    def resume(self) -> None:
        """Go on after a pause."""
        self._paused.clear()

    @property
    def paused(self) -> bool:
        """Whether a pause has been asked for."""
        return self._paused.is_set()

    def stop(self) -> None:
        """Stop at the end of the block that is being trained, and keep everything."""
        self._stop.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the worker; returns whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def drain(self) -> list[Event]:
        """Events since the last call."""
        return self.buffer.drain()

    def _work(self) -> None:
        try:
            for event in self._events():
                self._step = getattr(event, "step", self._step)
                self._tell(event)
                if not isinstance(event, Finished):
                    self._checkpoint_if_due()
                    self._stop_if_asked()
                    if self._paused.is_set() and not self._stop.is_set():
                        self._wait_while_paused()
        except GradlabError as error:
            self._fail(error, str(error))
        except Exception as error:
            self._fail(error, f"{type(error).__name__}: {error}")
        finally:
            if self.writer:
                self.writer.close()
            elif self._lock:
                self._lock.release()

    def _events(self) -> Iterator[Event]:
        yield Status("preparing")
        if self._resume is not None:
            from .runs.lock import RunLock

            self._lock = RunLock(self._resume)
        # The first import of TensorFlow takes seconds; it happens here, never in the screen's thread.
        from .data.load import load
        from .models.build import build
        from .training.trainer import Trainer

        data_files = self._data_files()
        self.dataset = load(self.preset.data, base=self._base, seed=self.preset.seed)
        with _BUILDING:
            model = build(self.preset, self.dataset, trust=self._trust, base=self._base)
        restored = self._restored()
        self.trainer = Trainer(self.preset, self.dataset, model)
        self.writer = self._open_writer(restored, self.trainer.jit, data_files)
        if self.writer:
            self.trainer.checkpoint_dir = self.writer.path / "checkpoint"
        if restored:
            self.trainer.restore(*restored)
        for event in self.trainer.run(self._stop):
            if isinstance(event, Finished):
                self._checkpoint()
                self._save_model()
            yield event

    def _data_files(self) -> dict[str, str]:
        """Fingerprints of the data files; a resumed run looks for them where it began."""
        from .data.origin import fingerprints, refuse_changed

        if self._resume is None:
            return fingerprints(self.preset.data, self._base)
        from .runs.files import read_json

        info = read_json(self._resume / "run.json")[0]
        if self._base is None and isinstance(info.get("base"), str):
            self._base = Path(info["base"])
        recorded, found = info.get("data_files"), fingerprints(self.preset.data, self._base)
        refuse_changed(recorded if isinstance(recorded, dict) else {}, found, self._resume.name)
        return found

    def _restored(self) -> Any:
        if self._resume is None:
            return None
        from .runs.checkpoint import load

        return load(self._resume)

    def _open_writer(
        self, restored: Any, jit: bool, data_files: dict[str, str]
    ) -> RunWriter | None:
        from .runs.writer import RunWriter

        if self._resume is not None:
            step = restored[1]["step"] if restored else 0
            writer = RunWriter.reopen(self._resume, step, self._lock)
            forget_stop(self._resume)
            return writer
        if self._runs_dir is None:
            return None
        return RunWriter.create(
            self._runs_dir,
            self.preset,
            preset_name=self.preset_name,
            name=self._name,
            argv=self._argv,
            parent=self._parent,
            changed=self._changed,
            jit=jit,
            base=self._base,
            data_files=data_files,
        )

    def _tell(self, event: Event) -> None:
        if isinstance(event, Status | Finished):
            self.status = event.status
            if self._cancelled and event.status == "stopped":
                event = replace(event, reason="stopped through its cancel file")
        if isinstance(event, Started):
            event = self._begin_diagnosis(event)
        found = self._diagnose(lambda diagnosis: diagnosis.add(event))
        # Nothing follows the end of a training.
        self._record([*found, event] if isinstance(event, Finished) else [event, *found])

    def _record(self, events: Iterable[Event]) -> None:
        for event in events:
            if self.writer:
                self.writer.write(event)
            self.buffer.put(event)

    def _begin_diagnosis(self, started: Started) -> Started:
        """Begin, or take up again, the diagnosis; returns the start with the data in numbers."""
        from .diagnosis.context import describe, make_context
        from .diagnosis.live import Diagnosis

        assert self.dataset is not None
        data = describe(self.dataset)
        loss = str(started.about.get("loss", ""))
        self.diagnosis = Diagnosis(make_context(self.preset, data, loss))
        if started.step and self._resume is not None:
            from .runs.followed import open_run

            before = open_run(self._resume).history
            before.add(started)
            self.diagnosis.catch_up(before)
        return replace(started, about=started.about | {"data": data})

    def _diagnose(self, ask: Callable[[Diagnosis], list[Found]]) -> list[Found]:
        """What the diagnosis answers; a fault in it ends the diagnosis and not the training."""
        if self.diagnosis is None:
            return []
        try:
            return ask(self.diagnosis)
        except Exception as error:
            self.diagnosis = None
            self.problem = f"the diagnosis failed: {error!r}; training goes on without it"
            return []

    def _wait_while_paused(self) -> None:
        self._tell(Status("paused", self._step))
        while self._paused.is_set() and not self._stop.wait(PAUSE_POLL):
            if self.writer:
                self.writer.beat()
            self._stop_if_asked()
        self._tell(Status("training", self._step))

    def _stop_if_asked(self) -> None:
        now = time.monotonic()
        if self.writer is None or now - self._looked_for_cancel < CANCEL_POLL:
            return
        self._looked_for_cancel = now
        if not self._stop.is_set() and stop_requested(self.writer.path):
            self._cancelled = True
            self.stop()

    def _checkpoint_if_due(self) -> None:
        if self.trainer is None or not self.trainer.settled:
            return
        since = time.monotonic() - self._checkpointed
        if since >= max(CHECKPOINT_SECONDS, self._checkpoint_cost / CHECKPOINT_SHARE):
            self._checkpoint()

    def _checkpoint(self) -> None:
        if self.writer is None or self.trainer is None:
            return
        from .runs.checkpoint import save

        # A resumed training takes what was found before its checkpoint as told.
        self._record(self._diagnose(lambda diagnosis: diagnosis.look()))
        path = self.writer.path
        began = time.monotonic()
        arrays, cursor = self.trainer.checkpoint()
        self._keep("the checkpoint", lambda: save(path, arrays, cursor))
        self._checkpointed = time.monotonic()
        self._checkpoint_cost = self._checkpointed - began

    def _save_model(self) -> None:
        """Keep the model in Keras' own format, for people to load."""
        if self.writer is None or self.trainer is None:
            return
        from .runs.checkpoint import save_model

        path, model = self.writer.path, self.trainer.model
        self._keep("the model", lambda: save_model(path, model.save))

    def _keep(self, what: str, write: Callable[[], object]) -> None:
        """Write a file that the training can do without; say once that it could not be written."""
        try:
            write()
        except OSError as error:
            if not self.problem:
                self.problem = f"{what} could not be written: {error}; training goes on"
                self._tell(Status(self.status, self._step, self.problem))

    def _fail(self, error: BaseException, reason: str) -> None:
        self.error = error
        self._tell(Finished("failed", self._step, 0, 0.0, {}, reason))
