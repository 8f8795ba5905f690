"""Hidden pixels painted by a model: in the hole alone, in its rim's tone, the picture as before."""

from __future__ import annotations

import numpy as np

from multiplane.layers.painted_fill import MARGIN, in_tone, with_painted_fill
from multiplane.layers.stack import CutSubject, build_stack, recompose
from tests.layers.drawn import disc

SIZE = (160, 96)


def stack() -> tuple[np.ndarray, tuple]:
    """A grey picture with a red disc, cut into ground and disc."""
    alpha = disc(SIZE, (80, 48), 24)
    grey = np.full((96, 160, 3), 120, np.uint8)
    picture = np.rint(grey + alpha[..., None] * (np.array([200, 40, 40]) - 120)).astype(np.uint8)
    return picture, build_stack(picture, [CutSubject("disc", "disc", "disc", alpha, 0.8)])


def test_only_what_is_hidden_and_shown_by_the_move_is_painted() -> None:
    picture, layers = stack()
    asked = []

    def repaint(scene: np.ndarray, hole: np.ndarray, index: int) -> np.ndarray:
        asked.append((scene, hole, index))
        return np.full_like(scene, (30, 200, 60))

    shown = [np.zeros((96, 160), bool), np.ones(layers[1].rgba.shape[:2], bool)]
    assert with_painted_fill(layers, SIZE, shown, repaint) == layers
    assert asked == []  # no move, nothing to paint
    shown[0][:, :70] = True  # a move that looks behind the disc's left side
    fresh = with_painted_fill(layers, SIZE, shown, repaint)
    ((scene, hole, index),) = asked
    assert index == 0
    assert np.array_equal(scene, layers[0].rgba[..., :3])  # without the disc
    hidden = disc(SIZE, (80, 48), 24) >= 0.999
    assert not (hole & ~hidden).any()
    assert hole[48, 65]
    assert not hole[:, round(70 + MARGIN * 160) + 2 :].any()
    changed = (fresh[0].rgba != layers[0].rgba).any(axis=2)
    assert not (changed & ~hole).any()
    assert changed.any()
    assert np.array_equal(fresh[0].rgba[..., 3], layers[0].rgba[..., 3])
    assert fresh[1] is layers[1]
    assert np.array_equal(recompose(fresh, SIZE), recompose(layers, SIZE))
    assert np.abs(recompose(fresh, SIZE).astype(int) - picture).max() <= 1


def test_the_tone_is_that_of_the_rim() -> None:
    """A model paints everything a little too dark; the structure inside stays."""
    rows, columns = np.mgrid[:96, :160]
    truth = np.dstack([100 + columns // 2, 120 + rows // 2, np.full((96, 160), 140)]).astype(
        np.uint8
    )
    hole = disc(SIZE, (80, 48), 20) > 0.5
    dot = disc(SIZE, (80, 48), 4) > 0.5
    painted = truth.astype(int) - 18
    painted[dot] += 60
    given = np.clip(painted, 0, 255).astype(np.uint8)
    result = in_tone(truth, given, hole).astype(int)
    assert np.array_equal(result[~hole], truth[~hole])
    even = hole & ~(disc(SIZE, (80, 48), 6) > 0.5)
    assert np.abs(result - truth)[even].max() <= 6
    assert np.abs(result - truth)[even].mean() < np.abs(given.astype(int) - truth)[even].mean() / 4
    assert (result - truth)[dot].mean() > 40
