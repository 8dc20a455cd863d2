import numpy as np
import pytest

from gradlab.engine.measuring.boundary import BoundaryProbe, probabilities
from gradlab.engine.runs.event_lines import from_line, to_line
from gradlab.engine.stream.events import CERTAIN, Boundary, Epoch, Probe


def losses(trainer):
    return [event.logs["loss"] for event in trainer.run() if isinstance(event, Epoch)]


def test_probabilities_are_the_models_own(small, trainer):
    taught = trainer(small("circles", train={"epochs": 1}))
    losses(taught)
    boundary = BoundaryProbe(taught.parts.model, taught.parts.dataset, rows=5, columns=7).measure(
        2, 8
    )
    assert boundary.probabilities.shape == (5, 7, 2) and (boundary.epoch, boundary.step) == (2, 8)
    np.testing.assert_allclose(boundary.probabilities.sum(axis=-1), 1, atol=1 / CERTAIN)
    left, right, bottom, top = boundary.extent
    corners = np.array([[left, top], [right, bottom]], np.float32)
    expected = taught.parts.model(corners, training=False).numpy()[:, 0]
    np.testing.assert_allclose(
        boundary.probabilities[[0, -1], [0, -1], 1], expected, atol=0.5 / CERTAIN + 1e-6
    )


def test_the_boundary_follows_the_weights(small, trainer):
    taught = trainer(small("circles", model={"dropout": 0.3, "width": 16}))
    probe = BoundaryProbe(taught.parts.model, taught.parts.dataset)
    before = probe.measure(0, 0).probabilities
    np.testing.assert_array_equal(before, probe.measure(0, 0).probabilities)
    losses(taught)
    assert np.abs(probe.measure(0, 0).probabilities - before).max() > 1e-3


def test_a_training_tells_its_boundary_when_it_is_probed(small, trainer):
    noisy = {"dropout": 0.2, "normalization": "before", "width": 16}
    preset = small("circles", model=noisy, train={"epochs": 6})
    events = list(trainer(preset).run())
    told = [event for event in events if isinstance(event, Boundary)]
    assert [b.epoch for b in told] == [e.epoch for e in events if isinstance(e, Probe)]
    assert told[0].step == 0 and told[-1].step == preset.train.epochs * 7
    assert (told[0].levels != told[-1].levels).any()
    line = to_line(told[-1], 42, 0.0, 1)
    assert len(line) < 5000
    _, again, _ = from_line(line)
    assert isinstance(again, Boundary)
    assert (again.epoch, again.step, again.extent) == (5, 42, told[-1].extent)
    np.testing.assert_array_equal(again.levels, told[-1].levels)


def test_logits_become_probabilities():
    two = probabilities(np.array([[0.0], [100.0]], np.float32), "linear")
    np.testing.assert_allclose(two, [[0.5, 0.5], [0, 1]], atol=1e-6)
    three = probabilities(np.array([[1.0, 1.0, 1.0]], np.float32), "linear")
    np.testing.assert_allclose(three, [[1 / 3] * 3], atol=1e-6)
    kept = probabilities(np.array([[0.25]], np.float32), "sigmoid")
    np.testing.assert_allclose(kept, [[0.75, 0.25]])


def test_only_a_plane_of_classes_has_a_boundary(small, trainer):
    taught = trainer(small("dense", model={"depth": 1, "width": 4}))
    with pytest.raises(ValueError, match="not a plane"):
        BoundaryProbe(taught.parts.model, taught.parts.dataset)
