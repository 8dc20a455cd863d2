"""A page of text in a frame over the screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static


class PageScreen(ModalScreen[bool]):
    """Text that the arrows scroll.

    Args:
        title: what stands in the frame above.
        hint: what stands in the frame below: the keys.
        text: the page.
    """

    DEFAULT_CSS = """
    PageScreen {
        align: center middle;
        & > Vertical {
            width: 84; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
            border: round $primary; background: $surface;
        }
        VerticalScroll { height: auto; max-height: 100%; }
        Static { height: auto; }
    }
    """

    def __init__(self, title: str, hint: str, text: str = "") -> None:
        super().__init__()
        self._heading, self._hint, self.text = title, hint, text

    def compose(self) -> ComposeResult:
        """The frame, and what is in it."""
        with Vertical() as frame:
            frame.border_title, frame.border_subtitle = self._heading, self._hint
            yield from self.body()

    def body(self) -> ComposeResult:
        """What is in the frame."""
        with VerticalScroll():
            yield Static(self.text, markup=False)
