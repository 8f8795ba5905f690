"""Soft mattes: a trimap from the masks, closed-form matting in its unknown band."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.refine import refine

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

BAND = 0.015
"""Width of the unknown band, as a share of the long side."""
_SOLVE_SIDE = 512


def matte(picture: Picture, soft: Floats) -> Floats:
    """Mattes straight from coarse soft masks: `refine`, then `solve_mattes`."""
    return solve_mattes(picture, refine(picture, soft))


def solve_mattes(picture: Picture, shares: Floats) -> Floats:
    """Visible soft mattes (S, H, W), together at most 1.

    picture (H, W, 3); shares (S + 1, H, W) that sum to 1, already at the picture's edges (see
    `refine`), the background last. Every subject is solved against all the rest (closed-form
    matting, Levin et al. 2008, in PyMatting) at no more than 512 px and brought to full size by
    a guided filter (He et al. 2010) against the picture.
    """
    count = len(shares) - 1
    height, width = picture.shape[:2]
    won = shares.argmax(axis=0)
    scale = min(1.0, _SOLVE_SIDE / max(height, width))
    small = (max(2, round(width * scale)), max(2, round(height * scale)))
    colours = picture.astype(np.float32) / 255.0
    reduced = cv2.resize(colours, small, interpolation=cv2.INTER_AREA)
    mattes = np.zeros((count, height, width), np.float32)
    for index in range(count):
        mine = (won == index).astype(np.uint8)
        if not mine.any():
            continue
        area = cv2.resize(mine.astype(np.float32), small, interpolation=cv2.INTER_AREA)
        mattes[index] = _solve(reduced, area > 0.5, (width, height))
        if scale < 1.0:
            mattes[index] = _guided(colours, mattes[index], max(2, round(1.5 / scale)))
    total = mattes.sum(axis=0)
    return (mattes / np.maximum(total, 1.0)).astype(np.float32)


def _solve(colours: Floats, mask: NDArray[np.bool_], size: tuple[int, int]) -> Floats:
    """One subject's alpha at `size`, solved in its box of `colours` (h, w, 3)."""
    from pymatting.alpha.estimate_alpha_cf import estimate_alpha_cf

    band = max(1, round(BAND * max(mask.shape) / 2))
    trimap = _trimap(mask, band)
    alpha = (trimap == 1.0).astype(np.float32)
    known = (trimap != 0.5).all()
    if not known and (trimap == 1.0).any() and (trimap == 0.0).any():
        rows = np.flatnonzero((trimap > 0).any(axis=1))
        columns = np.flatnonzero((trimap > 0).any(axis=0))
        margin = band + 4
        box = (
            slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
            slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
        )
        if (trimap[box] == 0.0).any():
            solved = estimate_alpha_cf(
                colours[box].astype(np.float64),
                trimap[box].astype(np.float64),
                laplacian_kwargs={"epsilon": 1e-5},
            )
            alpha[box] = solved
    return cv2.resize(np.clip(alpha, 0, 1), size, interpolation=cv2.INTER_LINEAR)


def _trimap(mask: NDArray[np.bool_], band: int) -> Floats:
    """1 inside, 0 outside, 0.5 within `band` px of the border."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    inner = cv2.erode(mask.astype(np.uint8), disk, borderType=cv2.BORDER_REPLICATE)
    outer = cv2.dilate(mask.astype(np.uint8), disk)
    trimap = np.full(mask.shape, 0.5, np.float32)
    trimap[inner > 0] = 1.0
    trimap[outer == 0] = 0.0
    return trimap


def _guided(guide: Floats, values: Floats, radius: int) -> Floats:
    """Guided filter with a colour guide's luma: `values` follow the guide's edges."""
    luma = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY)
    box = (2 * radius + 1, 2 * radius + 1)

    def mean(one: Floats) -> Floats:
        return cv2.blur(one, box, borderType=cv2.BORDER_REFLECT)

    guide_mean, value_mean = mean(luma), mean(values)
    variance = mean(luma * luma) - guide_mean**2
    covariance = mean(luma * values) - guide_mean * value_mean
    slope = covariance / (variance + 1e-4)
    offset = value_mean - slope * guide_mean
    return np.clip(mean(slope) * luma + mean(offset), 0.0, 1.0)
