"""A shot list: one row per shot, in CSV or TSV, as spreadsheets write it."""

from __future__ import annotations

from pathlib import Path

from multiplane.intake.reading import Reading, reader
from multiplane.intake.shot_list import shot_list


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
