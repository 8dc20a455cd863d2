"""The preset as its TOML document."""

from __future__ import annotations

from textual.widgets import TextArea


class PresetText(TextArea):
    """The text of a preset, which whoever owns its draft takes as it is typed."""

    DEFAULT_CSS = """
    PresetText {
        height: 1fr; border: none; padding: 0; scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1; background: $foreground 4%;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Start empty.

        Args:
            id: The ID of the widget in the DOM.
        """
        super().__init__(id=id, show_line_numbers=True, compact=True, tab_behavior="focus")

    def show_text(self, text: str) -> None:
        """Show a document anew, unless it is what stands here: undoing goes back to its beginning."""
        if self.text != text:
            self.load_text(text)
