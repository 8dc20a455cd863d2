"""How the lab was arranged when it was left, so that it comes back like that."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

import platformdirs
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass


@dataclass(frozen=True)
class KeptLayout:
    """The choices that outlive a lab.

    Attributes:
        pane_hidden: whether the preset is hidden where there is room for it.
        views: which picture each panel shows, by the name of the picture.
        unit: what the axes of steps count.
    """

    pane_hidden: bool = False
    views: dict[int, str] = field(default_factory=dict[int, str])
    unit: str = "step"


_LAYOUT = TypeAdapter(KeptLayout)


def _place() -> Path:
    return platformdirs.user_state_path("gradlab") / "layout.json"


def read_layout() -> KeptLayout:
    """The layout as it was left; the usual one where none can be read."""
    try:
        return _LAYOUT.validate_json(_place().read_bytes())
    except (OSError, ValidationError):
        return KeptLayout()


def write_layout(layout: KeptLayout) -> None:
    """Keep a layout.

    Raises:
        OSError: it cannot be written.
    """
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(_LAYOUT.dump_json(layout))
