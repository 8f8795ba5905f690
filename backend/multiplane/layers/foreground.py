"""Colours of soft edges without the background that shines through them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SOLVE_SIDE = 512
"""Longest side, px, at which edge colours are estimated; they vary slowly along an edge."""


_SOFT = 0.7  # alpha below which an edge is soft
_PLAIN = 0.08  # 0..1; less than this from the fill is background
_APART = 0.2  # 0..1; a subject's colour this far from the fill is told from it


def edge_colours(picture: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """The subject's own colours (H, W, 3) 0..1: the picture inside, estimated at soft edges.

    picture (H, W, 3); alpha (H, W) visible matte. Method: multi-level foreground estimation
    (Germer et al. 2020, in PyMatting), on the subject's box only.
    """
    from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml

    colours = picture.astype(np.float32) / 255.0
    rows = np.flatnonzero((alpha > 0).any(axis=1))
    columns = np.flatnonzero((alpha > 0).any(axis=0))
    if not rows.size:
        return colours
    height, width = alpha.shape
    margin = max(4, max(height, width) // 50)
    top, bottom = max(0, rows[0] - margin), min(height, rows[-1] + margin + 1)
    left, right = max(0, columns[0] - margin), min(width, columns[-1] + margin + 1)
    box = (slice(top, bottom), slice(left, right))
    patch, soft = colours[box], alpha[box]
    scale = min(1.0, _SOLVE_SIDE / max(height, width))
    small = (max(2, round(patch.shape[1] * scale)), max(2, round(patch.shape[0] * scale)))
    resized = cv2.resize(patch, small, interpolation=cv2.INTER_AREA)
    thin = cv2.resize(soft, small, interpolation=cv2.INTER_AREA)
    estimated = estimate_foreground_ml(resized.astype(np.float64), thin.astype(np.float64))
    estimated = cv2.resize(
        np.asarray(estimated, np.float32), patch.shape[1::-1], interpolation=cv2.INTER_LINEAR
    )
    solid = np.clip((soft - 0.9) / 0.1, 0.0, 1.0)[..., None]
    colours[box] = solid * patch + (1.0 - solid) * np.clip(estimated, 0.0, 1.0)
    return colours


def without_halo(
    picture: NDArray[np.uint8],
    background: NDArray[np.float32],
    own: NDArray[np.float32],
    visible: NDArray[np.float32],
) -> NDArray[np.float32]:
    """`visible` (S, H, W) without faint alpha where the picture shows plain background.

    background (H, W, 3) 0..1, filled; own (S, H, W, 3) the subjects' colours. Where the picture
    is the background's colour and not the subject's, the alpha of a soft edge falls to the share
    that explains the picture: (I - B)(F - B) / |F - B|^2. The solid inside stays, whatever its
    colour: a drawing's inside is paper.
    """
    given = picture.astype(np.float32) / 255.0
    result = visible.copy()
    total = visible.sum(axis=0)
    for index, alpha in enumerate(visible):
        soft = (alpha > 0) & (alpha < _SOFT) & (total - alpha < 1.0 / 255.0)
        apart = own[index][soft] - background[soft]
        shown = given[soft] - background[soft]
        size = (apart**2).sum(axis=1)
        share = np.clip((shown * apart).sum(axis=1) / np.maximum(size, 1e-6), 0.0, 1.0)
        plain = (np.abs(shown).max(axis=1) < _PLAIN) & (size > _APART**2)
        result[index][soft] = np.where(plain, np.minimum(alpha[soft], share), alpha[soft])
    return result


def extend_colours(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`rgba` (h, w, 4) with the nearest colour under clear pixels.

    Programs that scale straight alpha mix in what lies under clear pixels: black would show.
    """
    clear = rgba[..., 3] == 0
    if not clear.any() or clear.all():
        return np.ascontiguousarray(rgba)
    _, labels = cv2.distanceTransformWithLabels(
        clear.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    lookup[labels[~clear]] = rgba[~clear, :3]
    extended = rgba.copy()
    extended[clear, :3] = lookup[labels[clear]]
    return extended
