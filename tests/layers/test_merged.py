"""Layers of a Photoshop file against the picture that was merged of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multiplane.intake.drawn_layers import DrawnPixels
from multiplane.layers.artist_layers import ArtistStack, artist_stack
from multiplane.layers.merged import MOST_DIFFERING, as_merged
from multiplane.layers.stack import recompose

SIZE = (80, 60)
BLUE, RED, GREEN = (100, 150, 200), (200, 10, 20), (20, 160, 60)


def filled(size: tuple[int, int], colour: tuple[int, ...]) -> np.ndarray:
    return np.full((size[1], size[0], 4), (*colour, 255)[:4], np.uint8)


@pytest.fixture
def stack() -> ArtistStack:
    """A sky, a ball that reaches out of the canvas, and a veil at a third over its right half."""
    veil = np.dstack([np.full((60, 40, 3), 250, np.uint8), np.full((60, 40), 85, np.uint8)])
    drawn = [
        DrawnPixels("sky", filled(SIZE, BLUE)),
        DrawnPixels("ball", filled((20, 20), RED), (-5, 20)),
        DrawnPixels("veil", veil, (40, 0)),
    ]
    return artist_stack(drawn, SIZE)


def never() -> Any:
    pytest.fail("it was composited for nothing")


def test_layers_that_make_the_picture_stay_as_they_are(stack: ArtistStack) -> None:
    merged = stack.picture + np.uint8(1)
    made, difference = as_merged(stack, merged, never, vouched=True, calculated=True)
    assert made is stack
    assert difference is None
    assert as_merged(stack, None, never, vouched=True, calculated=False) == (stack, None)


def test_what_differs_is_measured_shown_and_corrected(stack: ArtistStack) -> None:
    """A shadow that was left out, beside the ball and under the veil."""
    merged = stack.picture.copy()
    merged[44:54, 10:60] = merged[44:54, 10:60] // 2
    wrong = stack.picture.copy()
    made, difference = as_merged(stack, merged, lambda: wrong, vouched=True, calculated=False)
    assert difference is not None
    assert difference.share == pytest.approx(500 / 4800)
    assert difference.layers == ("background", "veil")
    red = difference.where.astype(int)
    marked = red[..., 0] - red[..., 1] > 100
    assert marked[46:52, 12:58].all()
    assert not marked[:40].any()
    assert np.abs(made.picture.astype(int) - merged).max() <= 1
    assert np.abs(recompose_canvas(made).astype(int) - merged).max() <= 1
    ball = made.layers[1]
    assert ball.bbox == stack.layers[1].bbox
    assert (ball.rgba == stack.layers[1].rgba).all(), "what is right stays, also off the canvas"
    assert (made.layers[2].rgba[:40] == stack.layers[2].rgba[:40]).all()


def recompose_canvas(stack: ArtistStack) -> np.ndarray:
    from dataclasses import replace

    from multiplane.layers.extend import cropped

    whole = [
        replace(layer, rgba=cropped(layer.rgba, layer.bbox[:2], SIZE), bbox=(0, 0, *SIZE))
        for layer in stack.layers
    ]
    return recompose(whole, SIZE)


def test_little_is_corrected_without_a_word(stack: ArtistStack) -> None:
    merged = stack.picture.copy()
    merged[5, 5:15] = GREEN
    made, difference = as_merged(stack, merged, never, vouched=True, calculated=False)
    assert MOST_DIFFERING > 10 / 4800
    assert difference is None
    assert (made.picture[5, 5:15] == GREEN).all()


def test_layers_worked_out_one_by_one_are_measured_by_all_of_them_together(
    stack: ArtistStack,
) -> None:
    merged = stack.picture.copy()
    merged[:20] = GREEN
    made, difference = as_merged(stack, merged, lambda: merged, vouched=True, calculated=True)
    assert difference is None
    assert np.abs(made.picture.astype(int) - merged).max() <= 1
    made, difference = as_merged(stack, None, lambda: merged, vouched=False, calculated=True)
    assert difference is None
    assert np.abs(made.picture.astype(int) - merged).max() <= 1


def test_a_picture_that_nothing_vouches_for_is_told_and_not_taken(stack: ArtistStack) -> None:
    merged = np.full_like(stack.picture, 30)
    merged[0, 0] = 200
    made, difference = as_merged(
        stack, merged, lambda: stack.picture, vouched=False, calculated=False
    )
    assert made is stack
    assert difference is not None
    assert difference.share > 0.9


def test_a_shadow_becomes_part_of_the_layer_that_lacks_it(stack: ArtistStack) -> None:
    """It moves with the ball, and not as a stain on the sky; what is far off stays the sky's."""
    merged = stack.picture.copy()
    merged[42:46, 2:20] = merged[42:46, 2:20] // 2
    merged[5, 5:15] = GREEN
    as_read = stack.picture
    made, difference = as_merged(
        stack, merged, lambda: as_read, vouched=True, calculated=False, reaches={"ball": 7}
    )
    assert difference is not None
    sky, ball, _ = made.layers
    assert np.abs(made.picture.astype(int) - merged).max() <= 1
    assert (sky.rgba[42:46, 2:15] == stack.layers[0].rgba[42:46, 2:15]).all()
    assert (sky.rgba[5, 5:15, :3] == GREEN).all()
    assert ball.bbox == (-5, 20, 25, 26)
    shadow = ball.rgba[23:25, 8:18]
    assert np.abs(shadow.astype(int) - (0, 0, 0, 128)).max() <= 2
    assert (ball.rgba[:20, :5] == stack.layers[1].rgba[:20, :5]).all()


def test_what_is_hidden_changes_as_what_is_seen_of_its_layer() -> None:
    """The picture was graded: blue taken away, all of it darker; the ground goes on behind."""
    chance = np.random.default_rng(3)
    ground = np.dstack([chance.integers(40, 200, (48, 64, 3)), np.full((48, 64), 255)])
    block = np.zeros((20, 24, 4), np.uint8)
    block[...] = (200, 30, 40, 255)
    stack = artist_stack(
        [
            DrawnPixels("ground", ground.astype(np.uint8)),
            DrawnPixels("kite", block, (20, 14)),
        ],
        (64, 48),
    )

    def graded(pixels: np.ndarray) -> np.ndarray:
        return np.rint(pixels * np.array([0.8, 0.7, 0.4]) + 10).astype(np.uint8)

    merged = graded(stack.picture)
    corrected, _ = as_merged(stack, merged, lambda: None, vouched=True, calculated=False)
    below = corrected.layers[0].rgba[14:34, 20:44, :3].astype(int)
    wanted = graded(ground[14:34, 20:44, :3]).astype(int)
    assert np.abs(below - wanted).max() <= 3
    assert np.abs(corrected.picture.astype(int) - merged).max() <= 2


def test_what_is_hidden_stays_where_nothing_tells_how_it_would_change() -> None:
    """The merged picture has something else drawn into it: no way of changing colours."""
    chance = np.random.default_rng(4)
    ground = np.dstack([chance.integers(40, 200, (48, 64, 3)), np.full((48, 64), 255)])
    ground = ground.astype(np.uint8)
    block = np.zeros((20, 24, 4), np.uint8)
    block[...] = (200, 30, 40, 255)
    stack = artist_stack(
        [DrawnPixels("ground", ground), DrawnPixels("kite", block, (20, 14))], (64, 48)
    )
    merged = stack.picture.copy()
    merged[:, :20] = chance.integers(0, 255, (48, 20, 3))
    corrected, _ = as_merged(stack, merged, lambda: None, vouched=True, calculated=False)
    assert (corrected.layers[0].rgba[14:34, 20:44, :3] == ground[14:34, 20:44, :3]).all()
