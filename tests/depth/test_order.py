"""Who stands before whom."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import order
from multiplane_study.observed import TUNING_SEEDS
from multiplane_study.scenes import draw_scene
from tests.layers.drawn import disc

SIZE = (160, 96)


def flat(value: float = 0.5) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0]), value, np.float32)


def grey() -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)


def test_depth_decides_between_subjects_apart() -> None:
    alphas = np.stack([disc(SIZE, (40, 48), 20), disc(SIZE, (120, 48), 20)])
    nearness = np.where(np.arange(SIZE[0]) < 80, 0.8, 0.3)[None, :] * np.ones((SIZE[1], 1))
    found = order(alphas, nearness.astype(np.float32))
    assert found.back_to_front == (1, 0)
    assert found.nearness[0] > found.nearness[1]


def test_occlusion_decides_where_depth_says_nothing() -> None:
    """A disc bites a piece out of another one; the bitten one is behind."""
    front = disc(SIZE, (96, 48), 24)
    behind = disc(SIZE, (66, 48), 26) * (1 - front)
    assert order(np.stack([front, behind]), flat()).back_to_front == (1, 0)
    assert order(np.stack([behind, front]), flat()).back_to_front == (0, 1)


def test_what_runs_straight_through_a_junction_is_nearer() -> None:
    """A bar over a square: neither is lower, and neither's hull covers the other."""
    bar, square = np.zeros((2, SIZE[1], SIZE[0]), np.float32)
    square[30:71, 20:90] = 1
    bar[10:71, 70:90] = 1
    square[bar > 0] = 0
    assert order(np.stack([bar, square]), flat()).back_to_front == (1, 0)
    assert order(np.stack([square, bar]), flat()).back_to_front == (0, 1)


def test_a_depth_model_counts_as_far_as_it_is_trusted() -> None:
    """The one that stands lower is told to be far."""
    alphas = np.stack([disc(SIZE, (40, 52), 18), disc(SIZE, (120, 48), 18)])
    nearness = np.where(np.arange(SIZE[0]) < 80, 0.3, 0.8)[None, :] * np.ones((SIZE[1], 1))
    assert order(alphas, nearness.astype(np.float32), trust=1.0).back_to_front == (0, 1)
    assert order(alphas, nearness.astype(np.float32), trust=0.0).back_to_front == (1, 0)


def test_a_part_stands_before_its_whole_whatever_is_seen() -> None:
    whole = disc(SIZE, (96, 60), 24)
    part = disc(SIZE, (66, 40), 14) * (1 - whole)
    nearness = np.where(part > 0.5, 0.1, 0.9).astype(np.float32)
    alphas = np.stack([part, whole])
    assert order(alphas, nearness).back_to_front == (0, 1)
    said = order(alphas, nearness, [(0, 1)])
    assert said.back_to_front == (1, 0)
    assert said.nearness[0] > said.nearness[1]


def test_occlusion_outweighs_a_little_depth() -> None:
    front = disc(SIZE, (96, 48), 24)
    behind = disc(SIZE, (66, 48), 24) * (1 - front)
    nearness = np.where(behind > 0.5, 0.51, 0.5).astype(np.float32)
    assert order(np.stack([front, behind]), nearness).back_to_front == (1, 0)


def test_lower_in_the_frame_is_nearer() -> None:
    alphas = np.stack([disc(SIZE, (40, 70), 18), disc(SIZE, (120, 40), 18)])
    assert order(alphas, flat()).back_to_front == (1, 0)


@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_nearness_grows_strictly_along_the_order(count: int) -> None:
    generator = np.random.default_rng(count)
    centres = [(12 + 17 * k % 140, int(generator.integers(20, 70))) for k in range(count)]
    alphas = np.stack([disc(SIZE, centre, 9) for centre in centres])
    nearness = np.clip(flat() + generator.normal(0, 0.002, flat().shape), 0, 1).astype(np.float32)
    found = order(alphas, nearness)
    assert sorted(found.back_to_front) == list(range(count))
    values = [found.nearness[one] for one in found.back_to_front]
    assert all(a < b for a, b in pairwise(values))
    assert values[0] > 0.0
    assert values[-1] <= 1.0


def test_good_depth_is_kept_as_it_is() -> None:
    alphas = np.stack([disc(SIZE, (40, 48), 20), disc(SIZE, (120, 48), 20)])
    nearness = np.where(np.arange(SIZE[0]) < 80, 0.8, 0.3)[None, :] * np.ones((SIZE[1], 1))
    found = order(alphas, nearness.astype(np.float32))
    assert found.nearness == pytest.approx((0.8, 0.3), abs=0.01)


def test_nobody_and_nothing() -> None:
    assert order(np.zeros((0, 96, 160), np.float32), flat()).back_to_front == ()
    empty = np.zeros((2, 96, 160), np.float32)
    assert sorted(order(empty, flat()).back_to_front) == [0, 1]


def test_drawn_scenes_with_imperfect_depth() -> None:
    generator = np.random.default_rng(0)
    right, pairs = 0, 0
    for seed in TUNING_SEEDS[:12]:
        scene = draw_scene(seed, 224, 128, count=3)
        noise = cv2.resize(generator.normal(0, 0.05, (5, 8)), (224, 128)).astype(np.float32)
        nearness = cv2.GaussianBlur(scene.depth, (0, 0), 3) + noise
        alphas = np.stack([subject.matte for subject in scene.subjects])
        found = order(alphas, nearness).back_to_front
        place = {one: rank for rank, one in enumerate(found)}
        right += sum(place[a] < place[b] for a in range(3) for b in range(a + 1, 3))
        pairs += 3
    assert right / pairs > 0.9


class Given:
    """A depth model that gives what it is told."""

    trust = 1.0

    def __init__(self, nearness: np.ndarray) -> None:
        self._nearness = nearness

    def nearness(self, picture: np.ndarray) -> np.ndarray:
        return self._nearness


def test_nearness_uses_the_whole_range() -> None:
    ramp = np.linspace(0.4, 0.6, 96 * 160, dtype=np.float32).reshape(96, 160)
    ramp[0, 0] = 9.0
    near = estimate_nearness(Given(ramp), grey())
    assert (near.min(), near.max()) == (0.0, 1.0)
    assert near[48, 80] == pytest.approx(0.5, abs=0.02)


def test_nearness_comes_at_the_pictures_size() -> None:
    near = estimate_nearness(Given(np.eye(12, dtype=np.float32)), grey())
    assert near.shape == (96, 160)


def test_a_flat_depth_is_the_middle() -> None:
    assert (estimate_nearness(Given(flat(0.2)), grey()) == 0.5).all()
