"""Everything that makes one shot what it is, in one place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import Fill, Shot, Subject
from multiplane.contract.style import NamedLora
from multiplane.intake.cast import Portrait, Role
from multiplane.intake.cast_pictures import CastPicture
from multiplane.intake.opening import PICTURE, open_file
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.plates import PlateSource
from multiplane.intake.shot_source import (
    Drawing,
    LayeredDrawing,
    Prompt,
    ShotSource,
    drawing_files,
)
from multiplane.models.profiles import ModelProfile

_IN_THE_PICTURE = {
    "prompt", "picture", "whole", "artboard", "layers", "subjects", "mattes", "style", "seed",
    "takes", "cut", "fill", "edits", "plate",
}  # fmt: skip
_IN_NO_FILE = {"scene"}
"""Fields that change nothing of what is made."""


@dataclass(frozen=True)
class ShotJob:
    """One shot to make. Times in frames, sizes in px."""

    shot: Shot
    index: int  # in the storyboard's file, from 0
    comp: Comp
    seed: int
    style: str | None  # its words, without the LoRAs that it names
    overscan: float | None  # None: as the move needs
    source: ShotSource
    storyboard_folder: Path  # where the shot's relative paths start
    takes: int | None = None  # None: as many as the model needs
    cut: str | None = None  # what cuts it; None or "auto": see `produce.cutting`
    fill: Fill | None = None  # None: by the pixels around
    loras: tuple[NamedLora, ...] = ()  # that its style names
    plate: PlateSource | None = None  # the place that it shares with other shots
    roles: tuple[Role, ...] = ()  # of the cast who play in it
    cast_pictures: tuple[CastPicture, ...] = ()  # that show them
    portraits: tuple[Portrait, ...] = ()  # of those whose attention is to be shared
    ensure: int = 0  # how often it is painted again at most where its cast is unlike itself
    take: int | None = None  # that is painted, whatever it shows; None: the best of `takes`
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
    def is_painted(self) -> bool:
        """Whether the picture model paints anything of it, the only thing that LoRAs are for."""
        return isinstance(self.source, Prompt) or self.is_filled_by_model

    @property
    def drawing_files(self) -> tuple[Path, ...]:
        """The files that its drawing is in; none for a shot from words."""
        return drawing_files(self.shot, self.storyboard_folder)

    @property
    def drawing_size(self) -> tuple[int, int] | None:
        """(width, height) px of the drawing; None for a shot from words."""
        return None if isinstance(self.source, Prompt) else self.source.size


def shot_hash(
    picture: str, shot: Shot, comp: Comp, overscan: float | None, timecode: str | None = None
) -> str:
    """The hash of a whole shot whose layers' hash is `picture`. timecode: as in `ShotJob`."""
    rest = shot.model_dump(mode="json", exclude=_IN_THE_PICTURE | _IN_NO_FILE)
    if shot.edits is not None and shot.edits.edits:
        rest["edits"] = [edit.model_dump(mode="json") for edit in shot.edits.edits]
    return digest(
        {
            "picture": picture,
            "shot": rest,
            "comp": comp.model_dump(mode="json"),
            "overscan": overscan,
            **({} if timecode is None else {"timecode": timecode}),
        }
    )


def file_digest(path: Path) -> str:
    """Of a picture's file: SHA-256, hexadecimal. Raises InputError and OSError."""
    with open_file(path, PICTURE) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest(values: dict[str, Any]) -> str:
    """Of values that JSON holds, whatever their order: SHA-256, hexadecimal."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
