"""A folder of Photoshop files: whether what is made of each is the picture that Photoshop shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.intake.drawn_layers import photoshop_stack
from multiplane.intake.picture import check_picture
from multiplane.intake.picture_formats import PHOTOSHOP
from multiplane.intake.psd_file import has_layers, is_psd, psd_contents
from multiplane.layers.artist_layers import artist_stack
from multiplane.layers.merged import LEVEL, MOST_DIFFERING
from multiplane.produce.photoshop import DIFFERS, as_photoshop_shows_it
from multiplane_study.report import Report

AGREES, CORRECTED = "agrees", "corrected and said"
SAID, SILENT = "differs and said", "differs silently"
FLAT, ALONE, UNREADABLE = "one picture", "nothing to compare with", "unreadable"
VERDICTS = (AGREES, CORRECTED, SAID, SILENT, FLAT, ALONE, UNREADABLE)
"""Of a layered file with a merged picture the first four: its layers show that picture, or do once
their colours are corrected, or the shot's still differ. Then files without layers, without a merged
picture, and those that are refused."""


@dataclass(frozen=True)
class FileResult:
    """One file. differing: share of its pixels off by more than 8 of 255 between the merged picture
    and the layers as they were read; made: the same for the layers that become the shot; of the
    artboards the worst. None where nothing can be compared. said: codes of all notices, or of the
    error."""

    file: str
    verdict: str
    differing: float | None = None
    made: float | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class PsdResult:
    folder: Path
    files: tuple[FileResult, ...]

    def report(self) -> Report:
        """Counts, and a table of all files that do not simply agree."""
        counts = Counter(file.verdict for file in self.files)
        compared = sum(counts[verdict] for verdict in (AGREES, CORRECTED, SAID, SILENT))
        report = Report(
            "psd",
            {
                "files": len(self.files),
                "layered_with_merged_picture": compared,
                **{verdict.replace(" ", "_"): counts[verdict] for verdict in VERDICTS},
                "differs_above": {"level_of_255": LEVEL, "share_of_pixels": MOST_DIFFERING},
                "by_file": [
                    {
                        "file": file.file,
                        "verdict": file.verdict,
                        "differing_as_read": file.differing,
                        "differing_as_made": file.made,
                        "said": list(file.said),
                    }
                    for file in self.files
                ],
            },
        )
        report.table(
            f"{len(self.files)} Photoshop files in {self.folder}, {compared} with layers and a "
            "merged picture",
            ("", "files"),
            [(verdict, counts[verdict]) for verdict in VERDICTS],
        )
        quiet = (AGREES, FLAT, ALONE)
        telling = [file for file in self.files if file.verdict not in quiet]
        report.table(
            f"Share of the pixels off by more than {LEVEL} of 255",
            ("file", "", "as read", "as made", "said"),
            [
                (file.file, file.verdict, file.differing, file.made, ", ".join(file.said))
                for file in sorted(telling, key=lambda file: -(file.differing or 0.0))
            ],
        )
        return report


def measure_psd(
    folder: Path, on_file: Callable[[int, int], None] = lambda done, total: None
) -> PsdResult:
    """Read every Photoshop file in `folder` and below, and compare. ``on_file(done, total)``.

    Raises InputError `study.psd.no_files` for a folder without any.
    """
    paths = sorted(_files_in(folder))
    if not paths:
        raise InputError(
            "study.psd.no_files",
            "There are no Photoshop files in the folder.",
            file=str(folder),
            remedy=f"Give a folder with files that end in {' or '.join(PHOTOSHOP)}.",
        )
    results = []
    for index, path in enumerate(paths, start=1):
        results.append(_measured(path, path.relative_to(folder).as_posix()))
        on_file(index, len(paths))
    return PsdResult(folder, tuple(results))


def _files_in(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.rglob("*") if path.suffix.lower() in PHOTOSHOP)


def _measured(path: Path, name: str) -> FileResult:
    try:
        if not is_psd(path):
            return FileResult(name, UNREADABLE, said=("picture.unknown_format",))
        check_picture(path)
        if not has_layers(path):
            return FileResult(name, FLAT)
        boards: list[str | None] = [*psd_contents(path).artboards]
        parts = [_compared(path, board) for board in boards or [None]]
    except InputError as error:
        return FileResult(name, UNREADABLE, said=(error.code,))
    except OSError as error:
        return FileResult(name, UNREADABLE, said=(str(error),))
    said = tuple(dict.fromkeys(code for _, _, codes in parts for code in codes))
    if any(differing is None for differing, _, _ in parts):
        return FileResult(name, ALONE, said=said)
    differing = max(float(value or 0.0) for value, _, _ in parts)
    made = max(float(value or 0.0) for _, value, _ in parts)
    if made > MOST_DIFFERING:
        verdict = SAID if DIFFERS in said else SILENT
    else:
        verdict = CORRECTED if DIFFERS in said else AGREES
    return FileResult(name, verdict, differing, made, said)


def _compared(
    path: Path, artboard: str | None
) -> tuple[float | None, float | None, tuple[str, ...]]:
    drawn = photoshop_stack(path, artboard, warn=lambda text: None)
    assert drawn.photoshop is not None
    read = artist_stack(drawn.layers, drawn.size)
    made, notices, _ = as_photoshop_shows_it(read, drawn.photoshop)
    codes = tuple(notice.code for notice in notices)
    merged = drawn.photoshop.merged
    if merged is None:
        return None, None, codes
    return _differing(read.picture, merged), _differing(made.picture, merged), codes


def _differing(picture: NDArray[np.uint8], merged: NDArray[np.uint8]) -> float:
    apart = np.abs(picture.astype(np.int16) - merged).max(axis=2)
    return float((apart > LEVEL).mean())
