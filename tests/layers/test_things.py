"""Things found by themselves, in drawings whose truth is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from multiplane.layers.things import Thing, find_things

SIZE = (200, 320)
Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def paper(colour: tuple[int, int, int] = (255, 255, 255)) -> Picture:
    return np.full((*SIZE, 3), colour, np.uint8)


def disc(x: int, y: int, radius: int) -> Mask:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)


def box(x: int, y: int, wide: int, high: int) -> Mask:
    mask = np.zeros(SIZE, bool)
    mask[y : y + high, x : x + wide] = True
    return mask


def found_in(picture: Picture) -> tuple[Thing, ...]:
    return find_things(picture, np.full(SIZE, 0.5, np.float32))


def iou(thing: Thing, truth: Mask) -> float:
    mask = thing.alpha > 0.5
    return float((mask & truth).sum() / (mask | truth).sum())


def test_painted_things_are_apart_and_from_left_to_right() -> None:
    picture = paper((120, 190, 220))
    picture[150:] = (90, 140, 60)  # the meadow is ground: it runs out of the frame
    right, left = disc(240, 110, 45), box(40, 70, 60, 100)
    picture[right] = (230, 60, 40)
    picture[left] = (90, 50, 150)
    things = found_in(picture)
    assert len(things) == 2
    for thing, truth in zip(things, (left, right), strict=True):
        assert iou(thing, truth) > 0.93
        assert thing.confidence > 0.5
    assert np.stack([thing.alpha for thing in things]).sum(axis=0).max() <= 1.0001


def test_lines_on_white_close_off_what_they_go_round() -> None:
    picture = paper()
    cv2.circle(picture, (90, 100), 50, (20, 20, 20), 3, cv2.LINE_AA)
    cv2.rectangle(picture, (200, 50), (280, 150), (20, 20, 20), 3)
    things = found_in(picture)
    assert len(things) == 2
    assert iou(things[0], disc(90, 100, 52)) > 0.93
    assert iou(things[1], box(198, 48, 85, 105)) > 0.93


def test_the_border_of_a_panel_is_no_thing() -> None:
    picture = paper()
    cv2.rectangle(picture, (16, 12), (303, 187), (0, 0, 0), 3)
    cv2.circle(picture, (150, 100), 45, (20, 20, 20), 3, cv2.LINE_AA)
    (thing,) = found_in(picture)
    assert iou(thing, disc(150, 100, 47)) > 0.9


def test_two_things_that_touch_are_two_where_they_look_unlike() -> None:
    truths = disc(110, 100, 48), disc(204, 100, 48)
    for second, count in (((40, 90, 200), 2), ((220, 60, 40), 1)):
        picture = paper((235, 230, 220))
        picture[truths[0]] = (220, 60, 40)
        picture[truths[1]] = second
        things = found_in(picture)
        assert len(things) == count
        if count == 2:
            assert min(iou(things[k], truths[k]) for k in range(2)) > 0.9


def test_bricks_are_ground() -> None:
    """A ground in strong pieces, which the frame has many of, does not stand out."""
    picture = paper((230, 225, 200))
    for row in range(0, SIZE[0], 20):
        for column in range(-20 * (row // 20 % 2), SIZE[1], 40):
            picture[row + 2 : row + 18, max(0, column + 2) : column + 38] = (150, 140, 90)
    truth = disc(160, 100, 50)
    picture[truth] = (40, 60, 190)
    (thing,) = found_in(picture)
    assert iou(thing, truth) > 0.85


@pytest.mark.parametrize("size", [SIZE, (1080, 1920)])
def test_blank_paper_has_nothing(size: tuple[int, int]) -> None:
    assert find_things(np.full((*size, 3), 240, np.uint8), np.zeros(size, np.float32)) == ()


def test_what_is_blurred_and_noisy_is_less_sure_than_what_is_drawn() -> None:
    """A photograph's soft edges: fewer things, or such that are said to be doubtful."""
    rng = np.random.default_rng(3)
    drawn = paper((200, 200, 190))
    drawn[disc(160, 100, 50)] = (150, 90, 80)
    soft = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), 14)
    soft += rng.normal(0, 12, soft.shape)
    sure = max((thing.confidence for thing in found_in(drawn)), default=0.0)
    less = max(
        (thing.confidence for thing in found_in(np.clip(soft, 0, 255).astype(np.uint8))),
        default=0.0,
    )
    assert less < 0.45 < sure


def test_at_most_six_and_the_largest_of_them() -> None:
    picture = paper()
    for index in range(9):
        picture[box(10 + 34 * index, 60, 20, 20 + 10 * index)] = (200, 40, 40)
    things = found_in(picture)
    assert len(things) == 6
    heights = [int((thing.alpha > 0.5).any(axis=1).sum()) for thing in things]
    assert heights == sorted(heights)
    assert heights[0] > 40
