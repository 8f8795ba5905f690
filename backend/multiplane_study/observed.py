"""A drawn scene as the model sees it: its maps for every phrase, per block and noise level."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import (
    AttentionMaps,
    CapturedMaps,
    CapturePlan,
    TokenGroup,
    capture_attention,
)
from multiplane.attention.phrases import locate_each
from multiplane.layers.cut import Wanted
from multiplane.layers.evidence import Observation
from multiplane.layers.judged import Standing
from multiplane.models.familiar import novelty
from multiplane.models.paint import single_pass
from multiplane.produce.doubts import unknown_share
from multiplane_study.scenes import HELD_OUT_SEEDS, STYLES, Scene, draw_scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter

WIDE, SQUARE = (448, 256), (256, 256)
TUNING_SEEDS = range(2_000_000_000, 2_000_100_000)
"""Seeds for choosing settings: neither held out for reports nor reached by training."""

Propagation = tuple[int, float]
"""(hops, sharpness), as in `CapturePlan`."""

HeadWeights = tuple[tuple[int, tuple[float, ...]], ...]
"""As in `CapturePlan`."""

Kind = Literal["image_to_text", "text_to_image", "propagated"]


@dataclass(frozen=True)
class Phrases:
    """What is asked of a scene: phrases in the caption's order, and whose they are.

    wanted: one per phrase; members: per phrase, indices of the scene's subjects that share it.
    """

    wanted: tuple[Wanted, ...]
    spans: tuple[tuple[int, int], ...]
    members: tuple[tuple[int, ...], ...]

    def with_first(self, word: str) -> Phrases:
        """With `word` before all others, at the caption's start, which no subject has."""
        return Phrases(
            (Wanted(word), *self.wanted), ((0, len(word)), *self.spans), ((), *self.members)
        )


def phrases_of(scene: Scene) -> Phrases:
    """Phrases of a scene's caption; two alike subjects ("two red dogs") share one."""
    owners: dict[tuple[int, int], list[int]] = {}
    for index, subject in enumerate(scene.subjects):
        owners.setdefault(subject.phrase, []).append(index)
    spans = tuple(sorted(owners))
    wanted = tuple(
        Wanted(scene.caption[start:end], len(owners[start, end])) for start, end in spans
    )
    return Phrases(wanted, spans, tuple(tuple(owners[span]) for span in spans))


def balanced_scenes(limit: int, seeds: Sequence[int] = HELD_OUT_SEEDS) -> Iterator[Scene]:
    """The scenes of the first `limit` seeds: styles take turns, every third scene is square.

    Raises ValueError when there are fewer seeds.
    """
    if len(seeds) < limit:
        raise ValueError(f"{len(seeds)} seeds are fewer than {limit}")
    for index, seed in enumerate(seeds[:limit]):
        yield balanced_scene(index, seed)


def balanced_scene(number: int, seed: int) -> Scene:
    """The scene of `seed` as the one with this number in a row of `balanced_scenes`."""
    size = SQUARE if number % 3 == 2 else WIDE
    return draw_scene(seed, *size, style=STYLES[number % len(STYLES)])


def block_count(painter: Painter) -> int:
    """How many blocks of a model's denoiser can be listened to, of any family."""
    layout = painter.family.layout
    return len(layout.blocks(layout.denoiser(painter.pipeline)))


def capture_scene(
    painter: Painter,
    scene: Scene,
    phrases: Phrases,
    *,
    blocks: Collection[int],
    sigma: float,
    draws: int,
    propagations: Sequence[Propagation],
    head_weights: HeadWeights = (),
) -> dict[Propagation, AttentionMaps]:
    """Maps of a scene's picture for all its phrases and last its place, per propagation.

    One forward pass per draw serves all propagations. Blocks stay apart in `each` (see
    `mean_of`).
    """
    plan = CapturePlan(
        groups_of(painter, scene, phrases), tuple(sorted(blocks)), keep_each=True,
        head_weights=head_weights,
    )  # fmt: skip
    plans = [replace(plan, hops=hops, sharpness=sharpness) for hops, sharpness in propagations]
    captures = capture_plans(painter, scene, plans, sigma=sigma, draws=draws)
    return dict(zip(propagations, [one.result() for one in captures], strict=True))


def groups_of(painter: Painter, scene: Scene, phrases: Phrases) -> tuple[TokenGroup, ...]:
    """The tokens of all phrases and last of the place."""
    spans = [[span] for span in phrases.spans] + [[scene.place_phrase]]
    located = locate_each(
        painter.reader, scene.caption, spans, max_length=painter.profile.max_text_tokens
    )
    return tuple(TokenGroup(f"phrase {k}", tokens) for k, tokens in enumerate(located))


def capture_plans(
    painter: Painter, scene: Scene, plans: Sequence[CapturePlan], *, sigma: float, draws: int
) -> list[CapturedMaps]:
    """What the same passes over a scene's picture give for each plan.

    The picture is noised to `sigma` with seeds that depend on the scene and the draw alone.
    """
    with ExitStack() as stack:
        captures = [
            stack.enter_context(capture_attention(painter.pipeline, plan)) for plan in plans
        ]
        for draw in range(draws):
            seed = scene.seed * 16 + draw
            single_pass(painter, scene.picture, scene.caption, sigma=sigma, seed=seed)
    return captures


def mean_of(maps: AttentionMaps, kind: Kind, blocks: Collection[int]) -> NDArray[np.float32]:
    """The maps (G, h, w) of `kind`, averaged over `blocks` and all passes."""
    chosen = [getattr(one, kind) for one in maps.each if one.block in blocks]
    return np.mean(chosen, axis=0, dtype=np.float32)


def observation_of(maps: AttentionMaps, blocks: Collection[int], subjects: int) -> Observation:
    """What shots are cut by: the maps of `blocks`, with every draw kept."""
    return Observation(
        mean_of(maps, "propagated", blocks),
        maps.draws(blocks),
        mean_of(maps, "text_to_image", blocks),
        subjects,
    )


def observation_of_drawing(painter: Painter, scene: Scene, phrases: Phrases) -> Observation:
    """What the model attends to in the scene's picture, as for a drawing in a shot."""
    choice = painter.profile.capture
    propagation = (choice.hops, choice.sharpness)
    maps = capture_scene(
        painter,
        scene,
        phrases,
        blocks=choice.blocks,
        sigma=choice.decompose_sigma,
        draws=choice.draws,
        propagations=[propagation],
        head_weights=choice.head_weights,
    )[propagation]
    return observation_of(maps, choice.blocks, len(phrases.wanted))


def standing_of(painter: Painter, picture: NDArray[np.uint8], phrases: Phrases) -> Standing:
    """How the model stands to a picture and to its phrases, as for a drawing in a shot."""
    unknown = (unknown_share(wanted.name, painter.profile) for wanted in phrases.wanted)
    return Standing(tuple(unknown), novelty(painter.profile, picture))
