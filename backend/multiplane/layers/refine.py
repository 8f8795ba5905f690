"""Soft masks brought from the model's coarse tokens to the picture's own edges.

A random walk with priors (Grady 2005) on the picture's regions instead of its pixels: every
region is pulled towards its mean soft mask, towards neighbours across weak borders, and towards
regions nearby that look alike (a Gaussian kernel on colour and place, as in dense CRFs). One small
linear system gives all labels.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from multiplane.layers.regions import Regions, find_regions

Floats = NDArray[np.float32]

_WORK_SIDE = 512  # px, longest side at which regions are found
_REGIONS = 1000
_BARRIER = 4.0  # how fast the tie over a border falls with its edge strength
_TIES = 2.0  # weight of ties between neighbours, against the prior's 1
_ALIKE = 0.7  # weight of ties between regions that look alike
_COLOUR = 8.0  # CIELAB units within which colours are alike, in a picture of usual contrast
_USUAL_SPREAD = 25.0  # CIELAB units; paler pictures are judged more finely
_PLACE = 0.09  # share of the long side within which regions are near
_SURROUNDINGS = 3.0  # px at a short side of 256: colour is also compared blurred by this much
_MASS_ROUNDS = 5


def refine(picture: NDArray[np.uint8], soft: Floats) -> Floats:
    """`soft` (C, H, W) shares that sum to 1, moved to the edges of `picture` (H, W, 3).

    The size of every channel is kept: a random walk alone drains small subjects into the
    background. Returns (C, H, W) shares that sum to 1.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _WORK_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    regions = find_regions(lab, _REGIONS)
    prior = np.stack(
        [regions.mean(cv2.resize(mask, size, interpolation=cv2.INTER_AREA)) for mask in soft],
        axis=1,
    )
    ties = _TIES * _neighbour_ties(regions) + _ALIKE * _likeness(regions, lab)
    system = np.diag(1.0 + ties.sum(axis=1)) - ties
    shares = cho_solve(cho_factor(system, check_finite=False), prior, check_finite=False)
    shares = _keep_mass(np.maximum(shares, 0.0), prior, regions.size)
    pixels = shares.T[:, regions.labels].astype(np.float32)
    if scale == 1.0:
        return pixels
    return np.stack(
        [cv2.resize(pixel, (width, height), interpolation=cv2.INTER_LINEAR) for pixel in pixels]
    )


def _neighbour_ties(regions: Regions) -> NDArray[np.float64]:
    typical = np.sqrt(regions.labels.size / regions.count)
    weight = regions.border / typical * np.exp(-_BARRIER * regions.barrier)
    ties = np.zeros((regions.count, regions.count))
    ties[regions.first, regions.second] = weight
    ties[regions.second, regions.first] = weight
    return ties


def _likeness(regions: Regions, lab: Floats) -> NDArray[np.float64]:
    """Gaussian kernel on colour, colour of the surroundings and place; rows sum to about 1."""
    height, width = regions.labels.shape
    blur = _SURROUNDINGS * min(height, width) / 256.0
    around = cv2.GaussianBlur(lab, (0, 0), blur)
    weights = 0.7 * np.array([0.7, 1.0, 1.0]), np.array([0.7, 1.0, 1.0])
    colours = np.concatenate(
        [
            np.stack([regions.mean(layer[..., c]) * weight[c] for c in range(3)], axis=1)
            for layer, weight in zip((lab, around), weights, strict=True)
        ],
        axis=1,
    )
    spread = float(np.sqrt(colours.var(axis=0).sum()))
    colours /= _COLOUR * np.sqrt(max(spread, 1.0) / _USUAL_SPREAD)
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    place = np.stack([regions.mean(columns), regions.mean(rows)], axis=1)
    place /= _PLACE * max(height, width)
    kernel = np.exp(-0.5 * _distances(np.concatenate([colours, place], axis=1)))
    np.fill_diagonal(kernel, 0.0)
    kernel /= np.sqrt(np.maximum(kernel.sum(axis=1), 1e-3))[:, None]
    kernel /= np.sqrt(np.maximum(kernel.sum(axis=0), 1e-3))[None, :]
    return (kernel + kernel.T) / 2.0


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    square = (points**2).sum(axis=1)
    return np.maximum(square[:, None] + square[None, :] - 2.0 * points @ points.T, 0.0)


def _keep_mass(
    shares: NDArray[np.float64], prior: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`shares` (R, C) scaled per channel so that its total is the prior's (R, C) again."""
    wanted = (prior * size[:, None]).sum(axis=0)
    for _ in range(_MASS_ROUNDS):
        total = (shares * size[:, None]).sum(axis=0)
        shares = shares * (wanted / np.maximum(total, 1e-9))
        shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    return shares
