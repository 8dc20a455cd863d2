"""When StopWhen stops, on values that are known."""

import pytest

from gradlab.engine.models.stopping import StopWhen


class Trained:
    stop_training = False


def stops_at(values, **arguments):
    """The epoch, from 1, after which it stops; None if it does not."""
    callback = StopWhen(
        **{"monitor": "val_loss", "mode": "min", "epochs": 3, "amount": 0.0} | arguments
    )
    model = Trained()
    callback._model = model
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_loss": value})
        if model.stop_training:
            return epoch + 1
    return None


FALLING = [1.0, 0.8, 0.6, 0.4, 0.2, 0.1]


@pytest.mark.parametrize(
    ("trigger", "values", "arguments", "epoch"),
    [
        ("no_change", [1.0, 0.5, 0.51, 0.5, 0.505, 0.2], {"amount": 0.02}, 5),
        ("no_change", FALLING, {"amount": 0.02}, None),
        ("worse_by", [1.0, 0.5, 0.55, 0.71, 0.4], {"amount": 0.2}, 4),
        ("worse_by", [0.1, 0.9, 0.75, 0.6], {"amount": 0.2, "mode": "max"}, 4),
        ("worsening", [1.0, 0.5, 0.6, 0.55, 0.6, 0.65, 0.7], {}, 7),
        ("worsening", [0.5, 0.6, 0.5, 0.6, 0.5, 0.6], {}, None),
        ("average_change", [1.0, 0.7, 0.4, 0.39, 0.38, 0.37], {"amount": 0.05}, 6),
        ("average_change", FALLING, {"amount": 0.05}, None),
    ],
)
def test_triggers(trigger, values, arguments, epoch):
    assert stops_at(values, trigger=trigger, **arguments) == epoch


def test_a_preset_stops_by_it_and_goes_on_where_it_was(small, trained):
    stop = {"monitor": "loss", "trigger": "no_change", "epochs": 2, "amount": 10.0}
    history = trained(small("circles", train={"epochs": 9, "stop_when": stop}))
    assert len(history.epochs) == 3
