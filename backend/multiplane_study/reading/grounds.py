"""Grounds for a reader's pictures: painted ones as in `artwork`, and patterns of many kinds.

The patterns are made of bent coordinates, a pattern along them and a few colours. None of the
grounds of the artists' bench is among them; keep it so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.artwork.grounds import training_ground
from multiplane_study.artwork.styled import AsDrawn
from multiplane_study.scenes.draw import PAINTERS
from multiplane_study.scenes.grain import Grain
from multiplane_study.scenes.raster import rasterise
from multiplane_study.scenes.style import Style

Bytes = NDArray[np.uint8]
Field = NDArray[np.float32]
PATTERNED = 0.5
"""Of the grounds; the others are painted."""


def new_ground(rng: np.random.Generator, width: int, height: int) -> Bytes:
    """A ground (height, width, 3), painted or patterned."""
    if rng.random() < PATTERNED:
        return _patterned(rng, width, height)
    ground = training_ground(rng, width / height)
    grain = Grain(rng, height, width)
    style: Style = AsDrawn(grain)
    if rng.random() < 0.4:
        style = list(PAINTERS.values())[int(rng.integers(len(PAINTERS)))](grain)
    parts = [replace(part, points=part.points * height) for part in ground.drawing.parts]
    raster = rasterise(parts, grain, style.hand, line_scale=style.line_scale(backdrop=True))
    painted = np.clip(style.paint(raster, backdrop=True).rgb, 0.0, 1.0)
    if rng.random() < 0.3:
        painted = painted * (1.0 + 0.08 * grain.smooth(3)[..., None])
    return np.asarray(np.rint(np.clip(painted, 0, 1) * 255), np.uint8)


def _smooth(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Field:
    """A smooth random field, about -1..1."""
    height, width = shape
    few = rng.normal(0, 0.5, (cells + 2, max(2, round(cells * width / height)) + 2))
    return cv2.resize(few.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def _ripples(rng: np.random.Generator, x: Field, y: Field) -> Field:
    return np.sin((x + 0.3 * y) * float(rng.uniform(20, 120)))


def _weave(rng: np.random.Generator, x: Field, y: Field) -> Field:
    pitch = float(rng.uniform(30, 140))
    return np.where(
        np.sin(x * pitch) * np.sin(y * pitch) > 0, np.sin(x * pitch * 3), np.sin(y * pitch * 3)
    )


def _rings(rng: np.random.Generator, x: Field, y: Field) -> Field:
    away = np.hypot(x - float(rng.uniform(-0.5, 2.2)), y - float(rng.uniform(-0.5, 1.5)))
    return np.sin(away * float(rng.uniform(15, 70)))


def _lattice(rng: np.random.Generator, x: Field, y: Field) -> Field:
    pitch = float(rng.uniform(15, 60))
    return np.abs(np.sin(x * pitch)) * np.abs(np.sin((y + 0.5 * x) * pitch)) * 2 - 1


def _diamonds(rng: np.random.Generator, x: Field, y: Field) -> Field:
    pitch = float(rng.uniform(4, 16))
    return np.sign(np.abs(np.mod(x * pitch, 1) - 0.5) + np.abs(np.mod(y * pitch, 1) - 0.5) - 0.5)


_PATTERNS: tuple[Callable[[np.random.Generator, Field, Field], Field], ...] = (
    _ripples, _weave, _rings, _lattice, _diamonds,
)  # fmt: skip


def _patterned(rng: np.random.Generator, width: int, height: int) -> Bytes:
    shape = (height, width)
    rows, columns = np.mgrid[:height, :width].astype(np.float32) / np.float32(height)
    turn = float(rng.uniform(0, np.pi))
    x = np.cos(turn) * columns - np.sin(turn) * rows
    y = np.sin(turn) * columns + np.cos(turn) * rows
    bend = float(rng.choice([0.0, 0.02, 0.06, 0.15]))
    x, y = (axis + bend * _smooth(rng, shape, int(rng.integers(3, 9))) for axis in (x, y))
    kind = rng.random()
    if kind < 0.6:
        value = _PATTERNS[int(rng.integers(len(_PATTERNS)))](rng, x, y)
        if rng.random() < 0.5:
            value = np.sign(value) * np.abs(value) ** np.float32(0.3)
    elif kind < 0.75:  # strokes of a broad brush
        noise = rng.normal(0, 1, shape).astype(np.float32)
        long, across = int(rng.integers(15, 60)), int(rng.integers(2, 6))
        size = (long, across) if rng.random() < 0.5 else (across, long)
        value = cv2.blur(noise, size) * float(np.sqrt(long * across)) / 2
    else:  # facets
        value = np.full(shape, 0.0, np.float32)
        for _ in range(int(rng.integers(30, 220))):
            middle = rng.uniform(0, 1, 2) * (width, height)
            corners = middle + rng.normal(0, height * float(rng.uniform(0.03, 0.2)), (3, 2))
            cv2.fillPoly(value, [corners.astype(np.int32)], float(rng.uniform(-1, 1)))
    share_of_second = np.clip(0.5 + 0.5 * value, 0, 1)[..., None]
    first, second = rng.uniform(0.05, 1.0, (2, 3))
    contrast = float(rng.choice([0.25, 0.5, 1.0]))
    picture = first + contrast * share_of_second * (second - first)
    if rng.random() < 0.6:
        third = rng.uniform(0.05, 1.0, 3)
        share = np.clip(0.5 + _smooth(rng, shape, int(rng.integers(2, 6))), 0, 1)[..., None]
        picture = picture + float(rng.uniform(0.2, 0.8)) * share * (third - picture)
    return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)
