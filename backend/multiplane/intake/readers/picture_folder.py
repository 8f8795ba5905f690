"""A folder of pictures, one shot each, in natural order; or one picture alone."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.comp_size import comp_size
from multiplane.intake.known_keys import key_notices, odd_keys
from multiplane.intake.paths import name_key
from multiplane.intake.picture import check_picture
from multiplane.intake.picture_formats import NAMES, SUFFIXES
from multiplane.intake.reading import FOLDER, FORMATS, Notice, Reading, reader
from multiplane.intake.shot_list import ShotList, shot_list
from multiplane.intake.sidecar import SIDECARS, read_sidecar
from multiplane.intake.storyboarder_project import SCENE, STORYBOARDS, is_project, read_project

CODE = "storyboard.folder"
TABLES = ("shots.csv", "shots.tsv")
MAX_SHOTS = 10_000
_OF_THE_SYSTEM = {".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx", "@eadir"}


@dataclass
class _Contents:
    """What lies in a folder, by kind, each in natural order."""

    pictures: list[str] = field(default_factory=list)
    sidecars: dict[str, str] = field(default_factory=dict)  # file by the `name_key` of its stem
    table: str | None = None
    scenes: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


@reader(FOLDER, "a folder of pictures or layered PSDs, or one of them", suffixes=SUFFIXES)
def read_pictures(path: Path) -> Reading:
    """One shot for each picture of the folder at `path`, or for the picture at `path`.

    What a picture's name cannot say is in a file beside it of the same name (`read_sidecar`), or
    in a `shots.csv` with a column of file names. A folder that holds one Storyboarder scene and
    no pictures is read as that scene, and a Storyboarder project (`read_project`) as all of its
    scenes. The comp has the first picture's aspect ratio.
    """
    if path.is_dir():
        for project in (path, path.parent) if path.name == STORYBOARDS else (path,):
            if is_project(project):
                return read_project(project)
        folder, contents = path, _contents(path)
        if not contents.pictures and len(contents.scenes) == 1:
            return FORMATS["storyboarder"].read(path / contents.scenes[0])
        if not contents.pictures:
            raise _no_pictures(path, contents)
        if len(contents.pictures) > MAX_SHOTS:
            raise InputError(
                "storyboard.shots.too_many",
                "The folder holds more than {most} pictures.",
                file=_called(path),
                value=len(contents.pictures),
                remedy="Make several storyboards of them.",
                values={"most": MAX_SHOTS},
            )
        title = path.resolve().name
    else:
        folder, title = path.parent, path.stem
        contents = _contents(folder)
        contents = _Contents([path.name], contents.sidecars, contents.table)
    return _read(folder, contents, title)


def _read(folder: Path, contents: _Contents, title: str) -> Reading:
    table, notices = _table(folder, contents)
    rows, row_of = _rows_by_picture(table, contents.pictures)
    if table is not None and len(contents.pictures) > 1:
        notices += _unused_rows(table, rows, f"{contents.table}")
    stems = Counter(name_key(Path(name).stem) for name in contents.pictures)
    shots: list[dict[str, Any]] = []
    errors: dict[int, InputError] = {}
    for index, name in enumerate(contents.pictures):
        stem = Path(name).stem
        alone = stems[name_key(stem)] == 1
        shot: dict[str, Any] = {"id": (stem if alone else name)[:300]}
        if table is not None and name in row_of:
            row = table.rows[row_of[name]]
            shot |= row.shot
            if row.error is not None:
                errors[index] = row.error
        sidecar = contents.sidecars.get(name_key(stem))
        if sidecar is not None:
            try:
                said = read_sidecar(folder / sidecar)
                shot |= said
                notices += _odd_keys(said, index, folder / sidecar)
            except InputError as error:
                errors[index] = error
        shots.append({**shot, "picture": name})
    notices += _noticed(contents, stems)

    def place(index: int, inner: str) -> str:
        name = contents.pictures[index]
        return f"{name}, {inner}" if inner else name

    return Reading(
        document={
            "title": title[:300] or "Untitled",
            "size": list(_size(folder, contents.pictures)),
            **(table.board if table is not None else {}),
            "shots": shots,
        },
        folder=folder,
        errors=errors,
        notices=tuple(notices),
        place=place,
    )


def _called(folder: Path) -> str:
    """The folder as errors call it: as it was named, but "." by its whole path."""
    return str(folder) if folder.name not in ("", "..") else str(folder.resolve())


def _odd_keys(said: dict[str, Any], index: int, sidecar: Path) -> list[Notice]:
    """What to say of keys in the file beside a picture that nobody knows."""
    odd = odd_keys({"shots": [said]})
    notices = key_notices(odd, lambda _, inner: inner, str(sidecar))
    return [dataclasses.replace(notice, shot=index) for notice in notices]


def _contents(folder: Path) -> _Contents:
    from natsort import natsorted, ns

    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError as error:
        raise InputError(
            f"{CODE}.unreadable",
            "The folder cannot be read: {why}.",
            file=_called(folder),
            values={"why": str(error.strerror or error)},
        ) from error
    contents = _Contents()
    # By the whole name last, so that the order does not depend on the disk's.
    for name, is_folder in natsorted(sorted(found), key=lambda entry: entry[0], alg=ns.IGNORECASE):
        suffix = Path(name).suffix.lower()
        if name.casefold() in _OF_THE_SYSTEM or name.startswith("._"):
            continue
        if is_folder:
            contents.folders.append(name)
        elif name.startswith("."):
            contents.others.append(name)
        elif suffix in SUFFIXES:
            contents.pictures.append(name)
        elif name.casefold() in TABLES and contents.table is None:
            contents.table = name
        elif suffix == SCENE:
            contents.scenes.append(name)
        elif suffix in SIDECARS:
            first = contents.sidecars.setdefault(name_key(Path(name).stem), name)
            if first != name:
                contents.others.append(name)
        else:
            contents.others.append(name)
    stems = {name_key(Path(name).stem) for name in contents.pictures}
    for stem in [stem for stem in contents.sidecars if stem not in stems]:
        contents.others.append(contents.sidecars.pop(stem))
    return contents


def _no_pictures(folder: Path, contents: _Contents) -> InputError:
    scenes = contents.scenes
    remedy = "Put pictures there: {formats}."
    values = {"formats": NAMES}
    if scenes:
        remedy = "Give one of its scenes: {scenes}."
        values = {"scenes": ", ".join(scenes[:5])}
    elif contents.folders:
        remedy = "Give one of its folders: {folders}."
        values = {"folders": ", ".join(contents.folders[:5])}
    return InputError(
        f"{CODE}.no_pictures",
        "The folder holds no pictures.",
        file=_called(folder),
        value=", ".join(contents.others[:5]) or None,
        remedy=remedy,
        values=values,
    )


def _table(folder: Path, contents: _Contents) -> tuple[ShotList | None, list[Notice]]:
    """The folder's shot list, if it has one that can be read."""
    if contents.table is None:
        return None, []
    path = folder / contents.table
    table = shot_list(path, of_pictures=True)
    if "picture" not in table.names:
        raise InputError(
            f"{CODE}.table_without_pictures",
            "The table has no column that names the pictures.",
            file=str(path),
            remedy='Name a column "picture" and write the files\' names in it.',
        )
    return table, list(table.notices)


def _rows_by_picture(
    table: ShotList | None, pictures: Sequence[str]
) -> tuple[set[int], dict[str, int]]:
    """(rows that a picture was found for, row of each picture), by name with or without suffix."""
    if table is None:
        return set(), {}
    by_name: dict[str, list[str]] = {}
    for name in pictures:
        by_name.setdefault(name_key(name), []).append(name)
        by_name.setdefault(name_key(Path(name).stem), []).append(name)
    used: set[int] = set()
    row_of: dict[str, int] = {}
    for index, row in enumerate(table.rows):
        wanted = name_key(str(row.shot.get("picture", "")).replace("\\", "/").rsplit("/", 1)[-1])
        for name in by_name.get(wanted, []):
            used.add(index)
            row_of.setdefault(name, index)
    return used, row_of


def _unused_rows(table: ShotList, used: set[int], file: str) -> list[Notice]:
    return [
        Notice(
            f"{CODE}.row_without_picture",
            "There is no picture '{picture}' in the folder.",
            field=f"{file}, {table.place(index, '')}",
            values={"picture": str(row.shot.get("picture", ""))},
        )
        for index, row in enumerate(table.rows)
        if index not in used
    ]


def _noticed(contents: _Contents, stems: Counter[str]) -> list[Notice]:
    notices = []
    for index, name in enumerate(contents.pictures):
        if stems[name_key(Path(name).stem)] > 1:
            notices.append(
                Notice(
                    f"{CODE}.same_name",
                    "Another picture has the same name; each becomes a shot.",
                    shot=index,
                    field=name,
                )
            )
    skipped = contents.others + contents.scenes
    if skipped:
        few = ", ".join(skipped[:5]) + (f" and {len(skipped) - 5} more" if skipped[5:] else "")
        notices.append(
            Notice(
                f"{CODE}.skipped",
                "Left out, because they are no pictures: {names}.",
                values={"names": few},
            )
        )
    if contents.folders:
        few = ", ".join(contents.folders[:5])
        notices.append(
            Notice(
                f"{CODE}.folders_skipped",
                "Folders inside are not looked into: {names}.",
                values={"names": few},
            )
        )
    return notices


def _size(folder: Path, pictures: Sequence[str]) -> tuple[int, int]:
    """The comp's size by the first picture that can be read, upright."""
    for name in pictures:
        try:
            width, height = check_picture(folder / name)
        except InputError:
            continue
        return comp_size(width, height)
    return comp_size(16, 9, enlarge=True)
