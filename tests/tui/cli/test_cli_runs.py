"""`gradlab runs` as a user meets it: in a shell."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import gradlab
from recorded_runs import PRESET, record, started, training

from gradlab.engine.escaping.plain_text import printable
from gradlab.engine.runs.files import read_json, write_json
from gradlab.engine.runs.writer import RunWriter
from gradlab.tui.words.text import layer_table, number


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("runs"))


def test_list_prints_a_row_for_each_run(run: Path):
    done = gradlab("runs", "list", "--runs-dir", str(run.parent))
    assert (done.code, done.err) == (0, "")
    headings, row = done.out.splitlines()
    assert headings.split()[:4] == ["run", "preset", "status", "epochs"]
    assert row.split()[:4] == [run.name, "vanishing-sigmoid", "finished", "3/10"]
    assert "vanishing_gradient" in row and "0.6667" in row


def test_list_as_json_is_one_strict_document(run: Path):
    done = gradlab("runs", "list", "--json", GRADLAB_RUNS=str(run.parent))
    [row] = json.loads(done.out, parse_constant=pytest.fail)
    assert row["id"] == run.name
    assert row["final"]["test_loss"] == "NaN"
    assert row["liveness"] == "ended"


def test_list_limits_and_is_quiet_about_nothing(tmp_path: Path):
    for name in ("a", "b", "c"):
        record(tmp_path, name, steps_per_epoch=1, epochs=1)
    done = gradlab("runs", "list", "--limit", "2", "--json", "--runs-dir", str(tmp_path))
    assert [row["preset"] for row in json.loads(done.out)] == ["c", "b"]
    done = gradlab("runs", "list", "--runs-dir", str(tmp_path / "none"))
    assert (done.code, done.out) == (0, "")
    assert "gradlab run PRESET" in done.err
    assert (
        json.loads(gradlab("runs", "list", "--json", "--runs-dir", str(tmp_path / "x")).out) == []
    )


def test_show_lets_vanishing_be_seen(run: Path):
    done = gradlab("runs", "show", "@last", "--runs-dir", str(run.parent))
    assert (done.code, done.err) == (0, "")
    assert "3 epochs, 30 steps, 3.0s, 10 steps/s" in done.out
    assert "vanishing_gradient since step 3" in done.out
    assert "--set model.activation=relu" in done.out
    bars = [line.count("█") for line in done.out.splitlines() if line.startswith("dense_")][:4]
    assert "dead units  saturated units" in done.out
    assert bars == sorted(bars) and bars[-1] >= bars[0] + 10


def test_show_as_json_is_summary_json(run: Path):
    done = gradlab("runs", "show", run.name[:15], "--json", "--runs-dir", str(run.parent))
    shown = json.loads(done.out)
    assert shown == {
        k: v for k, v in json.loads((run / "summary.json").read_text()).items() if k in shown
    }
    assert shown["run"] == run.name and len(shown) == 14


def test_show_in_ascii(run: Path):
    done = gradlab("runs", "show", str(run), encoding="ascii")
    assert done.code == 0
    assert done.out.isascii() and "####" in done.out


def test_show_names_damage_and_shows_the_rest(tmp_path: Path):
    path = record(tmp_path)
    info, _ = read_json(path / "run.json")
    write_json(path / "run.json", info | {"preset_name": "evil\x1b[2J"}, durable=False)
    (path / "summary.json").write_text('{"layers": [{"name": 3}], "findings": [7]}')
    (path / "weights.parquet").write_bytes(b"PAR1 not at all PAR1")
    done = gradlab("runs", "show", "@last", "--runs-dir", str(tmp_path))
    assert done.code == 0, done.err
    assert "3 epochs, 30 steps" in done.out
    assert "damaged: weights.parquet" in done.err
    assert "\x1b" not in done.out and "evil\\x1b[2J" in done.out


def test_show_explains_what_cannot_be_found(run: Path):
    done = gradlab("runs", "show", "nothing", "--runs-dir", str(run.parent))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith('gradlab: no run "nothing"')


def test_show_says_that_a_run_is_dead_and_can_go_on(tmp_path: Path):
    script = (
        "import os, sys; from pathlib import Path; from recorded_runs import *\n"
        "from gradlab.engine.runs import checkpoint\n"
        f"w = RunWriter.create(Path({str(tmp_path)!r}), PRESET, preset_name='killed')\n"
        "for event in list(training(started()))[:6]: w.write(event)\n"
        "checkpoint.save(w.path, {}, {'step': 10}); os._exit(9)"
    )
    tests = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": tests})
    done = gradlab("runs", "show", "@last", "--runs-dir", str(tmp_path))
    assert re.search(r"status +dead \(its process \d+ has gone", done.out)
    assert "--resume" in done.out
    listed = gradlab("runs", "list", "--json", "--runs-dir", str(tmp_path))
    assert json.loads(listed.out)[0]["status"] == "dead"


def test_delete_asks_first(tmp_path: Path):
    path = record(tmp_path)
    done = gradlab("runs", "delete", "@last", "--runs-dir", str(tmp_path))
    assert done.code == 2 and "--yes" in done.err and path.exists()
    for answer, gone in (("n", False), ("y", True)):
        master, terminal = pty.openpty()
        os.write(master, f"{answer}\n".encode())
        done = gradlab("runs", "delete", "@last", "--runs-dir", str(tmp_path), stdin=terminal)
        os.close(master)
        os.close(terminal)
        assert path.name in done.err and done.out == ""
        assert done.code == (0 if gone else 1)
        assert path.exists() is not gone
    assert (tmp_path / ".trash" / path.name).exists()
    done = gradlab("runs", "delete", "--empty-trash", "--yes", "--runs-dir", str(tmp_path))
    assert done.code == 0 and "deleted 1" in done.err
    assert not (tmp_path / ".trash" / path.name).exists()


def test_delete_refuses_live_runs(tmp_path: Path):
    writer = RunWriter.create(tmp_path, PRESET, preset_name="p")
    for event in list(training(started()))[:4]:
        writer.write(event)
    done = gradlab("runs", "delete", writer.id, "--yes", "--runs-dir", str(tmp_path))
    assert done.code == 2 and "is being trained" in done.err
    assert writer.path.exists()
    writer.close()


def test_run_names_complete(run: Path):
    environment = {
        "GRADLAB_RUNS": str(run.parent),
        "_GRADLAB_COMPLETE": "complete_bash",
        "COMP_WORDS": "gradlab runs show 2",
        "COMP_CWORD": "3",
    }
    command = Path(sys.executable).with_name("gradlab")
    output = subprocess.check_output([command], text=True, env={**os.environ, **environment})
    assert output.split() == [run.name]


def test_the_layer_table_draws_every_kind_of_value():
    def norm(first, last):
        return {"first": first, "last": last, "median": first}

    layers = [
        {"name": "a", "delta_norm": norm(1e-12, 0.0), "grad_norm": norm("NaN", "Infinity")},
        {"name": "b", "delta_norm": norm(1.0, 1e-6), "grad_norm": norm(None, None)},
    ]
    text = layer_table({"layers": layers}, 100)
    assert max(map(len, text.splitlines())) <= 100
    for value in ("1.0e-12", "nan", "inf", "1.0e-06", " -", " 0 "):
        assert value in text
    assert "bars" not in layer_table({"layers": layers}, 40)
    assert layer_table({"layers": []}, 80) == "no layers were measured"


def test_numbers_and_names_are_printed_safely():
    assert [number(v) for v in (None, 0, 0.25, 1e-5, 123456.0, "-Infinity")] == [
        "-", "0", "0.25", "1.0e-05", "1.2e+05", "-inf",
    ]  # fmt: skip
    assert printable("é\x1b]0;x\x07\u202e") == "é\\x1b]0;x\\x07\\u202e"
