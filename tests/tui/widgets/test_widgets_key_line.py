"""The line of keys: it follows the focus, fits the width, and can be clicked."""

from __future__ import annotations

from shown_lab import lab, shown
from textual._compositor import ChopsUpdate
from waiting import text, until

from gradlab.tui.app import GradlabApp
from gradlab.tui.screens.help import HelpScreen
from gradlab.tui.widgets.key_line import KeyLine


async def test_it_shows_the_keys_of_what_has_the_focus():
    async with lab().run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        assert line.text.startswith("y Scale r Run p Pause")
        await pilot.press("d")
        await pilot.pause(0.2)
        assert "Scale" not in line.text
        assert line.text.endswith("q Quit ? Help")


async def test_a_narrow_terminal_keeps_quit_and_help():
    async with lab().run_test(size=(40, 24)) as pilot:
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        assert line.text.startswith("y Scale r Run")
        assert line.text.endswith("q Quit ? Help")
        assert len(line.text) <= 40


async def test_while_one_types_it_shows_the_keys_that_are_no_characters():
    async with lab().run_test(size=(120, 40)) as pilot:
        await pilot.press("slash")
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        assert line.text.endswith("^q Quit f1 Help")
        assert "Layers" not in line.text and "Run" not in line.text


async def test_in_ascii_keys_and_commands_are_written_without_signs():
    app = lab(ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        app.lab_screen.show_runs([shown()])
        await pilot.pause(0.5)
        await pilot.press("d")
        await until(pilot, lambda: "enter Explain" in text(app), 10)
        assert text(app).isascii()
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "Search for commands" in text(app), 10)
        await pilot.pause(0.5)
        assert text(app).isascii()
        await pilot.press(*"theme")
        await until(pilot, lambda: "theme: light" in text(app), 10)
        assert text(app).isascii()


async def test_a_click_presses_the_key():
    async with lab().run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        await pilot.click(KeyLine, offset=(line.text.index("Help"), 0))
        await pilot.pause(0.2)
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_another_panel_gets_the_keys_for_a_few_cells(monkeypatch):
    """Neither the whole screen nor a whole panel is sent when the focus moves."""
    sent: list[int] = []
    display = GradlabApp._display

    def counted(self, screen, renderable):
        if isinstance(renderable, ChopsUpdate):
            sent.append(sum(last - first for _, first, last in renderable.spans))
        elif renderable is not None:
            sent.append(self.size.area)
        display(self, screen, renderable)

    async with lab().run_test(size=(120, 40)) as pilot:
        await pilot.press("1")
        await pilot.pause(0.5)
        monkeypatch.setattr(GradlabApp, "_display", counted)
        await pilot.press("2")
        await pilot.pause(0.2)
        titles = 2 * pilot.app.size.width
        assert 0 < sum(sent) <= titles
