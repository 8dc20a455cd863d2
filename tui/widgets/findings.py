"""What is wrong, where, since when, and what usually cures it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from ...engine.findings.finding import Finding, Remedy
from ..drawing.rows import Row, Span, fit
from ..words.finding_words import cure_in_words, layers_in_words, problem_in_words
from .lines import Lines

SIGNS = {"critical": ("✖", "bad"), "warning": ("▲", "warn")}


class FindingsPanel(Lines, can_focus=True):
    """The findings that stand, two lines each where there is room, and a cursor over their remedies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "finding(-1)", "Finding above", show=False, id="findings.up"),
        Binding("down", "finding(1)", "Finding below", show=False, id="findings.down"),
        Binding("left", "remedy(-1)", "Cure before", show=False, id="findings.left"),
        Binding("right", "remedy(1)", "Next cure", show=False, id="findings.right"),
        Binding("enter", "explain", "Explain", key_display="enter", id="findings.explain"),
    ]

    DEFAULT_CSS = """
    FindingsPanel { height: 1; padding: 0 1; }
    FindingsPanel.-tall { height: 6; border-top: solid $foreground 30%; }
    FindingsPanel.-tall:focus { border-top: double $primary; }
    FindingsPanel:focus { background: $boost; }
    """

    @dataclass
    class Explain(Message):
        """The user wants to know more about a finding."""

        finding: Finding
        labels: Mapping[str, str]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Start without findings.

        Args:
            id: The ID of the widget in the DOM.
        """
        super().__init__(id=id)
        self._findings: list[Finding] = []
        self._chosen = 0
        self._remedy = 0
        self._cures_at = -1
        self._places: list[tuple[int, int, int]] = []
        self._hint = ""
        self._past: tuple[Finding, ...] = ()
        self.labels: Mapping[str, str] = {}
        """What layers are called."""

    def show_findings(
        self,
        findings: list[Finding],
        hint: str = "",
        labels: Mapping[str, str] | None = None,
        past: Sequence[Finding] = (),
    ) -> None:
        """Show what stands now.

        Args:
            findings: the gravest cause first.
            hint: what to say while there are none.
            labels: what layers are called.
            past: those that have cleared, in order.
        """
        self.labels, self._past = labels or {}, tuple(past)
        problem = self.finding.problem if self.finding else None
        self._findings, self._hint = findings, hint
        names = [finding.problem for finding in findings]
        if problem not in names:
            self._remedy = 0
        self._chosen = names.index(problem) if problem in names else 0
        self._redraw()

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor."""
        return self._findings[self._chosen] if self._findings else None

    @property
    def remedy(self) -> Remedy | None:
        """The remedy under the cursor."""
        remedies = self.finding.remedies if self.finding else ()
        return remedies[min(self._remedy, len(remedies) - 1)] if remedies else None

    def action_finding(self, by: int) -> None:
        """Move to another finding."""
        if self._findings:
            self._chosen = (self._chosen + by) % len(self._findings)
            self._remedy = 0
            self._redraw()

    def action_remedy(self, by: int) -> None:
        """Choose another remedy."""
        remedies = self.finding.remedies if self.finding else ()
        if remedies:
            self._remedy = (self._remedy + by) % len(remedies)
            self._redraw()

    def action_explain(self) -> None:
        """Say more about the finding."""
        if self.finding:
            self.post_message(self.Explain(self.finding, self.labels))

    def on_click(self, event: events.Click) -> None:
        """Fork with the cure that was clicked; explain the finding where none was."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y == self._cures_at:
            for first, end, index in self._places:
                if first <= offset.x < end:
                    self._remedy = index
                    self._redraw()
                    self.call_later(self.screen.run_action, "fork")
                    return
        self.action_explain()

    def on_resize(self) -> None:
        """Use the room there is now."""
        self._redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the cursor only where the keys are."""
        super().watch_has_focus(has_focus)
        self._redraw()

    def _redraw(self) -> None:
        height, width = self.content_size.height, self.content_size.width
        if height < 1 or width < 1:
            return
        self._cures_at = -1
        cleared = self._cleared(width)
        if not self._findings:
            hint: Row = (Span(fit(self._hint, width), "dim"),)
            self.show(hint, *cleared) if height > 1 or self._hint else self.show(*cleared)
            return
        if height == 1:
            self.show(self._short(self._findings[self._chosen], width))
            return
        rows: list[Row] = []
        order = self._findings[self._chosen :] + self._findings[: self._chosen]
        for finding in order:
            rows.append(self._headline(finding, width))
            if finding is self.finding:
                message = textwrap.wrap(finding.message, max(width - 4, 10))
                room = max(height - 2 - (len(order) > 1), 1)
                rows += [(Span(f"    {part}", "dim"),) for part in message[:room]]
                if self.remedy:
                    self._cures_at = len(rows)
                    rows.append(self._cures(finding, width))
        shown = sum(bool(row[1:]) and row[1].style in ("bad", "warn") for row in rows[:height])
        if shown < len(order):
            rows = [*rows[: height - 1], (Span(f"  and {len(order) - shown} more: down", "dim"),)]
        if len(rows) < height:
            rows += cleared
        self.show(*rows)

    def _cleared(self, width: int) -> list[Row]:
        """What has been found and has gone again, each with its steps."""
        if not self._past:
            return []
        parts = (
            f"{problem_in_words(finding)} {finding.first_step}-{finding.cleared_step}"
            for finding in self._past
        )
        return [(Span(fit(f"  ✓ cleared, with its steps: {', '.join(parts)}", width), "dim"),)]

    def _short(self, finding: Finding, width: int) -> Row:
        sign, style = SIGNS[finding.severity]
        more = f" +{len(self._findings) - 1}" if len(self._findings) > 1 else ""
        cure = cure_in_words(self.remedy) if self.remedy else ""
        right = [
            Span("  f", "key"),
            Span(f" {fit(cure, 24)}"),
            Span("  enter", "key"),
            Span(" why"),
        ]
        right = right if cure else right[2:]
        words = (
            f"{problem_in_words(finding)}{more}: {layers_in_words(finding, self.labels)}".rstrip(
                ": "
            )
        )
        room = width - sum(len(s.text) for s in right) - 2
        text = fit(f"{words} since step {finding.first_step}", max(room, 8))
        return (Span(f"{sign} ", style), Span(text.ljust(max(room, 0)), "strong"), *right)

    def _headline(self, finding: Finding, width: int) -> Row:
        sign, style = SIGNS[finding.severity]
        cursor = "▸" if self.has_focus and finding is self.finding else " "
        head = f"{problem_in_words(finding)}  "
        where = layers_in_words(finding, self.labels)
        where = f"{where} since step {finding.first_step}".strip() + "  "
        return (Span(cursor + " "), Span(f"{sign} ", style), Span(head, "strong"), Span(where))

    def _cures(self, finding: Finding, width: int) -> Row:
        """The cures from the first on, or from the chosen one where that would be out of sight."""
        count = len(finding.remedies)
        chosen = min(self._remedy, count - 1)
        number = f"{chosen + 1} of {count}" if count > 1 else ""
        spans = [Span(f"    cure {number}  " if number else "    cure  ", "dim")]
        keys = [Span("   f", "key"), Span(" fork"), Span("  enter", "key"), Span(" explain")]
        names = [cure_in_words(remedy) for remedy in finding.remedies]
        room = width - len(spans[0].text) - sum(len(s.text) for s in keys)
        first = 0 if sum(len(name) + 4 for name in names[: chosen + 1]) <= room else chosen
        self._places = []
        for index in range(first, count):
            text = f"[{names[index]}]  " if index == chosen else f" {names[index]}   "
            if len(text) > room:
                break
            start = sum(len(span.text) for span in spans)
            self._places.append((start, start + len(names[index]) + 2, index))
            room -= len(text)
            spans.append(Span(text, "strong" if index == chosen else "dim"))
        return (*spans, *keys)
