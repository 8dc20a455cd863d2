"""`gradlab compare` and `gradlab report` as a user meets them: in a shell."""

import csv
import io
import json
from pathlib import Path

import pytest
from command import gradlab
from compared_runs import compared

from gradlab.engine.runs.notes import rename
from gradlab.tui.cli.comparison import as_csv, as_markdown, as_text


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("runs")
    return [
        str(compared(root, val_accuracy=0.2)),
        str(compared(root, "cured", val_accuracy=0.9, healthy=True, activation="relu")),
    ]


def test_what_changed_where_and_how_much_better(pair: list[str]):
    done = gradlab("compare", *pair)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert any(line.split() == ["model.activation", "sigmoid", "relu"] for line in lines)
    assert not any("batch_size" in line for line in lines)
    [row] = [line for line in lines if line.startswith("val_accuracy")]
    assert row.split()[-4:] == ["0.2", "0.9", "+0.7", "better"]
    bars = [line.count("█") for line in lines if line.startswith("dense_")]
    assert len(bars) == 8 and bars[:4] == sorted(bars[:4])
    [strip] = [line for line in lines if line.startswith("A vanishing_gradient")]
    assert "✖" in strip and strip.endswith("step 3")
    assert lines[-1].startswith("Verdict: B against A: cured")


def test_all_shows_what_is_equal_and_x_moves_findings(pair: list[str]):
    done = gradlab("compare", *pair, "--all", "--x", "examples", "--baseline", pair[1])
    assert "train.batch_size" in done.out and "examples 96" in done.out
    assert "Verdict: A against B: worse" in done.out


def test_ascii_output_is_ascii(pair: list[str]):
    done = gradlab("compare", *pair, encoding="ascii")
    assert done.code == 0 and done.out.isascii() and "####" in done.out


def test_json_is_one_strict_document(pair: list[str]):
    done = gradlab("compare", *pair, "--json", "--by-seed")
    document = json.loads(done.out, parse_constant=pytest.fail)
    assert document["differences"]["model.activation"] == ["sigmoid", "relu"]
    assert document["verdict"]["outcome"] == "cured"
    [test_loss] = [row for row in document["results"] if row["metric"] == "test_loss"]
    assert test_loss["values"] == ["NaN", "NaN"]
    assert [group["runs"] for group in document["groups"]] == [["A"], ["B"]]
    assert document["groups"][1]["against"]["val_accuracy"]["note"] == "too few runs"


def test_csv_and_markdown_say_the_same(pair: list[str]):
    rows = list(csv.reader(io.StringIO(gradlab("compare", *pair, "--csv").out)))
    assert rows[0] == ["kind", "key", "A", "B"]
    assert ["difference", "model.activation", "sigmoid", "relu"] in rows
    assert [row[1] for row in rows if row[0].startswith("delta_norm at step 29")] == [
        f"dense_{i}" for i in range(4)
    ]
    markdown = gradlab("compare", *pair, "--md").out
    assert "| model.activation | sigmoid | relu |" in markdown
    assert markdown.rstrip().splitlines()[-1].startswith("**Verdict:** B against A: cured")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "2 to 20 different runs"),
        (["{0}"], "2 to 20 different runs, not 1"),
        (["{0}", "{0}"], "2 to 20 different runs, not 1"),
        (["{0}", "nowhere"], 'no run "nowhere"|there are no runs'),
        (["{0}", "{1}", "--json", "--csv"], "choose one of"),
    ],
)
def test_mistakes_are_explained(pair: list[str], arguments: list[str], message: str):
    done = gradlab("compare", *(a.format(*pair) for a in arguments), "--runs-dir", "/nonexistent")
    assert done.code == 2 and done.out == ""
    assert any(part in done.err for part in message.split("|"))


def test_damage_and_odd_names_are_named_and_do_nothing(tmp_path: Path):
    paths = [compared(tmp_path), compared(tmp_path, layers=6)]
    rename(paths[0], "evil\x1b[2J|<b>")
    (paths[1] / "notes.json").write_bytes(b"not at all")
    done = gradlab("compare", *map(str, paths))
    assert done.code == 0 and "B: damaged: notes.json" in done.err
    assert "\x1b" not in done.out and "evil\\x1b[2J" in done.out
    assert "by relative depth" in done.out
    markdown = gradlab("compare", *map(str, paths), "--md").out
    assert "evil\\\\x1b\\[2J\\|&lt;b&gt;" in markdown


def test_twenty_runs_fit(tmp_path: Path):
    from gradlab.engine.comparison.document import comparison
    from gradlab.engine.comparison.opened import open_runs

    paths = [compared(tmp_path, seed=seed, val_accuracy=seed / 20) for seed in range(20)]
    document = comparison(open_runs(paths), by_seed=True)
    text = as_text(document, 80)
    assert "A (20 runs)" in text and "Verdict: T" in text
    assert max(map(len, text.splitlines()[:60])) <= 100
    assert as_markdown(document).count("\n### ") == 8


def test_csv_and_markdown_have_intervals_directions_and_nets_of_different_depth(tmp_path: Path):
    from gradlab.engine.comparison.document import comparison
    from gradlab.engine.comparison.opened import open_runs

    sick = [compared(tmp_path, seed=s, val_accuracy=0.1 + s / 100) for s in range(3)]
    cured = [compared(tmp_path, seed=s, activation="relu", val_accuracy=0.9) for s in range(3)]
    document = comparison(open_runs([*sick, *cured]), baseline=3, by_seed=True)
    assert "A-D" in as_text(document, 100) and "D-A" not in as_text(document, 100)
    rows = list(csv.reader(io.StringIO(as_csv(document))))
    assert ["change", "val_accuracy", *["worse"] * 3, *["same"] * 3] in rows
    [spread] = [row for row in rows if row[:2] == ["seeds of A-D", "val_accuracy"]]
    assert spread[2].startswith("'-0.79 [") and spread[2].endswith("] paired")
    assert spread[5] == ""
    assert "### Seeds of A-D" in as_markdown(document)
    deep = compared(tmp_path, layers=5)
    document = comparison(open_runs([sick[0], deep]))
    rows = list(csv.reader(io.StringIO(as_csv(document))))
    found = [row for row in rows if row[0] == "delta_norm at step 29, by relative depth"]
    assert [row[1] for row in found] == ["0", "0.25", "0.333", "0.5", "0.667", "0.75", "1"]
    assert found[1][2] == "" and float(found[1][3]) > 0 and "" not in found[0]


def test_report_writes_a_page(pair: list[str], tmp_path: Path):
    target = tmp_path / "report.html"
    done = gradlab("report", *pair, "-o", str(target))
    assert (done.code, done.err, done.out) == (0, "", f"{target}\n")
    assert target.read_text("utf-8").count("<svg") == 9
    done = gradlab("report", "-o", str(target))
    assert done.code == 2 and "say which runs" in done.err
    done = gradlab("report", pair[0], "-o", str(tmp_path / "none" / "r.html"))
    assert done.code == 2 and "cannot write" in done.err
