"""What lies beside a picture and says more of it: a JSON object, or a list of subjects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.json_file import read_json
from multiplane.intake.shot_list_cells import parse_subjects
from multiplane.intake.text_file import read_text

SIDECARS = (".json", ".txt")
MAX_BYTES = 1024 * 1024
_KIND = "storyboard.sidecar"


def read_sidecar(path: Path) -> dict[str, Any]:
    """Fields of a shot from the file beside its picture.

    `.json` holds them as in a storyboard. `.txt` lists subjects, one per line or with commas;
    lines that begin with # are remarks. Raises InputError for what is neither.
    """
    if path.suffix.lower() == ".json":
        return read_json(path, kind=_KIND, max_bytes=MAX_BYTES)
    text, _ = read_text(path, kind=_KIND, max_bytes=MAX_BYTES)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    subjects: list[Any] = []
    for line in lines:
        subjects += _line(line.strip(), path)
    return {"subjects": subjects} if subjects else {}


def _line(line: str, path: Path) -> list[Any]:
    try:
        return parse_subjects(line)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{_KIND}.subjects.invalid",
            "{why}",
            file=str(path),
            value=line,
            remedy="Write one subject per line.",
            values={"why": str(error)},
        ) from None
