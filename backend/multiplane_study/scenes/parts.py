"""Shapes that figures and places are made of: coloured outlines, drawn back to front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Rgb = tuple[float, float, float]
Coordinates = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Part:
    """A closed outline `points` (N, 2) filled with `rgb` (0..1).

    `tint`: carries the subject's colour (hatched with coloured ink); `outlined`: line styles
    draw its contour; `shaded`: it has a shadow side; `near`: its nearness in a background,
    None for what follows the ground plane.
    """

    points: Points
    rgb: Rgb
    tint: bool = False
    outlined: bool = True
    shaded: bool = True
    near: float | None = 0.0


@dataclass(frozen=True)
class Palette:
    """Colours of one subject: its own in three values, and accents that stay."""

    main: Rgb
    dark: Rgb
    light: Rgb
    skin: Rgb
    hair: Rgb
    metal: Rgb = (0.66, 0.69, 0.73)
    wood: Rgb = (0.47, 0.31, 0.18)
    gold: Rgb = (0.87, 0.68, 0.20)
    cream: Rgb = (0.96, 0.91, 0.80)
    glass: Rgb = (0.70, 0.85, 0.92)
    ink: Rgb = (0.13, 0.12, 0.14)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """`a` with `share` (0..1) of `b`."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def palette(rgb: tuple[int, int, int], rng: np.random.Generator) -> Palette:
    """A palette around a named colour, a little different every time."""
    jitter = rng.normal(0.0, 0.02, 3)
    main = tuple(float(np.clip(c / 255 + j, 0, 1)) for c, j in zip(rgb, jitter, strict=True))
    own: Rgb = (main[0], main[1], main[2])
    skins: tuple[Rgb, ...] = ((0.95, 0.79, 0.66), (0.80, 0.60, 0.45), (0.52, 0.35, 0.25))
    hairs: tuple[Rgb, ...] = ((0.30, 0.19, 0.11), (0.80, 0.62, 0.28), (0.14, 0.12, 0.12))
    return Palette(
        main=own,
        dark=mix(own, (0.05, 0.04, 0.08), 0.34),
        light=mix(own, (1.0, 0.98, 0.94), 0.36),
        skin=skins[int(rng.integers(len(skins)))],
        hair=hairs[int(rng.integers(len(hairs)))],
    )


def outline(points: Coordinates) -> Points:
    return np.asarray(points, dtype=np.float64)


def smooth(points: Coordinates, per_edge: int = 6) -> Points:
    """A closed uniform Catmull-Rom spline through `points`."""
    p = outline(points)
    a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = (np.arange(per_edge) / per_edge)[None, :, None]
    a, b, c, d = (q[:, None, :] for q in (a, b, c, d))
    spline = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.asarray(spline.reshape(-1, 2))


def ring(cx: float, cy: float, rx: float, ry: float, turn: float = 0.0, count: int = 24) -> Points:
    """An ellipse, turned by `turn` radians."""
    angle = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    x, y = rx * np.cos(angle), ry * np.sin(angle)
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([cx + c * x - s * y, cy + s * x + c * y], axis=1)


def ribbon(points: Coordinates, start: float, end: float | None = None) -> Points:
    """The outline of a line `start` wide at its first and `end` wide at its last point."""
    p = outline(points)
    along = np.gradient(p, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    half = np.linspace(start, start if end is None else end, len(p))[:, None] / 2
    # Rounded ends: one point beyond either end.
    head, tail = p[:1] - along[:1] * half[:1], p[-1:] + along[-1:] * half[-1:]
    return np.concatenate([head, p + across * half, tail, (p - across * half)[::-1]])


def box(left: float, low: float, right: float, high: float) -> Points:
    return outline([(left, low), (right, low), (right, high), (left, high)])
