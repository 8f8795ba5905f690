"""The pixels of a finished shot, read from its folder, and the shot before its camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import LayerEntry
from multiplane.contract.output_folder import ShotFolder, damaged, no_shot
from multiplane.deliver.result_files import open_png, png

if TYPE_CHECKING:
    from multiplane.stage.shot import Staged


@dataclass(frozen=True)
class PaintedLayer:
    """A layer's pixels, read from its file: (h, w, 4) sRGB, straight alpha."""

    rgba: NDArray[np.uint8]


def picture_size(shot: ShotFolder) -> tuple[int, int]:
    """(width, height) px of the shot's picture. Raises InputError."""
    path = shot.path / shot.manifest.files.picture
    try:
        with open_png(path) as picture:
            return picture.size
    except FileNotFoundError as error:
        raise no_shot(shot.path, path.name) from error
    except OSError as error:
        raise damaged(path, error) from error


def painted_layers(shot: ShotFolder) -> tuple[PaintedLayer, ...]:
    """Back to front. Raises InputError for a file that is missing or damaged."""
    return tuple(_layer(shot, entry) for entry in shot.manifest.layers)


def staged(shot: ShotFolder) -> Staged:
    """The shot before its camera. Raises InputError."""
    from multiplane.stage.finished import staged_of

    try:
        return staged_of(shot.manifest, picture_size(shot))
    except KeyError as error:
        raise damaged(shot.path, error) from error


def _layer(shot: ShotFolder, entry: LayerEntry) -> PaintedLayer:
    path = shot.path / entry.file
    try:
        rgba = np.asarray(png(path, "RGBA"))
    except OSError as error:
        raise damaged(path, error) from error
    if rgba.shape[1::-1] != entry.bbox[2:]:
        raise damaged(path, ValueError("it has another size than the manifest says"))
    return PaintedLayer(rgba)
