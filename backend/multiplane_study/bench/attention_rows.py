"""Rows that read the picture model's attention: ours, the paper's, DAAM-style, one block raw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.depth.order import order
from multiplane.layers.cut import Segmentation
from multiplane.layers.judged import Standing, cut_and_judge
from multiplane_study.bench.answer import Answer, each_of
from multiplane_study.bench.look import Look
from multiplane_study.observed import Kind, block_count, mean_of, observation_of, standing_of
from multiplane_study.paper_hook import PAPER_STEPS
from multiplane_study.paper_method import middle_blocks, paper_masks, paper_order

if TYPE_CHECKING:
    from multiplane.models.load import Painter

Floats = NDArray[np.float32]

DAAM_THRESHOLD = 0.4
"""Of a word's strongest pixel, as Tang et al. (2022) evaluate it."""
PAPER_SHARES = (PAPER_STEPS[0], sum(PAPER_STEPS) / 2, PAPER_STEPS[1])
DAAM_SHARES = (*PAPER_SHARES, 0.9)
"""Shares of sampling whose noise levels are looked at, as far as single passes stand for steps."""


def ours(look: Look) -> Answer:
    """What a drawing in a shot is cut by."""
    cut = cut_by_attention(look)
    ranks = order(cut.alphas, look.nearness, trust=look.depth_model.trust).back_to_front
    said = tuple((one.confidence, one.reason is not None) for one in cut.cutouts)
    return Answer(cut.alphas, tuple(one.of for one in cut.cutouts), tuple(ranks), said)


def cut_by_attention(look: Look) -> Segmentation:
    """The cutouts of our method, before they are ordered."""
    painter, choice = look.painter, look.painter.profile.capture
    phrases = look.phrases
    maps = look.own_maps()
    standing = standing_of(painter, look.picture, phrases)
    if look.case.painted is not None:
        standing = Standing(standing.unknown)  # what a model painted is not strange to it
    return cut_and_judge(
        look.picture,
        observation_of(maps, set(choice.blocks), len(phrases.wanted)),
        phrases.wanted,
        background_floor=choice.background_floor,
        calibration=painter.profile.calibration,
        standing=standing,
    )


def ours_by(painter: Painter) -> Callable[[Look], Answer]:
    """Our method on another model's attention, with that model's own settings."""
    return lambda look: ours(look.fresh(painter))


def paper(look: Look) -> Answer:
    """The paper's method to the letter: see `paper_method`.

    Its steps are from 20 to 70 % of sampling; of a picture that is shown, passes at their noise.
    """
    count = len(look.phrases.wanted)
    blocks = set(middle_blocks(block_count(look.painter)))
    heat = _over_steps(look, PAPER_SHARES, "text_to_image", blocks)[:count]
    of = each_of(look.phrases)
    masks = paper_masks(heat, _size(look))[list(of)]
    return Answer(masks.astype(np.float32), of, paper_order(masks, look.nearness))


def paper_by(painter: Painter) -> Callable[[Look], Answer]:
    """The paper's method on another model's attention."""
    return lambda look: paper(look.fresh(painter))


def daam(look: Look) -> Answer:
    """What DAAM (Tang et al., 2022) does, brought to a transformer of one stream.

    How much image tokens attend to a word, summed over heads, blocks and steps, bicubically
    upsampled, over `DAAM_THRESHOLD` of its maximum. Words do not compete.
    """
    count = len(look.phrases.wanted)
    blocks = set(range(block_count(look.painter)))
    heat = _over_steps(look, DAAM_SHARES, "image_to_text", blocks)[:count]
    large = [cv2.resize(one, _size(look), interpolation=cv2.INTER_CUBIC) for one in heat]
    masks = np.stack([one > DAAM_THRESHOLD * one.max() for one in large])
    return _plain(look, masks)


def single_layer(look: Look) -> Answer:
    """The attention of the block that ours reads, as it is: the phrase or place with most wins."""
    choice = look.painter.profile.capture
    heat = mean_of(look.own_maps(), "image_to_text", set(choice.blocks))
    large = np.stack([cv2.resize(one, _size(look)) for one in heat])
    won = large.argmax(axis=0)
    return _plain(look, np.stack([won == index for index in range(len(heat) - 1)]))


def _over_steps(look: Look, shares: Sequence[float], kind: Kind, blocks: set[int]) -> Floats:
    maps = [mean_of(one, kind, blocks) for one in look.step_maps(shares)]
    return np.mean(maps, axis=0, dtype=np.float32)


def _plain(look: Look, masks: NDArray[np.bool_]) -> Answer:
    """One mask a phrase, which all of its subjects share; ordered by mean depth."""
    of = each_of(look.phrases)
    own = masks[list(of)]
    return Answer(own.astype(np.float32), of, paper_order(own, look.nearness))


def _size(look: Look) -> tuple[int, int]:
    return look.picture.shape[1], look.picture.shape[0]
