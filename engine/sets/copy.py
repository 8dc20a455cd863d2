"""The copy task, as in Arjovsky et al. 2016."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .data_set import DataSet, Shape
from .settings import Count, Seed

if TYPE_CHECKING:
    from .source import Source


class Copy(DataSet):
    """The copy task: some symbols, a silence, and then the same symbols."""

    kind = "sequences"
    task = "sequence"

    n_samples: Count = 10_000
    T: Count = 100
    """Time steps of the silence."""
    length: Count = 10
    """Symbols to remember."""
    symbols: Count = 8
    """Different symbols that they are drawn from."""
    random_state: Seed | None = None

    def shape(self) -> Shape:
        return (self.T + 2 * self.length, self.symbols + 2), self.symbols + 1

    def read(self, seed: int) -> Source:
        """Without memory the cross-entropy is length * ln(symbols) / (T + 2 length).

        The inputs are the symbols from 1 on, T - 1 blanks, a last symbol that asks for them, and as
        many blanks as symbols; the targets are T + length blanks and then the symbols.

        Returns:
            x float32 [n, T + 2 length, symbols + 2], one-hot; y int64 [n, T + 2 length] with the
            classes 0 (blank) to `symbols`.
        """
        import numpy as np

        from .source import Source

        n, delay, length, letters = self.n_samples, self.T, self.length, self.symbols
        rng = np.random.default_rng(seed if self.random_state is None else self.random_state)
        symbols = rng.integers(1, letters + 1, (n, length))
        sequence = np.zeros((n, delay + 2 * length), np.int64)
        sequence[:, :length] = symbols
        sequence[:, length + delay - 1] = letters + 1
        y = np.zeros_like(sequence)
        y[:, -length:] = symbols
        return Source(
            x=np.eye(letters + 2, dtype=np.float32)[sequence],
            y=y,
            task="sequence",
            class_names=("blank", *(str(letter) for letter in range(1, letters + 1))),
            largest=1.0,
        )
