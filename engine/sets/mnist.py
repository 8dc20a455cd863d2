"""Handwritten digits of 28 x 28 points."""

from __future__ import annotations

from .pictures import Pictures


class Mnist(Pictures):
    """keras.datasets.mnist."""

    name = "mnist"
    cached_files = ("mnist.npz",)
    stored = (60_000, 28, 28)
    class_names = tuple("0123456789")
