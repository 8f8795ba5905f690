"""Reading a finished output folder again: its storyboard, its shots, their layers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.manifest import LayerEntry, Manifest, Sequence
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.result_files import open_png, png, read_text
from multiplane.deliver.shot import SEQUENCE
from multiplane.deliver.timeline.build import METADATA
from multiplane.deliver.timeline.urls import path_of
from multiplane.deliver.timeline.write import OTIO
from multiplane.stage.finished import staged_of

if TYPE_CHECKING:
    from multiplane.stage.shot import Staged

STORYBOARD = "storyboard.json"
Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True)
class PaintedLayer:
    """A layer's pixels, read from its file: (h, w, 4) sRGB, straight alpha."""

    rgba: NDArray[np.uint8]


@dataclass(frozen=True)
class FinishedShotFolder:
    """A shot as it lies in an output folder."""

    folder: Path
    manifest: Manifest

    @cached_property
    def layers(self) -> tuple[PaintedLayer, ...]:
        """Back to front. Raises InputError for a file that is missing or damaged."""
        return tuple(self._layer(entry) for entry in self.manifest.layers)

    @cached_property
    def staged(self) -> Staged:
        """The shot before its camera."""
        try:
            with open_png(self.folder / self.manifest.files.picture) as picture:
                return staged_of(self.manifest, picture.size)
        except (OSError, KeyError) as error:
            raise _damaged(self.folder / self.manifest.files.picture, error) from error

    def layer_named(self, name: str | None) -> LayerEntry:
        """The layer with this id or name. Raises InputError, which names those that there are."""
        known = {key.casefold(): one for one in self.manifest.layers for key in (one.name, one.id)}
        if name is None or name.casefold() not in known:
            names = [one.name for one in self.manifest.layers]
            where = str(self.folder)
            if name is not None:
                raise unknown_name(
                    "export.layer_unknown", "layer", name, names, file=where, field="--layer"
                )
            raise InputError(
                code="export.layer_missing",
                message="This is made of one layer, and none was named.",
                file=where,
                field="--layer",
                remedy=f"Name one of: {', '.join(names)}.",
            )
        return known[name.casefold()]

    def _layer(self, entry: LayerEntry) -> PaintedLayer:
        path = self.folder / entry.file
        try:
            rgba = np.asarray(png(path, "RGBA"))
        except OSError as error:
            raise _damaged(path, error) from error
        if rgba.shape[1::-1] != entry.bbox[2:]:
            raise _damaged(path, ValueError("it has another size than the manifest says"))
        return PaintedLayer(rgba)


@dataclass(frozen=True)
class Results:
    """A finished output folder."""

    out: Path
    board: Storyboard
    sequence: Sequence

    def shot(self, id_: str | None) -> FinishedShotFolder:
        """The shot with this id, or the only one. Raises InputError when it is not there."""
        ids = [one.id for one in self.sequence.shots]
        if id_ is None and len(ids) != 1:
            raise InputError(
                code="export.shot_missing",
                message="This is made of one shot, and there are several.",
                file=str(self.out),
                field="--shot",
                remedy=f"Name one of: {', '.join(ids[:20])}{' ...' if len(ids) > 20 else ''}.",
            )
        wanted = ids[0] if id_ is None else id_
        if wanted not in ids:
            where = str(self.out)
            raise unknown_name(
                "export.shot_unknown", "shot", wanted, ids, file=where, field="--shot"
            )
        entry = self.sequence.shots[ids.index(wanted)]
        if entry.manifest is None:
            raise InputError(
                code="export.shot_not_made",
                message=entry.error.message if entry.error else "This shot has not been made.",
                file=str(self.out),
                field="--shot",
                value=wanted,
                remedy="Render it first: multiplane render BOARD -o FOLDER --only ID.",
            )
        path = self.out / entry.manifest
        return FinishedShotFolder(path.parent, _document(path, Manifest))

    @property
    def storyboard_folder(self) -> Path:
        """Where the boards' relative audio paths start, as the timeline tells it."""
        try:
            timeline = json.loads(read_text(self.out / OTIO))
            return path_of(timeline["metadata"][METADATA]["storyboard_folder"], self.out)
        except (OSError, ValueError, KeyError, TypeError):
            return self.out


def open_results(out: Path) -> Results:
    """The output folder of an earlier run. Raises InputError for any other folder."""
    return Results(
        out, _document(out / STORYBOARD, Storyboard), _document(out / SEQUENCE, Sequence)
    )


def _document(path: Path, kind: type[Document]) -> Document:
    try:
        return kind.model_validate_json(read_text(path))
    except FileNotFoundError as error:
        raise InputError(
            code="export.no_results",
            message="No results of Multiplane are here.",
            file=str(path),
            remedy="Give the folder that multiplane render has written to.",
        ) from error
    except (OSError, ValidationError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    said = str(error).splitlines()[0]
    return InputError(
        code="export.file_damaged",
        message=f"This file of the results cannot be used: {said}.",
        file=str(path),
        remedy="Render the shot again.",
    )
