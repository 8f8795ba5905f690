"""Cutters that are told words: one soft mask for each, or a mask for each thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import DoubtReason
from multiplane.layers.cut import (
    DOUBTFUL,
    Cutout,
    MaskOwner,
    Segmentation,
    cut_shares,
    cut_soft,
)
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.layers.mask_measures import iou
from multiplane.layers.masks import SoftMasks
from multiplane.layers.missed import with_missed_parts
from multiplane.layers.strays import reassign_strays
from multiplane.models.vision.seen import Finder, Instance, Segmenter

Floats = NDArray[np.float32]

LEAST_SHARE = 0.0005
"""Of the picture: a smaller mask is nothing found."""
_SAME = 0.8  # IoU from which two masks are of one thing


def by_soft_masks(name: str, segmenter: Segmenter) -> Decomposer:
    """One soft mask for each subject; several of a kind are told apart in it."""

    def decompose(scene: Scene) -> Segmentation:
        if not scene.wanted:
            return Segmentation(())
        said = [subject.words for subject in scene.wanted]
        return cut_logits(scene, segmenter.logits(scene.picture, said))

    return Decomposer(name, decompose)


def cut_logits(scene: Scene, logits: Floats) -> Segmentation:
    """The scene's subjects by a coarse mask for each: logits (S, h, w), > 0 inside.

    They compete for every pixel with one another and with the background, whose logit is 0: of a
    single one the share is its sigmoid.
    """
    height, width = scene.picture.shape[:2]
    large = np.stack(
        [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in logits]
    )
    channels = np.concatenate([large, np.zeros((1, height, width), np.float32)])
    shares = np.exp(channels - channels.max(axis=0))
    shares /= shares.sum(axis=0)
    won = shares.argmax(axis=0)
    sure = []
    for index in range(len(logits)):
        mine = won == index
        found = mine.mean() >= LEAST_SHARE
        sure.append(float(shares[index][mine].mean()) if found else 0.0)
    soft = SoftMasks(shares.astype(np.float32), tuple(sure))
    cut = cut_soft(scene.picture, soft, scene.wanted)
    return replace(cut, cutouts=tuple(map(doubted, cut.cutouts)))


def by_instances(name: str, finder: Finder) -> Decomposer:
    """A mask for each thing: of a kind as many as are wanted, the surest."""

    def decompose(scene: Scene) -> Segmentation:
        if not scene.wanted:
            return Segmentation(())
        said = [subject.words for subject in scene.wanted]
        return cut_instances(scene, finder.instances(scene.picture, said))

    return Decomposer(name, decompose)


def cut_instances(scene: Scene, found: Sequence[Instance]) -> Segmentation:
    """The scene's subjects by masks of single things, of which the surest are taken.

    Where masks overlap, the smaller one has the pixel: a sword before the warrior who holds it.
    What is found twice, under one word or under two, is the surer one's.
    """
    height, width = scene.picture.shape[:2]
    taken: dict[int, list[tuple[float, Floats]]] = {of: [] for of in range(len(scene.wanted))}
    masks: list[NDArray[np.bool_]] = []
    for one in sorted(found, key=lambda instance: -instance.score):
        if len(taken[one.of]) >= scene.wanted[one.of].count:
            continue
        large = cv2.resize(one.logits, (width, height), interpolation=cv2.INTER_LINEAR)
        mask = large > 0.0
        if mask.mean() < LEAST_SHARE or any(iou(mask, other) >= _SAME for other in masks):
            continue
        masks.append(mask)
        taken[one.of].append((one.score, sigmoid(large)))
    owners: list[MaskOwner] = []
    shown: list[Floats] = []
    for of, subject in enumerate(scene.wanted):
        own = sorted(taken[of], key=lambda pair: _middle(pair[1]))
        nothing = np.zeros((height, width), np.float32)
        own += [(0.0, nothing)] * (subject.count - len(own))
        owners += [MaskOwner(of, number, score) for number, (score, _) in enumerate(own)]
        shown += [mask for _, mask in own]
    shares = with_missed_parts(scene.picture, reassign_strays(in_front(np.stack(shown))))
    cut = cut_shares(scene.picture, shares, scene.wanted, owners)
    return replace(cut, cutouts=tuple(map(doubted, cut.cutouts)))


def in_front(masks: Floats) -> Floats:
    """Masks (N, H, W) 0..1 that may overlap, as shares (N + 1, H, W) that sum to 1.

    The smaller is in front of the larger, and has its whole mask; the background has the rest.
    """
    shares = np.zeros((len(masks) + 1, *masks.shape[1:]), np.float32)
    left = np.ones(masks.shape[1:], np.float32)
    for index in np.argsort([mask.sum() for mask in masks], kind="stable"):
        shares[index] = masks[index] * left
        left = left - shares[index]
    shares[-1] = left
    return shares


def doubted(cutout: Cutout) -> Cutout:
    """The cutout, with the reason why it is doubtful where it is."""
    if not cutout.alpha.any():
        return replace(cutout, reason=DoubtReason.NOT_FOUND)
    if cutout.confidence < DOUBTFUL:
        return replace(cutout, reason=DoubtReason.ATTENTION_WEAK)
    return replace(cutout, reason=None if cutout.separate else DoubtReason.NOT_SEPARATE)


def sigmoid(logits: Floats) -> Floats:
    """Logits as shares 0..1."""
    share: Floats = (1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))).astype(np.float32)
    return share


def _middle(mask: Floats) -> float:
    """Of its columns, px: things are counted from left to right."""
    return float(np.flatnonzero((mask > 0.5).any(axis=0)).mean())
