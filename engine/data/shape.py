"""The shape of a data set, told by its settings alone: nothing is read or generated."""

from __future__ import annotations

from ..preset.schema import DataSettings
from .memory import LENGTH, SYMBOLS

_STORED = {
    "digits": ((8, 8), 10),
    "mnist": ((28, 28), 10),
    "fashion_mnist": ((28, 28), 10),
    "cifar10": ((32, 32, 3), 10),
}


def expected_shape(settings: DataSettings) -> tuple[tuple[int, ...], int] | None:
    """Shape of one input row, and the units that the targets ask of an output layer.

    Args:
        settings: a valid `[data]` table.

    Returns:
        (input shape, output units), or None for files, which have to be read.
    """
    name, options = settings.name, settings.options
    if name in _STORED:
        shape, classes = _STORED[name]
        return shape, _units(options.get("n_class", classes))
    if name in ("circles", "moons"):
        return (2,), 1
    if name == "blobs":
        centers = options.get("centers")
        if isinstance(centers, list):
            return (len(centers[0]),), _units(len(centers))
        return (options.get("n_features", 2),), _units(3 if centers is None else centers)
    if name == "classification":
        return (options.get("n_features", 20),), _units(options.get("n_classes", 2))
    if name == "regression":
        return (options.get("n_features", 100),), options.get("n_targets", 1)
    if name == "adding":
        return (options.get("T", 100), 2), 1
    if name == "copy":
        steps = options.get("T", 100) + 2 * options.get("length", LENGTH)
        symbols = options.get("symbols", SYMBOLS)
        return (steps, symbols + 2), symbols + 1
    return None


def _units(classes: int) -> int:
    return 1 if classes == 2 else classes
