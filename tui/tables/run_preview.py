"""What is said of the run under the cursor, beside or below the table of runs."""

from __future__ import annotations

from pathlib import Path

from ...engine.escaping.plain_text import printable
from ...engine.runs.followed import FollowedRun, Reading
from ...engine.runs.listing import RunRow
from ...engine.runs.replay import statistics
from ...engine.stream.history import History
from ...engine.stream.retention import as_drawn
from ..charts.layer_names import numbered
from ..drawing.rows import Row, Span, fit, wrapped
from ..words.finding_words import layers_in_words, problem_in_words
from ..words.text import duration, number
from .loss_lines import line_of
from .run_columns import changes


class PreviewedRun:
    """The run under the cursor: read once, then read on whenever the table says that it has moved.

    `read` may be called in a thread; everything else belongs to the screen's.

    Args:
        path: the run directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.history: History | None = None
        """What the run has said; None before the first reading was taken in."""
        self._followed = FollowedRun(path, statistics("loss", "delta_norm", "grad_norm"))
        self._reading = False
        self._reached: tuple[str, int] | None = None

    def due(self, row: RunRow) -> bool:
        """Whether there is something to read; then one is expected to `read`."""
        reached = row.status, row.steps
        if self._reading or reached == self._reached:
            return False
        self._reading, self._reached = True, reached
        return True

    def read(self) -> Reading:
        """What is new since the last call."""
        return self._followed.read()

    def take(self, reading: Reading) -> None:
        """Take in what was read."""
        self._reading = False
        self.history = self.history or History(as_drawn)
        for event in reading.events:
            self.history.add(event)
        self.history.trim()


def preview_lines(row: RunRow, width: int) -> list[Row]:
    """Two lines: what was changed and noted, and how it ended."""
    preset = f"{row.preset or 'no preset'}, seed {'-' if row.seed is None else row.seed}"
    tags = " ".join(f"#{tag}" for tag in row.tags)
    first = [f"{row.id}", preset, changes(row), tags]
    second = [row.reason, _metrics(row), row.note, "; ".join(row.damage)]
    return [
        (Span(fit("  ".join(part for part in parts if part), width), style),)
        for parts, style in ((first, ""), (second, "dim"))
    ]


def preview_page(row: RunRow, history: History | None, width: int) -> list[Row]:
    """A page: facts from the table, and the findings once the run has been read.

    Args:
        row: the run in the table.
        history: what it said; None while it is being read.
        width: columns of the page.
    """
    epochs = f"{row.epochs}/{row.planned_epochs}" if row.planned_epochs else f"{row.epochs}"
    facts = {
        "preset": f"{row.preset or '-'}, seed {'-' if row.seed is None else row.seed}",
        "changed": changes(row),
        "from": row.parent,
        "state": f"{row.status}, epoch {epochs}, {row.steps} steps, {duration(row.seconds)}",
        "why": row.reason,
        "final": _metrics(row),
        "loss": line_of(history) if history else "",
        "tags": " ".join(row.tags),
        "note": row.note,
        "where": f"process {row.pid} on {row.host}" if row.live else "",
        "damage": "; ".join(row.damage),
    }
    rows: list[Row] = [(Span(fit(row.name or row.id, width), "strong"),)]
    if row.name:
        rows.append((Span(fit(row.id, width), "dim"),))
    for label, text in facts.items():
        if text:
            failed = label == "damage" or (label == "why" and row.status == "failed")
            rows += _wrapped(label, text, width, "bad" if failed else "")
    if history is None:
        return rows
    labels = numbered(history.layers)
    for finding in history.standing:
        where = layers_in_words(finding, labels)
        sign, style = ("✖", "bad") if finding.severity == "critical" else ("▲", "warn")
        head = f"{sign} {problem_in_words(finding)}"
        rows.append((Span(fit(head, width), style),))
        rows += _wrapped("", f"{where} since step {finding.first_step}".strip(), width, "dim")
    return rows


def _metrics(row: RunRow) -> str:
    return "  ".join(f"{name} {number(value)}" for name, value in row.final.items())


def _wrapped(label: str, text: str, width: int, style: str) -> list[Row]:
    """A fact behind its label, in at most three lines; a reason in eight."""
    room = max(width - 9, 10)
    lines = wrapped(printable(text), room)[: 8 if label == "why" else 3]
    return [
        (Span(f"{label if index == 0 else '':<9}", "dim"), Span(fit(line, room), style))
        for index, line in enumerate(lines)
    ]
