"""A word for something that the picture does not show: is its subject missing, as it should be?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multiplane.contract.doubts import DoubtReason
from multiplane.layers.judged import cut_and_judge
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.observed import (
    Phrases,
    observation_of_drawing,
    phrases_of,
    standing_of,
)
from multiplane_study.scenes import KINDS, Scene

if TYPE_CHECKING:
    from multiplane.models.load import Painter


@dataclass(frozen=True)
class AbsentScore:
    """What became of the subject that is not there: no layer of it, or a doubtful one."""

    missing: bool
    doubted: bool


def with_absent(scene: Scene, word: str) -> tuple[Scene, Phrases]:
    """The scene with `word` in its caption, before all others; nothing in the picture shows it.

    Its phrase is the first, and has no member.
    """
    lead = f"{word}, "
    by = len(lead)

    def moved(span: tuple[int, int]) -> tuple[int, int]:
        return span[0] + by, span[1] + by

    said = replace(
        scene,
        caption=lead + scene.caption,
        place_phrase=moved(scene.place_phrase),
        style_phrase=None if scene.style_phrase is None else moved(scene.style_phrase),
        subjects=tuple(
            replace(subject, phrase=moved(subject.phrase)) for subject in scene.subjects
        ),
    )
    return said, phrases_of(said).with_first(word)


def absent_word(rng: np.random.Generator, catalogue: Catalogue, scene: Scene) -> str:
    """A word for something that the scene's caption does not speak of."""
    said = set(scene.caption.replace(",", " ").split())
    names = [*KINDS, *(concept.name for concept in catalogue.concepts)]
    while True:
        name = names[int(rng.integers(len(names)))]
        if said.isdisjoint(name.split()):
            return name


def score_absent(painter: Painter, scene: Scene, word: str) -> AbsentScore:
    """Ask for `word` too, which the scene does not show."""
    asked, phrases = with_absent(scene, word)
    cut = cut_and_judge(
        scene.picture,
        observation_of_drawing(painter, asked, phrases),
        phrases.wanted,
        background_floor=painter.profile.capture.background_floor,
        calibration=painter.profile.calibration,
        standing=standing_of(painter, scene.picture, phrases),
    )
    first = cut.cutouts[0]
    return AbsentScore(first.reason is DoubtReason.NOT_FOUND, first.reason is not None)


def absent_figures(scores: Sequence[AbsentScore]) -> dict[str, Any]:
    """Shares of the subjects that are not there; None without any."""
    count = len(scores)
    return {
        "asked": count,
        "missing": sum(score.missing for score in scores) / count if count else None,
        "missing_or_doubted": sum(score.doubted for score in scores) / count if count else None,
    }
