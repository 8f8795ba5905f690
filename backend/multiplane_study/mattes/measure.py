"""Mattes of hair, glass and smoke against the truth, on a flat and on a busy ground."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiplane.models.vision.seen import Matter
from multiplane_study.bench.matte_error import MatteError, matte_error, unknown_band
from multiplane_study.mattes.drawn import KINDS, SIZE, MattePicture, Size, matte_picture
from multiplane_study.mattes.grounds import GROUNDS
from multiplane_study.mattes.ways import WITH_MODEL, WITHOUT_MODEL, Floats, ways
from multiplane_study.report import Cell, Report

MEASURES = ("sad", "mse", "gradient", "connectivity")
_FIRST_SEED = 61_000


@dataclass(frozen=True)
class Measured:
    """One picture. mattes: by way; errors: the same, over the picture's unknown band."""

    given: MattePicture
    mattes: dict[str, Floats]
    errors: dict[str, MatteError]
    unknown: float  # share of the picture


@dataclass(frozen=True)
class MattesResult:
    """each: how many pictures of every kind before every ground. model: whose weights were used;
    absent: why there are none."""

    size: Size
    each: int
    pictures: tuple[Measured, ...]
    model: str
    absent: str | None

    def figures(self) -> dict[str, Any]:
        """The keys that `--json` writes: means over the pictures of a kind and ground."""
        return {
            "size": list(self.size),
            "pictures_each": self.each,
            "model": {"name": self.model, "absent": self.absent},
            "unknown": {
                kind: float(np.mean([one.unknown for one in self._of(kind)])) for kind in KINDS
            },
            "by": {
                kind: {behind: self._means(kind, behind) for behind in GROUNDS} for kind in KINDS
            },
        }

    def report(self) -> Report:
        """A table of each kind."""
        read = self.figures()
        report = Report("mattes", read)
        columns = ("", *(f"{measure}, {behind}" for behind in GROUNDS for measure in MEASURES))
        for kind in KINDS:
            rows: list[list[Cell]] = []
            for way in (*WITHOUT_MODEL, *WITH_MODEL):
                found = [read["by"][kind][behind].get(way, {}) for behind in GROUNDS]
                rows.append([way, *(one.get(measure) for one in found for measure in MEASURES)])
            report.table(f"{kind}: SAD, gradient and connectivity in thousands", columns, rows)
        if self.absent is not None:
            report.table("Not measured", ("", ""), [("ViTMatte", self.absent)])
        return report

    def _of(self, kind: str, behind: str | None = None) -> list[Measured]:
        return [
            one
            for one in self.pictures
            if one.given.kind == kind and behind in (None, one.given.behind)
        ]

    def _means(self, kind: str, behind: str) -> dict[str, dict[str, float]]:
        several = self._of(kind, behind)
        return {
            way: {
                measure: float(np.mean([getattr(one.errors[way], measure) for one in several]))
                for measure in MEASURES
            }
            for way in several[0].errors
        }


def measure_mattes(
    *,
    each: int = 4,
    size: Size = SIZE,
    matter: Matter | None = None,
    model: str = "",
    absent: str | None = None,
    on_picture: Callable[[int, int], None] = lambda done, total: None,
) -> MattesResult:
    """Draw `each` pictures of every kind before every ground, and cut them in every way."""
    known = ways(matter, model)
    wanted = list(_pictures(each, size))
    found = []
    for done, (kind, behind, seed) in enumerate(wanted, start=1):
        given = matte_picture(kind, behind, seed, size)
        mattes = {way: cut(given) for way, cut in known.items()}
        unknown = unknown_band(given.drawn.alpha)
        errors = {}
        for way, alpha in mattes.items():
            error = matte_error(alpha, given.drawn.alpha, unknown)
            assert error is not None, "a picture of these kinds is soft somewhere"
            errors[way] = error
        # Every matte in full size is kept of those alone that the sheet shows.
        shown = mattes if seed == _FIRST_SEED else {}
        found.append(Measured(given, shown, errors, float(unknown.mean())))
        on_picture(done, len(wanted))
    return MattesResult(size, each, tuple(found), model, absent)


def shown_pictures(result: MattesResult) -> Sequence[Measured]:
    """The first of every kind before every ground, with its mattes."""
    return [one for one in result.pictures if one.mattes]


def _pictures(each: int, size: Size) -> Iterator[tuple[str, str, int]]:
    for kind in KINDS:
        for behind in GROUNDS:
            for number in range(each):
                yield kind, behind, _FIRST_SEED + number
