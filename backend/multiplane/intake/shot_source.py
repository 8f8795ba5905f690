"""What a shot is made from: words, a drawing, or a drawing that its artist has already cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import DrawnLayer, Shot, Subject
from multiplane.intake.paths import resolve_path
from multiplane.intake.picture import MAX_PIXELS, check_picture
from multiplane.intake.picture_formats import PHOTOSHOP
from multiplane.intake.psd_file import has_layers, is_psd

Size = tuple[int, int]


@dataclass(frozen=True)
class Prompt:
    """Words that a model paints. text: with its marks. cast: those whom the storyboard named in
    it, by name, with their words."""

    text: str
    cast: tuple[Subject, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A picture of which a model finds the subjects; of a Photoshop file the merged picture.

    size: (width, height) px of the file. artboard: the one to take of it, None for the first one
    or for a file without any.
    """

    file: Path
    size: Size
    artboard: str | None = None


@dataclass(frozen=True)
class LayeredDrawing:
    """A drawing in layers: one file for each, or one Photoshop file with all of them.

    files: back to front. size: (width, height) px of the canvas, that is of the first file.
    listed: how each file lies on the canvas; empty for a Photoshop file. artboard: as a drawing's.
    """

    files: tuple[Path, ...]
    size: Size
    listed: tuple[DrawnLayer, ...] = ()
    artboard: str | None = None


ShotSource = Prompt | Drawing | LayeredDrawing


def source_of(shot: Shot, folder: Path, *, max_pixels: int = MAX_PIXELS) -> ShotSource:
    """What the shot is made from; files are found from `folder`, and no pixel is decoded.

    A Photoshop file with several visible layers or with artboards is a layered drawing, unless the
    shot takes it whole. Raises InputError with the field for a file that is missing, damaged,
    smaller than 16 px on a side or larger than `max_pixels`; OSError.
    """
    if shot.prompt is not None:
        return Prompt(shot.prompt)
    files = drawing_files(shot, folder)
    field = "layers[0].picture" if shot.layers else "picture"
    try:
        layered = bool(shot.layers) or (not shot.whole and _is_in_layers(files[0]))
        size = check_picture(files[0], max_pixels=max_pixels)
    except InputError as error:
        raise replace(error, field=field) from error
    if layered:
        return LayeredDrawing(files, size, tuple(shot.layers), shot.artboard)
    return Drawing(files[0], size, shot.artboard)


def drawing_files(shot: Shot, folder: Path) -> tuple[Path, ...]:
    """The files that the shot's drawing is in, back to front; none for a shot from words."""
    names = [layer.picture for layer in shot.layers]
    if shot.picture is not None:
        names.append(shot.picture)
    return tuple(resolve_path(name, folder) for name in names)


def is_named_as_layered(shot: Shot) -> bool:
    """Whether its fields alone, before any file is opened, promise a drawing in layers."""
    if shot.picture is None:
        return bool(shot.layers)
    return not shot.whole and shot.picture.lower().endswith(PHOTOSHOP)


def _is_in_layers(path: Path) -> bool:
    return path.is_file() and is_psd(path) and has_layers(path)
