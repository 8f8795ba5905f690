"""Where subjects stand: sizes, feet, and who hides whom, tried out on small silhouettes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .figures import FIGURES, Figure
from .parts import Points
from .scenery import PlaceDrawing

_ROWS = 64
MOST_HIDDEN = 0.45
LEAST_VISIBLE = 0.021


@dataclass(frozen=True)
class Standing:
    """A placed figure; lengths in picture heights. `x` is its own origin, `foot` its lowest row."""

    figure: Figure
    x: float
    foot: float
    height: float
    depth: float

    def place(self, points: Points, height: int) -> Points:
        """A part's points in pixels of a picture `height` high."""
        return (points * self.height + (self.x, self.foot)) * height


def silhouette(figure: Figure, height: float) -> NDArray[np.bool_]:
    """The figure's mask, `height` picture heights of 64 rows high; cut to its box."""
    size = height * _ROWS
    mask = np.zeros(
        (max(1, round(size)), max(1, round((figure.right - figure.left) * size))), np.uint8
    )
    for part in figure.parts:
        points = (part.points - (figure.left, -1.0)) * size
        cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask > 0


def _visible(
    silhouettes: Sequence[NDArray[np.bool_]], corners: Sequence[tuple[int, int]], columns: int
) -> tuple[list[float], list[float]]:
    """Hidden share of each subject and visible share of the picture, given top-left corners."""
    taken = np.zeros((_ROWS, columns), bool)
    hidden, seen = [0.0] * len(silhouettes), [0.0] * len(silhouettes)
    for index in reversed(range(len(silhouettes))):
        mask = silhouettes[index]
        top, left = corners[index]
        rows = slice(max(0, top), min(_ROWS, top + mask.shape[0]))
        cols = slice(max(0, left), min(columns, left + mask.shape[1]))
        part = mask[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]
        open_part = part & ~taken[rows, cols]
        seen[index] = float(open_part.sum()) / taken.size
        hidden[index] = 1.0 - float(open_part.sum()) / max(1.0, float(part.sum()))
        taken[rows, cols] |= part
    return hidden, seen


def arrange(
    rng: np.random.Generator, figures: Sequence[Figure], place: PlaceDrawing, aspect: float
) -> list[Standing] | None:
    """Place `figures`, back to front, or None where no try kept the bounds.

    Two of three groups overlap on purpose: somebody is hidden by 10 to 45 %; the others stand
    apart. Everybody keeps at least `LEAST_VISIBLE` of the picture.
    """
    columns = round(aspect * _ROWS)
    crowd = {1: 1.0, 2: 0.95, 3: 0.86, 4: 0.78}.get(len(figures), 0.72)
    overlap = len(figures) > 1 and rng.random() < 0.68
    for attempt in range(12):
        grow = min(1.0, crowd + 0.02 * attempt)
        order = rng.permutation(len(figures))
        group = [figures[i] for i in order]
        heights = []
        for figure in group:
            low, high = FIGURES[figure.kind][1:]
            height = grow * float(rng.uniform(low, high))
            # Nobody is wider than most of the picture.
            widest = 0.80 * aspect / (figure.right - figure.left)
            heights.append(min(max(0.30, height), widest, 0.75))
        silhouettes = [silhouette(f, h) for f, h in zip(group, heights, strict=True)]
        for _ in range(16):
            lowest, highest = place.horizon + 0.32 * (1 - place.horizon), 0.975
            feet = np.sort(rng.uniform(lowest, highest, len(group)))
            if len(group) > 1 and float(np.diff(feet).min()) < 0.35 * (highest - lowest) / len(
                group
            ):
                continue
            lefts = []
            for figure, height in zip(group, heights, strict=True):
                wide = (figure.right - figure.left) * height
                lefts.append(float(rng.uniform(0.01, max(0.011, aspect - wide - 0.01))))
            corners = [
                (round(foot * _ROWS) - m.shape[0], round(left * _ROWS))
                for foot, left, m in zip(feet, lefts, silhouettes, strict=True)
            ]
            if any(top < 0 for top, _ in corners):
                continue
            hidden, seen = _visible(silhouettes, corners, columns)
            if max(hidden) > MOST_HIDDEN or min(seen) < LEAST_VISIBLE:
                continue
            if overlap and max(hidden) < 0.12:
                continue
            if not overlap and max(hidden) > 0.06 and attempt < 6:
                continue
            return [
                Standing(figure, left - figure.left * height, float(foot), height,
                         place.nearness(float(foot)))
                for figure, left, foot, height in zip(group, lefts, feet, heights, strict=True)
            ]  # fmt: skip
    return None
