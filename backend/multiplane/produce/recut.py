"""A picture that was cut gets mattes by hand: its layers anew, all else as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import is_doubt
from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.manifest import NoticeEntry
from multiplane.intake.mattes import load_mattes
from multiplane.intake.shot_source import LayeredDrawing
from multiplane.layers.exact import contributions
from multiplane.layers.extend import cropped
from multiplane.layers.stack import CutSubject, build_stack
from multiplane.produce.finished import CutPicture
from multiplane.produce.job import ShotJob

Floats = NDArray[np.float32]


def corrected(cut: CutPicture, job: ShotJob) -> CutPicture:
    """The cut picture with the shot's mattes by hand; without any it stays what it is.

    Raises InputError for a matte that cannot be used, an unknown layer, and a drawing that its
    artist has cut.
    """
    if not job.shot.mattes:
        return cut
    if isinstance(job.source, LayeredDrawing):
        raise InputError(
            "storyboard.shot.layers_and_mattes",
            "The shot's layers are drawn: their own alpha counts.",
            field="mattes",
            remedy="Correct the drawing itself.",
        )
    height, width = cut.picture.shape[:2]
    area = cut.drawing_area or (0, 0, width, height)
    return recut(cut, load_mattes(job.shot, job.storyboard_folder, area[2:]))


def recut(cut: CutPicture, mattes: Sequence[tuple[str, Floats]]) -> CutPicture:
    """Build the layers anew from `mattes`: (layer's id, what is seen of it (h, w) 0..1).

    A matte has the size of the picture, or of `cut.drawing_area` where there is one, outside of
    which all stays. What a matte takes, the other subjects lose; what it leaves is the
    background's. Of several mattes for one layer the last counts, and a later layer's matte
    before an earlier one's. Picture, depth, order and places in depth stay; a subject of which
    nothing is left has no layer any more. Raises InputError `produce.recut.*`.
    """
    height, width = cut.picture.shape[:2]
    x, y, wide, high = cut.drawing_area or (0, 0, width, height)
    subjects = cut.layers[1:]
    ids = [subject.id for subject in subjects]
    sheets = [cropped(layer.rgba, layer.bbox[:2], (width, height)) for layer in cut.layers]
    alphas = np.stack(sheets)
    visible = contributions(alphas[..., 3].astype(np.float32) / np.float32(255.0))[1:]
    final: dict[str, Floats] = {}
    for id_, matte in mattes:
        _check(id_, matte, ids, (wide, high))
        final.pop(id_, None)  # so that the order is that of the last mention
        final[id_] = matte
    inside = visible[:, y : y + high, x : x + wide]
    for id_, matte in final.items():
        index = ids.index(id_)
        others = [other for other in range(len(ids)) if other != index]
        total = inside[others].sum(axis=0)
        room = 1.0 - matte
        kept = np.divide(room, total, out=np.ones_like(total), where=total > room)
        inside[others] *= kept
        inside[index] = matte
    layers = build_stack(
        cut.picture,
        [
            CutSubject(
                id=subject.id,
                name=subject.name,
                phrase=subject.phrase,
                alpha=visible[index],
                nearness=subject.nearness,
                confidence=1.0 if subject.id in final else subject.confidence,
                reason=None if subject.id in final else subject.reason,
                token_indices=subject.token_indices,
                kind=subject.kind,
                cut_by="" if subject.id in final else subject.cut_by,
            )
            for index, subject in enumerate(subjects)
        ],
        # With a plate the lowest layer is known everywhere, also where subjects hide it.
        plate=None if cut.plate is None else sheets[0][..., :3],
    )
    return dataclasses.replace(cut, layers=layers, notices=_without_doubt(cut, final.keys()))


def _without_doubt(cut: CutPicture, corrected: Collection[str]) -> tuple[NoticeEntry, ...]:
    """The notices without doubts that concern only layers that a hand has corrected (ids)."""
    names = {layer.name for layer in cut.layers if layer.id in corrected}
    return tuple(
        notice
        for notice in cut.notices
        if not (is_doubt(notice.code) and notice.layers and names.issuperset(notice.layers))
    )


def _check(id_: str, matte: Floats, ids: Sequence[str], size: tuple[int, int]) -> None:
    if id_ not in ids:
        raise unknown_name("produce.recut.layer_unknown", "subject", id_, ids, field="mattes")
    if matte.shape[::-1] != size:
        raise InputError(
            "produce.recut.size",
            "The matte has another size than the picture.",
            field="mattes",
            value=f"{matte.shape[1]} x {matte.shape[0]}",
            remedy="It should have {width} x {height} px.",
            values={"width": size[0], "height": size[1]},
        )
