"""One training in a worker thread: started, paused, stopped from outside, told as events.

Two consumers see the events: the run directory, which must see all of them and is written by the
worker itself, and whoever drains the buffer, which is bounded.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import GradlabError, RunError
from .preset.compilation import own_code, shape
from .preset.schema import Preset
from .runs.control import forget_stop, stop_requested
from .stream.buffer import EventBuffer
from .stream.events import Event, Finished, Status, Steps, Trouble

if TYPE_CHECKING:
    from .runs.checkpoint import Checkpoints
    from .runs.lock import RunLock
    from .runs.writer import RunWriter
    from .training.parts import Parts
    from .training.trainer import Trainer

PAUSE_POLL = 0.05
"""Seconds between looks at the flags while paused."""

CANCEL_POLL = 0.5
"""Seconds between looks for the file that asks the training to stop."""


_BUILDING = threading.Lock()
"""Initial weights come from Python's process-wide generator: sessions build one after another."""


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
        group: what the runs of one command have in common.
        trial: its number among those of a sweep.
        follows: the session before, which keeps nothing from then on: its data and compiled training are
            taken over if they can train this preset (another seed or constant learning rate at most, the
            same files, and an end without an error).
        keep: keep data and compiled training for a session that follows.
    """

    def __init__(
        self,
        preset: Preset,
        *,
        runs_dir: str | Path | None = None,
        preset_name: str = "",
        name: str | None = None,
        base: Path | None = None,
        trust: bool = False,
        resume: Path | None = None,
        parent: str | None = None,
        argv: list[str] | None = None,
        changed: Mapping[str, Any] | None = None,
        group: str | None = None,
        trial: int | None = None,
        follows: Session | None = None,
        keep: bool = False,
    ) -> None:
        self.preset = preset
        self.status = "loading"
        """What it is doing."""
        self.error: BaseException | None = None
        """What ended the worker, if it was an error."""
        self._preset_name = preset_name
        self._runs_dir = Path(runs_dir) if runs_dir is not None else None
        self._name = name
        self._base = base
        self._trust = trust
        self._resume = resume
        self._parent = parent
        self._changed = changed
        self._group = group
        self._trial = trial
        self._follows = follows
        self._lasting = keep
        self._compiled_for: tuple[object, ...] = ()
        self.parts: Parts | None = None
        """What was compiled, until the session that follows takes it."""
        self._argv = argv if argv is not None else list(sys.argv)
        self._buffer = EventBuffer()
        self._writer: RunWriter | None = None
        self._checkpoints: Checkpoints | None = None
        self._lock: RunLock | None = None
        self._troubles: dict[str, Trouble] = {}
        self._stop = threading.Event()
        self._cancelled = False
        self._looked_for_cancel = 0.0
        self._paused = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gradlab-session", daemon=True)
        self._step = 0

    @property
    def run_dir(self) -> Path | None:
        """The run directory, once there is one."""
        return self._writer.path if self._writer else None

    @property
    def resumed(self) -> bool:
        """Whether an earlier run is continued, whose first part only the run directory has."""
        return self._resume is not None

    @property
    def alive(self) -> bool:
        """Whether the worker runs."""
        return self._thread.is_alive()

    @property
    def dropped(self) -> int:
        """Step records that were not drained in time; the run directory has them."""
        return self._buffer.dropped

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
        return self._buffer.drain()

    def _work(self) -> None:
        try:
            for event in self._events():
                self._tell(event)
        except GradlabError as error:
            self._fail(error, str(error))
        except Exception as error:
            self._fail(error, f"{type(error).__name__}: {error}")
        finally:
            if self._writer:
                self._writer.close()
            elif self._lock:
                self._lock.release()

    def _events(self) -> Iterator[Event]:
        yield Status("reading")
        if self._resume is not None:
            from .runs.lock import RunLock

            self._lock = RunLock(self._resume)
        from .data.shared import load_shared

        # A cell that cannot be used is told at once, not after the seconds that TensorFlow takes.
        data_files = self._data_files()
        code = own_code(self.preset, self._base)
        self._compiled_for = shape(self.preset), data_files, code, self._trust
        kept = self._taken_over()
        dataset = (
            kept.dataset
            if kept
            else load_shared(self.preset.data, base=self._base, seed=self.preset.seed)
        )
        yield Status("loading")
        # The first import of TensorFlow takes seconds; it happens here, never in the screen's thread.
        from .diagnosis.context import make_context
        from .diagnosis.diagnosed import diagnosed
        from .diagnosis.live import Diagnosis
        from .models.build import build
        from .runs.checkpoint import Checkpoints, read_checkpoint
        from .training.parts import Parts
        from .training.trainer import Trainer

        yield Status("preparing")
        restored = read_checkpoint(self._resume) if self._resume else None
        if kept is not None:
            parts = kept
            with _BUILDING:
                parts.renew(self.preset, base=self._base)
        else:
            with _BUILDING:
                model = build(self.preset, dataset, trust=self._trust, base=self._base)
            parts = Parts(self.preset, dataset, model)
        if self._lasting:
            self.parts = parts
        step = restored[1]["step"] if restored else 0
        self._writer = self._open_writer(step, parts.jit, data_files)
        folder = self._writer.path / "checkpoint" if self._writer else None
        trainer = Trainer(parts, checkpoint_dir=folder)
        started = parts.started
        diagnosis = Diagnosis(make_context(self.preset, started.data, started.loss))
        if restored and self._resume:
            from .runs.followed import open_run

            trainer.restore(*restored)
            diagnosis.catch_up(open_run(self._resume).history, trainer.step)
        if self._writer:
            self._checkpoints = Checkpoints(self._writer.path, trainer.checkpoint, parts.model.save)
        yield from diagnosed(self._training(trainer), diagnosis)

    def _taken_over(self) -> Parts | None:
        """What the session before compiled, if it can train this preset."""
        before, self._follows = self._follows, None
        if before is None:
            return None
        parts, before.parts, before._lasting = before.parts, None, False
        sound = not before.alive and before.error is None
        return parts if sound and before._compiled_for == self._compiled_for else None

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

    def _open_writer(self, step: int, jit: bool, data_files: dict[str, str]) -> RunWriter | None:
        from .runs.writer import RunWriter

        if self._resume is not None:
            writer = RunWriter.reopen(self._resume, step, self._lock)
            forget_stop(self._resume)
            return writer
        if self._runs_dir is None:
            return None
        return RunWriter.create(
            self._runs_dir,
            self.preset,
            preset_name=self._preset_name,
            name=self._name,
            argv=self._argv,
            parent=self._parent,
            changed=self._changed,
            jit=jit,
            base=self._base,
            data_files=data_files,
            group=self._group,
            trial=self._trial,
        )

    def _training(self, trainer: Trainer) -> Iterator[Event]:
        """The trainer's events; between two of them it is paused, stopped and kept."""
        for event in trainer.run(self._stop):
            if isinstance(event, Finished):
                yield from self._keep(at_end=True)
                yield self._ended(event)
                return
            yield event
            if trainer.settled:
                yield from self._keep(at_end=False)
            self._stop_if_asked()
            if self._paused.is_set() and not self._stop.is_set():
                yield Status("paused", trainer.step)
                self._wait_while_paused()
                yield Status("training", trainer.step)

    def _keep(self, *, at_end: bool) -> Iterator[Trouble]:
        """Checkpoint what has been recorded; and the model, for people to load, at the end."""
        if self._writer is None or self._checkpoints is None:
            return
        if at_end or self._checkpoints.due:
            # A checkpoint that claims steps which are not recorded yet would leave a hole.
            if self._writer.settle():
                yield from self._checkpoints.save(self._step)
            self._hear()
        if at_end:
            yield from self._checkpoints.save_model(self._step)

    def _ended(self, event: Finished) -> Finished:
        """The end as it is told: nothing has finished while a part of it is missing."""
        if self._cancelled and event.status == "stopped":
            event = replace(event, reason="stopped through its cancel file")
        if not self._troubles or event.status == "stopped":
            return event
        reasons = "; ".join(trouble.reason for trouble in self._troubles.values())
        return replace(
            event, status="failed", reason=f"{event.status}, but not all is kept: {reasons}"
        )

    def _tell(self, event: Event) -> None:
        if isinstance(event, Status | Finished):
            self.status = event.status
        after = int(event.steps[-1]) + 1 if isinstance(event, Steps) else self._step
        self._step = getattr(event, "step", after)
        if self._writer:
            self._writer.write(event)
        # Nothing follows the end of a training.
        if isinstance(event, Finished):
            self._hear()
        self._show(event)
        self._hear()

    def _hear(self) -> None:
        """Pass on what the writer has to tell of itself, which it has recorded as far as it could."""
        for trouble in self._writer.told() if self._writer else ():
            self._show(trouble)

    def _show(self, event: Event) -> None:
        if isinstance(event, Trouble):
            self._troubles.pop(event.part, None)
            if not event.over:
                self._troubles[event.part] = event
        self._buffer.put(event)

    def _wait_while_paused(self) -> None:
        while self._paused.is_set() and not self._stop.wait(PAUSE_POLL):
            if self._writer:
                self._writer.beat()
            self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        now = time.monotonic()
        if self._writer is None or now - self._looked_for_cancel < CANCEL_POLL:
            return
        self._looked_for_cancel = now
        if not self._stop.is_set() and stop_requested(self._writer.path):
            self._cancelled = True
            self.stop()

    def _fail(self, error: BaseException, reason: str) -> None:
        self.error = error
        if self._writer is None and self._resume is None:
            # What was begun is listed, with why it came to nothing.
            with suppress(RunError):
                self._writer = self._open_writer(0, False, {})
        self._tell(Finished("failed", self._step, 0, 0.0, {}, reason))
