import numpy as np
import pytest
from textual.app import ComposeResult
from waiting import text

from gradlab.engine.data.load import load_data
from gradlab.engine.measuring.boundary import extent_of
from gradlab.engine.preset.schema import DataSettings
from gradlab.engine.stream.events import CERTAIN, UNKNOWN, Boundary
from gradlab.tui.drawing.pictures import levels, picture
from gradlab.tui.tables.datasheet import short
from gradlab.tui.terminal.thrift import ThriftyApp
from gradlab.tui.widgets.data_view import DataView


class Bench(ThriftyApp):
    def __init__(self, theme="textual-dark", **arguments):
        super().__init__(**arguments)
        self.view = DataView()
        self.wanted = theme

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.theme = self.wanted
        self.view.focus()

    def shown(self) -> str:
        return text(self)


def data(**settings):
    return load_data(DataSettings.model_validate(settings))


async def show(app, pilot, dataset) -> str:
    app.view.show_dataset(dataset)
    await app.workers.wait_for_complete()
    await pilot.pause()
    return app.shown()


def painted(view, y: int) -> list:
    """The styles of a row's half blocks."""
    return [segment.style for segment in view.render_line(y) for _ in segment.text if segment.style]


async def test_a_digit_with_label_balance_and_ranges():
    digits = data(name="digits", scale="unit")
    app = Bench()
    async with app.run_test(size=(80, 20)) as pilot:
        text = await show(app, pilot, digits)
        assert "class 0" in text and "train row 0 of 1437" in text and "143" in text
        assert "inputs divided by 16" in text and "valid." in text and "▀" in text
        # Half blocks: the upper pixel is the foreground, the lower one the background.
        factor = 4
        styles = painted(app.view, 2 + factor // 2)
        image = digits.train.x[0]
        seen = [styles[column * factor].color.triplet[0] for column in range(8)]
        np.testing.assert_allclose(seen, image[1] * 255, atol=1)


async def test_rows_and_splits_are_walked_by_keys():
    digits = data(name="digits", scale="unit")
    app = Bench()
    async with app.run_test(size=(80, 20)) as pilot:
        await show(app, pilot, digits)
        await pilot.press("right", "n", "n")
        await pilot.pause()
        assert "train row 3 of 1437" in app.shown() and f"class {digits.train.y[3]}" in app.shown()
        await pilot.press("left", "b")
        await pilot.pause()
        assert "train row 1 of 1437" in app.shown()
        await pilot.press("home", "left", "down")
        await pilot.pause()
        assert "validation row 0 of 360" in app.shown()
        await pilot.press("up", "g", "6", "2", "1", "backspace", "0", "enter")
        await pilot.pause()
        assert "train row 620 of 1437" in app.shown()
        await pilot.press("g", "9", "x", "right")
        await pilot.pause()
        assert "train row 621 of 1437" in app.shown()


@pytest.mark.parametrize("size", [(30, 35), (80, 20), (120, 40), (10, 3), (34, 8)])
@pytest.mark.parametrize("name", ["digits", "circles", "adding", "copy", "regression"])
async def test_every_kind_of_data_at_every_size(size, name):
    options = {} if name == "digits" else {"n_samples": 40}
    app = Bench()
    async with app.run_test(size=size) as pilot:
        text = await show(app, pilot, data(name=name, options=options))
        assert "Data" in text


async def test_ascii_uses_ascii_only():
    app = Bench(ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        for name in ("digits", "circles", "adding", "copy", "regression"):
            options = {} if name == "digits" else {"n_samples": 40}
            text = await show(app, pilot, data(name=name, options=options))
            assert text.isascii(), text
        assert "class" not in text and "x0" in text


async def test_sixteen_colours_get_shades():
    app = Bench("ansi-dark")
    async with app.run_test(size=(80, 24)) as pilot:
        text = await show(app, pilot, data(name="digits", scale="unit"))
        assert "▀" not in text and "▓" in text


async def test_the_plane_with_its_boundary():
    circles = data(
        name="circles", options={"n_samples": 200, "noise": 0.05, "factor": 0.4, "random_state": 1}
    )
    app = Bench()
    async with app.run_test(size=(80, 22)) as pilot:
        text = await show(app, pilot, circles)
        assert "● outer" in text and "▲ inner" in text and "▀" not in text
        upper = np.zeros((40, 60, 2), np.uint8)
        upper[:20, :, 0] = upper[20:, :, 1] = CERTAIN
        app.view.show_boundary(Boundary(1, 12, extent_of(circles.train.x), upper))
        await pilot.pause()
        assert "step 12" in app.shown() and "▀" in app.shown()
        top, bottom = painted(app.view, 2)[0].color.triplet, painted(app.view, 18)[0].color.triplet
        assert top.blue > top.red and bottom.red > bottom.blue
        app.view.show_boundary(None)
        await pilot.pause()
        assert "▀" not in app.shown()


async def test_a_boundary_that_is_not_finite_is_left_blank():
    circles = data(name="circles", options={"n_samples": 50})
    app = Bench()
    async with app.run_test(size=(80, 22)) as pilot:
        await show(app, pilot, circles)
        nowhere = np.full((40, 60, 2), UNKNOWN, np.uint8)
        app.view.show_boundary(Boundary(0, 3, extent_of(circles.train.x), nowhere))
        await pilot.pause()
        assert "step 3" in app.shown()


async def test_the_adding_problem_tells_its_marks_and_sum():
    adding = data(name="adding", options={"n_samples": 20, "T": 30})
    app = Bench()
    async with app.run_test(size=(80, 20)) as pilot:
        text = await show(app, pilot, adding)
        values, marks = adding.train.x[0].T
        first, second = np.flatnonzero(marks)
        assert (
            f"{values[first]:.3f} at step {first} + {values[second]:.3f} at step {second}" in text
        )
        assert f"target {adding.train.y[0, 0]:.4f}" in text
        under = text.splitlines()[2]
        assert [i - 6 for i, sign in enumerate(under) if sign == "^"] == [first, second]


async def test_the_copy_task_shows_what_is_asked_and_when():
    copy = data(name="copy", options={"n_samples": 20, "T": 12})
    app = Bench()
    async with app.run_test(size=(80, 20)) as pilot:
        lines = (await show(app, pilot, copy)).splitlines()
        symbols = "".join(map(str, copy.train.y[0, -10:]))
        assert lines[1].split()[1].startswith(symbols) and "?" in lines[1]
        assert lines[2].split()[1].endswith(symbols)


def test_a_picture_is_enlarged_by_a_whole_factor_or_thinned():
    image = np.arange(64.0).reshape(8, 8)
    assert [len(line) for line in picture(image, 40, 8, 0, 63)] == [16] * 8
    assert [len(line) for line in picture(image, 4, 2, 0, 63)] == [4] * 2
    assert picture(image, 16, 8, 0, 63, shades=" #")[0][0].text == " " * 16


def test_levels_mark_what_is_not_finite():
    assert levels(np.array([0.0, 1.0, np.nan]), 0, 1) == "▁█?"


@pytest.mark.parametrize("value", [0.0, 1, -0.00492, 123456.0, 0.3054, -1.088, 1e-9, float("nan")])
@pytest.mark.parametrize("width", [5, 6, 9])
def test_short_numbers_fit(value, width):
    assert len(short(value, width)) <= width
