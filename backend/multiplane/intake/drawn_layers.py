"""Drawings that are already cut: a shot's layer files, or the layers of its Photoshop file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.intake.paths import resolve_path
from multiplane.intake.picture import MAX_PIXELS, check_picture, load_cutout
from multiplane.intake.psd_file import has_layers, is_psd
from multiplane.intake.psd_layers import PsdLayers, psd_layers

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class DrawnPixels:
    """One drawn layer as the artist made it.

    rgba: (H, W, 4) sRGB, straight alpha, without the opacity. position: of its top left corner
    on the canvas, px; layers may reach outside of it. opacity: 0..1. drawing: neighbours with the
    same name here are one drawing.
    """

    name: str
    rgba: NDArray[np.uint8]
    position: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    drawing: str | None = None


@dataclass(frozen=True)
class DrawnStack:
    """layers: back to front. size: (width, height) px of the canvas that they are on.

    photoshop: what else a Photoshop file says of them; None for listed files.
    """

    size: tuple[int, int]
    layers: tuple[DrawnPixels, ...]
    photoshop: PsdLayers | None = None


def is_drawn_in_layers(shot: Shot, folder: Path) -> bool:
    """Whether the shot is already cut: it lists layers, or its picture is a PSD with several.

    A PSD that the shot takes whole is not.

    Raises InputError `picture.damaged` with the field, and OSError.
    """
    if shot.layers:
        return True
    if shot.picture is None or shot.whole:
        return False
    path = resolve_path(shot.picture, folder)
    try:
        return path.is_file() and is_psd(path) and has_layers(path)
    except InputError as error:
        raise replace(error, field="picture") from error


def layer_files(shot: Shot, folder: Path) -> tuple[Path, ...]:
    """The files that the shot's drawing is in; none for a shot with a prompt."""
    names = [one.picture for one in shot.layers]
    if shot.picture is not None:
        names.append(shot.picture)
    return tuple(resolve_path(name, folder) for name in names)


def load_drawn_layers(
    shot: Shot,
    folder: Path,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
) -> DrawnStack | None:
    """The layers of a shot that is already cut, back to front; None for any other shot.

    The canvas is the lowest listed file, or the Photoshop file's own canvas; where the lowest
    layer leaves it open, there is paper white (laid under it by `layers.ready`). Empty and hidden
    layers are left out; `warn` hears of that and of what a Photoshop file makes necessary (see
    `psd_layers`). Whether a Photoshop file's layers make its picture is not looked at here
    (`layers.merged`). Raises InputError with file, field and remedy for a file that is
    missing, damaged, or larger than `max_pixels`.
    """
    if not is_drawn_in_layers(shot, folder):
        return None
    if not shot.layers:
        path = resolve_path(str(shot.picture), folder)
        try:
            check_picture(path, max_pixels=max_pixels)
            return photoshop_stack(path, shot.artboard, max_pixels=max_pixels, warn=warn)
        except InputError as error:
            field = "artboard" if error.code == "picture.artboard_unknown" else "picture"
            raise replace(error, field=field) from error
    listed = [_read(shot, index, folder, max_pixels, warn) for index in range(len(shot.layers))]
    size = (listed[0].rgba.shape[1], listed[0].rgba.shape[0])
    return DrawnStack(size, _not_empty(listed, warn))


def photoshop_stack(
    path: Path,
    artboard: str | None = None,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
) -> DrawnStack:
    """The layers of a Photoshop file, or of one of its artboards; raises as `psd_layers` does."""
    found = psd_layers(path, max_pixels=max_pixels, warn=warn, artboard=artboard)
    listed = [DrawnPixels(one.name or "layer", one.rgba, one.position) for one in found.layers]
    if not listed:
        width, height = found.size
        listed = [DrawnPixels("paper", np.zeros((height, width, 4), np.uint8))]
    return DrawnStack(found.size, _not_empty(listed, warn), found)


def _not_empty(
    listed: Sequence[DrawnPixels], warn: Callable[[str], None]
) -> tuple[DrawnPixels, ...]:
    kept = [listed[0]]
    for one in listed[1:]:
        if one.rgba[..., 3].any() and one.opacity > 0:
            kept.append(one)
        else:
            warn(f'The layer "{one.name}" is empty, so it is left out.')
    return tuple(kept)


def _read(
    shot: Shot, index: int, folder: Path, max_pixels: int, warn: Callable[[str], None]
) -> DrawnPixels:
    one = shot.layers[index]
    path = resolve_path(one.picture, folder)
    try:
        if index == 0:
            check_picture(path, max_pixels=max_pixels)
        rgba = load_cutout(path, max_pixels=max_pixels, warn=warn)
    except InputError as error:
        raise replace(error, field=f"layers[{index}].picture") from error
    position = (0, 0) if index == 0 else one.position
    return DrawnPixels(one.name, rgba, position, one.opacity, one.drawing)
