"""What subjects hide: the background under them, and the parts of subjects behind others."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.palette import flat_palette
from multiplane.layers.seams import aligned
from multiplane.layers.texture import smooth_fill, synthesise

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

GROW = 0.015
"""How far masks grow before a fill looks for its source, as a share of the long side."""
_SHOWS = 1.0 / 255.0
_SEAM = 0.012  # share of the long side over which a step at the hole's edge is evened out
_LARGEST_STEP = 0.12  # 0..1; a larger one is what is left of a subject, not a step in tone


@dataclass(frozen=True)
class Behind:
    """What lies behind subjects, and some way round them.

    colours: (H, W, 3) 0..1, filled in `hole` (H, W) and the picture everywhere else. flat: whether
    it has a few flat colours only.
    """

    colours: Floats
    hole: Mask
    flat: bool

    def under(self, picture: Picture, covered: Mask) -> Floats:
        """The background (H, W, 3) 0..1: filled where subjects are, the picture where they aren't.

        covered: (H, W), within the hole. At its edge the lines of flat pictures are brought
        together, and in others a step in tone is evened out.
        """
        given = picture.astype(np.float32) / np.float32(255.0)
        ring = self.hole & ~covered
        filled = self.colours
        if self.flat:
            filled = aligned(given, filled, covered, ring)
        elif ring.any():
            filled = _without_seam(given, filled, covered, ring)
        return np.where(covered[..., None], filled, given).astype(np.float32)


def fill_behind(picture: Picture, visible: Floats) -> Behind:
    """What subjects hide of the background, and what may be their rims.

    picture (H, W, 3); visible (S, H, W) mattes. Texture comes from places no closer to any
    subject than `GROW`. Where the surroundings have a few flat colours only, so has the fill.
    """
    colours = picture.astype(np.float32) / np.float32(255.0)
    covered = covered_by(visible)
    hole = grow(covered, GROW)
    if not covered.any():
        return Behind(colours, hole, flat=False)
    filled = synthesise(colours, hole, ~hole)
    palette = flat_palette(picture, grow(hole, GROW) & ~hole)
    if palette is not None:
        filled = palette.applied(filled, hole)
    return Behind(filled, hole, palette is not None)


def plate_behind(plate: Picture, visible: Floats) -> Behind:
    """What subjects hide of a background that is known: `plate` (H, W, 3). As `fill_behind`."""
    colours = plate.astype(np.float32) / np.float32(255.0)
    return Behind(colours, grow(covered_by(visible), GROW), flat=False)


def fill_background(picture: Picture, visible: Floats) -> Floats:
    """The background (H, W, 3) 0..1 with everything filled that subjects cover.

    As `fill_behind`; where no subject shows the picture is kept as it is.
    """
    return fill_behind(picture, visible).under(picture, covered_by(visible))


def covered_by(visible: Floats) -> Mask:
    """Where (H, W) any of the mattes (S, H, W) shows."""
    return np.asarray((visible > _SHOWS).any(axis=0), bool)


def fill_subject(own: Floats, visible: Floats, whole: Floats) -> Floats:
    """A subject's colours (H, W, 3) 0..1 continued to where nearer subjects hide it.

    own (H, W, 3): its colours where it is seen; visible, whole (H, W): its seen and its whole
    matte. Only its own solid pixels are a source, and where those have a few flat colours only, so
    has what is continued.
    """
    seen = visible > 0.9
    missing = (whole > visible + 0.05) & (visible < 0.05)
    if not missing.any() or not seen.any():
        return own
    around = grow(whole > _SHOWS, GROW)
    rows = np.flatnonzero(around.any(axis=1))
    columns = np.flatnonzero(around.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    # The soft rim towards the nearer subject holds that subject's colours as well, and what is
    # estimated there under them glows.
    hole = (whole[box] > _SHOWS) & ~seen[box] & grow(missing, GROW)[box]
    source = seen[box] & ~grow(hole, 0.005)
    if source.sum() < 64:
        source = seen[box]
    filled = synthesise(own[box], hole, source)
    palette = flat_palette(np.rint(own[box] * 255.0).astype(np.uint8), source)
    if palette is not None:
        filled = palette.applied(filled, hole)
    result = own.copy()
    result[box] = np.where(hole[..., None], filled, own[box])
    return result


def grow(mask: Mask, share: float) -> Mask:
    """`mask` (H, W) dilated by `share` of the long side, at least 1 px."""
    if not mask.any():
        return mask
    radius = max(1, round(share * max(mask.shape)))
    return np.asarray(distance_from(mask) <= radius)


def distance_from(mask: Mask) -> Floats:
    """How far (H, W) every pixel is from `mask` (H, W), px; very far where that is empty."""
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)


def _without_seam(colours: Floats, filled: Floats, covered: Mask, ring: Mask) -> Floats:
    """`filled` moved in tone, near the edge of `covered`, to what the picture has there."""
    reach = max(1.0, _SEAM * max(covered.shape))
    step = np.clip(colours - filled, -_LARGEST_STEP, _LARGEST_STEP)
    spread = smooth_fill(
        cv2.GaussianBlur(step * ring[..., None], (0, 0), reach)
        / np.maximum(cv2.GaussianBlur(ring.astype(np.float32), (0, 0), reach), 1e-3)[..., None],
        covered,
        ring,
    )
    away = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3)
    fade = np.exp(-away / reach)[..., None]
    return np.clip(filled + fade * spread, 0.0, 1.0).astype(np.float32)
