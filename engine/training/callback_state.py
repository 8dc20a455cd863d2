"""What Keras callbacks remember, so that a resumed run goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

_PLAIN = (bool, int, float, str, type(None))

_DERIVED = ("min_delta",)
"""Settings that Keras changes at the first epoch's end, and would change again: their sign."""


def needs_batch_hooks(callback: keras.callbacks.Callback) -> bool:
    """Whether a callback must be called at every step, which ends blocks after one step."""
    if getattr(callback, "save_freq", None) == "epoch":
        return False
    base = keras.callbacks.Callback
    names = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
    return any(getattr(type(callback), name) is not getattr(base, name) for name in names)


def save_state(
    callbacks: Sequence[keras.callbacks.Callback],
) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Plain attributes of each callback, and the weights they keep (EarlyStopping's best)."""
    plain, arrays = [], {}
    for index, callback in enumerate(callbacks):
        state = {}
        for name, value in vars(callback).items():
            if isinstance(value, np.generic):
                value = value.item()
            if isinstance(value, _PLAIN) and name not in _DERIVED:
                state[name] = value
        plain.append(state)
        best = getattr(callback, "best_weights", None)
        for number, weight in enumerate(best or []):
            arrays[f"callback/{index}/{number}"] = np.asarray(weight)
    return plain, arrays


def restore_state(
    callbacks: Sequence[keras.callbacks.Callback],
    plain: Sequence[dict[str, Any]],
    arrays: dict[str, np.ndarray],
) -> None:
    """Put back what `save_state` gave, after `on_train_begin` has reset it."""
    for index, (callback, state) in enumerate(zip(callbacks, plain, strict=True)):
        vars(callback).update({key: state[key] for key in state.keys() - set(_DERIVED)})
        prefix = f"callback/{index}/"
        kept = sorted((int(k.removeprefix(prefix)), k) for k in arrays if k.startswith(prefix))
        if kept:
            callback.best_weights = [arrays[key] for _, key in kept]  # type: ignore[attr-defined]
