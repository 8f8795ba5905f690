"""Mattes by hand: what an artist has painted for a layer of a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.intake.paths import resolve_path
from multiplane.intake.picture import check_picture, load_cutout

_ASPECT_OFF = 0.02
"""A matte's aspect ratio may differ from the picture's by this share, from rounding its size."""


def matte_files(shot: Shot, folder: Path) -> tuple[Path, ...]:
    """Where the shot's mattes by hand are, in their order."""
    return tuple(resolve_path(matte.matte, folder) for matte in shot.mattes)


def check_matte(path: Path, size: tuple[int, int]) -> None:
    """Look at a matte's header only. Raises InputError as `load_matte`, but for damaged pixels."""
    width, height = check_picture(path, min_side=1)
    ratio = (width / height) / (size[0] / size[1])
    if not 1.0 - _ASPECT_OFF < ratio < 1.0 + _ASPECT_OFF:
        raise InputError(
            "matte.aspect",
            "The matte has another aspect ratio than the picture.",
            file=str(path),
            value=f"{width} x {height}",
            remedy="Paint it over the picture, at {width} x {height} px.",
            values={"width": size[0], "height": size[1]},
        )


def load_matte(path: Path, size: tuple[int, int]) -> NDArray[np.float32]:
    """The matte (H, W) 0..1 for a picture of `size` (width, height) px.

    Its alpha is the matte; where the file is opaque all over, its brightness is. Raises
    InputError for a file that is missing, damaged, or of another aspect ratio.
    """
    import cv2  # a server that only looks at headers does without

    check_matte(path, size)
    rgba = load_cutout(path)
    clear = bool((rgba[..., 3] < 255).any())
    values = rgba[..., 3] if clear else cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)
    matte = values.astype(np.float32) / np.float32(255.0)
    if matte.shape[::-1] != size:
        smaller = size[0] < matte.shape[1]
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        matte = np.asarray(cv2.resize(matte, size, interpolation=how), np.float32)
    return matte


def load_mattes(
    shot: Shot, folder: Path, size: tuple[int, int]
) -> list[tuple[str, NDArray[np.float32]]]:
    """(layer's id, matte) of all mattes of the shot. Raises as `load_matte`, with the field."""
    loaded = []
    for index, (matte, path) in enumerate(zip(shot.mattes, matte_files(shot, folder), strict=True)):
        try:
            loaded.append((matte.layer, load_matte(path, size)))
        except InputError as error:
            raise replace(error, field=f"mattes[{index}].matte") from error
    return loaded
