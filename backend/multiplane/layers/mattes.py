"""Soft mattes: a trimap from the masks, closed-form matting in its unknown band."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.edges import at_full_size
from multiplane.layers.outlines import dark_lines, with_outline
from multiplane.layers.refine import refine

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

BAND = 0.01
"""Width of the unknown band, as a share of the long side."""
_SOLVE_SIDE = 512  # px
_TEXTURE = 1e-5  # Levin's epsilon: how much colours may stray from a line within 3 x 3 px
_PRIOR = 1e-2  # pull towards the mask, where colours say nothing (hatching, grain)
_PRIOR_BLUR = 0.7  # px at a short side of 256


def matte(picture: Picture, soft: Floats) -> Floats:
    """Mattes straight from coarse soft masks: `refine`, then `solve_mattes`."""
    return solve_mattes(picture, refine(picture, soft))


def solve_mattes(picture: Picture, shares: Floats) -> Floats:
    """Visible soft mattes (S, H, W), together at most 1.

    picture (H, W, 3); shares (S + 1, H, W) that sum to 1, already at the picture's edges (see
    `refine`), the background last. Every subject is given its outline and solved against all
    the rest: closed-form matting (Levin et al. 2008; the Laplacian is PyMatting's) with a weak
    prior, at no more than 512 px, brought to full size by a guided filter (He et al. 2010) and, in
    a picture that is sharper than that, to its own edges (`edges.at_full_size`).
    """
    count = len(shares) - 1
    height, width = picture.shape[:2]
    scale = min(1.0, _SOLVE_SIDE / max(height, width))
    small = (max(2, round(width * scale)), max(2, round(height * scale)))
    colours = picture.astype(np.float32) / 255.0
    reduced = cv2.resize(colours, small, interpolation=cv2.INTER_AREA)
    won = np.stack([cv2.resize(share, small, interpolation=cv2.INTER_AREA) for share in shares])
    owner = won.argmax(axis=0)
    lines = dark_lines(cv2.cvtColor(reduced, cv2.COLOR_RGB2LAB))
    mattes = np.zeros((count, height, width), np.float32)
    for index in range(count):
        mask = owner == index
        if not mask.any():
            continue
        mask = with_outline(mask, lines, owner == count)
        alpha = _solve(reduced, mask, lines)
        if scale < 1.0:
            alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
            alpha = _sharpen(colours, alpha, max(2, round(1.5 / scale)))
        mattes[index] = alpha
    return at_full_size(picture, without_gaps(mattes, shares.argmax(axis=0)), 1.0 / scale)


def without_gaps(mattes: Floats, owner: NDArray[np.intp]) -> Floats:
    """Mattes (S, H, W) that sum to 1 at most, and to just 1 where no background is near.

    Each is solved against all the rest, so between a thing and its part both may be soft; the
    background would shine through there. owner: (H, W), S for the background.
    """
    count = len(mattes)
    total = mattes.sum(axis=0)
    band = max(2, round(BAND * max(owner.shape) / 2)) + 2
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    near_ground = cv2.dilate((owner == count).astype(np.uint8), disk) > 0
    for index in range(count):
        mattes[index][~near_ground & (total < 0.5) & (owner == index)] = 1.0
    total = mattes.sum(axis=0)
    least = np.where(near_ground, 1.0, np.float32(1e-6))
    return (mattes / np.maximum(total, least)).astype(np.float32)


def _solve(colours: Floats, mask: Mask, lines: Mask) -> Floats:
    """One subject's alpha (h, w), solved in its box of `colours` (h, w, 3).

    A line of the subject's own outline is known: with paper on both sides of it, colours cannot
    say whose it is.
    """
    from pymatting.laplacian.cf_laplacian import cf_laplacian
    from scipy.sparse import identity
    from scipy.sparse.linalg import spsolve

    band = max(2, round(BAND * max(mask.shape) / 2))
    trimap = trimap_of(mask, band)
    trimap[lines & (cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)] = 1.0
    rows = np.flatnonzero((trimap > 0).any(axis=1))
    columns = np.flatnonzero((trimap > 0).any(axis=0))
    box = (
        slice(max(0, rows[0] - 3), rows[-1] + 4),
        slice(max(0, columns[0] - 3), columns[-1] + 4),
    )
    known = trimap[box] != 0.5
    alpha = trimap.copy()
    if known.all():
        return alpha
    blur = _PRIOR_BLUR * min(mask.shape) / 256.0
    prior = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), blur)[box]
    values = np.where(known, trimap[box], prior).astype(np.float64).ravel()
    fixed = known.ravel()
    laplacian = cf_laplacian(colours[box].astype(np.float64), _TEXTURE, 1, known)
    rest = laplacian[~fixed]
    system = rest[:, ~fixed] + _PRIOR * identity(int((~fixed).sum()), format="csr")
    pull = _PRIOR * values[~fixed] - rest[:, fixed] @ values[fixed]
    values[~fixed] = spsolve(system.tocsc(), pull)
    alpha[box] = np.clip(values, 0.0, 1.0).reshape(known.shape)
    return alpha


def trimap_of(mask: Mask, band: int) -> Floats:
    """1 inside, 0 outside, 0.5 within `band` px of the border; the frame is no border."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    inner = cv2.erode(mask.astype(np.uint8), disk, borderType=cv2.BORDER_REPLICATE)
    outer = cv2.dilate(mask.astype(np.uint8), disk)
    trimap = np.full(mask.shape, 0.5, np.float32)
    trimap[inner > 0] = 1.0
    trimap[outer == 0] = 0.0
    return trimap


def _sharpen(guide: Floats, values: Floats, radius: int) -> Floats:
    """Guided filter on the guide's luma: `values` (H, W) follow the edges of `guide`."""
    luma = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY)
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(one: Floats) -> Floats:
        return np.asarray(cv2.blur(one, size, borderType=cv2.BORDER_REFLECT), np.float32)

    guide_mean, value_mean = mean(luma), mean(values)
    variance = mean(luma * luma) - guide_mean**2
    covariance = mean(luma * values) - guide_mean * value_mean
    slope = covariance / (variance + 1e-4)
    offset = value_mean - slope * guide_mean
    return np.clip(mean(slope) * luma + mean(offset), 0.0, 1.0)
