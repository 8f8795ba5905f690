"""Soft rims that a matte missed go to their subject instead of staying behind in the ground.

A mask that ends inside a subject's soft edge leaves a thin ghost of it in the background, which
shows as soon as the camera moves. Once the background is filled, such a rim can be told: the
picture is not what the fill says, it is no colour that the ground has nearby, and it is explained
as the subject's own colour laid over the fill (the mixing equation of alpha matting).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from multiplane.layers.fill import GROW, distance_from
from multiplane.layers.foreground import extend_colours
from multiplane.layers.mask_measures import box_round

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SOLID = 0.9  # alpha from which a pixel has the subject's own colour
_OWN = 0.5  # alpha from which a pixel is the subject's already
_LEAST_SOLID = 20  # px that a subject's colours are read from
_SHOWS = 0.07  # 0..1; less than this from the fill is ground
_APART = 0.15  # distance of subject and fill, RGB 0..1, from which they can be told apart
_EXPLAINED = (
    0.08,
    0.5,
)  # what the mixture may miss: in itself, or as a share of what the fill does
_FOREIGN = 0.06  # distance, RGB 0..1, from the ground's own colours nearby
_SEEN_BEFORE = 4  # pixels of the ground that must have a colour before it is the ground's
_NEARBY = 0.08  # of the long side: how far round a subject the ground is asked
_SAMPLE = 6000  # px of it
_LEAST_SHARE = 0.15  # alpha under which a pixel leads no further
_REFERENCE = 448.0  # px: the window below is for a picture of this long side
_WINDOW = 2  # px in which colours beside the own place count as well: texture is never in place


def with_rims(picture: Picture, fill: Floats, hole: Mask, visible: Floats) -> Floats:
    """`visible` (S, H, W) mattes raised on the rims that they missed; they sum to 1 at most.

    picture (H, W, 3); fill (H, W, 3) 0..1, the background with `hole` (H, W) filled, which reaches
    beyond the mattes as far as rims are looked for. What is raised hangs together with its subject,
    is no farther from it than `fill.GROW` and nearer to no other, whose edge it would be.
    """
    given = picture.astype(np.float32) / np.float32(255.0)
    strange = hole & (np.abs(given - fill).max(axis=2) > _SHOWS)
    total = visible.sum(axis=0)
    gain = np.zeros_like(visible)
    away = np.stack([distance_from(alpha > _OWN) for alpha in visible]) if len(visible) else visible
    for index, alpha in enumerate(visible):
        free = 1.0 - (total - alpha)
        asked = strange & (alpha < _SOLID) & (free > 0.5)
        asked &= (away[index] <= GROW * max(alpha.shape)) & (away[index] <= away.min(axis=0))
        if (alpha > _SOLID).sum() < _LEAST_SOLID or not asked.any():
            continue
        box = box_round(alpha > 0, round(_NEARBY * max(alpha.shape)))
        share = _share(given[box], fill[box], hole[box], alpha[box], asked[box])
        gain[index][box] = np.maximum(share * free[box] - alpha[box], 0.0)
    room = np.clip(1.0 - total, 0.0, 1.0) / np.maximum(gain.sum(axis=0), 1e-6)
    return (visible + gain * np.minimum(room, 1.0)).astype(np.float32)


def _share(given: Floats, fill: Floats, hole: Mask, alpha: Floats, asked: Mask) -> Floats:
    """How much of the subject is in every pixel that is `asked` about: (h, w) 0..1."""
    share = np.zeros(alpha.shape, np.float32)
    places = np.nonzero(_foreign(given, asked, ~hole))
    if not places[0].size:
        return share
    shown = given[places]
    step = max(1, round(max(given.shape) / _REFERENCE))
    rgba = np.dstack([np.rint(given * 255.0), np.where(alpha > _SOLID, 255, 0)]).astype(np.uint8)
    inside = extend_colours(rgba)[..., :3].astype(np.float32) / np.float32(255.0)
    ground = most_alike(shown, fill, places, step)
    span = most_alike(shown, inside, places, step) - ground
    size = (span**2).sum(axis=1)
    part = np.clip(((shown - ground) * span).sum(axis=1) / np.maximum(size, 1e-6), 0.0, 1.0)
    missed = np.abs(shown - ground - part[:, None] * span).max(axis=1)
    off = np.abs(shown - ground).max(axis=1)
    explained = missed < np.maximum(_EXPLAINED[0], _EXPLAINED[1] * off)
    share[places] = np.where((off > _SHOWS) & (size > _APART**2) & explained, part, 0.0)
    own = alpha > _OWN
    _, labels = cv2.connectedComponents(((share > _LEAST_SHARE) | own).astype(np.uint8))
    return np.where(np.isin(labels, np.unique(labels[own])), share, np.float32(0.0))


def _foreign(given: Floats, asked: Mask, ground: Mask) -> Mask:
    """Those of the `asked` pixels whose colour the `ground` (h, w) does not have."""
    known = given[ground]
    if len(known) < _SEEN_BEFORE:
        return asked
    known = known[:: max(1, len(known) // _SAMPLE)]
    away, _ = cKDTree(known).query(given[asked], k=[min(_SEEN_BEFORE, len(known))])
    foreign = np.zeros_like(asked)
    foreign[asked] = away[:, 0] > _FOREIGN
    return foreign


def most_alike(
    shown: Floats,
    colours: Floats,
    places: tuple[NDArray[np.intp], ...],
    step: int,
    steps: int = _WINDOW,
) -> Floats:
    """Of `colours` (h, w, 3) round each place the one most like what is `shown` there: (N, 3).

    They are looked at every `step` px, `steps` of them to each side.
    """
    rows, columns = places
    height, width = colours.shape[:2]
    best = np.full(len(rows), np.inf, np.float32)
    found = np.empty_like(shown)
    for down in range(-steps * step, steps * step + 1, step):
        for across in range(-steps * step, steps * step + 1, step):
            there = colours[
                np.clip(rows + down, 0, height - 1), np.clip(columns + across, 0, width - 1)
            ]
            gap = ((there - shown) ** 2).sum(axis=1)
            nearer = gap < best
            best[nearer], found[nearer] = gap[nearer], there[nearer]
    return found
