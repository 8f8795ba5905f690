"""Places under the open sky."""

from __future__ import annotations

import numpy as np

from .parts import Coordinates, Part, box, mix, outline, ribbon, ring, smooth
from .scenery import PlaceDrawing, cloud, ground, pine, ridge, sky, spread, tufts, vary


def forest(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.50, 0.60))
    place = PlaceDrawing((), horizon, 0.05)
    air = vary((0.80, 0.88, 0.80), rng)
    leaf = vary((0.42, 0.58, 0.38), rng)
    parts = [sky(aspect, air)]
    parts.append(
        Part(
            ridge(rng, aspect, horizon - 0.26, 0.05, 9),
            mix(leaf, air, 0.55),
            near=0.03,
            shaded=False,
        )
    )
    parts.append(ground(ridge(rng, aspect, horizon, 0.012, 6), vary((0.55, 0.62, 0.40), rng)))
    count = int(rng.integers(5, 8) * max(1.0, aspect * 0.8))
    for order, x in enumerate(rng.permutation(spread(rng, aspect, count))):
        foot = horizon + 0.02 + 0.10 * order / count
        wide = float(rng.uniform(0.025, 0.045)) * (1 + 0.6 * order / count)
        near = place.nearness(foot)
        lean = float(rng.normal(0, 0.02))
        trunk = [
            (x - wide * 1.5, foot),
            (x - wide * 0.8, foot - 0.08),
            (x - wide * 0.7 + lean, -0.05),
            (x + wide * 0.7 + lean, -0.05),
            (x + wide * 0.8, foot - 0.08),
            (x + wide * 1.5, foot),
        ]
        bark = mix(vary((0.45, 0.34, 0.25), rng), air, 0.35 * (1 - order / count))
        parts.append(Part(outline(trunk), bark, near=near))
        y, reach = float(rng.uniform(0.02, 0.14)), float(rng.uniform(0.13, 0.20))
        crown = [
            (
                x + lean + reach * np.cos(a) * rng.uniform(0.8, 1.15),
                y + 0.6 * reach * np.sin(a) * rng.uniform(0.8, 1.15),
            )
            for a in np.linspace(0, 2 * np.pi, 9, endpoint=False)
        ]
        parts.append(
            Part(smooth(crown), mix(vary(leaf, rng), air, 0.3 * (1 - order / count)), near=near)
        )
    parts += tufts(rng, aspect, horizon + 0.14, (0.42, 0.52, 0.30), 7)
    return PlaceDrawing(tuple(parts), horizon, 0.05)


def snow(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.46, 0.56))
    place = PlaceDrawing((), horizon, 0.04)
    air = vary((0.72, 0.79, 0.88), rng)
    parts = [sky(aspect, air)]
    parts.append(
        Part(
            ridge(rng, aspect, horizon - 0.12, 0.06, 5), (0.85, 0.89, 0.94), near=0.02, shaded=False
        )
    )
    parts.append(ground(ridge(rng, aspect, horizon, 0.02, 5), (0.95, 0.96, 0.98)))
    count = int(rng.integers(3, 6) * max(1.0, aspect * 0.8))
    for x in spread(rng, aspect, count):
        foot, tall = horizon + float(rng.uniform(0.01, 0.08)), float(rng.uniform(0.20, 0.42))
        green = mix(vary((0.28, 0.42, 0.40), rng), air, float(rng.uniform(0.1, 0.5)))
        parts += pine(x, foot, tall, green, (0.96, 0.97, 0.99), place.nearness(foot))
    for y in (0.70, 0.86):
        level = y + float(rng.uniform(-0.03, 0.03))
        x = float(rng.uniform(0, aspect))
        parts.append(
            ground(
                smooth([(x - 0.5, level), (x, level - 0.02), (x + 0.5, level), (x, level + 0.014)]),
                (0.84, 0.88, 0.94),
            )
        )
    for _ in range(26):
        x, y, r = rng.uniform(0, aspect), rng.uniform(0, horizon), rng.uniform(0.006, 0.011)
        parts.append(Part(ring(x, y, r, r, count=8), (0.99, 0.99, 1.0), shaded=False))
    return PlaceDrawing(tuple(parts), horizon, 0.04)


def desert(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.48, 0.58))
    place = PlaceDrawing((), horizon, 0.03)
    air, sand = vary((0.97, 0.87, 0.70), rng), vary((0.90, 0.74, 0.48), rng)
    sun = (float(rng.uniform(0.15, aspect - 0.15)), float(rng.uniform(0.10, 0.22)))
    parts = [sky(aspect, air), Part(ring(*sun, 0.075, 0.075), (1.0, 0.96, 0.80), shaded=False)]
    for depth, rise in ((0.02, 0.16), (0.03, 0.07)):
        crest = ridge(rng, aspect, horizon - rise, 0.06, 4)
        parts.append(Part(crest, mix(sand, air, 0.25 + 2 * rise), near=depth, shaded=False))
    parts.append(ground(ridge(rng, aspect, horizon, 0.025, 4), sand))
    for x in spread(rng, aspect, int(rng.integers(1, 4))):
        foot, tall = horizon + float(rng.uniform(0.02, 0.09)), float(rng.uniform(0.20, 0.32))
        green, near = mix(vary((0.44, 0.56, 0.34), rng), air, 0.2), place.nearness(foot)
        w = 0.20 * tall
        trunk = [(x, foot), (x, foot - 0.5 * tall), (x, foot - tall)]
        arms: list[Coordinates] = [
            [
                (x, foot - 0.4 * tall),
                (x + 0.26 * tall, foot - 0.42 * tall),
                (x + 0.27 * tall, foot - 0.72 * tall),
            ],
            [
                (x, foot - 0.55 * tall),
                (x - 0.24 * tall, foot - 0.57 * tall),
                (x - 0.25 * tall, foot - 0.84 * tall),
            ],
        ]
        parts.append(Part(smooth(ribbon(trunk, w).tolist(), 3), green, near=near))
        parts += [Part(smooth(ribbon(arm, 0.8 * w).tolist(), 4), green, near=near) for arm in arms]
    for y in (0.68, 0.80, 0.92):
        x, level = float(rng.uniform(0, aspect)), y + float(rng.uniform(-0.03, 0.03))
        parts.append(
            ground(
                smooth(
                    [
                        (x - 0.45, level + 0.02),
                        (x - 0.1, level - 0.015),
                        (x + 0.45, level + 0.02),
                        (x, level + 0.01),
                    ]
                ),
                mix(sand, (0.62, 0.44, 0.25), 0.3),
            )
        )
    return PlaceDrawing(tuple(parts), horizon, 0.03)


def beach(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.36, 0.44))
    place = PlaceDrawing((), horizon, 0.03)
    air, sea = vary((0.74, 0.88, 0.95), rng), vary((0.40, 0.68, 0.76), rng)
    shore = horizon + float(rng.uniform(0.13, 0.18))
    parts = [sky(aspect, air)]
    parts += [
        cloud(rng, x, float(rng.uniform(0.07, 0.24)), (0.98, 0.98, 0.98))
        for x in spread(rng, aspect, 2)
    ]
    parts.append(ground(box(-0.05, horizon, aspect + 0.05, 1.05), sea))
    for _ in range(7):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(horizon + 0.02, shore - 0.02))
        w = float(rng.uniform(0.05, 0.12))
        parts.append(
            ground(
                smooth(
                    [
                        (x - w, y),
                        (x - 0.4 * w, y - 0.01),
                        (x + 0.3 * w, y + 0.004),
                        (x + w, y - 0.002),
                        (x, y + 0.008),
                    ]
                ),
                mix(sea, (1, 1, 1), 0.6),
                outlined=True,
            )
        )
    foam = ridge(rng, aspect, shore, 0.02, 6)
    parts.append(ground(foam, (0.97, 0.98, 0.97)))
    sand = foam.copy()
    sand[:-2, 1] += 0.025
    parts.append(ground(sand, vary((0.93, 0.84, 0.64), rng)))
    side = float(rng.choice([0.08, aspect - 0.08]))
    inward = 1.0 if side < aspect / 2 else -1.0
    foot = shore + 0.08
    top = (side + 0.12 * inward, 0.18)
    near = place.nearness(foot)
    parts.append(
        Part(
            ribbon([(side, foot), (side + 0.03 * inward, 0.42), top], 0.05, 0.03),
            (0.55, 0.42, 0.28),
            near=near,
        )
    )
    for angle in (-2.9, -2.2, -1.3, -0.5, 0.15):
        tip = (top[0] + 0.2 * np.cos(angle), top[1] + 0.11 * np.sin(angle) + 0.05)
        bend = (top[0] + 0.11 * np.cos(angle), top[1] + 0.11 * np.sin(angle) - 0.035)
        under = (bend[0], bend[1] + 0.04)
        parts.append(
            Part(smooth([top, bend, tip, under]), vary((0.40, 0.60, 0.36), rng), near=near)
        )
    for _ in range(6):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(shore + 0.12, 0.97))
        parts.append(ground(ring(x, y, 0.014, 0.008, count=10), (0.82, 0.70, 0.50)))
    return PlaceDrawing(tuple(parts), horizon, 0.03)


def mountains(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.54, 0.62))
    place = PlaceDrawing((), horizon, 0.04)
    air = vary((0.76, 0.86, 0.94), rng)
    parts = [sky(aspect, air)]
    parts += [
        cloud(rng, x, float(rng.uniform(0.05, 0.14)), (0.98, 0.98, 0.98))
        for x in spread(rng, aspect, 2)
    ]
    count = max(3, round(2.4 * aspect))
    for row, fade in ((0, 0.45), (1, 0.15)):
        for x in rng.permutation(spread(rng, aspect, count + row)):
            peak = float(rng.uniform(0.08, 0.22)) + 0.14 * row
            half = float(rng.uniform(0.28, 0.40)) * (1 - 0.2 * row)
            rock = mix(vary((0.52, 0.54, 0.60), rng), air, fade)
            shift = float(rng.uniform(-0.05, 0.05))
            tip, foot = (x + shift, peak), horizon + 0.06
            slope = (foot - peak) / half
            parts.append(
                Part(
                    outline(
                        [
                            (x - half, foot),
                            (x - half * 0.45, peak + 0.50 * (foot - peak)),
                            tip,
                            (x + half * 0.52, peak + 0.44 * (foot - peak)),
                            (x + half, foot),
                        ]
                    ),
                    rock,
                    near=0.01 + 0.02 * row,
                )
            )
            d = 0.22 * half
            cap = [
                tip,
                (tip[0] + d, peak + d * slope * 0.82),
                (tip[0] + 0.4 * d, peak + d * slope * 0.6),
                (tip[0], peak + d * slope),
                (tip[0] - 0.5 * d, peak + d * slope * 0.66),
                (tip[0] - d, peak + d * slope * 0.9),
            ]
            parts.append(
                Part(outline(cap), (0.97, 0.98, 1.0), shaded=False, near=0.01 + 0.02 * row)
            )
    grass = vary((0.62, 0.70, 0.46), rng)
    parts.append(ground(ridge(rng, aspect, horizon, 0.02, 6), grass))
    for _ in range(int(rng.integers(3, 6))):
        x, y = float(rng.uniform(0, aspect)), horizon + float(rng.uniform(0.02, 0.08))
        s = float(rng.uniform(0.03, 0.06))
        rock_shape = [
            (x - s, y),
            (x - 0.7 * s, y - 0.6 * s),
            (x, y - 0.9 * s),
            (x + 0.8 * s, y - 0.5 * s),
            (x + s, y),
        ]
        parts.append(Part(outline(rock_shape), (0.66, 0.66, 0.66), near=place.nearness(y)))
    parts += tufts(rng, aspect, horizon + 0.14, mix(grass, (0.25, 0.35, 0.15), 0.35), 6)
    return PlaceDrawing(tuple(parts), horizon, 0.04)
