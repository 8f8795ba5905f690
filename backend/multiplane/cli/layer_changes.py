"""What `multiplane layer` is given, and how a change shows itself while it is made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import InputError, MultiplaneError

if TYPE_CHECKING:
    from multiplane.contract.layer_edits import LayerEdit

_MOST_JSON = 64 * 2**20


def folder_of(place: Path) -> Path:
    """The shot's folder; its manifest's path, or its film's, means the folder, too."""
    return place.parent if place.is_file() else place


def run(
    place: Path,
    change: Sequence[LayerEdit] | int,
    *,
    preview: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Change a shot: by edits, or by so many steps forth (undone edits again) or back.

    Returns the exit status: 0, or 1 where the layers are new but the film could not be made.
    Raises InputError and Failure where nothing was changed.
    """
    from multiplane.cli.progress import reporter
    from multiplane.cli.restaging import frames, kept
    from multiplane.contract.document import ErrorEntry
    from multiplane.contract.events import (
        RunFinished,
        RunStarted,
        ShotFailed,
        ShotFinished,
        ShotStarted,
    )
    from multiplane.contract.layout import MANIFEST, output_folder_of
    from multiplane.contract.output_folder import ShotFolder
    from multiplane.deliver.out_lock import only_run_in
    from multiplane.deliver.own_files import keeping
    from multiplane.produce import edit_layers, restage

    folder = folder_of(place)
    ShotFolder.open(folder)  # before a lock is laid into what is no shot's folder
    out = output_folder_of(folder) or folder.absolute()
    began = time.monotonic()
    failed = 0
    with (
        reporter(as_json=as_json, quiet=quiet, doing="filming") as shown,
        keeping(out, kept(shown)),
        only_run_in(out),
    ):
        shown.tell(RunStarted(shots=1, out=str(out)))
        shown.tell(ShotStarted(shot_id=folder.name, index=0))
        if isinstance(change, int):
            step = edit_layers.undo if change < 0 else edit_layers.redo
            for _ in range(abs(change)):
                manifest = step(folder, on_event=shown.tell)
        else:
            manifest = edit_layers.edit(folder, change, on_event=shown.tell)
        shown.tell(
            ShotFinished(
                shot_id=manifest.shot_id,
                manifest=(folder / MANIFEST).as_posix(),
                layers=len(manifest.layers),
                seconds=time.monotonic() - began,
            )
        )
        if preview:
            try:
                restage.film_again(folder, on_frame=frames(shown, manifest.shot_id))
            except MultiplaneError as error:
                failed = 1
                entry = ErrorEntry.model_validate(error.as_dict())
                shown.tell(ShotFailed(shot_id=manifest.shot_id, error=entry))
            if output_folder_of(folder) is not None:
                restage.refresh(out, on_event=shown.tell)
        elif output_folder_of(folder) is not None:
            restage.tell_of_stale(out, shown.tell)
        seconds = time.monotonic() - began
        shown.tell(RunFinished(made=1 - failed, skipped=0, failed=failed, seconds=seconds))
    return failed


def look_in(place: Path, words: Sequence[str], *, model: str, device: str) -> None:
    """Look for words in a finished shot's picture; warnings go to the error output."""
    import sys

    from multiplane.contract.layout import output_folder_of
    from multiplane.deliver.out_lock import only_run_in
    from multiplane.produce.look_for import look_for
    from multiplane.produce.studio import Studio

    folder = folder_of(place)
    with only_run_in(output_folder_of(folder) or folder.absolute()):
        for notice in look_for(folder, words, Studio(model, device=device)).notices:
            print(notice, file=sys.stderr)


def strokes_of(texts: Sequence[str], width: float) -> list[dict[str, Any]]:
    """Strokes as "x,y x,y ..." each. Raises InputError."""
    if not texts:
        raise InputError(
            "cli.layer.stroke_missing",
            "There is no stroke.",
            field="--stroke",
            remedy='Draw one in fractions of the picture: --stroke "0.41,0.30 0.43,0.35".',
        )
    return [{"points": _points(text), "width": width} for text in texts]


def parts_of(texts: Sequence[str], width: float) -> list[dict[str, Any]]:
    """Parts as "name: x,y x,y" each; several of one name are its strokes. Raises InputError."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for text in texts:
        name, colon, points = text.rpartition(":")
        if not colon or not name.strip():
            raise InputError(
                "cli.layer.part_invalid",
                "This is not the name of a part and a stroke over it.",
                field="--part",
                value=text,
                remedy='Write the name, a colon, and points: --part "man: 0.5,0.2 0.5,0.3".',
            )
        parts.setdefault(name.strip(), []).append({"points": _points(points), "width": width})
    return [{"name": name, "strokes": strokes} for name, strokes in parts.items()]


def box_of(text: str) -> dict[str, float]:
    """A rectangle from "x,y,w,h". Raises InputError."""
    try:
        x, y, width, height = (float(one) for one in text.replace(" ", "").split(","))
    except ValueError:
        raise InputError(
            "cli.layer.box_invalid",
            "This is not a rectangle.",
            field="box",
            value=text,
            remedy='Write x,y,width,height in fractions of the picture: "0.3,0.2,0.25,0.6".',
        ) from None
    return {"x": x, "y": y, "width": width, "height": height}


def one_of_three(strokes: object, box: object, words: object) -> None:
    """Raises InputError unless exactly one of them is given."""
    given = [
        name for name, one in (("--stroke", strokes), ("--box", box), ("--word", words)) if one
    ]
    if len(given) != 1:
        raise InputError(
            "cli.layer.new_of_what",
            "A new layer is made of strokes, of a box, or of words.",
            value=" and ".join(given) or None,
            remedy="Give one of --stroke, --box and --word.",
        )


def read_png(file: Path) -> bytes:
    """The file's bytes. Raises InputError."""
    from multiplane.contract.layer_edits import MOST_PNG
    from multiplane.contract.regular_file import read_regular

    try:
        return read_regular(file, MOST_PNG * 3 // 4)
    except (OSError, ValueError) as error:
        raise _unreadable(file, error, "Give a PNG of the picture's aspect ratio.") from None


def read_edits(file: Path) -> list[LayerEdit]:
    """Edits from a JSON list, or from a manifest. Raises InputError with file and field."""
    from pydantic_core import from_json

    from multiplane.contract.read_edit import edit_of
    from multiplane.contract.regular_file import read_regular

    remedy = 'Give a JSON list such as [{"op": "near", "layer": "king", "nearness": 0.7}].'
    try:
        document = from_json(read_regular(file, _MOST_JSON))
    except (OSError, ValueError) as error:
        raise _unreadable(file, error, remedy) from None
    if isinstance(document, dict):
        document = document.get("edits")
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise _unreadable(file, ValueError("it has no list of edits"), remedy)
    if not document:
        raise _unreadable(file, ValueError("its list of edits is empty"), remedy)
    return [edit_of(one, file=f"{file}, edit {number}") for number, one in enumerate(document, 1)]


def _points(text: str) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for pair in text.replace(";", " ").split():
        try:
            x, y = (float(one) for one in pair.split(","))
        except ValueError:
            points = []
            break
        points.append((x, y))
    if not points:
        raise InputError(
            "cli.layer.stroke_invalid",
            "This is not a stroke.",
            field="--stroke",
            value=text,
            remedy='Write its points as x,y in fractions of the picture: "0.41,0.30 0.43,0.35".',
        )
    return points


def _unreadable(file: Path, error: Exception, remedy: str) -> InputError:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(
        "cli.layer.file_unreadable",
        f"This file cannot be used: {said}.",
        file=str(file),
        remedy=remedy,
    )
