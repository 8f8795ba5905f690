"""Where a shot of a storyboard names files: the one list, for shots as read and as JSON."""

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
