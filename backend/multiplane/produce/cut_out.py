"""From what a model attended to, to layers: masks, mattes, depth and fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.plan import CapturePlan
from multiplane.contract.manifest import ModelEntry
from multiplane.contract.names import folder_name
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import order
from multiplane.intake.layer_kinds import layer_kind
from multiplane.layers.cut import Segmentation, Wanted, cut_subjects
from multiplane.layers.stack import CutSubject, build_stack
from multiplane.produce.finished import CutPicture
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.words import BACKGROUND_WORD, Words

NOTHING_CUT = Segmentation((), ())


@dataclass(frozen=True)
class Attended:
    """A picture (H, W, 3) at the layers' size, and what the model attended to in it.

    maps: (G, h, w) attention to each of the plan's groups. Both are None without any subject.
    background_floor: as the capture of the model that attended wants it.
    """

    picture: NDArray[np.uint8]
    plan: CapturePlan | None = None
    maps: NDArray[np.float32] | None = None
    background_floor: float = 0.0


def cut_out(
    attended: Attended, words: Words, model: ModelEntry, studio: Studio, steps: Steps
) -> CutPicture:
    """The picture's subjects as layers, ordered in depth, with what they hide filled."""
    picture = attended.picture
    steps.begin("masks")
    cut = NOTHING_CUT
    if attended.maps is not None:
        cut = cut_subjects(
            picture,
            attended.maps,
            [Wanted(subject.name, subject.count) for subject in words.subjects],
            background_floor=attended.background_floor,
        )
    steps.warn_all(cut.warnings)

    steps.begin("depth")
    nearness = estimate_nearness(studio.depth_model, picture)
    alphas = cut.alphas if cut.cutouts else np.zeros((0, *picture.shape[:2]), np.float32)
    ranks = order(alphas, nearness, picture)

    steps.begin("fill")
    subjects = _subjects(cut, words, attended.plan, ranks.nearness)
    return CutPicture(
        prompt=words.prompt,
        model=model,
        picture=picture,
        nearness=nearness,
        layers=build_stack(picture, [subjects[index] for index in ranks.back_to_front]),
    )


def _subjects(
    cut: Segmentation, words: Words, plan: CapturePlan | None, nearness: tuple[float, ...]
) -> list[CutSubject]:
    """The cutouts with all that a layer says about itself; ids are unique in the shot."""
    tokens = [] if plan is None else [group.token_indices for group in plan.groups]
    subjects = []
    taken = [BACKGROUND_WORD]
    for cutout, near in zip(cut.cutouts, nearness, strict=True):
        id_ = folder_name(cutout.name, taken)
        taken.append(id_)
        subject = words.subjects[cutout.of]
        subjects.append(
            CutSubject(
                id=id_,
                name=cutout.name,
                phrase=subject.phrase,
                alpha=cutout.alpha,
                nearness=near,
                confidence=cutout.confidence,
                token_indices=tokens[cutout.of],
                kind=subject.kind or layer_kind(subject.phrase, subject.name),
            )
        )
    return subjects
