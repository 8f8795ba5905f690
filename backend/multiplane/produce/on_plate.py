"""A picture that was cut, and the plate of its place: what of the plate is its background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import NoticeEntry, PlateUse
from multiplane.layers.plate import ALIGNED, agreement, settled
from multiplane.produce.plates import PlatePicture

_SAME_SHAPE = 0.01
"""How much the sides' ratio of a drawing may differ from its plate's."""
_MOSTLY = 0.8
"""Share of the ground from which on it goes without saying that the rest becomes the plate too."""


@dataclass(frozen=True)
class Placed:
    """picture: (H, W, 3). alphas: (S, H, W) of its subjects. behind: (H, W, 3), what they hide;
    None: not known. use: what the manifest says of it.
    """

    picture: NDArray[np.uint8]
    alphas: NDArray[np.float32]
    behind: NDArray[np.uint8] | None = None
    use: PlateUse | None = None
    notices: tuple[NoticeEntry, ...] = ()


def on_plate(
    picture: NDArray[np.uint8],
    plate: PlatePicture | None,
    alphas: NDArray[np.float32],
    *,
    painted: bool,
) -> Placed:
    """The picture (H, W, 3) on its plate; without one as it is.

    alphas: (S, H, W) of its subjects. painted: over this very plate; a drawing keeps its own
    pixels, and has the plate behind its subjects only where it is drawn on it.
    """
    if plate is None:
        return Placed(picture, alphas)
    height, width = picture.shape[:2]
    behind = plate.at((width, height))
    if painted:
        found = settled(picture, behind, alphas)
        told = (_overruled(plate.name, found.share),) if found.share < _MOSTLY else ()
        return Placed(found.picture, found.alphas, behind, _use(plate, found.share), told)
    own = plate.pixels.shape[1] / plate.pixels.shape[0]
    if abs(own * height / width - 1.0) > _SAME_SHAPE:
        there = f"{plate.pixels.shape[1]} x {plate.pixels.shape[0]}"
        told = (_other_shape(plate.name, f"{width} x {height}", there),)
        return Placed(picture, alphas, notices=told)
    share = agreement(picture, behind, alphas)
    if share < ALIGNED:
        return Placed(picture, alphas, notices=(_not_aligned(plate.name, share),))
    return Placed(picture, alphas, behind, _use(plate, share))


def _use(plate: PlatePicture, share: float) -> PlateUse:
    return PlateUse(name=plate.name, sha256=plate.sha256, share=round(share, 4))


def _overruled(name: str, share: float) -> NoticeEntry:
    return NoticeEntry.of(
        "plate.overruled",
        "Around its subjects this shot was painted otherwise than the plate {name} in {percent}% "
        "of the ground; it is the plate there now.",
        {"name": name, "percent": round(100 * (1.0 - share))},
        remedy="Look whether a part of a subject is gone with it; another seed may fit better.",
    )


def _other_shape(name: str, size: str, own: str) -> NoticeEntry:
    return NoticeEntry.of(
        "plate.other_shape",
        "The plate {name} is not used: it has another shape ({own} px) than this drawing "
        "({size} px).",
        {"name": name, "size": size, "own": own},
        remedy="Save both with the same frame.",
    )


def _not_aligned(name: str, share: float) -> NoticeEntry:
    return NoticeEntry.of(
        "plate.not_aligned",
        "The plate {name} is not used: of what no subject covers, only {percent}% of this drawing "
        "is the plate ({needed}% are needed).",
        {"name": name, "percent": round(100 * share), "needed": round(100 * ALIGNED)},
        remedy="Draw the board on the plate's own file, in the same place; or name a subject that "
        "was missed.",
    )
