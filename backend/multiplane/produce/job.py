"""Everything that makes one shot what it is, in one place, and a hash of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import Shot
from multiplane.produce.studio import Studio

WAY = 1
"""Version of the way from a shot to its files. A change of it redoes every shot: raise it with
every change of the code that changes what comes out."""


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


@dataclass(frozen=True)
class Hashes:
    """picture: of what the layers are made of. shot: of that, the camera and all the rest."""

    picture: str
    shot: str


def hashes(job: ShotJob, studio: Studio) -> Hashes:
    """Content hashes of all that makes the shot.

    Reads the drawing, if there is one, and the models' files (once per studio). Raises Failure
    `models.missing`, and OSError when the drawing cannot be read.
    """
    profile, shot = studio.profile, job.shot
    picture = _digest(
        {
            "way": WAY,
            "prompt": shot.prompt,
            "drawing": _file_digest(job.picture) if job.picture else None,
            "subjects": [one.model_dump(mode="json") for one in shot.subjects],
            "style": job.style,
            "seed": job.seed,
            "aspect": [job.comp.width, job.comp.height],
            "painter": [profile.name, profile.version, studio.picture_weights],
            "how": [profile.steps, profile.guidance, repr(profile.capture)],
            "depth": [studio.depth_profile.name, studio.depth_weights],
        }
    )
    return Hashes(picture, shot_hash(picture, shot, job.comp, job.overscan))


def shot_hash(picture: str, shot: Shot, comp: Comp, overscan: float | None) -> str:
    """The hash of a whole shot whose layers' hash is `picture`."""
    rest = shot.model_dump(mode="json", exclude={"prompt", "picture", "subjects", "style", "seed"})
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
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
