"""From strokes, a box or heatmaps to the soft matte of what was meant."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.fill import grow
from multiplane.layers.hands.walk import Ground, connected, remoteness, walk
from multiplane.layers.mattes import BAND, solve_mattes

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]
Shares = NDArray[np.float64]

_TOUCHED = 0.03  # share of a region that a stroke covers
_BORDER = 0.008  # of the long side: where the picture ends, nothing that was meant begins
_GRABBED_SIDE = 320  # px, at which a box is looked into
_ROUNDS = 3
_REMNANT = 0.006  # of the long side: a thinner rest of the host round a part is no part of the host
_CERTAIN = 0.1  # how sure the prior is where somebody has just stroked


def stroked(ground: Ground, mask: Mask) -> NDArray[np.bool_]:
    """Regions (R,) that a stroke (H, W) touches; never none where it is on the picture."""
    share = ground.share(mask)
    touched = share > _TOUCHED
    if not touched.any() and mask.any():
        touched = share >= share.max()
    return touched


def figure(ground: Ground, mine: Mask, not_mine: Mask, *, prior: Shares | None = None) -> Shares:
    """Share (R,) of what was stroked: `mine` is it, `not_mine` is not, both regions (R,).

    The picture's border is not, where no stroke reaches it. prior (R,): whose it is likely.
    """
    height, width = ground.size[::-1]
    rim = np.ones((height, width), bool)
    edge = max(2, round(_BORDER * max(height, width)))
    rim[edge:-edge, edge:-edge] = False
    outside = not_mine | (ground.share(rim) > 0.2)
    certainty = 0.08 if prior is None else 0.08 + 0.92 * remoteness(ground, mine)
    return connected(ground, walk(ground, mine, outside, prior=prior, certainty=certainty), mine)


def grown(ground: Ground, mine: Mask, not_mine: Mask, prior: Shares) -> Shares:
    """Share (R,) after `mine` regions (R,) were stroked; far from them the prior (R,) holds.

    not_mine (R,): what earlier strokes have said not to be it.
    """
    certainty = _CERTAIN + (1.0 - _CERTAIN) * remoteness(ground, mine)
    outside = not_mine | ((prior < 0.02) & (remoteness(ground, mine) >= 1.0))
    found = walk(ground, mine, outside, prior=prior, certainty=certainty, far=0.0)
    return connected(ground, found, mine | (prior > 0.5))


def boxed(picture: Picture, ground: Ground, box: Mask, known: Mask | None = None) -> Shares:
    """Share (R,) of what stands in the box (H, W); `known` (R,): regions that surely do.

    GrabCut (Rother et al. 2004, OpenCV's) says which colours are not those around the box; the
    walk then keeps to the picture's edges.
    """
    inside = ground.share(box)
    height, width = box.shape
    scale = min(1.0, _GRABBED_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    part = cv2.resize(box.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    trimap = np.where(part > 0, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    if not (part == 0).any():
        # The box is the picture: what is at its rim is around.
        trimap[[0, -1]] = trimap[:, [0, -1]] = cv2.GC_BGD
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    if (trimap == cv2.GC_PR_FGD).any():
        cv2.grabCut(small, trimap, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    front = ((trimap == cv2.GC_PR_FGD) | (trimap == cv2.GC_FGD)).astype(np.float32)
    found = ground.share(cv2.resize(front, (width, height), interpolation=cv2.INTER_LINEAR))
    mine = (found > 0.85) & (inside > 0.9)
    if known is not None:
        mine = mine | (known & (inside > 0.9))
    if not mine.any():
        mine = (
            (inside > 0.9) & (found >= np.quantile(found[inside > 0.9], 0.9))
            if (inside > 0.9).any()
            else inside > 0
        )
    outside = inside < 0.5
    share = walk(ground, mine, outside & ~mine, far=0.0)
    return np.where(inside > 0.5, connected(ground, share, mine), 0.0)


def from_heat(ground: Ground, heat: Floats) -> Shares:
    """Share (R,) of what a heatmap (H, W) 0..1 means, brought to the picture's edges."""
    values = ground.regions.mean(cv2.resize(heat, ground.shape[::-1], interpolation=cv2.INTER_AREA))
    peak = max(float(np.quantile(heat, 0.995)), 1e-6)
    relative = np.clip(values / peak, 0.0, 1.0)
    mine, outside = relative > 0.7, relative < 0.15
    prior = np.clip((relative - 0.15) / 0.45, 0.0, 1.0)
    found = walk(ground, mine, outside, prior=prior, certainty=0.5, colour=0.5, far=0.0)
    return connected(ground, found, mine)


def matte_of(picture: Picture, ground: Ground, share: Shares) -> Floats:
    """The soft matte (H, W) of regions' shares (R,), along the picture's own lines."""
    one = ground.pixels(share)
    return np.asarray(solve_mattes(picture, np.stack([one, 1.0 - one]))[0], np.float32)


def remnants(alpha: Floats, host: NDArray[np.uint8]) -> Mask:
    """The thin rim (H, W) round a matte that would be all its host keeps there.

    alpha (H, W): of a part; host (H, W): alpha 0..255 of the layer that it is taken from. What
    hangs on something thicker of the host is none.
    """
    radius = max(2, round(_REMNANT * max(alpha.shape)))
    rest = (host > 0) & (alpha < 0.99)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    thick = cv2.morphologyEx((rest & (alpha < 0.5)).astype(np.uint8), cv2.MORPH_OPEN, disk)
    kept = cv2.dilate(thick, disk) > 0
    away = cv2.distanceTransform((alpha < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(rest & ~kept & (away <= 2 * radius))


def changed(before: Floats, after: Floats) -> Mask:
    """Where two mattes (H, W) say different things, and a band round it for a soft edge."""
    differ = (before > 0.5) != (after > 0.5)
    differ = np.asarray(
        cv2.morphologyEx(differ.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    )
    return grow(differ, BAND) if differ.any() else differ
