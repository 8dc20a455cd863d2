"""A finding in full: what it is, on what evidence, by which formula, and what to try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...engine.diagnosis.registry import KNOWN
from ...engine.findings.finding import Finding, Remedy
from ..words.finding_words import (
    cure_in_words,
    layers_in_words,
    problem_in_words,
    set_in_words,
)
from ..words.text import number

WAYS = (
    ("pageup", "page_up", "Page up"),
    ("pagedown", "page_down", "Page down"),
    ("home", "home", "Top"),
    ("end", "end", "End"),
)


class ExplainScreen(ModalScreen[Remedy | None]):
    """Explains a finding; gives back the remedy that the user wants to fork with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back", id="explain.back"),
        Binding("f", "fork", "Fork with the cure", id="explain.fork"),
        Binding("y", "copy", "Copy as Keras code", id="explain.copy"),
        # The cures have the arrows; the page has all keys that go further.
        *(
            Binding(key, f"go('{way}')", name, show=False, priority=True, id=f"explain.{key}")
            for key, way, name in WAYS
        ),
    ]

    DEFAULT_CSS = """
    ExplainScreen {
        align: center middle;
        VerticalScroll {
            width: 90; max-width: 100%; height: auto; max-height: 100%; padding: 0 2;
            border: round $primary; background: $surface;
        }
        Static { margin-bottom: 1; }
        .heading { text-style: bold; margin-bottom: 0; color: $primary; }
        OptionList, OptionList:focus {
            height: auto; max-height: 100%; border: none; padding: 0; background: $surface;
        }
    }
    """

    def __init__(self, finding: Finding, labels: Mapping[str, str]) -> None:
        """Explain a finding.

        Args:
            finding: what was found.
            labels: what layers are called.
        """
        super().__init__()
        self._labels = labels
        self._finding = finding

    def compose(self) -> ComposeResult:
        """What, evidence, formula, cures."""
        finding = self._finding
        with VerticalScroll() as page:
            page.border_title = f"{problem_in_words(finding)} ({finding.severity})"
            page.border_subtitle = "enter or f forks with a cure, y copies its code, esc closes"
            where = (
                f"{layers_in_words(finding, self._labels)} since step {finding.first_step}".strip()
            )
            yield Static(f"{finding.message}\n{where}".strip(), markup=False)
            if finding.evidence:
                yield Static("Evidence", classes="heading")
                yield Static(_table(finding.evidence), markup=False)
            if known := KNOWN.get(finding.problem):
                yield Static("How it is measured", classes="heading")
                yield Static(known.formula, markup=False)
                yield Static("What usually causes it, and how to check", classes="heading")
                yield Static(known.check, markup=False)
            if finding.remedies:
                yield Static("What to try", classes="heading")
                yield OptionList(
                    *(
                        Option(_remedy(remedy), id=str(i))
                        for i, remedy in enumerate(finding.remedies)
                    ),
                    markup=False,
                )
            if any(remedy.code for remedy in finding.remedies):
                yield Static("The same in Keras", classes="heading")
                yield Static(finding.remedies[0].code, id="code", markup=False)

    def on_mount(self) -> None:
        """Give the keys to the cures, or to the page that scrolls."""
        cures = self.query(OptionList)
        if cures:
            cures.first().highlighted = 0
        (cures.first() if cures else self.query_one(VerticalScroll)).focus(scroll_visible=False)

    def action_go(self, way: str) -> None:
        """Scroll the page."""
        getattr(self.query_one(VerticalScroll), f"scroll_{way}")(animate=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Keep the cure under the cursor in sight, and show its code."""
        for code in self.query("#code").results(Static):
            code.update(self._finding.remedies[event.option_index].code)
        if event.option_index:
            self.query_one(VerticalScroll).scroll_to_widget(event.option_list, animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Fork with the cure that was chosen."""
        self.dismiss(self._finding.remedies[int(event.option_id or 0)])

    @property
    def _chosen(self) -> Remedy | None:
        """The cure under the cursor."""
        cures = self.query(OptionList)
        return self._finding.remedies[cures.first().highlighted or 0] if cures else None

    def action_fork(self) -> None:
        """Fork with the cure under the cursor."""
        if self._chosen:
            self.dismiss(self._chosen)

    def action_copy(self) -> None:
        """Copy the cure under the cursor as Keras code."""
        if self._chosen and self._chosen.code:
            self.app.copy_to_clipboard(self._chosen.code)
            self.notify("copied as Keras code")


def _table(evidence: dict[str, Any]) -> str:
    width = max(len(key) for key in evidence)
    return "\n".join(f"{key.replace('_', ' '):{width}}  {_value(v)}" for key, v in evidence.items())


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = ", ".join(_value(item) for item in value[:8])
        return f"{shown}, and {len(value) - 8} more" if len(value) > 8 else shown
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return str(value) if isinstance(value, int) else number(value)


def _remedy(remedy: Remedy) -> str:
    return f"{cure_in_words(remedy)}\n  {set_in_words(remedy.set)}\n  {remedy.why}"
