"""A photograph of COCO as a case of the bench: its things are the subjects, its stuff the place."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from multiplane.contract.errors import InputError
from multiplane.intake.picture import load_picture
from multiplane_study.bench.case import Case, Tags
from multiplane_study.realistic.chosen import checksum, choose
from multiplane_study.realistic.coco import Annotations, CocoPanoptic, CocoStuff, Region, absent
from multiplane_study.scenes import Scene, SceneSubject
from multiplane_study.scenes.draw import visible

KINDS: dict[str, Callable[[Path], Annotations]] = {
    "coco-stuff": CocoStuff,
    "coco-panoptic": CocoPanoptic,
}
LEAST, MOST = 0.01, 6
"""A thing is a subject from 1 % of the picture, all of its kind together; at most six kinds are."""
_SHOWN = 20  # px that a mask must have at least


class Photographs:
    """The thousand pictures of an annotated folder.

    kind: one of `KINDS`. Raises InputError `study.data_absent` or `study.coco.damaged`, as the
    readers do.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        if not folder.is_dir():
            raise absent(folder)
        self.kind = kind
        self.annotations: Annotations = KINDS[kind](folder)
        self.ids = choose(self.annotations.ids, lambda id_: bool(self._things(id_)))

    @property
    def checksum(self) -> str:
        """Of the ids that were chosen."""
        return checksum(self.ids)

    @property
    def note(self) -> str:
        """What stands beside the figures."""
        return (
            f"{len(self.ids)} photographs of {self.kind}, chosen by a hash of their ids (SHA-256 "
            f"of the list: {self.checksum}); subjects are its things, all of a kind together"
        )

    def case(self, number: int) -> Case:
        """Picture `number` of the chosen ones; the largest kind of thing is the farthest."""
        id_ = self.ids[number]
        picture = load_picture(self.annotations.picture(id_))
        things = self._things(id_)
        masks = [self.annotations.mask(id_, one).astype(np.float32) for one in things]
        seen = [
            (region, matte)
            for region, matte in zip(things, visible(masks), strict=True)
            if matte.sum() >= _SHOWN
        ]
        width, height = self.annotations.size(id_)
        if not seen or picture.shape[:2] != (height, width):
            raise InputError(
                "study.coco.no_match",
                "The picture and its annotations don't belong together.",
                file=str(self.annotations.picture(id_)),
                field="image_id",
                value=id_,
                remedy="Unpack both from the archives of the same split.",
            )
        # "wall-other-merged" is a wall: what follows is the dataset's own.
        stuff = [one for one in self.annotations.regions(id_) if not one.thing]
        names = [region.name for region, _ in seen]
        caption, spans = _said([*names, stuff[0].name.partition("-")[0] if stuff else "background"])
        scene = Scene(
            seed=id_,
            style="photograph",
            place=caption[slice(*spans[-1])],
            caption=caption,
            place_phrase=spans[-1],
            style_phrase=None,
            picture=picture,
            background=picture,
            subjects=tuple(
                SceneSubject(region.name, "", span, matte, matte, picture, (rank + 1) / len(seen))
                for rank, ((region, matte), span) in enumerate(zip(seen, spans, strict=False))
            ),
            depth=np.zeros(picture.shape[:2], np.float32),
        )
        tags = Tags(number, "photograph", len(seen), self.kind, "", (), caption)
        return Case(scene, tags, frozenset())

    def _things(self, id_: int) -> list[Region]:
        width, height = self.annotations.size(id_)
        found = [
            one
            for one in self.annotations.regions(id_)
            if one.thing and one.area >= LEAST * width * height
        ]
        return found[:MOST]


@cache
def photographs(kind: str, folder: Path) -> Photographs:
    """Read once: the annotations are large."""
    return Photographs(kind, folder)


def _said(names: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """The names in a row, and where each stands."""
    text, spans = "", []
    for name in names:
        text += ", " if text else ""
        spans.append((len(text), len(text) + len(name)))
        text += name
    return text, spans
