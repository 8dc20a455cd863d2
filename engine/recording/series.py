"""From the rows of hooks to the records of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..stream.events import Column
from .activity import STATISTICS
from .hook import LAYER, SCALARS, Hook
from .layers import told_apart
from .ring import Carried


class Series:
    """Which series a recorded run has, and how they are read from rows.

    Args:
        hooks: after their first step.
        main: the one whose steps are counted.
    """

    def __init__(self, hooks: Sequence[Hook], main: Hook) -> None:
        self._hooks = [main, *(hook for hook in hooks if hook.layers and hook is not main)]
        self._carried = [Carried(hook.width) for hook in self._hooks]
        self._skips = any(hook.scales for hook in hooks)
        self._accumulates = any(hook.accumulates for hook in hooks)
        self._rows = 0
        names = ["loss", "learning_rate", "grad_norm"]
        names += ["updated"] if self._accumulates else []
        names += ["loss_scale", "skipped_steps"] if self._skips else []
        self.layers = told_apart([hook.layers for hook in self._hooks])
        """The measured layers of all optimizers."""
        self.columns = (
            *(Column("", name) for name in names),
            *(
                Column(info.name, s)
                for info, s in zip(self.layers, self._statistics(), strict=True)
                for s in s
            ),
        )
        """The series of a step record."""
        self.weight_columns = tuple(
            Column(info.name, s) for info in self.layers for s in ("weight_norm", "update_ratio")
        )
        """The series of a weight record."""

    def _statistics(self) -> list[list[str]]:
        return [
            [
                "grad_norm",
                *(["grad_norm_clipped"] if hook.clips else []),
                "update_norm",
                *(activity.statistics if activity is not None else ()),
            ]
            for hook in self._hooks
            for activity in hook.watched
        ]

    def records(self, logged_loss: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the hooks measured since the last call.

        Args:
            logged_loss: what stands for the loss of steps whose own is not known.

        Returns:
            Steps, int64 [rows]; step records, float32 [rows, columns]; the weight record of the
            last one, float32 [weight columns].
        """
        taken = [hook.take() for hook in self._hooks]
        for carried, rows in zip(self._carried, taken, strict=True):
            carried.add(*rows)
        steps = taken[0][0]
        if not len(steps):
            return steps, np.zeros((0, 0), np.float32), np.zeros(0, np.float32)
        tables = [carried.at(steps) for carried in self._carried]
        scalars = dict(zip(SCALARS, tables[0][:, : len(SCALARS)].T, strict=True))
        last = max(np.flatnonzero(scalars["updated"]), default=-1)  # micro-batches move nothing
        squares = np.zeros(len(steps))
        blocks, weights = [], []
        for hook, table in zip(self._hooks, tables, strict=True):
            squares += table[:, SCALARS.index("grad_norm")].astype(np.float64) ** 2
            end = len(SCALARS) + len(LAYER) * len(hook.layers)
            layers = table[:, len(SCALARS) : end].reshape(len(steps), -1, len(LAYER))
            grads, clipped, updates = np.moveaxis(layers, 2, 0)
            kept = [grads, *([clipped] if hook.clips else []), updates]
            for place, activity in enumerate(hook.watched):
                blocks += [numbers[:, place] for numbers in kept]
                if activity is not None:
                    known = [STATISTICS.index(name) for name in activity.statistics]
                    blocks += list(table[:, end : end + len(STATISTICS)].T[known])
                    end += len(STATISTICS)
            norms = hook.weight_norms()
            ratios = np.divide(updates[last], norms, out=np.zeros_like(norms), where=norms != 0)
            weights.append(np.stack([norms, ratios], axis=1).ravel())
        loss = scalars["loss"]
        # A loss that is not a number in some steps is what these steps had.
        columns = [np.full_like(loss, logged_loss) if np.isnan(loss).all() else loss]
        columns += [scalars["learning_rate"], np.sqrt(squares)]
        columns += [scalars["updated"]] if self._accumulates else []
        if self._skips:
            columns += [
                scalars["loss_scale"],
                steps - np.arange(self._rows, self._rows + len(steps)),
            ]
        self._rows += len(steps)
        values = np.column_stack([*columns, *blocks]).astype(np.float32)
        return steps, values, np.concatenate(weights).astype(np.float32)
