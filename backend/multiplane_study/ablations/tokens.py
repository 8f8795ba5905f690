"""The axis of a phrase's tokens: all, the last, the first, the strongest, learnt weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import CapturePlan, TokenGroup
from multiplane_study.ablations.axis import Axis, Cut, Point
from multiplane_study.ablations.learned import learnt_weights, tuning_parts
from multiplane_study.ablations.reading import read
from multiplane_study.bench.answer import Answer
from multiplane_study.bench.look import Look
from multiplane_study.observed import Phrases, capture_plans, groups_of
from multiplane_study.scenes import Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter

Floats = NDArray[np.float32]
Combine = Callable[[Floats], Floats]
PLACES = 3
"""The last token of a phrase, the last but one, and the sum of all before."""


def tokens(painter: Painter) -> Axis:
    """Which of a phrase's tokens speak for it; those of the place all do.

    The tokens are those of its content words. Weights by a token's place from the phrase's end are
    learnt on tuning scenes.
    """
    weights = learnt_weights(tuning_parts(painter, place_maps))
    told = ", ".join(f"{one:.2f}" for one in weights)
    points = (
        Point("all", "all", None),
        Point("last", "last", _by(lambda each: each[-1])),
        Point("first", "first", _by(lambda each: each[0])),
        Point("max", "strongest at each place", _by(lambda each: each.max(axis=0))),
        Point("learnt", "learnt weights", _by(_weighted(weights)), learnt=str(weights)),
    )
    note = f"learnt weights of the last token, the last but one and all before: {told}"
    return Axis("tokens", "Tokens of a phrase", points, note=note)


def token_maps(painter: Painter, scene: Scene, phrases: Phrases) -> list[Floats]:
    """Per phrase, and last the place: (T, h, w) what a shot is cut by, of each token by itself."""
    choice = painter.profile.capture
    groups = groups_of(painter, scene, phrases)
    single = tuple(
        TokenGroup(f"{group.name} {token}", (token,))
        for group in groups
        for token in group.token_indices
    )
    plan = CapturePlan(
        single, choice.blocks, hops=choice.hops, sharpness=choice.sharpness,
        head_weights=choice.head_weights,
    )  # fmt: skip
    (captured,) = capture_plans(
        painter, scene, [plan], sigma=choice.decompose_sigma, draws=choice.draws
    )
    ends = np.cumsum([len(group.token_indices) for group in groups])
    return list(np.split(captured.result().propagated, ends[:-1]))


def place_maps(painter: Painter, scene: Scene, phrases: Phrases) -> Floats:
    """(PLACES, P + 1, h, w): sums over the tokens at each place from a phrase's end."""
    each = token_maps(painter, scene, phrases)
    return np.stack([_by_place(own) for own in each], axis=1)


def _by_place(each: Floats) -> Floats:
    """(PLACES, h, w), zero where a phrase has no token at a place."""
    nothing = np.zeros_like(each[0])
    before = each[-2] if len(each) > 1 else nothing
    return np.stack([each[-1], before, each[:-2].sum(axis=0) if len(each) > 2 else nothing])


def _weighted(weights: Sequence[float]) -> Combine:
    """A phrase with no weight on the places that it has is read by all of its tokens."""

    def combine(each: Floats) -> Floats:
        places = _by_place(each)
        heat = np.tensordot(np.asarray(weights), places, axes=1).astype(np.float32)
        return heat if heat.any() else each.sum(axis=0)

    return combine


def _by(combine: Combine) -> Cut:
    def cut(look: Look) -> Answer:
        *phrases, place = look.once(
            "tokens", lambda: token_maps(look.painter, look.noised, look.phrases)
        )
        heat = [combine(each) for each in phrases]
        return read(look, np.stack([*heat, place.sum(axis=0)]))

    return cut
