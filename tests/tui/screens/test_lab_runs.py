"""The lab on real, short trainings: what each key does to the run and to the screen."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from waiting import text, until

from gradlab.engine.runs.followed import open_run
from gradlab.tui.app import GradlabApp
from gradlab.tui.followed.live import LiveRun
from gradlab.tui.screens.confirm import ConfirmScreen
from gradlab.tui.screens.lab import LabScreen
from gradlab.tui.widgets.chart import Chart

SMALL = """
title = "Small"
[data]
name = "digits"
scale = "unit"
options = {{ rows = 200 }}
[model]
depth = 4
width = 16
activation = "sigmoid"
[train]
epochs = {epochs}
jit = "off"
"""


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., GradlabApp]:
    """A lab on a small preset."""

    def make(epochs: int = 3, **options) -> GradlabApp:
        path = tmp_path / "small.toml"
        path.write_text(SMALL.format(epochs=epochs))
        return GradlabApp(preset=str(path), runs_dir=tmp_path / "runs", refresh=10, **options)

    return make


async def trained(pilot: Pilot) -> LiveRun:
    """Press r and wait for the end."""
    app = pilot.app
    assert isinstance(app, GradlabApp)
    await pilot.press("r")
    await until(pilot, lambda: app.lab_screen.runs)
    run = app.lab_screen.runs[0]
    await until(pilot, lambda: run.history.finished is not None)
    await pilot.pause(0.3)
    return run


async def stopped(app: GradlabApp) -> None:
    """Let no session outlive its test."""
    for run in app.lab_screen.started:
        run.stop()
    for run in app.lab_screen.started:
        await asyncio.to_thread(run.session.join, 60)


async def test_r_trains_the_preset_and_the_profile_falls_by_depth(lab):
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "not started" in text(app)
        run = await trained(pilot)
        assert run.history.step == 3 * 5
        await until(pilot, lambda: "2 Profile, step 14" in text(app))
        screen = text(app)
        assert "■ finished" in screen and "epoch 3/3" in screen
        assert "digits 160/40" in screen
        chart = app.lab_screen.stage.views[0].slot(2).query_one(Chart)
        delta = next(s for s in chart.spec.series if s.label == "delta")
        assert delta.y[0] < delta.y[-2] / 10
        await until(pilot, lambda: "predicted" in [s.label for s in chart.spec.series])
        predicted = next(s for s in chart.spec.series if s.label == "predicted")
        assert predicted.dashed and predicted.y[0] == pytest.approx(delta.y[0], rel=2)
        assert json.loads((run.path / "summary.json").read_text())["status"] == "finished"


async def test_the_screen_names_the_import_before_it_begins(lab):
    app = lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs)
        header = app.lab_screen.query_one("RunHeader").text
        assert "loading TensorFlow" in header or "training" in header or "compiling" in header
        await stopped(app)


async def test_pause_resume_and_stop_keep_the_run(lab):
    app = lab(epochs=20_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0].history.step)
        run = app.lab_screen.runs[0]
        await pilot.press("p")
        await until(pilot, lambda: run.session.status == "paused")
        await pilot.pause(0.3)
        step = run.history.step
        await pilot.pause(0.3)
        assert run.history.step == step and "◐ paused" in text(app)
        await pilot.press("p")
        await until(pilot, lambda: run.history.step > step)
        await pilot.press("s")
        await until(pilot, lambda: run.history.finished)
        await pilot.pause(0.3)
        assert "■ stopped" in text(app)
        assert json.loads((run.path / "state.json").read_text())["status"] == "stopped"


async def test_r_while_training_asks_and_leaves_the_run_alone_on_no(lab):
    app = lab(epochs=20_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0].history.step)
        first = app.lab_screen.runs[0]
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("n")
        await pilot.pause(0.2)
        assert app.lab_screen.runs == [first] and first.alive
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: app.lab_screen.runs != [first])
        again = app.lab_screen.runs[0]
        assert again.preset.seed == first.preset.seed + 1
        await until(pilot, lambda: first.history.finished)
        await stopped(app)


async def test_an_edit_forks_beside_the_run_with_the_same_seed_and_axes(lab):
    app = lab()
    async with app.run_test(size=(120, 45)) as pilot:
        run = await trained(pilot)
        screen = app.lab_screen
        screen.pane.apply({"model.activation": "relu", "model.initializer": "he_normal"})
        await pilot.pause()
        await pilot.press("f")
        await until(pilot, lambda: len(screen.runs) == 2)
        fork = screen.runs[1]
        await until(pilot, lambda: fork.history.finished)
        await pilot.pause(0.5)
        assert fork.preset.seed == run.preset.seed
        assert fork.session._parent == run.id
        assert fork.changes == {"model.activation": "relu", "model.initializer": "he_normal"}
        shown = text(app)
        assert "+ he_normal, relu (same seed)" in shown
        assert "delta ratio" in shown
        left, right = (view.slot(2).query_one(Chart).spec for view in screen.stage.views)
        assert left.y_limits == right.y_limits is not None
        # The room that the pane has made stays, whatever happens to the terminal.
        await pilot.resize_terminal(130, 45)
        await pilot.pause(0.3)
        assert screen.pane.has_class("-hidden")
        await pilot.press("r")
        await until(pilot, lambda: len(screen.stage.views) == 1)
        await until(pilot, lambda: screen.runs[0].history.finished)


async def test_space_holds_the_display_while_recording_goes_on(lab):
    app = lab(epochs=20_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0].history.step > 20)
        run = app.lab_screen.runs[0]
        await pilot.press("space")
        await pilot.pause(0.2)
        chart = app.lab_screen.stage.views[0].slot(2).query_one(Chart)
        title, step = chart.spec.title, run.history.step
        await until(pilot, lambda: run.history.step > step + 100)
        assert chart.spec.title == title and "display frozen" in text(app)
        await pilot.press("space")
        await until(pilot, lambda: chart.spec.title != title)
        await pilot.press("space", "r", "y")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0] is not run)
        assert not app.lab_screen.stage.frozen
        await stopped(app)


async def test_a_plane_shows_its_decision_boundary_as_the_net_learns(tmp_path):
    app = GradlabApp(preset="circles-tanh-5", runs_dir=tmp_path, refresh=10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: "● outer" in text(app))  # before there is a run
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0].history.step)
        data = app.lab_screen.stage.views[0].data
        await until(pilot, lambda: data.panel.boundary is not None)
        assert data.panel.boundary.probabilities.shape[-1] == 2
        await stopped(app)


async def test_another_size_of_the_terminal_is_filled(lab):
    app = lab()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for width, height in ((160, 50), (120, 40), (80, 24)):
            await pilot.resize_terminal(width, height)
            await until(pilot, lambda: "? Help" in text(app).splitlines()[-1])
            lines = text(app).splitlines()
            assert len(lines) == height and lines[0].rstrip().endswith("r runs it")
            assert len(lines[0].rstrip()) >= width - 2


async def test_a_preset_with_a_mistake_is_refused_with_its_place(lab):
    app = lab()
    async with app.run_test(size=(120, 40)) as pilot:
        screen: LabScreen = app.lab_screen
        screen.pane.open_text('[data]\nname = "digits"\n[model]\ndepth = -3\n', name="wrong")
        await pilot.pause(0.2)
        screen.set_focus(None)
        await pilot.press("r")
        await pilot.pause(0.2)
        assert not screen.runs
        assert any("has mistakes" in note.message for note in app._notifications)


async def test_a_record_file_that_breaks_is_named_until_it_is_whole(lab):
    """A full disk in mid-run, made of /dev/full under the writer's own descriptor."""
    app = lab(epochs=200_000)
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs)
        run = app.lab_screen.runs[0]
        await until(pilot, lambda: run.path and any(run.path.glob("metrics.rec")))
        records = run.path / "metrics.rec"
        await until(pilot, lambda: records.stat().st_size)
        descriptor = descriptor_of(records)
        kept, full = os.dup(descriptor), os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, descriptor)
        await until(pilot, lambda: "No space left" in text(app))
        assert "recording stopped" in text(app) and run.alive
        os.dup2(kept, descriptor)
        await until(pilot, lambda: "recording stopped" not in text(app))
        run.stop()
        await until(pilot, lambda: run.history.finished is not None)
        assert run.history.finished.status == "stopped"
        os.close(full)
        os.close(kept)
    reader = open_run(run.path)
    history = reader.history
    assert history.steps.steps.tolist() == list(range(history.step)) and not reader.damage


def descriptor_of(path: Path) -> int:
    """The descriptor under which this process has a file open."""
    for link in Path("/proc/self/fd").iterdir():
        if link.exists() and link.resolve() == path.resolve():
            return int(link.name)
    raise AssertionError(f"{path} is not open")


async def test_a_stopped_run_is_resumed_from_the_table_of_runs(lab):
    app = lab(epochs=400)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0].history.step > 20)
        first = app.lab_screen.runs[0]
        await pilot.press("s")
        await until(pilot, lambda: not first.alive)
        taken = open_run(first.path).history.step
        await pilot.press("f3")
        await until(pilot, lambda: getattr(app.screen, "rows", None))
        await pilot.press("r")
        await until(pilot, lambda: app.lab_screen.runs and app.lab_screen.runs[0] is not first)
        again = app.lab_screen.runs[0]
        await until(pilot, lambda: again.history.step > taken)
        assert again.path == first.path and again.history.steps.steps[0] == 0
        await stopped(app)
