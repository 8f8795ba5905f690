"""Figures in texts that come from the result files: checked, and written anew from them.

A figure is marked by a comment right behind it, which no reader sees:

    a mean IoU of 0.83<!-- quality: mean_miou -->
    in 85 %<!-- judge: all_found --> of the pictures

Before the colon stands the file in `reports/`, behind it the way to the value: keys and places in
lists with points between; in a list of things that have a name (the bench's rows), the name. The
text decides how many digits are shown; before a % the value is told in hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.intake.json_file import read_json

MARKED = re.compile(
    r"(?P<number>[-\u2212]?(?:\d[\d,]*)?\.?\d+)(?P<percent>\s?%)?"
    r"<!-- (?P<file>[\w-]+): (?P<way>[^>]+?) -->"
)


@dataclass(frozen=True)
class Marked:
    """A marked figure of a text: as it is written, and as the file has it."""

    file: str
    way: str
    written: str
    right: str

    @property
    def agrees(self) -> bool:
        return self.written == self.right


class Reported:
    """The result files of a folder, read once each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Mapping[str, Any]] = {}

    def value(self, file: str, way: str) -> float:
        """The number at `way`. Raises InputError `study.figure.unknown` where there is none."""
        path = self._folder / f"{file}.json"
        if file not in self._read:
            self._read[file] = read_json(path, kind="study")
        found: Any = self._read[file]
        for step in way.split("."):
            try:
                found = _inside(found, step.strip())
            except (LookupError, TypeError, ValueError, StopIteration):
                raise _unknown(path, way, step) from None
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise _unknown(path, way, "a number")
        return float(found)

    def figures_in(self, text: str) -> list[Marked]:
        """All marked figures of a text."""
        return [
            Marked(one["file"], one["way"], one["number"], self._right(one))
            for one in MARKED.finditer(text)
        ]

    def refreshed(self, text: str) -> str:
        """The text with each marked figure as the files have it."""
        return MARKED.sub(lambda one: self._right(one) + one.group(0)[len(one["number"]) :], text)

    def _right(self, one: re.Match[str]) -> str:
        value = self.value(one["file"], one["way"]) * (100.0 if one["percent"] else 1.0)
        return written_as(value, one["number"])


def written_as(value: float, pattern: str) -> str:
    """`value` with as many digits behind the point as `pattern` has; ".83" has no leading 0."""
    digits = len(pattern.partition(".")[2])
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{digits}f}"
    if "," not in pattern and abs(rounded) < 10_000:
        text = text.replace(",", "")
    if pattern.lstrip("-\u2212").startswith(".") and text.startswith("0."):
        text = text[1:]
    return ("\u2212" if "\u2212" in pattern else "-") * (rounded < 0) + text


def refresh(paths: Sequence[Path], reports: Path) -> list[Path]:
    """Write all marked figures of these files anew; returns the files that changed."""
    reported, changed = Reported(reports), []
    for path in paths:
        text = path.read_text("utf-8")
        new = reported.refreshed(text)
        if new != text:
            path.write_text(new, "utf-8")
            changed.append(path)
    return changed


def texts_of(checkout: Path) -> list[Path]:
    """The texts of a checkout in which figures may be marked: README, docs, cards of the models."""
    models = checkout / "backend" / "multiplane" / "models" / "bundled"
    return sorted([checkout / "README.md", *(checkout / "docs").glob("*.md"),
                   *models.rglob("README.md")])  # fmt: skip


def _inside(found: Any, step: str) -> Any:
    if isinstance(found, list):
        if step.lstrip("-").isdigit():
            return found[int(step)]
        return next(one for one in found if one["name"] == step)
    return found[step]


def _unknown(path: Path, way: str, step: str) -> InputError:
    return InputError(
        "study.figure.unknown",
        f"The result has no such value: {step} is not there.",
        file=str(path),
        field=way,
        remedy="Measure it again, or mark the figure with the value that it comes from.",
    )
