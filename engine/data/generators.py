"""scikit-learn's bundled digits and its generators, with their own arguments."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ..errors import DataError
from .checks import check_options, rows_option, whole_option
from .source import Source

FUNCTIONS = {
    "circles": "make_circles",
    "moons": "make_moons",
    "blobs": "make_blobs",
    "regression": "make_regression",
    "classification": "make_classification",
}
"""Our names and scikit-learn's functions."""

CLASS_NAMES = {"circles": ("outer", "inner"), "moons": ("upper", "lower")}

_PAIRS = {"center_box", "n_samples"}

# These change what the function returns, not what it generates.
_RETURN_ARGUMENTS = {"coef", "return_centers", "return_X_y"}


def read_digits(options: dict[str, Any]) -> Source:
    """The 1797 handwritten digits bundled with scikit-learn, in stored order.

    Args:
        options: `n_class` (only the first so many digits, 2 to 10), `rows`.

    Returns:
        x float64 [rows, 8, 8] with values 0 to 16.
    """
    from sklearn.datasets import load_digits

    check_options("digits", options, ["n_class", "rows"])
    n_class = whole_option("digits", options, "n_class", 2, 10)
    if n_class > 10:
        raise DataError(f'data.options.n_class = {n_class} of "digits" must be at most 10')
    rows = rows_option("digits", options)
    digits: Any = load_digits(n_class=n_class)
    return Source(
        x=digits.images[:rows],
        y=digits.target[:rows],
        task="classification",
        class_names=tuple(str(digit) for digit in range(n_class)),
        largest=16.0,
        one_scale=True,
    )


def generate(name: str, options: dict[str, Any], seed: int) -> Source:
    """Rows from a generator of scikit-learn, in the order in which it generates them.

    Args:
        name: a key of `FUNCTIONS`.
        options: arguments of the function.
        seed: `random_state`, unless the options have it.

    Raises:
        DataError: if scikit-learn does not know an argument or refuses its value.
    """
    import sklearn.datasets

    function = getattr(sklearn.datasets, FUNCTIONS[name])
    allowed = [
        key for key in inspect.signature(function).parameters if key not in _RETURN_ARGUMENTS
    ]
    check_options(name, options, allowed)
    # scikit-learn wants pairs as tuples, and copies other lists.
    arguments = {
        key: tuple(value) if key in _PAIRS and isinstance(value, list) else value
        for key, value in options.items()
    }
    try:
        x, y = function(**{"random_state": seed, **arguments})
    except (TypeError, ValueError) as error:
        raise DataError(f'data.options of "{name}" do not fit: {error}') from error
    if len(x) == 0:
        raise DataError(f'data.options.n_samples of "{name}" must be at least 1')

    if name == "regression":
        return Source(x=x, y=y.reshape(len(x), -1), task="regression")
    classes = int(y.max()) + 1
    class_names = CLASS_NAMES.get(name, tuple(str(label) for label in range(classes)))
    return Source(x=x, y=y.astype(np.int64), task="classification", class_names=class_names)
