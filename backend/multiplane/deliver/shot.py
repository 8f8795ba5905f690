"""A finished shot as a folder: manifest, picture, depth, layers, PSD and preview film."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.layout import (
    DEPTH,
    DIFFERENCE,
    MANIFEST,
    PICTURE,
    PSD,
    TRIES,
    UNCORRECTED,
    WORDS,
    film_name,
    layer_files,
)
from multiplane.contract.manifest import (
    NO_MODEL,
    CastLook,
    Checks,
    Files,
    LayerEntry,
    Manifest,
    Marker,
    ModelEntry,
    NoticeEntry,
    TriedTake,
    UncorrectedLayer,
    WordEntry,
)
from multiplane.deliver.film_check import FilmCheck, check_film, entry_of
from multiplane.deliver.film_notices import told_of_film
from multiplane.deliver.folder import replacing_folder
from multiplane.deliver.origin import origin
from multiplane.deliver.own_files import digests, made_in
from multiplane.deliver.png import write_depth_png, write_png
from multiplane.deliver.preview import write_preview
from multiplane.deliver.psd import write_psd
from multiplane.deliver.timecode import start_timecode
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.layers.hands.history import NOTHING_BY_HAND, ByHand
from multiplane.layers.hands.words import NO_WORDS, WordHeat
from multiplane.layers.stack import Layer, recomposition_error
from multiplane.stage.shot import Staged


@dataclass(frozen=True)
class Tried:
    """A painting of the shot that was not kept; take, seed, likeness as in the manifest."""

    take: int
    seed: int
    likeness: float | None
    picture: NDArray[np.uint8]  # (H, W, 3) sRGB


@dataclass(frozen=True)
class FinishedShot:
    """Everything that a shot is delivered from."""

    id: str
    prompt: str | None  # None for a drawing
    model: ModelEntry
    picture: NDArray[np.uint8]  # (H, W, 3) sRGB
    nearness: NDArray[np.float32]  # (H, W) 0 far, 1 near
    layers: tuple[Layer, ...]  # back to front
    staged: Staged
    markers: tuple[Marker, ...] = ()
    drawing_area: tuple[int, int, int, int] | None = None  # x, y, width, height px; None: all
    notices: tuple[NoticeEntry, ...] = ()
    difference: NDArray[np.uint8] | None = None  # (h, w, 3) where a file's layers differed
    film_check: FilmCheck | None = None  # of the staged move; None: not looked at yet
    start_timecode: str | None = None  # of its film; None: the one that its id alone gives
    by_hand: ByHand = NOTHING_BY_HAND
    words: WordHeat = NO_WORDS
    cast: tuple[CastLook, ...] = ()
    tries: tuple[Tried, ...] = ()


def deliver_shot(
    folder: Path,
    shot: FinishedShot,
    *,
    extra: Mapping[str, object] | None = None,
    film: bool = True,
    on_layers: Callable[[Path, Manifest], None] | None = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> Manifest:
    """Write the shot to ``folder``, whole or not at all; an earlier result is replaced last.

    Files that somebody else put there are kept (`made.carry_over`).

    film: whether to film it, too; without, the manifest names no preview. ``on_layers(fresh,
    manifest)`` is called as soon as layers and picture lie in the unfinished folder ``fresh``, with
    a manifest that names no preview and notes the digests of what is there.
    ``extra`` are further fields of the manifest (a content hash, the style); ``on_frame(done,
    total)`` follows the preview. Raises Failure for a full disk and the like.
    """
    with replacing_folder(folder, made_in) as fresh:
        manifest = manifest_of(shot, extra or {}, film=film)
        texts = origin(shot.id, shot.prompt, shot.model)
        _write_layers(fresh, shot.layers, [entry.file for entry in manifest.layers], texts)
        write_png(fresh / PICTURE, shot.picture, texts)
        if on_layers is not None:
            files = manifest.files.model_copy(update={"preview": None})
            on_layers(fresh, manifest.model_copy(update={"files": files, "sha256": digests(fresh)}))
        write_depth_png(fresh / DEPTH, shot.nearness, texts)
        uncorrected = [entry.file for entry in manifest.uncorrected_layers]
        _write_layers(fresh, shot.by_hand.base, uncorrected, texts)
        if shot.difference is not None:
            write_png(fresh / DIFFERENCE, shot.difference, texts)
        for tried, entry in zip(shot.tries, manifest.tries, strict=True):
            (fresh / entry.file).parent.mkdir(exist_ok=True)
            write_png(fresh / entry.file, tried.picture, texts)
        if shot.words.words:
            write_png(fresh / WORDS, shot.words.sheet, texts)
        write_psd(
            fresh / PSD,
            shot.picture,
            shot.layers,
            nearness=shot.nearness,
            origin=texts,
        )
        if film:
            write_preview(
                fresh / film_name(shot.id),
                shot.staged,
                shot.layers,
                timecode=manifest.start_timecode,
                on_frame=on_frame,
            )
        manifest = manifest.model_copy(update={"sha256": digests(fresh)})
        (fresh / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    return manifest


def _write_layers(
    folder: Path, layers: Sequence[Layer], names: Sequence[str], texts: Mapping[str, str]
) -> None:
    for layer, name in zip(layers, names, strict=True):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        write_png(file, layer.rgba, {**texts, "Title": layer.name})


def manifest_of(shot: FinishedShot, extra: Mapping[str, object], *, film: bool = True) -> Manifest:
    """The shot's manifest. The recomposition is checked here, on the very pixels delivered."""
    files = layer_files([layer.name for layer in shot.layers])
    cut_out = shot.model.name != NO_MODEL
    check = shot.film_check or check_film(shot.layers, shot.staged, cut_out=cut_out)
    seen = entry_of(check, shot.staged)
    entries = [
        LayerEntry(
            id=layer.id,
            name=layer.name,
            kind=layer.kind,
            file=file,
            phrase=layer.phrase or None,
            token_indices=list(layer.token_indices),
            bbox=layer.bbox,
            depth=min(max(float(layer.nearness), 0.0), 1.0),
            z=plane.z,
            position=plane.position,
            anchor=plane.anchor,
            scale=plane.scale,
            confidence=min(max(float(layer.confidence), 0.0), 1.0),
            reason=layer.reason,
            cut_by=layer.cut_by or None,
        )
        for layer, file, plane in zip(shot.layers, files, shot.staged.planes, strict=True)
    ]
    return Manifest.model_validate(
        {
            **extra,
            "shot_id": shot.id,
            "original_prompt": shot.prompt,
            "model": shot.model,
            "comp": shot.staged.comp,
            "layers": entries,
            "camera": shot.staged.entry(),
            "markers": list(shot.markers),
            "drawing_area": shot.drawing_area,
            "files": Files(
                picture=PICTURE,
                depth=DEPTH,
                preview=film_name(shot.id) if film else None,
                psd=PSD,
                difference=None if shot.difference is None else DIFFERENCE,
                words=WORDS if shot.words.words else None,
            ),
            "start_timecode": shot.start_timecode
            or start_timecode(shot.id, exact_rate(shot.staged.comp.fps)),
            "notices": told_of_film(shot.notices, seen),
            "edits": list(shot.by_hand.done),
            "undone_edits": list(shot.by_hand.undone),
            "edits_picture": shot.by_hand.picture,
            "left_edits": list(shot.by_hand.left),
            "uncorrected_layers": _uncorrected(shot.by_hand.base),
            "uncorrected_notices": list(shot.by_hand.notices),
            "words": word_entries(shot.words),
            "cast": list(shot.cast),
            "tries": [
                TriedTake(
                    take=one.take,
                    seed=one.seed,
                    likeness=one.likeness,
                    file=f"{TRIES}/take-{one.take}.png",
                )
                for one in shot.tries
            ],
            "checks": Checks(
                recomposition_max_error=recomposition_error(shot.layers, shot.picture),
                film=seen,
            ),
        }
    )


def word_entries(words: WordHeat) -> list[WordEntry]:
    """What the manifest says of the words whose heatmaps are kept."""
    return [
        WordEntry(
            word=word,
            coverage=round(words.coverage(index), 4),
            compactness=round(words.compactness(index), 4),
        )
        for index, word in enumerate(words.words)
    ]


def _uncorrected(layers: Sequence[Layer]) -> list[UncorrectedLayer]:
    files = layer_files([layer.name for layer in layers], UNCORRECTED) if layers else []
    return [
        UncorrectedLayer(
            id=layer.id,
            name=layer.name,
            kind=layer.kind,
            file=file,
            phrase=layer.phrase or None,
            token_indices=list(layer.token_indices),
            bbox=layer.bbox,
            depth=min(max(float(layer.nearness), 0.0), 1.0),
            confidence=min(max(float(layer.confidence), 0.0), 1.0),
            reason=layer.reason,
            cut_by=layer.cut_by or None,
        )
        for layer, file in zip(layers, files, strict=True)
    ]
