"""Storyboards written as a shot list, and the template of one."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from multiplane.contract.storyboard import Shot, Storyboard, Subject
from multiplane.intake.shot_list_columns import BOARD_FIELDS, COLUMNS, find_column

_CAPTIONS = {"id": "shot", "audio": "audio file"}
"""Of columns whose field's own name would be read in another way."""
_UNTIED = {"scene": "scene_name"}
_TEXT_COLUMNS = (
    "scene", "prompt", "picture", "artboard", "style", "plate", "dialogue", "action", "notes",
    "audio", "cut", "fill",
)  # fmt: skip
_TEMPLATE_COLUMNS = (
    "shot", "prompt", "subjects", "style", "duration", "camera", "amount", "dialogue", "action",
    "notes", "seed",
)  # fmt: skip
_TEMPLATE_ROWS = (
    ("01", "a red warrior and a pink princess in a forest", "", "ink sketch", "3", "push in", "",
     "WARRIOR: Stay close to me.", "", "No subjects named: they are found in the prompt.", ""),
    ("02", "a **purple wizard** behind a **yellow dog** on a beach", "", "watercolor", "2.5s",
     "truck left", "0.5", "", "The dog barks.", "Subjects marked in the prompt.", ""),
    ("03", "a green dragon in front of a black castle in the mountains",
     "dragon=green dragon; castle", "oil paint", "48 frames", "truck right", "", "",
     "The dragon lowers its head.", "Subjects named, one with its words of the prompt.", "7"),
    ("04", "a blue knight on a road, mountains far away", "knight", "", "00:00:02:12",
     "static", "", "", "", "A timecode counts frames too.", ""),
)  # fmt: skip
_ABOUT = (
    "A shot list for Multiplane: one row per shot. Columns may stand in any order, and be left "
    "out. Lines that begin with # are remarks; these three are for all shots:",
    "title: My storyboard",
    "fps: 24",
    "size: 1280x720",
)


def template(separator: str = ",") -> str:
    """A shot list that shows every column by example, and reads back without an error."""
    rows: list[list[str]] = [[f"# {line}"] for line in _ABOUT]
    rows.append(["# The columns:"])
    rows += [[f"#   {column.field:<16} {column.description}"] for column in COLUMNS]
    rows += [list(_TEMPLATE_COLUMNS), *(list(row) for row in _TEMPLATE_ROWS)]
    return _csv(rows, separator)


def as_shot_list(storyboard: Storyboard, separator: str = ",") -> str:
    """The storyboard as CSV text; reading it gives the same storyboard again.

    What a cell cannot hold as plain text is JSON: drawn layers, mattes, a camera with more than a
    preset and an amount, subjects with separators in their names. Fields that this version does
    not know become columns of their own; those of the whole storyboard cannot be kept.
    """
    shots = [_cells(shot) for shot in storyboard.shots]
    named = [bool(cells.get("scene")) for cells in shots]
    before = all(
        cells["id"].startswith(f"{cells['scene']}-") for cells in shots if "scene" in cells
    )
    if named != sorted(named) or not before:
        # An empty cell below a scene would belong to it, and a scene be put before the id.
        shots = [{_UNTIED.get(name, name): c for name, c in cells.items()} for cells in shots]
    order = [column.field for column in COLUMNS]
    extra = {name: None for cells in shots for name in cells if name not in order}
    header = [name for name in order if any(name in cells for cells in shots)] + list(extra)
    dumped = storyboard.model_dump(mode="json", exclude_unset=True)
    rows = []
    for name in BOARD_FIELDS:
        value = dumped.get(name)
        if value is not None:
            text = "x".join(str(side) for side in value) if name == "size" else str(value)
            text = f"{value:.9g}" if isinstance(value, float) else text
            text = _json(value) if isinstance(value, dict) else text
            rows.append([f"# {name}: {' '.join(text.split())}"])
    rows.append([_CAPTIONS.get(name, name) for name in header])
    rows += [[cells.get(name, "") for name in header] for cells in shots]
    return _csv(rows, separator)


def _cells(shot: Shot) -> dict[str, str]:
    fields = shot.model_dump(mode="json", by_alias=True, exclude_unset=True)
    cells = {"id": shot.id}
    cells |= {name: fields[name] for name in _TEXT_COLUMNS if fields.get(name)}
    if shot.subjects:
        cells["subjects"] = _subjects(shot.subjects)
    if "duration" in fields:
        cells["duration"] = f"{shot.duration:.9g}"
    if "whole" in fields:
        cells["whole"] = "yes" if shot.whole else "no"
    for name in ("seed", "takes"):
        if fields.get(name) is not None:
            cells[name] = str(fields[name])
    for name in ("layers", "mattes"):
        if fields.get(name):
            cells[name] = _json(fields[name])
    camera = fields.get("camera")
    if camera and camera.keys() <= {"preset", "amount"}:
        cells["camera"] = shot.camera.preset
        if "amount" in camera:
            cells["camera.amount"] = f"{shot.camera.amount:.9g}"
    elif camera:
        cells["camera"] = _json(camera)
    for name, value in (shot.model_extra or {}).items():
        if value is not None:
            # A name that would be read as a column of ours gets a word before it.
            key = name if find_column(name) is None else f"extra {name}"
            cells[key] = value if isinstance(value, str) else _json(value)
    return cells


def _subjects(subjects: list[Subject]) -> str:
    """ "king; hero=red warrior; soldier x3", or JSON where that could be read in another way."""
    from multiplane.intake.shot_list_cells import parse_subjects

    parts = [
        subject.name
        + (f"={subject.phrase}" if subject.phrase else "")
        + (f" x{subject.count}" if "count" in subject.model_fields_set else "")
        for subject in subjects
    ]
    text = "; ".join(parts) + (";" if len(parts) == 1 and "," in parts[0] else "")
    dumped = [subject.model_dump(mode="json", exclude_unset=True) for subject in subjects]
    again = [Subject.model_validate({"name": s} if isinstance(s, str) else s)
             for s in _or_none(parse_subjects, text)]  # fmt: skip
    return text if again == subjects else _json(dumped)


def _or_none(parse: Any, text: str) -> list[Any]:
    try:
        return list(parse(text))
    except ValueError:
        return []


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _csv(rows: list[list[str]], separator: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
