"""The callbacks a preset asks for."""

import keras
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.callbacks import make_callbacks

SCHEDULE = {
    "learning_rate": {
        "name": "exponential_decay", "initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.9,
    }
}  # fmt: skip


def test_none_unless_asked(preset, tmp_path):
    assert make_callbacks(preset(), tmp_path) == []


def test_settings_reach_keras(preset, tmp_path):
    train = {
        "early_stopping": {"patience": 7, "monitor": "val_accuracy", "restore_best_weights": True},
        "model_checkpoint": {"monitor": "val_accuracy", "mode": "max"},
        "reduce_lr_on_plateau": {"factor": 0.3, "min_lr": 1e-5},
        "callbacks": [{"class_name": "TerminateOnNaN"}],
    }
    stop, best, plateau, nan = make_callbacks(preset(train=train), tmp_path)
    assert isinstance(stop, keras.callbacks.EarlyStopping)
    assert (stop.patience, stop.monitor, stop.restore_best_weights) == (7, "val_accuracy", True)
    assert isinstance(best, keras.callbacks.ModelCheckpoint)
    assert best.filepath == str(tmp_path / "best.keras")
    assert best.save_best_only
    assert isinstance(plateau, keras.callbacks.ReduceLROnPlateau)
    assert (plateau.factor, plateau.min_lr) == (0.3, 1e-5)
    assert isinstance(nan, keras.callbacks.TerminateOnNaN)


def test_nothing_is_kept_where_nothing_is_recorded(preset):
    assert make_callbacks(preset(train={"model_checkpoint": {}}), None) == []


@pytest.mark.parametrize(
    "train",
    [{"reduce_lr_on_plateau": {}}, {"callbacks": [{"class_name": "ReduceLROnPlateau"}]}],
)
def test_plateau_and_schedule_exclude_each_other(preset, train):
    with pytest.raises(PresetError, match=r"reduce_lr_on_plateau cannot lower a rate"):
        make_callbacks(preset(train=train, optimizer=SCHEDULE), None)


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        ({"class_name": "TerminateOnNan"}, r"train\.callbacks\[0\]: .*did you mean"),
        (
            {"class_name": "EarlyStopping", "config": {"patient": 3}},
            r"callbacks\[0\]: .*\"patient\"",
        ),
        (
            {"class_name": "BackupAndRestore", "config": {"backup_dir": "b"}},
            r"callbacks\[0\]: BackupAndRestore is for fit.*--resume",
        ),
        (
            {"class_name": "ReduceLROnPlateau", "config": {"factor": 2.0}},
            r"callbacks\[0\]: ReduceLROnPlateau: .*factor",
        ),
    ],
)
def test_errors(preset, callback, message):
    with pytest.raises(PresetError, match=message):
        make_callbacks(preset(train={"callbacks": [callback]}), None)
