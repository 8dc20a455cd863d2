"""The lab before the first step: the preset teaches, and a run that fails says why."""

from __future__ import annotations

import pytest
from waiting import text, until

from gradlab.tui.app import GradlabApp
from gradlab.tui.screens.runs import RunsScreen
from gradlab.tui.widgets.field import FieldRow

BAD = """
[data]
name = "csv"
path = "cells.csv"
target = "y"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cells.csv").write_text("a,b,y\n1,2,0\n3,x,1\n")
    (tmp_path / "bad.toml").write_text(BAD)
    return tmp_path


async def test_the_empty_lab_teaches(home):
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=home / "runs", refresh=10)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "sigmoid, slope at most 0.25" in text(app))
        screen = text(app)
        for words in ("Eleven sigmoid layers", "shrink", "Run it and watch", "1,797 rows"):
            assert words in screen
        app.lab_screen.pane.apply({"model.activation": "relu"})
        await until(pilot, lambda: "relu, slope at most 1 " in text(app))
        await pilot.press("6")
        await until(pilot, lambda: "1437" in text(app) or "1,437" in text(app))


async def test_the_empty_lab_teaches_on_a_small_screen(home):
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=home / "runs", refresh=10)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Eleven sigmoid layers" in text(app))
        assert "Run it and watch" in text(app) and "r trains it" in text(app)


async def test_a_run_that_fails_says_why_where_one_looks(home):
    app = GradlabApp(preset="bad.toml", runs_dir=home / "runs", refresh=10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: "Why the run failed" in text(app))
        screen = " ".join(text(app).split())
        assert "✖ failed" in screen and 'column "b", row 2' in screen
        rows = {row.field.key: row for row in app.lab_screen.query(FieldRow)}
        assert rows["data.path"].has_class("-wrong") and not rows["data.name"].has_class("-wrong")
        await pilot.press("Y")
        assert 'column "b", row 2 (line 3) holds the text "x"' in app.clipboard
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen) and app.screen.rows)
        assert 'holds the text "x"' in app.screen.rows[0].reason
        await until(pilot, lambda: app.screen.rows[0].reason[:12] in text(app))


async def test_files_of_a_bundled_preset_start_where_gradlab_was_started(home, monkeypatch):
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=home / "runs", refresh=10)
    async with app.run_test(size=(80, 24)):
        assert app.lab_screen.base == home


async def test_edits_are_looked_at_before_they_run(home):
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=home / "runs", refresh=10)
    async with app.run_test(size=(120, 40)) as pilot:
        app.lab_screen.pane.apply({"model.depth": 3, "seed": 4})
        await pilot.press("f2")
        await until(pilot, lambda: "Edits of vanishing-sigmoid" in text(app))
        screen = " ".join(text(app).split())
        assert "model.depth 11 → 3" in screen and "seed 0 → 4" in screen
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.lab_screen)
        assert not app.lab_screen.runs
