import threading

import numpy as np
import pytest

from gradlab.engine.measuring.boundary import BoundaryProbe, probabilities
from gradlab.engine.stream.events import Epoch


def losses(trainer):
    return [event.logs["loss"] for event in trainer.run() if isinstance(event, Epoch)]


def test_probabilities_are_the_models_own(small, trainer):
    taught = trainer(small("circles", train={"epochs": 1}))
    losses(taught)
    boundary = BoundaryProbe(taught.model, taught.dataset, rows=5, columns=7).measure(8)
    assert boundary.probabilities.shape == (5, 7, 2) and boundary.step == 8
    np.testing.assert_allclose(boundary.probabilities.sum(axis=-1), 1, atol=1e-6)
    left, right, bottom, top = boundary.extent
    corners = np.array([[left, top], [right, bottom]], np.float32)
    expected = taught.model(corners, training=False).numpy()[:, 0]
    np.testing.assert_allclose(boundary.probabilities[[0, -1], [0, -1], 1], expected, atol=1e-6)


def test_the_boundary_follows_the_weights(small, trainer):
    taught = trainer(small("circles", model={"dropout": 0.3, "width": 16}))
    probe = BoundaryProbe(taught.model, taught.dataset)
    before = probe.measure().probabilities
    np.testing.assert_array_equal(before, probe.measure().probabilities)
    losses(taught)
    assert np.abs(probe.measure().probabilities - before).max() > 1e-3


def test_measuring_while_training_changes_nothing(small, trainer):
    noisy = {"dropout": 0.2, "normalization": "before", "width": 16}
    preset = small("circles", model=noisy, train={"epochs": 6})
    alone = losses(trainer(preset))
    watched = trainer(preset)
    probe = BoundaryProbe(watched.model, watched.dataset)
    done, seen = threading.Event(), []

    def watch():
        while not done.is_set():
            seen.append(probe.measure())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        assert losses(watched) == alone
    finally:
        done.set()
        thread.join()
    assert seen


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
        BoundaryProbe(taught.model, taught.dataset)
