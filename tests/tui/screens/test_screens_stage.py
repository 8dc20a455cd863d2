"""What all screens with the six panels do: filtering, explaining, commands that enter does."""

from __future__ import annotations

import pytest
from shown_lab import FINDING, PRESET, lab, shown
from textual.widgets import OptionList, Static
from waiting import text, until

from gradlab.tui.app import GradlabApp
from gradlab.tui.screens.confirm import ConfirmScreen
from gradlab.tui.screens.explain import ExplainScreen
from gradlab.tui.screens.help import HelpScreen, sections
from gradlab.tui.widgets import stage as stage_module
from gradlab.tui.widgets.chart import Chart
from gradlab.tui.widgets.key_line import KeyLine
from gradlab.tui.widgets.lines import Lines
from gradlab.tui.widgets.zoomable import Zoomable


async def test_a_filter_holds_for_the_profile_and_is_shown_as_long_as_it_holds():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        app.lab_screen.show_runs([shown()])
        profile = app.lab_screen.stage.views[0].slot(2).query_one(Chart)
        await until(pilot, lambda: profile.spec.series)
        await pilot.press("slash", *"dense_[1-3]", "enter")
        await until(pilot, lambda: "layers dense_[1-3]" in text(app))
        assert list(profile.spec.series[0].x) == [2, 3, 4]
        assert profile.spec.x_limits == (1.5, 4.5)
        await pilot.press("escape")
        await until(pilot, lambda: "layers dense" not in text(app))
        assert len(profile.spec.series[0].x) == 6


async def test_a_filter_that_no_layer_matches_keeps_the_pictures_and_says_so():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        app.lab_screen.show_runs([shown()])
        profile = app.lab_screen.stage.views[0].slot(2).query_one(Chart)
        await until(pilot, lambda: profile.spec.series)
        await pilot.press("slash", *"conv", "enter")
        await until(pilot, lambda: "no layer matches conv" in text(app))
        assert len(profile.spec.series[0].x) == 6


async def test_typing_draws_once(monkeypatch):
    monkeypatch.setattr(stage_module, "PAUSE", 1.0)  # a loaded machine takes long for a key
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        app.lab_screen.show_runs([shown()])
        stage = app.lab_screen.stage
        await until(pilot, lambda: stage.views[0].slot(2).query_one(Chart).spec.x_label == "layer")
        drawn: list[str] = []
        draw_now = stage.draw_now
        stage.draw_now = lambda: (drawn.append(stage.pattern), draw_now())[1]
        await pilot.press("slash", *"dense")
        await until(pilot, lambda: stage.pattern == "dense")
        assert drawn == ["dense"]


async def test_enter_explains_from_a_chart_at_its_top_and_the_page_scrolls_without_the_cures():
    app = lab()
    async with app.run_test(size=(80, 24)) as pilot:
        app.lab_screen.show_runs([shown()])
        await until(pilot, lambda: "enter why" in text(app))
        assert isinstance(app.screen.focused, Chart)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExplainScreen))
        await pilot.pause(0.2)
        page = app.screen.query_one("VerticalScroll")
        cures = app.screen.query_one(OptionList)
        assert page.scroll_y == 0 and cures.highlighted == 0
        await pilot.press("end")
        await pilot.pause(0.2)
        assert page.scroll_y == page.max_scroll_y > 0 and cures.highlighted == 0
        await pilot.press("y")
        assert app.clipboard == FINDING.remedies[0].code
        await pilot.press("home", "down")
        await pilot.pause(0.2)
        assert cures.highlighted == 1
        assert str(app.screen.query_one("#code", Static).content) == FINDING.remedies[1].code
        await pilot.press("y")
        assert app.clipboard == FINDING.remedies[1].code


async def test_enter_in_the_palette_shows_the_keys():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "help: Keys" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert not app.lab_screen.runs


async def test_enter_alone_does_not_do_what_is_asked_about():
    app = lab()
    answers: list[bool | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(ConfirmScreen("Stop and quit?", "Stop", "Go on"), answers.append)
        await pilot.pause(0.2)
        await pilot.press("enter")
        await pilot.pause(0.2)
    assert answers == [False]


async def test_keys_of_the_preset_work_from_a_chart_and_who_types_sees_the_way_out():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        await pilot.press("f8")
        await until(pilot, lambda: app.lab_screen.pane.showing_text)
        line = app.screen.query_one(KeyLine)
        await until(pilot, lambda: "esc Back" in line.text)


@pytest.mark.parametrize("width", [80, 120])
async def test_the_verdict_on_a_fork_is_shown_whole(width):
    app = lab()
    async with app.run_test(size=(width, 24)) as pilot:
        first = shown()
        changes = {"model.activation": "relu", "model.initializer": "he_normal"}
        app.lab_screen.show_runs([first, shown(0.9, parent=first, changes=changes)])
        lines = app.lab_screen.query_one("#verdict", Lines)
        await until(pilot, lambda: lines.text)
        await pilot.pause(0.2)
        assert lines.size.height == len(lines.text.splitlines())
        assert "validation loss 2.4 -> 2.4" in " ".join(text(app).split())
        assert "on other data" not in text(app)
        other = shown(0.9, parent=first, changes={"data.validation": 0.5})
        other._preset = first.preset.model_copy(
            update={"data": first.preset.data.model_copy(update={"validation": 0.5})}
        )
        app.lab_screen.show_runs([first, other])
        await until(pilot, lambda: lines.text.startswith("on other data (data.validation),"), 10)


async def test_zoom_pan_and_the_unit_hold_in_every_panel():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        app.lab_screen.show_runs([shown()])
        stage = app.lab_screen.stage
        await until(pilot, lambda: "gradient by depth" in text(app))
        await pilot.press("1", "plus", "plus")
        assert stage.window == (74.0, 99.0)
        assert {panel.window for panel in stage.query(Zoomable)} == {stage.window}
        await pilot.press("less_than_sign", "x")
        assert stage.window[0] < 74 and stage.window[1] - stage.window[0] == 25
        assert "epoch" in text(app)
        await pilot.press("escape")
        assert stage.window is None


async def test_help_begins_with_the_panel_that_has_the_keys_and_is_searched():
    app = lab()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("2", "question_mark")
        await until(pilot, lambda: "A chart" in text(app))
        assert sections(app.lab_screen)[0][0] == "A chart"
        await pilot.press("slash", *"wheel")
        await until(pilot, lambda: "Zoom in" in text(app) and "Inspect" not in text(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))


async def test_the_console_shows_what_was_printed_and_copies_a_line(tmp_path):
    log = tmp_path / "native.log"
    log.write_text("W slow kernel\n\x1b[31mred\x1b[0m words\n 10 %\r 20 %\n")
    app = GradlabApp(preset=str(PRESET), runs_dir=tmp_path, native_log=log)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("L")
        await until(pilot, lambda: "red words" in text(app) and " 20 %" in text(app), 10)
        assert " 10 %" not in text(app)
        with log.open("a") as file:
            file.write("E it broke\n")
        await until(pilot, lambda: "E it broke" in text(app), 10)
        await pilot.press("up", "up", "enter")
        assert app.clipboard == "red words"
        await pilot.press("C")
        assert app.clipboard.splitlines() == ["W slow kernel", "red words", " 20 %", "E it broke"]


async def test_smoothing_is_the_same_in_every_panel():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        app.lab_screen.show_runs([shown()])
        await until(pilot, lambda: "3 Gradient norms" in text(app), 10)
        await pilot.press("S")
        await until(pilot, lambda: text(app).count("smoothed over 10%") == 2, 10)
        await pilot.press("S", "S")
        await until(pilot, lambda: "smoothed" not in text(app), 10)
