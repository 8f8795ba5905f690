"""Stray pieces change hands, and nothing else does."""

from __future__ import annotations

import numpy as np

from multiplane.layers.strays import reassign_strays


def shares_of(owner: np.ndarray, count: int) -> np.ndarray:
    shares = np.full((count, *owner.shape), 0.1, np.float32)
    for index in range(count):
        shares[index][owner == index] = 0.8
    return shares


def test_a_stray_piece_goes_to_whom_it_touches() -> None:
    owner = np.full((60, 100), 2)
    owner[10:50, 5:35] = 0
    owner[10:40, 60:90] = 1
    owner[40:46, 65:75] = 0  # below the other subject, far from its own
    owner[2:5, 95:98] = 0  # a speck in the background
    tidied = reassign_strays(shares_of(owner, 3))
    won = tidied.argmax(axis=0)
    assert (won[40:46, 65:75] == 2).all() or (won[40:46, 65:75] == 1).all()
    assert (won[2:5, 95:98] == 2).all()
    assert (won[10:50, 5:35] == 0).all()
    assert (won[10:40, 60:90] == 1).all()
    assert np.allclose(tidied.sum(axis=0), shares_of(owner, 3).sum(axis=0))


def test_an_enclosed_piece_goes_to_the_one_around_it() -> None:
    owner = np.full((60, 100), 2)
    owner[10:50, 5:35] = 0
    owner[10:40, 60:90] = 1
    owner[20:25, 70:76] = 0
    assert (reassign_strays(shares_of(owner, 3)).argmax(axis=0)[20:25, 70:76] == 1).all()


def test_large_pieces_stay() -> None:
    owner = np.full((60, 100), 1)
    owner[10:50, 5:35] = 0
    owner[10:30, 60:90] = 0  # half as large: two of a kind, or something hidden in the middle
    shares = shares_of(owner, 2)
    assert (reassign_strays(shares) == shares).all()
