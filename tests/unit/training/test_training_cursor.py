"""Every row is taken once an epoch, and steps beyond divergence do not count."""

from __future__ import annotations

import numpy as np
import pytest

from gradlab.engine.training.cursor import DIVERGED_AFTER, Batches, Cursor


@pytest.mark.parametrize("rows", [1, 31, 32, 33, 500])
def test_every_row_is_taken_once_an_epoch(rows: int) -> None:
    batches = Batches(rows, 32, shuffle=True)
    order, counts = batches.order(0, 1), batches.counts()
    assert order.shape == (batches.steps, batches.size)
    taken = [row for rows_of_step, n in zip(order, counts, strict=True) for row in rows_of_step[:n]]
    assert sorted(taken) == list(range(rows))
    assert batches.seen(batches.steps) == counts.sum() == rows


def test_orders_differ_by_epoch_and_seed_and_repeat() -> None:
    batches = Batches(500, 32, shuffle=True)
    orders = [batches.order(seed, epoch) for seed, epoch in ((0, 0), (0, 1), (1, 0))]
    assert not any(np.array_equal(orders[0], other) for other in orders[1:])
    assert np.array_equal(orders[1], batches.order(0, 1))
    plain = Batches(500, 32, shuffle=False).order(0, 7)
    assert np.array_equal(plain.ravel()[:500], np.arange(500))


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_divergence_counts_the_same_steps_in_every_block_length(block: int) -> None:
    losses = np.full(1000, np.nan)
    losses[:40] = 2.0
    losses[50] = 3.0
    cursor, counted = Cursor(), 0
    for first in range(0, 1000, block):
        part = losses[first : first + block]
        counted += cursor.advance(part, np.full(len(part), 10))
        if cursor.diverged:
            break
    assert counted == cursor.index == 51 + DIVERGED_AFTER
    assert cursor.non_finite == DIVERGED_AFTER


def test_a_cursor_comes_back_from_its_document() -> None:
    cursor = Cursor()
    cursor.advance(np.array([1.0, 2.0]), np.array([32, 32]))
    assert cursor.loss_sum == 96
    assert Cursor.of(cursor.document() | {"step": 2, "seed": 0}) == cursor
    cursor.end_epoch()
    assert (cursor.epoch, cursor.index, cursor.loss_sum) == (1, 0, 0.0)


@pytest.mark.parametrize("rows", [1, 3, 64, 129, 1000, 1025, 4000])
def test_weights_are_measured_at_the_first_steps_every_64th_and_the_last(rows: int) -> None:
    batches = Batches(rows, 1, shuffle=True)
    first, later = batches.weighed(0).tolist(), batches.weighed(7).tolist()
    assert first[0] == 1 and first[-1] == later[-1] == rows
    assert set(later) <= set(first)
    assert max(np.diff([0, *later])) <= 64
    assert not [step for step in set(first) - set(later) if step not in (1, 2, 4, 8, 16, 32)]
