"""A list of edits by hand carried out on finished layers, and what could not be done."""

from __future__ import annotations

from collections import Counter
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
    from index `since` on its InputError is raised, and `layer.name_taken` where it gives a layer
    the name of another one.
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
            made = applied(state, edit, scene)
        except InputError as error:
            if since is not None and index >= since:
                raise
            refused[index] = error
            continue
        if since is not None and index >= since:
            _check_names(state, made)  # earlier ones are done, and stay as they are
        state = made
    return state, refused


def _check_names(before: CutState, made: CutState) -> None:
    """Raise InputError where an edit has given a layer the name of another one."""
    had = Counter(part.name.casefold() for part in before.parts)
    has = Counter(part.name.casefold() for part in made.parts)
    for part in made.parts:
        name = part.name.casefold()
        if has[name] > max(1, had[name]):
            raise InputError(
                "layer.name_taken",
                "Layers would have the same name: {ids}.",
                field="name",
                value=part.name,
                remedy="Give each a name of its own.",
                values={
                    "ids": ", ".join(one.id for one in made.parts if one.name.casefold() == name)
                },
            )
