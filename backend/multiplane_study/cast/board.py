"""Storyboards in which each of a cast is in each of some places, alone, and who is seen in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from multiplane.contract.manifest import Manifest
from multiplane.layers.likeness import read
from multiplane_study.cast.pairs import Seen

SIZE = (448, 256)
STYLES = ("flat color", "watercolor")
PLACES = ("on a beach", "in a forest", "in the snow")


def board_in_places(
    cast: Mapping[str, Mapping[str, Any]],
    places: Sequence[str],
    *,
    style: str,
    seed: int,
    takes: int | None,
    ensure: int = 0,
) -> dict[str, Any]:
    """The storyboard; a shot's id is its member's name, a hyphen and the place's number from 1.

    cast: members by name, as a storyboard has them. takes: None for the model's own number.
    """
    shots = [
        {"id": f"{name}-{number}", "prompt": f"@{name} {where}", "duration": 0.25,
         "camera": "static"}
        for name in cast
        for number, where in enumerate(places, start=1)
    ]  # fmt: skip
    board = {"size": list(SIZE), "fps": 8, "seed": seed, "style": style, "cast": cast,
             "ensure": ensure, "shots": shots}  # fmt: skip
    return board if takes is None else {**board, "takes": takes}


def seen_in(manifest: Manifest, kind: str, colour: str, style: str) -> list[Seen]:
    """Everybody of a shot's cast who has a layer, as one of this kind and colour."""
    return [
        Seen(kind, colour, style, f"{style} {manifest.shot_id}", read(look.features))
        for look in manifest.cast
        if look.layer is not None
    ]
