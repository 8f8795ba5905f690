"""What rows are shown of a case; what several of them need is made once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps, CapturePlan
from multiplane.attention.steps import choose_steps
from multiplane.depth.estimate import DepthModel, estimate_nearness
from multiplane.models.vision.seen import Box
from multiplane_study.bench.case import Case
from multiplane_study.observed import (
    HeadWeights,
    Phrases,
    Propagation,
    block_count,
    capture_scene,
    phrases_of,
)
from multiplane_study.scenes import Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter

_OTHER_NOISE = 100_003
"""Another seed of the bench noises every scene anew: no scene of a set has such a number."""
Pass = tuple[float, int, Propagation, HeadWeights]
"""Noise level, draws, propagation and weights of heads of passes that are captured together."""


@dataclass
class Look:
    """One case under one seed of the noise.

    captured: all passes that somebody asked for. spent: seconds that a row would have taken for
    what was there already, since `spend` was called last.
    """

    painter: Painter
    depth_model: DepthModel
    case: Case
    seed: int
    captured: dict[Pass, tuple[AttentionMaps, float]] = field(default_factory=dict)
    made: dict[str, tuple[Any, float]] = field(default_factory=dict)
    spent: float = 0.0

    @property
    def picture(self) -> NDArray[np.uint8]:
        return self.case.scene.picture

    @property
    def phrases(self) -> Phrases:
        return phrases_of(self.case.scene)

    @property
    def nearness(self) -> NDArray[np.float32]:
        """Of the picture, by the depth model: 0 far .. 1 near."""
        near: NDArray[np.float32] = self.once(
            "nearness", lambda: estimate_nearness(self.depth_model, self.picture)
        )
        return near

    @property
    def noised(self) -> Scene:
        """The scene with the seed that its noise depends on."""
        scene = self.case.scene
        return replace(scene, seed=scene.seed + _OTHER_NOISE * self.seed)

    def maps(
        self,
        sigma: float,
        draws: int,
        propagation: Propagation = (0, 1.0),
        head_weights: HeadWeights = (),
    ) -> AttentionMaps:
        """Every block's maps for all phrases and last the place, the picture noised to `sigma`."""
        key = (sigma, draws, propagation, head_weights)
        if key not in self.captured:
            began = time.perf_counter()
            blocks = range(block_count(self.painter))
            maps = capture_scene(
                self.painter, self.noised, self.phrases, blocks=blocks, sigma=sigma, draws=draws,
                propagations=[propagation], head_weights=head_weights,
            )[propagation]  # fmt: skip
            self.captured[key] = maps, time.perf_counter() - began
        else:
            self.spent += self.captured[key][1]
        return self.captured[key][0]

    def own_maps(self) -> AttentionMaps:
        """What a shot is cut by: the passes that the model's settings ask for, or their steps."""
        choice = self.painter.profile.capture
        painted = self.case.painted
        if painted is None:
            propagation = (choice.hops, choice.sharpness)
            return self.maps(choice.decompose_sigma, choice.draws, propagation, choice.head_weights)
        sigmas = _levels(painted)
        most = CapturePlan.max_steps  # as shots are captured
        places = choose_steps(sigmas, choice.sigma_low, choice.sigma_high, most)
        return _at(painted, [sigmas[place] for place in places])

    def step_maps(self, shares: Sequence[float]) -> list[AttentionMaps]:
        """After these shares of sampling: the steps of a painting, passes at their noise levels."""
        painted = self.case.painted
        if painted is None:
            return [self.maps(sigma, 1) for sigma in sampling_sigmas(self.painter, shares)]
        sigmas = _levels(painted)
        places = [min(int(share * len(sigmas)), len(sigmas) - 1) for share in shares]
        return [_at(painted, [sigmas[place]]) for place in places]

    def timed(self, cut: Callable[[Look], Any]) -> tuple[Any, float]:
        """What `cut` answers, and the seconds that it takes by itself."""
        self.spent = 0.0
        began = time.perf_counter()
        answer = cut(self)
        return answer, time.perf_counter() - began + self.spent

    def fresh(self, painter: Painter | None = None) -> Look:
        """The same case with nothing made yet; by another model."""
        return Look(painter or self.painter, self.depth_model, self.case, self.seed)

    def true_boxes(self) -> Sequence[Box]:
        """Per subject of the scene the box round what is seen of it."""
        return [box_of(subject.matte > 0.5) for subject in self.case.scene.subjects]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for all rows, under a name that tells it from all else."""
        if name not in self.made:
            began = time.perf_counter()
            self.made[name] = make(), time.perf_counter() - began
        else:
            self.spent += self.made[name][1]
        return self.made[name][0]


def sampling_sigmas(painter: Painter, shares: Sequence[float]) -> list[float]:
    """Noise levels, 0..1, after these shares of the model's own sampling."""
    scheduler = type(painter.pipeline.scheduler).from_config(painter.pipeline.scheduler.config)
    steps = painter.profile.steps
    if scheduler.config.get("use_dynamic_shifting"):
        scheduler.set_timesteps(steps, mu=scheduler.config.base_shift)
    else:
        scheduler.set_timesteps(steps)
    sigmas = scheduler.sigmas.float().numpy()[:steps]
    places = [min(int(share * steps), steps - 1) for share in shares]
    return [float(np.clip(sigmas[place], 0.02, 0.98)) for place in places]


def _levels(maps: AttentionMaps) -> list[float]:
    """The steps' noise levels, from noise to picture."""
    return sorted({one.sigma for one in maps.each}, reverse=True)


def _at(maps: AttentionMaps, sigmas: Sequence[float]) -> AttentionMaps:
    return replace(maps, each=tuple(one for one in maps.each if one.sigma in sigmas))


def box_of(mask: NDArray[np.bool_]) -> Box:
    """Round a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
