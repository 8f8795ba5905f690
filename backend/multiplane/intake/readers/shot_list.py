"""A shot list: one row per shot, in CSV or TSV, as spreadsheets write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.reading import Notice, Reading, reader
from multiplane.intake.shot_list_cells import (
    DURATION_REMEDY,
    is_json,
    parse_duration,
    parse_json,
    parse_list,
    parse_number,
    parse_subjects,
    parse_whole,
    parse_yes,
)
from multiplane.intake.shot_list_columns import (
    BOARD_FIELDS,
    Column,
    find_column,
    known_columns,
    near_column,
    unit_of,
)
from multiplane.intake.shot_list_table import KIND, Row, Table, read_table
from multiplane.intake.text_file import WINDOWS_1252
from multiplane.intake.words_as_prompt import words_as_prompt

_NEEDS_ONE = {"prompt", "picture", "layers", "action", "notes", "dialogue"}
_REMEDIES = {
    "duration": DURATION_REMEDY,
    "camera.amount": "Write 1.5, or 150 %.",
    "camera.loop": 'Write "yes" or "no".',
    "seed": "Use a whole number from 0 to 4294967295.",
}


@dataclass(frozen=True)
class ShotRow:
    """One row as a shot in the shape of our JSON. error: what in it could not be understood."""

    row: Row
    shot: dict[str, Any]
    error: InputError | None
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class ShotList:
    """A shot list's rows. board: fields of the whole storyboard. names: of columns, by field."""

    board: dict[str, Any]
    rows: tuple[ShotRow, ...]
    notices: tuple[Notice, ...]
    names: Mapping[str, str]

    def place(self, index: int, inner: str) -> str:
        """Where a field of the shot at `index` stands: ``row 7, duration``."""
        place = f"row {self.rows[index].row.number}" if index < len(self.rows) else "a row"
        return f"{place}, {self.column_of(inner)}" if inner else place

    def column_of(self, inner: str) -> str:
        """The name that the table gives to the column of a shot's field."""
        if inner in self.names:
            return self.names[inner]
        top = re.split(r"[.\[]", inner, maxsplit=1)[0]
        return self.names.get(top, top)


@reader("shot list", "a table with one row per shot", suffixes=(".csv", ".tsv", ".tab", ".txt"))
def read_shot_list(path: Path) -> Reading:
    """The shots of the table at `path`; columns are known by their names, in any order."""
    table = shot_list(path)
    return Reading(
        document={"title": path.stem[:300], **table.board, "shots": [r.shot for r in table.rows]},
        folder=path.parent,
        errors={i: row.error for i, row in enumerate(table.rows) if row.error is not None},
        notices=(*table.notices, *(notice for row in table.rows for notice in row.notices)),
        place=table.place,
    )


def shot_list(path: Path, *, of_pictures: bool = False) -> ShotList:
    """The table at `path`, understood row by row.

    of_pictures: it only adds to pictures that are there, so a row without words is no mistake.
    """
    table = read_table(path, known_columns)
    columns, names, notices = _columns(table)
    if table.encoding == WINDOWS_1252:
        notices.insert(
            0,
            Notice(
                f"{KIND}.encoding_guessed",
                "The file is not UTF-8; it was read as Windows-1252.",
                remedy="Check letters with accents, or save it as CSV UTF-8.",
            ),
        )
    if not _NEEDS_ONE & names.keys():
        raise InputError(
            f"{KIND}.columns_missing",
            "No column says what to paint or which picture to cut.",
            file=str(path),
            field=f"row {table.header.number}",
            value=", ".join(cell for cell in table.header.cells if cell),
            remedy='Name a column "prompt" or "picture"; see multiplane storyboard template.',
        )
    board = _board(table.remarks)
    fps = _fps(board.get("fps"))
    rows = tuple(
        _shot_row(row, index, columns, str(path), fps, of_pictures)
        for index, row in enumerate(table.rows)
    )
    if not rows:
        raise InputError(
            f"{KIND}.no_rows",
            "The table has the names of its columns and no shot.",
            file=str(path),
            remedy="Add a row per shot below them.",
        )
    return ShotList(board, rows, tuple(notices), names)


def _columns(table: Table) -> tuple[list[tuple[str, Column | None]], dict[str, str], list[Notice]]:
    """Per column its (name or key, what it is); the names by field; what to say about them.

    Of two columns for the same field the one with the field's own name counts.
    """
    found = [find_column(cell) if cell else None for cell in table.header.cells]
    names: dict[str, str] = {}
    for own_name in (True, False):
        for cell, column in zip(table.header.cells, found, strict=True):
            if column and (cell.casefold() == column.field) == own_name:
                names.setdefault(column.field, cell)
    columns: list[tuple[str, Column | None]] = []
    notices: list[Notice] = []
    used: set[str] = set()
    for number, (cell, column) in enumerate(zip(table.header.cells, found, strict=True), start=1):
        if column and names[column.field] == cell and column.field not in used:
            used.add(column.field)
            columns.append((cell, column))
            continue
        key = cell or f"column {number}"
        taken = {name for name, _ in columns}
        key = key if key not in taken and find_column(key) is None else f"{key} (column {number})"
        columns.append((key, None))
        if cell:
            notices.append(_extra(table, cell, column, names))
    return columns, names, notices


def _extra(table: Table, cell: str, column: Column | None, names: Mapping[str, str]) -> Notice:
    if column is not None:
        text = f'"{names[column.field]}" is the column that counts; this one is kept as it is.'
        remedy = None
    else:
        text = "This column is not known; what it says is kept as it is."
        remedy = near_column(cell)
        if cell.casefold() in BOARD_FIELDS:
            remedy = f'For all shots: a line "# {cell.casefold()}: ..." above the header.'
    return Notice(
        f"{KIND}.column_unknown", text, field=f'row {table.header.number}, "{cell}"', remedy=remedy
    )


def _board(remarks: tuple[str, ...]) -> dict[str, Any]:
    """What remarks such as "# fps: 25" say of the whole storyboard; others are only remarks."""
    board: dict[str, Any] = {}
    for remark in remarks:
        key, colon, value = (part.strip() for part in remark.partition(":"))
        key = key.casefold()
        if not colon or key not in BOARD_FIELDS or not value:
            continue
        if key == "size":
            board[key] = [part.strip() for part in value.lower().replace("×", "x").split("x")]
        elif key == "seed" and value.isdecimal():
            board[key] = int(value[:12])
        else:
            board[key] = value
    return board


def _fps(value: object) -> float:
    """Of timecodes and frames; a value that cannot be is reported with the storyboard's fields."""
    try:
        fps = float(str(value))
    except ValueError:
        return 24.0
    return fps if 1 <= fps <= 120 else 24.0


def _shot_row(
    row: Row,
    index: int,
    columns: list[tuple[str, Column | None]],
    file: str,
    fps: float,
    of_pictures: bool,
) -> ShotRow:
    shot: dict[str, Any] = {}
    camera: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    faults: list[InputError] = []
    for number, (name, column) in enumerate(columns):
        text = row[number]
        if not text:
            continue
        if column is None:
            extras[name] = text
            continue
        try:
            value = _value(column.field, text, name, fps)
        except ValueError as error:
            faults.append(
                InputError(
                    f"{KIND}.{column.field}.invalid",
                    str(error),
                    file=file,
                    field=f"row {row.number}, {name}",
                    value=text,
                    remedy=_REMEDIES.get(column.field),
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
                f"The row has {len(row.cells)} cells, and the table {len(columns)} columns.",
                file=file,
                field=f"row {row.number}",
                value=beyond[0],
                remedy='Put text with a separator in it in quotes: "a dog, a cat".',
            )
        )
    if camera:
        shot["camera"] = camera
    scene = shot.pop("scene", None)
    if scene is not None:
        extras["scene"] = scene
        own = shot.get("id", "")
        if own and not own.startswith(f"{scene}-"):
            shot["id"] = f"{scene}-{own}"
    notices = [] if of_pictures else _settled(shot, index, f"row {row.number}")
    first = faults[0] if faults else None
    if first is not None:
        first.also = tuple(faults[1:])
    return ShotRow(row, {**extras, **shot}, first, tuple(notices))


def _settled(shot: dict[str, Any], index: int, place: str) -> list[Notice]:
    """Make `shot` one that is painted or one that is cut, and say what was decided."""
    drawn = "picture" in shot or "layers" in shot
    if drawn and "prompt" in shot:
        words = shot.pop("prompt").replace("**", "")
        free = next((one for one in ("action", "notes") if one not in shot), "description")
        shot[free] = words
        return [
            Notice(
                f"{KIND}.picture_and_prompt",
                f"The row has a picture, so nothing is painted; its prompt is kept as {free}.",
                shot=index,
                field=place,
            )
        ]
    if not drawn and "prompt" not in shot and (found := words_as_prompt(shot)):
        shot["prompt"] = found[0]
        return [
            Notice(
                "storyboard.shot.words_as_prompt",
                f"There is no prompt and no picture; what the shot says as {found[1]} is painted.",
                shot=index,
                field=place,
            )
        ]
    return []


def _value(field: str, text: str, name: str, fps: float) -> Any:
    """The cell's value as our JSON has it. Raises ValueError for what cannot be understood."""
    if field == "duration":
        return parse_duration(text, unit=unit_of(name), fps=fps)
    if field == "subjects":
        return parse_subjects(text)
    if field == "camera":
        return _camera(text)
    if field == "layers":
        return parse_json(text)
    parse = _PARSERS.get(field)
    return parse(text) if parse else text


def _camera(text: str) -> dict[str, Any]:
    """The move: a preset's name as people write it ("Push in"), or JSON."""
    if is_json(text):
        move = parse_json(text)
        if not isinstance(move, dict):
            raise ValueError("A camera in JSON is an object, in braces.")
        return move
    return {"preset": "_".join(text.casefold().replace("-", " ").replace("_", " ").split())}


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
    "seed": parse_whole,
}
