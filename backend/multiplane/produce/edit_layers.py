"""The layers of a finished shot changed by hand: no model, the same picture, the same camera.

What has to stay true together: the layers' files, the PSD, the manifest with its edits, and where
the output folder's storyboard.json speaks of edits, that. The film is made after them
(`restage.film_again`), then what tells of all shots (`restage.refresh`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Log, OnEvent
from multiplane.contract.layer_edits import MOST_EDITS, LayerEdit, ShotEdits
from multiplane.contract.layout import STORYBOARD
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.documents import write_document
from multiplane.deliver.film_check import warnings_of
from multiplane.deliver.own_files import keeping, teller
from multiplane.deliver.shot_pictures import picture_size
from multiplane.layers.hands.history import ByHand
from multiplane.layers.stack import Layer
from multiplane.produce.by_hand import edited, fingerprint_of
from multiplane.produce.film_holds import held_film
from multiplane.produce.finished import CutPicture, reusable_cut
from multiplane.produce.job import shot_hash
from multiplane.produce.restage import delivered_again
from multiplane.stage.finished import overscan_now
from multiplane.stage.shot import Staged, stage_shot


def edit(
    folder: Path, edits: Sequence[LayerEdit], *, on_event: OnEvent = lambda event: None
) -> Manifest:
    """Carry out edits on the finished shot in `folder` (out/shots/<id>), after those it has.

    Returns its manifest, which names no preview until `film_again` makes it. All of them are
    done, or none: raises InputError `layer.*` for the first that cannot be, and where no
    finished shot is; Failure when a file is damaged or cannot be written.
    """
    found, cut = _opened(folder)
    done = (*cut.by_hand.done, *edits)
    if len(done) > MOST_EDITS:
        raise InputError(
            "layer.too_many_edits",
            "This shot has {count} edits; {most} are kept at most.",
            file=str(folder),
            remedy="Undo some that no longer count.",
            values={"count": len(cut.by_hand.done), "most": MOST_EDITS},
        )
    wanted = ByHand(done=done, picture=fingerprint_of(cut), left=cut.by_hand.left)
    return _write(found, cut, wanted, on_event, since=len(cut.by_hand.done))


def undo(folder: Path, *, on_event: OnEvent = lambda event: None) -> Manifest:
    """Take the last edit of the finished shot back; `redo` does it again.

    Raises InputError `layer.nothing_to_undo`, and as `edit`.
    """
    found, cut = _opened(folder)
    hands = cut.by_hand
    if not hands.done:
        raise InputError(
            "layer.nothing_to_undo",
            "No layer of this shot was changed by hand.",
            file=str(folder),
        )
    undone = (*hands.undone, hands.done[-1])
    wanted = ByHand(done=hands.done[:-1], undone=undone, picture=hands.picture, left=hands.left)
    return _write(found, cut, wanted, on_event)


def redo(folder: Path, *, on_event: OnEvent = lambda event: None) -> Manifest:
    """Do the edit again that `undo` took back last.

    Raises InputError `layer.nothing_to_redo`, and as `edit`.
    """
    found, cut = _opened(folder)
    hands = cut.by_hand
    if not hands.undone:
        raise InputError(
            "layer.nothing_to_redo",
            "No edit of this shot was taken back.",
            file=str(folder),
        )
    done = (*hands.done, hands.undone[-1])
    wanted = ByHand(done=done, undone=hands.undone[:-1], picture=hands.picture, left=hands.left)
    return _write(found, cut, wanted, on_event)


def _opened(folder: Path) -> tuple[ShotFolder, CutPicture]:
    found = ShotFolder.open(folder)
    cut = reusable_cut(folder, found.manifest.picture_hash, None)
    if cut is None:
        raise Failure(
            code="layer.files_missing",
            message="The shot's pictures are not all there, or cannot be read.",
            file=str(folder),
            remedy="Render the storyboard again: it makes anew what is missing.",
        )
    return found, cut


def _write(
    found: ShotFolder,
    cut: CutPicture,
    wanted: ByHand,
    on_event: OnEvent,
    *,
    since: int | None = None,
) -> Manifest:
    """since: index of the first edit that has to be possible."""
    old = found.manifest

    def warn(text: str) -> None:
        on_event(Log(level="warning", text=text, shot_id=old.shot_id))

    try:
        cut = edited(cut, wanted, warn, since=since)
    except InputError as error:
        raise replace(error, file=str(found.path)) from None
    size = picture_size(found)
    overscan = overscan_now(old, size)

    def staged_with(layers: Sequence[Layer], amount: float) -> Staged:
        move = found.move.model_copy(update={"amount": amount})
        return stage_shot(layers, size, old.comp, move, overscan=overscan)

    film = held_film(cut.layers, size, staged_with, found.move.amount)
    staged, film_check = film.staged, film.check
    for text in (*staged.warnings, *warnings_of(film_check, staged)):
        warn(text)
    content_hash = old.content_hash
    place = found.place
    changed = None
    if place is not None and place[0].shots[place[1]].edits is not None:
        board, index = place
        shot, shots = board.shots[index], list(board.shots)
        hands = cut.by_hand
        said = ShotEdits(edits=list(hands.done), undone=list(hands.undone), picture=hands.picture)
        shots[index] = now = shot.model_copy(update={"edits": said})
        changed = board.model_copy(update={"shots": shots})
        if old.picture_hash is not None and content_hash == shot_hash(
            old.picture_hash, shot, old.comp, board.overscan
        ):
            content_hash = shot_hash(old.picture_hash, now, old.comp, board.overscan)
    manifest = delivered_again(found, cut, film, content_hash)
    out = found.output_folder
    if changed is not None and out is not None:
        with keeping(out, teller()):
            write_document(out / STORYBOARD, changed, rewrites=True)
    return manifest
