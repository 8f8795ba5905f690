"""Axes: families of rows that differ in one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from multiplane_study.ablations.reading import own
from multiplane_study.bench.answer import Answer
from multiplane_study.bench.look import Look
from multiplane_study.bench.rows import OURS, Row

Cut = Callable[[Look], Answer]


@dataclass(frozen=True)
class Point:
    """One value on an axis.

    name: short, of a row; at: its place on an axis of numbers. cut: None for the model's own
    setting, which all axes share. learnt: what was learnt for it, which identifies it too.
    """

    name: str
    label: str
    cut: Cut | None
    at: float | None = None
    learnt: str = ""


@dataclass(frozen=True)
class Axis:
    """Values of one setting, in the order of tables. figure: what it is judged by."""

    name: str
    title: str
    points: tuple[Point, ...]
    figure: Literal["iou", "order_overlapping"] = "iou"
    note: str = ""

    def row_of(self, point: Point) -> str:
        """The name of a point's row."""
        return OURS if point.cut is None else f"{self.name}:{point.name}"

    def as_dict(self) -> dict[str, Any]:
        """As the result's file has it."""
        return {
            "name": self.name,
            "title": self.title,
            "figure": self.figure,
            "note": self.note,
            "points": [
                {
                    "row": self.row_of(point),
                    "label": point.label,
                    "at": point.at,
                    "own": point.cut is None,
                }
                for point in self.points
            ],
        }


def rows_of(axes: Sequence[Axis]) -> list[Row]:
    """The rows of all axes; the model's own settings first, as what the others are compared to."""
    rows = [Row(OURS, "the model's own settings", own, "without the judgement of what is missing")]
    for axis in axes:
        rows += [
            Row(axis.row_of(point), f"{axis.title}: {point.label}", point.cut, weights=point.learnt)
            for point in axis.points
            if point.cut is not None
        ]
    return rows
