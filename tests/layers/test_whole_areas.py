"""A flat area belongs to one owner, whole or not at all."""

from __future__ import annotations

import numpy as np

from multiplane.layers.whole_areas import with_whole_areas

SIZE = (120, 80)  # px
GROUND = 1


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A red block with a white stripe on green, and a mask that misses a corner and takes sky."""
    picture = np.full((SIZE[1], SIZE[0], 3), (60, 160, 70), np.uint8)
    picture[:20] = (180, 210, 240)
    picture[30:70, 30:80] = (190, 40, 40)
    picture[48:52, 30:80] = (250, 250, 250)
    mine = np.zeros(SIZE[::-1], np.float32)
    mine[15:70, 30:74] = 0.8
    return picture, np.stack([mine, 1.0 - mine])


def won(shares: np.ndarray) -> np.ndarray:
    return np.asarray(shares.argmax(axis=0))


def test_the_rest_of_an_area_goes_to_the_owner_of_most_of_it() -> None:
    picture, shares = scene()
    after = with_whole_areas(picture, shares)
    assert (won(after)[31:69, 31:79] == 0).mean() > 0.95
    assert (won(after)[31:47, 31:79] == 0).all()
    assert (won(after)[:19] == GROUND).all()
    assert np.abs(after.sum(axis=0) - 1.0).max() < 1e-6


def test_an_area_that_nobody_owns_clearly_stays_as_it_is() -> None:
    picture, shares = scene()
    half = np.where(np.arange(SIZE[0]) < 60, np.float32(0.8), np.float32(0.0))
    mine = np.broadcast_to(half, SIZE[::-1]).copy()
    halves = np.stack([mine, 1.0 - mine])
    plain = np.full_like(picture, 200)
    assert (with_whole_areas(plain, halves) == halves).all()
    noise = np.random.default_rng(2).integers(0, 256, picture.shape, np.uint8)
    assert (with_whole_areas(noise, shares) == shares).all()
    nobody = np.stack([np.zeros_like(mine), np.ones_like(mine)])
    assert with_whole_areas(picture, nobody) is nobody


def test_colours_that_run_into_another_are_no_area() -> None:
    """As in watercolour: there is no step between the figure and the ground round it."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    away = np.clip(np.hypot(rows - 40, columns - 60) / 40, 0, 1)[..., None]
    picture = np.rint((1 - away) * (240, 190, 30) + away * (235, 225, 190)).astype(np.uint8)
    mine = np.where(away[..., 0] < 0.4, np.float32(0.9), np.float32(0.0))
    shares = np.stack([mine, 1.0 - mine])
    assert np.abs(np.diff(picture.astype(int), axis=1)).max() <= 5, "nearly the same beside it"
    assert (won(with_whole_areas(picture, shares)) == won(shares)).all()


def test_two_of_a_kind_that_touch_keep_what_each_has() -> None:
    picture, _ = scene()
    left, right = np.zeros((2, *SIZE[::-1]), np.float32)
    left[30:70, 30:72], right[30:70, 72:80] = 0.9, 0.9
    both = np.stack([left, right, 1.0 - left - right])
    assert (won(with_whole_areas(picture, both)) == won(both)).all()


def test_a_mask_that_lies_in_open_ground_is_no_scrap_afterwards() -> None:
    picture, _ = scene()
    mine = np.zeros(SIZE[::-1], np.float32)
    mine[22:60, 2:33] = 0.9  # ground, but for three columns of the block
    shares = np.stack([mine, 1.0 - mine])
    after = with_whole_areas(picture, shares)
    assert (won(after) == 0).sum() >= (won(shares) == 0).sum()
