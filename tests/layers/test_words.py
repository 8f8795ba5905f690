"""Heatmaps of words: kept small, and what is told of them."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane.attention.words import content_words
from multiplane.layers.hands.words import MOST, WordHeat


def test_words_with_a_meaning_and_where_they_stand() -> None:
    text = "A knight-errant before the knight's castle, and a Castle in 1900"
    found = content_words(text)
    assert list(found) == ["knight-errant", "knight", "castle"]
    assert [text[first:last] for first, last in found["castle"]] == ["castle", "Castle"]
    assert content_words("the of and 12") == {}


def test_a_patch_is_compact_and_what_is_everywhere_is_not() -> None:
    rows, columns = np.mgrid[:36, :64].astype(np.float32)
    patch = np.exp(-((rows - 12) ** 2 + (columns - 20) ** 2) / 60)
    corners = np.zeros((36, 64), np.float32)
    corners[:4, :4] = corners[-4:, -4:] = 1.0
    heat = WordHeat.of(["king", "corners", "all"], np.stack([patch, corners, np.ones_like(patch)]))
    assert heat.compactness(0) > 0.95
    assert heat.compactness(1) < 0.25
    assert 0.04 < heat.coverage(0) < 0.08
    assert heat.coverage(2) == 1.0
    assert [int(one.max()) for one in heat.by_word().values()] == [1, 1, 1]


def test_they_are_bounded_and_come_back_from_their_sheet() -> None:
    attention = np.random.default_rng(1).random((MOST + 9, 90, 160)).astype(np.float32)
    heat = WordHeat.of([f"word{number}" for number in range(MOST + 9)], attention)
    assert heat.maps is not None
    assert (len(heat.words), heat.maps.shape) == (MOST, (MOST, 72, 128))
    back = WordHeat.from_sheet(heat.words, heat.sheet)
    assert back.maps is not None
    np.testing.assert_array_equal(back.maps, heat.maps)
    with pytest.raises(ValueError, match="do not hold"):
        WordHeat.from_sheet(heat.words, heat.sheet[:-1])
    assert WordHeat.of([], attention[:0]) == WordHeat()
