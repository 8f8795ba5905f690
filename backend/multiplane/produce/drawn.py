"""The pictures that a shot is made from, decoded: what is wrong with one names its field."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.intake.cast_pictures import CastPicture
from multiplane.intake.picture import load_cutout, load_picture
from multiplane.intake.shot_source import Drawing

_LOGGER = logging.getLogger(__name__)


def drawing_pixels(
    drawing: Drawing, warn: Callable[[str], None] = _LOGGER.info
) -> NDArray[np.uint8]:
    """A drawing (H, W, 3) sRGB. Raises as `load_picture`, with the shot's field."""
    try:
        return load_picture(drawing.file, warn=warn, artboard=drawing.artboard)
    except InputError as error:
        field = "artboard" if error.code == "picture.artboard_unknown" else "picture"
        raise replace(error, field=field) from error


def shown_pixels(picture: CastPicture) -> NDArray[np.uint8]:
    """A picture of the cast (H, W, 3) sRGB. Raises as `load_picture`, with the cast's field."""
    try:
        return load_picture(picture.file)
    except InputError as error:
        raise replace(error, field=picture.field) from error


def cast_pixels(picture: CastPicture) -> NDArray[np.uint8]:
    """A picture of the cast (H, W, 4) sRGB. Raises as `load_cutout`, with the cast's field."""
    try:
        return load_cutout(picture.file)
    except InputError as error:
        raise replace(error, field=picture.field) from error
