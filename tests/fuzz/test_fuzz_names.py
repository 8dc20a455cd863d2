"""Whatever a person calls a run, asks for, or brings from another tool: an answer, or one sentence."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import binary, data, integers, lists, one_of, sampled_from, text
from recorded_runs import record

from gradlab.engine.errors import GradlabError
from gradlab.engine.exchange.event_files import write_events
from gradlab.engine.exchange.importing import import_run
from gradlab.engine.exchange.selection import Part, select
from gradlab.engine.exchange.tables import write_csv, write_jsonl, write_parquet
from gradlab.engine.runs.followed import open_run
from gradlab.engine.runs.ids import file_safe, find_run, make_directory
from gradlab.engine.runs.listing import list_runs
from gradlab.engine.runs.notes import annotate, rename, tag
from gradlab.engine.runs.query import filter_runs, sort_runs
from gradlab.engine.strict_json import dumps

LONGEST = 500
"""Characters of a message, the paths of the test left out."""

names = one_of(
    text(max_size=40),
    text("~@/.\\\0 \n*?[]'\"%é\u202e\x1b-", max_size=12),
    sampled_from(
        ("@last", "@last~1", "@last~" + "9" * 20, "@last~" + "9" * 5000, "~nobody", "~root/x", ".", "..",
         "/", "a" * 256, "é" * 300, "x" * 100_000, "/" + "y" * 5000, "\udc80\ud800", "con", "-rf", "\0")
    ),
)  # fmt: skip

queries = lists(
    one_of(
        sampled_from(
            ("lr>=1e-3", "loss<nan", "-status:finished", "preset:x,y", "tag:", "val_loss=inf", '"', "'",
             "a" * 5000 + "=1", "model.depth>1e400", "seed=0x10", ">", "=", "-", "best.loss<1", "\\")
        ),
        text(max_size=20),
    ),
    max_size=4,
).map(" ".join)  # fmt: skip

steps = one_of(integers(0, 50), sampled_from((-1, -(2**63), 2**31, 2**53, 2**53 + 1, 2**63 - 1)))
tags = sampled_from(
    (
        "loss",
        "epoch_loss",
        "epoch/loss",
        "dense/delta_norm",
        "\x1b[2J",
        "",
        "/",
        "a/b/c",
        "=1+1",
        "step",
    )
)
numbers = sampled_from((0.5, float("nan"), float("inf"), 1e38, -1e300))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    record(root), record(root)
    return root


def assert_a_sentence(error: GradlabError, *paths: Path) -> None:
    said = str(error)
    for path in paths:
        said = said.replace(str(path), "")
    assert len(said) <= LONGEST, said


@given(name=names)
def test_a_name_finds_a_run_or_says_why_not(runs: Path, name: str) -> None:
    try:
        found = find_run(name, runs)
        assert found.parent == runs or "/" in name
    except GradlabError as error:
        assert_a_sentence(error, runs)


@given(name=names)
def test_a_name_makes_one_folder_where_it_belongs(tmp_path_factory, name: str) -> None:
    safe, root = file_safe(name), tmp_path_factory.mktemp("names")
    assert safe.isascii() and 0 < len(safe) <= 40 and "/" not in safe and safe not in (".", "..")
    assert make_directory(root, name, datetime.now(UTC)).parent == root


@given(words=names)
def test_what_is_noted_is_read_back(runs: Path, words: str) -> None:
    run = list_runs(runs)[0].path
    annotate(run, words)
    rename(run, words)
    try:
        tag(run, [words])
    except GradlabError as error:
        assert_a_sentence(error)
    row = next(row for row in list_runs(runs) if row.path == run)
    assert not row.damage
    assert row.note == words.strip().encode(errors="replace").decode()


@given(query=queries, field=one_of(names, sampled_from(("loss", "-steps", "tag", "best.loss"))))
def test_a_query_is_answered_or_refused(runs: Path, query: str, field: str) -> None:
    rows = list_runs(runs)
    for ask in (lambda: filter_runs(rows, query), lambda: sort_runs(rows, field)):
        try:
            assert len(ask()) <= len(rows)
        except GradlabError as error:
            assert_a_sentence(error)


@given(drawn=data())
def test_event_files_of_any_content_are_imported_or_refused(tmp_path_factory, drawn) -> None:
    folder = tmp_path_factory.mktemp("events")
    parts = []
    for name in drawn.draw(lists(tags, min_size=1, max_size=3, unique=True)):
        taken = np.array(sorted(drawn.draw(lists(steps, min_size=1, max_size=5, unique=True))))
        walls = np.array([drawn.draw(numbers) for _ in taken], np.float64)
        values = np.array([[drawn.draw(numbers)] for _ in taken], np.float64)
        parts.append(Part((name,), taken, walls, values))
    path = write_events(folder / "tb", parts)
    intact, how = (
        path.read_bytes(),
        drawn.draw(sampled_from(("whole", "cut", "bit", "long", "behind"))),
    )
    at = drawn.draw(integers(0, len(intact) - 1))
    path.write_bytes(
        {
            "whole": intact,
            "cut": intact[:at],
            "bit": intact[:at] + bytes([intact[at] ^ 16]) + intact[at + 1 :],
            "long": intact + struct.pack("<Q", 2 ** drawn.draw(integers(5, 63))) + bytes(50),
            "behind": intact + drawn.draw(binary(max_size=200)),
        }[how]
    )
    assert_imported_or_refused(path, folder)


@given(
    lines=lists(
        lists(
            sampled_from(
                ("0", "1", "-1", "1e300", "inf", "nan", "x", "", "1.5", "9" * 400, '"', "\0")
            ),
            max_size=4,
        ).map(",".join),
        max_size=6,
    ),
    header=sampled_from(
        ("epoch,loss", "epoch;loss", "epoch\tloss", "epoch", "loss", "epoch,\x1b[2J")
    ),
)
def test_csv_logs_of_any_content_are_imported_or_refused(tmp_path_factory, header, lines) -> None:
    folder = tmp_path_factory.mktemp("csv")
    (folder / "log.csv").write_text("\n".join([header, *lines]))
    assert_imported_or_refused(folder / "log.csv", folder)


def assert_imported_or_refused(path: Path, folder: Path) -> None:
    """Import a file, and let what came of it leave again."""
    try:
        made = import_run(path, folder / "runs")
    except GradlabError as error:
        assert_a_sentence(error, path)
        return
    assert all(len(text) <= LONGEST for text in made.damage)
    assert open_run(made.path).damage == ()
    dumps([row.document() for row in list_runs(folder / "runs")])
    try:
        selection = select(made.path)
    except GradlabError as error:
        assert_a_sentence(error, made.path)
        return
    write_jsonl(selection, io.BytesIO())
    write_csv(selection, io.BytesIO())
    write_parquet(selection, folder / "x.parquet")
    write_events(folder / "again", selection.parts)
