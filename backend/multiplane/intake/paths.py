"""Where the files are that a storyboard names."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.storyboard import Shot


def resolve_path(name: str, folder: Path) -> Path:
    """`name` as a path; a relative one starts at `folder`, written with / or with \\ alike."""
    path = folder / name
    if "\\" in name and not path.exists():
        return folder / name.replace("\\", "/")
    return path


def audio_file(shot: Shot, folder: Path) -> Path | None:
    """The shot's audio; null without one, and for one that is not there."""
    if shot.audio is None:
        return None
    path = resolve_path(shot.audio, folder)
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None
