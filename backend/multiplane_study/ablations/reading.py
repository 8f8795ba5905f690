"""A cut from heatmaps, with everything else as the model's profile has it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps
from multiplane.depth.order import order
from multiplane.layers.cut import Segmentation, cut_subjects
from multiplane_study.bench.answer import Answer
from multiplane_study.bench.look import Look
from multiplane_study.observed import mean_of

Floats = NDArray[np.float32]


def own(look: Look) -> Answer:
    """The cut by the model's own settings."""
    return read(look, own_heat(look))


def own_heat(look: Look) -> Floats:
    """(G, h, w): the heatmaps that a shot is cut by, of the phrases and last the place."""
    return mean_of(look.own_maps(), "propagated", look.painter.profile.capture.blocks)


def heat_of(look: Look, maps: AttentionMaps) -> Floats:
    """The same from other passes, in the model's own blocks."""
    return mean_of(maps, "propagated", look.painter.profile.capture.blocks)


def read(look: Look, heat: Floats, floor: float | None = None) -> Answer:
    """The cut by these heatmaps (G, h, w); floor: the background's, None for the model's own."""
    return ordered(look, own_cut(look, heat, floor))


def own_cut(look: Look, heat: Floats, floor: float | None = None) -> Segmentation:
    """The cutouts by these heatmaps, before they are ordered; floor as in `read`."""
    if floor is None:
        floor = look.painter.profile.capture.background_floor
    return cut_subjects(look.picture, heat, look.phrases.wanted, background_floor=floor)


def ordered(look: Look, cut: Segmentation) -> Answer:
    """`cut` in the order that a shot would have."""
    ranks = order(cut.alphas, look.nearness, trust=look.depth_model.trust).back_to_front
    return Answer(cut.alphas, owners(cut), tuple(ranks))


def owners(cut: Segmentation) -> tuple[int, ...]:
    """Of every cutout its phrase's index."""
    return tuple(cutout.of for cutout in cut.cutouts)
