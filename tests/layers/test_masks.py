"""Competition of subjects and background, on the coarse grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.layers.masks import soft_masks

SIZE = (224, 128)


def maps_of(*boxes: tuple[slice, slice], strength: float = 0.1, noise: float = 0.0) -> np.ndarray:
    """A heatmap (8, 14) per box, high in it, and last that of the place."""
    generator = np.random.default_rng(0)
    maps = np.full((len(boxes) + 1, 8, 14), 0.03 * strength)
    free = np.ones((8, 14), bool)
    for index, box in enumerate(boxes):
        maps[index][box] = strength
        free[box] = False
    maps[-1][free] = strength
    return (maps * np.exp(generator.normal(0, noise, maps.shape))).astype(np.float32)


LEFT, RIGHT = (slice(2, 6), slice(1, 5)), (slice(3, 7), slice(9, 12))


def test_shares_sum_to_one_and_fit_the_picture() -> None:
    soft = soft_masks(maps_of(LEFT, RIGHT), [False, False, True], SIZE)
    assert soft.values.shape == (3, 128, 224)
    assert soft.subjects.shape == (2, 128, 224)
    assert np.allclose(soft.values.sum(axis=0), 1.0, atol=1e-5)


@pytest.mark.parametrize("place", [True, False])
def test_everyone_wins_where_they_stand(place: bool) -> None:
    maps = maps_of(LEFT, RIGHT, noise=0.2)
    flags = [False, False, True]
    soft = soft_masks(maps if place else maps[:2], flags if place else flags[:2], SIZE)
    won = soft.values.argmax(axis=0)
    assert won[64, 48] == 0
    assert won[80, 168] == 1
    assert won[8, 110] == 2
    assert min(soft.confidence) > 0.4


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-4, 1.0), st.floats(1e-4, 1.0))
def test_a_weak_word_competes_fairly(first: float, second: float) -> None:
    maps = maps_of(LEFT, RIGHT)
    maps[0] *= np.float32(first)
    maps[1] *= np.float32(second)
    won = soft_masks(maps, [False, False, True], SIZE).values.argmax(axis=0)
    assert won[64, 48] == 0
    assert won[80, 168] == 1
    assert won[8, 110] == 2


def test_a_word_that_the_model_did_not_paint_is_unsure() -> None:
    maps = maps_of(LEFT, RIGHT)
    generator = np.random.default_rng(1)
    maps[1] = 0.01 * np.exp(generator.normal(0, 0.15, maps[1].shape))
    sure, unsure = soft_masks(maps, [False, False, True], SIZE).confidence
    assert sure > 0.5
    assert unsure < 0.3


def test_a_higher_floor_leaves_less_to_the_subjects() -> None:
    maps = maps_of(LEFT, noise=0.3)[:1]
    usual = soft_masks(maps, [False], SIZE).subjects.mean()
    strict = soft_masks(maps, [False], SIZE, background_floor=0.2).subjects.mean()
    assert strict < usual


def test_no_subjects_is_all_background() -> None:
    soft = soft_masks(maps_of(), [True], SIZE)
    assert soft.values.shape == (1, 128, 224)
    assert (soft.values == 1.0).all()
    assert soft.confidence == ()


def test_flags_must_match() -> None:
    with pytest.raises(ValueError, match="3 maps"):
        soft_masks(maps_of(LEFT, RIGHT), [False, True], SIZE)
