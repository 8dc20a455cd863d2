"""Where callbacks may write, and what needs trust."""

import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.preset.foreign import misplaced
from gradlab.engine.preset.load import load_text

HEAD = '[data]\nname = "digits"\n[train]\ncallbacks = [%s]\n'


@pytest.mark.parametrize(
    "place",
    [
        "epochs.csv", "logs/epochs.csv", "logs", "best.keras", "a/b/{epoch:02d}.keras",
        "{epoch}-{val_loss:.3f}.keras", "..name.csv", "x..y/z.csv",
    ],
)  # fmt: skip
def test_places_inside_the_run(place):
    assert misplaced(place) == ""


@pytest.mark.parametrize(
    "place",
    [
        "/etc/passwd", "../above.csv", "logs/../../x.csv", "..", ".", "", " ", "~/x.csv", "~root",
        "C:\\x.csv", "\\\\host\\x", "logs\\..\\..\\x.csv", "http://host/x", "gs://bucket/x", 3, None,
        "run.json", "RUN.JSON", "events.jsonl", "metrics.rec", "metrics.parquet", "cancel",
        "checkpoint/resume.npz", "checkpoint", "x\0y", "a\nb", "./state.json",
        "x/.{loss!s:.0}./.{loss!s:.0}./y", "{epoch:/>9}", "{epoch.__class__}", "{", "{0}",
    ],
)  # fmt: skip
def test_places_outside_it(place):
    assert misplaced(place)


@pytest.mark.parametrize(
    "callback",
    [
        '{class_name = "CSVLogger", config = {filename = "/tmp/x.csv"}}',
        '{name = "csv_logger", filename = "../x.csv"}',
        '{class_name = "ModelCheckpoint", config = {filepath = "/tmp/x.keras"}}',
        '{class_name = "TensorBoard", config = {log_dir = "/tmp/tb"}}',
    ],
)
def test_the_loader_names_the_callback(callback):
    message = r"^x\.toml:4: train\.callbacks\.0: \w+ = .* must be a relative path: callbacks write"
    with pytest.raises(PresetError, match=message):
        load_text(HEAD % callback, where="x.toml")
