"""Buildings, vehicles and props. They stand on y = 0, height 1, y up."""

from __future__ import annotations

import numpy as np

from .parts import Palette, Part, Points, box, outline, ribbon, ring, smooth


def house(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A gabled front with a door, windows and a chimney."""
    half = float(rng.uniform(0.40, 0.50))
    door = float(rng.uniform(-0.10, 0.08))
    panes: list[Part] = []
    for x in (-half * 0.62, half * 0.62):
        panes += [
            Part(box(x - 0.085, 0.28, x + 0.085, 0.46), c.glass, shaded=False),
            Part(box(x - 0.008, 0.28, x + 0.008, 0.46), c.cream, outlined=False, shaded=False),
            Part(box(x - 0.085, 0.362, x + 0.085, 0.378), c.cream, outlined=False, shaded=False),
        ]
    return [
        Part(box(half * 0.40, 0.66, half * 0.40 + 0.12, 0.97), c.dark, tint=True),
        Part(box(-half, 0.0, half, 0.56), c.main, tint=True),
        Part(outline([(-half - 0.10, 0.53), (half + 0.10, 0.53), (half * 0.12, 1.0),
                      (-half * 0.12, 1.0)]), c.dark, tint=True),
        Part(outline([(-half - 0.10, 0.53), (half + 0.10, 0.53), (half + 0.085, 0.57),
                      (-half - 0.085, 0.57)]), c.light, tint=True, shaded=False),
        Part(ring(0.0, 0.74, 0.075, 0.075), c.glass, shaded=False),
        *panes,
        Part(box(door - 0.085, 0.0, door + 0.085, 0.32), c.wood, shaded=False),
        Part(ring(door + 0.05, 0.15, 0.014, 0.014), c.gold, outlined=False, shaded=False),
    ]  # fmt: skip


def _battlement(left: float, low: float, right: float, high: float, teeth: int) -> Points:
    step = (right - left) / (2 * teeth - 1)
    tooth = min(0.06, (high - low) * 0.3)
    top: list[tuple[float, float]] = []
    for index in range(2 * teeth - 1):
        y = high if index % 2 == 0 else high - tooth
        top += [(left + index * step, y), (left + (index + 1) * step, y)]
    return outline([(right, low), (left, low), *top])


def castle(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Two towers with pointed roofs beside a battlemented keep with a gate."""
    tall = float(rng.uniform(0.62, 0.70))
    slits = [
        Part(box(x - 0.022, y, x + 0.022, y + 0.10), c.ink, outlined=False, shaded=False)
        for x, y in ((-0.33, 0.44), (0.33, 0.44), (-0.10, 0.56), (0.10, 0.56))
    ]
    return [
        Part(ribbon([(0.0, 0.72), (0.0, 0.98)], 0.02), c.wood),
        Part(outline([(0.0, 0.985), (0.16, 0.93), (0.0, 0.87)]), c.dark, tint=True),
        Part(_battlement(-0.17, 0.0, 0.17, 0.76, 4), c.light, tint=True),
        Part(_battlement(-0.30, 0.0, 0.30, 0.46, 6), c.main, tint=True),
        Part(box(-0.44, 0.0, -0.22, tall), c.main, tint=True),
        Part(box(0.22, 0.0, 0.44, tall), c.main, tint=True),
        Part(outline([(-0.49, tall - 0.01), (-0.17, tall - 0.01), (-0.33, tall + 0.29)]), c.dark,
             tint=True),
        Part(outline([(0.17, tall - 0.01), (0.49, tall - 0.01), (0.33, tall + 0.29)]), c.dark,
             tint=True),
        *slits,
        Part(smooth([(-0.10, 0.0), (-0.10, 0.20), (0.0, 0.31), (0.10, 0.20), (0.10, 0.0)]),
             c.wood, shaded=False),
    ]  # fmt: skip


def tent(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A ridge tent seen from the front, striped, with an open flap."""
    wide = float(rng.uniform(0.64, 0.78))
    return [
        Part(ribbon([(-0.05, 1.0), (0.04, 0.90)], 0.03), c.wood),
        Part(ribbon([(0.05, 1.0), (-0.04, 0.90)], 0.03), c.wood),
        Part(outline([(0.0, 0.94), (wide, 0.0), (-wide, 0.0)]), c.main, tint=True),
        Part(outline([(-0.02, 0.92), (-wide * 0.72, 0.0), (-wide * 0.50, 0.0)]), c.light,
             tint=True, shaded=False),
        Part(outline([(0.02, 0.92), (wide * 0.72, 0.0), (wide * 0.50, 0.0)]), c.light, tint=True,
             shaded=False),
        Part(outline([(0.0, 0.70), (0.22, 0.0), (-0.22, 0.0)]), c.ink, shaded=False),
        Part(outline([(0.0, 0.70), (-0.10, 0.22), (-0.34, 0.0), (-0.20, 0.0)]), c.dark,
             tint=True),
        Part(outline([(0.0, 0.70), (0.10, 0.22), (0.34, 0.0), (0.20, 0.0)]), c.dark, tint=True),
    ]  # fmt: skip


def car(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A small car from the side."""
    roof = float(rng.uniform(-0.06, 0.06))
    wheels: list[Part] = []
    for x in (-0.56, 0.58):
        wheels += [
            Part(ring(x, 0.21, 0.21, 0.21), c.ink),
            Part(ring(x, 0.21, 0.11, 0.11), c.metal),
            Part(ring(x, 0.21, 0.035, 0.035), c.ink, outlined=False, shaded=False),
        ]
    return [
        Part(smooth([(-0.62, 0.56), (-0.48 + roof, 0.93), (-0.20, 1.0), (0.20, 0.98),
                     (0.40 + roof, 0.84), (0.58, 0.56), (0.0, 0.50)]), c.main, tint=True),
        Part(outline([(-0.50, 0.60), (-0.40 + roof, 0.87), (-0.06, 0.91), (-0.06, 0.60)]), c.glass,
             shaded=False),
        Part(outline([(0.03, 0.60), (0.03, 0.91), (0.24 + roof, 0.87), (0.44, 0.60)]), c.glass,
             shaded=False),
        Part(smooth([(-0.92, 0.26), (-0.96, 0.50), (-0.80, 0.60), (-0.20, 0.60), (0.50, 0.60),
                     (0.86, 0.52), (0.97, 0.36), (0.94, 0.20), (0.50, 0.17), (-0.50, 0.17)]),
             c.main, tint=True),
        Part(ribbon([(-0.90, 0.30), (0.0, 0.29), (0.92, 0.30)], 0.05), c.dark, tint=True,
             shaded=False),
        Part(ring(0.87, 0.43, 0.06, 0.055), c.cream, shaded=False),
        Part(box(-0.02, 0.46, 0.12, 0.50), c.metal, shaded=False),
        *wheels,
    ]  # fmt: skip


def boat(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A hull with a mast, two sails and a pennant."""
    belly = float(rng.uniform(0.46, 0.56))
    return [
        Part(ribbon([(0.0, 0.24), (0.0, 0.98)], 0.035), c.wood),
        Part(outline([(0.0, 1.0), (-0.15, 0.955), (0.0, 0.91)]), c.dark, tint=True),
        Part(smooth([(0.04, 0.90), (0.05, 0.34), (0.30, 0.32), (belly, 0.35), (0.34, 0.58)]),
             c.light, tint=True),
        Part(smooth([(-0.04, 0.84), (-0.05, 0.34), (-0.22, 0.33), (-0.40, 0.37), (-0.22, 0.58)]),
             c.cream),
        Part(smooth([(-0.64, 0.30), (-0.52, 0.06), (-0.34, 0.0), (0.0, 0.0), (0.36, 0.0),
                     (0.54, 0.08), (0.72, 0.32), (0.20, 0.27), (-0.20, 0.26)]), c.main, tint=True),
        Part(outline([(-0.60, 0.22), (0.0, 0.185), (0.64, 0.22), (0.60, 0.16), (0.0, 0.125),
                      (-0.56, 0.16)]), c.dark, tint=True, shaded=False),
    ]  # fmt: skip


def lantern(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A storm lantern: ring, cap, lit glass between posts, foot."""
    body = float(rng.uniform(0.20, 0.25))
    angle = np.linspace(0.0, 2 * np.pi, 20, endpoint=False)
    hoop = [(0.11 * np.cos(a), 0.88 + 0.10 * np.sin(a)) for a in angle]
    return [
        Part(ribbon([*hoop, hoop[0]], 0.03), c.metal),
        Part(outline([(-body, 0.16), (body, 0.16), (body, 0.66), (-body, 0.66)]),
             (1.0, 0.93, 0.62), shaded=False),
        Part(smooth([(0.0, 0.52), (-0.09, 0.32), (0.0, 0.22), (0.09, 0.32)]), (1.0, 0.72, 0.20),
             shaded=False),
        Part(box(-body - 0.03, 0.14, -body + 0.045, 0.68), c.main, tint=True),
        Part(box(body - 0.045, 0.14, body + 0.03, 0.68), c.main, tint=True),
        Part(box(-0.022, 0.14, 0.022, 0.22), c.metal),
        Part(outline([(-body - 0.10, 0.64), (body + 0.10, 0.64), (0.09, 0.84), (-0.09, 0.84)]),
             c.main, tint=True),
        Part(outline([(-body - 0.11, 0.0), (body + 0.11, 0.0), (body + 0.05, 0.18),
                      (-body - 0.05, 0.18)]), c.main, tint=True),
        Part(box(-body - 0.11, 0.0, body + 0.11, 0.055), c.dark, tint=True, shaded=False),
    ]  # fmt: skip


def chest(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A treasure chest with an arched lid, bands and a lock."""
    lid = float(rng.uniform(0.56, 0.64))
    return [
        Part(box(-0.68, 0.0, 0.68, lid), c.main, tint=True),
        Part(smooth([(-0.72, lid - 0.04), (-0.70, lid + 0.18), (-0.50, 0.96), (0.0, 1.0),
                     (0.50, 0.96), (0.70, lid + 0.18), (0.72, lid - 0.04), (0.0, lid - 0.03)]),
             c.dark, tint=True),
        *[Part(box(x - 0.06, 0.0, x + 0.06, 0.955), c.gold) for x in (-0.44, 0.44)],
        Part(box(-0.70, lid - 0.04, 0.70, lid + 0.03), c.gold, shaded=False),
        Part(box(-0.11, lid - 0.22, 0.11, lid + 0.05), c.metal),
        Part(ring(0.0, lid - 0.07, 0.035, 0.035), c.ink, outlined=False, shaded=False),
        Part(box(-0.70, 0.0, 0.70, 0.07), c.dark, tint=True, shaded=False),
    ]  # fmt: skip
