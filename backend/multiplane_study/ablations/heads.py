"""The axis of heads: the single best, the mean, the strongest, weights that were learnt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import CapturePlan
from multiplane_study.ablations.axis import Axis, Cut, Point
from multiplane_study.ablations.learned import best_part, learnt_weights, tuning_parts
from multiplane_study.ablations.reading import read
from multiplane_study.bench.answer import Answer
from multiplane_study.bench.look import Look
from multiplane_study.observed import HeadWeights, Phrases, capture_plans, groups_of
from multiplane_study.scenes import Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter

Floats = NDArray[np.float32]
LEARNT = "learnt"


def heads(painter: Painter) -> Axis:
    """Single best head, mean, maximum and learnt weights, in the model's own blocks.

    What is best is chosen, and weights are learnt, on tuning scenes.
    """
    blocks = painter.profile.capture.blocks
    best, learnt = [], []
    for place, block in enumerate(blocks):
        parts = tuning_parts(painter, _of_block(place))
        best.append((block, best_part(parts)))
        learnt.append((block, learnt_weights(parts)))
    stored = painter.profile.capture.head_weights
    told = ", ".join(f"{head} of block {block}" for block, head in best)
    points = [
        Point("best", f"single best ({told})", _single(dict(best)), learnt=str(best)),
        Point("max", "maximum", _each_block(lambda maps, block: maps.max(axis=0))),
        Point("mean", "mean", _mean if stored else None),
        Point(LEARNT, "learnt weights", _weighted(tuple(learnt)), learnt=str(learnt)),
    ]
    if stored:
        points.append(Point("stored", "weights in the profile", None))
    weights = "; ".join(
        f"block {block}: {', '.join(f'{one:.2f}' for one in own)}" for block, own in learnt
    )
    return Axis("heads", "Heads", tuple(points), note=f"learnt weights of {weights}")


def learnt_of(axis: Axis) -> HeadWeights:
    """The weights that the axis's learnt point has."""
    from ast import literal_eval

    (point,) = (one for one in axis.points if one.name == LEARNT)
    return tuple(literal_eval(point.learnt))


def head_maps(painter: Painter, scene: Scene, phrases: Phrases) -> list[Floats]:
    """Per own block (H, G, h, w): what a shot is cut by, of every head by itself.

    Attention to words is a head's own; what it is propagated by is that of all heads, so that the
    heads' mean is what a shot without weights is cut by.
    """
    choice = painter.profile.capture
    plan = CapturePlan(
        groups_of(painter, scene, phrases), choice.blocks, hops=choice.hops,
        sharpness=choice.sharpness, keep_each=True,
    )  # fmt: skip
    (seen,) = capture_plans(painter, scene, [plan], sigma=choice.decompose_sigma, draws=1)
    found = []
    for block in choice.blocks:
        count = seen.heads[block]
        plans = [
            CapturePlan(
                plan.groups, (block,), hops=choice.hops, sharpness=choice.sharpness,
                head_weights=((block, tuple(float(one == head) for one in range(count))),),
            )
            for head in range(count)
        ]  # fmt: skip
        captures = capture_plans(
            painter, scene, plans, sigma=choice.decompose_sigma, draws=choice.draws
        )
        found.append(np.stack([one.result().propagated for one in captures]))
    return found


def _of_block(place: int) -> Callable[[Painter, Scene, Phrases], Floats]:
    return lambda painter, scene, phrases: head_maps(painter, scene, phrases)[place]


def _each_block(combine: Callable[[Floats, int], Floats]) -> Cut:
    """combine: of a block's maps (H, G, h, w) and its number; the mean over blocks is cut by."""

    def cut(look: Look) -> Answer:
        maps = look.once("heads", lambda: head_maps(look.painter, look.noised, look.phrases))
        blocks = look.painter.profile.capture.blocks
        each = [combine(own, block) for own, block in zip(maps, blocks, strict=True)]
        return read(look, np.mean(each, axis=0, dtype=np.float32))

    return cut


def _single(best: dict[int, int]) -> Cut:
    return _each_block(lambda maps, block: maps[best[block]])


def _weighted(weights: HeadWeights) -> Cut:
    own = dict(weights)
    return _each_block(
        lambda maps, block: np.tensordot(np.asarray(own[block]), maps, axes=1).astype(np.float32)
    )


_mean = _each_block(lambda maps, block: maps.mean(axis=0))
