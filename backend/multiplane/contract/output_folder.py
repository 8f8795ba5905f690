"""An output folder and its shots as they lie on the disk, read again.

Documents of older versions are brought up to date as they are read. Whatever is wrong is an
InputError: nothing is here, a file is damaged, or a newer Multiplane has written it. Pixels are
read by those who need them (`deliver.shot_pictures`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from multiplane.contract.document import Entry
from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.layout import MANIFEST, SEQUENCE, SHOTS, STORYBOARD, output_folder_of
from multiplane.contract.manifest import LayerEntry, Manifest, Sequence
from multiplane.contract.regular_file import read_regular
from multiplane.contract.storyboard import CameraMove, Shot, Storyboard
from multiplane.contract.upgrades import (
    MANIFEST_UPGRADES,
    SEQUENCE_UPGRADES,
    STORYBOARD_UPGRADES,
    Upgrades,
)

MAX_DOCUMENT_BYTES = 256 * 2**20
MOVE = "camera_move"
"""The manifest's field for the move as it was asked for, where it was changed afterwards."""

Document = TypeVar("Document", bound=Entry)


@dataclass(frozen=True)
class ShotFolder:
    """A finished shot: its folder, such as out/shots/<id>, and the manifest in it."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """The finished shot in the folder `path`. Raises InputError where none can be read."""
        try:
            return cls(path, _read(path / MANIFEST, Manifest, MANIFEST_UPGRADES))
        except FileNotFoundError as error:
            raise no_shot(path) from error

    @classmethod
    def whole(cls, path: Path) -> Self | None:
        """The shot in the folder `path` if it can be read and all that it names is there."""
        try:
            found = cls.open(path)
        except InputError:
            return None
        there = all((path / name).is_file() for name in found.manifest.named_files())
        return found if there else None

    @property
    def output_folder(self) -> Path | None:
        """The output folder that it lies in; null where it stands alone."""
        return output_folder_of(self.path)

    @property
    def extra(self) -> dict[str, Any]:
        """Fields of the manifest that the contract does not name."""
        return self.manifest.model_extra or {}

    @cached_property
    def place(self) -> tuple[Storyboard, int] | None:
        """The storyboard that it was made of, and its index there; null where none tells."""
        if self.output_folder is None:
            return None
        try:
            board = read_board(self.output_folder)
        except InputError:
            return None
        ids = [shot.id for shot in board.shots]
        own = self.manifest.shot_id
        return (board, ids.index(own)) if own in ids else None

    @property
    def shot(self) -> Shot | None:
        """What its storyboard says of it now."""
        return None if self.place is None else self.place[0].shots[self.place[1]]

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

    def layer_named(self, name: str | None) -> LayerEntry:
        """The layer with this id or name. Raises InputError, which names those that there are."""
        layers = self.manifest.layers
        known = {key.casefold(): layer for layer in layers for key in (layer.name, layer.id)}
        if name is None or name.casefold() not in known:
            names = [layer.name for layer in layers]
            where = str(self.path)
            if name is not None:
                raise unknown_name(
                    "export.layer_unknown", "layer", name, names, file=where, field="--layer"
                )
            raise InputError(
                code="export.layer_missing",
                message="This is made of one layer, and none was named.",
                file=where,
                field="--layer",
                remedy="Name one of: {names}.",
                values={"names": ", ".join(names)},
            )
        return known[name.casefold()]


@dataclass(frozen=True)
class OutputFolder:
    """What a storyboard was rendered into: the storyboard, and what became of its shots."""

    path: Path
    board: Storyboard
    sequence: Sequence

    @classmethod
    def open(cls, path: Path) -> Self:
        """The output folder of an earlier run. Raises InputError for any other folder."""
        return cls(path, read_board(path), read_sequence(path))

    def shot(self, id_: str | None) -> ShotFolder:
        """The shot with this id, or the only one. Raises InputError when it is not there."""
        ids = [shot.id for shot in self.sequence.shots]
        if id_ is None and len(ids) != 1:
            raise InputError(
                code="export.shot_missing",
                message="This is made of one shot, and there are several.",
                file=str(self.path),
                field="--shot",
                remedy="Name one of: {ids}.",
                values={"ids": ", ".join([*ids[:20], *(["..."] if len(ids) > 20 else [])])},
            )
        wanted = ids[0] if id_ is None else id_
        if wanted not in ids:
            where = str(self.path)
            raise unknown_name(
                "export.shot_unknown", "shot", wanted, ids, file=where, field="--shot"
            )
        entry = self.sequence.shots[ids.index(wanted)]
        if entry.manifest is None:
            raise InputError(
                code="export.shot_not_made",
                message=entry.error.message if entry.error else "This shot has not been made.",
                file=str(self.path),
                field="--shot",
                value=wanted,
                remedy="Render it first: multiplane render BOARD -o FOLDER --only ID.",
            )
        return ShotFolder.open((self.path / entry.manifest).parent)


def read_board(out: Path) -> Storyboard:
    """The storyboard of an output folder. Raises InputError."""
    return _read_results(out / STORYBOARD, Storyboard, STORYBOARD_UPGRADES)


def read_sequence(out: Path) -> Sequence:
    """The sequence of an output folder. Raises InputError."""
    return _read_results(out / SEQUENCE, Sequence, SEQUENCE_UPGRADES)


def finished_shots(out: Path) -> list[Path]:
    """Folders of all finished shots of an output folder, in the storyboard's order."""
    found = {path.parent for path in (out / SHOTS).glob(f"*/{MANIFEST}")}
    try:
        named = [out / shot.manifest for shot in read_sequence(out).shots if shot.manifest]
    except InputError:
        named = []
    ordered = [path.parent for path in named if path.parent in found]
    return ordered + sorted(found - set(ordered))


def read_upgraded(path: Path, upgrades: Upgrades) -> dict[str, Any]:
    """The JSON object at `path` in the current version, its fields unchecked.

    Raises OSError and ValueError for what cannot be read, InputError for another document's
    label, or that of a newer version.
    """
    document = from_json(read_regular(path, MAX_DOCUMENT_BYTES))
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    return upgrades.apply(document, file=str(path))


def no_shot(folder: Path, file: str | None = None) -> InputError:
    """Nothing is in `folder`, or a `file` without which nothing can be done is missing."""
    return InputError(
        code="produce.restage.no_shot",
        message="There is no finished shot here.",
        file=str(folder),
        value=file,
        remedy="Name the shot's own folder, such as out/board/shots/shot-001.",
    )


def damaged(path: Path, error: Exception) -> InputError:
    """A file of results is there and of no use."""
    return InputError(
        code="export.file_damaged",
        message="This file of the results cannot be read: {why}.",
        file=str(path),
        remedy="Render the storyboard again: it makes anew what is damaged.",
        values={"why": str(error).splitlines()[0]},
    )


def _read_results(path: Path, kind: type[Document], upgrades: Upgrades) -> Document:
    try:
        return _read(path, kind, upgrades)
    except FileNotFoundError as error:
        raise InputError(
            code="export.no_results",
            message="No results of Multiplane are here.",
            file=str(path),
            remedy="Give the folder that multiplane render has written to.",
        ) from error


def _read(path: Path, kind: type[Document], upgrades: Upgrades) -> Document:
    """Raises FileNotFoundError, and InputError for all else."""
    try:
        return kind.model_validate(read_upgraded(path, upgrades))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
