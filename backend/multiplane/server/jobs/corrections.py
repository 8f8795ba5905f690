"""Layers of one shot of a job changed by hand: the storyboard says the edits from then on."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.layer_edits import (
    MOST_EDITS,
    LayerEdit,
    MatteEdit,
    MergeEdit,
    NewEdit,
    OrderEdit,
    RenameEdit,
    SplitEdit,
    WordsEdit,
)
from multiplane.contract.manifest import Manifest
from multiplane.contract.matte_png import matte_bytes
from multiplane.contract.messages_common import WordView
from multiplane.contract.messages_server import WordMaps
from multiplane.contract.names import folder_name
from multiplane.contract.read_edit import edit_of
from multiplane.server.jobs import tables
from multiplane.server.jobs.shot_reader import read_made


def check(folder: Path, edit: LayerEdit, pending: list[LayerEdit]) -> str | None:
    """See that a shot that was made into `folder` has what the edit names.

    pending: edits that the storyboard has; the shot in the folder may not have all of them yet.
    Returns the fingerprint of the picture that its edits are of, if it has any. Raises InputError,
    and Failure `shot.not_finished` when nothing was made yet.
    """
    manifest, size = read_made(folder)
    known = _known(manifest, pending)
    for field, name in _named(edit):
        if name.casefold() not in known:
            names = [one.name for one in manifest.layers]
            raise unknown_name("layer.unknown", "layer", name, names, field=f"edit.{field}")
    if isinstance(edit, MatteEdit):
        matte_bytes(edit.png, size if manifest.drawing_area is None else manifest.drawing_area[2:])
    if isinstance(edit, WordsEdit):
        words = {one.word.casefold(): one.word for one in manifest.words}
        for word in edit.words:
            if word.casefold() not in words:
                options = list(words.values()) or ["none"]
                raise unknown_name("layer.word_unknown", "word", word, options, field="edit.words")
    return manifest.edits_picture


def with_edit(
    job: tables.Job, shot: tables.Shot, edit: LayerEdit, picture: str | None
) -> dict[str, Any]:
    """The job's storyboard with another edit for this shot. Raises InputError."""
    document, entry = _entry(job, shot)
    done, _ = _lists(entry)
    if len(done) >= MOST_EDITS:
        raise InputError(
            "layer.too_many_edits",
            "This shot has {count} edits; no more are kept.",
            field="shot",
            value=shot.name,
            remedy="Undo some that no longer count.",
            values={"count": len(done)},
        )
    said = entry.get("edits") or {}
    entry["edits"] = {
        "edits": [*done, edit.model_dump(mode="json")],
        "undone": [],
        "picture": said.get("picture") or picture,
    }
    return document


def without_last(job: tables.Job, shot: tables.Shot) -> dict[str, Any]:
    """The job's storyboard without the shot's last edit. Raises InputError when it has none."""
    document, entry = _entry(job, shot)
    done, undone = _lists(entry)
    if not done:
        raise InputError(
            "layer.nothing_to_undo",
            "No layer of this shot was changed by hand.",
            field="shot",
            value=shot.name,
        )
    entry["edits"] = {**entry["edits"], "edits": done[:-1], "undone": [*undone, done[-1]]}
    return document


def with_undone(job: tables.Job, shot: tables.Shot) -> dict[str, Any]:
    """The job's storyboard with the edit that was taken back last. Raises InputError."""
    document, entry = _entry(job, shot)
    done, undone = _lists(entry)
    if not undone:
        raise InputError(
            "layer.nothing_to_redo",
            "No edit of this shot was taken back.",
            field="shot",
            value=shot.name,
        )
    entry["edits"] = {**entry["edits"], "edits": [*done, undone[-1]], "undone": undone[:-1]}
    return document


def edits_of(job: tables.Job, shot: tables.Shot) -> list[LayerEdit]:
    """The edits that the job's storyboard has for the shot."""
    return [edit_of(one) for one in _lists(_entry(job, shot)[1])[0]]


def words(folder: Path, *, maps: bool) -> WordMaps:
    """The words of a made shot, and their heatmaps.

    Raises InputError for heatmaps that are damaged, Failure `shot.not_finished`.
    """
    # A server that waits needs no pictures.
    from multiplane.deliver.result_files import png

    manifest, size = read_made(folder)
    strips: list[str | None] = [None] * len(manifest.words)
    if maps and manifest.words and manifest.files.words is not None:
        path = folder / manifest.files.words
        try:
            sheet = png(path, "L")
        except OSError as error:
            raise InputError(
                "layer.words_damaged",
                "The heatmaps of this shot cannot be read.",
                file=str(path),
                remedy="Render the shot again: it makes anew what is damaged.",
            ) from error
        width, high = sheet.width, sheet.height // len(manifest.words)
        for number in range(len(manifest.words)):
            file = io.BytesIO()
            sheet.crop((0, number * high, width, (number + 1) * high)).save(file, "PNG")
            strips[number] = base64.b64encode(file.getvalue()).decode()
    views = [
        WordView(word=one.word, coverage=one.coverage, compactness=one.compactness, png=strip)
        for one, strip in zip(manifest.words, strips, strict=True)
    ]
    return WordMaps(words=views, area=manifest.drawing_area or (0, 0, *size))


def _named(edit: LayerEdit) -> Iterator[tuple[str, str]]:
    """(field, name) of every layer that an edit speaks of."""
    match edit:
        case NewEdit() | WordsEdit():
            return
        case MergeEdit():
            yield from ((f"layers[{number}]", name) for number, name in enumerate(edit.layers))
        case OrderEdit():
            yield "layer", edit.layer
            if edit.in_front_of is not None:
                yield "in_front_of", edit.in_front_of
            if edit.behind is not None:
                yield "behind", edit.behind
        case _:
            yield "layer", edit.layer


def _known(manifest: Manifest, pending: list[LayerEdit]) -> set[str]:
    """Names and ids of layers, in lower case, that there are or may be after those edits."""
    known = {name for layer in manifest.layers for name in (layer.id, layer.name)}
    known |= {name for one in manifest.uncorrected_layers for name in (one.id, one.name)}
    for edit in pending:
        names: list[str] = []
        match edit:
            case NewEdit() | RenameEdit():
                names = [edit.name]
            case WordsEdit():
                names = [edit.name or " ".join(edit.words)]
            case MergeEdit() if edit.name is not None:
                names = [edit.name]
            case SplitEdit():
                names = [part.name for part in edit.parts]
        # Clients see layers, and their ids, before the shot is finished (`ShotView.cut`).
        known |= {*names, *(folder_name(name, known) for name in names), *map(folder_name, names)}
    return {name.casefold() for name in known}


def _lists(entry: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    said = entry.get("edits") or {}
    return list(said.get("edits") or []), list(said.get("undone") or [])


def _entry(job: tables.Job, shot: tables.Shot) -> tuple[dict[str, Any], dict[str, Any]]:
    document: dict[str, Any] = json.loads(job.storyboard)
    entry = document["shots"][shot.number]
    if not isinstance(entry, dict):
        raise InputError("shot.unusable", "This shot is no object.", field="shot", value=shot.name)
    return document, entry
