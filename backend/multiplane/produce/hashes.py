"""Content hashes of a shot: of all that makes its layers, and of the whole of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from multiplane.intake.mattes import matte_files
from multiplane.intake.shot_source import Prompt
from multiplane.layers.cutters.choice import BY_ATTENTION, CutterChoice
from multiplane.produce.cutting import choice_of, ingredients, needs_painter
from multiplane.produce.job import ShotJob, digest, file_digest, shot_hash
from multiplane.produce.plates import plate_digest, used_plate
from multiplane.produce.portraits import painted_beside, portrait_prompt
from multiplane.produce.studio import Studio
from multiplane.produce.style_loras import loras_of

PIPELINE_VERSION = 10
"""A change of it redoes every shot: raise it with every change of the code that changes what comes
out."""
_FILL_VERSION = 2
"""The same for what the model fills. 1: in a server, after the steps of the picture before."""


@dataclass(frozen=True)
class Hashes:
    """picture: of what the layers are made of. shot: of that, the camera and all the rest.

    uncorrected: of what the layers are made of before any matte by hand; without one, `picture`.
    choice: of what cuts the picture, which they count; to choose may take a look at the drawing.
    """

    picture: str
    shot: str
    uncorrected: str
    choice: CutterChoice


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
    plate = used_plate(job)
    uncorrected = picture = digest(
        {
            "way": PIPELINE_VERSION,
            "prompt": shot.prompt,
            "whole": shot.whole,
            "artboard": shot.artboard,
            "drawing": [file_digest(file) for file in job.drawing_files],
            "layers": [layer.model_dump(mode="json", exclude={"picture"}) for layer in shot.layers],
            "subjects": [subject.model_dump(mode="json") for subject in job.subjects],
            "style": job.style,
            "seed": job.seed,
            "aspect": [job.comp.width, job.comp.height],
            "painter": painter,
            "depth": [studio.depth_profile.name, studio.depth_weights],
            **({"loras": loras} if (loras := _loras(job)) else {}),
            **(
                {"cast": [one.model_dump(mode="json") for one in job.source.cast]}
                if isinstance(job.source, Prompt) and job.source.cast
                else {}
            ),
            **({} if plate is None else {"plate": plate_digest(plate, job, studio)}),
            **_of_cast(job),
            **_of_portraits(job, studio),
            **({"fill": _filler(studio)} if job.is_filled_by_model else {}),
            **({} if choice == BY_ATTENTION else {"cutter": ingredients(choice, studio)}),
        }
    )
    if shot.mattes:
        files = matte_files(shot, job.storyboard_folder)
        pairs = zip(shot.mattes, files, strict=True)
        mattes = [[matte.layer, file_digest(file)] for matte, file in pairs]
        picture = digest({"picture": uncorrected, "mattes": mattes})
    whole = shot_hash(picture, shot, job.comp, job.overscan, job.timecode)
    return Hashes(picture, whole, uncorrected, choice)


def _of_cast(job: ShotJob) -> dict[str, Any]:
    """Who plays, and what shows them: they are painted after it, or compared with it.

    How often it may be painted again is no part: a shot that was once ensured stays so.
    """
    if not job.roles:
        return {}
    files = [[picture.name, file_digest(picture.file)] for picture in job.cast_pictures]
    return {"roles": [[role.name, role.subject] for role in job.roles], "cast_pictures": files}


def _of_portraits(job: ShotJob, studio: Studio) -> dict[str, Any]:
    """What is painted beside it. Nothing, where that was wanted, counts too: it is told of."""
    if not job.portraits:
        return {}
    profile = studio.profile
    painted, _ = painted_beside(job, profile)
    return {"portraits": [[portrait_prompt(one, job, profile), one.seed] for one in painted]}


def told_apart(content: Hashes, ensure: int) -> Hashes:
    """The same for results that several storyboards share: one may want its cast ensured."""
    if not ensure:
        return content
    picture, shot, uncorrected = (
        digest({"hash": one, "ensure": ensure})
        for one in (content.picture, content.shot, content.uncorrected)
    )
    return Hashes(picture, shot, uncorrected, content.choice)


def _loras(job: ShotJob) -> list[Any]:
    return [[lora.sha256, lora.weight] for lora in loras_of(job)]


def _filler(studio: Studio) -> list[Any]:
    profile = studio.profile
    painter = [profile.name, profile.version, studio.picture_weights]
    return [*painter, profile.steps, profile.guidance, _FILL_VERSION]
