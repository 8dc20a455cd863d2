"""Events as lines of events.jsonl, and back.

A line is the event's own fields, `event` (its kind), `time` (Unix time of writing) and `at`: the
number of steps recorded before it, which tells where it belongs among the records.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ..findings.finding import Finding
from ..stream.events import (
    Column,
    Epoch,
    Finished,
    Found,
    LayerInfo,
    LayerProbe,
    Probe,
    Started,
    Status,
)
from ..strict_json import dumps, restored

LineEvent = Started | Epoch | Probe | Found | Status | Finished
"""Every event but the records."""

_KINDS: dict[str, type[LineEvent]] = {
    "started": Started,
    "epoch": Epoch,
    "probe": Probe,
    "found": Found,
    "status": Status,
    "finished": Finished,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_document(event: LineEvent) -> dict[str, Any]:
    """The event as a JSON object, its kind under `event`."""
    values = asdict(event)
    if isinstance(event, Found):
        values |= {"finding": event.finding.document(), "cleared": event.cleared}
    return {"event": _NAMES[type(event)], **values}


def to_line(event: LineEvent, at: int, time: float) -> str:
    """The event as one line of strict JSON."""
    return dumps({"at": at, "time": time, **to_document(event)}) + "\n"


def from_line(line: bytes) -> tuple[int, LineEvent] | None:
    """Where the event belongs, and the event; None for a kind that this version does not know.

    Raises:
        ValueError: the line is damaged.
    """
    try:
        document = json.loads(line)
        event = from_document(document)
        return None if event is None else (int(document["at"]), event)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an event: {error!r}") from error


def from_document(document: dict[str, Any]) -> LineEvent | None:
    """The inverse of `to_document`; raises KeyError, TypeError or ValueError if that cannot be."""
    kind = _KINDS.get(document["event"])
    if kind is None:
        return None
    values = {f.name: restored(document[f.name]) for f in fields(kind) if f.name in document}
    if kind is Started:
        values["layers"] = tuple(_layer(layer) for layer in values["layers"])
        values["columns"] = columns_from(values["columns"])
        values["weight_columns"] = columns_from(values["weight_columns"])
    elif kind is Probe:
        values["layers"] = tuple(_layer_probe(layer) for layer in values["layers"])
    for name in ("step", "epoch", "epochs"):
        if name in values:
            values[name] = int(values[name])
    for name in ("logs", "test"):
        if name in values:
            values[name] = {str(key): float(value) for key, value in values[name].items()}
    if "seconds" in values:
        values["seconds"] = float(values["seconds"])
    if kind is Found:
        values["finding"] = _finding(values["finding"], values["step"], document.get("cleared"))
    if "status" in values and not isinstance(values["status"], str):
        raise TypeError("a status is a text")
    return kind(**values)


def columns_from(entries: Any) -> tuple[Column, ...]:
    """Columns from `[{"layer": ..., "statistic": ...}, ...]`."""
    return tuple(Column(str(entry["layer"]), str(entry["statistic"])) for entry in entries)


def _known(kind: type, document: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in document.items() if key in names}


def _layer(document: dict[str, Any]) -> LayerInfo:
    return LayerInfo(**_known(LayerInfo, document))


def _finding(document: Any, step: int, cleared: Any) -> Finding:
    if not isinstance(document, dict):
        raise TypeError("a finding is an object")
    told = {"cleared_step": step} if cleared else {}
    return Finding.from_document(told | document, step)


def _layer_probe(document: dict[str, Any]) -> LayerProbe:
    values = _known(LayerProbe, document)
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return LayerProbe(**{**values, **lists})


class LineReader:
    """Follows events.jsonl while another process may be appending to it.

    Args:
        path: the file, which need not exist yet.

    Attributes:
        read: complete lines read so far.
        newest: where the newest event belongs: the steps recorded before it.
        damaged: numbers of the lines that could not be read, counted from 1.
        pending: bytes of a last line that is not complete yet.
        trouble: why the file could not be read at the last poll, or "".
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.read = 0
        self.newest = 0
        self.damaged: list[int] = []
        self.pending = 0
        self.trouble = ""

    def poll(self) -> list[tuple[int, LineEvent]]:
        """The events of complete lines that came since the last poll, and where they belong."""
        self.trouble = ""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            self.trouble = str(error.strerror)
            return []
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        self.pending = len(data) - len(complete)
        events = []
        for line in complete.splitlines():
            self.read += 1
            if not line.strip():
                continue
            try:
                event = from_line(line)
            except ValueError:
                self.damaged.append(self.read)
            else:
                if event is not None:
                    self.newest = event[0]
                    events.append(event)
        return events
