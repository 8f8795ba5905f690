"""A finished shot gets another camera move: no model and no new layers, only numbers and a film.

What has to stay true together: the manifest (camera, layers' places, content hash), the camera in
the output folder's storyboard.json, and the preview. The numbers are written first, the film is
made after them; in between the manifest names no preview.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.events import Log, OnEvent
from multiplane.contract.manifest import LayerEntry, Manifest
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.folder import remove_stale, replacing_file
from multiplane.deliver.made import digest, is_made, keeping, made_in, teller
from multiplane.produce.finished_folder import (
    MANIFEST,
    MOVE,
    SHOTS,
    STORYBOARD,
    FinishedFolder,
    read_folder,
)
from multiplane.produce.job import shot_hash
from multiplane.stage.finished import (
    drawing_of,
    overscan_now,
    overscan_with,
    sharp_overscan,
    staged_anew,
)
from multiplane.stage.shot import Staged, overscan_for

HISTORY = "camera_history"
KEPT = 10
"""So many earlier moves of a shot are kept."""


def restage(folder: Path, move: CameraMove, *, on_event: OnEvent = lambda event: None) -> Manifest:
    """Give the finished shot in ``folder`` (out/shots/<id>) another move; returns its manifest.

    Numbers only: the manifest's preview is gone until `film_again` makes it. The storyboard.json
    of the output folder gets the move too, and the shot's content hash with it, so that rendering
    that storyboard leaves the shot as it is. The move is weakened where the layers do not reach;
    ``on_event`` gets that as a warning. Nothing happens when the shot has this very move already.

    Raises InputError for an unknown preset or direction, or where no finished shot is; Failure
    when a file cannot be written.
    """
    found = read_folder(folder)
    fixed = None if found.board is None else found.board.overscan
    overscan = overscan_with(move, found.manifest, found.picture_size, fixed)
    staged = staged_anew(move, found.manifest, found.picture_size, overscan=overscan)
    shot_id = found.manifest.shot_id
    for text in (*staged.warnings, *_lacking_room(found, move, staged)):
        on_event(Log(level="warning", text=text, shot_id=shot_id))
    entry = staged.entry()
    if move == found.move and entry == found.manifest.camera:
        return found.manifest
    now = overscan_now(found.manifest, found.picture_size)
    earlier = {"move": _as_json(found.move), "overscan": now}
    return _write(found, move, staged, [*_history(found), earlier][-KEPT:])


def undo(folder: Path) -> Manifest:
    """Give the finished shot the move back that it had before the last `restage`.

    Raises InputError when there is no earlier move, and as `restage`.
    """
    found = read_folder(folder)
    history = _history(found)
    if not history:
        raise InputError(
            code="produce.restage.nothing_to_undo",
            message="This shot's camera has not been changed since it was made.",
            file=str(folder),
        )
    last = history.pop()
    move = CameraMove.model_validate(last["move"])
    staged = staged_anew(move, found.manifest, found.picture_size, overscan=last["overscan"])
    return _write(found, move, staged, history)


def film_again(
    folder: Path, *, on_frame: Callable[[int, int], None] = lambda done, total: None
) -> Manifest:
    """Make the preview of the finished shot anew; returns its manifest, which names it again.

    Raises InputError where no finished shot is, Failure for damaged layers and what the disk
    refuses; the shot then stays without a preview.
    """
    from multiplane.deliver.preview import exact_rate, write_preview
    from multiplane.deliver.shot import film_name
    from multiplane.deliver.timecode import start_timecode
    from multiplane.produce.finished import reusable_cut
    from multiplane.stage.finished import staged_of

    found = read_folder(folder)
    cut = reusable_cut(folder, str(found.manifest.picture_hash), None)
    if cut is None:
        raise Failure(
            code="produce.restage.layers_missing",
            message="The shot's pictures are not all there, or cannot be read.",
            file=str(folder),
            remedy="Render the storyboard again: it makes anew what is missing.",
        )
    staged = staged_of(found.manifest, found.picture_size)
    old, noted = found.manifest, found.manifest.sha256
    name = film_name(old.shot_id)
    timecode = old.start_timecode or start_timecode(old.shot_id, exact_rate(old.comp.fps))
    with _watched(found):
        with replacing_file(folder / name) as fresh:
            write_preview(fresh, staged, cut.layers, timecode=timecode, on_frame=on_frame)
        if old.files.preview not in (None, name):
            # Of a version that called all films alike.
            remove_stale(folder / str(old.files.preview))
        updates: dict[str, Any] = {
            "files": old.files.model_copy(update={"preview": name}),
            "start_timecode": timecode,
            # A manifest of an earlier version notes none: one alone would disown the others.
            "sha256": {**noted, name: digest(folder / name)} if noted else {},
        }
        manifest = old.model_copy(update=updates)
        _replace(folder / MANIFEST, manifest.to_json())
    return manifest


def refresh(out: Path, *, on_event: OnEvent = lambda event: None) -> None:
    """Make anew what an output folder says of all its shots' cameras and films.

    Sheet, page, and the timelines, which name films and moves; subtitles know neither. Does
    nothing for a folder without storyboard.json and sequence.json; one that cannot be written
    keeps its earlier file and is told of.
    """
    from multiplane.deliver.contact import write_contact_of
    from multiplane.deliver.index_page.page import INDEX, write_index_of
    from multiplane.deliver.results import open_results
    from multiplane.deliver.timeline.write import OTIO, write_timelines

    def write_timelines_of(folder: Path) -> None:
        found = open_results(folder)
        home = found.storyboard_folder
        write_timelines(folder, found.board, found.sequence, audio_folder=home)

    if not all((out / name).is_file() for name in (STORYBOARD, "sequence.json")):
        return
    on_event(Log(text="The contact sheet, the timelines and the page are made anew."))
    for name, write in (
        ("contact.png", write_contact_of),
        (OTIO, write_timelines_of),
        (INDEX, write_index_of),
    ):
        try:
            with keeping(out, lambda text: on_event(Log(level="warning", text=text))):
                write(out)
        except (MultiplaneError, OSError, ValueError) as error:
            on_event(Log(level="warning", text=f"{name} was not written. {error}"))


def _write(
    found: FinishedFolder, move: CameraMove, staged: Staged, history: list[dict[str, Any]]
) -> Manifest:
    """Manifest first, then the storyboard: killed between, the shot is merely made again."""
    board, shot, old = found.board, found.shot, found.manifest
    film = old.files.preview
    own_film = film is not None and is_made(found.folder / film, film, made_in(found.folder))
    updates: dict[str, Any] = {
        "camera": staged.entry(),
        "layers": [_placed(layer, staged, number) for number, layer in enumerate(old.layers)],
        "files": old.files.model_copy(update={"preview": None}),
        MOVE: _as_json(move),
        HISTORY: history,
    }
    picture_hash = found.manifest.picture_hash
    moved = None if shot is None else shot.model_copy(update={"camera": move})
    if board is None or shot is None or moved is None or picture_hash is None:
        updates["content_hash"] = None
    else:
        was_true = found.manifest.content_hash == shot_hash(
            picture_hash, shot, old.comp, board.overscan
        )
        # A shot that its storyboard had left behind stays one that rendering makes again.
        updates["content_hash"] = (
            shot_hash(picture_hash, moved, old.comp, board.overscan) if was_true else None
        )
    manifest = old.model_copy(update=updates)
    _replace(found.folder / MANIFEST, manifest.to_json())
    if board is not None and moved is not None:
        shots = list(board.shots)
        shots[found.index] = moved
        changed = board.model_copy(update={"shots": shots})
        with _watched(found):
            _replace(found.out / STORYBOARD, changed.to_json())
    # The old film shows the old move.
    if film is not None and own_film:
        (found.folder / film).unlink(missing_ok=True)
    return manifest


def _watched(found: FinishedFolder) -> AbstractContextManager[object]:
    """Within, users' files in the shot's output folder are kept."""
    if found.folder.absolute().parent.name != SHOTS:
        return nullcontext()
    return keeping(found.out, teller())


def _placed(layer: LayerEntry, staged: Staged, number: int) -> LayerEntry:
    plane = staged.planes[number]
    return layer.model_copy(
        update={
            "z": plane.z,
            "position": plane.position,
            "anchor": plane.anchor,
            "scale": plane.scale,
        }
    )


def _lacking_room(found: FinishedFolder, move: CameraMove, staged: Staged) -> list[str]:
    """What to say where rendering would have made a wider picture for the move."""
    manifest, size, overscan = found.manifest, found.picture_size, staged.overscan
    now = overscan_now(manifest, size)
    made_for = now
    if manifest.original_prompt is not None:
        made_for = max(sharp_overscan(manifest.comp, size), now)
    if overscan <= made_for * 1.005:
        fixed = found.board is not None and found.board.overscan is not None
        drawing = drawing_of(manifest, size)
        wants_more = overscan_for(move, manifest.comp, drawing) > overscan * 1.005
        if fixed or not wants_more or staged.amount >= staged.asked_amount * 0.999:
            return []
        return ["Rendering the storyboard with --force makes room for the whole move."]
    if manifest.original_prompt is None:
        return [
            f"This move needs a wider picture than the drawing, so {100 * (1 - now / overscan):.0f}"
            " % of its width are out of the frame. Rendering the storyboard with --force extends "
            "the drawing instead."
        ]
    return [
        "This move needs a wider picture than the shot has, so all is shown "
        f"{100 * (overscan / made_for - 1):.0f} % larger. Rendering the storyboard with --force "
        "makes the shot's layers in full size."
    ]


def _history(found: FinishedFolder) -> list[dict[str, Any]]:
    """Earlier moves, the last one last; what is no move is left out."""
    kept = found.extra.get(HISTORY)
    moves = []
    for one in kept if isinstance(kept, list) else []:
        try:
            move = CameraMove.model_validate(one["move"])
            moves.append({"move": _as_json(move), "overscan": max(1.0, float(one["overscan"]))})
        except (KeyError, TypeError, ValueError):
            continue
    return moves


def _as_json(move: CameraMove) -> dict[str, Any]:
    return move.model_dump(mode="json", by_alias=True)


def _replace(path: Path, text: str) -> None:
    with replacing_file(path, rewrites=True) as fresh:
        fresh.write_text(text, encoding="utf-8")
