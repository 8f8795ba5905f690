"""Who owns which pixel: what operations by hand change, before any colour is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import DoubtReason
from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.layer_kinds import LayerKind
from multiplane.layers.exact import contributions
from multiplane.layers.extend import cropped
from multiplane.layers.stack import Layer

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

GROUND = "background"
"""The lowest layer's id."""
_GAP = 0.001  # least difference of nearness between neighbours


@dataclass(frozen=True)
class Part:
    """What becomes one layer.

    visible (H, W): what is seen of it, 0..255; of the lowest part nobody asks, it has the rest.
    sources: ids of the layers, before any edit, that its hidden pixels come from.
    fill: a number that its fill was asked for again with, 0 for the first one. marked, unmarked
    (H, W): where strokes have said that it is there, or is not; None without any.
    """

    id: str
    name: str
    kind: LayerKind
    phrase: str
    token_indices: tuple[int, ...]
    nearness: float
    confidence: float
    visible: Bytes
    sources: tuple[str, ...] = ()
    reason: DoubtReason | None = None
    cut_by: str = ""  # name of the cutter; "" once a hand has cut it
    fill: int = 0
    marked: Mask | None = None
    unmarked: Mask | None = None

    def with_marks(self, strokes: Mask, *, mine: bool) -> Part:
        """The part with further strokes (H, W) over it, which count before earlier ones."""
        marked, unmarked = self.marked, self.unmarked
        if mine:
            marked = strokes if marked is None else marked | strokes
            unmarked = None if unmarked is None else unmarked & ~strokes
        else:
            unmarked = strokes if unmarked is None else unmarked | strokes
            marked = None if marked is None else marked & ~strokes
        return replace(self, marked=marked, unmarked=unmarked)


@dataclass(frozen=True)
class CutState:
    """The parts back to front, the first one being the ground."""

    parts: tuple[Part, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px."""
        height, width = self.parts[0].visible.shape
        return width, height

    def index(self, name: str, *, ground: bool = False, field: str = "layer") -> int:
        """Which part has this id or name. Raises InputError `layer.unknown`, `layer.ground`."""
        by_id = [part.id for part in self.parts]
        if name in by_id:
            found = by_id.index(name)
        else:
            names = [part.name.casefold() for part in self.parts]
            if names.count(name.casefold()) > 1:
                same = [part.id for part in self.parts if part.name.casefold() == name.casefold()]
                raise InputError(
                    "layer.ambiguous",
                    "Several layers have this name.",
                    field=field,
                    value=name,
                    remedy="Give an id: {ids}.",
                    values={"ids": ", ".join(same)},
                )
            if name.casefold() not in names:
                known = [part.name for part in self.parts[0 if ground else 1 :]]
                raise unknown_name("layer.unknown", "layer", name, known or ["none"], field=field)
            found = names.index(name.casefold())
        if found == 0 and not ground:
            raise InputError(
                "layer.ground",
                "This is the lowest layer: it has whatever no other layer has.",
                field=field,
                value=name,
                remedy="Change the layers before it, or make a new one.",
            )
        return found

    def owned(self, index: int) -> Floats:
        """What is seen of a part (H, W), 0..1."""
        if index:
            return self.parts[index].visible.astype(np.float32) / np.float32(255.0)
        taken = np.zeros(self.parts[0].visible.shape, np.int32)
        for part in self.parts[1:]:
            taken += part.visible
        return (np.float32(255.0) - taken.astype(np.float32)) / np.float32(255.0)

    def with_owned(self, index: int, alpha: Floats, where: Mask) -> CutState:
        """The part has `alpha` (H, W) 0..1 `where` it is said (H, W); the others make room."""
        wanted = np.where(where, np.rint(np.clip(alpha, 0, 1) * 255.0), 0).astype(np.int32)
        parts = list(self.parts)
        others = [other for other in range(1, len(parts)) if other != index]
        total = np.zeros(where.shape, np.int32)
        for other in others:
            total += parts[other].visible
        room = 255 - wanted
        tight = where & (total > room)
        scale = np.divide(room, total, out=np.ones(where.shape, np.float32), where=tight)
        for other in others:
            old = parts[other].visible
            if (old[tight] > 0).any():
                less = np.floor(old.astype(np.float32) * scale).astype(np.uint8)
                parts[other] = replace(parts[other], visible=np.where(tight, less, old))
        mine = np.where(where, wanted, parts[index].visible).astype(np.uint8)
        parts[index] = replace(parts[index], visible=mine)
        return CutState(tuple(parts))

    def without_empty(self) -> CutState:
        """The state without parts of which nothing is seen any more."""
        kept = [part for part in self.parts[1:] if part.visible.any()]
        return CutState((self.parts[0], *kept))

    def ordered(self) -> CutState:
        """The parts by nearness, which grows strictly from back to front."""
        ground, *others = self.parts
        others.sort(key=lambda part: part.nearness)
        return CutState((ground, *_spaced(others)))

    def placed(self, part: Part, at: int) -> CutState:
        """The state with another part at index `at`; its nearness fits between its neighbours'."""
        before, after = self.parts[:at], self.parts[at:]
        low = before[-1].nearness
        high = after[0].nearness if after else 1.0
        between = min(max(part.nearness, low), high)
        if between in (low, high):
            between = (low + high) / 2.0 if after else min(1.0, low + 0.1)
        placed = replace(part, nearness=between)
        return CutState((before[0], *_spaced([*before[1:], placed, *after])))


def state_of(layers: Sequence[Layer], size: tuple[int, int]) -> CutState:
    """Finished layers, back to front on a picture of `size` (width, height) px, as parts."""
    width, height = size
    alphas = np.stack([cropped(one.rgba, one.bbox[:2], size)[..., 3] for one in layers])
    shares = contributions(alphas.astype(np.float32) / np.float32(255.0))
    parts = [
        Part(
            id=layer.id,
            name=layer.name,
            kind=layer.kind,
            phrase=layer.phrase,
            token_indices=layer.token_indices,
            nearness=layer.nearness,
            confidence=layer.confidence,
            visible=np.floor(share * 255.0 + 0.25).astype(np.uint8)
            if index
            else np.zeros((height, width), np.uint8),
            sources=(layer.id,),
            reason=layer.reason,
            cut_by=layer.cut_by,
        )
        for index, (layer, share) in enumerate(zip(layers, shares, strict=True))
    ]
    return CutState(tuple(parts))


def _spaced(parts: Sequence[Part]) -> list[Part]:
    """The parts with nearness that grows strictly, changed as little as that needs, within 0..1."""
    near = [part.nearness for part in parts]
    for index in range(1, len(near)):
        near[index] = max(near[index], near[index - 1] + _GAP)
    if near and near[-1] > 1.0:
        near[-1] = 1.0
        for index in range(len(near) - 2, -1, -1):
            near[index] = min(near[index], near[index + 1] - _GAP)
    return [
        part if part.nearness == value else replace(part, nearness=value)
        for part, value in zip(parts, near, strict=True)
    ]
