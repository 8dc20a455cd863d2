"""The report: whole in one file, harmless whatever names say, and drawn by a real browser."""

import html.parser
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from compared_runs import compared
from markupsafe import escape

from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.escaping.plain_text import printable
from gradlab.engine.report.page import render, write_report
from gradlab.engine.runs.notes import rename

EVIL = '<script>alert(1)</script> $x^2$ & "q" \x1b[2J\u202e'


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("runs")
    return [
        compared(root, val_accuracy=0.2),
        compared(root, "cured", val_accuracy=0.9, gain=4.0, healthy=True, activation="relu"),
    ]


class Page(html.parser.HTMLParser):
    """What a page has: elements, ids, and whatever it would load."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "data", "action", "poster"):
                self.loads.append(value or "")


def test_the_page_says_it_all_and_loads_nothing(runs: list[Path]):
    source = render(open_runs(runs))
    page = Page(source)
    # loss, val_accuracy and accuracy; two profiles; all weights; two heatmaps and their ratio
    assert page.tags.count("svg") == page.tags.count("figure") == 3 + 2 + 1 + 3
    assert all(link.startswith(("#", "data:")) for link in page.loads)
    assert not {"script", "link", "iframe", "object", "embed"} & set(page.tags)
    assert "@import" not in source and not re.search(r"url\((?!#)", source)
    assert len(set(page.ids)) == len(page.ids)
    for fact in (
        "B against A: cured",
        "model.activation",
        "vanishing gradient",
        "0.9",
        "log2(B/A)",
    ):
        assert fact in source
    assert "prefers-color-scheme: dark" in source and "@media print" in source
    assert "No findings in B" in source
    assert "delta ratio per layer tells" in source  # for readers who have no gradlab


def test_what_an_id_refers_to_exists(runs: list[Path]):
    source = render(open_runs(runs))
    referred = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', source))
    assert {a or b for a, b in referred} <= set(Page(source).ids)


def test_names_are_shown_and_do_nothing(tmp_path: Path):
    paths = [compared(tmp_path), compared(tmp_path, healthy=True)]
    rename(paths[0], EVIL)
    source = render(open_runs(paths))
    assert "<script" not in source and "\x1b" not in source and "\u202e" not in source
    assert str(escape(printable(EVIL))) in source and "&lt;script&gt;" in source


def test_one_run_many_runs_and_nets_that_differ(tmp_path: Path):
    one = compared(tmp_path)
    assert "Settings" in render(open_runs([one]))
    deep = {"layers": 6, "activation": "relu"}
    many = [one, *(compared(tmp_path, seed=s, val_accuracy=s / 9, **deep) for s in (1, 2, 3))]
    source = render(open_runs(many), baseline=1, axis="epoch", by_seed=True)
    assert "relative depth" in source and "too few runs" in source
    assert "log2(A/B)" in source and "3 runs" in source


def test_runs_with_nothing_recorded_and_damaged_ones(tmp_path: Path):
    paths = [compared(tmp_path), compared(tmp_path), compared(tmp_path, gain=float("nan"))]
    (paths[0] / "metrics.parquet").write_bytes(b"PAR1")
    for name in ("run.json", "events.jsonl", "columns.json", "summary.json", "metrics.parquet"):
        (paths[1] / name).unlink()
    (paths[1] / "run.json").write_text("{}")
    source = render(open_runs(paths))
    assert "Not everything could be read" in source and "metrics.parquet" in source


def test_the_file_is_replaced_whole(runs: list[Path], tmp_path: Path):
    target = tmp_path / "report.html"
    target.write_text("old")
    write_report(open_runs(runs[:1]), target)
    assert target.read_text("utf-8").endswith("</html>\n")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def chromium(*arguments: str) -> str:
    """Run headless Chromium without a network; gives back its stdout."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.fail(f"this test draws the report in a browser: install one of {', '.join(names)}")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
        "--disable-background-networking --disable-component-update "
        "--host-resolver-rules=MAP*~NOTFOUND"
    )
    done = subprocess.run(
        [program, *flags.split(), *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def pixels(picture: Path) -> tuple[int, int, bytes]:
    """Width, height and RGB(A) bytes of a PNG of 8 bits a channel, by its own checksummed chunks."""
    data = picture.read_bytes()
    width, height, _, kind = struct.unpack(">IIBB", data[16:26])
    body, at = b"", 8
    while at < len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        if data[at + 4 : at + 8] == b"IDAT":
            body += data[at + 8 : at + 8 + length]
        at += 12 + length
    return width, height, bytes([kind]) + zlib.decompress(body)


@pytest.mark.slow
def test_chromium_draws_it_light_dark_and_on_paper(runs: list[Path], tmp_path: Path):
    target = tmp_path / "report.html"
    write_report(open_runs(runs), target)
    profile, address = f"--user-data-dir={tmp_path / 'profile'}", target.as_uri()
    dom = chromium(profile, "--dump-dom", address)
    assert dom.count("<svg") == 8 and "B against A: cured" in dom
    first = {}
    for scheme in (1, 0):  # Blink's light and dark
        picture = tmp_path / f"{scheme}.png"
        chromium(
            profile, f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={picture}",
            "--window-size=1000,2400", address,
        )  # fmt: skip
        width, height, raw = pixels(picture)
        assert (width, height) == (1000, 2400)
        first[scheme] = tuple(raw[2:5])  # the first pixel of the first row, unfiltered or not
        assert len(set(raw[1000 * 3 * 700 : 1000 * 3 * 1400])) > 50, "the figures are blank"
    assert first == {1: (255, 255, 255), 0: (20, 23, 27)}
    paper = tmp_path / "report.pdf"
    chromium(profile, f"--print-to-pdf={paper}", address)
    assert paper.read_bytes().startswith(b"%PDF") and paper.stat().st_size > 20_000
