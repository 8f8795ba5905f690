"""How people lay out a shot list: section rows, totals, headers repeated, merged cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from multiplane.contract.told_values import Value
from multiplane.intake.reading import Notice
from multiplane.intake.shot_list_columns import Column
from multiplane.intake.shot_list_table import KIND, Row, Table

_HEADING = re.compile(
    r"(?:(?:scene|sc|szene|scène|escena|sequence|seq|sequenz|act|akt|part|teil|episode|ep|folge)\.?"
    r"\s*#?\s*(?P<scene>\d+[a-z]?|[ivx]+)\b.*|(?:int|ext|i/e|int\./ext|ext\./int)[. /].*)",
    re.IGNORECASE | re.DOTALL,
)
_PART = (
    r"(?:scene|sc|szene|scène|escena|sequence|seq|sequenz|act|akt|part|teil|page|episode|ep|folge)"
    r"\.?\s*#?\s*(?:\d+[a-z]?|[ivx]+)"
)
_TOTAL = re.compile(
    rf"(?:{_PART}\s*[-–:]?\s*)?"
    r"(?:(?:sub|grand|overall|zwischen|end)[ -]?|total )?"
    r"(?:total|totals|sum|summe|gesamt|gesamtdauer|gesamtlänge|running time|runtime|trt)"
    r"(?: (?:shots|duration|time|running time|runtime|frames|length|run time))?"
    rf"(?:\s*[-–(]?\s*(?:for |of |von )?{_PART}\)?)?\s*[:=]?"
    r"\s*(?P<number>[\d:;.,+ ]*(?:s|sec|secs|min|frames|f|shots)?)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"[\d:;.,+ ]+(?:s|sec|secs|seconds|min|frames|f|shots)?\.?", re.IGNORECASE)
_NAMES = ("id", "scene", None)


@dataclass(frozen=True)
class ShotRows:
    """The rows that are shots. scenes: of rows under a heading that numbers one, by row number."""

    rows: tuple[Row, ...]
    scenes: dict[int, str]
    notices: tuple[Notice, ...]


def shot_rows_of(table: Table, columns: Sequence[tuple[str, Column | None]]) -> ShotRows:
    """The table's shots, with the scene of merged cells carried down; what is no shot is told."""
    fields = [column.field if column else None for _, column in columns]
    scene_at = fields.index("scene") if "scene" in fields else None
    rows: list[Row] = []
    scenes: dict[int, str] = {}
    passed: list[str] = []
    carried, carries = "", False
    for row in table.rows:
        if _is_no_shot(row, table.header, fields):
            first = next(cell for cell in row.cells if cell)
            passed.append(f'row {row.number} "{first[:40]}"')
            heading = _HEADING.fullmatch(first)
            if heading is not None and heading["scene"]:
                carried = heading["scene"]
            elif scene_at is not None and row[scene_at] and not _TOTAL.fullmatch(row[scene_at]):
                carried = row[scene_at]
            continue
        if scene_at is None:
            if carried:
                scenes[row.number] = carried
        elif row[scene_at]:
            carried = row[scene_at]
        elif carried:
            carries = True
            cells = [*row.cells, *[""] * (scene_at + 1 - len(row.cells))]
            cells[scene_at] = carried
            rows.append(Row(row.number, tuple(cells)))
            continue
        rows.append(row)
    notices = []
    if passed:
        text = "Headings, totals and repeated headers are no shots: {rows}."
        values: dict[str, Value] = {"rows": ", ".join(passed[:5])}
        if len(passed) > 5:
            text = "Headings, totals and repeated headers are no shots: {rows} and {more} more."
            values["more"] = len(passed) - 5
        notices.append(Notice(f"{KIND}.rows_passed_over", text, values=values))
    if carries and scene_at is not None:
        said = "An empty cell belongs to the scene above it, as in merged cells."
        where = f'row {table.header.number}, "{columns[scene_at][0]}"'
        notices.append(Notice(f"{KIND}.scene_carried", said, field=where))
    return ShotRows(tuple(rows), scenes, tuple(notices))


def _is_no_shot(row: Row, header: Row, fields: Sequence[str | None]) -> bool:
    filled = [(at, cell) for at, cell in enumerate(row.cells) if cell]
    names = [cell for cell in header.cells if cell]
    if len(filled) >= min(2, len(names)) and all(
        cell.casefold() == header[at].casefold() for at, cell in filled
    ):
        return True
    totals = [at for at, cell in filled if _TOTAL.fullmatch(cell)]
    if totals and all(at in totals or _AMOUNT.fullmatch(cell) for at, cell in filled):
        return True
    if len(filled) != 1 or len(names) < 2:
        return False
    at, cell = filled[0]
    field = fields[at] if at < len(fields) else None
    if field in ("picture", "layers", "duration", "seed"):
        return False
    if _HEADING.fullmatch(cell):
        return True
    words = re.findall(r"[^\W\d_]{2,}", cell)
    return field in _NAMES and bool(words) and (len(words) > 1 or cell.isupper())
