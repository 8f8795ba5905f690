"""Where a storyboard and its shots name files: the one list, for what was read and for JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

_OF_A_SHOT = ("picture", "audio")
_OF_ITS_PARTS = (("layers", "picture"), ("mattes", "matte"))
"""A list in the shot, and the field in each of its entries."""

Node = TypeVar("Node", bound=BaseModel | Mapping[str, Any])


def named_files(shot: BaseModel | Mapping[str, Any]) -> list[tuple[str, str]]:
    """(field, name) of every file that the shot names, such as ("layers[2].picture", "ink.png").

    Of JSON that was not checked, what is no name is left out.
    """
    found: list[tuple[str, str]] = []

    def noted(field: str, name: str) -> str:
        found.append((field, name))
        return name

    with_files(shot, noted)
    return found


def with_board_files(board: Node, renamed: Callable[[str, str], str]) -> Node:
    """The storyboard with `renamed(field, name)` for every file that it names beside its shots.

    Those are its soundtrack ("soundtrack.file") and pictures of plates ("plates.hall.picture").
    """
    changes: dict[str, Any] = {}
    track = _get(board, "soundtrack")
    if isinstance(track, str):
        changes["soundtrack"] = renamed("soundtrack.file", track)
    elif isinstance(_get(track, "file"), str):
        changes["soundtrack"] = _with(track, _renamed(track, ["file"], "soundtrack.", renamed))
    plates = _get(board, "plates")
    if isinstance(plates, Mapping) and plates:
        changes["plates"] = {
            name: _with(plate, found)
            if (found := _renamed(plate, ["picture"], f"plates.{name}.", renamed))
            else plate
            for name, plate in plates.items()
        }
    return _with(board, changes)


def with_cast_pictures(board: Node, renamed: Callable[[str, str], str]) -> Node:
    """The storyboard with `renamed(field, name)` in place of each picture of its cast.

    Fields as "cast.mira.pictures[0]".
    """
    cast = _get(board, "cast")
    if not isinstance(cast, Mapping) or not any(_get(one, "pictures") for one in cast.values()):
        return board
    fresh = {**cast}
    for name, member in cast.items():
        pictures = _get(member, "pictures")
        if isinstance(pictures, list) and pictures:
            named = [
                renamed(f"cast.{name}.pictures[{number}]", file) if isinstance(file, str) else file
                for number, file in enumerate(pictures)
            ]
            fresh[name] = _with(member, {"pictures": named})
    return _with(board, {"cast": fresh})


def with_files(shot: Node, renamed: Callable[[str, str], str]) -> Node:
    """The shot with `renamed(field, name)` in place of every file's name; fields as above."""
    changes = _renamed(shot, _OF_A_SHOT, "", renamed)
    for parts, field in _OF_ITS_PARTS:
        entries = _get(shot, parts)
        if isinstance(entries, list) and entries:
            changes[parts] = [
                _with(entry, _renamed(entry, [field], f"{parts}[{number}].", renamed))
                for number, entry in enumerate(entries)
            ]
    return _with(shot, changes)


def _renamed(
    entry: object, fields: Iterable[str], at: str, renamed: Callable[[str, str], str]
) -> dict[str, Any]:
    found = ((field, _get(entry, field)) for field in fields)
    return {field: renamed(at + field, name) for field, name in found if isinstance(name, str)}


def _get(entry: object, field: str) -> object:
    return entry.get(field) if isinstance(entry, Mapping) else getattr(entry, field, None)


def _with(entry: Any, changes: dict[str, Any]) -> Any:
    if isinstance(entry, BaseModel):
        return entry.model_copy(update=changes)
    return {**entry, **changes} if changes else entry
