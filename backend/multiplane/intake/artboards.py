"""A shot of a Photoshop file with several artboards becomes a shot for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.intake.paths import resolve_path
from multiplane.intake.psd_file import is_psd, psd_contents
from multiplane.intake.reading import Notice

Place = Callable[[int, str], str]
_OF_THE_FIRST = ("dialogue", "action", "notes", "audio")
"""What is said once is not said again with every artboard."""


@dataclass(frozen=True)
class ArtboardShots:
    """A document whose shots have one artboard each, and all that counts its shots by index."""

    document: Mapping[str, Any]
    found: Mapping[int, InputError]
    notices: tuple[Notice, ...]
    place: Place


def one_shot_per_artboard(
    document: Mapping[str, Any],
    folder: Path,
    *,
    found: Mapping[int, InputError],
    notices: Sequence[Notice],
    place: Place,
) -> ArtboardShots:
    """Put a shot for each artboard in place of one whose picture has several and that names none.

    The first keeps what is said in the shot; the id gets the artboard's name. A notice
    names layers that lie on no artboard. A file that cannot be read is left as it is. Arguments as
    `read_storyboard.load_storyboard` has them.
    """
    shots: list[Any] = []
    old_index: list[int] = []
    told: list[Notice] = []
    for index, shot in enumerate(document["shots"]):
        boards, outside = _artboards(shot, folder)
        if outside:
            told.append(_left_out(outside, len(shots), place(index, "picture")))
        if len(boards) > 1 and isinstance(shot, dict) and shot.get("artboard") is None:
            told.append(_told(boards, len(shots), place(index, "picture")))
            made = [_of_artboard(shot, name, first=not at) for at, name in enumerate(boards)]
        else:
            made = [shot]
        shots += made
        old_index += [index] * len(made)
    if len(shots) == len(document["shots"]):
        return ArtboardShots(document, found, (*notices, *told), place)
    first_of = {old: new for new, old in reversed(list(enumerate(old_index)))}
    return ArtboardShots(
        document={**document, "shots": shots},
        found={new: found[old] for new, old in enumerate(old_index) if old in found},
        notices=(
            *(
                notice if notice.shot is None else replace(notice, shot=first_of[notice.shot])
                for notice in notices
            ),
            *told,
        ),
        place=lambda index, inner: place(old_index[index], inner),
    )


def _artboards(shot: object, folder: Path) -> tuple[list[str], tuple[str, ...]]:
    """Names of the artboards of a shot's picture, and of visible layers outside of them."""
    picture = shot.get("picture") if isinstance(shot, dict) else None
    if not isinstance(picture, str):
        return [], ()
    try:
        path = resolve_path(picture, folder)
        if not (path.is_file() and is_psd(path)):
            return [], ()
        contents = psd_contents(path)
    except (MultiplaneError, OSError, ValueError):
        return [], ()
    return list(contents.artboards), contents.outside


def _of_artboard(shot: Mapping[str, Any], name: str, *, first: bool) -> dict[str, Any]:
    kept = {key: value for key, value in shot.items() if first or key not in _OF_THE_FIRST}
    id_ = shot.get("id")
    if isinstance(id_, str) and id_.strip():
        kept["id"] = f"{id_.strip()[: 295 - len(name)]} {name}"
    return {**kept, "artboard": name}


def _told(boards: Sequence[str], index: int, field: str) -> Notice:
    few = ", ".join(f'"{name}"' for name in boards[:5]) + (" ..." if boards[5:] else "")
    return Notice(
        "picture.psd.artboards",
        "The file has {count} artboards; each becomes a shot: {names}.",
        shot=index,
        field=field,
        remedy='Name one in "artboard" to have that alone.',
        values={"count": len(boards), "names": few},
    )


def _left_out(outside: Sequence[str], index: int, field: str) -> Notice:
    few = ", ".join(f'"{name}"' for name in outside[:5]) + (" ..." if outside[5:] else "")
    return Notice(
        "picture.psd.outside_artboards",
        "These layers lie on no artboard, so they are left out: {names}.",
        shot=index,
        field=field,
        remedy="Move them onto an artboard in Photoshop.",
        values={"names": few},
    )
