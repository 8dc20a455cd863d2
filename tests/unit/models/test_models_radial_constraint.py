"""Constraints and dropout on arrays, as the slides show them."""

import keras
import numpy as np
import pytest

from gradlab.engine.models.radial_constraint import RadialConstraint
from gradlab.engine.preset.load import load


@pytest.mark.parametrize(("height", "width", "rings"), [(5, 5, 3), (4, 4, 2), (3, 5, 3), (1, 1, 1)])
def test_each_ring_of_a_kernel_has_its_mean(height, width, rings):
    kernel = np.random.default_rng(0).normal(size=(height, width, 2, 3)).astype("float32")
    radial = np.asarray(RadialConstraint()(keras.ops.convert_to_tensor(kernel)))
    for channel, unit in np.ndindex(2, 3):
        assert len(np.unique(radial[..., channel, unit].round(5))) == rings
    np.testing.assert_allclose(radial.sum((0, 1)), kernel.sum((0, 1)), rtol=1e-4)
    np.testing.assert_allclose(radial, radial[::-1, ::-1], rtol=1e-5)
    np.testing.assert_allclose(RadialConstraint()(radial), radial, rtol=1e-5)


def test_a_kernel_of_a_dense_layer_has_no_radius():
    with pytest.raises(ValueError, match="Conv2D"):
        RadialConstraint()(np.ones((3, 4)))


def test_the_arrays_of_the_slides_stand_in_the_lab_sheets():
    normed = np.asarray(keras.constraints.UnitNorm()(np.arange(6.0).reshape(3, 2)))
    sheet = load("moons-unit-norm").guide
    for number in normed.ravel()[normed.ravel() > 0]:
        assert f"{number:.4f}".rstrip("0") in sheet
    for norm in np.linalg.norm(np.arange(6.0).reshape(3, 2), axis=0):
        assert f"{norm:.3f}" in sheet

    array = np.arange(10.0, dtype="float32").reshape(5, 2)
    dropped = np.asarray(keras.layers.Dropout(0.2, seed=0)(array, training=True))
    kept = dropped != 0
    np.testing.assert_allclose(dropped[kept], array[kept] / 0.8)
    assert "1 becomes 1.25, 8 becomes 10" in load("circles-dropout").guide
