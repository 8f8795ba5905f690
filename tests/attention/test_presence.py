"""Whether a phrase's subject is in the picture, read from attention maps."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from multiplane.attention.presence import presence


def maps_of(*phrases: tuple[slice, slice, float]) -> NDArray[np.float32]:
    """Maps (G, 12, 20) with one bright region each over a faint ground."""
    maps = np.full((len(phrases), 12, 20), 0.005, np.float32)
    for heatmap, (rows, columns, value) in zip(maps, phrases, strict=True):
        heatmap[rows, columns] = value
    return maps


def test_a_subject_of_its_own_place_is_there() -> None:
    maps = maps_of((slice(2, 8), slice(1, 7), 0.4), (slice(3, 9), slice(11, 17), 0.3))
    warrior, castle = presence(maps, 2)
    assert warrior > 0.85
    assert castle > 0.85


def test_a_subject_that_looks_where_another_stands_is_missing() -> None:
    there = (slice(2, 8), slice(1, 7), 0.4)
    shared = (slice(2, 8), slice(1, 7), 0.1)
    apart = (slice(3, 9), slice(11, 17), 0.1)
    _, missing = presence(maps_of(there, shared), 2)
    _, found = presence(maps_of(there, apart), 2)
    assert missing < 0.3 < 0.6 < found


def test_a_single_subject_without_attention_is_missing() -> None:
    (missing,) = presence(maps_of((slice(0, 0), slice(0, 0), 0.0)), 1)
    (found,) = presence(maps_of((slice(2, 8), slice(1, 7), 0.4)), 1)
    assert missing < 0.2 < 0.8 < found


def test_the_place_does_not_count() -> None:
    subjects = maps_of((slice(2, 8), slice(1, 7), 0.4), (slice(3, 9), slice(11, 17), 0.3))
    place = np.full((1, 12, 20), 0.6, np.float32)
    assert presence(np.concatenate([subjects, place]), 2) == pytest.approx(presence(subjects, 2))


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (64, 100)])
def test_any_grid(shape: tuple[int, int]) -> None:
    maps = np.random.default_rng(0).random((3, *shape)).astype(np.float32)
    assert all(0.0 <= one <= 1.0 for one in presence(maps, 3))
