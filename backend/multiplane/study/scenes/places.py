"""Places: layouts of sky, ground and scenery. x in picture heights, y 0 (top) .. 1 (bottom)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .parts import Coordinates, Part, Points, Rgb, box, mix, outline, ribbon, ring, smooth


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


def _vary(rgb: Rgb, rng: np.random.Generator, by: float = 0.025) -> Rgb:
    r, g, b = (float(np.clip(v + j, 0, 1)) for v, j in zip(rgb, rng.normal(0, by, 3), strict=True))
    return r, g, b


def _ridge(
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


def _sky(aspect: float, rgb: Rgb) -> Part:
    return Part(box(-0.05, -0.05, aspect + 0.05, 1.05), rgb, outlined=False, shaded=False)


def _ground(points: Points, rgb: Rgb, *, outlined: bool = True) -> Part:
    return Part(points, rgb, outlined=outlined, shaded=False, near=None)


def _spread(rng: np.random.Generator, aspect: float, count: int) -> list[float]:
    """`count` places across the width, evenly but not quite."""
    step = aspect / count
    return [float((i + rng.uniform(0.15, 0.85)) * step) for i in range(count)]


def _cloud(rng: np.random.Generator, x: float, y: float, rgb: Rgb) -> Part:
    w, h = float(rng.uniform(0.12, 0.22)), float(rng.uniform(0.03, 0.05))
    shape = smooth([(x - w, y), (x - 0.6 * w, y - h), (x - 0.1 * w, y - 1.5 * h),
                    (x + 0.5 * w, y - h), (x + w, y), (x, y + 0.4 * h)])  # fmt: skip
    return Part(shape, rgb, shaded=False)


def _pine(
    x: float, foot: float, tall: float, rgb: Rgb, snow: Rgb | None, near: float
) -> list[Part]:
    parts = [Part(box(x - 0.04 * tall, foot - 0.2 * tall, x + 0.04 * tall, foot),
                  (0.40, 0.28, 0.20), near=near)]  # fmt: skip
    for low, high, half in ((0.14, 0.58, 0.30), (0.38, 0.78, 0.23), (0.60, 1.0, 0.16)):
        tip, left, right = (x, foot - high * tall), x - half * tall, x + half * tall
        parts.append(Part(outline([tip, (right, foot - low * tall), (left, foot - low * tall)]),
                          rgb, near=near))  # fmt: skip
        if snow is not None:
            y = foot - (high - 0.5 * (high - low)) * tall
            reach = 0.5 * half * tall
            cap = [tip, (x + reach, y), (x + 0.3 * reach, y - 0.03 * tall), (x, y + 0.02 * tall),
                   (x - 0.4 * reach, y - 0.03 * tall), (x - reach, y)]  # fmt: skip
            parts.append(Part(outline(cap), snow, outlined=False, shaded=False, near=near))
    return parts


def forest(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.50, 0.60))
    place = PlaceDrawing((), horizon, 0.05)
    sky = _vary((0.80, 0.88, 0.80), rng)
    leaf = _vary((0.42, 0.58, 0.38), rng)
    parts = [_sky(aspect, sky)]
    parts.append(Part(_ridge(rng, aspect, horizon - 0.26, 0.05, 9), mix(leaf, sky, 0.55),
                      near=0.03, shaded=False))  # fmt: skip
    parts.append(_ground(_ridge(rng, aspect, horizon, 0.012, 6), _vary((0.55, 0.62, 0.40), rng)))
    count = int(rng.integers(5, 8) * max(1.0, aspect * 0.8))
    for order, x in enumerate(rng.permutation(_spread(rng, aspect, count))):
        foot = horizon + 0.02 + 0.10 * order / count
        wide = float(rng.uniform(0.025, 0.045)) * (1 + 0.6 * order / count)
        near = place.nearness(foot)
        lean = float(rng.normal(0, 0.02))
        trunk = [(x - wide * 1.5, foot), (x - wide * 0.8, foot - 0.08), (x - wide * 0.7 + lean, -0.05),
                 (x + wide * 0.7 + lean, -0.05), (x + wide * 0.8, foot - 0.08),
                 (x + wide * 1.5, foot)]  # fmt: skip
        bark = mix(_vary((0.45, 0.34, 0.25), rng), sky, 0.35 * (1 - order / count))
        parts.append(Part(outline(trunk), bark, near=near))
        y, spread = float(rng.uniform(0.02, 0.14)), float(rng.uniform(0.13, 0.20))
        crown = [(x + lean + spread * np.cos(a) * rng.uniform(0.8, 1.15),
                  y + 0.6 * spread * np.sin(a) * rng.uniform(0.8, 1.15))
                 for a in np.linspace(0, 2 * np.pi, 9, endpoint=False)]  # fmt: skip
        parts.append(Part(smooth(crown), mix(_vary(leaf, rng), sky, 0.3 * (1 - order / count)),
                          near=near))  # fmt: skip
    parts += _tufts(rng, aspect, horizon + 0.14, (0.42, 0.52, 0.30), 7)
    return PlaceDrawing(tuple(parts), horizon, 0.05)


def _tufts(rng: np.random.Generator, aspect: float, top: float, rgb: Rgb, count: int) -> list[Part]:
    """Blades of grass: they lie on the ground plane and show how it runs."""
    parts = []
    for _ in range(count):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(top, 0.97))
        s = 0.03 + 0.03 * (y - top)
        parts.append(_ground(outline([(x - s, y), (x - 0.7 * s, y - s), (x - 0.3 * s, y - 0.2 * s),
                                      (x, y - 1.4 * s), (x + 0.3 * s, y - 0.2 * s),
                                      (x + 0.8 * s, y - s), (x + s, y)]), rgb))  # fmt: skip
    return parts


def snow(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.46, 0.56))
    place = PlaceDrawing((), horizon, 0.04)
    sky = _vary((0.72, 0.79, 0.88), rng)
    parts = [_sky(aspect, sky)]
    parts.append(Part(_ridge(rng, aspect, horizon - 0.12, 0.06, 5), (0.85, 0.89, 0.94),
                      near=0.02, shaded=False))  # fmt: skip
    parts.append(_ground(_ridge(rng, aspect, horizon, 0.02, 5), (0.95, 0.96, 0.98)))
    count = int(rng.integers(3, 6) * max(1.0, aspect * 0.8))
    for x in _spread(rng, aspect, count):
        foot, tall = horizon + float(rng.uniform(0.01, 0.08)), float(rng.uniform(0.20, 0.42))
        green = mix(_vary((0.28, 0.42, 0.40), rng), sky, float(rng.uniform(0.1, 0.5)))
        parts += _pine(x, foot, tall, green, (0.96, 0.97, 0.99), place.nearness(foot))
    for y in (0.70, 0.86):
        level = y + float(rng.uniform(-0.03, 0.03))
        x = float(rng.uniform(0, aspect))
        parts.append(_ground(smooth([(x - 0.5, level), (x, level - 0.02), (x + 0.5, level),
                                     (x, level + 0.014)]), (0.84, 0.88, 0.94)))  # fmt: skip
    for _ in range(26):
        x, y, r = rng.uniform(0, aspect), rng.uniform(0, horizon), rng.uniform(0.006, 0.011)
        parts.append(Part(ring(x, y, r, r, count=8), (0.99, 0.99, 1.0), shaded=False))
    return PlaceDrawing(tuple(parts), horizon, 0.04)


def desert(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.48, 0.58))
    place = PlaceDrawing((), horizon, 0.03)
    sky, sand = _vary((0.97, 0.87, 0.70), rng), _vary((0.90, 0.74, 0.48), rng)
    sun = (float(rng.uniform(0.15, aspect - 0.15)), float(rng.uniform(0.10, 0.22)))
    parts = [_sky(aspect, sky), Part(ring(*sun, 0.075, 0.075), (1.0, 0.96, 0.80), shaded=False)]
    for depth, rise in ((0.02, 0.16), (0.03, 0.07)):
        crest = _ridge(rng, aspect, horizon - rise, 0.06, 4)
        parts.append(Part(crest, mix(sand, sky, 0.25 + 2 * rise), near=depth, shaded=False))
    parts.append(_ground(_ridge(rng, aspect, horizon, 0.025, 4), sand))
    for x in _spread(rng, aspect, int(rng.integers(1, 4))):
        foot, tall = horizon + float(rng.uniform(0.02, 0.09)), float(rng.uniform(0.20, 0.32))
        green, near = mix(_vary((0.44, 0.56, 0.34), rng), sky, 0.2), place.nearness(foot)
        w = 0.20 * tall
        trunk = [(x, foot), (x, foot - 0.5 * tall), (x, foot - tall)]
        arms: list[Coordinates] = [
            [(x, foot - 0.4 * tall), (x + 0.26 * tall, foot - 0.42 * tall),
             (x + 0.27 * tall, foot - 0.72 * tall)],
            [(x, foot - 0.55 * tall), (x - 0.24 * tall, foot - 0.57 * tall),
             (x - 0.25 * tall, foot - 0.84 * tall)],
        ]  # fmt: skip
        parts.append(Part(smooth(ribbon(trunk, w).tolist(), 3), green, near=near))
        parts += [Part(smooth(ribbon(arm, 0.8 * w).tolist(), 4), green, near=near) for arm in arms]
    for y in (0.68, 0.80, 0.92):
        x, level = float(rng.uniform(0, aspect)), y + float(rng.uniform(-0.03, 0.03))
        parts.append(_ground(smooth([(x - 0.45, level + 0.02), (x - 0.1, level - 0.015),
                                     (x + 0.45, level + 0.02), (x, level + 0.01)]),
                             mix(sand, (0.62, 0.44, 0.25), 0.3)))  # fmt: skip
    return PlaceDrawing(tuple(parts), horizon, 0.03)


def beach(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.36, 0.44))
    place = PlaceDrawing((), horizon, 0.03)
    sky, sea = _vary((0.74, 0.88, 0.95), rng), _vary((0.40, 0.68, 0.76), rng)
    shore = horizon + float(rng.uniform(0.13, 0.18))
    parts = [_sky(aspect, sky)]
    parts += [_cloud(rng, x, float(rng.uniform(0.07, 0.24)), (0.98, 0.98, 0.98))
              for x in _spread(rng, aspect, 2)]  # fmt: skip
    parts.append(_ground(box(-0.05, horizon, aspect + 0.05, 1.05), sea))
    for _ in range(7):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(horizon + 0.02, shore - 0.02))
        w = float(rng.uniform(0.05, 0.12))
        parts.append(_ground(smooth([(x - w, y), (x - 0.4 * w, y - 0.01), (x + 0.3 * w, y + 0.004),
                                     (x + w, y - 0.002), (x, y + 0.008)]), mix(sea, (1, 1, 1), 0.6),
                             outlined=True))  # fmt: skip
    foam = _ridge(rng, aspect, shore, 0.02, 6)
    parts.append(_ground(foam, (0.97, 0.98, 0.97)))
    sand = foam.copy()
    sand[:-2, 1] += 0.025
    parts.append(_ground(sand, _vary((0.93, 0.84, 0.64), rng)))
    side = float(rng.choice([0.08, aspect - 0.08]))
    inward = 1.0 if side < aspect / 2 else -1.0
    foot = shore + 0.08
    top = (side + 0.12 * inward, 0.18)
    near = place.nearness(foot)
    parts.append(Part(ribbon([(side, foot), (side + 0.03 * inward, 0.42), top], 0.05, 0.03),
                      (0.55, 0.42, 0.28), near=near))  # fmt: skip
    for angle in (-2.9, -2.2, -1.3, -0.5, 0.15):
        tip = (top[0] + 0.2 * np.cos(angle), top[1] + 0.11 * np.sin(angle) + 0.05)
        bend = (top[0] + 0.11 * np.cos(angle), top[1] + 0.11 * np.sin(angle) - 0.035)
        under = (bend[0], bend[1] + 0.04)
        parts.append(Part(smooth([top, bend, tip, under]), _vary((0.40, 0.60, 0.36), rng),
                          near=near))  # fmt: skip
    for _ in range(6):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(shore + 0.12, 0.97))
        parts.append(_ground(ring(x, y, 0.014, 0.008, count=10), (0.82, 0.70, 0.50)))
    return PlaceDrawing(tuple(parts), horizon, 0.03)


def city(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.52, 0.60))
    place = PlaceDrawing((), horizon, 0.06)
    sky = _vary((0.80, 0.84, 0.90), rng)
    parts = [_sky(aspect, sky)]
    x = -float(rng.uniform(0.0, 0.15))
    while x < aspect:
        w, top = float(rng.uniform(0.20, 0.32)), float(rng.uniform(0.02, 0.26))
        wall = mix(_vary((0.68, 0.62, 0.58), rng, 0.06), sky, 0.2)
        near = place.nearness(horizon + 0.02)
        parts.append(Part(box(x, top, x + w, horizon + 0.03), wall, near=near))
        columns, rows = max(2, round(w / 0.09)), max(2, int((horizon - top - 0.08) / 0.10))
        lit = mix(wall, (0.36, 0.44, 0.55), 0.6)
        for i in range(columns):
            for j in range(rows):
                cx, cy = x + (i + 0.5) * w / columns, top + 0.06 + j * 0.10
                rgb = (0.96, 0.88, 0.62) if rng.random() < 0.15 else lit
                parts.append(Part(box(cx - 0.022, cy - 0.03, cx + 0.022, cy + 0.03), rgb,
                                  shaded=False, near=near))  # fmt: skip
        x += w
    parts.append(
        _ground(box(-0.05, horizon + 0.03, aspect + 0.05, 1.05), _vary((0.78, 0.77, 0.75), rng))
    )
    kerb = horizon + float(rng.uniform(0.08, 0.12))
    parts.append(_ground(box(-0.05, kerb, aspect + 0.05, 1.05), (0.62, 0.61, 0.60)))
    parts.append(
        _ground(box(-0.05, kerb + 0.02, aspect + 0.05, 1.05), _vary((0.50, 0.50, 0.53), rng))
    )
    middle, start = kerb + 0.20, float(rng.uniform(-0.2, 0.0))
    for k in range(int(aspect / 0.28) + 2):
        left = start + 0.28 * k
        parts.append(_ground(outline([(left, middle), (left + 0.15, middle), (left + 0.14, middle + 0.03),
                                      (left - 0.02, middle + 0.03)]), (0.92, 0.90, 0.82)))  # fmt: skip
    pole = float(rng.uniform(0.1, aspect - 0.1))
    near = place.nearness(kerb)
    parts.append(
        Part(ribbon([(pole, kerb + 0.01), (pole, 0.20)], 0.022), (0.34, 0.35, 0.38), near=near)
    )
    parts.append(Part(outline([(pole - 0.045, 0.20), (pole + 0.045, 0.20), (pole + 0.028, 0.13),
                               (pole - 0.028, 0.13)]), (0.97, 0.92, 0.72), near=near))  # fmt: skip
    return PlaceDrawing(tuple(parts), horizon, 0.06)


def room(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.56, 0.66))
    base = 0.25
    wall, wood = _vary((0.86, 0.80, 0.70), rng, 0.05), _vary((0.66, 0.50, 0.36), rng)
    parts = [
        Part(box(-0.05, -0.05, aspect + 0.05, 1.05), wall, outlined=False, shaded=False, near=base)
    ]
    stripe = mix(wall, (1, 1, 1), 0.3)
    step = float(rng.uniform(0.12, 0.2))
    parts += [Part(box(k * step, -0.05, k * step + 0.3 * step, horizon), stripe, outlined=False,
                   shaded=False, near=base) for k in range(int(aspect / step) + 1)]  # fmt: skip
    x, w = float(rng.uniform(0.12, aspect - 0.46)), float(rng.uniform(0.26, 0.34))
    top, low = 0.10, float(rng.uniform(0.38, 0.44))
    frame: Rgb = (0.95, 0.94, 0.90)
    parts.append(Part(box(x - 0.025, top - 0.025, x + w + 0.025, low + 0.025), frame, near=base))
    for i in range(2):
        for j in range(2):
            left, upper = x + i * w / 2 + 0.008, top + j * (low - top) / 2 + 0.008
            parts.append(Part(box(left, upper, left + w / 2 - 0.016, upper + (low - top) / 2 - 0.016),
                              (0.70, 0.84, 0.94), shaded=False, near=base))  # fmt: skip
    cloth = _vary((0.72, 0.60, 0.56), rng, 0.06)
    for edge, sign in ((x - 0.03, -1.0), (x + w + 0.03, 1.0)):
        parts.append(Part(outline([(edge + 0.07 * -sign, top - 0.05), (edge + 0.06 * sign, top - 0.05),
                                   (edge + 0.08 * sign, low + 0.08), (edge + 0.01 * sign, low + 0.08)]),
                          cloth, near=base))  # fmt: skip
    parts.append(Part(box(x - 0.14, top - 0.07, x + w + 0.14, top - 0.045), wood, near=base))
    px = x + w + 0.22 if x + w / 2 < aspect / 2 else x - 0.42
    parts.append(Part(box(px, 0.16, px + 0.2, 0.40), mix(wood, (0, 0, 0), 0.2), near=base))
    parts.append(
        Part(box(px + 0.025, 0.185, px + 0.175, 0.375), (0.80, 0.82, 0.74), shaded=False, near=base)
    )
    parts.append(_ground(box(-0.05, horizon, aspect + 0.05, 1.05), wood))
    parts.append(
        Part(box(-0.05, horizon - 0.035, aspect + 0.05, horizon), frame, shaded=False, near=base)
    )
    middle = aspect / 2
    seam = mix(wood, (0.2, 0.12, 0.06), 0.4)
    for t in np.linspace(-1.6, 1.6, 13):
        upper, lower = middle + t * aspect * 0.5, middle + t * aspect * 1.0
        parts.append(Part(ribbon([(upper, horizon), (lower, 1.05)], 0.004, 0.008), seam,
                          outlined=True, shaded=False, near=None))  # fmt: skip
    return PlaceDrawing(tuple(parts), horizon, base)


def mountains(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.54, 0.62))
    place = PlaceDrawing((), horizon, 0.04)
    sky = _vary((0.76, 0.86, 0.94), rng)
    parts = [_sky(aspect, sky)]
    parts += [_cloud(rng, x, float(rng.uniform(0.05, 0.14)), (0.98, 0.98, 0.98))
              for x in _spread(rng, aspect, 2)]  # fmt: skip
    count = max(3, round(2.4 * aspect))
    for row, fade in ((0, 0.45), (1, 0.15)):
        for x in rng.permutation(_spread(rng, aspect, count + row)):
            peak = float(rng.uniform(0.08, 0.22)) + 0.14 * row
            half = float(rng.uniform(0.28, 0.40)) * (1 - 0.2 * row)
            rock = mix(_vary((0.52, 0.54, 0.60), rng), sky, fade)
            shift = float(rng.uniform(-0.05, 0.05))
            tip, foot = (x + shift, peak), horizon + 0.06
            slope = (foot - peak) / half
            parts.append(Part(outline([(x - half, foot), (x - half * 0.45, peak + 0.50 * (foot - peak)),
                                       tip, (x + half * 0.52, peak + 0.44 * (foot - peak)),
                                       (x + half, foot)]), rock, near=0.01 + 0.02 * row))  # fmt: skip
            d = 0.22 * half
            cap = [tip, (tip[0] + d, peak + d * slope * 0.82), (tip[0] + 0.4 * d, peak + d * slope * 0.6),
                   (tip[0], peak + d * slope), (tip[0] - 0.5 * d, peak + d * slope * 0.66),
                   (tip[0] - d, peak + d * slope * 0.9)]  # fmt: skip
            parts.append(
                Part(outline(cap), (0.97, 0.98, 1.0), shaded=False, near=0.01 + 0.02 * row)
            )
    grass = _vary((0.62, 0.70, 0.46), rng)
    parts.append(_ground(_ridge(rng, aspect, horizon, 0.02, 6), grass))
    for _ in range(int(rng.integers(3, 6))):
        x, y = float(rng.uniform(0, aspect)), horizon + float(rng.uniform(0.02, 0.08))
        s = float(rng.uniform(0.03, 0.06))
        rock_shape = [(x - s, y), (x - 0.7 * s, y - 0.6 * s), (x, y - 0.9 * s), (x + 0.8 * s, y - 0.5 * s),
                      (x + s, y)]  # fmt: skip
        parts.append(Part(outline(rock_shape), (0.66, 0.66, 0.66), near=place.nearness(y)))
    parts += _tufts(rng, aspect, horizon + 0.14, mix(grass, (0.25, 0.35, 0.15), 0.35), 6)
    return PlaceDrawing(tuple(parts), horizon, 0.04)


def cave(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.54, 0.62))
    base = 0.12
    rock = _vary((0.46, 0.43, 0.42), rng, 0.03)
    parts = [
        Part(box(-0.05, -0.05, aspect + 0.05, 1.05), rock, outlined=False, shaded=False, near=base)
    ]
    mx, w = float(rng.uniform(0.3, aspect - 0.3)), float(rng.uniform(0.24, 0.34))
    top = float(rng.uniform(0.14, 0.22))
    for grow, rgb, near in (
        (0.10, mix(rock, (0.1, 0.1, 0.12), 0.35), 0.10),
        (0.0, (0.88, 0.90, 0.84), 0.0),
    ):
        mouth = [(mx - w - grow, horizon + 0.06), (mx - w * 0.9 - grow, top + 0.2),
                 (mx - w * 0.4, top + 0.02 - grow), (mx + w * 0.2, top - grow),
                 (mx + w * 0.8 + grow, top + 0.14), (mx + w + grow, horizon + 0.06)]  # fmt: skip
        parts.append(Part(smooth(mouth), rgb, shaded=False, near=near))
    parts.append(
        _ground(_ridge(rng, aspect, horizon, 0.02, 6), mix(rock, (0.75, 0.68, 0.58), 0.45))
    )
    dark = mix(rock, (0.12, 0.11, 0.13), 0.35)
    for x in _spread(rng, aspect, int(rng.integers(5, 8) * max(1.0, aspect * 0.8))):
        drop, half = float(rng.uniform(0.10, 0.30)), float(rng.uniform(0.035, 0.07))
        parts.append(Part(outline([(x - half, -0.05), (x - half * 0.4, drop * 0.5), (x, drop),
                                   (x + half * 0.5, drop * 0.4), (x + half, -0.05)]), dark, near=base + 0.05))  # fmt: skip
    for x in _spread(rng, aspect, int(rng.integers(3, 6))):
        foot, tall = horizon + float(rng.uniform(0.02, 0.08)), float(rng.uniform(0.06, 0.16))
        half = 0.4 * tall
        parts.append(Part(outline([(x - half, foot), (x - half * 0.3, foot - tall * 0.6), (x, foot - tall),
                                   (x + half * 0.4, foot - tall * 0.5), (x + half, foot)]), dark,
                          near=base + 0.08))  # fmt: skip
    for _ in range(6):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(horizon + 0.14, 0.96))
        parts.append(
            _ground(smooth([(x - 0.04, y), (x, y - 0.02), (x + 0.05, y), (x, y + 0.012)]), dark)
        )
    return PlaceDrawing(tuple(parts), horizon, base)


DRAWINGS: dict[str, Callable[[np.random.Generator, float], PlaceDrawing]] = {
    "forest": forest, "snow": snow, "desert": desert, "beach": beach,
    "city": city, "room": room, "mountains": mountains, "cave": cave,
}  # fmt: skip
