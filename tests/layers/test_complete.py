"""How far a shape goes on behind what hides it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from multiplane.layers.complete import REVEALED, continue_shape

SIZE = (240, 400)
CONTACT = 200  # x px, where the hider begins


def hidden_by_a_wall(width: int) -> NDArray[np.bool_]:
    """What goes on behind a wall, of a bar `width` px wide that stands against it."""
    shape, wall = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    shape[60:180, CONTACT - width : CONTACT] = True
    wall[:, CONTACT:] = True
    grown = continue_shape(shape, wall)
    assert not (grown & ~wall).any()
    return grown


def depth(grown: NDArray[np.bool_]) -> int:
    return int(grown[120].sum())


def test_a_broad_shape_goes_on_as_far_as_moves_uncover() -> None:
    assert depth(hidden_by_a_wall(80)) == pytest.approx(REVEALED * SIZE[1], abs=1)


def test_a_narrow_strip_goes_on_for_twice_its_thickness() -> None:
    assert depth(hidden_by_a_wall(4)) == pytest.approx(8, abs=1)


def test_nothing_goes_on_past_the_ends_of_the_contact() -> None:
    grown = hidden_by_a_wall(80)
    rows = np.flatnonzero(grown.any(axis=1))
    assert rows.min() >= 60
    assert rows.max() < 180


def test_a_large_picture_is_completed_alike() -> None:
    """Thickness is looked at in a smaller picture: what comes of it is the same share of it."""
    shape, wall = np.zeros((1080, 1800), bool), np.zeros((1080, 1800), bool)
    shape[270:810, 900 - 18 : 900] = True
    wall[:, 900:] = True
    assert depth(continue_shape(shape, wall)[420:]) == pytest.approx(36, abs=6)
