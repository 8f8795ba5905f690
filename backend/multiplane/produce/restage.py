"""A finished shot gets another camera move: no model, only numbers and a film.

What has to stay true together: the manifest (camera, layers' places, content hash), the camera in
the output folder's storyboard.json, and the preview. The numbers are written first, the film is
made after them; in between the manifest names no preview. The pixels are looked at with the film:
where the move shows more behind layers than was completed, they are completed farther, and what
cannot be had weakens the move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.events import Log, OnEvent
from multiplane.contract.layout import (
    AFTER_EFFECTS,
    CONTACT,
    EDL,
    EXPORTS,
    FCP7,
    INDEX,
    MANIFEST,
    OTIO,
    SEQUENCE,
    STORYBOARD,
    film_name,
)
from multiplane.contract.manifest import NO_MODEL, LayerEntry, Manifest
from multiplane.contract.output_folder import MOVE, OutputFolder, ShotFolder
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.documents import write_document
from multiplane.deliver.film_notices import told_of_film
from multiplane.deliver.folder import remove_stale, replacing_file
from multiplane.deliver.own_files import digest, is_made, keeping, made_in, teller
from multiplane.deliver.shot_pictures import picture_size
from multiplane.produce.job import shot_hash
from multiplane.stage.finished import (
    drawing_of,
    overscan_now,
    overscan_with,
    sharp_overscan,
    staged_anew,
)
from multiplane.stage.shot import Staged, overscan_for, stage_shot

if TYPE_CHECKING:
    from multiplane.layers.stack import Layer
    from multiplane.produce.film_holds import HeldFilm
    from multiplane.produce.finished import CutPicture

HISTORY = "camera_history"
OF_CAMERAS = (CONTACT, OTIO, FCP7, EDL, AFTER_EFFECTS, INDEX)
"""What shows the cameras of a whole storyboard's shots."""
KEPT = 10
"""So many earlier moves of a shot are kept."""
_LEAST_MORE = 0.002  # of the picture's pixels; less beyond what was painted is not told


def restage(folder: Path, move: CameraMove, *, on_event: OnEvent = lambda event: None) -> Manifest:
    """Give the finished shot in ``folder`` (out/shots/<id>) another move; returns its manifest.

    Numbers only: the manifest's preview is gone until `film_again` makes it. The storyboard.json
    of the output folder gets the move too, and the shot's content hash with it, so that rendering
    that storyboard leaves the shot as it is. The move is weakened where the layers do not reach;
    ``on_event`` gets that as a warning. Nothing happens when the shot has this very move already.

    Raises InputError for an unknown preset or direction, a move that starts after the shot's end,
    or where no finished shot is; Failure when a file cannot be written.
    """
    found = ShotFolder.open(folder)
    comp = found.manifest.comp
    if move.start >= comp.duration_frames / comp.fps:
        raise InputError(  # a storyboard with such a shot could not be read again
            code="storyboard.shot.camera_late",
            message="The camera's move starts after the shot's end.",
            file=str(folder),
            field="camera.start",
            value=move.start,
            remedy="Start it earlier, or make the shot longer.",
        )
    size = picture_size(found)
    fixed = None if found.place is None else found.place[0].overscan
    overscan = overscan_with(move, found.manifest, size, fixed)
    staged = staged_anew(move, found.manifest, size, overscan=overscan)
    shot_id = found.manifest.shot_id
    lacking = _lacking_room(found.manifest, size, move, staged, fixed=fixed is not None)
    for text in (*staged.warnings, *lacking):
        on_event(Log(level="warning", text=text, shot_id=shot_id))
    entry = staged.entry()
    if move == found.move and entry == found.manifest.camera:
        return found.manifest
    now = overscan_now(found.manifest, size)
    earlier = {"move": _as_json(found.move), "overscan": now}
    return _write(found, move, staged, [*_history(found), earlier][-KEPT:])


def undo(folder: Path) -> Manifest:
    """Give the finished shot the move back that it had before the last `restage`.

    Raises InputError when there is no earlier move, and as `restage`.
    """
    found = ShotFolder.open(folder)
    history = _history(found)
    if not history:
        raise InputError(
            code="produce.restage.nothing_to_undo",
            message="This shot's camera has not been changed since it was made.",
            file=str(folder),
        )
    last = history.pop()
    move = CameraMove.model_validate(last["move"])
    staged = staged_anew(move, found.manifest, picture_size(found), overscan=last["overscan"])
    return _write(found, move, staged, history)


def film_again(
    folder: Path,
    *,
    on_event: OnEvent = lambda event: None,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Make the preview of the finished shot anew; returns its manifest, which names it again.

    Before that its worst frames are looked at: layers are completed farther for the move that the
    shot has now, and it is weakened where they cannot be. That, and what shows all the same, is a
    warning to ``on_event``. Raises InputError where no finished shot is, Failure for damaged
    layers and what the disk refuses; the shot then stays without a preview.
    """
    from multiplane.deliver.film_check import entry_of, warnings_of
    from multiplane.deliver.preview import write_preview
    from multiplane.deliver.timecode import start_timecode
    from multiplane.deliver.timeline.rates import exact_rate
    from multiplane.produce.finished import reusable_cut

    found = ShotFolder.open(folder)
    cut = reusable_cut(folder, str(found.manifest.picture_hash), None)
    if cut is None:
        raise Failure(
            code="produce.restage.layers_missing",
            message="The shot's pictures are not all there, or cannot be read.",
            file=str(folder),
            remedy="Render the storyboard again: it makes anew what is missing.",
        )
    old, noted = found.manifest, found.manifest.sha256
    film, told = _held(found, cut)
    for text in (*told, *warnings_of(film.check, film.staged)):
        on_event(Log(level="warning", text=text, shot_id=old.shot_id))
    if any(now is not then for now, then in zip(film.layers, cut.layers, strict=True)):
        return delivered_again(found, cut, film, old.content_hash, on_frame)
    staged = film.staged
    name = film_name(old.shot_id)
    timecode = old.start_timecode or start_timecode(old.shot_id, exact_rate(old.comp.fps))
    with _watched(found):
        with replacing_file(folder / name) as fresh:
            write_preview(fresh, staged, cut.layers, timecode=timecode, on_frame=on_frame)
        if old.files.preview not in (None, name):
            # Of a version that called all films alike.
            remove_stale(folder / str(old.files.preview))
        seen = entry_of(film.check, staged)
        updates: dict[str, Any] = {
            "camera": staged.entry(),
            "layers": [_placed(layer, staged, number) for number, layer in enumerate(old.layers)],
            "files": old.files.model_copy(update={"preview": name}),
            "start_timecode": timecode,
            "checks": old.checks.model_copy(update={"film": seen}),
            "notices": told_of_film(old.notices, seen),
            # A manifest of an earlier version notes none: one alone would disown the others.
            "sha256": {**noted, name: digest(folder / name)} if noted else {},
        }
        manifest = old.model_copy(update=updates)
        write_document(folder / MANIFEST, manifest, rewrites=True)
    return manifest


def _held(found: ShotFolder, cut: CutPicture) -> tuple[HeldFilm, tuple[str, ...]]:
    """The shot's film as its layers bear it, and what became of them or of the move for that."""
    from multiplane.deliver.film_check import check_film
    from multiplane.produce.film_holds import HeldFilm, held_film
    from multiplane.stage.finished import staged_of

    manifest, size = found.manifest, picture_size(found)
    move, overscan = found.move, overscan_now(found.manifest, size)
    cut_out = cut.model.name != NO_MODEL

    def staged_with(layers: Sequence[Layer], amount: float) -> Staged:
        asked = move.model_copy(update={"amount": amount})
        return stage_shot(layers, size, manifest.comp, asked, overscan=overscan)

    asked = staged_with(cut.layers, move.amount)
    if asked.entry().keyframes != manifest.camera.keyframes:
        # Weakened already, or of a move that nothing says any more: it stays.
        staged = staged_of(manifest, size)
        return HeldFilm(cut.layers, staged, check_film(cut.layers, staged, cut_out=cut_out)), ()
    film = held_film(cut.layers, size, staged_with, move.amount, cut_out=cut_out)
    said = [text for text in film.staged.warnings if text not in asked.warnings]
    return film, (*said, *_not_painted(found, cut, film))


def _not_painted(found: ShotFolder, cut: CutPicture, film: HeldFilm) -> list[str]:
    """What to say where a model has painted behind the layers, and the move shows more than that.

    The earliest move that is known is the one that it was painted for.
    """
    from multiplane.stage.uncovered import uncovered

    history, painter = _history(found), found.manifest.filled_by
    if painter is None or not history:
        return []
    size, first = picture_size(found), history[0]
    move = CameraMove.model_validate(first["move"])
    comp, overscan = found.manifest.comp, first["overscan"]
    before = stage_shot(film.layers, size, comp, move, overscan=overscan)
    more = sum(
        int((now & ~then).sum())
        for now, then in zip(
            uncovered(film.staged, film.layers), uncovered(before, film.layers), strict=True
        )
    )
    if more <= _LEAST_MORE * size[0] * size[1]:
        return []
    return [
        f"This move shows more behind the layers than {painter} has painted for an earlier one; "
        "beyond that it is continued from its surroundings. Rendering the storyboard with --force "
        "has it painted."
    ]


def delivered_again(
    found: ShotFolder,
    cut: CutPicture,
    film: HeldFilm,
    content_hash: str | None,
    on_frame: Callable[[int, int], None] | None = None,
) -> Manifest:
    """The finished shot written whole with other layers; filmed if `on_frame` wants to follow it.

    Raises Failure for what the disk refuses.
    """
    from multiplane.deliver.shot import FinishedShot, deliver_shot

    old = found.manifest
    finished = FinishedShot(
        id=old.shot_id,
        prompt=cut.prompt,
        model=cut.model,
        picture=cut.picture,
        nearness=cut.nearness,
        layers=film.layers,
        staged=film.staged,
        markers=tuple(old.markers),
        drawing_area=cut.drawing_area,
        notices=cut.notices,
        difference=cut.difference,
        film_check=film.check,
        start_timecode=old.start_timecode,
        by_hand=cut.by_hand,
        words=cut.words,
        cast=cut.cast,
        tries=cut.tries,
    )
    extra = {
        **found.extra,
        "content_hash": content_hash,
        "picture_hash": old.picture_hash,
        "style": old.style,
        "filled_by": old.filled_by,
        "plate": old.plate,
    }
    return deliver_shot(
        found.path, finished, extra=extra, film=on_frame is not None, on_frame=on_frame
    )


def refresh(out: Path, *, on_event: OnEvent = lambda event: None) -> None:
    """Make anew what an output folder says of all its shots' cameras and films.

    Sheet, page, the timelines, which name films and moves, and After Effects' project; subtitles
    know none of it. Of `exports`, which are made when they are asked for, a warning names those
    that show earlier moves. Does nothing for a folder without storyboard.json and sequence.json;
    one that cannot be written keeps its earlier file, and a warning names it.
    """
    from multiplane.deliver.aep.storyboard import write_storyboard_aep
    from multiplane.deliver.contact import write_contact
    from multiplane.deliver.index_page.page import write_index
    from multiplane.deliver.timeline.write import storyboard_folder, write_timelines

    if not all((out / name).is_file() for name in (STORYBOARD, SEQUENCE)):
        return
    try:
        found = OutputFolder.open(out)
    except InputError as error:
        text = f"{', '.join(OF_CAMERAS)} were not written. {error}"
        on_event(Log(level="warning", text=text))
        return
    board, sequence = found.board, found.sequence
    home = storyboard_folder(out)
    on_event(Log(text=f"{', '.join(OF_CAMERAS)} are made anew."))
    writers: tuple[tuple[str, Callable[[], object]], ...] = (
        (CONTACT, lambda: write_contact(out, sequence)),
        (OTIO, lambda: write_timelines(out, board, sequence, audio_folder=home)),
        (
            AFTER_EFFECTS,
            lambda: write_storyboard_aep(
                out / AFTER_EFFECTS, out, board, sequence, audio_folder=home
            ),
        ),
        (INDEX, lambda: write_index(out, board, sequence)),
    )
    for name, write in writers:
        try:
            with keeping(out, lambda text: on_event(Log(level="warning", text=text))):
                write()
        except (MultiplaneError, OSError, ValueError) as error:
            on_event(Log(level="warning", text=f"{name} was not written. {error}"))
    tell_of_exports(out, on_event)


def tell_of_exports(out: Path, on_event: OnEvent) -> None:
    """Name what was exported of earlier moves and layers; it is the user's, so it stays."""
    try:
        names = sorted(path.name for path in (out / EXPORTS).iterdir())
    except OSError:
        return
    if names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        text = f"In {EXPORTS}, these may show earlier moves or layers; export them again: {shown}"
        on_event(Log(level="warning", text=text))


def tell_of_stale(out: Path, on_event: OnEvent) -> None:
    """Name what in an output folder shows earlier moves, because it was not to be made anew."""
    names = [name for name in OF_CAMERAS if (out / name).is_file()]
    if names:
        text = (
            f"{', '.join(names)} still show earlier moves or layers. The same command without "
            "--no-preview, or rendering the storyboard, makes them anew."
        )
        on_event(Log(level="warning", text=text))
    tell_of_exports(out, on_event)


def _write(
    found: ShotFolder, move: CameraMove, staged: Staged, history: list[dict[str, Any]]
) -> Manifest:
    """Manifest first, then the storyboard: killed between, the shot is merely made again."""
    old, place = found.manifest, found.place
    film = old.files.preview
    own_film = film is not None and is_made(found.path / film, film, made_in(found.path))
    changed, content_hash = None, None
    if place is not None:
        board, index = place
        shot, shots = board.shots[index], list(board.shots)
        shots[index] = moved = shot.model_copy(update={"camera": move})
        changed = board.model_copy(update={"shots": shots})
        # A shot that its storyboard had left behind stays one that rendering makes again.
        if old.picture_hash is not None:
            rest = (old.comp, board.overscan, _other_timecode(old))
            if old.content_hash == shot_hash(old.picture_hash, shot, *rest):
                content_hash = shot_hash(old.picture_hash, moved, *rest)
    updates: dict[str, Any] = {
        "camera": staged.entry(),
        "layers": [_placed(layer, staged, number) for number, layer in enumerate(old.layers)],
        "files": old.files.model_copy(update={"preview": None}),
        "content_hash": content_hash,
        "checks": old.checks.model_copy(update={"film": None}),
        "notices": told_of_film(old.notices, None),
        MOVE: _as_json(move),
        HISTORY: history,
    }
    manifest = old.model_copy(update=updates)
    write_document(found.path / MANIFEST, manifest, rewrites=True)
    if changed is not None and found.output_folder is not None:
        with _watched(found):
            write_document(found.output_folder / STORYBOARD, changed, rewrites=True)
    # The old film shows the old move.
    if film is not None and own_film:
        (found.path / film).unlink(missing_ok=True)
    return manifest


def _other_timecode(manifest: Manifest) -> str | None:
    """The film's timecode where it is not the one that the shot's id alone gives."""
    from multiplane.deliver.timecode import start_timecode
    from multiplane.deliver.timeline.rates import exact_rate

    own = start_timecode(manifest.shot_id, exact_rate(manifest.comp.fps))
    return None if manifest.start_timecode == own else manifest.start_timecode


def _watched(found: ShotFolder) -> AbstractContextManager[object]:
    """Within, users' files in the shot's output folder are kept."""
    out = found.output_folder
    return nullcontext() if out is None else keeping(out, teller())


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


def _lacking_room(
    manifest: Manifest, size: tuple[int, int], move: CameraMove, staged: Staged, *, fixed: bool
) -> list[str]:
    """What to say where rendering would have made a wider picture for the move.

    size: of the shot's picture, px. fixed: the storyboard says the overscan.
    """
    overscan = staged.overscan
    now = overscan_now(manifest, size)
    made_for = now
    if manifest.original_prompt is not None:
        made_for = max(sharp_overscan(manifest.comp, size), now)
    if overscan <= made_for * 1.005:
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


def _history(found: ShotFolder) -> list[dict[str, Any]]:
    """Earlier moves, the last one last; what is no move is left out."""
    kept = found.extra.get(HISTORY)
    moves = []
    for entry in kept if isinstance(kept, list) else []:
        try:
            move = CameraMove.model_validate(entry["move"])
            moves.append({"move": _as_json(move), "overscan": max(1.0, float(entry["overscan"]))})
        except (KeyError, TypeError, ValueError):
            continue
    return moves


def _as_json(move: CameraMove) -> dict[str, Any]:
    return move.model_dump(mode="json", by_alias=True)
