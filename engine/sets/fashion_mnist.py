"""Clothes of 28 x 28 points."""

from __future__ import annotations

from .pictures import Pictures


class FashionMnist(Pictures):
    """keras.datasets.fashion_mnist."""

    name = "fashion_mnist"
    cached_files = (
        "fashion-mnist/train-labels-idx1-ubyte.gz",
        "fashion-mnist/train-images-idx3-ubyte.gz",
        "fashion-mnist/t10k-labels-idx1-ubyte.gz",
        "fashion-mnist/t10k-images-idx3-ubyte.gz",
    )
    stored = (60_000, 28, 28)
    class_names = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
