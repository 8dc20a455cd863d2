"""The callbacks a preset asks for."""

import keras
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.callbacks import directions, make_callbacks

SCHEDULE = {
    "learning_rate": {
        "name": "exponential_decay", "initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.9,
    }
}  # fmt: skip
LOGGED = directions([keras.metrics.BinaryAccuracy("accuracy")], validated=True)


def test_none_unless_asked(preset, tmp_path):
    assert make_callbacks(preset(), tmp_path, LOGGED) == []


def test_settings_reach_keras(preset, tmp_path):
    train = {
        "early_stopping": {"patience": 7, "monitor": "val_accuracy", "restore_best_weights": True},
        "model_checkpoint": {"monitor": "val_accuracy", "mode": "max"},
        "reduce_lr_on_plateau": {"factor": 0.3, "min_lr": 1e-5},
        "callbacks": [{"class_name": "TerminateOnNaN"}],
    }
    stop, best, plateau, nan = make_callbacks(preset(train=train), tmp_path / "checkpoint", LOGGED)
    assert isinstance(stop, keras.callbacks.EarlyStopping)
    assert (stop.patience, stop.monitor, stop.restore_best_weights) == (7, "val_accuracy", True)
    assert isinstance(best, keras.callbacks.ModelCheckpoint)
    assert best.filepath == str(tmp_path / "checkpoint" / "best.keras")
    assert best.save_best_only
    assert isinstance(plateau, keras.callbacks.ReduceLROnPlateau)
    assert (plateau.factor, plateau.min_lr) == (0.3, 1e-5)
    assert isinstance(nan, keras.callbacks.TerminateOnNaN)


def test_nothing_is_kept_where_nothing_is_recorded(preset):
    assert make_callbacks(preset(train={"model_checkpoint": {}}), None, LOGGED) == []


@pytest.mark.parametrize(
    "train",
    [{"reduce_lr_on_plateau": {}}, {"callbacks": [{"class_name": "ReduceLROnPlateau"}]}],
)
def test_plateau_and_schedule_exclude_each_other(preset, train):
    with pytest.raises(PresetError, match=r"reduce_lr_on_plateau cannot lower a rate"):
        make_callbacks(preset(train=train, optimizer=SCHEDULE), None, LOGGED)


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        ({"class_name": "TerminateOnNan"}, r"train\.callbacks.0: .*did you mean"),
        (
            {"class_name": "EarlyStopping", "config": {"patient": 3}},
            r"callbacks.0: .*\"patient\"",
        ),
        (
            {"class_name": "BackupAndRestore", "config": {"backup_dir": "b"}},
            r"callbacks.0: BackupAndRestore is for fit.*--resume",
        ),
        (
            {"class_name": "ReduceLROnPlateau", "config": {"factor": 2.0}},
            r"callbacks.0: ReduceLROnPlateau: .*factor",
        ),
    ],
)
def test_errors(preset, callback, message):
    with pytest.raises(PresetError, match=message):
        make_callbacks(preset(train={"callbacks": [callback]}), None, LOGGED)


def test_auto_finds_out_which_way_a_metric_improves(preset):
    metrics = [keras.metrics.AUC(name="auc"), keras.metrics.Hinge(name="hinge")]
    logged = directions(metrics, validated=True)
    modes = []
    for monitor in ("val_auc", "hinge", "val_loss"):
        train = {"early_stopping": {"monitor": monitor}}
        (stop,) = make_callbacks(preset(train=train), None, logged)
        modes.append(stop.mode)
    assert modes == ["max", "min", "min"]


@pytest.mark.parametrize(
    ("key", "settings", "validated", "message"),
    [
        ("early_stopping", {"monitor": "val_acuracy"}, True,
         r'early_stopping\.monitor: .*no "val_acuracy"; did you mean "val_accuracy"\? It logs: loss, '),
        ("reduce_lr_on_plateau", {}, False, r'plateau\.monitor: .*no "val_loss".*set data\.validation'),
        ("early_stopping", {"monitor": "learning_rate"}, True, r'stopping\.mode: .*say "min" or "max"'),
    ],
)  # fmt: skip
def test_monitors_that_nothing_logs_are_refused(preset, key, settings, validated, message):
    logged = directions([keras.metrics.BinaryAccuracy("accuracy")], validated=validated)
    with pytest.raises(PresetError, match=message):
        make_callbacks(preset(train={key: settings}), None, logged)
