"""Every place's drawing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import landscapes, walls
from .scenery import PlaceDrawing

DRAWINGS: dict[str, Callable[[np.random.Generator, float], PlaceDrawing]] = {
    "forest": landscapes.forest,
    "snow": landscapes.snow,
    "desert": landscapes.desert,
    "beach": landscapes.beach,
    "city": walls.city,
    "room": walls.room,
    "mountains": landscapes.mountains,
    "cave": walls.cave,
}
