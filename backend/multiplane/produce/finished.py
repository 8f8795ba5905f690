"""Results of earlier runs: which of them still hold, and their layers for a new camera."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.contract.layer_edits import ShotEdits
from multiplane.contract.manifest import (
    CastLook,
    LayerEntry,
    Manifest,
    ModelEntry,
    NoticeEntry,
    PlateUse,
    UncorrectedLayer,
)
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.film_notices import told_of_film
from multiplane.deliver.result_files import png
from multiplane.deliver.shot import Tried
from multiplane.deliver.shot_pictures import picture_size
from multiplane.layers.hands.history import NOTHING_BY_HAND, ByHand
from multiplane.layers.hands.words import NO_WORDS, WordHeat
from multiplane.layers.stack import Layer
from multiplane.produce.hashes import Hashes


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
    by_hand: ByHand = NOTHING_BY_HAND
    words: WordHeat = NO_WORDS
    filled_by: str | None = None  # as in the manifest
    plate: PlateUse | None = None  # whose background it has
    cast: tuple[CastLook, ...] = ()
    tries: tuple[Tried, ...] = ()  # that were not kept


def is_unchanged(folder: Path, content_hash: str, edits: ShotEdits | None = None) -> bool:
    """Whether `folder` holds a whole result of exactly these inputs.

    edits: what the storyboard says that hands have changed, if it says anything.
    """
    shot = ShotFolder.whole(folder)
    if shot is None or shot.manifest.content_hash != content_hash:
        return False
    return edits is None or shot.manifest.edits == edits.edits


def has_picture(folder: Path, hashes: Hashes) -> bool:
    """Whether `folder` holds a result of this picture, with or without mattes by hand."""
    shot = ShotFolder.whole(folder)
    known = (hashes.picture, hashes.uncorrected)
    return shot is not None and shot.manifest.picture_hash in known


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
    folder: Path, picture_hash: str | None, size: tuple[int, int] | None
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
        layers = layers_of(folder, manifest)
        shown_words = manifest.files.words
        words = NO_WORDS
        if shown_words is not None:
            sheet = np.asarray(png(folder / shown_words, "L"))
            words = WordHeat.from_sheet([one.word for one in manifest.words], sheet)
        base = tuple(_layer(folder, one) for one in manifest.uncorrected_layers)
        tries = tuple(
            Tried(one.take, one.seed, one.likeness, np.asarray(png(folder / one.file, "RGB")))
            for one in manifest.tries
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
        notices=tuple(told_of_film(manifest.notices, None)),
        difference=difference,
        by_hand=dataclasses.replace(hands_of(manifest), base=base),
        words=words,
        filled_by=manifest.filled_by,
        plate=manifest.plate,
        cast=tuple(manifest.cast),
        tries=tries,
    )


def layers_of(folder: Path, manifest: Manifest) -> tuple[Layer, ...]:
    """The layers in a shot's folder, back to front. Raises OSError and ValueError."""
    return tuple(_layer(folder, one) for one in manifest.layers)


def earlier_edits(folder: Path) -> ByHand | None:
    """What hands have changed in the result that is in `folder`; None where none can be read."""
    try:
        return hands_of(ShotFolder.open(folder).manifest)
    except InputError:
        return None


def hands_of(manifest: Manifest) -> ByHand:
    """What the manifest says that hands have changed; the layers before are not read."""
    return ByHand(
        done=tuple(manifest.edits),
        undone=tuple(manifest.undone_edits),
        picture=manifest.edits_picture,
        left=tuple(manifest.left_edits),
        notices=tuple(manifest.uncorrected_notices),
    )


def _layer(folder: Path, entry: LayerEntry | UncorrectedLayer) -> Layer:
    """Raises OSError and ValueError for a file that is damaged."""
    return Layer(
        id=entry.id,
        name=entry.name,
        kind=entry.kind,
        rgba=np.asarray(png(folder / entry.file, "RGBA")),
        bbox=entry.bbox,
        phrase=entry.phrase or "",
        token_indices=tuple(entry.token_indices),
        nearness=entry.depth,
        confidence=entry.confidence,
        reason=entry.reason,
        cut_by=entry.cut_by or "",
    )


def _about(size: tuple[int, ...], wanted: tuple[int, int]) -> bool:
    return all(abs(side - other) <= 1 for side, other in zip(size, wanted, strict=True))
