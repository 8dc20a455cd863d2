"""Whatever text comes in, nothing that commands a terminal, a page or a spreadsheet goes out."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from hostile import FORMULA, PAYLOAD, commands, hostile_run, hostile_texts
from hypothesis import given, settings
from hypothesis.strategies import sampled_from
from recorded_runs import record

from gradlab.tui.cli import main


def said(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command in a folder; its exit code, and what it wrote to stdout and stderr, read as bytes."""
    kept = sys.argv, sys.stdout, sys.stderr, Path.cwd()
    written = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(buffer, "utf-8", write_through=True) for buffer in written]
    sys.argv, (sys.stdout, sys.stderr) = ["gradlab", *arguments], streams
    os.chdir(folder)
    try:
        main()
        raise AssertionError("a command ends with an exit code")
    except SystemExit as end:
        out, err = (buffer.getvalue().decode() for buffer in written)
        return int(end.code or 0), out, err
    finally:
        sys.argv, sys.stdout, sys.stderr, _ = kept
        os.chdir(kept[3])


def assert_harmless(folder: Path, *arguments: str) -> str:
    code, out, err = said(folder, *arguments)
    assert "Traceback" not in out + err, (arguments, err[-2000:])
    assert (commands(out), commands(err)) == ([], []), (arguments, code, out[-500:], err[-500:])
    return out


READING = (
    ["runs", "list"], ["runs", "list", "--json"], ["runs", "show", "RUN"], ["runs", "show", "RUN", "--json"],
    *(["runs", "show", "RUN", "--chart", chart] for chart in ("loss", "profile", "norms", "heatmap")),
    ["runs", "diagnose", "RUN"], ["runs", "diagnose", "RUN", "--json"], ["compare", "RUN", "OTHER"],
    ["compare", "RUN", "OTHER", "--csv"], ["compare", "RUN", "OTHER", "--md"],
    ["compare", "RUN", "OTHER", "--json"], ["runs", "export", "RUN", "--series", "nothing"],
    ["run", "RUN", "--resume"], ["runs", "export", "RUN", "-f", "csv", "-o", "-"],
    ["runs", "export", "RUN", "-f", "jsonl", "-o", "-"],
)  # fmt: skip

NAMING = (
    ["run", "TEXT"], ["check", "TEXT"], ["fix", "TEXT"], ["presets", "show", "TEXT"],
    ["presets", "validate", "TEXT"], ["presets", "list", "--tag", "TEXT"], ["presets", "new", "TEXT"],
    ["presets", "new", "good", "--from", "TEXT"], ["presets", "verify", "TEXT"], ["runs", "show", "TEXT"],
    ["runs", "list", "--filter", "TEXT=1"], ["runs", "list", "--sort", "TEXT"],
    ["runs", "tag", "RUN", "TEXT"],
    ["runs", "import", "TEXT"], ["runs", "stop", "TEXT"], ["runs", "show", "RUN", "--chart", "TEXT"],
    ["run", "vanishing-sigmoid", "--set", "TEXT=1"], ["run", "vanishing-sigmoid", "--set", "model.TEXT=1"],
    ["run", "vanishing-sigmoid", "--set", "model.activation=TEXT"], ["watch", "TEXT"], ["TEXT"],
    ["run", "vanishing-sigmoid", "--fail-on", "TEXT"], ["run", "vanishing-sigmoid", "--seed", "TEXT"],
    ["compare", "RUN", "TEXT"], ["report", "TEXT"], ["--preset", "TEXT"], ["runs", "delete", "TEXT"],
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def assert_no_formula(text: str) -> None:
    for cell in cells(text):
        assert cell[:1] not in ("=", "+", "@"), cell
        assert cell[:1] != "-" or re.fullmatch(r"-|-[0-9.e+-]+|-inf|-Infinity", cell), cell


@pytest.fixture(scope="module")
def other(root: Path) -> Path:
    return record(root / "runs")


@given(text=hostile_texts, words=sampled_from(READING))
def test_a_run_of_hostile_texts_is_shown_harmlessly(
    root: Path, other: Path, text: str, words: list[str]
) -> None:
    run = hostile_run(root / "runs", text)
    named = [{"RUN": run.name, "OTHER": other.name}.get(word, word) for word in words]
    out = assert_harmless(root, *named)
    if "--csv" in words or "csv" in words:
        assert_no_formula(out)
    if "--json" in words:
        json.loads(out, parse_constant=pytest.fail)
    assert not commands(run.name)
    shutil.rmtree(run)


@pytest.mark.parametrize("words", NAMING, ids=" ".join)
@settings(max_examples=settings.default.max_examples // 10)
@given(text=hostile_texts)
def test_a_hostile_word_of_the_command_line_is_quoted_harmlessly(
    root: Path, other: Path, words: list[str], text: str
) -> None:
    assert_harmless(root, *(w.replace("TEXT", text).replace("RUN", other.name) for w in words))


@given(text=hostile_texts)
def test_hostile_presets_and_their_data_are_refused_harmlessly(root: Path, text: str) -> None:
    quoted = json.dumps(text)
    presets = {
        "good": f"title = {quoted}\nabout = {quoted}\ntags = [{quoted}]\n[data]\nname = 'digits'\n",
        "values": f"[data]\nname = {quoted}\n[model]\nactivation = {quoted}\ndepth = {quoted}\n",
        "keys": f"[data]\nname = 'digits'\n{quoted} = 1\n[{quoted}]\n",
        "syntax": f"title = '{text}\n[data\n",
        "column": f"[data]\nname = 'csv'\npath = 'd.csv'\ntarget = {quoted}\n",
        "cell": "[data]\nname = 'csv'\npath = 'd.csv'\n",
        "file": f"[data]\nname = 'npz'\npath = {quoted}\n",
    }
    (root / "presets").mkdir(exist_ok=True)
    for name, content in presets.items():
        (root / "presets" / f"{name}.toml").write_text(content, "utf-8")
    cell = text.replace('"', '""')
    (root / "presets" / "d.csv").write_text(f'"{cell}",y\n"{cell}",1\n2,0\n', "utf-8")
    assert_harmless(root, "presets", "list")
    assert_harmless(root, "presets", "list", "--json")
    assert_harmless(root, "presets", "validate", *presets)


def test_the_page_holds_hostile_texts_as_text(root: Path) -> None:
    run, other = hostile_run(root / "page", PAYLOAD + FORMULA), record(root / "page")
    where = root / "page.html"
    assert_harmless(root, "report", run.name, other.name, "-o", str(where), "--runs-dir", "page")
    html = where.read_text("utf-8")
    assert commands(html) == []
    assert not re.search(r"<(script|img|iframe|a|form)\b", html)
    assert "&lt;script&gt;" in html
