"""What layers hide, painted by the picture model where the shot's own move shows it."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from multiplane.intake.shot_source import Prompt
from multiplane.layers.painted_fill import with_painted_fill
from multiplane.models.paint import repaint
from multiplane.produce.finished import CutPicture
from multiplane.produce.job import ShotJob
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.style_loras import loras_of
from multiplane.produce.words import BACKGROUND_WORD, words_of_prompt
from multiplane.stage.shot import Staged, stage_shot
from multiplane.stage.uncovered import uncovered

STRENGTH = 0.8
"""Noise on what was continued from the surroundings, from which the painting starts."""


def filled_by_model(
    cut: CutPicture,
    job: ShotJob,
    studio: Studio,
    overscan: float,
    steps: Steps,
    *,
    painted_for: Staged | None = None,
) -> CutPicture:
    """The cut with what its layers hide painted anew, as far as the shot's move shows it.

    overscan: of the cut picture. painted_for: the same layers in the move that they were painted
    for already; what that showed is kept. Raises as `models.paint.repaint`.
    """
    height, width = cut.picture.shape[:2]
    size = (width, height)
    staged = stage_shot(cut.layers, size, job.comp, job.shot.camera, overscan=overscan)
    shown = uncovered(staged, cut.layers)
    if cut.plate is not None:  # what the ground is behind subjects is known
        shown = (np.zeros_like(shown[0]), *shown[1:])
    kept = None if painted_for is None else uncovered(painted_for, cut.layers)
    prompts, loras = prompts_of(cut, job, studio), loras_of(job)

    def painted(
        picture: NDArray[np.uint8], hole: NDArray[np.bool_], index: int
    ) -> NDArray[np.uint8]:
        return repaint(
            studio.painter_with(loras), picture, hole, prompts[index], job.seed,
            strength=STRENGTH, on_step=steps.counting("fill"),
        )  # fmt: skip

    steps.begin("fill")
    layers = with_painted_fill(cut.layers, size, shown, painted, kept=kept)
    return dataclasses.replace(cut, layers=layers, filled_by=studio.profile.name)


def prompts_of(cut: CutPicture, job: ShotJob, studio: Studio) -> list[str]:
    """What each layer's hidden part is painted after: itself, and of the ground the place alone.

    Subjects are not named for the ground, or they would be painted there once more.
    """
    profile = studio.profile
    places: list[str] = []
    if isinstance(job.source, Prompt):
        words = words_of_prompt(job.source, job.shot.subjects, profile, style=job.style, at=job.at)
        places = [words.text[first:last] for place in words.places for first, last in place]
    style = profile.style_words(job.style)
    ground = ", ".join(places) or BACKGROUND_WORD
    said = [ground, *(layer.phrase or layer.name for layer in cut.layers[1:])]
    return [f"{one}, {style}" if style else one for one in said]
