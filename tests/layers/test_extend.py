"""Drawings carried on beyond their edges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from multiplane.layers.extend import extend_nearness, extend_picture, extend_stack
from multiplane.layers.stack import CutSubject, Layer, build_stack, recompose
from tests.layers.drawn import disc, laid_over, scene_of

SIZE = (96, 64)
ROOM = (12, 8)
INSIDE = (slice(8, 72), slice(12, 108))
RED = (200, 30, 30)


def known() -> np.ndarray:
    area = np.zeros((80, 120), bool)
    area[INSIDE] = True
    return area


def padded(picture: np.ndarray) -> np.ndarray:
    return np.pad(picture, ((8, 8), (12, 12), (0, 0)))


def stripes() -> np.ndarray:
    """Horizontal stripes, 8 px high, that are told apart by colour and grain."""
    grain = np.random.default_rng(0).integers(-6, 7, (SIZE[1], SIZE[0], 1))
    rows = np.where((np.arange(SIZE[1]) // 8 % 2 == 0)[:, None, None], 190, 90)
    return np.clip(rows + grain + [0, 10, 30], 0, 255).astype(np.uint8)


def test_stripes_go_on_with_their_grain() -> None:
    picture = stripes()
    wide = extend_picture(padded(picture), known())
    assert (wide[INSIDE] == picture).all()
    beyond = wide[8:72, :12].astype(int)
    wanted = picture.mean(axis=1, keepdims=True)
    assert np.abs(beyond.mean(axis=1) - wanted[:, 0]).mean() < 12
    assert beyond[2:6].std(axis=(0, 1)).mean() > 1.5


def test_flat_colours_stay_flat() -> None:
    picture = np.full((SIZE[1], SIZE[0], 3), (240, 200, 120), np.uint8)
    picture[40:] = (120, 160, 80)
    wide = extend_picture(padded(picture), known())
    assert len(np.unique(wide.reshape(-1, 3), axis=0)) == 2
    assert tuple(wide[8 + 20, 2]) == (240, 200, 120)
    assert tuple(wide[8 + 55, 117]) == (120, 160, 80)


TOWN, AROUND = (450, 253), (56, 32)


def tower() -> tuple[np.ndarray, np.ndarray]:
    """A dark tower that the right edge cuts, and a lighter house; and where they are."""
    matte = np.zeros((TOWN[1], TOWN[0]), np.float32)
    matte[90:210, 60:180] = matte[50:, 410:] = 1.0
    picture = np.full((TOWN[1], TOWN[0], 3), 250, np.uint8)
    picture[90:210, 60:180] = (150, 150, 160)
    picture[50:, 410:] = (110, 110, 120)
    return picture, matte


def beyond_the_tower(wide: np.ndarray) -> float:
    """How much of what goes on beyond the edge has the tower's own colour, 0 to 1."""
    right = wide[100:280, -AROUND[0] :].astype(int)
    return float((np.abs(right - (110, 110, 120)).max(axis=-1) < 8).mean())


def test_a_building_that_the_edge_cuts_goes_on_in_its_own_colour() -> None:
    picture, _ = tower()
    pad = ((AROUND[1],) * 2, (AROUND[0],) * 2)
    area = np.pad(np.ones(picture.shape[:2], bool), pad)
    wide = extend_picture(np.pad(picture, (*pad, (0, 0))), area)
    assert beyond_the_tower(wide) > 0.95


def test_one_part_of_a_layer_goes_on_in_its_own_colour() -> None:
    """The house on the same layer is larger, and looks much the same where it is small."""
    picture, matte = tower()
    sky, tone = build_stack(picture, [CutSubject("tone", "tone", "tone", matte, 0.5)])
    blank = dataclasses.replace(sky, rgba=np.full_like(sky.rgba, 255))
    size = (TOWN[0] + 2 * AROUND[0], TOWN[1] + 2 * AROUND[1])
    wide = recompose(extend_stack([blank, tone], TOWN, AROUND), size)
    assert beyond_the_tower(wide) > 0.95


def stack_of(picture: np.ndarray, matte: np.ndarray) -> tuple[Layer, ...]:
    return build_stack(picture, [CutSubject("red", "red", "red", matte, 0.5)])


def test_a_subject_cut_by_the_edge_goes_on() -> None:
    matte = disc(SIZE, (96, 40), 18)
    picture = laid_over(RED, matte, stripes())
    layers = stack_of(picture, matte)
    background, red = extend_stack(layers, SIZE, ROOM)
    assert background.bbox == (0, 0, 120, 80)
    assert (background.rgba[..., 3] == 255).all()
    x, y, wide, high = red.bbox
    assert x + wide == 120
    column = red.rgba[48 - y, 109 - x :]
    assert (column[:, 3] > 200).all()
    assert np.abs(column[:, :3].astype(int) - RED).max() < 30
    whole = recompose([background, red], (120, 80))
    assert np.abs(whole[INSIDE].astype(int) - picture).max() <= 1
    assert (red.rgba.shape[0], red.rgba.shape[1]) == (high, wide)


def test_a_subject_inside_only_moves() -> None:
    matte = disc(SIZE, (48, 32), 12)
    layers = stack_of(laid_over(RED, matte, stripes()), matte)
    _, red = extend_stack(layers, SIZE, ROOM)
    x, y, wide, high = layers[1].bbox
    assert red.bbox == (x + 12, y + 8, wide, high)
    assert (red.rgba == layers[1].rgba).all()


def test_what_the_artist_painted_outside_serves_first() -> None:
    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[:, :25] = (*RED, 255)
    rgba[:, :5, :3] = (0, 0, 255)
    ground = Layer("background", "sky", "background",
                   np.dstack([stripes(), np.full(SIZE[::-1], 255, np.uint8)]),
                   (0, 0, *SIZE), "", (), 0.0, 1.0)  # fmt: skip
    one = Layer("red", "red", "prop", rgba, (-5, 10, 30, 20), "", (), 0.5, 1.0)
    far = Layer("far", "far", "prop", rgba, (-80, 10, 30, 20), "", (), 0.6, 1.0)
    _, red = extend_stack([ground, one, far], SIZE, ROOM)
    assert red.bbox == (7, 18, 25, 20)
    assert tuple(red.rgba[0, 0]) == (0, 0, 255, 255)
    _, cropped = extend_stack([ground, one], SIZE, (0, 0))
    assert cropped.bbox == (0, 10, 20, 20)


@pytest.mark.parametrize("style", ["ink sketch", "watercolor", "pencil"])
def test_no_seam(style: str) -> None:
    """Across the border the picture changes no more than it does inside."""
    scene = scene_of(style, 1, size=(160, 96))
    picture = scene.background[:, 12:-12]
    area = np.zeros((96, 160), bool)
    area[:, 12:-12] = True
    wide = extend_picture(np.pad(picture, ((0, 0), (12, 12), (0, 0))), area).astype(float)
    steps = np.abs(np.diff(wide, axis=1)).mean(axis=(0, 2))
    assert steps[[11, 147]].max() < 1.6 * np.quantile(steps[13:146], 0.9) + 2


def test_depth_goes_on() -> None:
    nearness = np.linspace(0, 1, SIZE[1], dtype=np.float32)[:, None].repeat(SIZE[0], axis=1)
    wide = extend_nearness(nearness, ROOM)
    assert wide.shape == (80, 120)
    assert (wide[INSIDE] == nearness).all()
    assert (wide[8:72, 0] == nearness[:, 0]).all()
