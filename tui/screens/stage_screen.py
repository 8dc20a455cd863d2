"""What screens with the six panels of a run have in common: choosing, maximising, filtering, holding."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from ..widgets.arrangement import NARROW
from ..widgets.findings import FindingsPanel
from ..widgets.run_view import caption
from ..widgets.stage import Stage
from .exporting import Exporting


class StageScreen(Exporting):
    """A screen around a Stage, a FindingsPanel, and an Input with the id `filter`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"panel({n})", f"Panel {n}", show=False, id=f"charts.panel-{n}")
          for n in range(1, 7)),
        Binding("m", "maximise", "Max", tooltip="One panel only, or all of them",
                id="charts.maximise"),
        Binding("slash", "filter", "Layers", key_display="/", id="charts.filter",
                tooltip="Show only layers whose name matches a regular expression"),
        Binding("x", "unit", "X axis", id="charts.unit",
                tooltip="Count steps, epochs or seconds along the axes"),
        Binding("S", "smooth", "Smooth", show=False, id="charts.smooth",
                tooltip="Smooth lines more, not at all, as usual, over what was recorded"),
        Binding("space", "freeze", "Freeze", id="charts.freeze",
                tooltip="Hold the display; training and recording go on"),
        Binding("w", "report", "Report", show=False, id="charts.report",
                tooltip="Write the run, and its fork, as an HTML page, or its numbers as a table"),
        Binding("d", "findings", "Findings", show=False, id="charts.findings",
                tooltip="Give the keys to the findings"),
        Binding("enter", "explain", "Explain", key_display="enter", id="charts.explain",
                tooltip="Say more about the finding"),
        Binding("escape", "back", "Back", id="charts.back",
                tooltip="Drop the cursor, the filter, the single panel; then leave"),
    ]  # fmt: skip

    @property
    def stage(self) -> Stage:
        """The charts."""
        return self.query_one(Stage)

    busy = ""
    """What the application is busy with, such as stopping; shown in the header."""

    def say_busy(self, words: str) -> None:
        """Show in the header what the application is busy with."""
        self.busy = words
        self.follow()

    def follow(self) -> None:
        """Show what is new."""
        raise NotImplementedError

    def leave(self) -> None:
        """Go back to where this screen was opened from."""
        raise NotImplementedError

    def words_now(self) -> dict[str, str]:
        """What can be done with the pictures and the findings as they are."""
        runs = [view.run for view in self.stage.views if view.run]
        words = {} if self.query_one(FindingsPanel).finding else {"explain": ""}
        if not any(len(run.history.steps) for run in runs):
            words |= dict.fromkeys(("cycle_scale", "scale", "view(1)", "unit", "filter"), "")
        if not any(run.alive for run in runs):
            words["freeze"] = ""
        if self.stage.frozen:
            words["freeze"] = "Go on"
        if self.stage.maximised:
            words["maximise"] = "All"
        return words

    def exported(self) -> dict[str, Path]:
        """The runs on display, a fork by what differs."""
        runs = [view.run for view in self.stage.views if view.run]
        return {caption(run): run.path for run in runs if run.path}

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is now."""
        self.lay_out(*event.size)

    def lay_out(self, width: int, height: int) -> None:
        """Choose the layout for a terminal of so many columns and rows."""
        self.set_class(width < NARROW, "-narrow")
        self.query_one(FindingsPanel).set_class(width >= NARROW and height >= 30, "-tall")
        self.stage.rearrange()
        self.call_after_refresh(self.follow)

    def action_panel(self, number: int) -> None:
        """Give the keys to a panel."""
        self.stage.select(number)

    def show_view(self, number: int, index: int) -> None:
        """Show one of a panel's pictures."""
        self.stage.select(number)
        slot = self.stage.views[0].slot(number)
        slot.action_view(index - slot.index)

    def action_maximise(self) -> None:
        """One panel, or all."""
        self.stage.maximise()
        self.update_keys()

    def action_unit(self) -> None:
        """Count steps, epochs or seconds along the axes."""
        self.stage.next_unit()

    def action_smooth(self) -> None:
        """Smooth lines more, not at all, as usual."""
        self.stage.smooth()

    def action_freeze(self) -> None:
        """Hold the display, or let it go on."""
        self.stage.frozen = not self.stage.frozen
        self.follow()

    def action_findings(self) -> None:
        """Give the keys to the findings."""
        self.query_one(FindingsPanel).focus()

    def action_explain(self) -> None:
        """Say more about the finding that is shown."""
        self.query_one(FindingsPanel).action_explain()

    def action_filter(self) -> None:
        """Ask for a regular expression."""
        line = self.query_one("#filter", Input)
        line.add_class("-open")
        line.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self.stage.filter_layers(event.value)

    @on(Stage.Filtered)
    def _filtered(self) -> None:
        self.follow()

    @on(Input.Submitted, "#filter")
    def _close_filter(self) -> None:
        self.query_one("#filter", Input).remove_class("-open")
        self.stage.select(self.stage.selected)

    def action_back(self) -> None:
        """Undo the last thing that narrows the view; with none left, leave."""
        line = self.query_one("#filter", Input)
        if line.has_class("-open"):
            line.value = ""
            self._close_filter()
        elif self.stage.drop_cursor():
            self.stage.draw_now()
        elif self.stage.show_all_steps():
            pass
        elif self.stage.typed:
            line.value = ""
        elif self.stage.maximised:
            self.stage.maximise()
        else:
            self.leave()
