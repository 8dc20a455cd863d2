"""Coloured photographs of 32 x 32 points."""

from __future__ import annotations

from .pictures import Pictures


class Cifar10(Pictures):
    """keras.datasets.cifar10."""

    name = "cifar10"
    cached_files = ("cifar-10-batches-py-target_archive",)
    stored = (50_000, 32, 32, 3)
    class_names = (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip
    twin = False
    plain = False  # pickles, which can run code
