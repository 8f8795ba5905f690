"""What places are built of. x in picture heights, y 0 (top) .. 1 (bottom)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .parts import Part, Points, Rgb, box, outline, smooth


@dataclass(frozen=True)
class PlaceDrawing:
    """`parts` back to front; the ground rises from `base` nearness at `horizon` to 1 below."""

    parts: tuple[Part, ...]
    horizon: float
    base: float

    def nearness(self, y: float) -> float:
        """Nearness of the ground at row `y` (0..1); inverse depth of a plane is linear in y."""
        share = (y - self.horizon) / (1.0 - self.horizon)
        return self.base + (1.0 - self.base) * min(max(share, 0.0), 1.0)


def vary(rgb: Rgb, rng: np.random.Generator, by: float = 0.025) -> Rgb:
    r, g, b = (float(np.clip(v + j, 0, 1)) for v, j in zip(rgb, rng.normal(0, by, 3), strict=True))
    return r, g, b


def ridge(
    rng: np.random.Generator, aspect: float, level: float, rough: float, knots: int
) -> Points:
    """An outline from a wavy top edge around `level` down to the lower edge."""
    x = np.linspace(-0.05, aspect + 0.05, knots)
    y = level + rng.uniform(-rough, rough, knots)
    fine = np.linspace(-0.05, aspect + 0.05, knots * 6)
    # Cosine interpolation between knots: rounded hills without overshoot.
    slot = np.clip(np.searchsorted(x, fine, side="right") - 1, 0, knots - 2)
    t = (fine - x[slot]) / (x[1] - x[0])
    t = (1 - np.cos(np.pi * np.clip(t, 0, 1))) / 2
    top = y[slot] * (1 - t) + y[slot + 1] * t
    edge = np.stack([fine, top], axis=1)
    return np.concatenate([edge, [(aspect + 0.05, 1.05), (-0.05, 1.05)]])


def sky(aspect: float, rgb: Rgb) -> Part:
    return Part(box(-0.05, -0.05, aspect + 0.05, 1.05), rgb, outlined=False, shaded=False)


def ground(points: Points, rgb: Rgb, *, outlined: bool = True) -> Part:
    return Part(points, rgb, outlined=outlined, shaded=False, near=None)


def spread(rng: np.random.Generator, aspect: float, count: int) -> list[float]:
    """`count` places across the width, evenly but not quite."""
    step = aspect / count
    return [float((i + rng.uniform(0.15, 0.85)) * step) for i in range(count)]


def cloud(rng: np.random.Generator, x: float, y: float, rgb: Rgb) -> Part:
    w, h = float(rng.uniform(0.12, 0.22)), float(rng.uniform(0.03, 0.05))
    shape = smooth(
        [
            (x - w, y),
            (x - 0.6 * w, y - h),
            (x - 0.1 * w, y - 1.5 * h),
            (x + 0.5 * w, y - h),
            (x + w, y),
            (x, y + 0.4 * h),
        ]
    )
    return Part(shape, rgb, shaded=False)


def tufts(rng: np.random.Generator, aspect: float, top: float, rgb: Rgb, count: int) -> list[Part]:
    """Blades of grass: they lie on the ground plane and show how it runs."""
    parts = []
    for _ in range(count):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(top, 0.97))
        s = 0.03 + 0.03 * (y - top)
        parts.append(
            ground(
                outline(
                    [
                        (x - s, y),
                        (x - 0.7 * s, y - s),
                        (x - 0.3 * s, y - 0.2 * s),
                        (x, y - 1.4 * s),
                        (x + 0.3 * s, y - 0.2 * s),
                        (x + 0.8 * s, y - s),
                        (x + s, y),
                    ]
                ),
                rgb,
            )
        )
    return parts


def pine(x: float, foot: float, tall: float, rgb: Rgb, snow: Rgb | None, near: float) -> list[Part]:
    parts = [
        Part(
            box(x - 0.04 * tall, foot - 0.2 * tall, x + 0.04 * tall, foot),
            (0.40, 0.28, 0.20),
            near=near,
        )
    ]
    for low, high, half in ((0.14, 0.58, 0.30), (0.38, 0.78, 0.23), (0.60, 1.0, 0.16)):
        tip, left, right = (x, foot - high * tall), x - half * tall, x + half * tall
        parts.append(
            Part(
                outline([tip, (right, foot - low * tall), (left, foot - low * tall)]),
                rgb,
                near=near,
            )
        )
        if snow is not None:
            y = foot - (high - 0.5 * (high - low)) * tall
            reach = 0.5 * half * tall
            cap = [
                tip,
                (x + reach, y),
                (x + 0.3 * reach, y - 0.03 * tall),
                (x, y + 0.02 * tall),
                (x - 0.4 * reach, y - 0.03 * tall),
                (x - reach, y),
            ]
            parts.append(Part(outline(cap), snow, outlined=False, shaded=False, near=near))
    return parts
