"""Runs somebody's script with a recorder at every `fit` in it, and otherwise as Python runs it.

`python -m gradlab.engine.recording.script RUNS_DIR NAME -|activity -|-m TARGET [ARGUMENT]...`, in a fresh
interpreter: exit codes, tracebacks and signals are then Python's own.
"""

from __future__ import annotations

import atexit
import importlib.util
import io
import os
import runpy
import sys
import types
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any


def run_recorded(
    runs_dir: Path, name: str, activity: bool, way: str, target: str, arguments: Sequence[str]
) -> None:
    """Run a script to its end, with every `fit` recorded.

    Args:
        runs_dir: where the runs go, one for each `fit`.
        name: of the runs.
        activity: whether deltas and activations are recorded.
        way: `-m` if `target` is a module's name, else `-`.
        target: the script's path, or the module's name.
        arguments: what the script finds in `sys.argv` behind its own name.
    """
    attachment = _Attachment(runs_dir.absolute(), name, activity)
    sys.meta_path.insert(0, attachment)
    atexit.register(attachment.tell_if_unused, target)
    sys.excepthook = _show_from_the_script_on
    sys.argv = [target, *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = os.getcwd() if way == "-m" else str(Path(target).resolve().parent)
    if way == "-m":
        runpy.run_module(target, run_name="__main__", alter_sys=True)
        return
    path = os.path.abspath(target)
    with io.open_code(path) as file:
        source = file.read()
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    exec(compile(source, path, "exec"), main.__dict__)


class _Attachment(MetaPathFinder):
    """Gives every list of callbacks a recorder once the script has imported Keras, and not before."""

    def __init__(self, runs_dir: Path, name: str, activity: bool) -> None:
        self._runs_dir = runs_dir
        self._name = name
        self._activity = activity
        self._process = os.getpid()
        self._recorders: list[Any] = []
        self._problem = ""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "keras":
            return None
        # Out of the way while the others are asked; TensorFlow asks too, without importing it then.
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_attach(module: ModuleType) -> None:
                execute(module)
                self._attach(module)

            spec.loader.exec_module = execute_and_attach  # pyright: ignore[reportAttributeAccessIssue]
        return spec

    def tell_if_unused(self, target: str) -> None:
        """Say at the end of a script in which no `fit` has begun why there is no run."""
        used = any(recorder.began for recorder in self._recorders)
        if not used and os.getpid() == self._process:
            reason = self._problem or f"{target} called no fit of Keras 3"
            print(f"gradlab: nothing was recorded: {reason}", file=sys.stderr)

    def _attach(self, keras: Any) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        original = keras.callbacks.CallbackList.__init__

        def with_recorder(made: Any, callbacks: Any = None, *rest: Any, **options: Any) -> None:
            original(made, self._with_recorder(keras, callbacks), *rest, **options)

        keras.callbacks.CallbackList.__init__ = with_recorder

    def _with_recorder(self, keras: Any, callbacks: Any) -> Any:
        try:
            from .callback import GradientRecorder
        except ImportError as error:
            self._problem = str(error)
            return callbacks
        given = keras.tree.flatten(callbacks) if callbacks else []
        if any(isinstance(callback, GradientRecorder) for callback in given):
            return callbacks
        recorder = GradientRecorder(self._runs_dir, name=self._name, activity=self._activity)
        self._recorders.append(recorder)
        return [*given, recorder]


def _show_from_the_script_on(
    kind: type[BaseException], error: BaseException, frames: TracebackType | None
) -> None:
    """Print a traceback as Python does, without the frames of what runs the script."""
    ours = {__file__, "<frozen runpy>"}
    while frames is not None and frames.tb_frame.f_code.co_filename in ours:
        frames = frames.tb_next
    sys.__excepthook__(kind, error.with_traceback(frames), frames)


if __name__ == "__main__":
    runs, run_name, more, run_way, run_target, *arguments = sys.argv[1:]
    run_recorded(Path(runs), run_name, more == "activity", run_way, run_target, arguments)
