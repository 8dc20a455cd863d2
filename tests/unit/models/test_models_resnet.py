"""The family resnet."""

import keras
import numpy as np
import pytest

from gradlab.engine.errors import PresetError
from gradlab.engine.models.build import build


def test_small_pictures_pass_all_six_blocks(preset, images):
    model = build(preset({"family": "resnet"}), images)
    assert model.output_shape == (None, 10)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    # stem, two in each of six blocks, and a projection where the filters change (twice)
    assert len(convolutions) == 1 + 12 + 2
    assert [layer.filters for layer in convolutions if layer.name.endswith("conv_2")] == [
        64, 64, 128, 128, 256, 256,
    ]  # fmt: skip
    assert model.get_layer("stem").kernel_size == (7, 7)
    assert model.get_layer("stem").strides == (2, 2)
    assert not model.get_layer("stem").use_bias
    assert model.get_layer("block_3_conv_1").strides == (2, 2)
    assert model.get_layer("block_3_projection").kernel_size == (1, 1)
    np.testing.assert_allclose(model(images.train.x).numpy().sum(axis=1), 1, rtol=1e-5)


def test_names_are_the_same_at_every_build(preset, images):
    settings = preset({"family": "resnet", "filters": [4, 8]})
    first, again = ([layer.name for layer in build(settings, images).layers] for _ in range(2))
    assert first == again
    assert "block_2_add" in first


def test_without_shortcuts(preset, images):
    settings = preset({"family": "resnet", "filters": [4, 8], "residual": False})
    names = [layer.name for layer in build(settings, images).layers]
    assert not [name for name in names if "add" in name or "projection" in name]


def test_shortcut_is_the_identity_where_filters_stay(preset, images):
    settings = {"family": "resnet", "filters": [4], "normalization": "none", "activation": "linear"}
    model = build(preset(settings), images)
    for name in ("block_1_conv_1", "block_1_conv_2"):
        layer = model.get_layer(name)
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    before = keras.Model(model.input, model.get_layer("stem_pool").output)(images.train.x)
    after = keras.Model(model.input, model.get_layer("block_1_activation_2").output)
    np.testing.assert_array_equal(before, after(images.train.x))


def test_without_normalization_convolutions_have_a_bias(preset, images):
    model = build(preset({"family": "resnet", "filters": [4], "normalization": "none"}), images)
    assert model.get_layer("stem").use_bias
    assert not [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]


def test_tables_are_refused(preset, table):
    with pytest.raises(PresetError, match=r"needs pictures .* has the shape \(20,\)"):
        build(preset({"family": "resnet"}), table)


def test_the_article_s_order_normalizes_after_activations_and_flattens(preset, images):
    article = {"family": "resnet", "filters": [4, 8], "normalization": "after"}
    names = [
        layer.name for layer in build(preset({**article, "average_pool": False}), images).layers
    ]
    order = [name for name in names if name.startswith("block_1")]
    assert order == [
        "block_1_conv_1", "block_1_activation_1", "block_1_conv_1_normalization",
        "block_1_conv_2", "block_1_activation_2", "block_1_conv_2_normalization",
        "block_1_add", "block_1_activation_3",
    ]  # fmt: skip
    assert "block_2_projection" in names and "block_2_projection_normalization" not in names
    assert "flatten" in names and "average_pool" not in names
