"""Mattes painted by hand for one shot of a job; the storyboard names them from then on."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.server.jobs import tables
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.shot_reader import read_made
from multiplane.server.jobs.submission import UPLOAD

MOST = 200
"""Mattes of one shot; older ones of the same layer do not count and are dropped."""


async def take_png(results: SharedResults, text: str) -> str:
    """Keep a picture that came in Base64 as an upload; returns its SHA-256.

    Raises InputError `mask.not_base64`.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("mask.not_base64", "This is not Base64.", field="png") from None
    with results.blobs.incoming() as path:
        await asyncio.to_thread(path.write_bytes, data)
        sha256, size = await asyncio.to_thread(results.blobs.add, path)
        results.note_upload(sha256, size)
    return sha256


def check(folder: Path, layer: str, matte: Path) -> None:
    """See that a shot that was made into `folder` has this layer, and that the matte fits it.

    Raises InputError, and Failure `shot.not_finished` when nothing was made yet.
    """
    from multiplane.intake.mattes import check_matte

    manifest, size = read_made(folder)
    known = [one.id for one in manifest.cut_layers]
    if layer not in known:
        raise unknown_name("mask.layer_unknown", "layer", layer, known or ["none"], field="layer")
    check_matte(matte, size if manifest.drawing_area is None else manifest.drawing_area[2:])


def with_matte(job: tables.Job, shot: tables.Shot, layer: str, sha256: str) -> dict[str, Any]:
    """The job's storyboard with another matte for this shot. Raises InputError."""
    document, entry = _entry(job, shot)
    if entry.get("layers"):
        raise InputError(
            "storyboard.shot.layers_and_mattes",
            "The shot's layers are drawn: their own alpha counts.",
            field="shot",
            value=shot.name,
        )
    mattes = [*entry.get("mattes", []), {"layer": layer, "matte": f"{UPLOAD}{sha256}"}]
    while len(mattes) > MOST:
        mattes.pop(_oldest_covered(mattes))
    entry["mattes"] = mattes
    return document


def without_last(job: tables.Job, shot: tables.Shot) -> dict[str, Any]:
    """The job's storyboard without the shot's last matte. Raises InputError when it has none."""
    document, entry = _entry(job, shot)
    if not entry.get("mattes"):
        raise InputError(
            "mask.nothing_to_undo",
            "No layer of this shot was corrected by hand.",
            field="shot",
            value=shot.name,
        )
    entry["mattes"] = entry["mattes"][:-1]
    if not entry["mattes"]:
        del entry["mattes"]
    return document


def _entry(job: tables.Job, shot: tables.Shot) -> tuple[dict[str, Any], dict[str, Any]]:
    document: dict[str, Any] = json.loads(job.storyboard)
    entry = document["shots"][shot.number]
    if not isinstance(entry, dict):
        raise InputError("shot.unusable", "This shot is no object.", field="shot", value=shot.name)
    return document, entry


def _oldest_covered(mattes: list[dict[str, Any]]) -> int:
    """Index of the oldest matte whose layer has a later one; the oldest of all without any."""
    for index, matte in enumerate(mattes):
        if any(later["layer"] == matte["layer"] for later in mattes[index + 1 :]):
            return index
    return 0
