"""Pictures of what is hard to cut, drawn so that every pixel's alpha and colours are known.

The mixing equation holds in each: picture = alpha * own colours + (1 - alpha) * ground, up to the
rounding to 8 bits. Strands are drawn at four times the size and averaged: their alpha is the part
of a pixel that they cover. A glass does not bend what lies behind it, and smoke casts no shadow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.mattes.grounds import ground

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Size = tuple[int, int]

SIZE: Size = (1024, 576)
_FINER = 4  # times: strands are drawn larger by that
_STRANDS = 420
_NOISE = ((4, 1.0), (9, 0.55), (20, 0.3), (45, 0.16))  # cells across and weight of each octave


@dataclass(frozen=True)
class Drawn:
    """alpha (H, W) 0..1; own (H, W, 3) 0..255, the thing's colours where alpha is not 0.

    mask: what is called the thing at a glance, as a segmenter would. A glass is all within its
    outline, however clear; hair and smoke are where they cover more than half of what is behind.
    """

    alpha: Floats
    own: Floats
    mask: Mask


@dataclass(frozen=True)
class MattePicture:
    """kind: of `KINDS`; behind: of `grounds.GROUNDS`. picture: (H, W, 3)."""

    kind: str
    behind: str
    picture: NDArray[np.uint8]
    drawn: Drawn


def matte_picture(kind: str, behind: str, seed: int, size: Size = SIZE) -> MattePicture:
    """The same thing for the same `seed`, whatever is behind it."""
    drawn = KINDS[kind](size, np.random.default_rng((seed, 1)))
    there = ground(behind, size, np.random.default_rng((seed, 2)))
    share = drawn.alpha[..., None]
    mixed = share * drawn.own + (1.0 - share) * there
    return MattePicture(kind, behind, np.rint(mixed).clip(0, 255).astype(np.uint8), drawn)


def _hair(size: Size, rng: np.random.Generator) -> Drawn:
    """A head from behind, and strands that the wind takes to one side."""
    wide, high = size[0] * _FINER, size[1] * _FINER
    colour = np.zeros((high, wide, 3), np.float32)
    covered = np.zeros((high, wide), np.uint8)
    base = rng.uniform((30, 15, 5), (110, 70, 45))
    centre = np.array([rng.uniform(0.4, 0.6) * wide, 0.62 * high])
    radius = np.array([0.17, 0.24]) * high
    wind = rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 0.3) * high
    along = np.linspace(0.0, 1.0, 24)[:, None]
    for _ in range(_STRANDS):
        angle = rng.uniform(-np.pi * 1.02, np.pi * 0.02)  # the upper half of the head
        out = np.array([np.cos(angle), np.sin(angle)])
        root = centre + 0.94 * radius * out
        reach = high * rng.uniform(0.03, 0.26)
        middle = root + out * reach * 0.7 + rng.normal(0.0, 0.02 * high, 2)
        tip = root + out * reach + np.array([wind * rng.uniform(0.2, 1.0), 0.1 * high])
        curve = (1 - along) ** 2 * root + 2 * along * (1 - along) * middle + along**2 * tip
        thick = rng.uniform(0.6, 2.2) * size[1] / 576 * _FINER
        shade = tuple(float(one) for one in np.clip(base * rng.uniform(0.7, 1.5), 0, 255))
        points = np.rint(curve).astype(np.int32)
        for place in range(len(points) - 1):
            width = max(1, round(thick * (1.0 - 0.8 * place / len(points))))
            for canvas, value in ((colour, shade), (covered, 1)):
                cv2.line(canvas, points[place].tolist(), points[place + 1].tolist(), value, width)
    head = (tuple(int(one) for one in centre), tuple(int(one) for one in radius))
    cv2.ellipse(colour, *head, 0, 0, 360, tuple(float(one) for one in base), -1)
    cv2.ellipse(covered, *head, 0, 0, 360, 1, -1)
    alpha = cv2.resize(covered.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mixed = cv2.resize(colour * covered[..., None], size, interpolation=cv2.INTER_AREA)
    own = mixed / np.maximum(alpha, 1e-6)[..., None]
    return Drawn(alpha, own.astype(np.float32), alpha > 0.5)


def _glass(size: Size, rng: np.random.Generator) -> Drawn:
    """A goblet: clear within, denser at the rim and in the foot, with lights on it."""
    width, height = size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    down = (rows - 0.1 * height) / (0.8 * height)  # 0 at the brim, 1 under the foot
    bowl = np.sqrt(np.clip(1.0 - (np.clip(down, 0, 0.58) / 0.58) ** 3.0, 0.0, 1.0))
    stem, foot = 0.07, np.exp(-(((down - 1.0) / 0.07) ** 2))
    half = np.maximum(np.where(down < 0.58, bowl, 0.0), np.maximum(stem, 0.75 * foot))
    half = half * rng.uniform(0.2, 0.26) * height
    across = (columns - rng.uniform(0.4, 0.6) * width) / np.maximum(half, 1e-3)
    edge = (1.0 - np.abs(across)) * half  # px to the outline, to the side
    upright = np.clip(np.minimum(rows - 0.1 * height, 0.9 * height - rows) + 0.5, 0.0, 1.0)
    outline = np.clip(edge + 0.5, 0.0, 1.0) * upright
    rim = np.exp(-np.clip(edge, 0.0, None) / (0.012 * height))
    dense = rng.uniform(0.08, 0.16) + 0.55 * rim + 0.35 * foot + 0.25 * (down > 0.58)
    light = np.zeros((height, width), np.float32)
    for side, wide, power in ((-0.55, 0.07, 0.9), (0.4, 0.035, 0.7), (0.62, 0.05, 0.5)):
        light += power * np.exp(-(((across - side) / wide) ** 4) - ((down - 0.25) / 0.2) ** 6)
    light = np.clip(light, 0.0, 1.0)
    alpha = outline * np.clip(dense + light, 0.0, 0.97)
    tint = rng.uniform((120, 150, 160), (190, 215, 220)).astype(np.float32)
    own = tint * (1.0 - 0.35 * rim[..., None]) * (1 - light[..., None]) + 252.0 * light[..., None]
    return Drawn(alpha.astype(np.float32), own.astype(np.float32), outline > 0.5)


def _smoke(size: Size, rng: np.random.Generator) -> Drawn:
    """A plume that rises, widens and thins out; nowhere has it an edge."""
    width, height = size
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    up = 1.0 - rows / height
    cloud, sway = _noise(size, rng), _noise(size, rng)
    middle = rng.uniform(0.35, 0.65) * width + (sway - 0.5) * 0.35 * width * up
    spread = (0.07 + 0.26 * up) * height
    plume = np.exp(-(((columns - middle) / spread) ** 2))
    dense = 5.5 * plume**1.5 * (0.15 + cloud) * np.clip(1.3 - 1.1 * up, 0.0, 1.0)
    alpha = np.clip(1.0 - np.exp(-np.clip(dense - 0.12, 0.0, None)), 0.0, 1.0)
    grey = rng.uniform(150.0, 235.0)
    own = np.clip(grey + 50.0 * (cloud - 0.5), 0, 255)[..., None] * np.array([0.99, 1.0, 1.01])
    own = np.clip(own, 0, 255).astype(np.float32)
    return Drawn(alpha.astype(np.float32), own, alpha > 0.5)


def _noise(size: Size, rng: np.random.Generator) -> Floats:
    """(H, W) 0..1, smooth: several octaves of random values between which it runs on."""
    total = np.zeros(size[::-1], np.float32)
    for cells, weight in _NOISE:
        coarse = rng.random((max(2, round(cells * size[1] / size[0])), cells)).astype(np.float32)
        total += weight * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return (total - total.min()) / max(float(np.ptp(total)), 1e-6)


KINDS: Mapping[str, Callable[[Size, np.random.Generator], Drawn]] = MappingProxyType(
    {"hair": _hair, "glass": _glass, "smoke": _smoke}
)
