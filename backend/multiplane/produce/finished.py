"""Results of earlier runs: which of them still hold, and their layers for a new camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import ModelEntry, NoticeEntry
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.result_files import png
from multiplane.deliver.shot_pictures import picture_size
from multiplane.layers.stack import Layer


@dataclass(frozen=True)
class CutPicture:
    """A picture cut into layers, before any camera. Layers back to front."""

    prompt: str | None
    model: ModelEntry
    picture: NDArray[np.uint8]  # (H, W, 3)
    nearness: NDArray[np.float32]  # (H, W)
    layers: tuple[Layer, ...]
    drawing_area: tuple[int, int, int, int] | None = None  # as in the manifest
    notices: tuple[NoticeEntry, ...] = ()
    difference: NDArray[np.uint8] | None = None  # (h, w, 3), of the manifest's files


def is_unchanged(folder: Path, content_hash: str) -> bool:
    """Whether `folder` holds a whole result of exactly these inputs."""
    shot = ShotFolder.whole(folder)
    return shot is not None and shot.manifest.content_hash == content_hash


def drawing_size(folder: Path) -> tuple[int, int] | None:
    """(width, height) px of the artist's own pixels in the drawing of an earlier result."""
    shot = ShotFolder.whole(folder)
    if shot is None:
        return None
    if shot.manifest.drawing_area is not None:
        return shot.manifest.drawing_area[2:]
    try:
        return picture_size(shot)
    except InputError:
        return None


def reusable_cut(
    folder: Path, picture_hash: str, size: tuple[int, int] | None
) -> CutPicture | None:
    """The cut of an earlier result of the same picture, or None.

    size: the (width, height) px that the layers should have, give or take one, because earlier
    versions rounded otherwise; None where the picture's own counts.
    """
    shot = ShotFolder.whole(folder)
    if shot is None or shot.manifest.picture_hash != picture_hash:
        return None
    manifest = shot.manifest
    try:
        picture = np.asarray(png(folder / manifest.files.picture, "RGB"))
        if size is not None and not _about(picture.shape[1::-1], size):
            return None
        depth = np.asarray(png(folder / str(manifest.files.depth)), np.float32)
        shown = manifest.files.difference
        difference = None if shown is None else np.asarray(png(folder / shown))
        layers = tuple(
            Layer(
                id=one.id,
                name=one.name,
                kind=one.kind,
                rgba=np.asarray(png(folder / one.file, "RGBA")),
                bbox=one.bbox,
                phrase=one.phrase or "",
                token_indices=tuple(one.token_indices),
                nearness=one.depth,
                confidence=one.confidence,
                reason=one.reason,
            )
            for one in manifest.layers
        )
    except (OSError, ValueError):
        # Damaged files: the shot is simply made anew.
        return None
    return CutPicture(
        prompt=manifest.original_prompt,
        model=manifest.model,
        picture=picture,
        nearness=depth / np.float32(65535.0),
        layers=layers,
        drawing_area=manifest.drawing_area,
        notices=tuple(manifest.notices),
        difference=difference,
    )


def _about(size: tuple[int, ...], wanted: tuple[int, int]) -> bool:
    return all(abs(side - other) <= 1 for side, other in zip(size, wanted, strict=True))
