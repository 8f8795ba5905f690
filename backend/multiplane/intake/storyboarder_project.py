"""A Storyboarder project: a script, and a folder of boards for each of its scenes.

Facts of its layout, as the program's own projects show them: the boards of a scene lie in
`storyboards/Scene-<number>-<heading>-<id>/`, in a `.storyboarder` file beside `images/`. The
script, a `.fountain` or `.fdx` in the project's folder, has `<number>-<id>` as the number of the
scene's heading; both stay when scenes are moved or headings change. A folder that ends in
`-backup` is an older state.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.shot_files import with_files
from multiplane.contract.told_values import Value
from multiplane.intake.reading import FORMATS, Notice, Reading
from multiplane.intake.screenplay import ScriptElement, headings_of, scene_name
from multiplane.intake.script_file import SUFFIXES, read_script

CODE = "storyboard.project"
STORYBOARDS, SCENE = "storyboards", ".storyboarder"
_FOLDER = re.compile(r"Scene-(\d+)-(.*?)-?([0-9A-Za-z]+)$", re.IGNORECASE)
_MOST_OF_AN_ID = 60


@dataclass(frozen=True)
class _Scene:
    """A folder of boards. file: its `.storyboarder`. name: what it is called. prefix: of ids."""

    folder: str
    file: Path
    name: str
    prefix: str


def is_project(folder: Path) -> bool:
    """Whether the folder has boards of scenes, in folders of `storyboards/`."""
    return bool(_scene_files(folder))


def read_project(folder: Path) -> Reading:
    """The boards of all scenes of the project in `folder`, in the order of its script.

    A shot's id begins with its scene ("sc02-1A") and does not change when scenes are moved. A
    scene that cannot be read is set aside as one shot with its error; the others go on.
    """
    notices: list[Notice] = []
    title, headings = _script(folder, notices)
    scenes = _in_order(folder, headings, notices)
    board: dict[str, Any] = {}
    shots: list[Any] = []
    errors: dict[int, InputError] = {}
    places: list[tuple[Reading | None, int, str]] = []
    for scene in scenes:
        inside = scene.file.relative_to(folder)
        first = len(shots)
        try:
            reading = FORMATS["storyboarder"].read(scene.file)
        except InputError as error:
            errors[first] = error
            shots.append({"id": scene.prefix, "scene": scene.name, "prompt": scene.name})
            places.append((None, 0, inside.as_posix()))
            continue
        for key in ("size", "fps"):
            _as_before(board, key, reading.document[key], scene, notices)
        for index, shot in enumerate(reading.document["shots"]):
            shots.append(_of_scene(shot, index, scene, inside.parent.as_posix()))
            places.append((reading, index, inside.as_posix()))
        errors |= {first + index: error for index, error in reading.errors.items()}
        for notice in reading.notices:
            at = None if notice.shot is None else first + notice.shot
            where = ", ".join(part for part in (inside.as_posix(), notice.field) if part)
            notices.append(dataclasses.replace(notice, shot=at, field=where))

    def place(index: int, inner: str) -> str:
        reading, own, file = places[index]
        return file if reading is None else f"{file}, {reading.place(own, inner)}"

    return Reading(
        document={"title": (title or folder.resolve().name)[:300], **board, "shots": shots},
        folder=folder,
        errors=errors,
        notices=tuple(notices),
        place=place,
    )


def _of_scene(shot: object, index: int, scene: _Scene, folder: str) -> object:
    """The shot with the scene in its id, and its files as the project's folder sees them."""
    if not isinstance(shot, dict):
        return shot
    id_ = f"{scene.prefix}-{shot.get('id') or f'{index + 1:02d}'}"
    inside = with_files(shot, lambda _, name: f"{folder}/{name}")
    return {**inside, "id": id_[:300], "scene": scene.name}


def _as_before(
    board: dict[str, Any], key: str, value: Any, scene: _Scene, notices: list[Notice]
) -> None:
    """Take the first scene's size and rate for all, and tell of a scene that has another."""
    if board.setdefault(key, value) != value:
        had, taken = _shown(value), _shown(board[key])
        text = "This scene has the {key} {own}; that of the first, {taken}, is taken for all."
        values = {"key": key, "own": had, "taken": taken}
        notices.append(Notice(f"{CODE}.{key}_differs", text, field=scene.folder, values=values))


def _shown(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else f"{value:g}"


def _scene_files(folder: Path) -> dict[str, Path]:
    """The `.storyboarder` file in each folder of boards, in the order of the folders' names."""
    from natsort import natsorted, ns

    found: dict[str, Path] = {}
    try:
        inside = [entry.name for entry in os.scandir(folder / STORYBOARDS) if entry.is_dir()]
    except OSError:
        return found
    for name in natsorted(sorted(inside), alg=ns.IGNORECASE):
        if name.startswith(".") or name.endswith("-backup"):
            continue
        try:
            files = sorted(
                entry.name
                for entry in os.scandir(folder / STORYBOARDS / name)
                if entry.name.lower().endswith(SCENE) and not entry.name.startswith(".")
            )
        except OSError:
            continue
        if files:
            own = f"{name}{SCENE}"
            found[name] = folder / STORYBOARDS / name / (own if own in files else files[0])
    return found


def _script(folder: Path, notices: list[Notice]) -> tuple[str, list[ScriptElement]]:
    """(title, headings) of the project's script, of several of the one that fits most scenes."""
    scenes = list(_scene_files(folder))
    found: list[tuple[int, str, str, list[ScriptElement]]] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        try:
            title, elements, _ = read_script(path)
        except InputError as error:
            notices.append(
                Notice(
                    f"{CODE}.script_unreadable",
                    "The script cannot be read: {why}",
                    field=path.name,
                    values={"why": error.message},
                )
            )
            continue
        headings = headings_of(elements)
        fitting = sum(folder_of is not None for folder_of in _folders_of(headings, scenes))
        found.append((fitting, path.name, title or path.stem, headings))
    if not found:
        in_order = (
            "There is no script beside storyboards/, so scenes are in the order of their names."
        )
        notices.append(Notice(f"{CODE}.no_script", in_order))
        return "", []
    best = max(found, key=lambda one: one[0])
    if len(found) > 1:
        others = ", ".join(name for _, name, _, _ in found if name != best[1])
        text = "Scenes are in the order of {script}, and not of {others}."
        values = {"script": best[1], "others": others}
        notices.append(Notice(f"{CODE}.several_scripts", text, values=values))
    return best[2], best[3]


def _in_order(
    folder: Path, headings: Sequence[ScriptElement], notices: list[Notice]
) -> list[_Scene]:
    """The scenes by the script; then those that it doesn't have, by name."""
    files = _scene_files(folder)
    ordered: dict[str, str] = {}
    undrawn = []
    for heading, name in zip(headings, _folders_of(headings, list(files)), strict=True):
        if name is None:
            undrawn.append(heading.text)
        else:
            ordered[name] = scene_name(heading.number or "", heading.text)
    left = [name for name in files if name not in ordered]
    if headings and left:
        notices.append(
            Notice(
                f"{CODE}.not_in_script",
                "Not in the script, so at the end: {scenes}.",
                values={"scenes": ", ".join(left)},
            )
        )
    if undrawn:
        # A heading may end in a stop of its own.
        values: dict[str, Value] = {"scenes": "; ".join(undrawn[:5]).rstrip(".")}
        text = "Left out, because no boards are drawn for it: {scenes}."
        if undrawn[5:]:
            text = "Left out, because no boards are drawn for it: {scenes} and {more} more."
            values["more"] = len(undrawn) - 5
        notices.append(Notice(f"{CODE}.undrawn", text, values=values))
    prefixes = _prefixes(list(files))
    return [
        _Scene(name, files[name], ordered.get(name) or _readable(name), prefixes[name])
        for name in (*ordered, *left)
    ]


def _folders_of(headings: Sequence[ScriptElement], folders: Sequence[str]) -> list[str | None]:
    """The folder of each heading: by the id in its number, else by its words; each given once."""
    by_id = {name.rpartition("-")[2].casefold(): name for name in reversed(folders)}
    given: set[str] = set()
    found: list[str | None] = []
    for heading in headings:
        id_ = (heading.number or "").rpartition("-")[2].strip().casefold()
        name = by_id.get(id_) if id_ else None
        if name is None:
            words = _words(heading.text)
            alike = (other for other in folders if words and words in _words(other))
            name = next((other for other in alike if other not in given), None)
        if name in given:
            name = None
        if name is not None:
            given.add(name)
        found.append(name)
    return found


def _prefixes(folders: Sequence[str]) -> dict[str, str]:
    """What ids of a scene begin with: "sc02" by its number, with its id where that is taken."""
    found: dict[str, str] = {}
    for name in folders:
        match = _FOLDER.fullmatch(name)
        prefix = f"sc{int(match[1]):02d}" if match else name[:_MOST_OF_AN_ID]
        if prefix in found.values():
            prefix = f"{prefix}-{match[3] if match else len(found) + 1}"
        found[name] = prefix
    return found


def _readable(folder: str) -> str:
    """A scene's name by its folder: "Scene-2-EXT-BEACH-DAY-2-ZX3ZM" as "2 EXT BEACH DAY"."""
    match = _FOLDER.fullmatch(folder)
    if match is None:
        return folder[:300]
    words = match[2].removesuffix(f"-{match[1]}").replace("-", " ")
    return scene_name(match[1], words)


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
