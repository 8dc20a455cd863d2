"""What has changed since it was written is named and left out; what was written before is read."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import record

from gradlab.engine.runs.files import fits, read_json, with_checksum, write_json
from gradlab.engine.runs.followed import RecordedRun, open_run

DOCUMENTS = ("run.json", "state.json", "summary.json", "columns.json", "notes.json")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = record(tmp_path_factory.mktemp("sealed"))
    write_json(run / "notes.json", {"name": "a", "tags": ["b"], "note": "c"}, durable=False)
    return run


@pytest.fixture
def run(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / sealed.name))


def told(run: RecordedRun) -> tuple:
    """All that is shown of a run but the damage."""
    history = run.history
    lines = (history.started, history.epochs, history.probes, history.findings, history.finished)
    return repr((run.info, run.state, run.notes, run.outcome, lines)), history.steps.values.tolist()


@pytest.mark.parametrize("name", [*DOCUMENTS, "events.jsonl"])
def test_no_flipped_bit_changes_what_is_shown_without_a_word(run: Path, name: str):
    whole, data = told(open_run(run)), (run / name).read_bytes()
    assert not open_run(run).damage
    random = np.random.default_rng(len(name))
    for place in random.integers(0, len(data), 80):
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(random.integers(8))
        (run / name).write_bytes(flipped)
        opened = open_run(run)
        assert told(opened) == whole or name in " ".join(opened.damage)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [lines[0], *lines[2:]], "1 line missing"),
        (lambda lines: lines[:-1], "1 line missing"),
        (lambda lines: [*lines, lines[1]], "1 damaged line left out"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "1 damaged line left out"),
        (lambda lines: [*lines[:3], b'{"event": "status"}\n', *lines[3:]], "1 damaged line left"),
    ],
)
def test_lines_that_were_taken_away_added_or_moved_are_named(run: Path, change, said: str):
    lines = (run / "events.jsonl").read_bytes().splitlines(keepends=True)
    (run / "events.jsonl").write_bytes(b"".join(change(lines)))
    opened = open_run(run)
    assert said in " ".join(opened.damage)
    assert len(opened.history.steps) == 30


def test_runs_from_before_there_were_checksums_are_whole(run: Path):
    before = told(open_run(run))
    for name in DOCUMENTS:
        document = json.loads((run / name).read_text())
        del document["crc32"]
        (run / name).write_text(json.dumps(document))
    lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    old = [
        json.dumps({k: v for k, v in line.items() if k not in ("crc32", "line")}) for line in lines
    ]
    (run / "events.jsonl").write_text("\n".join(old) + "\n")
    opened = open_run(run)
    assert opened.damage == () and told(opened) == before


def test_a_checksum_is_of_the_bytes_before_it():
    data = with_checksum('{\n "a": 1\n}')
    assert fits(data) and json.loads(data)["a"] == 1
    assert fits(data.replace(b"1", b"2", 1)) is False
    assert fits(b'{"a": 1}') is None


def test_a_checksum_that_is_none_counts_as_damage(tmp_path: Path):
    (tmp_path / "a.json").write_text('{"a": 1, "crc32": "?"}')
    assert read_json(tmp_path / "a.json")[0] == {}
