"""Drawings in strokes, seen as if they were painted; and what is found in them by itself."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from multiplane.layers import things
from multiplane.layers.line_art import as_painted
from tests.layers.test_things import SIZE, disc, found_in, iou, paper

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
PEN = (30, 26, 34)


def lab_of(picture: Picture) -> NDArray[np.float32]:
    lab = cv2.cvtColor(picture.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    return np.asarray(lab, np.float32)


def hatch(picture: Picture, where: Mask, colour: tuple[int, int, int]) -> None:
    """Slanting strokes, six pixels apart."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    picture[where & ((rows + columns) % 6 < 2)] = colour


def outline(picture: Picture, where: Mask) -> None:
    edge = cv2.morphologyEx(where.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    picture[edge > 0] = PEN


def horizon(picture: Picture, row: int) -> None:
    picture[row : row + 2] = PEN


def street() -> tuple[Picture, Mask, Mask]:
    """Two hatched figures before a horizon, ground lines, and the figures' masks."""
    picture = paper((252, 250, 246))
    horizon(picture, 90)
    for column in (20, 150, 300):
        cv2.line(picture, (column, 199), (160 + (column - 160) // 3, 92), PEN, 2)
    left, right = disc(80, 110, 42), disc(235, 120, 36)
    for where, colour in ((left, (200, 60, 60)), (right, (70, 90, 190))):
        picture[where] = 252
        hatch(picture, where, colour)
        outline(picture, where)
    return picture, left, right


def test_hatching_is_a_tone_and_a_horizon_is_nothing() -> None:
    picture, left, right = street()
    painted = as_painted(lab_of(picture))
    assert painted is not None
    ground = painted[5, 5]
    assert np.abs(painted[88:94, 140:180] - ground).max() < 1e-3, "the horizon is gone"
    for where in (left, right):
        inner = cv2.erode(where.astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
        assert np.linalg.norm(painted[inner] - ground, axis=1).min() > 8.0
        assert painted[inner].std(axis=0).max() < 5.0, "strokes and gaps look alike"
    red, blue = painted[110, 80], painted[120, 235]
    assert red[1] > 20.0
    assert blue[2] < -20.0


def test_figures_on_a_lined_ground_are_found_whole_and_alone() -> None:
    picture, left, right = street()
    found = found_in(picture)
    assert len(found) == 2
    for thing, truth in zip(found, (left, right), strict=True):
        assert iou(thing, truth) > 0.9


def test_it_is_the_strokes_meaning_that_finds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the test before can fail."""
    monkeypatch.setattr(things, "as_painted", lambda lab: None)
    picture, left, right = street()
    found = found_in(picture)
    each = [max([iou(thing, truth) for thing in found], default=0.0) for truth in (left, right)]
    assert min(each) < 0.9 or len(found) != 2


def test_what_strokes_go_round_with_small_gaps_is_one() -> None:
    picture = paper()
    horizon(picture, 150)
    where = disc(160, 100, 60)
    picture[where] = 255
    outline(picture, where)
    picture[39:43, 158:160] = 255  # the pen was lifted
    (thing,) = found_in(picture)
    assert iou(thing, where) > 0.9


def test_a_pens_own_hue_is_no_colour() -> None:
    """All in blue ink: light strokes are as colourless as dark ones."""
    picture = paper((252, 252, 252))
    for where, pen in ((disc(80, 100, 45), (40, 50, 110)), (disc(235, 100, 45), (146, 151, 181))):
        hatch(picture, where, pen)
    painted = as_painted(lab_of(picture))
    assert painted is not None
    assert np.linalg.norm(painted[100, 80, 1:] - painted[100, 235, 1:]) < 12.0


@pytest.mark.parametrize("kind", ["flat", "dark paper", "noise", "blank"])
def test_other_pictures_are_left_as_they_are(kind: str) -> None:
    picture = paper((240, 240, 236))
    if kind == "flat":
        picture[disc(160, 100, 80)] = (230, 60, 40)
    elif kind == "dark paper":
        picture[:] = (60, 90, 140)
        horizon(picture, 80)
    elif kind == "noise":
        picture = np.random.default_rng(0).integers(0, 256, picture.shape).astype(np.uint8)
    assert as_painted(lab_of(picture)) is None
