"""A list of edits by hand carried out on finished layers, and what could not be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from multiplane.contract.errors import InputError
from multiplane.contract.layer_edits import LayerEdit, LeftEdits
from multiplane.contract.manifest import NoticeEntry
from multiplane.layers.hands.operations import Scene, applied
from multiplane.layers.hands.realise import realised
from multiplane.layers.hands.state import CutState, state_of
from multiplane.layers.stack import Layer


@dataclass(frozen=True)
class ByHand:
    """What hands have changed in a shot's layers.

    base: the layers before any edit, empty without edits; done: the edits in their order; undone:
    those that can be done again, the next one last; picture: the fingerprint of the picture that
    they were made on; left: those of pictures that the shot has no more; notices: what the shot
    told before any edit.
    """

    base: tuple[Layer, ...] = ()
    done: tuple[LayerEdit, ...] = ()
    undone: tuple[LayerEdit, ...] = ()
    picture: str | None = None
    left: tuple[LeftEdits, ...] = ()
    notices: tuple[NoticeEntry, ...] = ()


NOTHING_BY_HAND = ByHand()


@dataclass(frozen=True)
class Replayed:
    """Layers after a list of edits; refused: by the edit's index, why it could not be done."""

    layers: tuple[Layer, ...]
    refused: dict[int, InputError]


def replayed(
    layers: Sequence[Layer],
    edits: Sequence[LayerEdit],
    scene: Scene,
    *,
    since: int | None = None,
) -> Replayed:
    """The layers (back to front) after all the edits, in their order.

    An edit that cannot be done, because its layer is gone for example, is left out and named;
    from index `since` on its InputError is raised.
    The same layers, edits and scene give the same bytes.
    """
    before = state_of(layers, scene.sheet.size)
    state, refused = after(before, edits, scene, since=since)
    if state is before:
        return Replayed(tuple(layers), refused)
    return Replayed(realised(scene.picture, layers, before, state), refused)


def after(
    state: CutState, edits: Sequence[LayerEdit], scene: Scene, *, since: int | None = None
) -> tuple[CutState, dict[int, InputError]]:
    """The state after all the edits, and those that could not be done."""
    refused: dict[int, InputError] = {}
    for index, edit in enumerate(edits):
        try:
            state = applied(state, edit, scene)
        except InputError as error:
            if since is not None and index >= since:
                raise
            refused[index] = error
    return state, refused
