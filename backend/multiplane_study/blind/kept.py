"""Lines that are never lost: each is on the disk before anybody is told that it was kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Line = TypeVar("Line", bound=BaseModel)


def append(path: Path, line: BaseModel) -> None:
    """Add a line of JSON at the end, whole and on the disk. What is there is never rewritten."""
    with path.open("a+b") as file:
        torn = file.tell() > 0 and _last_byte(path) != b"\n"
        text = line.model_dump_json() + "\n"
        file.write(b"\n" * torn + text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, kind: type[Line]) -> tuple[list[Line], int]:
    """All lines that can be read, and how many can't (a computer went off while writing)."""
    if not path.exists():
        return [], 0
    found: list[Line] = []
    unreadable = 0
    for text in path.read_bytes().splitlines():
        if not text.strip():
            continue
        try:
            found.append(kind.model_validate_json(text))
        except ValidationError:
            unreadable += 1
    return found, unreadable


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
