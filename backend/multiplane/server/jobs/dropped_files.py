"""Uploaded storyboards of every format, and pictures: read as `multiplane render` does."""

from __future__ import annotations

import dataclasses
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import InputError
from multiplane.contract.messages_common import DroppedFile
from multiplane.contract.shot_files import with_files
from multiplane.deliver.safe_path import safe_path
from multiplane.server.jobs.submission import UPLOAD

if TYPE_CHECKING:
    from multiplane.intake.reading import Reading

_SCENE = ".storyboarder"
_IMAGES = "images"
"""The folder in which a Storyboarder scene has its drawings."""


def read_dropped(
    files: Sequence[DroppedFile], place: Callable[[str, Path], None], work: Path
) -> tuple[dict[str, Any], Reading]:
    """The storyboard, in our own JSON, with uploads for its files; and how its reader had it.

    place: makes an upload's file appear at a path; raises for what was not uploaded. work: a
    folder for files that are laid out meanwhile. Any thread may call it. Raises InputError for
    what is no storyboard, and for a path that is none.
    """
    root = work / f"dropped-{secrets.token_hex(8)}"
    try:
        uploads = _laid_out(files, place, root)
        path = _what_to_read(root, uploads)
        reading = _told_by_name(root, path)
        document = dict(reading.document)
        if path.is_dir() and document.get("title") in (path.name, root.name):
            document.pop("title")  # a folder's name is no title
        by_name = {PurePosixPath(name).name: upload for name, upload in uploads.items()}
        base = reading.folder.relative_to(root)

        def uploaded(_: str, name: str) -> str:
            inside = (base / name.replace("\\", "/")).as_posix()
            last = PurePosixPath(name.replace("\\", "/")).name
            return uploads.get(inside) or by_name.get(last) or name

        shots = document.get("shots")
        if isinstance(shots, list):
            document["shots"] = [
                with_files(shot, uploaded) if isinstance(shot, dict) else shot for shot in shots
            ]
        return document, reading
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _laid_out(
    files: Sequence[DroppedFile], place: Callable[[str, Path], None], root: Path
) -> dict[str, str]:
    """Uploads by their paths in `root`, where they are now."""
    root.mkdir(parents=True)
    uploads: dict[str, str] = {}
    alone = not any("/" in file.path for file in files)
    scene = any(file.path.lower().endswith(_SCENE) for file in files)
    for file in files:
        paths = [file.path]
        if alone and scene and not file.path.lower().endswith(_SCENE):
            paths.append(f"{_IMAGES}/{file.path}")  # as Storyboarder has them
        for name in paths:
            target = safe_path(root, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                place(file.upload.removeprefix(UPLOAD), target)
            uploads[name] = file.upload
    return uploads


def _what_to_read(root: Path, uploads: dict[str, str]) -> Path:
    """The one file that is a storyboard; else the folder that the pictures are in."""
    from multiplane.intake.reading import FOLDER, FORMATS
    from multiplane.intake.storyboarder_project import SCENE, STORYBOARDS

    for name in uploads:
        parts = PurePosixPath(name).parts
        if len(parts) > 2 and parts[-3] == STORYBOARDS and name.lower().endswith(SCENE):
            return root.joinpath(*parts[:-3])  # a project of several scenes
    others = [one for name, one in FORMATS.items() if name != FOLDER]
    suffixes = {suffix for one in others for suffix in one.suffixes}
    boards = [name for name in uploads if PurePosixPath(name).suffix.lower() in suffixes]
    if len(boards) > 1:
        raise InputError(
            "dropped.one_storyboard",
            "These are several storyboards.",
            value=", ".join(sorted(boards)),
            remedy="Give one, and its pictures if it has any.",
        )
    if boards:
        return root / boards[0]
    folder = root
    while (inside := list(folder.iterdir())) and len(inside) == 1 and inside[0].is_dir():
        folder = inside[0]
    return folder


def _told_by_name(root: Path, path: Path) -> Reading:
    """What its reader says; errors name the files as they were given."""
    from multiplane.intake.reading import find_format  # a server that waits reads nothing

    try:
        return find_format(path).read(path)
    except InputError as error:
        file = error.file
        if file is not None and Path(file).is_relative_to(root):
            file = Path(file).relative_to(root).as_posix()
        raise dataclasses.replace(error, file=None if file == "." else file) from None
