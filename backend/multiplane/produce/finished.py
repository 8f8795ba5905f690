"""Results of earlier runs: which of them still hold, and their layers for a new camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from multiplane.contract.manifest import Manifest, ModelEntry, NoticeEntry
from multiplane.deliver.result_files import open_png, png
from multiplane.deliver.shot import read_manifest
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


def whole_manifest(folder: Path) -> Manifest | None:
    """The manifest in `folder` when it can be read and all files that it names are there."""
    try:
        manifest = read_manifest(folder)
    except (OSError, ValidationError, ValueError):
        return None
    files = manifest.files
    named = [files.picture, files.depth, files.preview, files.psd, files.difference]
    named += [layer.file for layer in manifest.layers]
    return manifest if all((folder / name).is_file() for name in named if name) else None


def is_unchanged(folder: Path, content_hash: str) -> bool:
    """Whether `folder` holds a whole result of exactly these inputs."""
    manifest = whole_manifest(folder)
    return manifest is not None and manifest.content_hash == content_hash


def drawing_size(folder: Path) -> tuple[int, int] | None:
    """(width, height) px of the artist's own pixels in the drawing of an earlier result."""
    manifest = whole_manifest(folder)
    if manifest is None:
        return None
    if manifest.drawing_area is not None:
        return manifest.drawing_area[2:]
    try:
        with open_png(folder / manifest.files.picture) as picture:
            return picture.size
    except OSError:
        return None


def reusable_cut(
    folder: Path, picture_hash: str, size: tuple[int, int] | None
) -> CutPicture | None:
    """The cut of an earlier result of the same picture, or None.

    size: the (width, height) px that the layers should have, give or take one, because earlier
    versions rounded otherwise; None where the picture's own counts.
    """
    manifest = whole_manifest(folder)
    if manifest is None or manifest.picture_hash != picture_hash:
        return None
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
