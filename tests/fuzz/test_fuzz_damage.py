"""Whatever happens to a file of a run, what is shown is what was written, or the file is named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import DrawFn, binary, composite, data, integers, sampled_from, sets
from recorded_runs import PRESET, record, started, training

from gradlab.engine.comparison.document import comparison
from gradlab.engine.comparison.opened import open_runs
from gradlab.engine.diagnosis.context import make_context
from gradlab.engine.diagnosis.diagnose import context_of, diagnose, too_short
from gradlab.engine.errors import GradlabError
from gradlab.engine.exchange.selection import select
from gradlab.engine.runs import checkpoint
from gradlab.engine.runs.files import write_json
from gradlab.engine.runs.followed import FollowedRun, RecordedRun, open_run
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.query import filter_runs, sort_runs
from gradlab.engine.runs.state import read_state, write_state
from gradlab.engine.runs.writer import RunWriter
from gradlab.engine.stream.events import LAYER_STATISTICS, STEP_SCALARS, Column, Finished
from gradlab.engine.stream.history import History
from gradlab.engine.strict_json import dumps
from gradlab.tui.cli.resuming import find_unfinished

DOCUMENTS = ("run.json", "state.json", "summary.json", "columns.json", "notes.json")
RECORDS = ("metrics.parquet", "weights.parquet", "live/metrics.rec", "live/weights.rec")
FILES = (*DOCUMENTS, "events.jsonl", "live/events.jsonl", "checkpoint/resume.npz", *RECORDS)

VALUES = (
    "1e999", "-1e999", "NaN", "Infinity", '"NaN"', "1" + "0" * 400, "9" * 5000, "9223372036854775807",
    "9223372036854775808", "-1", "0", "1e308", "null", "true", "[]", "{}", '""', '"x"', '{"a": 1}',
    "[" * 100_000 + "]" * 100_000, '"' + "A" * 100_000 + '"', '"\\u001b]52;c;QQ==\\u0007"',
    '"\\ud800"', "1.5", "4294967296", "65536", "[null]", "[1]", '["a"]', "[{}]",
)  # fmt: skip
"""JSON texts that stand where another value stood."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed run, and under `live` one whose writer went away."""
    root = tmp_path_factory.mktemp("whole")
    run = record(root).rename(root / "run")
    write_json(run / "notes.json", {"name": "a", "tags": ["b"], "note": "c"}, durable=False)
    arrays = {"kernel": np.arange(6.0), "bias": np.ones((2, 3), np.float32)}
    checkpoint.save(run, arrays, {"step": 30, "epoch": 3})
    writer = RunWriter.create(root, PRESET, preset_name="killed")
    for event in training(started()):
        if not isinstance(event, Finished):
            writer.write(event)
    writer._flush()
    shutil.copytree(writer.path, run / "live")
    writer.close()
    state, _ = read_state(run / "live")
    write_state(run / "live", replace(state, pid=4194305), durable=False)
    return run


@composite
def damaged(draw: DrawFn, intact: bytes) -> bytes:
    """The bytes with bits flipped, a part cut out, zeroed, replaced, doubled, or something behind."""
    start, length = draw(integers(0, len(intact))), draw(sampled_from((1, 8, 64, 4096, 1 << 30)))
    head, part, tail = intact[:start], intact[start : start + length], intact[start + length :]
    how = draw(sampled_from(("bit", "cut", "zeros", "other", "more", "twice", "behind")))
    if how == "bit" and part:
        return head + bytes([part[0] ^ 1 << draw(integers(0, 7))]) + intact[start + 1 :]
    changed = {
        "cut": head + tail,
        "zeros": head + bytes(len(part)) + tail,
        "other": head + draw(binary(max_size=64)) + tail,
        "more": head + draw(binary(max_size=64)) + part + tail,
        "twice": head + part + part + tail,
    }
    return changed.get(how, intact + draw(binary(max_size=4096)))


def spots(document: Any, path: tuple = ()) -> Iterator[tuple]:
    """Every place in a JSON document."""
    yield path
    if isinstance(document, dict | list):
        items = document.items() if isinstance(document, dict) else enumerate(document)
        for key, value in items:
            yield from spots(value, (*path, key))


@composite
def hostile(draw: DrawFn, intact: bytes) -> bytes:
    """A JSON object without a checksum, as an older version or an enemy writes it, one value replaced."""
    document = json.loads(intact)
    document.pop("crc32", None)
    path, value = draw(sampled_from(list(spots(document))[1:])), draw(sampled_from(VALUES))
    parent = document
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = "\0"
    return json.dumps(document).replace(json.dumps("\0"), value, 1).encode()


def told(run: RecordedRun) -> str:
    """All that is shown of a run but the damage."""
    history = run.history
    lines = (history.started, history.epochs, history.probes, history.findings, history.finished)
    documents = (run.info, run.state, run.notes, run.outcome)
    return repr((documents, lines, history.steps.values.tolist(), history.weights.values.tolist()))


def read_in_every_way(run: Path) -> None:
    """What commands and screens do with a run; only messages for people may come of it."""
    rows = list_runs(run.parent)
    ways = (
        lambda: filter_runs(sort_runs(rows, "-steps"), "lr>=1e-9"),
        lambda: FollowedRun(run).read(),
        lambda: diagnose(opened.history, context_of(opened.history, opened.info)),
        lambda: dumps(comparison(open_runs([run, run]))),
        lambda: select(run, ["*/delta_norm", "epoch/*"]),
        lambda: find_unfinished(run.name, [], run.parent),
        lambda: checkpoint.read_checkpoint(run),
    )
    opened = open_run(run)
    dumps([row.document() for row in rows])
    dumps(opened.outcome)
    assert all(len(text) < 500 for text in opened.damage), opened.damage
    for way in ways:
        try:
            way()
        except GradlabError as error:
            assert len(str(error)) <= 500 + len(str(run))


@pytest.mark.parametrize("name", FILES)
@given(drawn=data())
def test_no_damage_goes_unsaid(whole: Path, tmp_path_factory, name: str, drawn) -> None:
    folder, _, file = name.rpartition("live/")
    intact = whole / "live" if folder or name.startswith("live") else whole
    run = Path(shutil.copytree(intact, tmp_path_factory.mktemp("damage") / "run"))
    before = open_run(run)
    written = drawn.draw(damaged((intact / file).read_bytes()))
    (run / file).write_bytes(written)
    after = open_run(run)
    same = told(after) == told(before)
    assert same or after.damage != before.damage, f"{file} changed without a word"
    read_in_every_way(run)
    shutil.rmtree(run.parent)


@pytest.mark.parametrize("name", DOCUMENTS)
@given(drawn=data())
def test_documents_of_an_enemy_end_in_no_traceback(
    whole: Path, tmp_path_factory, name: str, drawn
) -> None:
    run = Path(shutil.copytree(whole, tmp_path_factory.mktemp("enemy") / "run"))
    (run / name).write_bytes(drawn.draw(hostile((whole / name).read_bytes())))
    read_in_every_way(run)
    shutil.rmtree(run.parent)


@given(drawn=data())
def test_lines_of_an_enemy_end_in_no_traceback(whole: Path, tmp_path_factory, drawn) -> None:
    run = Path(shutil.copytree(whole, tmp_path_factory.mktemp("enemy") / "run"))
    lines = (whole / "events.jsonl").read_bytes().splitlines()
    at = drawn.draw(integers(0, len(lines) - 1))
    old = [json.dumps({**json.loads(line), "crc32": None}).encode() for line in lines]
    lines = [line.replace(b', "crc32": null', b"") for line in old]
    lines[at] = drawn.draw(hostile(lines[at]))
    (run / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    read_in_every_way(run)
    shutil.rmtree(run.parent)


@given(
    whole=sets(sampled_from(STEP_SCALARS)),
    by_layer=sets(sampled_from(LAYER_STATISTICS)),
    scale=sampled_from((1.0, 1e30, 0.0, float("nan"))),
)
def test_a_run_of_any_series_is_judged_by_those_that_it_has(
    whole: set[str], by_layer: set[str], scale: float
) -> None:
    begin = started(steps_per_epoch=60)
    columns = [Column("", name) for name in sorted(whole)]
    columns += [Column(layer.name, name) for layer in begin.layers for name in sorted(by_layer)]
    history = History()
    for event in training(replace(begin, columns=tuple(columns))):
        history.add(event)
    history.steps.values[:] *= scale
    findings = diagnose(history, make_context(PRESET, None, "mse"))
    assert whole >= {"loss"} or not findings
    assert ("loss" in whole) == (not too_short(history))


@pytest.mark.parametrize("name", [*DOCUMENTS, "events.jsonl", "metrics.parquet", "metrics.rec"])
@pytest.mark.parametrize("kind", ["fifo", "endless", "folder", "loop"])
def test_what_is_no_file_is_named_and_waits_for_nobody(
    whole: Path, tmp_path: Path, name: str, kind: str
) -> None:
    run = Path(shutil.copytree(whole, tmp_path / "run"))
    (run / name).unlink(missing_ok=True)
    {
        "fifo": lambda: os.mkfifo(run / name),
        "endless": lambda: (run / name).symlink_to("/dev/zero"),
        "folder": lambda: (run / name).mkdir(),
        "loop": lambda: (run / name).symlink_to(run / name),
    }[kind]()
    assert name in " ".join(open_run(run).damage)
    read_in_every_way(run)
