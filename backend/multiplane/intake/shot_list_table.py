"""The table in a CSV or TSV file: whatever separates its cells, wherever its header is."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.intake.text_file import read_text

KIND = "storyboard.shot_list"
MAX_ROWS = 10_000
MAX_COLUMNS = 200
_SEPARATORS = (",", ";", "\t", "|")
_HEADER_WITHIN = 40  # rows that are not empty
_SEPARATOR_LINE = re.compile(r"\s*sep=(.)\s*\r?\n")  # Excel's own first line
_HEAD_CHARACTERS = 200_000


@dataclass(frozen=True)
class Row:
    """One row with something in it. number: from 1, as a spreadsheet counts."""

    number: int
    cells: tuple[str, ...]

    def __getitem__(self, column: int) -> str:
        """The cell, stripped; empty beyond the row's end."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """header: the row with the columns' names. remarks: the text of rows that begin with "#"."""

    header: Row
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    encoding: str


def read_table(path: Path, known_columns: Callable[[tuple[str, ...]], int]) -> Table:
    """The table in the file at `path`.

    known_columns: how many of a row's cells are names of columns. The separator and the header
    are those that give the most of them, so titles above the table do no harm. Raises InputError
    for what `read_text` refuses, a table without a known column, one with more than 10000 rows
    or 200 columns, and a quote that is never closed.
    """
    text, encoding = read_text(path, kind="storyboard")
    declared = _SEPARATOR_LINE.match(text)
    if declared:
        text = text[declared.end() :]
    separators = (declared[1],) if declared else _SEPARATORS
    found = [(_find_header(text, candidate, known_columns), candidate) for candidate in separators]
    (score, header), separator = max(
        found, key=lambda scored: (scored[0][0], -separators.index(scored[1]))
    )
    if header is None or score == 0:
        first = next(_rows(text[:_HEAD_CHARACTERS], separators[0], path, lenient=True), None)
        raise InputError(
            f"{KIND}.header_missing",
            "The table has no row with the names of its columns."
            if first
            else "The file is empty.",
            file=str(path),
            value=" | ".join(first.cells)[:200] if first else None,
            remedy='Name the columns in the first row, such as "shot, prompt, duration"; see '
            "multiplane storyboard template.",
        )
    if len(header.cells) > MAX_COLUMNS:
        raise InputError(
            f"{KIND}.too_many_columns",
            "The table has more than {most} columns.",
            file=str(path),
            value=len(header.cells),
            values={"most": MAX_COLUMNS},
        )
    rows: list[Row] = []
    remarks: list[str] = []
    for row in _rows(text, separator, path):
        if row.number < header.number:
            if row[0].startswith("#"):
                # A comma in a remark that nobody quoted mostly had a space after it.
                joined = f"{separator} ".join(row.cells)
                remarks.append(joined.rstrip(separator + " ").lstrip("# "))
        elif row.number > header.number and not _is_remark(row):
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise InputError(
                    "storyboard.shots.too_many",
                    "The table has more than {most} shots.",
                    file=str(path),
                    remedy="Make several storyboards of them.",
                    values={"most": MAX_ROWS},
                )
    return Table(header, tuple(rows), tuple(remarks), encoding)


def _find_header(
    text: str, separator: str, known_columns: Callable[[tuple[str, ...]], int]
) -> tuple[int, Row | None]:
    """(known columns, row) of the best header that this separator gives."""
    best: tuple[int, Row | None] = (0, None)
    rows = _rows(text[:_HEAD_CHARACTERS], separator, None, lenient=True)
    for row in itertools.islice(rows, _HEADER_WITHIN):
        score = known_columns(row.cells)
        if score > best[0] and not (score < 2 and _is_remark(row)):
            best = score, row
    return best


def _is_remark(row: Row) -> bool:
    filled = [cell for cell in row.cells if cell]
    return len(filled) == 1 and len(filled[0]) > 1 and filled[0].startswith("#")


def _rows(text: str, separator: str, path: Path | None, *, lenient: bool = False) -> Iterator[Row]:
    """The rows with something in them.

    Strict about quotes first; a quote inside a word (5" disk) then counts as a character.
    """
    number = 0
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    try:
        if not lenient:
            # Known only at the end: whether the strict way goes through.
            for _ in reader:
                number += 1
    except csv.Error as error:
        if "unexpected end" in str(error) or "field larger" in str(error):
            raise InputError(
                f"{KIND}.quote_open",
                "A quote that opens in this row is never closed.",
                file=str(path),
                field=f"row {number + 1}",
                remedy='Close it, or write a quote inside a quoted cell twice: "".',
            ) from None
    number = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        for cells in reader:
            number += 1
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped):
                yield Row(number, stripped)
    except csv.Error:
        if not lenient:
            raise InputError(
                f"{KIND}.row_unreadable",
                "A cell has more than 131072 characters.",
                file=str(path),
                field=f"row {number + 1}",
                remedy="Close the quote before it.",
            ) from None
