"""The compare screen on recorded runs, and on one that another process writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import recorded_runs
from recorded_runs import record
from textual.pilot import Pilot
from waiting import text, until

from gradlab.tui.app import GradlabApp
from gradlab.tui.messages import CompareRuns
from gradlab.tui.screens.compare import CompareScreen
from gradlab.tui.widgets.chart import Chart
from gradlab.tui.widgets.ratio import RatioMap


@pytest.fixture
def app(tmp_path: Path) -> GradlabApp:
    """An app over two runs: `short` of 30 steps, and the newer `long` of 50."""
    root = tmp_path / "runs"
    record(root, "short")
    record(root, "long", epochs=5)
    return GradlabApp(preset="vanishing-sigmoid", runs_dir=root, refresh=10)


async def compared(pilot: Pilot) -> CompareScreen:
    """Press F4 and wait until both runs have been read."""
    await pilot.press("f4")
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    await until(pilot, lambda: len(screen.runs) >= 2)
    await pilot.pause(0.2)
    return screen


async def test_f4_compares_the_last_two_runs_in_one_screen(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(pilot)
        shown = text(app)
        assert "A* short" in shown and "B long" in shown
        assert "1 Loss" in shown and "2 Profile  delta by depth, step 29" in shown
        assert "3 log2 of delta norm, B over A" in shown
        assert "0.6667" in shown and "-0.267 better" in shown
        assert "B against A:" in shown and "validation" not in shown.split("B against A:")[0]


async def test_80_columns_show_one_panel_at_a_time(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(pilot)
        assert "2 PROFILE" in text(app) and "3 log2" not in text(app)
        for key, title in (("3", "3 log2"), ("4", "4 Results"), ("1", "1 Loss")):
            await pilot.press(key)
            await until(pilot, lambda title=title: title in text(app))
        lines = text(app).splitlines()
        assert len(lines) == 24 and all(len(line) == 80 for line in lines)


async def test_the_cursor_reads_all_runs_at_one_place(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(pilot)
        await pilot.press("1", "home", "right")
        curves, profile = (screen.query_one(f"#panel-{n}", Chart) for n in (1, 2))
        ratio = screen.query_one(RatioMap)
        await until(pilot, lambda: curves.cursor is not None and ratio.cursor is not None)
        step = int(curves.cursor)
        assert ratio.cursor[1] == step and f"step {step}" in profile.spec.title
        await until(pilot, lambda: f" step {step}  A " in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: ratio.cursor is None and "step 29" in profile.spec.title)


async def test_x_goes_through_the_axes(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(pilot)
        chart = screen.query_one("#panel-1", Chart)
        seen = []
        for _ in range(4):
            await pilot.press("x")
            seen.append(chart.spec.x_label)
        assert seen == ["epoch", "example", "second", "step"]


async def test_b_turns_the_deltas_round(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(pilot)
        await pilot.press("b")
        await until(pilot, lambda: "B* long" in text(app) and "+0.267 worse" in text(app))
        assert "A against B:" in text(app) and "A over B" in text(app)


async def test_y_v_and_m_change_scale_picture_and_size(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(pilot)
        await pilot.press("1", "y")
        chart = screen.query_one("#panel-1", Chart)
        assert chart.shown.log
        await pilot.press("v")
        await until(pilot, lambda: "1 Accuracy" in text(app))
        await pilot.press("2", "v")
        await until(pilot, lambda: "weight gradient by depth" in text(app))
        await pilot.press("v", "v")
        await until(pilot, lambda: "2 Weights of all layers" in text(app))
        await pilot.press("m")
        await until(pilot, lambda: "1 Accuracy" not in text(app) and "2 PROFILE" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "1 Accuracy" in text(app))


async def test_four_runs_of_different_depth(app):
    root = app.runs_dir
    paths = [
        *sorted(root.iterdir()),
        record(root, "deep", layers=7),
        record(root, "deeper", layers=9),
    ]
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.pause()
        app.post_message(CompareRuns(paths, 2))
        await until(
            pilot, lambda: isinstance(app.screen, CompareScreen) and len(app.screen.runs) == 4
        )
        await until(pilot, lambda: "C* " in text(app) and "by relative depth" in text(app))
        await pilot.press("3", "v")
        await until(pilot, lambda: "B over C" in text(app) or "D over C" in text(app))


async def test_a_live_run_keeps_moving(app):
    writer = subprocess.Popen(
        [sys.executable, recorded_runs.__file__, str(app.runs_dir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout is not None
        live = Path(writer.stdout.readline().strip())
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            app.post_message(CompareRuns([next(app.runs_dir.glob("*-long-*")), live]))
            await until(pilot, lambda: isinstance(app.screen, CompareScreen))
            screen = app.screen
            assert isinstance(screen, CompareScreen)
            await until(pilot, lambda: len(screen.runs) == 2)
            steps = {screen.runs[1].history.step}
            chart = screen.query_one("#panel-1", Chart)
            await until(pilot, lambda: steps.add(screen.runs[1].history.step) or len(steps) > 3)
            await until(pilot, lambda: chart.spec.series[1].x[-1] > min(steps))
            assert "●" in text(app)
    finally:
        writer.kill()
        writer.wait()


async def test_without_runs_it_says_how_to_choose_some(tmp_path):
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=tmp_path / "none", refresh=10)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "mark two to four runs" in text(app))
        await pilot.press("x", "v", "b", "e", "m", "1", "2", "3", "4", "left", "escape", "escape")
        await until(pilot, lambda: app.current_mode == "runs")


async def test_whole_runs_are_whole_and_a_damaged_run_file_is_named(app, tmp_path):
    path = next((tmp_path / "runs").glob("*short*/run.json"))
    path.write_bytes(path.read_bytes()[:40])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(pilot)
        damage = {run.name: run.damage for run in screen.runs}
        assert sorted(len(found) for found in damage.values()) == [0, 1], damage
        assert "(damaged)  B long" in text(app)
        await pilot.press("4", "m")
        await until(pilot, lambda: "A damaged: run.json" in text(app))
