"""Axes of what the cut does: competition, refinement, and the order of depth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from multiplane.depth.order import order
from multiplane.layers.cut import CutSteps, Segmentation, cut_soft
from multiplane.layers.instances import split_instances
from multiplane.layers.masks import SoftMasks, peak, soft_masks, upsample
from multiplane_study.ablations.axis import Axis, Cut, Point
from multiplane_study.ablations.reading import ordered, own_cut, own_heat, owners
from multiplane_study.bench.answer import Answer, each_of
from multiplane_study.bench.look import Look
from multiplane_study.paper_method import paper_order

Floats = NDArray[np.float32]


def competition() -> Axis:
    """How subjects and background compete for a pixel."""
    points = (
        Point("own", "logarithms, relative to own peaks", None),
        Point("no-place", "without the place's words", _without_place),
        Point("raw", "most attention wins", _most_attention),
        Point("alone", "no competition of subjects", _each_alone),
    )
    return Axis("competition", "Competition", points)


def refinement() -> Axis:
    """How much the picture's own edges add, step by step."""
    nothing = CutSteps(edges=False, strays=False, whole_areas=False)
    points = (
        Point("none", "coarse maps as they are", _coarse),
        Point("mattes", "mattes", _steps(nothing)),
        Point("edges", "regions, mattes",
              _steps(CutSteps(strays=False, whole_areas=False))),
        Point("strays", "regions, strays, mattes", _steps(CutSteps(whole_areas=False))),
        Point("own", "regions, strays, whole areas, mattes", None),
    )  # fmt: skip
    return Axis("refinement", "Refinement", points)


def depth() -> Axis:
    """What the order of subjects comes from, all on the cut by the model's own settings."""
    points = (
        Point("own", "depth model and outlines", None),
        Point("model", "depth model alone", _by_depth),
        Point("outlines", "outlines alone", _by_outlines),
        Point("attention", "attention: how far it goes on behind others", _by_attention),
        Point("strength", "attention: how strong it is", _by_strength),
    )
    return Axis(
        "depth", "Depth", points, "order_overlapping",
        "share of overlapping pairs in the right order",
    )  # fmt: skip


def _soft(look: Look, heat: Floats, places: int = 1) -> SoftMasks:
    is_place = [index >= len(heat) - places for index in range(len(heat))]
    floor = look.painter.profile.capture.background_floor
    return soft_masks(heat, is_place, _size(look), background_floor=floor)


def _without_place(look: Look) -> Answer:
    soft = _soft(look, own_heat(look)[: len(look.phrases.wanted)], places=0)
    return ordered(look, cut_soft(look.picture, soft, look.phrases.wanted))


def _most_attention(look: Look) -> Answer:
    large = np.stack([np.maximum(upsample(one, _size(look)), 0.0) for one in own_heat(look)])
    values = (large / np.maximum(large.sum(axis=0), 1e-12)).astype(np.float32)
    soft = SoftMasks(values, (1.0,) * len(look.phrases.wanted))
    return ordered(look, cut_soft(look.picture, soft, look.phrases.wanted))


def _each_alone(look: Look) -> Answer:
    """Every subject against the background only: mattes may lie over each other."""
    heat, wanted = own_heat(look), look.phrases.wanted
    places = heat[len(wanted) :]
    alphas: list[Floats] = []
    for index, subject in enumerate(wanted):
        soft = _soft(look, np.concatenate([heat[index : index + 1], places]), len(places))
        alphas += list(cut_soft(look.picture, soft, [subject]).alphas)
    mattes = np.stack(alphas)
    ranks = order(mattes, look.nearness, trust=look.depth_model.trust).back_to_front
    return Answer(mattes, each_of(look.phrases), tuple(ranks))


def _coarse(look: Look) -> Answer:
    """Who has most of each pixel, hard, without a look at the picture."""
    soft = _soft(look, own_heat(look))
    channels = [
        part
        for index, subject in enumerate(look.phrases.wanted)
        for part in split_instances(soft.values[index], subject.count)[0]
    ]
    won = np.stack([*channels, soft.background]).argmax(axis=0)
    mattes = np.stack([won == index for index in range(len(channels))]).astype(np.float32)
    ranks = order(mattes, look.nearness, trust=look.depth_model.trust).back_to_front
    return Answer(mattes, each_of(look.phrases), tuple(ranks))


def _steps(some: CutSteps) -> Cut:
    def cut(look: Look) -> Answer:
        soft = _soft(look, own_heat(look))
        return ordered(look, cut_soft(look.picture, soft, look.phrases.wanted, some))

    return cut


def _in_order(rank: Callable[[Look, Segmentation], tuple[int, ...]]) -> Cut:
    def cut(look: Look) -> Answer:
        found = own_cut(look, own_heat(look))
        return Answer(found.alphas, owners(found), rank(look, found))

    return cut


def _depth_order(look: Look, cut: Segmentation) -> tuple[int, ...]:
    return paper_order(cut.alphas > 0.5, look.nearness)


def _outline_order(look: Look, cut: Segmentation) -> tuple[int, ...]:
    return tuple(order(cut.alphas, look.nearness, trust=0.0).back_to_front)


def _attention_order(look: Look, cut: Segmentation) -> tuple[int, ...]:
    """Whose words are attended to inside another's matte more than the other's in its own: behind.

    A model knows of what is hidden, too, so its attention may go on behind what hides it.
    """
    heat, masks = _relative(look), cut.alphas > 0.5
    of = owners(cut)
    lead = np.zeros(len(masks))
    for index, mask in enumerate(masks):
        for other, others in enumerate(masks):
            if other != index and mask.any() and others.any():
                lead[index] += heat[of[other]][mask].mean() - heat[of[index]][others].mean()
    return tuple(int(one) for one in np.argsort(lead, kind="stable"))


def _strength_order(look: Look, cut: Segmentation) -> tuple[int, ...]:
    """By the attention to a subject's words inside its matte; the more, the nearer."""
    heat = np.stack([upsample(one, _size(look)) for one in own_heat(look)])
    strong = [
        float(heat[cutout.of][cutout.alpha > 0.5].mean()) if (cutout.alpha > 0.5).any() else -1.0
        for cutout in cut.cutouts
    ]
    return tuple(int(one) for one in np.argsort(strong, kind="stable"))


def _relative(look: Look) -> Floats:
    """(G, H, W): every map relative to its own peak."""
    return np.stack(
        [
            upsample(one / max(peak(one.astype(np.float64)), 1e-12), _size(look))
            for one in own_heat(look)
        ]
    )


def _size(look: Look) -> tuple[int, int]:
    return look.picture.shape[1], look.picture.shape[0]


_by_depth = _in_order(_depth_order)
_by_outlines = _in_order(_outline_order)
_by_attention = _in_order(_attention_order)
_by_strength = _in_order(_strength_order)
