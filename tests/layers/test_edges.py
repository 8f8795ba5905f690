"""Mattes that were solved small meet the edges of a large picture."""

from __future__ import annotations

import cv2
import numpy as np

from multiplane.layers.edges import at_full_size
from multiplane.layers.mattes import solve_mattes

SIZE = (1280, 720)  # px
ENLARGED = SIZE[0] / 512
GROUND, DISC, RING, BAR = (235, 190, 115), (245, 232, 204), (30, 60, 160), (200, 40, 40)


def disc(x: int, y: int, radius: int) -> np.ndarray:
    sheet = np.zeros(SIZE[::-1], np.uint8)
    cv2.circle(sheet, (x, y), radius, 255, -1, cv2.LINE_AA)
    return sheet.astype(np.float32) / np.float32(255.0)


def painted(*parts: tuple[np.ndarray, tuple[int, int, int]]) -> np.ndarray:
    picture = np.full((*SIZE[::-1], 3), GROUND, np.float32)
    for alpha, colour in parts:
        picture += (np.array(colour, np.float32) - picture) * alpha[..., None]
    return np.rint(picture).astype(np.uint8)


def small(alpha: np.ndarray, off: float = 0.0) -> np.ndarray:
    """As it was solved at 512 px and enlarged, `off` px to the right."""
    reduced = cv2.resize(alpha, (512, 288), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(cv2.GaussianBlur(reduced, (0, 0), 1.2), SIZE, interpolation=cv2.INTER_LINEAR)
    shift = np.array([[1.0, 0.0, off], [0.0, 1.0, 0.0]], np.float32)
    return np.asarray(cv2.warpAffine(soft, shift, SIZE))


def off_by(alpha: np.ndarray, truth: np.ndarray) -> int:
    """Pixels that are wrong by more than a fifth."""
    return int((np.abs(alpha - truth) > 0.2).sum())


def test_a_soft_edge_beside_its_place_becomes_the_pictures_own() -> None:
    truth = disc(640, 360, 200)
    before = small(truth, off=2.0)[None]
    after = at_full_size(painted((truth, DISC)), before, ENLARGED)
    assert off_by(before[0], truth) > 1500
    assert off_by(after[0], truth) < 30


def test_a_line_round_the_subject_goes_with_it_whole() -> None:
    whole, inner = disc(640, 360, 203), disc(640, 360, 200)
    picture = painted((whole, RING), (inner, DISC))
    before = small(inner)[None]
    after = at_full_size(picture, before, ENLARGED)[0]
    line = (whole > 0.9) & (inner < 0.1)
    assert (before[0][line] < 0.5).mean() > 0.5
    assert after[line].min() > 0.9
    # A line of the ground that ends at the subject stays the ground's.
    shore = picture.copy()
    shore[355:365, 845:] = BAR
    after = at_full_size(shore, before, ENLARGED)[0]
    assert after[355:365, 850:].max() < 0.1


def test_between_two_subjects_each_has_its_own() -> None:
    near = disc(700, 360, 150)
    far = disc(560, 360, 150) * (1.0 - near)
    picture = painted((far + near, RING), (near, BAR))
    before = np.stack([small(far, 2.0), small(near, 2.0)])
    before /= np.maximum(before.sum(axis=0), 1.0)
    after = at_full_size(picture, before, ENLARGED)
    assert after.sum(axis=0).max() <= 1.0 + 1e-5
    for index, truth in enumerate((far, near)):
        assert off_by(after[index], truth) < 0.1 * off_by(before[index], truth)


def test_a_soft_picture_a_small_one_and_no_matte_at_all_stay_as_they_are() -> None:
    truth = disc(640, 360, 200)
    before = small(truth, off=2.0)[None]
    soft = cv2.GaussianBlur(painted((truth, DISC)), (0, 0), 5.0)
    assert at_full_size(soft, before, ENLARGED) is before
    assert at_full_size(painted((truth, DISC)), before, 1.0) is before
    empty = np.zeros_like(before)
    assert at_full_size(soft, empty, ENLARGED) is empty


def test_mattes_of_a_large_drawing_are_as_sharp_as_it_is() -> None:
    truth = disc(640, 360, 200)
    shares = np.stack([truth, 1.0 - truth])
    alpha = solve_mattes(painted((truth, DISC)), shares)[0]
    assert off_by(alpha, truth) < 60
    edge = (truth > 0.02) & (truth < 0.98)
    far = cv2.dilate(edge.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert np.abs(alpha - truth)[far].max() < 0.02
