"""Content hashes of a shot: of all that makes its layers, and of the whole of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.intake.mattes import matte_files
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.shot_source import Prompt
from multiplane.layers.cutters.choice import BY_ATTENTION
from multiplane.produce.cutting import choice_of, ingredients, needs_painter
from multiplane.produce.job import ShotJob, digest, shot_hash
from multiplane.produce.studio import Studio

PIPELINE_VERSION = 8
"""A change of it redoes every shot: raise it with every change of the code that changes what comes
out."""


@dataclass(frozen=True)
class Hashes:
    """picture: of what the layers are made of. shot: of that, the camera and all the rest.

    uncorrected: of what the layers are made of before any matte by hand; without one, `picture`.
    """

    picture: str
    shot: str
    uncorrected: str


def hashes(job: ShotJob, studio: Studio) -> Hashes:
    """Content hashes of all that makes the shot.

    Reads the drawing's files, if there are any, and those of the models that it needs (once per
    studio). Raises Failure `models.missing`, InputError or OSError when the drawing cannot be
    read, and as `cutting.choice_of`.
    """
    shot = job.shot
    choice = choice_of(job, studio)
    painter: list[Any] | None = None
    if needs_painter(job, choice):
        if isinstance(job.source, Prompt):
            profile = studio.profile
            painter = [profile.name, profile.version, studio.picture_weights]
            painter += [profile.steps, profile.guidance, repr(profile.capture)]
            painter += [job.takes_with(profile), profile.take_steps]
        else:
            profile = studio.reading_profile
            painter = [profile.name, profile.version, studio.reading_weights, repr(profile.capture)]
        if profile.calibration is not None:
            painter.append(profile.calibration.as_json())
    uncorrected = picture = digest(
        {
            "way": PIPELINE_VERSION,
            "prompt": shot.prompt,
            "whole": shot.whole,
            "artboard": shot.artboard,
            "drawing": [_file_digest(file) for file in job.drawing_files],
            "layers": [layer.model_dump(mode="json", exclude={"picture"}) for layer in shot.layers],
            "subjects": [subject.model_dump(mode="json") for subject in job.subjects],
            "style": job.style,
            "seed": job.seed,
            "aspect": [job.comp.width, job.comp.height],
            "painter": painter,
            "depth": [studio.depth_profile.name, studio.depth_weights],
            **({"fill": _filler(studio)} if job.is_filled_by_model else {}),
            **({} if choice == BY_ATTENTION else {"cutter": ingredients(choice, studio)}),
        }
    )
    if shot.mattes:
        files = matte_files(shot, job.storyboard_folder)
        pairs = zip(shot.mattes, files, strict=True)
        mattes = [[matte.layer, _file_digest(file)] for matte, file in pairs]
        picture = digest({"picture": uncorrected, "mattes": mattes})
    whole = shot_hash(picture, shot, job.comp, job.overscan, job.timecode)
    return Hashes(picture, whole, uncorrected)


def _filler(studio: Studio) -> list[Any]:
    profile = studio.profile
    return [profile.name, profile.version, studio.picture_weights, profile.steps, profile.guidance]


def _file_digest(path: Path) -> str:
    with open_file(path, PICTURE) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
