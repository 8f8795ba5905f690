"""Figures that stand upright. Feet at y = 0, height 1, y up, facing right."""

from __future__ import annotations

import numpy as np

from .parts import Palette, Part, box, outline, ribbon, ring, smooth


def warrior(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Crested helmet, round shield, raised sword, cape."""
    swing = float(rng.uniform(-0.05, 0.05))
    hand = (0.27 + swing, 0.66)
    tip = (0.36 + 2.5 * swing, 0.99)
    return [
        Part(smooth([(-0.06, 0.77), (-0.22, 0.50), (-0.30, 0.13), (-0.16, 0.17), (-0.02, 0.14),
                     (0.08, 0.74)]), c.dark, tint=True),
        Part(ribbon([(-0.06, 0.40), (-0.09, 0.22), (-0.09, 0.05)], 0.10, 0.07), c.metal),
        Part(ribbon([(0.06, 0.40), (0.11, 0.22), (0.12, 0.05)], 0.10, 0.07), c.metal),
        Part(outline([(-0.14, 0.0), (-0.01, 0.0), (-0.03, 0.07), (-0.13, 0.07)]), c.wood),
        Part(outline([(0.07, 0.0), (0.22, 0.0), (0.18, 0.07), (0.08, 0.07)]), c.wood),
        Part(ribbon([hand, tip], 0.05, 0.022), c.metal),
        Part(ribbon([(hand[0] - 0.07, hand[1] + 0.07), (hand[0] + 0.09, hand[1] + 0.035)], 0.026),
             c.gold),
        Part(ribbon([(0.10, 0.73), (0.19, 0.60), hand], 0.085, 0.06), c.skin),
        Part(outline([(-0.14, 0.77), (0.14, 0.77), (0.11, 0.55), (0.17, 0.33), (-0.17, 0.33),
                      (-0.11, 0.55)]), c.main, tint=True),
        Part(outline([(-0.12, 0.50), (0.12, 0.50), (0.13, 0.46), (-0.13, 0.46)]), c.gold,
             shaded=False),
        Part(ring(0.01, 0.84, 0.068, 0.08), c.skin),
        Part(smooth([(-0.085, 0.81), (-0.08, 0.92), (0.01, 0.945), (0.085, 0.90), (0.085, 0.86),
                     (-0.01, 0.86), (-0.03, 0.79)]), c.metal),
        Part(smooth([(-0.15, 0.86), (-0.14, 0.97), (-0.02, 1.0), (0.09, 0.955), (0.0, 0.94),
                     (-0.08, 0.91), (-0.11, 0.83)]), c.main, tint=True),
        Part(ring(0.045, 0.835, 0.011, 0.014), c.ink, outlined=False, shaded=False),
        Part(ring(-0.17, 0.54, 0.135, 0.155), c.main, tint=True),
        Part(ring(-0.17, 0.54, 0.09, 0.105), c.light, tint=True, shaded=False),
        Part(ring(-0.17, 0.54, 0.038, 0.045), c.gold),
    ]  # fmt: skip


def princess(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A bell-shaped gown, long hair, a crown."""
    flare = float(rng.uniform(0.24, 0.31))
    lift = float(rng.uniform(0.38, 0.52))
    return [
        Part(smooth([(-0.08, 0.90), (-0.15, 0.74), (-0.16, 0.54), (-0.06, 0.50), (0.06, 0.55),
                     (0.09, 0.76), (0.06, 0.90)]), c.hair),
        Part(ribbon([(-0.08, 0.68), (-0.17, 0.55), (-0.13, lift)], 0.055, 0.04), c.skin),
        Part(ribbon([(0.08, 0.68), (0.19, 0.57), (0.23, lift + 0.06)], 0.055, 0.04), c.skin),
        Part(smooth([(-0.075, 0.48), (0.075, 0.48), (0.17, 0.28), (flare, 0.03), (0.12, 0.0),
                     (-0.12, 0.0), (-flare, 0.03), (-0.17, 0.28)]), c.main, tint=True),
        Part(smooth([(-0.02, 0.46), (0.03, 0.46), (0.09, 0.20), (0.10, 0.02), (-0.08, 0.02),
                     (-0.07, 0.20)]), c.light, tint=True, shaded=False),
        Part(outline([(-0.105, 0.71), (0.105, 0.71), (0.07, 0.46), (-0.07, 0.46)]), c.main,
             tint=True),
        Part(ring(-0.105, 0.685, 0.05, 0.045), c.main, tint=True),
        Part(ring(0.105, 0.685, 0.05, 0.045), c.main, tint=True),
        Part(box(-0.028, 0.69, 0.028, 0.77), c.skin, shaded=False),
        Part(ring(0.005, 0.82, 0.068, 0.08), c.skin),
        Part(smooth([(-0.08, 0.80), (-0.07, 0.90), (0.02, 0.915), (0.075, 0.875), (0.0, 0.87),
                     (-0.045, 0.82)]), c.hair),
        Part(outline([(-0.075, 0.885), (-0.095, 0.985), (-0.045, 0.94), (0.0, 1.0), (0.045, 0.94),
                      (0.095, 0.985), (0.075, 0.885)]), c.gold),
        Part(ring(0.04, 0.815, 0.010, 0.013), c.ink, outlined=False, shaded=False),
    ]  # fmt: skip


def wizard(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A tall bent hat with a wide brim, a beard, a robe, a staff."""
    bend = float(rng.uniform(-0.12, 0.02))
    staff = float(rng.uniform(0.26, 0.31))
    return [
        Part(ribbon([(staff, 0.0), (staff + 0.01, 0.40), (staff, 0.82)], 0.035), c.wood),
        Part(ring(staff, 0.86, 0.052, 0.052), c.gold),
        Part(smooth([(-0.09, 0.66), (0.09, 0.66), (0.15, 0.36), (0.22, 0.02), (0.10, 0.0),
                     (-0.12, 0.0), (-0.22, 0.02), (-0.15, 0.36)]), c.main, tint=True),
        Part(outline([(-0.03, 0.40), (0.06, 0.40), (0.10, 0.0), (-0.04, 0.0)]), c.dark, tint=True,
             shaded=False),
        Part(outline([(-0.08, 0.66), (-0.24, 0.42), (-0.12, 0.37), (-0.03, 0.58)]), c.main,
             tint=True),
        Part(outline([(0.05, 0.65), (0.17, 0.59), (staff + 0.02, 0.54), (staff, 0.42),
                      (0.07, 0.50)]), c.main, tint=True),
        Part(ring(staff, 0.50, 0.032, 0.03), c.skin),
        Part(ring(0.01, 0.695, 0.068, 0.072), c.skin),
        Part(smooth([(-0.06, 0.68), (0.02, 0.69), (0.085, 0.68), (0.085, 0.54), (0.03, 0.38),
                     (-0.05, 0.52)]), (0.93, 0.93, 0.92)),
        Part(outline([(-0.10, 0.745), (-0.055, 0.88), (bend, 1.0), (0.06, 0.87), (0.11, 0.745)]),
             c.main, tint=True),
        Part(ring(0.005, 0.745, 0.175, 0.034), c.dark, tint=True),
        Part(ring(0.045, 0.705, 0.010, 0.012), c.ink, outlined=False, shaded=False),
    ]  # fmt: skip


def robot(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Boxes on jointed limbs, round eyes, an antenna."""
    reach = float(rng.uniform(-0.10, 0.16))
    return [
        Part(ribbon([(0.0, 0.90), (0.0, 0.965)], 0.022), c.metal),
        Part(ring(0.0, 0.972, 0.028, 0.028), c.gold),
        Part(box(-0.15, 0.06, -0.06, 0.32), c.metal),
        Part(box(0.06, 0.06, 0.15, 0.32), c.metal),
        Part(box(-0.21, 0.0, -0.04, 0.085), c.main, tint=True),
        Part(box(0.04, 0.0, 0.22, 0.085), c.main, tint=True),
        Part(ribbon([(-0.20, 0.58), (-0.29, 0.46), (-0.27, 0.34)], 0.075), c.metal),
        Part(ribbon([(0.20, 0.58), (0.30, 0.50), (0.33, 0.38 + reach)], 0.075), c.metal),
        Part(ring(-0.27, 0.30, 0.055, 0.05), c.main, tint=True),
        Part(ring(0.335, 0.36 + reach, 0.055, 0.05), c.main, tint=True),
        Part(box(-0.21, 0.29, 0.21, 0.64), c.main, tint=True),
        Part(box(-0.12, 0.39, 0.12, 0.55), c.light, tint=True, shaded=False),
        Part(ring(-0.05, 0.47, 0.03, 0.03), c.gold, shaded=False),
        Part(ring(0.05, 0.47, 0.03, 0.03), c.glass, shaded=False),
        Part(box(-0.05, 0.63, 0.05, 0.69), c.metal),
        Part(box(-0.165, 0.68, 0.165, 0.91), c.main, tint=True),
        Part(box(-0.115, 0.735, 0.135, 0.86), c.ink, shaded=False),
        Part(ring(-0.045, 0.80, 0.034, 0.034), c.cream, outlined=False, shaded=False),
        Part(ring(0.075, 0.80, 0.034, 0.034), c.cream, outlined=False, shaded=False),
    ]  # fmt: skip
