"""Soft mattes against known ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from multiplane.layers.mattes import solve_mattes
from multiplane.layers.outlines import dark_lines, with_outline
from multiplane_study.metrics import soft_iou
from tests.layers.drawn import disc, laid_over

SIZE = (224, 128)


def shares_of(*mattes: np.ndarray) -> np.ndarray:
    """Hard shares of mattes and, last, the background."""
    hard = np.stack(mattes) > 0.5
    none = np.logical_not(hard.any(axis=0, keepdims=True))
    return np.concatenate([hard, none]).astype(np.float32)


def gradient() -> np.ndarray:
    across = np.linspace(90, 200, SIZE[0])[None, :, None]
    return np.broadcast_to(across * [0.5, 0.8, 1.0], (SIZE[1], SIZE[0], 3)).astype(np.uint8)


@pytest.mark.parametrize("softness", [1.5, 4.0])
def test_the_alpha_of_a_soft_disc_is_found(softness: float) -> None:
    true = disc(SIZE, (110, 64), 35, softness)
    picture = laid_over((220, 40, 30), true, gradient())
    (alpha,) = solve_mattes(picture, shares_of(true))
    assert soft_iou(alpha, true) > 0.97
    edge = cv2.dilate(np.uint8((true > 0.02) & (true < 0.98)), np.ones((21, 21), np.uint8)) > 0
    assert float(np.mean((alpha - true)[edge] ** 2)) < 0.01


def test_a_mask_that_is_a_little_off_is_corrected() -> None:
    true = disc(SIZE, (110, 64), 35, 1.5)
    picture = laid_over((220, 40, 30), true, gradient())
    off = disc(SIZE, (111, 64), 35, 1.5)
    (alpha,) = solve_mattes(picture, shares_of(off))
    assert soft_iou(alpha, true) > soft_iou((off > 0.5).astype(np.float32), true) + 0.01


def test_mattes_together_are_at_most_one() -> None:
    left, right = disc(SIZE, (90, 64), 30), disc(SIZE, (135, 64), 30)
    picture = laid_over((20, 160, 40), right, laid_over((220, 40, 30), left, gradient()))
    mattes = solve_mattes(picture, shares_of(left * (1 - right), right))
    assert mattes.sum(axis=0).max() <= 1.0 + 1e-5
    assert mattes[0][64, 80] == pytest.approx(1.0)
    assert mattes[1][64, 140] == pytest.approx(1.0)


def test_ink_keeps_its_lines_and_its_paper() -> None:
    """The mask ends inside the drawn line; the line is the subject's, the inside is opaque."""
    size = (448, 256)
    picture = np.full((256, 448, 3), 250, np.uint8)
    cv2.circle(picture, (220, 128), 72, (20, 20, 25), 3, cv2.LINE_AA)
    (alpha,) = solve_mattes(picture, shares_of(disc(size, (220, 128), 70, 1.0)))
    line = picture[..., 0] < 60
    assert np.quantile(alpha[line], 0.05) > 0.8
    assert np.median(alpha[line]) > 0.95
    assert alpha[disc(size, (220, 128), 64, 1.0) > 0.5].min() > 0.99
    assert alpha[disc(size, (220, 128), 80, 1.0) == 0.0].max() < 0.05


def test_lines_that_lead_away_stay_in_the_background() -> None:
    picture = np.full((128, 224, 3), 250, np.uint8)
    cv2.circle(picture, (110, 64), 35, (20, 20, 25), 3, cv2.LINE_AA)
    cv2.line(picture, (146, 64), (220, 64), (20, 20, 25), 2, cv2.LINE_AA)
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    mask = disc(SIZE, (110, 64), 34, 1.0) > 0.5
    grown = with_outline(mask, dark_lines(lab), ~mask)
    assert not grown[:, 156:].any()
    assert grown.sum() > mask.sum() * 1.05


def test_large_pictures_get_mattes_of_their_own_size() -> None:
    size = (1280, 720)
    true = disc(size, (600, 360), 200, 4.0)
    below = np.full((720, 1280, 3), (90, 140, 200), np.uint8)
    picture = laid_over((220, 40, 30), true, below)
    (alpha,) = solve_mattes(picture, shares_of(true))
    assert alpha.shape == (720, 1280)
    assert soft_iou(alpha, true) > 0.98


def test_nothing_and_everything() -> None:
    picture = gradient()
    empty = np.zeros((2, 128, 224), np.float32)
    empty[1] = 1.0
    assert not solve_mattes(picture, empty).any()
    assert (solve_mattes(picture, empty[::-1]) == 1.0).all()


def test_no_pixel_is_lost_between_a_thing_and_its_part() -> None:
    """Soft colours between the two: all that is not near the ground belongs to one of them."""
    size = (224, 128)
    body, part = disc(size, (112, 64), 50), disc(size, (112, 64), 16)
    rng = np.random.default_rng(5)
    picture = laid_over((200, 60, 40), body, np.full((128, 224, 3), 235, np.uint8))
    blurred = cv2.GaussianBlur(part, (0, 0), 3.0)
    picture = laid_over((90, 110, 200), blurred, picture)
    noisy = picture + rng.normal(0, 14, picture.shape)
    shares = np.stack([body * (1 - part), body * part, 1 - body]).astype(np.float32)
    alphas = solve_mattes(np.clip(noisy, 0, 255).astype(np.uint8), shares)
    inside = cv2.erode((body > 0.5).astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    assert np.abs(alphas.sum(axis=0)[inside] - 1.0).max() < 1e-4
    assert alphas.sum(axis=0).max() <= 1.0001
    assert alphas[1][64, 112] > 0.95
    assert alphas[0][64, 75] > 0.95
