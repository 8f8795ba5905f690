"""Every kind's drawing and the heights it comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import animals, people, things
from .parts import Palette, Part, palette
from .vocabulary import COLOURS

_Draw = Callable[[np.random.Generator, Palette], list[Part]]

# Kind -> (drawing, smallest and greatest height as a share of the picture's height).
FIGURES: dict[str, tuple[_Draw, float, float]] = {
    "warrior": (people.warrior, 0.48, 0.75),
    "princess": (people.princess, 0.46, 0.74),
    "wizard": (people.wizard, 0.48, 0.75),
    "robot": (people.robot, 0.44, 0.70),
    "dragon": (animals.dragon, 0.42, 0.64),
    "horse": (animals.horse, 0.42, 0.62),
    "dog": (animals.dog, 0.32, 0.46),
    "cat": (animals.cat, 0.32, 0.48),
    "bird": (animals.bird, 0.31, 0.46),
    "house": (things.house, 0.44, 0.68),
    "castle": (things.castle, 0.54, 0.75),
    "tent": (things.tent, 0.36, 0.56),
    "car": (things.car, 0.30, 0.40),
    "boat": (things.boat, 0.44, 0.68),
    "lantern": (things.lantern, 0.38, 0.58),
    "chest": (things.chest, 0.30, 0.42),
}


@dataclass(frozen=True)
class Figure:
    """A subject before it is placed: parts in units of its height, feet at (0, 0), y down."""

    kind: str
    colour: str
    parts: tuple[Part, ...]
    left: float
    right: float


def make_figure(kind: str, colour: str, rng: np.random.Generator) -> Figure:
    """A figure of `kind` in `colour` with its own pose, build and facing."""
    drawing = FIGURES[kind][0](rng, palette(COLOURS[colour], rng))
    side = -1.0 if rng.random() < 0.5 else 1.0
    build = float(rng.uniform(0.92, 1.08)) * side
    lean = float(rng.normal(0.0, 0.02))
    parts = []
    for part in drawing:
        x, y = part.points[:, 0], part.points[:, 1]
        parts.append(replace(part, points=np.stack([build * x + lean * y, -y], axis=1)))
    every = np.concatenate([part.points[:, 0] for part in parts])
    return Figure(kind, colour, tuple(parts), float(every.min()), float(every.max()))
