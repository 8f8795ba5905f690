"""Drawings that are already cut: a shot's layer files, or the layers of its Photoshop file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.intake.picture import MAX_PIXELS, check_picture, load_cutout
from multiplane.intake.psd_file import has_layers, is_psd, psd_layers, psd_size
from multiplane.intake.read_storyboard import resolve_path

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class DrawnPixels:
    """One drawn layer as the artist made it.

    rgba: (H, W, 4) sRGB, straight alpha, without the opacity. position: of its top left corner
    on the canvas, px; layers may reach outside of it. opacity: 0..1.
    """

    name: str
    rgba: NDArray[np.uint8]
    position: tuple[int, int] = (0, 0)
    opacity: float = 1.0


def is_drawn_in_layers(shot: Shot, folder: Path) -> bool:
    """Whether the shot is already cut: it lists layers, or its picture is a PSD with several.

    Raises InputError `picture.damaged` with the field, and OSError.
    """
    if shot.layers:
        return True
    if shot.picture is None:
        return False
    path = resolve_path(shot.picture, folder)
    try:
        return path.is_file() and is_psd(path) and has_layers(path)
    except InputError as error:
        raise replace(error, field="picture") from error


def layer_files(shot: Shot, folder: Path) -> tuple[Path, ...]:
    """The files that the shot's drawing is in; none for a shot with a prompt."""
    names = [one.picture for one in shot.layers] or [shot.picture] * (shot.picture is not None)
    return tuple(resolve_path(str(name), folder) for name in names)


def load_drawn_layers(
    shot: Shot,
    folder: Path,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
) -> tuple[DrawnPixels, ...] | None:
    """The layers of a shot that is already cut, back to front; None for any other shot.

    The lowest one is opaque and as large as the canvas, which is the lowest listed file, or the
    Photoshop file's own canvas: where it is transparent there is paper white. Empty and hidden
    layers are left out; `warn` hears of that and of what a Photoshop file makes necessary (see
    `psd_file.psd_layers`). Raises InputError with file, field and remedy for a file that is
    missing, damaged, or larger than `max_pixels`.
    """
    if not is_drawn_in_layers(shot, folder):
        return None
    if shot.layers:
        listed = [_read(shot, index, folder, max_pixels, warn) for index in range(len(shot.layers))]
        size = (listed[0].rgba.shape[1], listed[0].rgba.shape[0])
    else:
        path = resolve_path(str(shot.picture), folder)
        try:
            check_picture(path, max_pixels=max_pixels)
            found = psd_layers(path, max_pixels=max_pixels, warn=warn)
        except InputError as error:
            raise replace(error, field="picture") from error
        listed = [DrawnPixels(one.name or "layer", one.rgba, one.position) for one in found]
        size = psd_size(path)
    lowest = on_paper(listed[0], size) if listed else _paper(size)
    kept = [lowest]
    for one in listed[1:]:
        if one.rgba[..., 3].any() and one.opacity > 0:
            kept.append(one)
        else:
            warn(f'The layer "{one.name}" is empty, so it is left out.')
    return tuple(kept)


def on_paper(layer: DrawnPixels, size: tuple[int, int]) -> DrawnPixels:
    """`layer` over paper white, cropped or grown to a canvas of `size` (width, height) px."""
    sheet = _paper(size)
    x, y = layer.position
    high, wide = layer.rgba.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(size[0], x + wide), min(size[1], y + high)
    if left < right and top < bottom:
        drawn = layer.rgba[top - y : bottom - y, left - x : right - x].astype(np.float32)
        share = drawn[..., 3:] * np.float32(layer.opacity / 255.0)
        mixed = share * drawn[..., :3] + (1.0 - share) * 255.0
        sheet.rgba[top:bottom, left:right, :3] = np.rint(mixed).astype(np.uint8)
    return replace(sheet, name=layer.name)


def _paper(size: tuple[int, int]) -> DrawnPixels:
    return DrawnPixels("paper", np.full((size[1], size[0], 4), 255, np.uint8))


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
    return DrawnPixels(one.name, rgba, position, one.opacity)
