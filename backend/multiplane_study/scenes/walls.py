"""Places with walls around them: a street, a room, a cave."""

from __future__ import annotations

import numpy as np

from .parts import Part, Rgb, box, mix, outline, ribbon, smooth
from .scenery import PlaceDrawing, ground, ridge, sky, spread, vary


def city(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.52, 0.60))
    place = PlaceDrawing((), horizon, 0.06)
    air = vary((0.80, 0.84, 0.90), rng)
    parts = [sky(aspect, air)]
    x = -float(rng.uniform(0.0, 0.15))
    while x < aspect:
        w, top = float(rng.uniform(0.20, 0.32)), float(rng.uniform(0.02, 0.26))
        wall = mix(vary((0.68, 0.62, 0.58), rng, 0.06), air, 0.2)
        near = place.nearness(horizon + 0.02)
        parts.append(Part(box(x, top, x + w, horizon + 0.03), wall, near=near))
        columns, rows = max(2, round(w / 0.09)), max(2, int((horizon - top - 0.08) / 0.10))
        lit = mix(wall, (0.36, 0.44, 0.55), 0.6)
        for i in range(columns):
            for j in range(rows):
                cx, cy = x + (i + 0.5) * w / columns, top + 0.06 + j * 0.10
                rgb = (0.96, 0.88, 0.62) if rng.random() < 0.15 else lit
                parts.append(
                    Part(
                        box(cx - 0.022, cy - 0.03, cx + 0.022, cy + 0.03),
                        rgb,
                        shaded=False,
                        near=near,
                    )
                )
        x += w
    parts.append(
        ground(box(-0.05, horizon + 0.03, aspect + 0.05, 1.05), vary((0.78, 0.77, 0.75), rng))
    )
    kerb = horizon + float(rng.uniform(0.08, 0.12))
    parts.append(ground(box(-0.05, kerb, aspect + 0.05, 1.05), (0.62, 0.61, 0.60)))
    parts.append(
        ground(box(-0.05, kerb + 0.02, aspect + 0.05, 1.05), vary((0.50, 0.50, 0.53), rng))
    )
    middle, start = kerb + 0.20, float(rng.uniform(-0.2, 0.0))
    for k in range(int(aspect / 0.28) + 2):
        left = start + 0.28 * k
        parts.append(
            ground(
                outline(
                    [
                        (left, middle),
                        (left + 0.15, middle),
                        (left + 0.14, middle + 0.03),
                        (left - 0.02, middle + 0.03),
                    ]
                ),
                (0.92, 0.90, 0.82),
            )
        )
    pole = float(rng.uniform(0.1, aspect - 0.1))
    near = place.nearness(kerb)
    parts.append(
        Part(ribbon([(pole, kerb + 0.01), (pole, 0.20)], 0.022), (0.34, 0.35, 0.38), near=near)
    )
    parts.append(
        Part(
            outline(
                [
                    (pole - 0.045, 0.20),
                    (pole + 0.045, 0.20),
                    (pole + 0.028, 0.13),
                    (pole - 0.028, 0.13),
                ]
            ),
            (0.97, 0.92, 0.72),
            near=near,
        )
    )
    return PlaceDrawing(tuple(parts), horizon, 0.06)


def room(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.56, 0.66))
    base = 0.25
    wall, wood = vary((0.86, 0.80, 0.70), rng, 0.05), vary((0.66, 0.50, 0.36), rng)
    parts = [
        Part(box(-0.05, -0.05, aspect + 0.05, 1.05), wall, outlined=False, shaded=False, near=base)
    ]
    stripe = mix(wall, (1, 1, 1), 0.3)
    step = float(rng.uniform(0.12, 0.2))
    parts += [
        Part(
            box(k * step, -0.05, k * step + 0.3 * step, horizon),
            stripe,
            outlined=False,
            shaded=False,
            near=base,
        )
        for k in range(int(aspect / step) + 1)
    ]
    x, w = float(rng.uniform(0.12, aspect - 0.46)), float(rng.uniform(0.26, 0.34))
    top, low = 0.10, float(rng.uniform(0.38, 0.44))
    frame: Rgb = (0.95, 0.94, 0.90)
    parts.append(Part(box(x - 0.025, top - 0.025, x + w + 0.025, low + 0.025), frame, near=base))
    for i in range(2):
        for j in range(2):
            left, upper = x + i * w / 2 + 0.008, top + j * (low - top) / 2 + 0.008
            parts.append(
                Part(
                    box(left, upper, left + w / 2 - 0.016, upper + (low - top) / 2 - 0.016),
                    (0.70, 0.84, 0.94),
                    shaded=False,
                    near=base,
                )
            )
    cloth = vary((0.72, 0.60, 0.56), rng, 0.06)
    for edge, sign in ((x - 0.03, -1.0), (x + w + 0.03, 1.0)):
        parts.append(
            Part(
                outline(
                    [
                        (edge + 0.07 * -sign, top - 0.05),
                        (edge + 0.06 * sign, top - 0.05),
                        (edge + 0.08 * sign, low + 0.08),
                        (edge + 0.01 * sign, low + 0.08),
                    ]
                ),
                cloth,
                near=base,
            )
        )
    parts.append(Part(box(x - 0.14, top - 0.07, x + w + 0.14, top - 0.045), wood, near=base))
    px = x + w + 0.22 if x + w / 2 < aspect / 2 else x - 0.42
    parts.append(Part(box(px, 0.16, px + 0.2, 0.40), mix(wood, (0, 0, 0), 0.2), near=base))
    parts.append(
        Part(box(px + 0.025, 0.185, px + 0.175, 0.375), (0.80, 0.82, 0.74), shaded=False, near=base)
    )
    parts.append(ground(box(-0.05, horizon, aspect + 0.05, 1.05), wood))
    parts.append(
        Part(box(-0.05, horizon - 0.035, aspect + 0.05, horizon), frame, shaded=False, near=base)
    )
    middle = aspect / 2
    seam = mix(wood, (0.2, 0.12, 0.06), 0.4)
    for t in np.linspace(-1.6, 1.6, 13):
        upper, lower = middle + t * aspect * 0.5, middle + t * aspect * 1.0
        parts.append(
            Part(
                ribbon([(upper, horizon), (lower, 1.05)], 0.004, 0.008),
                seam,
                outlined=True,
                shaded=False,
                near=None,
            )
        )
    return PlaceDrawing(tuple(parts), horizon, base)


def cave(rng: np.random.Generator, aspect: float) -> PlaceDrawing:
    horizon = float(rng.uniform(0.54, 0.62))
    base = 0.12
    rock = vary((0.46, 0.43, 0.42), rng, 0.03)
    parts = [
        Part(box(-0.05, -0.05, aspect + 0.05, 1.05), rock, outlined=False, shaded=False, near=base)
    ]
    mx, w = float(rng.uniform(0.3, aspect - 0.3)), float(rng.uniform(0.24, 0.34))
    top = float(rng.uniform(0.14, 0.22))
    for grow, rgb, near in (
        (0.10, mix(rock, (0.1, 0.1, 0.12), 0.35), 0.10),
        (0.0, (0.88, 0.90, 0.84), 0.0),
    ):
        mouth = [
            (mx - w - grow, horizon + 0.06),
            (mx - w * 0.9 - grow, top + 0.2),
            (mx - w * 0.4, top + 0.02 - grow),
            (mx + w * 0.2, top - grow),
            (mx + w * 0.8 + grow, top + 0.14),
            (mx + w + grow, horizon + 0.06),
        ]
        parts.append(Part(smooth(mouth), rgb, shaded=False, near=near))
    parts.append(ground(ridge(rng, aspect, horizon, 0.02, 6), mix(rock, (0.75, 0.68, 0.58), 0.45)))
    dark = mix(rock, (0.12, 0.11, 0.13), 0.35)
    for x in spread(rng, aspect, int(rng.integers(5, 8) * max(1.0, aspect * 0.8))):
        drop, half = float(rng.uniform(0.10, 0.30)), float(rng.uniform(0.035, 0.07))
        parts.append(
            Part(
                outline(
                    [
                        (x - half, -0.05),
                        (x - half * 0.4, drop * 0.5),
                        (x, drop),
                        (x + half * 0.5, drop * 0.4),
                        (x + half, -0.05),
                    ]
                ),
                dark,
                near=base + 0.05,
            )
        )
    for x in spread(rng, aspect, int(rng.integers(3, 6))):
        foot, tall = horizon + float(rng.uniform(0.02, 0.08)), float(rng.uniform(0.06, 0.16))
        half = 0.4 * tall
        parts.append(
            Part(
                outline(
                    [
                        (x - half, foot),
                        (x - half * 0.3, foot - tall * 0.6),
                        (x, foot - tall),
                        (x + half * 0.4, foot - tall * 0.5),
                        (x + half, foot),
                    ]
                ),
                dark,
                near=base + 0.08,
            )
        )
    for _ in range(6):
        x, y = float(rng.uniform(0, aspect)), float(rng.uniform(horizon + 0.14, 0.96))
        parts.append(
            ground(smooth([(x - 0.04, y), (x, y - 0.02), (x + 0.05, y), (x, y + 0.012)]), dark)
        )
    return PlaceDrawing(tuple(parts), horizon, base)
