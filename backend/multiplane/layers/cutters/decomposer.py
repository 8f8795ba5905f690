"""The interface of everything that cuts subjects out of a picture.

Whatever cuts, its layers go the same way on: mattes, depth, fill, stage. A package adds a cutter by
an entry point of the group `multiplane.cutters` that names its `Decomposer`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import Failure
from multiplane.contract.plugins import Guard, Registry
from multiplane.layers.cut import UNASKED, Segmentation, Wanted
from multiplane.layers.evidence import Observation
from multiplane.layers.judged import Standing
from multiplane.models.vision.profiles import VISION_PROFILES
from multiplane.models.vision.seen import OnStep

ATTENTION = "attention"
AUTO = "auto"  # whatever the model's profile names, or knows the words
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True)
class Scene:
    """A picture, and what is wanted of it.

    picture: (H, W, 3) sRGB. seen: what the picture model attended to in it; None where nobody
    looked, and always for a cutter that does not need it in a drawing. standing: of that model
    to the words and the picture. caption: what the picture shows, all in all; "" where nothing
    says. seed: of the shot, for a cutter that draws noise. on_step: is told how much of a long
    cut is done, and of how much; what it raises stops the cut.
    """

    picture: NDArray[np.uint8]
    wanted: tuple[Wanted, ...]
    seen: Observation | None = None
    standing: Standing = field(default_factory=Standing)
    caption: str = ""
    seed: int = 0
    on_step: OnStep = lambda done, total: None


@dataclass(frozen=True)
class Decomposer:
    """One way to cut subjects out of a picture.

    name: as users choose it and as the manifest names it; no "+" in a plugin's. decompose: gives a
    cutout for every subject that is wanted and for each of its `count`, an empty matte for one
    that was not found; what else it cuts is `cut.UNASKED`, each with a number of its own.
    needs_attention: whether it reads `Scene.seen`; otherwise a drawing is cut
    without the picture model. calibrated: whether its confidence is a measured chance. version:
    another one has shots cut anew.
    """

    name: str
    decompose: Callable[[Scene], Segmentation]
    description: str = ""
    needs_attention: bool = False
    calibrated: bool = False
    version: str = "1"

    def cut(self, scene: Scene) -> Segmentation:
        """As `decompose`, and every cutout says what cut it.

        Raises Failure `cut.unusable` for what is no answer to the scene.
        """
        done = self.decompose(scene)
        asked = sorted(
            (of, number) for of, one in enumerate(scene.wanted) for number in range(one.count)
        )
        size = scene.picture.shape[:2]
        given = sorted((one.of, one.number) for one in done.cutouts if one.of != UNASKED)
        more = [one.number for one in done.cutouts if one.of == UNASKED]
        if (
            given != asked
            or len(set(more)) != len(more)
            or any(one.alpha.shape != size for one in done.cutouts)
        ):
            raise Failure(
                "cut.unusable",
                "The cutter {name} did not give one matte of the picture's size for each subject.",
                value=self.name,
                remedy="Choose another with --cut, or tell its authors.",
                values={"name": self.name},
            )
        named = (replace(one, cut_by=one.cut_by or self.name) for one in done.cutouts)
        return replace(done, cutouts=tuple(named))


def _claims(new: Decomposer) -> list[tuple[str, str]]:
    if new.name in {ATTENTION, AUTO, *VISION_PROFILES} or not _NAME.fullmatch(new.name):
        raise ValueError(f"{new.name!r} is no name for a cutter")
    return [("a cutter", new.name)]


CUTTERS: Registry[Decomposer] = Registry(
    "multiplane.cutters",
    Decomposer,
    claims=_claims,
    guard=Guard("decompose", Segmentation),
)
"""Cutters of other packages; Multiplane's own are put together of models (`cutters.choice`)."""
