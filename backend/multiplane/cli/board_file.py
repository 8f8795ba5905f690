"""A storyboard in our own JSON that a command rewrites, with its earlier state kept beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiplane.intake.read_storyboard import LoadedStoryboard


def read_own(board: Path, code: str) -> tuple[dict[str, Any], LoadedStoryboard]:
    """(as it is written, as it is understood). Raises InputError `code` for other formats, and
    the first error of a storyboard that has any."""
    from multiplane.contract.errors import InputError
    from multiplane.intake.json_file import read_json
    from multiplane.intake.read_storyboard import read_storyboard

    if board.suffix.lower() != ".json":
        raise InputError(
            code,
            "Only our own JSON can be changed.",
            file=str(board),
            remedy=f"First: multiplane storyboard convert {board.name} {board.stem}.json",
        )
    loaded = read_storyboard(board)
    if loaded.shots_errors:
        raise next(iter(loaded.shots_errors.values()))
    return read_json(board, kind="storyboard"), loaded


def rewrite(board: Path, document: Mapping[str, Any], before: str) -> Path:
    """Write the storyboard; returns where its earlier state is kept: board.before-cut.json."""
    kept = _set_aside(board, before)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write(board, text.encode())
    return kept


def write(out: Path, data: bytes) -> None:
    """Write the file, whole or not at all."""
    from multiplane.deliver.folder import replacing_file

    with replacing_file(out) as fresh:
        fresh.write_bytes(data)


def _set_aside(board: Path, before: str) -> Path:
    """Copy the storyboard beside itself, under a name that is free."""
    number, name = 1, f"{board.stem}.before-{before}.json"
    while True:
        try:
            with board.with_name(name).open("xb") as copy:
                copy.write(board.read_bytes())
            return board.with_name(name)
        except FileExistsError:
            number += 1
            name = f"{board.stem}.before-{before}-{number}.json"
