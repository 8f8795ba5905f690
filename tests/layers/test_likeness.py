"""Likeness of cut out subjects by colour and shape, on drawings whose truth is known."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from multiplane.layers.likeness import (
    best_likeness,
    by_colour_and_shape,
    framed,
    likeness,
    middle,
    read,
    unit,
    without_plain_ground,
    written,
)
from multiplane.produce.cast_looks import COLOUR_AND_SHAPE, LEAST
from multiplane_study.scenes.draw import draw_scene


def features_of_scenes(style: str, scenes: int) -> list[tuple[str, np.ndarray]]:
    """What each subject is called, such as "red warrior", and its features."""
    found = []
    for seed in range(scenes):
        scene = draw_scene(7000 + seed, 320, 180, style=style, count=2, kinds=["warrior", "dog"])
        for subject in scene.subjects:
            if subject.hidden > 0.3:
                continue
            alpha = np.rint(subject.matte * 255).astype(np.uint8)
            part = framed(np.dstack([scene.picture, alpha]))
            assert part is not None
            name = f"{subject.colour} {subject.kind}"
            found.append((name, by_colour_and_shape(part)))
    return found


@pytest.mark.parametrize("style", ["flat color", "watercolor"])
def test_the_same_words_are_like_and_others_mostly_are_not(style: str) -> None:
    found = features_of_scenes(style, 30)
    pairs = list(itertools.combinations(found, 2))
    same = [likeness(one, other) for (name, one), (again, other) in pairs if name == again]
    others = [likeness(one, other) for (name, one), (again, other) in pairs if name != again]
    least = LEAST[COLOUR_AND_SHAPE]
    assert len(same) > 20
    assert np.mean(np.array(same) < least) < 0.03
    assert np.mean(np.array(others) < least) > 0.8


def cutout(colour: tuple[int, int, int], *, wide: int = 40, high: int = 80) -> np.ndarray:
    whole = np.zeros((100, 120, 4), np.uint8)
    whole[10 : 10 + high, 20 : 20 + wide] = (*colour, 255)
    return whole


def features(whole: np.ndarray) -> np.ndarray:
    part = framed(whole)
    assert part is not None
    return by_colour_and_shape(part)


def test_size_and_place_do_not_count_and_colour_and_shape_do() -> None:
    red = cutout((200, 30, 30))
    own = features(red)
    assert np.linalg.norm(own) == pytest.approx(1.0, abs=1e-5)
    small = cv2.resize(red, (60, 50), interpolation=cv2.INTER_AREA)
    assert likeness(own, features(np.roll(small, 7, axis=1))) > 0.98
    assert likeness(own, features(cutout((30, 30, 200)))) < 0.3
    assert 0.5 < likeness(own, features(cutout((200, 30, 30), wide=80, high=20))) < 0.98


def test_colours_above_and_below_are_told_apart() -> None:
    up = cutout((200, 30, 30))
    up[10:50, 20:60] = (30, 30, 200, 255)
    down = up.copy()
    down[10:50], down[50:90] = up[50:90], up[10:50]
    assert likeness(features(up), features(down)) < 0.6


def test_hardly_anything_has_no_features() -> None:
    assert framed(np.zeros((40, 40, 4), np.uint8)) is None
    dot = np.zeros((400, 400, 4), np.uint8)
    dot[3:5, 3:5, 3] = 255
    assert framed(dot) is None


def test_ground_of_one_colour_is_taken_away_and_a_place_is_not() -> None:
    sheet = np.full((90, 70, 3), 250, np.uint8)
    sheet[20:80, 15:55] = (180, 40, 40)
    sheet[40:50, 30:40] = 250  # white within it stays
    alpha = without_plain_ground(sheet)[..., 3] > 0
    wanted = np.zeros((90, 70), bool)
    wanted[20:80, 15:55] = True
    np.testing.assert_array_equal(alpha, wanted)
    place = np.random.default_rng(0).integers(0, 255, (90, 70, 3)).astype(np.uint8)
    assert without_plain_ground(place)[..., 3].min() == 255
    assert without_plain_ground(np.full((9, 9, 3), 40, np.uint8))[..., 3].min() == 255


def test_features_are_written_and_read() -> None:
    values = unit(np.random.default_rng(1).normal(size=384))
    assert likeness(read(written(values)), values) == pytest.approx(1.0, abs=1e-5)
    for text in ("", "no base64!", "AAAA", written(np.full(3, np.nan, np.float32))):
        with pytest.raises(ValueError):
            read(text)


def test_the_middle_is_not_moved_by_one_that_is_unlike() -> None:
    rng = np.random.default_rng(2)
    alike = [unit(np.ones(50) + rng.normal(0, 0.05, 50)) for _ in range(4)]
    odd = unit(-np.ones(50))
    assert likeness(middle([*alike, odd]), unit(np.ones(50))) > 0.99
    assert best_likeness(odd, [*alike, odd]) == pytest.approx(1.0)
