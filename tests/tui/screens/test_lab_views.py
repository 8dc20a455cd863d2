"""What is shown of a run, and the keys that show it otherwise."""

from __future__ import annotations

from shown_lab import lab, shown
from textual.pilot import Pilot
from waiting import text, until

from gradlab.tui.widgets.chart import Chart
from gradlab.tui.widgets.heatmap import Heatmap


async def opened(pilot: Pilot) -> None:
    """Show a finished run of six layers and 100 steps."""
    await pilot.pause()
    pilot.app.lab_screen.show_runs([shown()])
    await until(pilot, lambda: "gradient by depth" in text(pilot.app))
    await pilot.pause(0.2)


async def test_the_cursor_picks_the_step_that_the_profile_shows():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("1", "left", "left", "left")
        await pilot.pause(0.2)
        stage = app.lab_screen.stage
        assert stage.step is not None and stage.step < 99
        assert f"Profile, step {stage.step}" in text(app)
        norms = stage.views[0].slot(3).query_one(Chart)
        assert norms.cursor == stage.step
        await pilot.press("escape")
        await pilot.pause(0.2)
        assert stage.step is None and "Profile, step 99" in text(app)


async def test_y_goes_from_log_to_heatmap_to_linear_and_back():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("3")
        slot = app.lab_screen.stage.views[0].slot(3)
        assert isinstance(slot.panel, Chart) and slot.panel.shown.log
        await pilot.press("y")
        assert isinstance(slot.panel, Heatmap) and slot.panel.has_focus
        await pilot.press("y")
        assert isinstance(slot.panel, Chart) and not slot.panel.shown.log
        await pilot.press("y")
        assert isinstance(slot.panel, Chart) and slot.panel.shown.log


async def test_v_shows_the_other_pictures_of_a_panel():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("1", "v")
        await pilot.pause(0.2)
        assert "1 Accuracy" in text(app)
        await pilot.press("3", "v", "v")
        await pilot.pause(0.2)
        assert "3 Update ratio" in text(app) and "1e-3" in text(app)
        await pilot.press("5")
        # The data are read in a thread.
        await until(pilot, lambda: "5 Activations by layer" in text(app), 20)
        await until(pilot, lambda: "Data  digits" in text(app), 20)
        await pilot.press("v")
        await pilot.pause(0.2)
        assert "5 Weights by layer" in text(app)


async def test_a_regular_expression_chooses_layers():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        heatmap = app.lab_screen.stage.views[0].slot(4).query_one(Heatmap)
        everything = heatmap.spec.layers
        await pilot.press("slash", *"dense_[12]", "enter")
        await until(pilot, lambda: heatmap.spec.layers == ("2 dense_1", "3 dense_2"))
        await pilot.press("escape")
        await until(pilot, lambda: heatmap.spec.layers == everything)


async def test_m_shows_one_panel_with_the_findings_still_below():
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("4", "m")
        await pilot.pause(0.2)
        shown = text(app)
        assert "4 HEATMAP" in shown and "1 Loss" in shown and "Profile  gradient" not in shown
        await pilot.press("m")
        await pilot.pause(0.2)
        assert "2 Profile, step" in text(app)


async def test_80_columns_show_one_panel_and_the_preset_is_a_drawer():
    app = lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        lines = text(app).splitlines()
        assert len(lines) == 24 and "2 PROFILE" in lines[1]
        assert "gradient by depth" in lines[2] and "digits" not in text(app)
        await pilot.press("3")
        await pilot.pause(0.2)
        assert "3 NORMS" in text(app) and "Gradient norms" in text(app)
        await pilot.press("e")
        await pilot.pause(0.2)
        assert "activation" in text(app) and "Gradient norms" not in text(app)
        await pilot.press("escape")
        await pilot.pause(0.2)
        assert "Gradient norms" in text(app)
