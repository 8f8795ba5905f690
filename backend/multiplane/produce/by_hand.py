"""Edits by hand on a picture that was cut: carried out, carried along, or kept for later."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from multiplane.contract.doubts import is_doubt
from multiplane.contract.layer_edits import LayerEdit, LeftEdits, ShotEdits
from multiplane.contract.manifest import NoticeEntry
from multiplane.layers.hands.fingerprint import fingerprint, same_picture
from multiplane.layers.hands.history import ByHand, replayed
from multiplane.layers.hands.operations import Scene
from multiplane.layers.hands.strokes import Sheet
from multiplane.layers.stack import Layer
from multiplane.produce.finished import CutPicture

REFUSED, LEFT = "layer.edit_not_done", "layer.edits_left"
_KEPT_PICTURES = 8
"""Edits of so many earlier pictures of a shot are kept."""


def wanted_edits(asked: ShotEdits | None, earlier: ByHand | None) -> ByHand:
    """What hands have changed: as the storyboard says, else as an earlier result has it."""
    if asked is None:
        return earlier or ByHand()
    return ByHand(
        done=tuple(asked.edits),
        undone=tuple(asked.undone),
        picture=asked.picture,
        left=() if earlier is None else earlier.left,
    )


def edited(
    cut: CutPicture,
    wanted: ByHand,
    warn: Callable[[str], None] = lambda text: None,
    *,
    since: int | None = None,
) -> CutPicture:
    """The cut picture with these edits, whatever edits it has had before.

    Edits that were made on another picture are not carried out, but kept (`ByHand.left`). One
    that cannot be done any more is passed over. Both are said: to `warn`, and as notices. From the
    edit of index `since` on, one that cannot be done raises its InputError instead.
    """
    base = cut.by_hand.base or cut.layers
    had = cut.by_hand.notices if cut.by_hand.base else cut.notices
    before = tuple(one for one in had if one.code not in (REFUSED, LEFT))
    told: list[NoticeEntry] = []
    own = fingerprint_of(cut)
    left = list(wanted.left)
    done, undone = wanted.done, wanted.undone
    if wanted.picture is not None and not same_picture(wanted.picture, own):
        if done:
            left = [*left, LeftEdits(picture=wanted.picture, edits=list(done))][-_KEPT_PICTURES:]
            told.append(_left_notice(len(done)))
        done, undone = (), ()
    again = next((one for one in left if same_picture(one.picture, own)), None)
    if again is not None and not done:  # the earlier picture is back
        left.remove(again)
        done = tuple(again.edits)
    if not done:
        hands = ByHand(undone=undone, left=tuple(left), picture=own if undone else None)
        layers, refused = tuple(base), {}
    elif cut.by_hand.base and done == cut.by_hand.done:
        hands = dataclasses.replace(cut.by_hand, undone=undone, left=tuple(left))
        warn_all(told, warn)
        return dataclasses.replace(cut, by_hand=hands, notices=(*cut.notices, *told))
    else:
        result = replayed(base, done, scene_of(cut), since=since)
        layers, refused = result.layers, result.refused
        hands = ByHand(tuple(base), done, undone, own, tuple(left), before)
    told += [_refused_notice(index, done[index], str(why)) for index, why in refused.items()]
    warn_all(told, warn)
    if left and LEFT not in (one.code for one in told):
        told += [one for one in cut.notices if one.code == LEFT]  # it has been said, and is so
    notices = (*_still_true(before, base, layers), *told)
    return dataclasses.replace(cut, layers=layers, notices=notices, by_hand=hands)


def warn_all(notices: Sequence[NoticeEntry], warn: Callable[[str], None]) -> None:
    """Say each of them."""
    for notice in notices:
        warn(str(notice))


def _still_true(
    notices: Sequence[NoticeEntry], before: Sequence[Layer], after: Sequence[Layer]
) -> list[NoticeEntry]:
    """The notices without doubts of layers that hands have corrected, or that are gone."""
    ids = {layer.name: layer.id for layer in before}
    doubtful = {layer.id for layer in after if layer.reason is not None}
    was = {layer.id for layer in before if layer.reason is not None}
    settled = {name for name, id_ in ids.items() if id_ in was - doubtful}
    return [
        notice
        for notice in notices
        if not (is_doubt(notice.code) and notice.layers and settled.issuperset(notice.layers))
    ]


def scene_of(cut: CutPicture) -> Scene:
    """What the operations look at."""
    height, width = cut.picture.shape[:2]
    area = cut.drawing_area or (0, 0, width, height)
    return Scene(cut.picture, cut.nearness, Sheet((width, height), area), cut.words.by_word())


def fingerprint_of(cut: CutPicture) -> str:
    """Of the artist's own part of the picture, or of all that was painted."""
    height, width = cut.picture.shape[:2]
    x, y, wide, high = cut.drawing_area or (0, 0, width, height)
    return fingerprint(cut.picture[y : y + high, x : x + wide])


def described(edit: LayerEdit) -> str:
    """The edit in a few words, such as "keep warrior"."""
    what = getattr(edit, "layer", None) or getattr(edit, "name", None)
    names: Sequence[str] = getattr(edit, "layers", None) or getattr(edit, "words", None) or []
    return " ".join([edit.op, *([what] if what else names)])


def _left_notice(count: int) -> NoticeEntry:
    return NoticeEntry.of(
        LEFT,
        "The picture is another one, so {count} edit by hand was not carried out."
        if count == 1
        else "The picture is another one, so {count} edits by hand were not carried out.",
        {"count": count},
        remedy="They are kept in the manifest (left_edits), and come back with their picture.",
    )


def _refused_notice(index: int, edit: LayerEdit, why: str) -> NoticeEntry:
    return NoticeEntry.of(
        REFUSED,
        "Edit {number} ({edit}) could not be done. {why}",
        {"number": index + 1, "edit": described(edit), "why": why},
        remedy="multiplane layer list shows the layers and the edits.",
    )
