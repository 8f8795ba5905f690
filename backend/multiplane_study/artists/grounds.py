"""Grounds of the artists' bench. Training draws none of these; keep it so.

Each maker takes a seeded generator and (height, width) px and gives sRGB, (H, W, 3) float32 0..1.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Shape = tuple[int, int]
GroundMaker = Callable[[np.random.Generator, Shape], Field]


def _colour(rng: np.random.Generator, *, value: tuple[float, float] = (0.45, 1.0)) -> Field:
    hue, saturation = float(rng.random()), float(rng.uniform(0.05, 0.65))
    return np.asarray(colorsys.hsv_to_rgb(hue, saturation, float(rng.uniform(*value))), np.float32)


def _noise(rng: np.random.Generator, shape: Shape, cells: int, octaves: int = 4) -> Field:
    """Smooth fractal noise, 0..1."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        rows = cells * 2**octave + 1
        columns = max(2, round(rows * width / height))
        small = rng.random((rows, columns)).astype(np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6), np.float32)


def _blend(low: Field, high: Field, share: Field) -> Field:
    return np.asarray(low + (high - low) * share[..., None], np.float32)


def clouds(rng: np.random.Generator, shape: Shape) -> Field:
    """Two colours, mixed by fractal noise."""
    return _blend(_colour(rng), _colour(rng), _noise(rng, shape, int(rng.integers(2, 5))))


def mosaic(rng: np.random.Generator, shape: Shape) -> Field:
    """Cells round random points, as of leaded glass, with dark seams."""
    height, width = shape
    count = int(rng.integers(14, 50))
    points = rng.random((count, 2)).astype(np.float32) * (height, width)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    away = np.stack([np.hypot(rows - y, columns - x) for y, x in points])
    two = np.partition(away, 1, axis=0)[:2]
    base = _colour(rng)
    tints = np.clip(base + rng.uniform(-0.22, 0.22, (count, 3)).astype(np.float32), 0, 1)
    seam = np.clip((two[1] - two[0]) / (0.012 * height), 0.35, 1.0)[..., None]
    return np.asarray(tints[away.argmin(axis=0)] * seam, np.float32)


def bricks(rng: np.random.Generator, shape: Shape) -> Field:
    """A wall in running bond."""
    height, width = shape
    high = height / float(rng.integers(7, 15))
    wide = 2.4 * high
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    course = np.floor(rows / high)
    along = columns + (course % 2) * wide / 2
    number = np.floor(along / wide)
    shade = np.mod(np.sin(course * 12.9898 + number * 78.233) * 43758.547, 1.0)
    mortar = (np.mod(rows, high) < 0.1 * high) | (np.mod(along, wide) < 0.1 * high)
    stone = _blend(_colour(rng), _colour(rng), np.asarray(0.5 * shade, np.float32))
    return np.where(mortar[..., None], _colour(rng, value=(0.6, 0.95)), stone).astype(np.float32)


def planks(rng: np.random.Generator, shape: Shape) -> Field:
    """Wood: rings drawn out along the boards."""
    height, width = shape
    boards = int(rng.integers(3, 8))
    ring = _noise(rng, shape, 3, 2) * 2.0 + np.linspace(0, 6, width, dtype=np.float32)[None] * 0.15
    grain = 0.5 + 0.5 * np.sin(ring * 40.0)
    board = np.floor(np.arange(height) / height * boards)
    tint = np.asarray(rng.uniform(0.75, 1.1, boards), np.float32)[board.astype(int)][:, None]
    seam = (np.mod(np.arange(height), height / boards) < 1.5)[:, None]
    brown = np.asarray((rng.uniform(0.5, 0.85), 0.45, rng.uniform(0.2, 0.35)), np.float32)
    wood = brown * (0.75 + 0.25 * grain[..., None]) * tint[..., None]
    return np.asarray(np.clip(np.where(seam[..., None], wood * 0.5, wood), 0, 1), np.float32)


def bokeh(rng: np.random.Generator, shape: Shape) -> Field:
    """Lights out of focus."""
    height, width = shape
    picture = _blend(
        _colour(rng, value=(0.1, 0.5)), _colour(rng, value=(0.2, 0.7)), _noise(rng, shape, 2, 2)
    )
    for _ in range(int(rng.integers(12, 34))):
        disc = np.zeros(shape, np.float32)
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(disc, centre, int(rng.uniform(0.02, 0.11) * height), 1.0, -1, cv2.LINE_AA)
        picture += disc[..., None] * float(rng.uniform(0.1, 0.45)) * (_colour(rng) - picture)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.006 * height), np.float32)


def hills(rng: np.random.Generator, shape: Shape) -> Field:
    """A sky in two colours over ridges that grow darker as they come nearer."""
    height, width = shape
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, axis=1)
    picture = _blend(_colour(rng), _colour(rng, value=(0.7, 1.0)), down)
    far, near = _colour(rng), _colour(rng, value=(0.2, 0.55))
    x = np.linspace(0, 1, width)
    count = int(rng.integers(3, 7))
    for number in range(count):
        ridge = np.full(width, 0.35 + 0.6 * number / count)
        for wave in range(1, 5):
            swing = rng.uniform(-0.09, 0.09) / wave
            ridge = ridge + swing * np.sin(2 * np.pi * (wave * 1.3 * x + rng.random()))
        below = np.arange(height)[:, None] > ridge[None] * height
        picture[below] = far + (near - far) * (number / max(count - 1, 1))
    return picture


def waves(rng: np.random.Generator, shape: Shape) -> Field:
    """Level lines of a noise field, as on a map."""
    level = _noise(rng, shape, int(rng.integers(2, 4)), 3) * float(rng.integers(6, 16))
    band = np.floor(level) / max(float(level.max()), 1.0)
    line = np.abs(np.mod(level, 1.0) - 0.5) > 0.46
    picture = _blend(_colour(rng), _colour(rng), np.asarray(band, np.float32))
    return np.where(line[..., None], 0.5 * picture, picture).astype(np.float32)


def starlight(rng: np.random.Generator, shape: Shape) -> Field:
    """A night sky over a dark shore."""
    height, width = shape
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, axis=1)
    picture = _blend(_colour(rng, value=(0.05, 0.2)), _colour(rng, value=(0.3, 0.6)), down)
    for _ in range(int(rng.integers(60, 160))):
        at = (int(rng.integers(width)), int(rng.integers(round(0.7 * height))))
        light = [float(channel) for channel in rng.uniform(0.7, 1.0, 3)]
        cv2.circle(picture, at, int(rng.integers(1, 3)), light, -1, cv2.LINE_AA)
    shore = 0.8 + 0.06 * _noise(rng, shape, 3, 3)[0]
    below = np.arange(height)[:, None] > shore[None] * height
    picture[below] = _colour(rng, value=(0.08, 0.25))
    return picture


GROUNDS: dict[str, GroundMaker] = {
    maker.__name__: maker
    for maker in (clouds, mosaic, bricks, planks, bokeh, hills, waves, starlight)
}
