"""Everything that makes one shot what it is, in one place, and a hash of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import Shot, Subject
from multiplane.intake.drawn_layers import layer_files
from multiplane.intake.mattes import matte_files
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.paths import resolve_path
from multiplane.intake.picture import check_picture
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.models.profiles import ModelProfile
from multiplane.produce.studio import Studio

WAY = 5
"""Version of the way from a shot to its files. A change of it redoes every shot: raise it with
every change of the code that changes what comes out."""


_IN_THE_PICTURE = {
    "prompt", "picture", "whole", "artboard", "layers", "subjects", "mattes", "style", "seed",
    "takes",
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
    picture: Path | None  # the drawing to cut, for a shot with one
    storyboard_folder: Path  # where the shot's relative paths start
    layered: bool = False  # its drawing is already cut
    takes: int | None = None  # None: as many as the model needs

    def takes_with(self, profile: ModelProfile) -> int:
        """How many takes it is to have: as its storyboard says, or as its model needs."""
        return profile.takes if self.takes is None else self.takes

    @cached_property
    def subjects(self) -> list[Subject]:
        """What is listed, and in a picture without a list what its shot's words speak of.

        Raises Failure when the words cannot be read.
        """
        if self.layered or self.shot.prompt is not None:
            return list(self.shot.subjects)
        return subjects_of_picture(self.shot)

    @cached_property
    def drawing_size(self) -> tuple[int, int] | None:
        """(width, height) px of the drawing; None for a shot from words. Raises InputError."""
        if self.picture is not None:
            return check_picture(self.picture)
        if self.shot.layers:
            lowest = resolve_path(self.shot.layers[0].picture, self.storyboard_folder)
            return check_picture(lowest, min_side=1)
        return None

    @property
    def needs_painter(self) -> bool:
        """Whether the picture model has anything to do for it: to paint, or to find subjects."""
        return self.shot.prompt is not None or (not self.layered and bool(self.subjects))


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
    studio). Raises Failure `models.missing`, InputError or OSError when the drawing cannot be read.
    """
    shot = job.shot
    painter: list[Any] | None = None
    if job.needs_painter:
        one = studio.profile
        painter = [one.name, one.version, studio.picture_weights]
        painter += [one.steps, one.guidance, repr(one.capture)]
        if shot.prompt is not None:
            painter += [job.takes_with(one), one.take_steps]
    uncorrected = picture = _digest(
        {
            "way": WAY,
            "prompt": shot.prompt,
            "whole": shot.whole,
            "artboard": shot.artboard,
            "drawing": [_file_digest(file) for file in layer_files(shot, job.storyboard_folder)],
            "layers": [one.model_dump(mode="json", exclude={"picture"}) for one in shot.layers],
            "subjects": [one.model_dump(mode="json") for one in job.subjects],
            "style": job.style,
            "seed": job.seed,
            "aspect": [job.comp.width, job.comp.height],
            "painter": painter,
            "depth": [studio.depth_profile.name, studio.depth_weights],
        }
    )
    if shot.mattes:
        files = matte_files(shot, job.storyboard_folder)
        pairs = zip(shot.mattes, files, strict=True)
        mattes = [[one.layer, _file_digest(file)] for one, file in pairs]
        picture = _digest({"picture": uncorrected, "mattes": mattes})
    return Hashes(picture, shot_hash(picture, shot, job.comp, job.overscan), uncorrected)


def shot_hash(picture: str, shot: Shot, comp: Comp, overscan: float | None) -> str:
    """The hash of a whole shot whose layers' hash is `picture`."""
    rest = shot.model_dump(mode="json", exclude=_IN_THE_PICTURE)
    return _digest(
        {
            "picture": picture,
            "shot": rest,
            "comp": comp.model_dump(mode="json"),
            "overscan": overscan,
        }
    )


def _digest(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with open_file(path, PICTURE) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
