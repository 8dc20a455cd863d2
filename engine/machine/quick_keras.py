"""Keras without the libraries that it loads for functions of its own which nobody calls here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

UNUSED = ("matplotlib", "sklearn")
"""For its galleries of pictures and its wrappers: two fifths of the time that importing Keras takes."""


class _Refused(MetaPathFinder):
    """Tells Keras, and nobody else, that these libraries are not installed, which it can do with."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ModuleNotFoundError where Keras asks for one of them; leave all else to others."""
        if fullname.partition(".")[0] in UNUSED and _importer().startswith("keras."):
            raise ModuleNotFoundError(f"{fullname} is left out", name=fullname)
        return None


def _importer() -> str:
    """The name of the module whose import statement is being carried out."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame.f_globals.get("__name__", "")


def hasten_keras() -> None:
    """Let Keras load sooner in this process; for processes that are gradlab's own from end to end."""
    if not any(isinstance(finder, _Refused) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Refused())
