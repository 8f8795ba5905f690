"""Parts that a mask missed are told by colours that the ground has nowhere."""

from __future__ import annotations

import cv2
import numpy as np

from multiplane.layers.missed import with_missed_parts
from tests.layers.drawn import disc

SIZE = (448, 256)
SKY, RED, GOLD = (170, 190, 220), (200, 40, 40), (230, 190, 40)


def shares_of(mask: np.ndarray) -> np.ndarray:
    return np.stack([mask, ~mask]).astype(np.float32)


def scene(*flags: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A red disc with golden rectangles (x0, y0, x1, y1); the disc's mask, without them."""
    picture = np.full((SIZE[1], SIZE[0], 3), SKY, np.uint8)
    for x0, y0, x1, y1 in flags:
        cv2.rectangle(picture, (x0, y0), (x1, y1), GOLD, -1)
    body = disc(SIZE, (200, 150), 60) > 0.5
    picture[body] = RED
    return picture, body


def won(picture: np.ndarray, body: np.ndarray) -> np.ndarray:
    return np.asarray(with_missed_parts(picture, shares_of(body)).argmax(axis=0) == 0)


def test_a_flag_that_was_missed_goes_to_its_castle() -> None:
    picture, body = scene((196, 70, 206, 100))
    found = won(picture, body)
    assert found[72:88, 198:204].all()
    assert (found & ~body).sum() < 1.2 * 11 * 31
    shares = with_missed_parts(picture, shares_of(body))
    assert np.abs(shares.sum(axis=0) - 1.0).max() < 1e-6


def test_what_the_ground_has_too_stays() -> None:
    picture, body = scene((196, 70, 206, 100), (380, 20, 420, 60))
    assert (won(picture, body) == body).all()


def test_a_thing_apart_and_a_large_one_stay() -> None:
    apart, body = scene((270, 100, 290, 120))
    assert (won(apart, body) == body).all()
    large, body = scene((240, 90, 300, 150))
    assert (won(large, body) == body).all()


def test_nothing_cut_nothing_missed() -> None:
    picture, body = scene()
    none = np.zeros_like(body)
    assert not won(picture, none).any()
    assert won(picture, np.ones_like(body)).all()
