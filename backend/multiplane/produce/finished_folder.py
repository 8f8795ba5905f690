"""A finished shot as it lies in an output folder, read without its pixels and without any model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Manifest
from multiplane.contract.storyboard import CameraMove, Shot, Storyboard
from multiplane.deliver.result_files import open_png, read_text

# Their owners, deliver.shot and produce.storyboard, would take a second to import.
MANIFEST, STORYBOARD = "manifest.json", "storyboard.json"
SHOTS = "shots"
MOVE = "camera_move"
"""The manifest's field for the move as it was asked for, where it was changed afterwards."""


@dataclass(frozen=True)
class FinishedFolder:
    """A finished shot as it lies on the disk, and its place in the storyboard that it is of."""

    folder: Path
    manifest: Manifest
    picture_size: tuple[int, int]
    board: Storyboard | None
    index: int  # of the shot in `board`

    @property
    def shot(self) -> Shot | None:
        return None if self.board is None else self.board.shots[self.index]

    @property
    def out(self) -> Path:
        """The output folder that it lies in."""
        return self.folder.absolute().parent.parent

    @property
    def extra(self) -> dict[str, Any]:
        return self.manifest.model_extra or {}

    @property
    def move(self) -> CameraMove:
        """The move that it has now, as it was asked for."""
        if self.shot is not None:
            return self.shot.camera
        try:
            return CameraMove.model_validate(self.extra[MOVE])
        except (KeyError, ValidationError):
            camera = self.manifest.camera
            return CameraMove(preset=camera.preset, amount=min(camera.amount, 10.0))


def read_folder(folder: Path) -> FinishedFolder:
    """The finished shot in ``folder`` (out/shots/<id>). Raises InputError where none is."""
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(read_text(path))
        with open_png(folder / manifest.files.picture) as picture:
            size = picture.size
    except FileNotFoundError as error:
        raise InputError(
            code="produce.restage.no_shot",
            message="There is no finished shot here.",
            file=str(folder),
            value=None if Path(error.filename) == path else Path(error.filename).name,
            remedy="Name the shot's own folder, such as out/board/shots/shot-001.",
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(
            code="produce.restage.shot_damaged",
            message=f"The shot cannot be read: {str(error).splitlines()[0]}.",
            file=str(path),
            remedy="Render the storyboard again: it makes anew what is damaged.",
        ) from error
    board, index = _board_of(folder, manifest.shot_id)
    return FinishedFolder(folder, manifest, size, board, index)


def _board_of(folder: Path, shot_id: str) -> tuple[Storyboard | None, int]:
    """The storyboard that the output folder was made of, and the shot's place in it."""
    if folder.absolute().parent.name != SHOTS:
        return None, 0
    try:
        text = read_text(folder.absolute().parent.parent / STORYBOARD)
        board = Storyboard.model_validate_json(text)
    except (OSError, ValueError):
        return None, 0
    ids = [shot.id for shot in board.shots]
    return (board, ids.index(shot_id)) if shot_id in ids else (None, 0)


def finished_shots(out: Path) -> list[Path]:
    """Folders of all finished shots of an output folder, in the storyboard's order."""
    found = {path.parent for path in (out / SHOTS).glob(f"*/{MANIFEST}")}
    try:
        document = json.loads(read_text(out / "sequence.json"))
        named = [out / one["manifest"] for one in document["shots"] if one.get("manifest")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        named = []
    ordered = [path.parent for path in named if path.parent in found]
    return ordered + sorted(found - set(ordered))
