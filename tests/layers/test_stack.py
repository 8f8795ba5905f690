"""Layers: exact together, clean apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from multiplane.layers.stack import CutSubject, Layer, build_stack, recompose, recomposition_error
from tests.layers.drawn import disc, laid_over, scene_of

SIZE = (96, 64)
RED, GREEN = (200, 30, 30), (30, 180, 40)


def subject(name: str, alpha: np.ndarray, nearness: float) -> CutSubject:
    return CutSubject(name, name, name, alpha.astype(np.float32), nearness)


def sky() -> np.ndarray:
    rows = np.linspace(120, 220, SIZE[1])[:, None, None]
    return np.broadcast_to(rows * [0.6, 0.8, 1.0], (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def over_each_other() -> tuple[np.ndarray, list[CutSubject]]:
    """A red disc half behind a green one."""
    back, front = disc(SIZE, (40, 32), 20), disc(SIZE, (58, 32), 14)
    picture = laid_over(GREEN, front, laid_over(RED, back, sky()))
    return picture, [subject("red", back * (1 - front), 0.4), subject("green", front, 0.8)]


def with_pillow(layers: tuple[Layer, ...], size: tuple[int, int]) -> np.ndarray:
    """The composite by another program."""
    canvas = Image.new("RGBA", size)
    for layer in layers:
        canvas.alpha_composite(Image.fromarray(layer.rgba), layer.bbox[:2])
    return np.asarray(canvas)[..., :3]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 3), st.integers(8, 40), st.integers(8, 40))
def test_any_picture_comes_back(seed: int, count: int, width: int, height: int) -> None:
    generator = np.random.default_rng(seed)
    picture = generator.integers(0, 256, (height, width, 3)).astype(np.uint8)
    mattes = generator.dirichlet(np.ones(count + 1), (height, width)).astype(np.float32)
    mattes[generator.random((height, width)) < 0.3] = 0.0
    chosen = [subject(str(k), mattes[..., k], 0.2 + 0.2 * k) for k in range(count)]
    layers = build_stack(picture, chosen)
    assert recomposition_error(layers, picture) <= 1
    assert recompose(layers, (width, height)).shape == picture.shape


@pytest.mark.parametrize("style", ["ink sketch", "watercolor", "oil paint", "pencil", "flat color"])
def test_a_drawn_scene_comes_back(style: str) -> None:
    scene = scene_of(style, 2)
    subjects = [subject(str(k), one.matte, 0.3 + k / 3) for k, one in enumerate(scene.subjects)]
    layers = build_stack(scene.picture, subjects)
    assert [layer.id for layer in layers] == ["background", "0", "1"]
    assert recomposition_error(layers, scene.picture) <= 1
    height, width = scene.picture.shape[:2]
    assert np.abs(with_pillow(layers, (width, height)).astype(int) - scene.picture).max() <= 2


def test_layers_say_what_they_are() -> None:
    picture, subjects = over_each_other()
    background, red, green = build_stack(picture, subjects)
    assert background.kind == "background"
    assert background.bbox == (0, 0, *SIZE)
    assert (background.rgba[..., 3] == 255).all()
    assert (red.kind, red.name, red.nearness) == ("prop", "red", 0.4)
    x, y, width, height = green.bbox
    assert green.rgba.shape == (height, width, 4)
    assert abs(x + width / 2 - 58) <= 1.5
    assert abs(y + height / 2 - 32) <= 1.5
    assert green.rgba[0, :, 3].any()
    assert green.rgba[:, -1, 3].any()


def test_no_subject_is_left_in_the_background() -> None:
    picture, subjects = over_each_other()
    background = build_stack(picture, subjects)[0].rgba[..., :3].astype(int)
    assert np.abs(background - sky()).max() <= 30


def test_edges_carry_no_background() -> None:
    picture, subjects = over_each_other()
    green = build_stack(picture, subjects)[2].rgba
    edge = (green[..., 3] > 60) & (green[..., 3] < 200)
    assert edge.sum() > 50
    wrong = np.abs(green[edge, :3].astype(int) - GREEN).max(axis=1)
    assert np.quantile(wrong, 0.9) <= 30


def test_what_lies_under_clear_pixels_is_the_edge_colour() -> None:
    picture, subjects = over_each_other()
    green = build_stack(picture, subjects)[2].rgba
    clear = green[..., 3] == 0
    assert clear.any()
    assert np.abs(green[clear, :3].astype(int) - GREEN).mean() <= 25


def test_a_subject_goes_on_behind_the_nearer_one() -> None:
    picture, subjects = over_each_other()
    red = build_stack(picture, subjects)[1]
    x, y, _, _ = red.bbox
    behind = red.rgba[32 - y, 47 - x]
    assert behind[3] > 200
    assert np.abs(behind[:3].astype(int) - RED).max() <= 30
    assert red.bbox[0] + red.bbox[2] <= 40 + 20 + 8


def test_a_subject_that_was_not_found_gets_no_layer() -> None:
    picture, (red, _) = over_each_other()
    nothing = subject("ghost", np.zeros((SIZE[1], SIZE[0])), 0.9)
    layers = build_stack(picture, [red, nothing])
    assert [layer.id for layer in layers] == ["background", "red"]
    assert recomposition_error(layers, picture) <= 1


def test_no_subject_at_all() -> None:
    picture = sky()
    (only,) = build_stack(picture, [])
    assert (only.rgba[..., :3] == picture).all()


def test_a_subject_that_fills_the_frame() -> None:
    picture = sky()
    layers = build_stack(picture, [subject("all", np.ones(picture.shape[:2]), 0.5)])
    assert recomposition_error(layers, picture) <= 1
