"""A whole shot list: its columns, what holds for all its shots, and its rows as shots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.durations import has_frames_last
from multiplane.intake.reading import Notice
from multiplane.intake.shot_list_cells import is_json, parse_json
from multiplane.intake.shot_list_columns import (
    BOARD_FIELDS,
    Column,
    find_column,
    known_columns,
    near_board_field,
    near_column,
)
from multiplane.intake.shot_list_layout import shot_rows_of
from multiplane.intake.shot_list_rows import ShotRow, shot_row
from multiplane.intake.shot_list_table import KIND, Row, Table, read_table
from multiplane.intake.text_file import WINDOWS_1252

_NEEDS_ONE = {"prompt", "picture", "layers", "action", "notes", "dialogue"}


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
    notices += _misspelt(table.remarks)
    fps = _fps(board.get("fps"))
    shots = shot_rows_of(table, columns)
    notices += shots.notices
    frames_last = _frames_last(columns, shots.rows, fps, notices)
    rows = tuple(
        shot_row(
            row,
            index,
            columns,
            file=str(path),
            fps=fps,
            frames_last=frames_last,
            of_pictures=of_pictures,
            scene=shots.scenes.get(row.number),
        )
        for index, row in enumerate(shots.rows)
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
    where = f'row {table.header.number}, "{cell}"'
    if column is not None:
        return Notice(
            f"{KIND}.column_twice",
            '"{column}" is the column that counts; this one is kept as it is.',
            field=where,
            values={"column": names[column.field]},
        )
    remedy, values = None, {}
    if cell.casefold() in BOARD_FIELDS:
        remedy = 'For all shots: a line "# {name}: ..." above the header.'
        values = {"name": cell.casefold()}
    elif (near := near_column(cell)) is not None:
        remedy, values = 'Did you mean "{near}"?', {"near": near}
    return Notice(
        f"{KIND}.column_unknown",
        "This column is not known; what it says is kept as it is.",
        field=where,
        remedy=remedy,
        values=values,
    )


def _frames_last(
    columns: list[tuple[str, Column | None]],
    rows: tuple[Row, ...],
    fps: float,
    notices: list[Notice],
) -> bool:
    """Whether 00:03:12 in the column of durations is 3 s and 12 frames, which is told."""
    for number, (name, column) in enumerate(columns):
        if column is not None and column.field == "duration":
            found = has_frames_last([row[number] for row in rows], fps)
            if found:
                text = "Times of three parts are read as minutes, seconds and frames."
                remedy = 'Write "192 s" for a shot of three minutes and twelve seconds.'
                code = f"{KIND}.duration.three_parts"
                notices.append(Notice(code, text, field=f'"{name}"', remedy=remedy))
            return found
    return False


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
        elif key in ("cast", "plates", "soundtrack") and is_json(value):
            try:
                board[key] = parse_json(value)
            except ValueError:
                board[key] = value
        elif key in ("seed", "takes", "ensure") and value.isdecimal():
            board[key] = int(value[:12])
        else:
            board[key] = value
    return board


def _misspelt(remarks: tuple[str, ...]) -> list[Notice]:
    """What to say of remarks such as "# fsp: 25", which nearly say something of all shots."""
    notices = []
    for remark in remarks:
        key, colon, value = (part.strip() for part in remark.partition(":"))
        if not colon or not value or key.casefold() in BOARD_FIELDS:
            continue
        if (near := near_board_field(key)) is not None:
            notices.append(
                Notice(
                    f"{KIND}.remark_unknown",
                    'The line "# {key}: ..." says nothing that is known, so it is only a remark.',
                    field=f"# {key}",
                    remedy='Did you mean "# {near}: ..."?',
                    values={"key": key, "near": near},
                )
            )
    return notices


def _fps(value: object) -> float:
    """Of timecodes and frames; a value that cannot be is reported with the storyboard's fields."""
    try:
        fps = float(str(value))
    except ValueError:
        return 24.0
    return fps if 1 <= fps <= 120 else 24.0
