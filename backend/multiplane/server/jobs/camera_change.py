"""Another camera for one shot of a job; the storyboard has it from then on."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import check_preset
from multiplane.contract.layout import MANIFEST
from multiplane.contract.manifest import NO_MODEL, FilmFinding, Manifest
from multiplane.contract.messages_common import LayerPlace, ShownEdge
from multiplane.contract.messages_server import CameraApplied
from multiplane.contract.storyboard import CameraMove, Shot
from multiplane.server.jobs import tables
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.shot_reader import read_made

if TYPE_CHECKING:
    from multiplane.stage.shot import Staged


def with_camera(
    job: tables.Job, shot: tables.Shot, move: CameraMove, presets: list[str]
) -> dict[str, Any]:
    """The job's storyboard with `move` in this shot.

    Raises InputError for an unknown preset.
    """
    document: dict[str, Any] = json.loads(job.storyboard)
    entry = document["shots"][shot.number]
    if not isinstance(entry, dict):
        raise InputError("shot.unusable", "This shot is no object.", field="shot", value=shot.name)
    probe = Shot(prompt="any", camera=move, duration=600)
    check_preset(probe, presets, file="storyboard", at=f"shots[{shot.number}]")
    said = move.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    entry["camera"] = {"preset": move.preset, **said}
    return document


@contextlib.contextmanager
def folder_of_cut(manifest: str, blobs: Blobs, work: Path) -> Iterator[Path]:
    """Layers that are being filmed, as a shot's folder for as long as something is asked of them.

    manifest: of them, by its SHA-256. Raises OSError for files that are not there.
    """
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cut-", dir=work) as name:
        folder = Path(name)
        blobs.place(manifest, folder / MANIFEST)
        said = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        for file, digest in (said.sha256 or {}).items():
            blobs.place(digest, folder / file)
        yield folder


def applied(
    folder: Path, move: CameraMove, overscan: float | None, *, check: bool = False
) -> CameraApplied:
    """What a made shot's camera and layers will be with `move`: as its worker stages them.

    overscan: the storyboard's own, if it has one. check: read the layers and look at the worst
    frames. Any thread may ask. Raises InputError for a move that cannot be, Failure
    `shot.not_finished`.
    """
    from multiplane.stage.finished import overscan_with, staged_anew

    manifest, size = read_made(folder)
    wider = overscan_with(move, manifest, size, overscan)
    staged = staged_anew(move, manifest, size, overscan=wider)
    return CameraApplied(
        camera=staged.entry(),
        layers=[
            LayerPlace(
                id=plane.id,
                z=plane.z,
                position=plane.position,
                anchor=plane.anchor,
                scale=plane.scale,
            )
            for plane in staged.planes
        ],
        warnings=list(staged.warnings),
        edges=[
            ShownEdge(frame=edge.frame, layer=edge.plane, side=edge.side)
            for edge in staged.asked_edges
        ],
        found=_found(folder, manifest, staged) if check else None,
    )


def _found(folder: Path, manifest: Manifest, staged: Staged) -> list[FilmFinding] | None:
    """What must not show in the worst frames; None where the layers cannot be read any more."""
    from multiplane.deliver.film_check import check_film, entry_of
    from multiplane.produce.finished import layers_of

    try:
        layers = layers_of(folder, manifest)
    except (OSError, ValueError):
        return None
    checked = check_film(layers, staged, cut_out=manifest.model.name != NO_MODEL)
    return entry_of(checked, staged).found
