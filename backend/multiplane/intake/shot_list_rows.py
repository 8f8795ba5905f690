"""One row of a shot list as one shot, with every mistake in it named by its column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.durations import spoken_duration
from multiplane.intake.reading import Notice
from multiplane.intake.shot_list_cells import (
    DURATION_REMEDY,
    is_json,
    parse_json,
    parse_list,
    parse_number,
    parse_subjects,
    parse_whole,
    parse_yes,
)
from multiplane.intake.shot_list_columns import Column, unit_of
from multiplane.intake.shot_list_table import KIND, Row
from multiplane.intake.words_as_prompt import words_as_prompt

_REMEDIES = {
    "duration": DURATION_REMEDY,
    "camera.amount": "Write 1.5, or 150 %.",
    "camera.loop": 'Write "yes" or "no".',
    "whole": 'Write "yes" or "no".',
    "seed": "Use a whole number from 0 to 4294967295.",
    "takes": "Use a whole number from 1 to 16.",
}


_TEXTS = {"prompt", "picture", "subjects", "style", "dialogue", "action", "notes", "audio",
          "camera.amount", "camera.direction", "camera.focus"}  # fmt: skip
_NOTHING = {"-", "--", "---", "–", "—", "n/a", "n.a.", "none", "k.a."}
_SOUNDS = {"audio", "sound", "sounds", "sfx", "sound fx", "sound effects", "ton", "son", "sonido"}
_FILE = re.compile(
    r"\.(?:wav|wave|bwf|w64|mp3|mp2|m4a|aac|aif|aiff|aifc|flac|ogg|oga|opus|wma|caf|au|ac3|mka"
    r"|mp4|mov|m4v|mkv|webm|avi)\s*$",
    re.IGNORECASE,
)
"""An audio column's cell that names a file; anything else in it is words."""


@dataclass(frozen=True)
class ShotRow:
    """One row as a shot in the shape of our JSON. error: what in it could not be understood."""

    row: Row
    shot: dict[str, Any]
    error: InputError | None
    notices: tuple[Notice, ...]


def shot_row(
    row: Row,
    index: int,
    columns: list[tuple[str, Column | None]],
    *,
    file: str,
    fps: float,
    frames_last: bool = False,
    of_pictures: bool = False,
    scene: str | None = None,
) -> ShotRow:
    """The shot in a row of a table with these (name, column) pairs; null columns are kept.

    fps: of timecodes and frames. frames_last: as `spoken_duration` has it. of_pictures: the row
    only adds to a picture that is there. scene: what a heading above the row says.
    """
    shot: dict[str, Any] = {}
    camera: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    faults: list[InputError] = []
    notices: list[Notice] = []
    sounds: list[str] = []
    for number, (name, column) in enumerate(columns):
        text = row[number]
        if not text:
            continue
        if column is None:
            extras[name] = text
            continue
        if column.field in _TEXTS and text.casefold() in _NOTHING:
            continue
        if column.field == "audio" and name.casefold() in _SOUNDS and not _FILE.search(text):
            sounds.append(f"{name}: {text}")
            said = "These are words and no file, so they are kept as a note."
            where = f"row {row.number}, {name}"
            notices.append(Notice(f"{KIND}.sound_as_note", said, shot=index, field=where))
            continue
        try:
            if column.field == "duration":
                unit = unit_of(name)
                seconds, said_of = spoken_duration(
                    text, unit=unit, fps=fps, frames_last=frames_last
                )
                if said_of is not None:
                    where = f"row {row.number}, {name}"
                    code = f"{KIND}.duration.taken"
                    values = {"said": said_of}
                    notices.append(Notice(code, "{said}", shot=index, field=where, values=values))
                if seconds is None:
                    continue
                value: Any = seconds
            else:
                value = _value(column.field, text)
        except ValueError as error:
            faults.append(
                InputError(
                    f"{KIND}.{column.field}.invalid",
                    "{why}",
                    file=file,
                    field=f"row {row.number}, {name}",
                    value=text,
                    remedy=_REMEDIES.get(column.field),
                    values={"why": str(error)},
                )
            )
            continue
        if column.field == "camera":
            camera = {**value, **camera}
        elif column.field.startswith("camera."):
            camera[column.field.removeprefix("camera.")] = value
        else:
            shot[column.field] = value
    beyond = [text for text in row.cells[len(columns) :] if text]
    if beyond:
        faults.append(
            InputError(
                f"{KIND}.too_many_cells",
                "The row has {cells} cells, and the table {columns} columns.",
                file=file,
                field=f"row {row.number}",
                value=beyond[0],
                remedy='Put text with a separator in it in quotes: "a dog, a cat".',
                values={"cells": len(row.cells), "columns": len(columns)},
            )
        )
    if camera:
        shot["camera"] = camera
    if sounds:
        shot["notes"] = "\n".join([*([shot["notes"]] if "notes" in shot else []), *sounds])
    name = shot.pop("scene_name", None)
    scene = shot.pop("scene", scene)
    if name or scene:
        shot["scene"] = name or scene
    if scene is not None:
        own = shot.get("id", "")
        if own and not own.startswith(f"{scene}-"):
            shot["id"] = f"{scene}-{own}"
    if not of_pictures:
        notices += _settled(shot, index, f"row {row.number}")
    fault = InputError.joined(faults) if faults else None
    return ShotRow(row, {**extras, **shot}, fault, tuple(notices))


def _settled(shot: dict[str, Any], index: int, place: str) -> list[Notice]:
    """Make `shot` one that is painted or one that is cut, and say what was decided."""
    drawn = "picture" in shot or "layers" in shot
    if drawn and "prompt" in shot:
        words = shot.pop("prompt").replace("**", "")
        free = next((field for field in ("action", "notes") if field not in shot), "description")
        shot[free] = words
        return [
            Notice(
                f"{KIND}.picture_and_prompt",
                "The row has a picture, so nothing is painted; its prompt is kept as {field}.",
                shot=index,
                field=place,
                values={"field": free},
            )
        ]
    if not drawn and "prompt" not in shot and (found := words_as_prompt(shot)):
        shot["prompt"] = found[0]
        return [
            Notice(
                "storyboard.shot.words_as_prompt",
                "There is no prompt and no picture; what the shot says as {field} is painted.",
                shot=index,
                field=place,
                values={"field": found[1]},
            )
        ]
    return []


def _value(field: str, text: str) -> Any:
    """The cell's value as our JSON has it. Raises ValueError for what cannot be understood."""
    if field == "subjects":
        return parse_subjects(text)
    if field == "camera":
        return _camera(text)
    parse = _PARSERS.get(field)
    return parse(text) if parse else text


def _camera(text: str) -> dict[str, Any]:
    """The move: JSON, or the words that the storyboard's reader understands (`camera_words`)."""
    if is_json(text):
        move = parse_json(text)
        if not isinstance(move, dict):
            raise ValueError("A camera in JSON is an object, in braces.")
        return move
    return {"preset": text}


def _focus(text: str) -> str | list[str]:
    names = parse_list(text)
    return names[0] if len(names) == 1 else names


def _direction(text: str) -> str | float:
    try:
        return parse_number(text)
    except ValueError:
        return text.casefold()


_PARSERS: dict[str, Callable[[str], Any]] = {
    "camera.amount": parse_number,
    "camera.direction": _direction,
    "camera.focus": _focus,
    "camera.loop": parse_yes,
    "whole": parse_yes,
    "seed": parse_whole,
    "takes": parse_whole,
    "layers": parse_json,
    "mattes": parse_json,
    "edits": parse_json,
}
