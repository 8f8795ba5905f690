"""A plate behind subjects: what of a picture is the plate, and what lies under its subjects."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from multiplane.layers.fill import covered_by, grow
from multiplane.layers.plate import ALIGNED, agreement, room_for_subjects, settled
from multiplane.layers.stack import CutSubject, build_stack, recomposition_error

SIZE = (160, 96)
HEIGHT, WIDTH = SIZE[1], SIZE[0]


def a_place(seed: int = 0) -> np.ndarray:
    """A smooth picture in which every place looks otherwise."""
    rough = np.random.default_rng(seed).integers(40, 215, (6, 8, 3)).astype(np.uint8)
    return np.ascontiguousarray(cv2.resize(rough, SIZE, interpolation=cv2.INTER_CUBIC))


def a_disc(x: int, y: int, radius: int) -> np.ndarray:
    """Its matte (H, W) 0..1, with a soft edge."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    away = np.hypot(columns - x, rows - y)
    return np.clip(radius - away + 0.5, 0.0, 1.0).astype(np.float32)


def painted(plate: np.ndarray, alpha: np.ndarray, noise: float = 0.0) -> np.ndarray:
    """A magenta disc in the place, which is a little other than the plate."""
    drift = np.random.default_rng(1).normal(0.0, noise, plate.shape)
    ground = np.clip(plate + drift, 0, 255)
    mixed = alpha[..., None] * np.array([230.0, 10.0, 220.0]) + (1 - alpha[..., None]) * ground
    return np.rint(mixed).astype(np.uint8)


def stack(picture: np.ndarray, alpha: np.ndarray, plate: np.ndarray | None) -> list[np.ndarray]:
    subject = CutSubject("disc", "disc", "", alpha, 0.5)
    layers = build_stack(picture, [subject], plate=plate)
    assert recomposition_error(layers, picture) <= 1
    return [layer.rgba for layer in layers]


def test_two_pictures_of_one_plate_have_one_background() -> None:
    """Outside of both subjects' edges every pixel is the plate's, also under the subjects."""
    plate = a_place()
    grounds = []
    for alpha in (a_disc(40, 50, 20), a_disc(110, 40, 25)):
        placed = settled(painted(plate, alpha, noise=3.0), plate, alpha[None])
        assert placed.share == 1.0
        ground = stack(placed.picture, alpha, plate)[0][..., :3]
        edge = grow((alpha > 0) & (alpha < 1), 0.015)
        np.testing.assert_array_equal(ground[~edge], plate[~edge])
        assert np.abs(ground.astype(int) - plate).max() <= 24, "an edge gives the picture back"
        grounds.append((ground, edge))
    (first, one), (second, other) = grounds
    both = ~(one | other)
    assert both.mean() > 0.8
    np.testing.assert_array_equal(first[both], second[both])


def test_what_is_hidden_is_the_plate_and_not_what_is_around() -> None:
    """A lamp that only the plate knows of."""
    plate = a_place()
    cv2.circle(plate, (40, 50), 8, (255, 255, 0), -1)
    alpha = a_disc(40, 50, 20)
    picture = painted(plate, alpha)
    lamp = a_disc(40, 50, 6) == 1
    with_plate = stack(picture, alpha, plate)[0][..., :3]
    without = stack(picture, alpha, None)[0][..., :3]
    np.testing.assert_array_equal(with_plate[lamp], plate[lamp])
    assert np.abs(without[lamp].astype(int) - plate[lamp]).mean() > 40


def test_what_differs_beside_a_subject_is_its_own_and_elsewhere_it_is_the_plate() -> None:
    """An edge that a matte missed, and a shadow that a model painted far from any subject."""
    plate = a_place()
    whole, matte, shadow = a_disc(40, 40, 16), a_disc(40, 40, 15), a_disc(120, 60, 20) > 0
    picture = painted(plate, whole)
    picture[shadow] = picture[shadow] // 3
    placed = settled(picture, plate, np.stack([matte, np.zeros_like(matte)]))
    missed = (whole > 0.9) & (matte < 0.1)
    assert missed.any()
    assert placed.alphas[0][missed].min() > 0.5
    assert not placed.alphas[1].any()
    assert np.abs(placed.picture[missed].astype(int) - picture[missed]).max() <= 8
    away = ~grow(whole > 0, 0.03)
    np.testing.assert_array_equal(placed.picture[away], plate[away])
    ground = ~covered_by(matte[None])
    assert placed.share == pytest.approx(1.0 - (shadow & ground).sum() / ground.sum(), abs=0.04)
    assert settled(plate, plate, np.zeros((0, HEIGHT, WIDTH), np.float32)).share == 1.0


def test_a_drawing_is_on_the_plate_or_elsewhere() -> None:
    plate, alpha = a_place(), a_disc(40, 50, 20)
    drawn = painted(plate, alpha, noise=3.0)
    assert agreement(drawn, plate, alpha[None]) > 0.99 > ALIGNED
    assert agreement(drawn, a_place(7), alpha[None]) < ALIGNED
    moved = np.roll(drawn, 25, axis=1)
    assert agreement(moved, plate, np.roll(alpha, 25, axis=1)[None]) < ALIGNED
    everything = np.ones((1, HEIGHT, WIDTH), np.float32)
    assert agreement(drawn, plate, everything) == 0.0


def test_room_for_subjects_is_where_they_are_and_some_way_round() -> None:
    maps = np.full((2, 6, 10), 0.01, np.float32)
    maps[0, 2:4, 1:3] = 1.0
    maps[1] = 0.5 - 0.45 * (maps[0] > 0.5)
    room = room_for_subjects(maps, 1, SIZE)
    assert room[32:64, 16:48].all()
    assert room.mean() < 0.4
    assert not room[:, 96:].any()
