"""F5: a recorded sweep as a map, and the runs of one of its points."""

from pathlib import Path

from recorded_sweep import swept
from waiting import text, until

from gradlab.engine.sweeps.signs import STOP, asked
from gradlab.tui.app import GradlabApp
from gradlab.tui.screens.runs import RunsScreen
from gradlab.tui.screens.sweep import SweepScreen


async def test_the_map_its_measures_and_the_runs_of_a_point(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    swept(root, lambda settings, seed: 0.1 * settings["model.depth"] + 0.01 * seed, only=10)
    app = GradlabApp(preset="circles-tanh-5", runs_dir=root, refresh=10)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f5")
        screen = app.screen
        assert isinstance(screen, SweepScreen)
        await until(pilot, lambda: screen.found is not None)
        await until(pilot, lambda: "val_accuracy  83%" in text(app))
        shown = text(app).splitlines()
        row = next(i for i, line in enumerate(shown) if line.split()[:3] == ["depth", "4", "8"])
        assert "0.11" in shown[row + 1] and "0.21" in shown[row + 2]
        assert "2 waiting" in shown[0] and "by itself, averaged over the others" in text(app)
        await pilot.press("down")
        assert screen.point.settings == {"model.depth": 2, "model.width": 4}
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await until(pilot, lambda: len(app.screen.shown) == 3)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("v")
        await until(pilot, lambda: "  accuracy" in text(app).splitlines()[0])
        await pilot.press("s")
        await until(pilot, lambda: "stopping" in text(app))
        assert asked(screen.found.sweep, STOP)
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "lab")


async def test_without_a_sweep_it_says_how_to_make_one(tmp_path: Path) -> None:
    app = GradlabApp(preset="circles-tanh-5", runs_dir=tmp_path, refresh=10)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f5")
        await until(pilot, lambda: "gradlab sweep PRESET model.depth=1..10" in text(app))
