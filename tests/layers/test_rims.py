"""Soft rims that a matte missed go with their subject; the ground's own things stay."""

from __future__ import annotations

import numpy as np

from multiplane.layers.rims import with_rims
from multiplane.layers.stack import CutSubject, build_stack, recomposition_error
from tests.layers.drawn import disc, laid_over

SIZE = (320, 192)
RED, GREEN = (200, 30, 30), (40, 140, 60)


def ground() -> np.ndarray:
    """Sand below, sky above, both with grain."""
    picture = np.full((SIZE[1], SIZE[0], 3), (150, 180, 210), np.float32)
    picture[110:] = (210, 190, 150)
    grain = np.random.default_rng(3).normal(0.0, 3.0, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def cut(picture: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Background (H, W, 3) and the subject's alpha (H, W) 0..1 of a picture with one subject."""
    layers = build_stack(picture, [CutSubject("it", "it", "it", alpha, 0.7)])
    assert recomposition_error(layers, picture) <= 1
    x, y, wide, high = layers[1].bbox
    sheet = np.zeros(alpha.shape, np.float32)
    sheet[y : y + high, x : x + wide] = layers[1].rgba[..., 3] / np.float32(255)
    return layers[0].rgba[..., :3].astype(int), sheet


def test_a_soft_rim_does_not_stay_behind() -> None:
    true = disc(SIZE, (160, 100), 42, softness=8)
    picture = laid_over(RED, true, ground())
    missed = disc(SIZE, (160, 100), 40, softness=1)
    rim = (true > 0.3) & (missed < 0.01)
    assert rim.sum() > 300
    background, alpha = cut(picture, missed)
    ghost = np.abs(background - ground()).max(axis=2)[rim]
    before = np.abs(picture.astype(int) - ground()).max(axis=2)[rim]
    assert ghost.mean() < 0.4 * before.mean()
    assert np.abs(alpha - true)[rim].mean() < 0.2
    assert alpha[(true == 0) & (missed == 0)].max() < 0.1


def test_what_the_ground_has_elsewhere_is_no_rim() -> None:
    """A green bush beside the subject, and another one farther off."""
    picture = ground()
    for x in (205, 262):
        bush = disc(SIZE, (x, 100), 16, softness=2)
        picture = laid_over(GREEN, bush, picture)
    matte = disc(SIZE, (160, 100), 28, softness=2)
    near_bush = disc(SIZE, (205, 100), 16, softness=2) > 0.5
    picture = laid_over(RED, matte, picture)
    _, alpha = cut(picture, matte)
    assert alpha[near_bush & (matte < 0.01)].max() < 0.05


def test_the_edge_of_another_subject_is_no_rim() -> None:
    """A castle's foot, mixed with the sand, runs into a red subject that it begins at."""
    picture = ground()
    foot = np.zeros(SIZE[::-1], np.float32)
    foot[60:140, 180:300] = 1.0
    matte = disc(SIZE, (160, 140), 30, softness=2)
    picture = laid_over((204, 170, 31), foot, picture)
    picture = laid_over(RED, matte, picture)
    foot = foot * (1.0 - matte)
    picture[140, 190:300] = (208, 110, 90)
    hole = np.ones(SIZE[::-1], bool)
    visible = with_rims(picture, (ground() / 255).astype(np.float32), hole, np.stack([foot, matte]))
    assert visible[1, 140, 200:300].max() < 0.01


def test_rims_never_make_more_than_the_whole() -> None:
    first, other = disc(SIZE, (130, 100), 30), disc(SIZE, (196, 100), 30)
    picture = laid_over((30, 60, 200), other, laid_over(RED, first, ground()))
    visible = np.stack([first * (first > 0.8), other * (other > 0.8)]).astype(np.float32)
    fill = ground().astype(np.float32) / np.float32(255)
    raised = with_rims(picture, fill, np.ones(first.shape, bool), visible)
    assert (raised >= visible - 1e-6).all()
    assert raised.sum(axis=0).max() <= 1.0 + 1e-6
    assert raised[0][(first > 0.3) & (first < 0.8)].mean() > 0.3


def test_nothing_cut_nothing_raised() -> None:
    none = np.zeros((0, SIZE[1], SIZE[0]), np.float32)
    fill = ground().astype(np.float32) / np.float32(255)
    assert with_rims(ground(), fill, np.zeros(none.shape[1:], bool), none).shape == none.shape
