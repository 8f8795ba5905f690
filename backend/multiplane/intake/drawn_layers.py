"""Drawings that are already cut: a shot's layer files, or the layers of its Photoshop file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import DrawnLayer
from multiplane.intake.picture import MAX_PIXELS, load_cutout
from multiplane.intake.psd_layers import PsdLayers, psd_layers
from multiplane.intake.shot_source import LayeredDrawing

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


def load_layers(
    drawing: LayeredDrawing,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
) -> DrawnStack:
    """The layers of a drawing, back to front.

    The canvas is the lowest listed file, or the Photoshop file's own canvas; where the lowest
    layer leaves it open, there is paper white (laid under it by `layers.artist_layers`). Empty and
    hidden layers are left out; `warn` gets that. Whether a Photoshop file's layers make
    its picture is not looked at here (`layers.merged`). Raises InputError with file, field and
    remedy for a file that is missing, damaged, or larger than `max_pixels`.
    """
    if drawing.listed:
        listed = [
            _read(layer, path, index, max_pixels, warn)
            for index, (layer, path) in enumerate(zip(drawing.listed, drawing.files, strict=True))
        ]
        return DrawnStack(drawing.size, _not_empty(listed, warn))
    try:
        return photoshop_stack(drawing.files[0], drawing.artboard, max_pixels=max_pixels, warn=warn)
    except InputError as error:
        field = "artboard" if error.code == "picture.artboard_unknown" else "picture"
        raise replace(error, field=field) from error


def photoshop_stack(
    path: Path,
    artboard: str | None = None,
    *,
    max_pixels: int = MAX_PIXELS,
    warn: Callable[[str], None] = _LOGGER.warning,
) -> DrawnStack:
    """The layers of a Photoshop file, or of one of its artboards; raises as `psd_layers` does."""
    found = psd_layers(path, max_pixels=max_pixels, artboard=artboard)
    listed = [
        DrawnPixels(layer.name or "layer", layer.rgba, layer.position) for layer in found.layers
    ]
    if not listed:
        width, height = found.size
        listed = [DrawnPixels("paper", np.zeros((height, width, 4), np.uint8))]
    return DrawnStack(found.size, _not_empty(listed, warn), found)


def _not_empty(
    listed: Sequence[DrawnPixels], warn: Callable[[str], None]
) -> tuple[DrawnPixels, ...]:
    kept = [listed[0]]
    for layer in listed[1:]:
        if layer.rgba[..., 3].any() and layer.opacity > 0:
            kept.append(layer)
        else:
            warn(f'The layer "{layer.name}" is empty, so it is left out.')
    return tuple(kept)


def _read(
    layer: DrawnLayer, path: Path, index: int, max_pixels: int, warn: Callable[[str], None]
) -> DrawnPixels:
    try:
        rgba = load_cutout(path, max_pixels=max_pixels, warn=warn)
    except InputError as error:
        raise replace(error, field=f"layers[{index}].picture") from error
    position = (0, 0) if index == 0 else layer.position
    return DrawnPixels(layer.name, rgba, position, layer.opacity, layer.drawing)
