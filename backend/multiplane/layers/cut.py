"""From heatmaps or masks to soft mattes: every subject that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import DoubtReason
from multiplane.layers.instances import split_instances
from multiplane.layers.masks import SoftMasks, soft_masks
from multiplane.layers.mattes import solve_mattes
from multiplane.layers.missed import with_missed_parts
from multiplane.layers.place_names import place_names
from multiplane.layers.refine import refine
from multiplane.layers.strays import reassign_strays
from multiplane.layers.whole_areas import with_whole_areas

Floats = NDArray[np.float32]

DOUBTFUL = 0.45
"""Confidence by the rule here under which a layer is doubtful; a calibrated one has its own."""

UNASKED = -1
"""Instead of a wanted subject's index: the cutout is of none of them."""


@dataclass(frozen=True)
class Wanted:
    """A subject to cut out."""

    name: str
    count: int = 1  # how many of them the prompt speaks of
    phrase: str = ""  # the words that mean it; "" where they are its name

    @property
    def words(self) -> str:
        """What a cutter that reads words looks for."""
        return self.phrase or self.name


@dataclass(frozen=True)
class Cutout:
    """One subject, or one of several of a kind.

    of: index of the wanted subject, or `UNASKED`; number: which of its instances, from 0, left to
    right. alpha: (H, W) visible soft matte, all zero when it was not found. confidence: 0..1.
    separate: whether it stands apart from others of its kind. reason: why it is doubtful, once
    judged (`layers.judged`). cut_by: the name of what cut it; "" while nothing else could have.
    """

    of: int
    number: int
    name: str
    alpha: Floats
    confidence: float
    separate: bool = True
    reason: DoubtReason | None = None
    cut_by: str = ""


@dataclass(frozen=True)
class Segmentation:
    """Cutouts in the order they were asked for, then those that nobody asked for."""

    cutouts: tuple[Cutout, ...]

    @property
    def alphas(self) -> Floats:
        """(N, H, W)"""
        return np.stack([cutout.alpha for cutout in self.cutouts])


@dataclass(frozen=True)
class CutSteps:
    """What is done to coarse masks before mattes are solved: all of it, but to see what it does.

    edges: brought to the picture's edges. strays: small pieces apart, and parts that were missed,
    change hands. whole_areas: flat areas belong to a subject whole or not at all.
    """

    edges: bool = True
    strays: bool = True
    whole_areas: bool = True


def cut_subjects(
    picture: NDArray[np.uint8],
    maps: Floats,
    wanted: Sequence[Wanted],
    *,
    background_floor: float = 0.0,
) -> Segmentation:
    """Soft mattes of all wanted subjects.

    picture (H, W, 3); maps (G, h, w): attention to the wanted subjects in their order, then to
    the words for the place, if any. An instance that cannot be found has an empty matte and
    confidence 0; nothing is raised for it.
    """
    height, width = picture.shape[:2]
    is_background = [index >= len(wanted) for index in range(len(maps))]
    soft = soft_masks(maps, is_background, (width, height), background_floor=background_floor)
    return cut_soft(picture, soft, wanted)


def cut_soft(
    picture: NDArray[np.uint8],
    soft: SoftMasks,
    wanted: Sequence[Wanted],
    steps: CutSteps = CutSteps(),
) -> Segmentation:
    """Soft mattes of all wanted subjects from one coarse mask each.

    soft: of the picture's (H, W, 3) size, in the order of `wanted`. The masks are brought to the
    picture's edges, and several of a kind are told apart in their common one.
    """
    shares = refine(picture, soft.values) if steps.edges else soft.values
    owners: list[MaskOwner] = []
    channels: list[Floats] = []
    for index, subject in enumerate(wanted):
        parts, separate = split_instances(shares[index], subject.count)
        channels.extend(parts)
        owners += [
            MaskOwner(index, number, soft.confidence[index], separate)
            for number in range(subject.count)
        ]
    if len(channels) > len(wanted):
        shares = np.stack([*channels, shares[-1]])
        shares = refine(picture, shares) if steps.edges else shares
    if steps.strays:
        shares = with_missed_parts(picture, reassign_strays(shares))
    if steps.whole_areas:
        shares = with_whole_areas(picture, shares)
    return cut_shares(picture, shares, wanted, owners)


@dataclass(frozen=True)
class MaskOwner:
    """Whose a mask is. of, number, separate: as in `Cutout`. confidence: 0..1, of the mask."""

    of: int
    number: int
    confidence: float
    separate: bool = True


def cut_shares(
    picture: NDArray[np.uint8],
    shares: Floats,
    wanted: Sequence[Wanted],
    owners: Sequence[MaskOwner],
) -> Segmentation:
    """Soft mattes from masks that are at the picture's edges already.

    shares: (C + 1, H, W) that sum to 1, one for each owner and the background last.
    """
    alphas = solve_mattes(picture, shares)
    won = shares.argmax(axis=0)
    names: list[str] = []
    for index, subject in enumerate(wanted):
        own = [place for place, owner in enumerate(owners) if owner.of == index]
        names.extend(place_names(subject.name, [won == place for place in own]))
    cutouts = []
    for place, owner in enumerate(owners):
        alpha = alphas[place]
        mine = won == place
        clear = float(shares[place][mine].mean()) if mine.any() else 0.0
        value = owner.confidence * min(1.0, 1.25 * clear) * (1.0 if owner.separate else 0.6)
        if not alpha.any():
            value = 0.0
        cutouts.append(Cutout(owner.of, owner.number, names[place], alpha, value, owner.separate))
    return Segmentation(tuple(cutouts))
