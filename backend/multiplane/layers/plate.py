"""A plate behind subjects: where a picture shows it, and the background that it gives.

Many pictures of one place share it: outside of what stands before it they have the same pixels,
and what subjects hide of it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.fill import covered_by, grow
from multiplane.layers.masks import soft_masks

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

ALIGNED = 0.6
"""Share of a drawing's ground from which on it is drawn on the plate."""
SAME = 0.06
"""Of 0..1, per channel after a slight blur: a smaller difference is none."""
OTHER = 0.14
"""A larger one is something else; between both the two are mixed."""
_REACH = 0.05  # share of the long side by which the room for subjects is wider than they are
_RIM = 0.012  # share of the long side up to which a difference beside a subject is its own
_BLUR = 0.004  # share of the long side: grain and aliased edges are no difference


@dataclass(frozen=True)
class OnPlate:
    """A picture (H, W, 3) on its plate, and its subjects' mattes (S, H, W).

    share: 0..1, of what no subject covers, how much was the plate before.
    """

    picture: Picture
    alphas: Floats
    share: float


def room_for_subjects(
    maps: Floats, subjects: int, size: tuple[int, int], *, background_floor: float = 0.0
) -> Mask:
    """Where (H, W) subjects are in a picture of `size` (width, height), and some way round them.

    maps (G, h, w): attention to the `subjects` first phrases, and to the place's.
    """
    place = [index >= subjects for index in range(len(maps))]
    soft = soft_masks(maps, place, size, background_floor=background_floor)
    return grow(soft.background < 0.5, _REACH)


def settled(picture: Picture, plate: Picture, alphas: Floats) -> OnPlate:
    """`picture` with the plate's own pixels wherever no subject is.

    Both (H, W, 3) of one size; alphas (S, H, W): of the subjects. What differs from the plate close
    to a subject is its own, such as an edge that its matte missed; what differs elsewhere was a
    place painted otherwise, and becomes the plate.
    """
    covered = _covered(alphas, picture)
    other = np.clip((_difference(picture, plate, covered) - SAME) / (OTHER - SAME), 0.0, 1.0)
    ground = ~covered
    share = float((other[ground] == 0.0).mean()) if ground.any() else 1.0
    rim = np.where(ground & grow(covered, _RIM), other, 0.0).astype(np.float32)
    kept = np.where(covered, np.float32(1.0), rim)
    mixed = plate + kept[..., None] * (picture.astype(np.float32) - plate)
    return OnPlate(np.rint(mixed).astype(np.uint8), _with_rim(alphas, rim), share)


def agreement(picture: Picture, plate: Picture, alphas: Floats) -> float:
    """Of what no subject covers, the share 0..1 in which `picture` is the plate. As `settled`."""
    covered = _covered(alphas, picture)
    if covered.all():
        return 0.0
    return float((_difference(picture, plate, covered)[~covered] < SAME).mean())


def _with_rim(alphas: Floats, rim: Floats) -> Floats:
    """The mattes with `rim` (H, W) given to the subject that is nearest."""
    if not (rim > 0).any():
        return alphas
    seen = np.where(alphas.max(axis=0) > 0, alphas.argmax(axis=0) + 1, 0)
    _, labels = cv2.distanceTransformWithLabels(
        (seen == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(labels.max()) + 1, np.intp)
    owner[labels[seen > 0]] = seen[seen > 0] - 1
    own = owner[labels][None] == np.arange(len(alphas))[:, None, None]
    return np.where(own, np.maximum(alphas, rim), alphas).astype(np.float32)


def _covered(alphas: Floats, picture: Picture) -> Mask:
    return covered_by(alphas) if len(alphas) else np.zeros(picture.shape[:2], bool)


def _difference(picture: Picture, plate: Picture, covered: Mask) -> Floats:
    """(H, W) 0..1, of the channel that differs most; what is covered counts for nothing."""
    blur = max(0.5, _BLUR * max(picture.shape))
    ground = (~covered).astype(np.float32)
    apart = (picture.astype(np.float32) - plate) / np.float32(255.0) * ground[..., None]
    near = np.maximum(cv2.GaussianBlur(ground, (0, 0), blur), 1e-3)[..., None]
    even = cv2.GaussianBlur(apart, (0, 0), blur) / near
    return np.asarray(np.abs(even).max(axis=2), np.float32)
