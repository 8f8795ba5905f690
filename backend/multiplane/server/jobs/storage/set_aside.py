"""What is in the way and is not known goes to a place of its own: moved, never deleted."""

from __future__ import annotations

import itertools
from pathlib import Path

from multiplane.contract.data_folder import DataFolder


def set_aside(data: DataFolder, path: Path, name: str | None = None) -> Path:
    """Move `path`, whatever it is, into the data folder's `set-aside`; returns where it is now.

    name: there, instead of its own; a number follows where that is taken. A link is moved itself,
    not what it leads to. Raises OSError.
    """
    data.set_aside.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = name or path.name
    for number in itertools.count(1):
        target = data.set_aside / (wanted if number == 1 else f"{wanted}-{number}")
        if not (target.exists() or target.is_symlink()):
            path.rename(target)
            return target
    raise AssertionError("there is always a further number")


def listed(data: DataFolder) -> list[str]:
    """Names of what has been set aside."""
    try:
        return sorted(path.name for path in data.set_aside.iterdir())
    except OSError:
        return []
