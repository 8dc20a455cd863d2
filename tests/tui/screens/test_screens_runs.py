"""The table of runs, a run opened from its directory, and one that another process trains."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import recorded_runs
from recorded_runs import PRESET, record, record_many
from textual.pilot import Pilot
from textual.widgets import Input
from waiting import text, until

from gradlab.engine.exchange.importing import import_run
from gradlab.engine.runs.control import stop_requested
from gradlab.engine.runs.listing import RunRow
from gradlab.engine.runs.notes import read_notes, rename
from gradlab.engine.runs.writer import RunWriter
from gradlab.tui.app import GradlabApp
from gradlab.tui.drawing.rows import plain
from gradlab.tui.followed.saved import SavedRun
from gradlab.tui.messages import OpenRun
from gradlab.tui.screens.confirm import ConfirmScreen
from gradlab.tui.screens.explain import ExplainScreen
from gradlab.tui.screens.runs import RunsScreen
from gradlab.tui.screens.watch import WatchScreen
from gradlab.tui.tables.loss_lines import blocks
from gradlab.tui.tables.run_columns import _short_name, cells, columns, heading
from gradlab.tui.widgets.chart import Chart
from gradlab.tui.widgets.findings import FindingsPanel
from gradlab.tui.widgets.lines import Lines


async def runs_screen(pilot: Pilot) -> RunsScreen:
    """Press F3 and wait for the table."""
    await pilot.press("f3")
    screen = pilot.app.screen
    assert isinstance(screen, RunsScreen)
    await until(pilot, lambda: screen.rows)
    await pilot.pause()
    return screen


@pytest.fixture
def app(tmp_path: Path) -> GradlabApp:
    """An app over three runs; the newest is the last one."""
    for name in ("circles", "vanishing", "deep"):
        record(tmp_path / "runs", name)
    return GradlabApp(preset="vanishing-sigmoid", runs_dir=tmp_path / "runs", refresh=10)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes a run; it tells its path first, then each block of steps."""
    process = subprocess.Popen(
        [sys.executable, recorded_runs.__file__, str(tmp_path / "runs")],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def path_of(writer: subprocess.Popen[str]) -> Path:
    assert writer.stdout is not None
    return Path(writer.stdout.readline().strip())


async def test_the_table_lists_runs_newest_first_with_state_and_finding(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        rows = screen.table.text.splitlines()
        assert [row.split()[1].rsplit("-", 1)[0] for row in rows] == [
            "deep",
            "vanishing",
            "circles",
        ]
        assert "■ finished" in rows[0] and "vanishing" in rows[0] and "(0.200)" in rows[0]
        assert "3 runs, 0 live" in text(app)


async def test_80_columns_say_below_the_table_what_does_not_fit(app):
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await runs_screen(pilot)
        lines = text(app).splitlines()
        assert len(lines) == 24 and all(len(line) == 80 for line in lines)
        assert screen.row is not None and screen.row.id in lines[-3]
        assert "test_loss nan" in lines[-2]


async def test_a_page_shows_the_profile_of_the_run_under_the_cursor(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        chart = screen.query_one("#profile", Chart)
        await until(pilot, lambda: chart.spec.series)
        await until(pilot, lambda: "dense_0 since step 3" in text(app))
        await pilot.press("down")
        await until(pilot, lambda: screen.row and screen.row.preset in text(app))


async def test_the_page_of_a_live_run_moves_with_it(tmp_path, writer):
    path = path_of(writer)
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=path.parent, refresh=10)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        await until(pilot, lambda: "step" in screen.query_one(Chart).spec.title)
        titles = {screen.query_one(Chart).spec.title}
        await until(
            pilot, lambda: titles.add(screen.query_one(Chart).spec.title) or len(titles) > 2
        )


async def test_a_filter_in_the_query_language_narrows_and_tells_mistakes(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        await pilot.press("slash", *"preset:circles", "enter")
        assert [row.preset for row in screen.shown.values()] == ["circles"]
        assert "1 of 3 runs" in text(app)
        await pilot.press("escape")
        assert len(screen.shown) == 3
        screen.query_one("#filter", Input).value = "presett:circles"
        await pilot.pause()
        assert 'no run has a field "presett"' in text(app)
        assert len(screen.shown) == 3


async def test_o_sorts_and_the_cursor_stays_with_its_run(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        await pilot.press("end")
        run = screen.table.key
        await pilot.press(*"oooo")
        assert [row.preset for row in screen.shown.values()] == ["circles", "deep", "vanishing"]
        assert screen.table.key == run and screen.row.preset == "circles"


async def test_tags_notes_and_names_are_written_and_shown(app):
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await runs_screen(pilot)
        path = screen.row.path
        await pilot.press("t", *"good", "space", *"+best", "enter")
        await until(pilot, lambda: read_notes(path)[0].tags == ("best", "good"))
        await pilot.press("n", *"as expected", "enter")
        await until(pilot, lambda: read_notes(path)[0].note == "as expected")
        await pilot.press("N", *"[bold]x", "enter")
        await until(pilot, lambda: "[bold]x" in screen.table.text)
        await until(pilot, lambda: "best good" in text(app) and "as expected" in text(app))


async def test_delete_asks_and_moves_the_run_to_the_trash(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        path = screen.row.path
        await pilot.press("d", "n")
        assert path.exists()
        await pilot.press("d")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("y")
        await until(pilot, lambda: len(screen.rows) == 2)
        assert (path.parent / ".trash" / path.name).is_dir() and not path.exists()
        await pilot.press("u")
        await until(pilot, lambda: len(screen.rows) == 3)
        assert path.is_dir() and "is back" in list(app._notifications)[-1].message
        await pilot.press("u")
        await pilot.pause()
        assert "The trash is empty" in list(app._notifications)[-1].message


async def test_enter_opens_a_saved_run_in_the_charts_and_esc_returns(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await runs_screen(pilot)
        before = {file: file.read_bytes() for file in app.runs_dir.rglob("*") if file.is_file()}
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        await until(pilot, lambda: "step 29" in text(app))
        shown = text(app)
        assert "■ finished" in shown and "2 Profile, step 29" in shown
        assert "vanishing gradient  1 dense_0 since step 3" in shown
        await pilot.press("6", "m")
        await until(pilot, lambda: "Data  digits" in text(app))
        await pilot.press("4", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        after = {file: file.read_bytes() for file in app.runs_dir.rglob("*") if file.is_file()}
        assert before == after


async def test_a_click_on_a_finding_explains_it_and_one_on_a_cure_opens_it(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await runs_screen(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "cure" in text(app), 20)
        panel = app.screen.query_one(FindingsPanel)
        await pilot.click(FindingsPanel, offset=(8, 1))
        await until(pilot, lambda: isinstance(app.screen, ExplainScreen), 10)
        await pilot.press("escape")
        wanted = panel.finding.remedies[0].set
        (first, _, _), *_ = panel._places
        rows = [line for line in panel.text.splitlines() if line.strip()]
        at = next(i for i, line in enumerate(rows) if line.strip().startswith("cure"))
        await pilot.click(FindingsPanel, offset=(first + 2, at + 1))
        await until(pilot, lambda: app.current_mode == "lab", 10)
        await until(pilot, lambda: app.lab_screen.pane.draft.dirty, 10)
        assert all(app.lab_screen.pane.draft.value(key) == new for key, new in wanted.items())


async def test_e_opens_the_preset_of_a_run_in_the_lab(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        run = screen.row.id
        await pilot.press("e")
        await until(pilot, lambda: app.current_mode == "lab")
        assert app.lab_screen.pane.preset_name == run


async def test_e_says_which_run_has_no_preset_whatever_its_name(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,1.0\n")
    run = import_run(log, tmp_path / "runs").path
    run.rename(run.with_name("x[b]y\x1b[31m"))
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=tmp_path / "runs", refresh=10)
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await runs_screen(pilot)
        await pilot.press("e")
        await until(pilot, lambda: app.current_mode == "lab", 20)
        await until(pilot, lambda: "x[b]y\\x1b[31m" in text(app), 20)


async def test_a_run_of_another_process_moves_and_leaving_does_not_disturb_it(tmp_path, writer):
    path = path_of(writer)
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=path.parent, refresh=10, watch=path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        screen = app.screen
        assert isinstance(screen, WatchScreen)
        await until(pilot, lambda: screen.run.history.step > 0)
        assert screen.run.alive
        chart = screen.stage.views[0].slot(2).query_one(Chart)
        titles = {chart.spec.title}
        await until(pilot, lambda: titles.add(chart.spec.title) or len(titles) > 3)
        assert writer.stdout is not None
        told = int(writer.stdout.readline().split()[0])
        await until(pilot, lambda: screen.run.history.step > told + 100)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("n")
        assert not stop_requested(path)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: stop_requested(path))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await until(pilot, lambda: "● live" in text(app) and "1 live" in text(app))
        await pilot.press("d")
        assert isinstance(app.screen, RunsScreen) and path.exists()
        writer.kill()
        writer.wait()
        await until(pilot, lambda: "✖ dead" in text(app) and "0 live" in text(app))


async def test_a_run_that_is_being_read_does_not_seem_empty(app, monkeypatch):
    go_on = threading.Event()
    read = SavedRun.read
    monkeypatch.setattr(SavedRun, "read", lambda run: go_on.wait(60) and read(run))
    async with app.run_test(size=(120, 40)) as pilot:
        await runs_screen(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: text(app).count("Reading the run...") >= 3)
        go_on.set()
        await until(pilot, lambda: "Profile, step" in text(app))
        await until(pilot, lambda: "Reading the run..." not in text(app))


async def test_damage_is_named_and_the_rest_is_shown(app):
    newest = max(app.runs_dir.glob("*-deep-*"))
    (newest / "run.json").write_text("{")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        await until(pilot, lambda: newest.name in screen.shown)
        app.post_message(OpenRun(newest))
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        await until(pilot, lambda: "run.json: not JSON" in text(app))
        await until(pilot, lambda: "Profile, step 29" in text(app))


async def test_a_thousand_runs_are_listed_and_filtered(tmp_path):
    root = tmp_path / "runs"
    first = record_many(root, 1000)
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=root, refresh=10)
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await runs_screen(pilot)
        assert len(screen.rows) == 1000 and "1000 runs" in text(app)
        rename(first, "found")
        screen.query_one("#filter", Input).value = "found"
        await until(pilot, lambda: len(screen.shown) == 1, 10)


async def test_an_empty_folder_says_what_to_do(tmp_path):
    app = GradlabApp(preset="vanishing-sigmoid", runs_dir=tmp_path / "none", refresh=10)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: "none yet in" in text(app))
        await pilot.press("enter", "space", "c", "b", "t", "n", "d", "s", "escape")
        assert app.current_mode == "lab"


@pytest.mark.parametrize("width", [40, 60, 79, 100, 160])
def test_columns_fill_a_width_and_no_more(width: int):
    row = RunRow(
        id="20261120T1422-circles-tanh-5-with-a-long-name-7f3a", path=Path("x"),
        status="diverged", final={"loss": float("inf")}, findings=("exploding_gradient",) * 2,
        changed={"model.activation": "relu"}, tags=("a", "b"), seconds=1e6,
    )  # fmt: skip
    shown = columns(width, date(2026, 11, 20), lambda _: "█▁")
    for line in plain([heading(shown), cells(row, shown)]).split("\n"):
        assert len(line) <= width
    assert "✖ diverged" in plain([cells(row, shown)])
    assert "7f3a" in plain([cells(row, shown)])
    assert ("█▁" in plain([cells(row, shown)])) == (width >= 90)


def test_a_loss_is_drawn_in_blocks():
    assert blocks([8, 4, 2, 1]) == "█▄▂▁" and blocks([3, 3]) == "▁▁"
    assert blocks([1, math.inf, 2, math.nan]) == "▁×█×" and blocks([math.nan]) == "×"


async def test_the_table_shows_how_losses_went(app):
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await runs_screen(pilot)
        rising = re.compile("▁[▁▂▃▄▅▆▇█]{8}█")  # as they were recorded
        await until(pilot, lambda: len(rising.findall(screen.table.text)) == 3, 20)
        page = screen.query_one("#page", Lines)
        await until(pilot, lambda: rising.search(page.text), 20)


async def test_marks_become_letters_and_c_compares_them(app):
    RunWriter.create(app.runs_dir, PRESET, preset_name="fourth")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        await pilot.press("end", "space", "up", "up", "b")
        rows = screen.table.text.splitlines()
        assert rows[-1].startswith("A ") and sum(row.startswith("B*") for row in rows) == 1
        marked = list(screen.marked)
        await pilot.press("c")
        await until(pilot, lambda: app.current_mode == "compare")
        await until(pilot, lambda: len(app.screen.runs) == 2)
        assert [run.id for run in app.screen.runs] == marked and app.screen.stage.baseline == 1


def test_the_run_list_reads_again_only_what_has_changed(tmp_path, monkeypatch):
    from gradlab.engine.runs import following

    runs = [record(tmp_path, name) for name in ("one", "two")]
    read: list[str] = []
    original = following.read_row

    def counting(path, watch):
        read.append(path.name)
        return original(path, watch)

    monkeypatch.setattr(following, "read_row", counting)
    listing = following.RunList(tmp_path)
    assert [row.preset for row in listing.rows()] == ["two", "one"]
    assert sorted(read) == sorted(run.name for run in runs)
    listing.rows()
    assert len(read) == 2
    rename(runs[0], "renamed")
    assert {row.name for row in listing.rows()} == {"renamed", ""}
    assert read[2:] == [runs[0].name]


async def test_any_run_comes_back_from_the_view_of_the_trash_which_can_be_emptied(app):
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await runs_screen(pilot)
        first = screen.row.path
        for left in (2, 1):
            await pilot.press("d", "y")
            await until(pilot, lambda left=left: len(screen.rows) == left)
        await pilot.press("T")
        await until(pilot, lambda: "Trash  2 runs" in text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Trash  1 run " in text(app))
        assert first.is_dir()
        await pilot.press("X", "y")
        await until(pilot, lambda: "Trash  nothing" in text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(screen.rows) == 2)


async def test_w_writes_a_report(app, tmp_path):
    page = tmp_path / "page.html"
    async with app.run_test(size=(120, 40)) as pilot:
        await runs_screen(pilot)
        await pilot.press("w")
        await pilot.pause()
        app.screen.query_one(Input).value = str(page)
        await pilot.press("enter")
        await until(pilot, page.exists)
        await until(pilot, lambda: any("Written" in note.message for note in app._notifications))
        await pilot.press("w")
        await pilot.pause()
        app.screen.query_one(Input).value = str(tmp_path / "run.csv")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "run.csv").exists)
    assert "<html" in page.read_text()
    assert (tmp_path / "run.csv").read_text().startswith('"step","time","loss"')


async def test_what_has_finished_is_not_resumed(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await runs_screen(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert "there is nothing to resume" in list(app._notifications)[-1].message
        assert app.current_mode == "runs"


@pytest.mark.parametrize("width", [12, 19, 30, 60])
def test_a_run_is_called_by_what_differs(tmp_path, width):
    row = RunRow(
        "20261121T2158-vanishing-sigmoid-8899", tmp_path, preset="vanishing-sigmoid",
        changed={"model.activation": "relu", "model.depth": 3},
    )  # fmt: skip
    name = _short_name(row, width)
    assert len(name) <= width and name.startswith("v") and " + r" in name and name.endswith("-8899")
    if width == 60:
        assert name == "vanishing-sigmoid + relu, depth 3-8899"
    assert len(_short_name(replace(row, changed={}), width)) <= width
