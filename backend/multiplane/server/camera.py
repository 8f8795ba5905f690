"""Another camera for one shot of a job: the storyboard says it from then on."""

from __future__ import annotations

import json
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import check_preset
from multiplane.contract.storyboard import CameraMove, Shot
from multiplane.server import tables

KEEP_LAYERS = "keep_layers"
"""A job's own field beside the storyboard's: ids of shots whose camera alone was changed."""


def with_camera(
    job: tables.Job, shot: tables.Shot, move: CameraMove, presets: list[str]
) -> dict[str, Any]:
    """The job's storyboard with `move` in this shot, whose layers are to be kept.

    Raises InputError for an unknown preset.
    """
    document: dict[str, Any] = json.loads(job.storyboard)
    entry = document["shots"][shot.number]
    if not isinstance(entry, dict):
        raise InputError("shot.unusable", "This shot is no object.", field="shot", value=shot.name)
    probe = Shot(prompt="any", camera=move, duration=600)
    check_preset(probe, presets, file="storyboard", at=f"shots[{shot.number}]")
    entry["camera"] = move.model_dump(mode="json", by_alias=True, exclude_none=True)
    document[KEEP_LAYERS] = sorted({shot.name, *keeping_layers(document)})
    return document


def keeping_layers(document: dict[str, Any]) -> list[str]:
    """Ids of shots that keep their layers whatever the camera needs; a client may have sent any."""
    names = document.get(KEEP_LAYERS)
    return [one for one in names if isinstance(one, str)] if isinstance(names, list) else []
