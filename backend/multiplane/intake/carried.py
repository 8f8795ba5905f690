"""A storyboard that moves to another folder and still finds its files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from multiplane.contract.document import STORYBOARD_SCHEMA
from multiplane.contract.shot_files import (
    with_board_files,
    with_cast_pictures,
    with_files,
)
from multiplane.contract.storyboard import Storyboard
from multiplane.intake.paths import resolve_path


def carried(storyboard: Storyboard, old: Path, new: Path) -> Storyboard:
    """The storyboard with the paths of all files in it relative to the folder `new`.

    old: the folder that they are relative to now. A path that was absolute stays so.
    """
    shots = [
        with_files(shot, lambda _, name: carried_path(name, old, new)) for shot in storyboard.shots
    ]
    board = with_board_files(storyboard, lambda _, name: carried_path(name, old, new))
    board = with_cast_pictures(board, lambda _, name: carried_path(name, old, new))
    return board.model_copy(update={"shots": shots})


def compact_json(storyboard: Storyboard) -> str:
    """The storyboard as JSON that people edit: only what was said, no defaults."""
    fields = storyboard.model_dump(mode="json", by_alias=True, exclude_unset=True)
    fields.pop("schema", None)
    document = {"schema": STORYBOARD_SCHEMA, **fields}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def carried_path(name: str, old: Path, new: Path) -> str:
    """`name`, relative to the folder `old`, as seen from the folder `new`; with / everywhere."""
    path = resolve_path(name, old)
    if Path(name).is_absolute():
        return name
    try:
        return Path(os.path.relpath(path, new)).as_posix()
    except ValueError:
        # On Windows there is no way from one drive to another but from the top.
        return path.absolute().as_posix()
