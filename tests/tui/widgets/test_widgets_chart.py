import numpy as np
import pytest
from charts_history import history, rows
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Grid
from textual.strip import Strip
from textual.widgets import TabbedContent, TabPane

from gradlab.tui.charts.profile import profile_chart
from gradlab.tui.charts.series import layer_chart, layer_heatmap, loss_chart, ridges
from gradlab.tui.drawing.chart_spec import ChartSpec, Series
from gradlab.tui.drawing.rows import plain
from gradlab.tui.terminal.thrift import Budget, CroppedUpdate, ThriftyApp, palette_number
from gradlab.tui.widgets.chart import Chart
from gradlab.tui.widgets.heatmap import Heatmap
from gradlab.tui.widgets.histogram import Histogram
from gradlab.tui.widgets.panel import Panel

X = np.arange(1000)


def smooth(steps=1000, **changes):
    x = np.arange(steps)
    return ChartSpec((Series("loss", x, 2 + np.exp(-x / 200)),), title="1 Loss", **changes)


class Bench(ThriftyApp):
    """Panels in a grid, and what reaches the terminal."""

    CSS = "Grid { grid-size: 2; }"

    def __init__(self, *panels: Panel, ascii_only: bool = False) -> None:
        super().__init__(ascii_only=ascii_only)
        self.panels = panels
        self.sent: list[str] = []
        self.messages: list[object] = []

    def compose(self) -> ComposeResult:
        if len(self.panels) == 1:
            yield self.panels[0]
        else:
            yield Grid(*self.panels)

    def _display(self, screen, renderable) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, CroppedUpdate) or hasattr(renderable, "spans"):
            update = CroppedUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
            self.sent.append(update.render_segments(self.console))

    def on_chart_cursor_moved(self, message: Chart.CursorMoved) -> None:
        self.messages.append(message.x)

    def on_chart_scale_changed(self, message: Chart.ScaleChanged) -> None:
        self.messages.append(message.scale)

    def on_heatmap_cursor_moved(self, message: Heatmap.CursorMoved) -> None:
        self.messages.append(message.cursor)


def screen_text(app) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_a_chart_shows_title_axis_and_line():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = smooth()
        await pilot.pause()
        text = screen_text(app)
        assert "1 Loss" in text[0]
        assert any("┤" in row for row in text) and "step" in text[-1]
        assert 0 < chart.build_seconds < 1


async def test_new_data_sends_only_the_cells_that_changed():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = smooth(1100)
        await pilot.pause()
        app.sent.clear()
        before = chart.cells_sent
        chart.spec = smooth(1120)
        await pilot.pause()
        assert 0 < chart.cells_sent - before < 30
        assert 0 < sum(map(len, app.sent)) < 300
        shown = screen_text(app)
        chart.refresh()
        await pilot.pause()
        assert screen_text(app) == shown


async def test_equal_data_sends_nothing():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = smooth()
        await pilot.pause()
        app.sent.clear()
        before = chart.cells_sent
        chart.spec = smooth()
        await pilot.pause()
        assert chart.cells_sent == before and app.sent == []


async def test_four_panels_stay_thrifty_while_a_run_grows():
    panels = Chart(), Chart(), Chart(), Heatmap()
    app = Bench(*panels)
    run = history(steps=5000, depth=11)
    async with app.run_test(size=(160, 50)) as pilot:
        for update in range(6):
            if update == 1:
                await pilot.pause()
                app.sent.clear()
            for panel, spec in zip(
                panels,
                (
                    loss_chart(run),
                    profile_chart(run),
                    layer_chart(run, "grad_norm"),
                    layer_heatmap(run),
                ),
                strict=True,
            ):
                panel.spec = spec
            await pilot.pause()
            first = 5000 + 25 * update
            run.add(rows(first, first + 25, depth=11))
        assert 0 < sum(len(s.encode()) for s in app.sent) / 5 < 1500


async def test_a_cropped_update_paints_what_a_full_one_would():
    first = Strip(
        [
            Segment("ab", Style.parse("bold red on blue")),
            Segment("cd", Style.parse("green on blue")),
        ]
    )
    second = Strip([Segment("ef", Style.parse("green on blue"))])
    update = CroppedUpdate([{3: first}, {0: second}], [(0, 4, 6), (1, 0, 2)], [[7], [2]])
    console = Console(force_terminal=True, color_system="truecolor", no_color=False)
    assert update.render_segments(console) == (
        "\x1b[1;5H\x1b[1;31;44mb\x1b[22;32mc\x1b[2;1Hef\x1b[0m"
    )


def test_a_span_further_right_costs_a_short_move():
    row = Strip([Segment("abcdefgh", Style.parse("#5fafd7"))])
    update = CroppedUpdate([{0: row}], [(0, 0, 1), (0, 5, 6)], [[8]])
    console = Console(force_terminal=True, color_system="truecolor", no_color=False)
    assert update.render_segments(console) == "\x1b[1;1H\x1b[38;5;74ma\x1b[4Cf\x1b[0m"


@pytest.mark.parametrize(
    ("colour", "number"),
    [((95, 175, 215), 74), ((94, 176, 215), 74), ((0, 0, 0), 16), ((128, 128, 128), 244),
     ((238, 238, 238), 255), ((86, 180, 233), None), ((128, 131, 128), None)],
)  # fmt: skip
def test_colours_of_the_palette_go_by_number(colour, number):
    assert palette_number(*colour) == number


def test_a_budget_makes_pictures_wait_but_never_for_long():
    budget = Budget(rate=1000, burst=500)
    assert budget.wait == 0
    budget.spend(400)
    assert budget.wait == 0
    budget.spend(400)
    assert 0.2 < budget.wait <= 0.3
    budget.spend(1_000_000)
    assert budget.wait <= 0.5


async def test_a_hidden_chart_is_drawn_when_it_is_shown():
    class Tabs(ThriftyApp):
        def compose(self) -> ComposeResult:
            with TabbedContent():
                with TabPane("one", id="one"):
                    yield Chart(id="first")
                with TabPane("two", id="two"):
                    yield Chart(id="second")

        CSS = "Chart { height: 15; }"

    app = Tabs()
    async with app.run_test(size=(60, 20)) as pilot:
        second = app.query_one("#second", Chart)
        app.query_one(TabbedContent).active = "two"
        await pilot.pause()
        second.spec = smooth()
        app.query_one(TabbedContent).active = "one"
        await pilot.pause()
        before = second.build_seconds
        for title in ("a", "b", "newest title"):
            spec = smooth()
            second.spec = ChartSpec(spec.series, title=title)
        await pilot.pause()
        assert second.build_seconds == before
        app.query_one(TabbedContent).active = "two"
        await pilot.pause()
        assert any("newest title" in row for row in screen_text(app))


async def test_the_cursor_reads_exact_values():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = ChartSpec((Series("loss", X, X / 7.0),), title="Loss")
        chart.focus()
        await pilot.press("right")
        assert chart.cursor == 999
        await pilot.press("home", "right")
        assert 5 < chart.cursor < 25
        await pilot.pause()
        x = int(chart.cursor)
        assert f"step {x}" in screen_text(app)[0] and f"loss {x / 7.0:.5g}" in screen_text(app)[0]
        assert any("│" in row[7:60] for row in screen_text(app)[1:20])
        assert app.messages == [999.0, 0.0, chart.cursor]


async def test_a_click_sets_the_cursor():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = smooth()
        await pilot.click(Chart, offset=(40, 10))
        assert 400 < chart.cursor < 600


async def test_y_changes_the_scale():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = ChartSpec((Series("g", X, 10.0 ** (-X / 200)),), title="Norm", log=True)
        chart.focus()
        await pilot.pause()
        assert "log" in screen_text(app)[0]
        await pilot.press("y")
        assert "log" not in screen_text(app)[0] and chart.scale == "linear"
        await pilot.press("y")
        assert any("1e-2" in row for row in screen_text(app))
        assert app.messages == ["linear", "log"]


async def test_y_offers_the_whole_range_where_there_is_one():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        spec = ChartSpec((Series("accuracy", X, 0.112 + X * 1e-6),), whole=(0.0, 1.0))
        chart.spec = spec
        chart.focus()
        await pilot.pause()
        assert not any("1.0┤" in row for row in screen_text(app))
        await pilot.press("y")
        assert any("1.0┤" in row for row in screen_text(app)) and chart.scale == "full"
        await pilot.press("y", "y")
        assert app.messages == ["full", "log", "linear"]


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_panels_survive_every_size(ascii_only):
    run = history()
    panels = (
        Chart(),
        Chart(),
        Heatmap(),
        Histogram(),
    )
    app = Bench(*panels, ascii_only=ascii_only)
    async with app.run_test(size=(120, 40)) as pilot:
        for panel, spec in zip(
            panels,
            (loss_chart(run), profile_chart(run), layer_heatmap(run), ridges(run.probes[-1])),
            strict=True,
        ):
            panel.spec = spec
        for size in [(2, 2), (1, 1), (7, 5), (200, 60), (30, 8), (80, 24), (120, 40)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            for panel in panels:
                width, height = panel.content_size
                assert len(panel._rows) == (height if width else 0)
        assert any("Loss" in row for row in screen_text(app))


async def test_the_heatmap_cursor_moves_over_layers_and_steps():
    heatmap = Heatmap()
    app = Bench(heatmap)
    async with app.run_test(size=(80, 24)) as pilot:
        heatmap.spec = layer_heatmap(history())
        heatmap.focus()
        await pilot.press("left", "left", "down")
        assert heatmap.cursor is not None
        layer, step = heatmap.cursor
        assert layer == 4 and step < 99
        assert f"step {step:.0f}  5 dense_4 0.25" in screen_text(app)[0]
        assert app.messages[-1] == heatmap.cursor


async def test_focus_shows_by_shape():
    charts = Chart(), Chart()
    app = Bench(*charts)
    async with app.run_test(size=(80, 24)) as pilot:
        for chart in charts:
            chart.spec = smooth()
        charts[1].focus()
        await pilot.pause()
        assert "───" in plain(charts[0]._rows[:1]) and "═══" in plain(charts[1]._rows[:1])


async def test_titles_are_text_not_markup():
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.spec = ChartSpec(title="run [bold]x[/] [")
        await pilot.pause()
        assert "run [bold]x[/] [" in screen_text(app)[0]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_every_component_has_a_style_in_every_theme(theme):
    chart = Chart()
    app = Bench(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await pilot.pause()
        for name in chart.COMPONENT_CLASSES:
            assert chart.get_component_rich_style(name).color is not None
