"""A reader: one shot for each line of a text file that says something."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.intake.reading import Format, Reading
from multiplane.intake.text_file import read_text


def read_lines(path: Path) -> Reading:
    text, _ = read_text(path, kind="storyboard")
    lines = enumerate(text.splitlines(), start=1)
    told = [(number, line.strip()) for number, line in lines if line.strip()]
    if not told:
        raise InputError("lines.empty", "The file says nothing.", file=str(path))
    return Reading(
        {"title": path.stem, "shots": [{"prompt": line} for _, line in told]},
        path.parent,
        place=lambda index, inner: f"line {told[index][0]}",
    )


LINES = Format("lines", "a sentence in each line", (".lines",), read_lines)
