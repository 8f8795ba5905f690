"""Everything that makes one shot what it is, in one place, and a hash of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import Fill, Shot, Subject
from multiplane.intake.mattes import matte_files
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.shot_source import (
    Drawing,
    LayeredDrawing,
    Prompt,
    ShotSource,
    drawing_files,
)
from multiplane.models.profiles import ModelProfile
from multiplane.produce.studio import Studio

PIPELINE_VERSION = 8
"""A change of it redoes every shot: raise it with every change of the code that changes what comes
out."""


_IN_THE_PICTURE = {
    "prompt", "picture", "whole", "artboard", "layers", "subjects", "mattes", "style", "seed",
    "takes", "cut", "fill", "edits",
}  # fmt: skip


@dataclass(frozen=True)
class ShotJob:
    """One shot to make. Times in frames, sizes in px."""

    shot: Shot
    index: int  # in the storyboard's file, from 0
    comp: Comp
    seed: int
    style: str | None
    overscan: float | None  # None: as the move needs
    source: ShotSource
    storyboard_folder: Path  # where the shot's relative paths start
    takes: int | None = None  # None: as many as the model needs
    cut: str | None = None  # what cuts it; None or "auto": see `produce.cutting`
    fill: Fill | None = None  # None: by the pixels around
    timecode: str | None = None  # of its film, where another shot has the one of its id

    @property
    def at(self) -> str:
        """The shot's path in its file, for errors."""
        return f"shots[{self.index}]"

    def takes_with(self, profile: ModelProfile) -> int:
        """How many takes it is to have: as its storyboard says, or as its model needs."""
        return profile.takes if self.takes is None else self.takes

    @cached_property
    def subjects(self) -> list[Subject]:
        """What is listed, and in a picture without a list what its shot's words speak of.

        Raises Failure when the words cannot be read.
        """
        if isinstance(self.source, Drawing):
            return subjects_of_picture(self.shot)
        return list(self.shot.subjects)

    @property
    def is_filled_by_model(self) -> bool:
        """Whether the picture model paints what its layers hide; not what an artist has cut."""
        return self.fill == "model" and not isinstance(self.source, LayeredDrawing)

    @property
    def drawing_files(self) -> tuple[Path, ...]:
        """The files that its drawing is in; none for a shot from words."""
        return drawing_files(self.shot, self.storyboard_folder)

    @property
    def drawing_size(self) -> tuple[int, int] | None:
        """(width, height) px of the drawing; None for a shot from words."""
        return None if isinstance(self.source, Prompt) else self.source.size


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
    # Not above: whoever only compares hashes (`restage`) needs no pictures and no models.
    from multiplane.layers.cutters.choice import BY_ATTENTION
    from multiplane.produce.cutting import choice_of, ingredients, needs_painter

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
    uncorrected = picture = _digest(
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
        picture = _digest({"picture": uncorrected, "mattes": mattes})
    whole = shot_hash(picture, shot, job.comp, job.overscan, job.timecode)
    return Hashes(picture, whole, uncorrected)


def _filler(studio: Studio) -> list[Any]:
    profile = studio.profile
    return [profile.name, profile.version, studio.picture_weights, profile.steps, profile.guidance]


def shot_hash(
    picture: str, shot: Shot, comp: Comp, overscan: float | None, timecode: str | None = None
) -> str:
    """The hash of a whole shot whose layers' hash is `picture`. timecode: as in `ShotJob`."""
    rest = shot.model_dump(mode="json", exclude=_IN_THE_PICTURE)
    if shot.edits is not None and shot.edits.edits:
        rest["edits"] = [edit.model_dump(mode="json") for edit in shot.edits.edits]
    return _digest(
        {
            "picture": picture,
            "shot": rest,
            "comp": comp.model_dump(mode="json"),
            "overscan": overscan,
            **({} if timecode is None else {"timecode": timecode}),
        }
    )


def _digest(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with open_file(path, PICTURE) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
