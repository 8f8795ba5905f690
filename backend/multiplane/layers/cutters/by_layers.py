"""Cutters that take a picture apart by themselves; another cutter says which layer is whose.

Only their alphas are taken: the layers' own colours are painted anew and smaller, and a stack of
them is not the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import DoubtReason
from multiplane.layers.cut import (
    UNASKED,
    Cutout,
    MaskOwner,
    Segmentation,
    Wanted,
    cut_shares,
)
from multiplane.layers.cutters.by_words import LEAST_SHARE, doubted
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.layers.mask_measures import iou
from multiplane.layers.missed import with_missed_parts
from multiplane.layers.strays import reassign_strays
from multiplane.models.vision.seen import Layerer

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

FEWEST, MOST = 3, 8
"""Layers that are asked for; its authors show 3 to 8 of Qwen-Image-Layered."""
_SPARE = 2  # layers beside the subjects: the ground, and what nobody named
_NO_CAPTION = "a picture"
_GROUND = 0.8  # of the picture's area: a layer that covers as much is the ground, as all behind it
_MOSTLY = 0.5  # of a layer, or of what is known: from there one lies in the other
_ALIKE = 0.25  # IoU of a subject's layers with what is known of it, under which they are not it
_UNASKED_SURE = 0.4  # of a layer that nothing speaks for: doubtful by the rule of `DOUBTFUL`


def by_layers(name: str, layerer: Layerer, told_by: Decomposer | None) -> Decomposer:
    """Layers by `layerer`, each of the subject in whose cutout by `told_by` it lies.

    What lies in none is a thing that nobody asked for, and without `told_by` that is all.
    """

    def decompose(scene: Scene) -> Segmentation:
        wanted = sum(subject.count for subject in scene.wanted)
        found = layerer.layers(
            scene.picture,
            scene.caption or _NO_CAPTION,
            min(MOST, max(FEWEST, wanted + _SPARE)),
            scene.seed,
            scene.on_step,
        )
        known = _nothing_known(scene) if told_by is None else told_by.cut(scene).cutouts
        return cut_layers(scene, found[..., 3], known)

    return Decomposer(name, decompose)


def cut_layers(scene: Scene, alphas: Floats, known: Sequence[Cutout]) -> Segmentation:
    """The scene's subjects, and further things, by the alphas of layers.

    alphas: (L, h, w) 0..1 over the whole picture, back to front. known: where the subjects are
    about, a cutout for each of them.
    """
    shares = visible(alphas, scene.picture.shape[:2])
    masks = [one.alpha > 0.5 for one in known]
    owned, things = shared_out(shares, masks)
    sure = [iou(mine > 0.5, mask) for mine, mask in zip(owned, masks, strict=True)]
    names = [f"thing {number}" for number in range(1, len(things) + 1)]
    owners = [
        MaskOwner(one.of, one.number, value) for one, value in zip(known, sure, strict=True)
    ] + [MaskOwner(len(scene.wanted) + place, 0, _UNASKED_SURE) for place in range(len(things))]
    channels = [*owned, *things]
    ground = np.clip(1.0 - sum(channels, np.zeros_like(shares[-1])), 0.0, 1.0)
    whole = reassign_strays(np.stack([*channels, ground]))
    cut = cut_shares(
        scene.picture,
        with_missed_parts(scene.picture, whole),
        [*scene.wanted, *map(Wanted, names)],
        owners,
    )
    asked = [doubted(one) for one in cut.cutouts[: len(known)]]
    more = [
        replace(one, of=UNASKED, number=number, reason=DoubtReason.NOT_ASKED)
        for number, one in enumerate(cut.cutouts[len(known) :])
        if one.alpha.any()
    ]
    return Segmentation((*asked, *more))


def visible(alphas: Floats, shape: tuple[int, ...]) -> Floats:
    """How much of each pixel is each layer's: (L, H, W), without what is the ground's.

    alphas as in `cut_layers`; shape: (H, W) of the picture.
    """
    how = cv2.INTER_AREA if shape[0] < alphas.shape[1] else cv2.INTER_LINEAR
    large = [cv2.resize(one, (shape[1], shape[0]), interpolation=how) for one in alphas]
    shares = np.zeros((len(large), shape[0], shape[1]), np.float32)
    left = np.ones(shape[:2], np.float32)
    for index in range(len(large) - 1, -1, -1):
        shares[index] = np.clip(large[index], 0.0, 1.0) * left
        left = left - shares[index]
    for index, one in enumerate(large):
        if (one > 0.5).mean() >= _GROUND:
            shares[: index + 1] = 0.0
    return shares


def shared_out(shares: Floats, masks: Sequence[Mask]) -> tuple[list[Floats], list[Floats]]:
    """What of the layers each known mask (H, W) gets, and the layers that are left over.

    A layer that lies in one mask is its; one that holds several is divided, each pixel to the
    nearest. A mask that its layers do not resemble gets none of them.
    """
    nothing = np.zeros(shares.shape[1:], np.float32)
    inside = np.stack([1.0 - shares.sum(axis=0), *shares]).argmax(axis=0) - 1
    given = [[nothing.copy() for _ in masks] for _ in shares]
    for index, layer in enumerate(shares):
        mine = inside == index
        claims = [
            place
            for place, mask in enumerate(masks)
            if (both := int((mine & mask).sum()))
            and both >= _MOSTLY * min(int(mine.sum()), int(mask.sum()))
        ]
        covered = sum(int((mine & masks[place]).sum()) for place in claims)
        if not claims or covered < _MOSTLY * mine.sum():
            continue
        away = [cv2.distanceTransform((~masks[place]).astype(np.uint8), cv2.DIST_L2, 5)
                for place in claims]  # fmt: skip
        nearest = np.stack(away).argmin(axis=0)
        for number, place in enumerate(claims):
            given[index][place] = np.where(nearest == number, layer, np.float32(0.0))
    owned = []
    for place, mask in enumerate(masks):
        total = sum((parts[place] for parts in given), nothing)
        alike = iou(total > 0.5, mask) >= _ALIKE
        owned.append(total if alike else nothing)
        if not alike:
            for parts in given:
                parts[place] = nothing
    rest = [layer - sum(parts, nothing) for layer, parts in zip(shares, given, strict=True)]
    return owned, [one for one in rest if (one > 0.5).mean() >= LEAST_SHARE]


def _nothing_known(scene: Scene) -> list[Cutout]:
    nothing = np.zeros(scene.picture.shape[:2], np.float32)
    return [
        Cutout(of, number, subject.name, nothing, 0.0)
        for of, subject in enumerate(scene.wanted)
        for number in range(subject.count)
    ]
