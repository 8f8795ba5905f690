"""What hair, glass and smoke are drawn before: a wall of one colour, or a crowd of colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GROUNDS = ("flat", "busy")
_PATCHES = 260


def ground(name: str, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """(H, W, 3) of 0..255, for (width, height); `name` is one of `GROUNDS`."""
    width, height = size
    if name == "flat":
        colour = rng.uniform(90.0, 225.0, 3)
        light = np.linspace(1.04, 0.96, height, dtype=np.float32)[:, None, None]
        wall = np.clip(colour * light, 0.0, 255.0)
        return np.broadcast_to(wall, (height, width, 3)).astype(np.float32)
    canvas = np.full((height, width, 3), rng.uniform(40.0, 200.0, 3), np.float32)
    for number in range(_PATCHES):
        reach = 0.16 * (1.0 - number / _PATCHES) + 0.012  # large ones first, small ones over them
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = tuple(max(2, int(reach * height * rng.uniform(0.4, 1.6))) for _ in range(2))
        paint = tuple(float(one) for one in rng.uniform(10.0, 250.0, 3))
        cv2.ellipse(canvas, centre, axes, rng.uniform(0, 180), 0, 360, paint, -1, cv2.LINE_AA)
    return canvas
