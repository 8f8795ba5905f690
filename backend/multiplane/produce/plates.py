"""The plate of a place: painted once, kept by the hash of all that makes it, the same for all."""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import NoticeEntry
from multiplane.intake.picture import load_picture
from multiplane.intake.plates import PlateSource
from multiplane.intake.shot_source import Drawing, Prompt
from multiplane.models.folders import plates_folder
from multiplane.models.lora_file import Lora, find_lora
from multiplane.models.paint import OnStep, paint, picture_size, resize
from multiplane.produce.doubts import word_notices
from multiplane.produce.job import ShotJob, digest, file_digest
from multiplane.produce.notices import noting
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.words import words_of_prompt

Picture = NDArray[np.uint8]

_LOGGER = logging.getLogger(__name__)

_VERSION = 1
"""A change of it paints every plate anew: raise it when the code paints them otherwise."""
_MOST_KEPT = 500
"""Painted plates that are kept; of more the ones that were used longest ago go."""
_OWN = re.compile(r"[0-9a-f]{64}\.png")


@dataclass(frozen=True)
class PlatePicture:
    """A plate. pixels: (H, W, 3), of its file's size or the model's. sha256: of what makes it."""

    name: str
    sha256: str
    pixels: Picture

    def at(self, size: tuple[int, int]) -> Picture:
        """It at another (width, height), filling it: what is too wide or too high is left out."""
        height, width = self.pixels.shape[:2]
        scale = max(size[0] / width, size[1] / height)
        wide, high = round(size[0] / scale), round(size[1] / scale)
        x, y = (width - wide) // 2, (height - high) // 2
        return resize(np.ascontiguousarray(self.pixels[y : y + high, x : x + wide]), size)


def used_plate(job: ShotJob) -> PlateSource | None:
    """The plate that the shot can be made over; None where it has none, or no use for one.

    A drawing has only for one that is a picture itself.
    """
    plate = job.plate
    if plate is None or isinstance(job.source, Prompt):
        return plate
    return plate if isinstance(job.source, Drawing) and plate.file is not None else None


def plate_digest(plate: PlateSource, job: ShotJob, studio: Studio) -> str:
    """Of all that makes the plate: SHA-256, hexadecimal.

    Raises Failure `models.missing`, InputError or OSError where its picture cannot be read.
    """
    if plate.file is not None:
        return digest({"plate": _VERSION, "file": file_digest(plate.file)})
    profile = studio.profile
    values: dict[str, Any] = {
        "plate": _VERSION,
        "words": plate.words,
        "style": plate.style,
        "seed": plate.seed,
        "size": picture_size(profile, job.comp.width / job.comp.height),
        "painter": [profile.name, profile.version, studio.picture_weights],
        "painted": [profile.steps, profile.guidance],
        "loras": [[lora.sha256, lora.weight] for lora in _loras(plate, job)],
    }
    return digest(values)


def plate_pixels(plate: PlateSource, warn: Callable[[str], None] = _LOGGER.info) -> Picture:
    """The plate that is a file. Raises as `load_picture`, with the plate's field."""
    assert plate.file is not None
    try:
        return load_picture(plate.file, warn=warn)
    except InputError as error:
        raise dataclasses.replace(error, field=f"plates.{plate.name}.picture") from error


def plate_picture(
    plate: PlateSource, job: ShotJob, studio: Studio, steps: Steps, on_step: OnStep
) -> tuple[PlatePicture, tuple[NoticeEntry, ...]]:
    """The plate, read or painted, and what is to be said of its file.

    on_step: of its painting; one that is kept already takes no step. Raises InputError and Failure
    of the picture's reader and the model.
    """
    sha256 = plate_digest(plate, job, studio)
    if plate.file is not None:
        told: list[NoticeEntry] = []
        pixels = plate_pixels(plate, noting(told))
        return PlatePicture(plate.name, sha256, pixels), tuple(told)
    words = words_of_prompt(Prompt(plate.words), (), studio.profile, style=plate.style)
    unknown = word_notices(words, studio.profile, "painting")
    kept = _Kept(plates_folder())
    found = kept.get(sha256)
    if found is None:
        steps.say(f"The plate {plate.name} is painted once, for all shots in it.")
        found = _painted(plate, words.text, job, studio, on_step)
        kept.put(sha256, found)
    return PlatePicture(plate.name, sha256, found), unknown


def _painted(
    plate: PlateSource, text: str, job: ShotJob, studio: Studio, on_step: OnStep
) -> Picture:
    painter = studio.painter_with(_loras(plate, job))
    size = picture_size(studio.profile, job.comp.width / job.comp.height)
    return paint(painter, text, size, plate.seed, on_step=on_step)


def _loras(plate: PlateSource, job: ShotJob) -> tuple[Lora, ...]:
    return tuple(find_lora(named, job.storyboard_folder) for named in plate.loras)


class _Kept:
    """Painted plates in a folder, each under its hash. A disk that is full keeps none of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, sha256: str) -> Picture | None:
        path = self._path(sha256)
        try:
            with Image.open(path, formats=["PNG"]) as file:
                pixels = np.array(file.convert("RGB"))
            os.utime(path)
        except (OSError, ValueError, SyntaxError):  # not there, or damaged: it is painted again
            return None
        return pixels

    def put(self, sha256: str, pixels: Picture) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as to:
                fresh = Path(to.name)
                Image.fromarray(pixels).save(to, "PNG")
            fresh.replace(self._path(sha256))
            own = (one for one in self._folder.iterdir() if _OWN.fullmatch(one.name))
            kept = sorted(own, key=lambda one: one.stat().st_mtime)
            for path in kept[:-_MOST_KEPT]:
                path.unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.png"
