"""What is filled under a subject of a flat drawing lies where the picture goes on."""

from __future__ import annotations

import numpy as np

from multiplane.layers.fill import Behind
from multiplane.layers.seams import aligned

SIZE = (640, 360)  # px
SKY, SAND = (0.95, 0.9, 0.7), (0.9, 0.7, 0.4)


def horizon(row: int) -> np.ndarray:
    picture = np.empty((SIZE[1], SIZE[0], 3), np.float32)
    picture[:row], picture[row:] = SKY, SAND
    return picture


def masks() -> tuple[np.ndarray, np.ndarray]:
    """What a subject covers, and the hole that a fill has made for it."""
    covered, hole = np.zeros((2, SIZE[1], SIZE[0]), bool)
    covered[60:300, 220:420] = True
    hole[48:312, 208:432] = True
    return covered, hole


def row_at(picture: np.ndarray, column: int) -> int:
    """Where the sand begins."""
    return int(
        np.argmax(np.abs(picture[:, column] - np.array(SAND, np.float32)).max(axis=1) < 0.05)
    )


def test_a_horizon_meets_itself_at_the_subjects_edge() -> None:
    covered, hole = masks()
    picture = horizon(180)
    filled = np.where(hole[..., None], horizon(172), picture)
    bent = aligned(picture, filled, covered, hole & ~covered)
    for edge in (221, 418):
        assert row_at(filled, edge) == 172
        assert abs(row_at(bent, edge) - 180) <= 2
    assert (bent[~covered] == filled[~covered]).all()
    # Its two colours, and no others.
    known = np.array([SKY, SAND], np.float32)
    assert np.abs(bent[covered][:, None] - known).max(axis=2).min(axis=1).max() < 1e-6


def test_where_all_meets_nothing_is_moved() -> None:
    covered, hole = masks()
    picture = horizon(180)
    assert (aligned(picture, picture, covered, hole & ~covered) == picture).all()
    noise = np.random.default_rng(3).random((SIZE[1], SIZE[0], 3), np.float32)
    other = np.where(
        hole[..., None], np.random.default_rng(4).random(noise.shape, np.float32), noise
    )
    assert (aligned(noise, other, covered, hole & ~covered) == other).mean() > 0.99


def test_only_flat_pictures_are_bent() -> None:
    covered, hole = masks()
    picture = np.rint(horizon(180) * 255.0).astype(np.uint8)
    filled = np.where(hole[..., None], horizon(172), horizon(180))
    flat = Behind(filled, hole, flat=True).under(picture, covered)
    other = Behind(filled, hole, flat=False).under(picture, covered)
    assert abs(row_at(flat, 221) - 180) <= 2
    assert row_at(other, 300) == 172
