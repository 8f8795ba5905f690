"""Layers whose truth is known, with the evidence on them: what a calibration is fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from multiplane.layers.cut import Segmentation, cut_subjects
from multiplane.layers.evidence import Observation
from multiplane.layers.judged import Standing, evidence_on
from multiplane_study import metrics
from multiplane_study.observed import Phrases, observation_of_drawing, standing_of
from multiplane_study.scenes import Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter


@dataclass(frozen=True)
class Case:
    """One layer that was asked for.

    iou: of what was cut with what it should be; 0 where the picture does not show it. present:
    whether the picture shows it. group: of scenes, for the report. scene: number of its picture.
    """

    evidence: Mapping[str, float]
    iou: float
    present: bool
    group: str
    scene: int


def cases_of(
    painter: Painter, scene: Scene, phrases: Phrases, group: str, standing: Standing | None = None
) -> list[Case]:
    """A case for every layer that was asked for in a scene."""
    seen = observation_of_drawing(painter, scene, phrases)
    if standing is None:
        standing = standing_of(painter, scene.picture, phrases)
    truths = np.stack([cutout.matte for cutout in scene.subjects]) > 0.5
    return judged_cases(
        painter, scene.picture, seen, phrases, truths, standing, group=group, number=scene.seed
    )


def judged_cases(
    painter: Painter,
    picture: NDArray[np.uint8],
    seen: Observation,
    phrases: Phrases,
    truths: NDArray[np.bool_],
    standing: Standing,
    *,
    group: str,
    number: int,
) -> list[Case]:
    """Cases of a picture; truths (N, H, W): what its subjects look like, `phrases.members`."""
    floor = painter.profile.capture.background_floor
    cut = cut_subjects(picture, seen.maps, phrases.wanted, background_floor=floor)
    evidence = evidence_on(picture, seen, phrases.wanted, cut, standing, floor)
    right = _ious(cut, phrases.members, truths)
    return [
        Case(found, iou, bool(phrases.members[cutout.of]), group, number)
        for cutout, found, iou in zip(cut.cutouts, evidence, right, strict=True)
    ]


def _ious(
    cut: Segmentation, members: Sequence[Sequence[int]], truths: NDArray[np.bool_]
) -> list[float]:
    """IoU of every cutout with its subject; within a phrase the best pairing counts."""
    found = [0.0] * len(cut.cutouts)
    for phrase, owners in enumerate(members):
        if not owners:
            continue
        places = [index for index, cutout in enumerate(cut.cutouts) if cutout.of == phrase]
        gain = np.array(
            [
                [metrics.iou(truths[owner], cut.cutouts[place].alpha > 0.5) for place in places]
                for owner in owners
            ]
        )
        for row, column in zip(*linear_sum_assignment(-gain), strict=True):
            found[places[int(column)]] = float(gain[row, column])
    return found
