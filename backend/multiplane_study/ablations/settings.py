"""Axes of what a model's profile says: where, when and which way its attention is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multiplane.attention.plan import CapturePlan
from multiplane.models.facts import CaptureChoice
from multiplane_study.ablations.axis import Axis, Cut, Point
from multiplane_study.ablations.learned import learnt_floor
from multiplane_study.ablations.output_space import output_maps
from multiplane_study.ablations.reading import Floats, heat_of, read
from multiplane_study.bench.answer import Answer
from multiplane_study.bench.look import Look
from multiplane_study.observed import Kind, block_count, capture_plans, groups_of, mean_of

if TYPE_CHECKING:
    from multiplane.models.load import Painter
    from multiplane_study.observed import Phrases
    from multiplane_study.scenes import Scene

SIGMAS = (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9)
DRAWS = (1, 2, 4, 8)
PROPAGATIONS = ((0, 1.0), (1, 1.0), (1, 2.0), (2, 1.0), (2, 2.0), (3, 1.0))
_MOST_BLOCKS = 16
"""That are read one by one: of a deeper model as many, evenly spread, and its own."""


def layers(painter: Painter) -> Axis:
    """Every block by itself, and all of them."""
    choice, count = painter.profile.capture, block_count(painter)
    spread = np.linspace(0, count - 1, min(count, _MOST_BLOCKS)).round().astype(int).tolist()
    single = [(block,) for block in sorted({*spread, *choice.blocks})]
    points = [
        Point(
            str(blocks[0]), f"block {blocks[0]}", _own_or(choice.blocks == blocks, _blocks(blocks)),
            at=blocks[0],
        )
        for blocks in single
    ]  # fmt: skip
    if len(choice.blocks) > 1:
        named = ", ".join(map(str, choice.blocks))
        points.append(Point("own", f"mean of blocks {named}", None))
    points.append(
        Point("all", "mean of all", _own_or(len(choice.blocks) == count, _blocks(range(count))))
    )
    return Axis("layers", "Layers", tuple(points), note=f"blocks from 0 to {count - 1}")


def steps(painter: Painter) -> Axis:
    """Noise levels: where in sampling the attention is read."""
    choice = painter.profile.capture
    levels = sorted({*SIGMAS, choice.decompose_sigma})
    points = [
        Point(
            f"{sigma:g}", f"{sigma:g}", _own_or(sigma == choice.decompose_sigma, _passes(sigma)),
            at=sigma,
        )
        for sigma in levels
    ]  # fmt: skip
    return Axis("sigma", "Steps", tuple(points), note="noise level: 0 = picture, 1 = noise")


def draws(painter: Painter) -> Axis:
    """How many noise draws are averaged."""
    choice = painter.profile.capture
    points = [
        Point(str(some), str(some), _own_or(some == choice.draws, _drawn(some)), at=some)
        for some in sorted({*DRAWS, choice.draws})
    ]
    return Axis("draws", "Draws", tuple(points), note="noise draws that are averaged")


def propagation(painter: Painter) -> Axis:
    """How often the maps go through image-to-image attention, and how sharp that is.

    Each is cut with the background's floor that fits it, learnt on tuning scenes.
    """
    choice = painter.profile.capture
    mine = (choice.hops, choice.sharpness)
    points = []
    for hops, sharpness in sorted({*PROPAGATIONS, mine}):
        same = hops == choice.hops and (not hops or sharpness == choice.sharpness)
        label = "none" if not hops else f"{hops} x, sharpness {sharpness:g}"
        name = f"{hops}x{sharpness:g}"
        if same:
            points.append(Point(name, label, None))
            continue
        floor = learnt_floor(painter, _propagated(hops, sharpness))
        cut = _hops(hops, sharpness, floor)
        points.append(Point(name, f"{label}, floor {floor:g}", cut, learnt=str(floor)))
    return Axis(
        "propagation", "Propagation", tuple(points), note="through image-to-image attention"
    )


def direction(painter: Painter) -> Axis:
    """Which way attention is read: image to text, text to image, or between their outputs."""
    choice = painter.profile.capture
    points = [
        Point("image-to-text", "image to text",
              _own_or(not choice.hops, _kind("image_to_text"))),
        Point("text-to-image", "text to image", _kind("text_to_image")),
        Point("both", "product of both", _both),
    ]  # fmt: skip
    if choice.hops:
        points.insert(0, Point("propagated", "image to text, propagated", None))
    if not painter.family.layout.crosses:
        points.append(Point("output", "output space (ConceptAttention)", _output))
    return Axis("direction", "Direction", tuple(points))


def _own_or(is_own: bool, cut: Cut) -> Cut | None:
    return None if is_own else cut


def _blocks(blocks: Iterable[int]) -> Cut:
    chosen = set(blocks)
    return lambda look: read(look, mean_of(look.own_maps(), "propagated", chosen))


def _kind(kind: Kind) -> Cut:
    return lambda look: read(
        look, mean_of(look.own_maps(), kind, look.painter.profile.capture.blocks)
    )


def _both(look: Look) -> Answer:
    """The geometric mean of both ways, as far as each is of its own size."""
    blocks = look.painter.profile.capture.blocks
    kinds: Sequence[Kind] = ("image_to_text", "text_to_image")
    one, other = (mean_of(look.own_maps(), kind, blocks) for kind in kinds)
    return read(look, np.sqrt(np.maximum(one * other, 0.0)))


def _output(look: Look) -> Answer:
    return read(look, output_maps(look.painter, look.noised, look.phrases))


def _changed(change: Callable[[CaptureChoice], CaptureChoice], floor: float | None = None) -> Cut:
    def cut(look: Look) -> Answer:
        choice = change(look.painter.profile.capture)
        propagation = (choice.hops, choice.sharpness)
        maps = look.maps(choice.decompose_sigma, choice.draws, propagation, choice.head_weights)
        return read(look, heat_of(look, maps), floor)

    return cut


def _passes(sigma: float) -> Cut:
    return _changed(lambda choice: replace(choice, decompose_sigma=sigma))


def _drawn(some: int) -> Cut:
    return _changed(lambda choice: replace(choice, draws=some))


def _hops(hops: int, sharpness: float, floor: float) -> Cut:
    return _changed(lambda choice: replace(choice, hops=hops, sharpness=sharpness), floor)


def _propagated(hops: int, sharpness: float) -> Callable[[Painter, Scene, Phrases], Floats]:
    def heat(painter: Painter, scene: Scene, phrases: Phrases) -> Floats:
        choice = painter.profile.capture
        groups = groups_of(painter, scene, phrases)
        plan = CapturePlan(groups, choice.blocks, hops=hops, sharpness=sharpness)
        (seen,) = capture_plans(
            painter, scene, [plan], sigma=choice.decompose_sigma, draws=choice.draws
        )
        return seen.result().propagated

    return heat
