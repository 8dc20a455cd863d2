"""The line of keys: it follows the focus, fits the width, and can be clicked."""

from __future__ import annotations

from charts_history import history
from shown_lab import PRESET, lab, shown
from textual._compositor import ChopsUpdate
from waiting import text, until

from gradlab.engine.preset.load import load
from gradlab.tui.app import GradlabApp
from gradlab.tui.followed.live import LiveRun
from gradlab.tui.screens.help import HelpScreen
from gradlab.tui.widgets.key_line import KeyLine


async def test_it_shows_the_keys_of_what_has_the_focus():
    async with lab().run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        assert line.text == "r Run e Edit o Presets m Max f3 Runs q Quit ? Help"
        app = pilot.app
        app.lab_screen.show_runs([shown()])
        await until(pilot, lambda: "enter Explain" in line.text, 10)
        assert line.text.startswith("y Scale v View r Run f Fork e Edit o Presets")
        await pilot.press("d")
        await pilot.pause(0.2)
        assert line.text.startswith("enter Explain r Run f Fork") and "Scale" not in line.text
        assert line.text.endswith("f3 Runs q Quit ? Help")
        await pilot.press("e")
        await until(pilot, lambda: "e Hide" in line.text, 10)


class Training(LiveRun):
    """A hand-made run as it would be while it trains."""

    alive = True
    ending = paused = False


async def test_it_shows_what_can_be_done_with_the_run_as_it_is():
    app, run = lab(), Training(load(PRESET), name="made", runs_dir=None)
    run.history = history(100, 6, 0.9)
    async with app.run_test(size=(160, 40)) as pilot:
        line = app.screen.query_one(KeyLine)
        app.lab_screen.show_runs([run])
        await until(pilot, lambda: "p Pause s Stop" in line.text, 10)
        # Nothing is wrong and nothing was edited: there is nothing to fork it with.
        assert "Fork" not in line.text and "Explain" not in line.text and "Edits" not in line.text
        run.paused = True
        app.lab_screen.follow()
        await until(pilot, lambda: "p Go on" in line.text, 10)
        app.lab_screen.pane.apply({"model.width": 9})
        await until(pilot, lambda: "f Fork" in line.text and "f2 Edits" in line.text, 10)
        run.alive = False
        app.lab_screen.follow()
        await until(pilot, lambda: "Stop" not in line.text and "Freeze" not in line.text, 10)


async def test_a_narrow_terminal_keeps_quit_and_help():
    async with lab().run_test(size=(40, 24)) as pilot:
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        assert line.text.startswith("r Run e Edit")
        assert line.text.endswith("q Quit ? Help")
        assert len(line.text) <= 40


async def test_while_one_types_it_shows_the_keys_that_are_no_characters():
    async with lab().run_test(size=(120, 40)) as pilot:
        await pilot.press("slash")
        await pilot.pause(0.2)
        line = pilot.app.screen.query_one(KeyLine)
        assert line.text.endswith("^q Quit f1 Help")
        assert "Layers" not in line.text and "r Run" not in line.text


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
