"""Whatever the picture, mattes and wished colours are: the composite is the picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from multiplane.layers.exact import composite, contributions, solve_colours


@st.composite
def stacks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    layers = draw(st.integers(1, 5))
    pixels = draw(st.integers(1, 12))
    edges = st.sampled_from([0, 1, 2, 127, 128, 254, 255])
    byte = st.one_of(edges, st.integers(0, 255))
    picture = draw(hnp.arrays(np.uint8, (pixels, 3), elements=byte))
    alphas = draw(hnp.arrays(np.uint8, (layers, pixels), elements=byte))
    alphas[0] = 255
    colour = st.floats(-0.25, 1.25, width=32, allow_subnormal=False)
    colours = draw(hnp.arrays(np.float32, (layers, pixels, 3), elements=colour))
    return picture, alphas, colours


@settings(max_examples=400, deadline=None)
@given(stacks())
def test_composite_is_the_picture(stack: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    picture, alphas, colours = stack
    new_alphas, new_colours = solve_colours(picture, alphas, colours)
    in_bytes = composite(new_alphas, new_colours).astype(int)
    assert np.abs(in_bytes - picture).max() <= 1
    shares = contributions(new_alphas.astype(np.float32) / 255.0)
    in_floats = np.rint(np.einsum("ln,lnc->nc", shares, new_colours.astype(np.float32)))
    assert np.abs(in_floats - picture).max() <= 1


@settings(max_examples=100, deadline=None)
@given(stacks())
def test_alpha_only_grows(stack: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    picture, alphas, colours = stack
    new_alphas, _ = solve_colours(picture, alphas, colours)
    assert (new_alphas >= alphas).all()


def test_colours_that_already_fit_are_left_alone() -> None:
    alphas = np.array([[255, 255], [0, 128]], np.uint8)
    colours = np.array([[[0.2] * 3, [0.2] * 3], [[0.8] * 3, [0.8] * 3]], np.float32)
    share = 128 / 255
    mixed = round(255 * (share * 0.8 + (1 - share) * 0.2))
    picture = np.array([[51] * 3, [mixed] * 3], np.uint8)
    new_alphas, new_colours = solve_colours(picture, alphas, colours)
    assert (new_alphas == alphas).all()
    assert np.abs(new_colours - np.rint(colours * 255)).max() <= 1


def test_what_a_matte_missed_moves_with_the_subject() -> None:
    """Half alpha over white paper, but the picture is black: the layer takes it, not the paper."""
    alphas = np.array([[255], [128]], np.uint8)
    colours = np.array([[[1.0] * 3], [[0.4] * 3]], np.float32)
    picture = np.array([[110] * 3], np.uint8)
    _, new_colours = solve_colours(picture, alphas, colours)
    assert new_colours[0].min() > 215
    assert new_colours[1].max() < 30


def test_shares_add_up() -> None:
    alphas = np.random.default_rng(0).random((4, 50), np.float32)
    alphas[0] = 1.0
    assert np.allclose(contributions(alphas).sum(axis=0), 1.0, atol=1e-5)


def test_what_is_missing_moves_with_the_nearest_layer() -> None:
    """A soft edge between two subjects: the farther one keeps the colour that it goes on in."""
    alphas = np.array([[255], [255], [128]], np.uint8)
    wished = np.array([[[0.2, 0.2, 0.2]], [[0.9, 0.8, 0.1]], [[0.2, 0.2, 0.7]]], np.float32)
    picture = np.array([[150, 120, 110]], np.uint8)
    _, colours = solve_colours(picture, alphas, wished)
    moved = np.abs(colours.astype(float) / 255.0 - wished).max(axis=(1, 2))
    assert moved[2] > 0.05
    assert moved[1] < moved[2] / 8
