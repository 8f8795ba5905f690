"""Shapes carried on beyond the picture's edge."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane.layers.silhouette import continue_silhouette, touched_sides
from tests.layers.drawn import disc

SIZE = (80, 60)
ROOM = (12, 10)
RIGHT = (False, False, True, False)


def carried(alpha: np.ndarray, sides: tuple[bool, bool, bool, bool]) -> np.ndarray:
    colours = np.zeros((*alpha.shape, 3), np.float32)
    return continue_silhouette(alpha.astype(np.float32), colours, ROOM, sides)[0]


def bar(rows: slice) -> np.ndarray:
    alpha = np.zeros(SIZE[::-1], np.float32)
    alpha[rows, 40:] = 1.0
    return alpha


def test_a_straight_bar_stays_straight() -> None:
    whole = carried(bar(slice(20, 30)), RIGHT)
    assert whole.shape == (80, 104)
    assert (whole[10:70, 12:92] == bar(slice(20, 30))).all()
    beyond = whole[10:70, 92:]
    assert (beyond[20:30] == 1).all()
    assert beyond.sum() == 10 * 12


def test_outlines_keep_their_direction() -> None:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    alpha = ((y > 10 + x / 4) & (y < 50 - x / 4)).astype(np.float32)
    whole = carried(alpha, RIGHT)
    heights = whole[:, 92:].sum(axis=0)
    assert (np.diff(heights) <= 0.01).all()
    assert heights[0] < 3
    assert heights[-1] == 0
    wider = carried(alpha[:, ::-1], RIGHT)[:, 92:].sum(axis=0)
    assert wider[-1] > wider[0] + 1


@pytest.mark.parametrize("opacity", [1.0, 0.3])
def test_soft_edges_and_opacity_go_on(opacity: float) -> None:
    alpha = disc(SIZE, (80, 30), 20, softness=6) * np.float32(opacity)
    whole = carried(alpha, touched_sides(alpha))
    assert np.abs(whole[10:70, 92] - alpha[:, -1]).max() < 0.2 * opacity
    assert whole.max() == pytest.approx(opacity, abs=0.01)


def test_a_corner_goes_on_both_ways() -> None:
    alpha = disc(SIZE, (80, 60), 25)
    sides = touched_sides(alpha)
    assert sides == (False, False, True, True)
    whole = carried(alpha, sides)
    assert (whole[70:, 80:] > 0.9).mean() > 0.8
    assert whole[:40, :60].max() == 0


def test_colours_go_with_the_shape() -> None:
    alpha = bar(slice(20, 30))
    colours = np.zeros((*alpha.shape, 3), np.float32)
    colours[25:] = (1.0, 0.5, 0.25)
    _, led = continue_silhouette(alpha, colours, ROOM, RIGHT)
    assert (led[10 + 22, 92:] == 0).all()
    assert (led[10 + 28, 92:] == (1.0, 0.5, 0.25)).all()


def test_many_pieces_are_mirrored() -> None:
    alpha = np.random.default_rng(0).random(SIZE[::-1]).round().astype(np.float32)
    alpha[::2, -1] = 0.0
    alpha[1::2, -1] = 1.0
    alpha = np.repeat(alpha, 2, axis=0)
    whole = carried(alpha, RIGHT)
    assert (whole[10:-10, 92] == alpha[:, -2]).all()


def test_nothing_touches() -> None:
    alpha = disc(SIZE, (40, 30), 10)
    assert not any(touched_sides(alpha))
    assert carried(alpha, touched_sides(alpha))[:, :12].max() == 0
