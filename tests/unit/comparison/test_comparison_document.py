"""The whole comparison: verdicts, findings on one axis, damage, and nothing heavy loaded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from compared_runs import compared, preset
from recorded_runs import started

from gradlab.engine.comparison.document import comparison
from gradlab.engine.comparison.findings import markers
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.errors import RunError
from gradlab.engine.exchange.importing import import_run
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.strict_json import dumps


def test_two_runs_are_judged(tmp_path: Path):
    paths = [
        compared(tmp_path, val_accuracy=0.1),
        compared(tmp_path, "cured", val_accuracy=0.9, healthy=True, activation="relu"),
    ]
    document = comparison(open_runs(paths))
    assert document["verdict"]["outcome"] == "cured"
    assert document["verdict"]["sentence"].startswith("B against A: cured")
    swapped = comparison(open_runs(paths), baseline=1)
    assert swapped["verdict"]["outcome"] == "worse" and swapped["baseline"] == "B"
    assert json.loads(dumps(document))["results"][0]["metric"] == "loss"


def test_runs_on_other_data_are_said_to_be(tmp_path: Path):
    paths = [
        compared(tmp_path, val_accuracy=v, data=d) for v, d in ((0.2, "digits"), (0.9, "moons"))
    ]
    said = comparison(open_runs(paths))["verdict"]["sentence"]
    assert said.startswith("B against A: on other data (data.name), ")
    both = comparison(open_runs([*paths, compared(tmp_path, val_accuracy=0.3)]))["verdict"]
    assert "is best by val_accuracy: on other data (data.name), 0.9" in both["sentence"]


def test_of_many_runs_the_best_is_named(tmp_path: Path):
    paths = [compared(tmp_path, val_accuracy=v, healthy=v > 0.5) for v in (0.2, 0.9, 0.4)]
    verdict = comparison(open_runs(paths))["verdict"]
    assert verdict["best"] == "B" and verdict["metric"] == "val_accuracy"
    assert "+0.7 against A" in verdict["sentence"]
    assert "findings in A, C" in verdict["sentence"]


def test_a_run_that_broke_off_in_its_first_epoch_does_not_spoil_the_verdict(tmp_path: Path):
    paths = [compared(tmp_path, val_accuracy=v) for v in (0.2, 0.9)]
    begun = RunWriter.create(tmp_path, preset(), preset_name="begun")
    begun.write(started(4))
    document = comparison(open_runs([begun.path, *paths]))
    assert document["verdict"]["sentence"].startswith("C (sick) is best by val_accuracy: 0.9;")


def test_findings_lie_on_the_axis_that_is_asked_for(tmp_path: Path):
    runs = open_runs([compared(tmp_path), compared(tmp_path, cleared_at=20)])
    [first, second] = markers(runs)
    assert (first.run, first.first_step, first.cleared_step) == (0, 3, None)
    assert (second.run, second.first_step, second.cleared_step) == (1, 3, 20)
    document = comparison(runs, axis="examples")
    assert document["findings"][1]["x"] == 96
    assert document["findings"][1]["x_cleared"] == 640
    assert document["ends"] == [29 * 32, 29 * 32]


def test_different_architectures_say_so(tmp_path: Path):
    runs = open_runs([compared(tmp_path, layers=3), compared(tmp_path, layers=5)])
    profiles = comparison(runs)["profiles"]
    assert profiles["same_layers"] is False and profiles["step"] == 29
    assert profiles["delta_norm"][1]["relative_depth"] == [0, 0.25, 0.5, 0.75, 1]


def test_a_run_without_layers_does_not_spoil_the_profiles(tmp_path: Path):
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,1.0\n")
    imported = import_run(log, tmp_path).path
    profiles = comparison(open_runs([compared(tmp_path), imported]))["profiles"]
    assert profiles["same_layers"] and profiles["step"] == 29
    assert profiles["delta_norm"][1] is None


def test_live_runs_compare_as_far_as_they_are(tmp_path: Path):
    runs = open_runs([compared(tmp_path), compared(tmp_path, status="training")])
    assert runs[1].status == "compiling"  # what it last said; its process is this one
    assert comparison(runs)["results"][0]["values"][1] is not None


@pytest.mark.parametrize(
    "victim", ["run.json", "summary.json", "events.jsonl", "metrics.parquet", "state.json"]
)
@pytest.mark.parametrize("how", ["zeros", "half", "gone"])
def test_damaged_runs_are_compared_with_what_is_left(tmp_path: Path, victim: str, how: str):
    paths = [compared(tmp_path), compared(tmp_path, val_accuracy=0.5)]
    data = (paths[1] / victim).read_bytes()
    before = {p.name for p in paths[1].iterdir()} - {victim}
    if how == "gone":
        (paths[1] / victim).unlink()
    else:
        (paths[1] / victim).write_bytes(
            bytes(len(data)) if how == "zeros" else data[: len(data) // 2]
        )
    runs = open_runs(paths)
    document = comparison(runs, by_seed=True)
    assert json.loads(dumps(document))["runs"][1]["run"] == paths[1].name
    if victim != "summary.json":  # it is made anew from the records
        assert runs[1].damage
    assert {p.name for p in paths[1].iterdir()} - {victim} == before


def test_one_run_is_no_comparison(tmp_path: Path):
    with pytest.raises(RunError, match="2 to 20"):
        comparison(open_runs([compared(tmp_path)]))


def test_nothing_here_loads_tensorflow(tmp_path: Path):
    paths = [str(compared(tmp_path)), str(compared(tmp_path))]
    script = (
        "import sys; from gradlab.tui.cli import main\n"
        f"sys.argv = ['gradlab', 'compare', *{paths!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"sys.argv = ['gradlab', 'report', *{paths!r}, '-o', {str(tmp_path / 'r.html')!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = 'tensorflow keras sklearn textual'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
