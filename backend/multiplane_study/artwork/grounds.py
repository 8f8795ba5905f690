"""What artists' drawings stand before in training: the project's places, plain and patterned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from multiplane_study.scenes.parts import Part, Rgb, box, mix, outline, ribbon, ring, smooth
from multiplane_study.scenes.places import DRAWINGS
from multiplane_study.scenes.scenery import PlaceDrawing
from multiplane_study.scenes.vocabulary import PLACES, PlaceWords


@dataclass(frozen=True)
class Ground:
    """A backdrop before it is painted, and how captions say it.

    `standing` tells whether there is a ground that things stand on, so that lower is nearer.
    """

    drawing: PlaceDrawing
    words: PlaceWords
    standing: bool


GroundMaker = Callable[[np.random.Generator, float], Ground]
"""Given chance and the picture's aspect (width / height)."""

_PLAIN = PlaceWords((("on a", "plain background"), ("before a", "plain wall")), "plain")
_PATTERNED = PlaceWords((("on a", "patterned background"),), "patterned")
_SPLIT = PlaceWords((("on a", "table"), ("on the", "floor")), "plain")
GROUND_WORDS = (_PLAIN, _PATTERNED, _SPLIT)


def training_ground(rng: np.random.Generator, aspect: float) -> Ground:
    """Half of them places, a quarter plain, a quarter patterned."""
    share = rng.random()
    if share < 0.50:
        name = list(PLACES)[int(rng.integers(len(PLACES)))]
        return Ground(DRAWINGS[name](rng, aspect), PLACES[name], True)
    if share < 0.64:
        return plain(rng, aspect)
    if share < 0.76:
        return table(rng, aspect)
    makers = (stripes, dots, checks, patches, scribbles)
    return makers[int(rng.integers(len(makers)))](rng, aspect)


def _rgb(rng: np.random.Generator) -> Rgb:
    """Any colour, mostly pale or middling."""
    colour = rng.uniform(0.1, 1.0, 3)
    pale: Rgb = (float(colour[0]), float(colour[1]), float(colour[2]))
    return mix(pale, (1.0, 1.0, 1.0), float(rng.choice([0.0, 0.25, 0.5, 0.75, 1.0])))


def _sheet(aspect: float, rgb: Rgb) -> Part:
    return Part(box(-0.05, -0.05, aspect + 0.05, 1.05), rgb, outlined=False, shaded=False)


def _flat(parts: list[Part], words: PlaceWords) -> Ground:
    return Ground(PlaceDrawing(tuple(parts), 0.999, 0.0), words, False)


def plain(rng: np.random.Generator, aspect: float) -> Ground:
    """One colour, or one that slowly turns into another."""
    first, second = _rgb(rng), _rgb(rng)
    parts = [_sheet(aspect, first)]
    if rng.random() < 0.5:
        for step in np.linspace(0.05, 1.0, 20):
            area = box(-0.05, float(step), aspect + 0.05, 1.05)
            parts.append(Part(area, mix(first, second, float(step)), outlined=False, shaded=False))
    return _flat(parts, _PLAIN)


def table(rng: np.random.Generator, aspect: float) -> Ground:
    """A wall and what things stand on."""
    horizon = float(rng.uniform(0.35, 0.7))
    wall, floor = _rgb(rng), _rgb(rng)
    parts = [
        _sheet(aspect, wall),
        Part(box(-0.05, horizon, aspect + 0.05, 1.05), floor, shaded=False, near=None),
    ]
    return Ground(PlaceDrawing(tuple(parts), horizon, 0.2), _SPLIT, True)


def _detail(area: np.ndarray, rgb: Rgb) -> Part:
    return Part(area, rgb, outlined=False, shaded=False)


def stripes(rng: np.random.Generator, aspect: float) -> Ground:
    first, second = _rgb(rng), _rgb(rng)
    parts, pitch = [_sheet(aspect, first)], float(rng.uniform(0.05, 0.25))
    lean = float(rng.uniform(-0.5, 0.5)) if rng.random() < 0.6 else 0.0
    broad = pitch * float(rng.uniform(0.2, 0.6))
    upright = rng.random() < 0.6
    reach = aspect if upright else 1.0
    for at in np.arange(-0.6, reach + 0.6, pitch):
        if upright:
            ends = [(at, -0.05), (at + broad, -0.05), (at + broad + lean, 1.05), (at + lean, 1.05)]
        else:
            far = aspect + 0.05
            ends = [(-0.05, at), (-0.05, at + broad), (far, at + broad + lean), (far, at + lean)]
        parts.append(_detail(outline(ends), second))
    return _flat(parts, _PATTERNED)


def dots(rng: np.random.Generator, aspect: float) -> Ground:
    first, second = _rgb(rng), _rgb(rng)
    parts, pitch = [_sheet(aspect, first)], float(rng.uniform(0.08, 0.25))
    radius = pitch * float(rng.uniform(0.15, 0.4))
    for row, y in enumerate(np.arange(0.0, 1.1, pitch)):
        for x in np.arange(-pitch * (row % 2) / 2, aspect + pitch, pitch):
            parts.append(_detail(ring(float(x), float(y), radius, radius, count=16), second))
    return _flat(parts, _PATTERNED)


def checks(rng: np.random.Generator, aspect: float) -> Ground:
    first, second = _rgb(rng), _rgb(rng)
    parts, pitch = [_sheet(aspect, first)], float(rng.uniform(0.1, 0.3))
    for row, y in enumerate(np.arange(0.0, 1.0, pitch)):
        for column, x in enumerate(np.arange(0.0, aspect, pitch)):
            if (row + column) % 2:
                area = box(float(x), float(y), float(x + pitch), float(y + pitch))
                parts.append(_detail(area, second))
    return _flat(parts, _PATTERNED)


def patches(rng: np.random.Generator, aspect: float) -> Ground:
    """Soft shapes of many colours, some as large as a subject."""
    parts = [_sheet(aspect, _rgb(rng))]
    for _ in range(int(rng.integers(3, 14))):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(0, 1))
        radius = float(rng.uniform(0.05, 0.35))
        turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        out = radius * rng.uniform(0.5, 1.1, 8)
        shape = smooth(
            [(x + r * np.cos(t), y + r * np.sin(t)) for r, t in zip(out, turns, strict=True)]
        )
        parts.append(_detail(shape, _rgb(rng)))
    return _flat(parts, _PATTERNED)


def scribbles(rng: np.random.Generator, aspect: float) -> Ground:
    """Lines of a few colours across the sheet."""
    parts = [_sheet(aspect, _rgb(rng))]
    inks = [_rgb(rng) for _ in range(3)]
    for _ in range(int(rng.integers(5, 18))):
        x = np.sort(rng.uniform(-0.1, aspect + 0.1, 5))
        y = np.clip(rng.uniform(0, 1) + np.cumsum(rng.normal(0, 0.12, 5)), -0.1, 1.1)
        line = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        broad = float(rng.uniform(0.006, 0.05))
        parts.append(_detail(ribbon(line, broad), inks[int(rng.integers(3))]))
    return _flat(parts, _PATTERNED)
