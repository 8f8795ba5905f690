"""Animals. Feet at y = 0, height 1, y up, facing right."""

from __future__ import annotations

import numpy as np

from .parts import Palette, Part, outline, ribbon, ring, smooth


def dragon(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Bat wings, a long neck, horns, a barbed tail."""
    wing = float(rng.uniform(-0.08, 0.06))
    return [
        Part(outline([(-0.05, 0.48), (-0.14, 0.99), (-0.40 + wing, 0.90), (-0.62 + wing, 0.62),
                      (-0.44, 0.66), (-0.34, 0.52), (-0.22, 0.58)]), c.dark, tint=True),
        Part(smooth([(-0.12, 0.42), (-0.40, 0.20), (-0.66, 0.13), (-0.80, 0.22), (-0.64, 0.06),
                     (-0.36, 0.06), (-0.08, 0.16)]), c.main, tint=True),
        Part(outline([(-0.78, 0.16), (-0.90, 0.22), (-0.83, 0.37), (-0.70, 0.24)]), c.dark,
             tint=True),
        Part(ribbon([(0.16, 0.30), (0.22, 0.14), (0.19, 0.04)], 0.11, 0.08), c.dark, tint=True),
        Part(smooth([(-0.24, 0.34), (-0.16, 0.50), (0.06, 0.52), (0.22, 0.62), (0.28, 0.82),
                     (0.36, 0.88), (0.40, 0.76), (0.40, 0.56), (0.30, 0.34), (0.14, 0.18),
                     (-0.10, 0.14), (-0.22, 0.20)]), c.main, tint=True),
        Part(smooth([(0.38, 0.70), (0.39, 0.54), (0.29, 0.33), (0.14, 0.18), (0.02, 0.16),
                     (0.18, 0.36), (0.30, 0.52)]), c.cream, shaded=False),
        Part(ribbon([(-0.10, 0.28), (-0.16, 0.14), (-0.10, 0.04)], 0.17, 0.09), c.main, tint=True),
        Part(outline([(-0.16, 0.0), (0.02, 0.0), (-0.03, 0.07), (-0.14, 0.07)]), c.main,
             tint=True),
        Part(outline([(0.13, 0.0), (0.30, 0.0), (0.24, 0.07), (0.15, 0.07)]), c.dark, tint=True),
        Part(outline([(0.26, 0.90), (0.14, 1.0), (0.32, 0.94)]), c.cream),
        Part(smooth([(0.26, 0.82), (0.30, 0.95), (0.42, 0.94), (0.60, 0.84), (0.61, 0.76),
                     (0.46, 0.74), (0.34, 0.74)]), c.main, tint=True),
        Part(outline([(0.45, 0.775), (0.62, 0.80), (0.61, 0.765), (0.45, 0.745)]), c.ink,
             outlined=False, shaded=False),
        Part(ring(0.41, 0.875, 0.018, 0.018), c.gold, shaded=False),
        Part(outline([(0.0, 0.46), (0.14, 0.98), (-0.08, 0.93), (-0.34 + wing, 0.70),
                      (-0.22, 0.67), (-0.20, 0.54), (-0.10, 0.56)]), c.light, tint=True),
    ]  # fmt: skip


def horse(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Long legs, an arched neck with a mane, a full tail."""
    step = float(rng.uniform(0.0, 0.10))
    hooves = [
        (-0.30 - step, -0.27),
        (-0.20 + step, -0.22),
        (0.22 - step, 0.19),
        (0.30 + step, 0.27),
    ]
    legs: list[Part] = []
    for index, (foot, hip) in enumerate(hooves):
        rgb = c.dark if index in (1, 2) else c.main
        knee = (foot + hip) / 2 + 0.02
        legs.append(Part(ribbon([(hip, 0.46), (knee, 0.24), (foot, 0.04)], 0.12, 0.055), rgb,
                         tint=True))  # fmt: skip
        legs.append(Part(outline([(foot - 0.04, 0.0), (foot + 0.055, 0.0), (foot + 0.035, 0.06),
                                  (foot - 0.03, 0.06)]), c.ink))  # fmt: skip
    return [
        Part(smooth([(-0.34, 0.60), (-0.46, 0.58), (-0.53, 0.40), (-0.50, 0.18), (-0.44, 0.30),
                     (-0.40, 0.46)]), c.hair),
        *legs[2:6], *legs[:2], *legs[6:],
        Part(smooth([(-0.38, 0.54), (-0.30, 0.65), (-0.06, 0.61), (0.16, 0.65), (0.32, 0.60),
                     (0.36, 0.47), (0.26, 0.37), (0.0, 0.36), (-0.22, 0.37), (-0.36, 0.42)]),
             c.main, tint=True),
        Part(outline([(0.10, 0.60), (0.24, 0.76), (0.31, 0.92), (0.43, 0.89), (0.42, 0.74),
                      (0.38, 0.48), (0.22, 0.46)]), c.main, tint=True),
        Part(outline([(0.31, 0.88), (0.32, 1.0), (0.39, 0.91)]), c.main, tint=True),
        Part(smooth([(0.30, 0.88), (0.38, 0.94), (0.47, 0.86), (0.60, 0.70), (0.57, 0.63),
                     (0.49, 0.64), (0.38, 0.74)]), c.main, tint=True),
        Part(ring(0.565, 0.675, 0.042, 0.042), c.light, tint=True, outlined=False, shaded=False),
        Part(smooth([(0.32, 0.95), (0.21, 0.86), (0.12, 0.72), (0.06, 0.60), (0.16, 0.60),
                     (0.24, 0.70), (0.32, 0.84)]), c.hair),
        Part(ring(0.43, 0.83, 0.016, 0.018), c.ink, outlined=False, shaded=False),
    ]  # fmt: skip


def dog(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Stands on four short legs, a hanging ear, a raised tail."""
    wag = float(rng.uniform(-0.08, 0.06))
    return [
        Part(ribbon([(-0.42, 0.60), (-0.58, 0.72), (-0.60 + wag, 0.93)], 0.12, 0.06), c.main,
             tint=True),
        Part(ribbon([(-0.26, 0.40), (-0.24, 0.20), (-0.25, 0.06)], 0.15, 0.11), c.dark, tint=True),
        Part(ribbon([(0.22, 0.40), (0.20, 0.20), (0.19, 0.06)], 0.15, 0.11), c.dark, tint=True),
        Part(smooth([(-0.48, 0.56), (-0.36, 0.69), (0.0, 0.66), (0.30, 0.70), (0.42, 0.58),
                     (0.36, 0.38), (0.10, 0.34), (-0.18, 0.36), (-0.42, 0.34)]), c.main,
             tint=True),
        Part(ribbon([(-0.38, 0.46), (-0.43, 0.22), (-0.40, 0.05)], 0.20, 0.11), c.main, tint=True),
        Part(ribbon([(0.32, 0.46), (0.34, 0.22), (0.34, 0.05)], 0.17, 0.11), c.main, tint=True),
        Part(outline([(-0.47, 0.0), (-0.28, 0.0), (-0.33, 0.08), (-0.46, 0.08)]), c.light,
             tint=True),
        Part(outline([(0.27, 0.0), (0.46, 0.0), (0.41, 0.08), (0.28, 0.08)]), c.light, tint=True),
        Part(outline([(0.14, 0.64), (0.24, 0.86), (0.46, 0.82), (0.46, 0.54), (0.30, 0.50)]),
             c.main, tint=True),
        Part(outline([(0.20, 0.66), (0.47, 0.58), (0.48, 0.64), (0.23, 0.72)]), c.gold,
             shaded=False),
        Part(smooth([(0.20, 0.84), (0.26, 0.97), (0.42, 1.0), (0.52, 0.90), (0.72, 0.84),
                     (0.74, 0.74), (0.62, 0.69), (0.44, 0.68), (0.28, 0.72)]), c.main, tint=True),
        Part(ring(0.725, 0.83, 0.042, 0.038), c.ink, outlined=False, shaded=False),
        Part(smooth([(0.20, 0.95), (0.32, 0.97), (0.36, 0.84), (0.32, 0.64), (0.20, 0.62),
                     (0.15, 0.78)]), c.dark, tint=True),
        Part(ring(0.50, 0.88, 0.022, 0.026), c.ink, outlined=False, shaded=False),
    ]  # fmt: skip


def cat(rng: np.random.Generator, c: Palette) -> list[Part]:
    """Sits upright, pointed ears, a curled tail, whiskers."""
    curl = float(rng.uniform(-0.06, 0.06))
    whiskers = [
        Part(ribbon([(0.12 + s * 0.12, 0.715), (0.12 + s * 0.36, 0.715 + d)], 0.012), c.ink,
             outlined=False, shaded=False)
        for s in (-1, 1) for d in (0.03, -0.03)
    ]  # fmt: skip
    return [
        Part(ribbon([(-0.16, 0.08), (-0.42, 0.07), (-0.54, 0.22), (-0.48 + curl, 0.42),
                     (-0.40 + curl, 0.50)], 0.12, 0.075), c.dark, tint=True),
        Part(smooth([(0.0, 0.62), (-0.18, 0.46), (-0.30, 0.20), (-0.26, 0.03), (0.0, 0.0),
                     (0.24, 0.03), (0.26, 0.22), (0.26, 0.46), (0.20, 0.62)]), c.main, tint=True),
        Part(smooth([(0.06, 0.54), (0.02, 0.30), (0.10, 0.12), (0.24, 0.24), (0.24, 0.44),
                     (0.20, 0.56)]), c.light, tint=True, shaded=False, outlined=False),
        Part(ribbon([(0.10, 0.36), (0.10, 0.18), (0.11, 0.05)], 0.10, 0.09), c.main, tint=True),
        Part(ribbon([(0.22, 0.36), (0.24, 0.18), (0.25, 0.05)], 0.10, 0.09), c.main, tint=True),
        Part(ring(-0.16, 0.10, 0.15, 0.10), c.main, tint=True),
        Part(outline([(-0.11, 0.80), (-0.12, 1.0), (0.06, 0.90)]), c.main, tint=True),
        Part(outline([(0.18, 0.90), (0.36, 1.0), (0.35, 0.78)]), c.main, tint=True),
        Part(smooth([(-0.13, 0.76), (-0.06, 0.88), (0.12, 0.91), (0.30, 0.88), (0.37, 0.76),
                     (0.28, 0.63), (0.12, 0.60), (-0.04, 0.63)]), c.main, tint=True),
        Part(ring(0.13, 0.68, 0.085, 0.05), c.cream, outlined=False, shaded=False),
        *whiskers,
        Part(ring(0.04, 0.78, 0.036, 0.042), c.gold, shaded=False),
        Part(ring(0.22, 0.78, 0.036, 0.042), c.gold, shaded=False),
        Part(ring(0.045, 0.78, 0.013, 0.034), c.ink, outlined=False, shaded=False),
        Part(ring(0.225, 0.78, 0.013, 0.034), c.ink, outlined=False, shaded=False),
        Part(outline([(0.10, 0.725), (0.16, 0.725), (0.13, 0.69)]), c.ink, outlined=False,
             shaded=False),
    ]  # fmt: skip


def bird(rng: np.random.Generator, c: Palette) -> list[Part]:
    """A round body on thin legs, a beak, a folded wing, a fanned tail."""
    tilt = float(rng.uniform(-0.06, 0.06))
    return [
        Part(outline([(-0.30, 0.56), (-0.78, 0.66 + tilt), (-0.82, 0.52 + tilt),
                      (-0.74, 0.40 + tilt), (-0.30, 0.38)]), c.dark, tint=True),
        Part(ribbon([(-0.06, 0.28), (-0.04, 0.14), (-0.07, 0.03)], 0.045), c.gold),
        Part(ribbon([(0.10, 0.28), (0.13, 0.14), (0.10, 0.03)], 0.045), c.gold),
        Part(outline([(-0.14, 0.0), (0.06, 0.0), (0.04, 0.035), (-0.10, 0.05)]), c.gold),
        Part(outline([(0.04, 0.0), (0.25, 0.0), (0.22, 0.035), (0.08, 0.05)]), c.gold),
        Part(outline([(0.42, 0.86), (0.68, 0.76), (0.42, 0.70)]), c.gold),
        Part(smooth([(-0.42, 0.50), (-0.24, 0.66), (0.02, 0.76), (0.08, 0.92), (0.24, 1.0),
                     (0.42, 0.94), (0.47, 0.78), (0.42, 0.58), (0.34, 0.36), (0.12, 0.24),
                     (-0.16, 0.26), (-0.36, 0.38)]), c.main, tint=True),
        Part(smooth([(0.44, 0.64), (0.40, 0.50), (0.32, 0.36), (0.12, 0.25), (0.14, 0.42),
                     (0.26, 0.58)]), c.cream, outlined=False, shaded=False),
        Part(smooth([(0.12, 0.62), (-0.08, 0.68), (-0.34, 0.54), (-0.56, 0.40), (-0.26, 0.36),
                     (0.02, 0.36), (0.14, 0.46)]), c.dark, tint=True),
        Part(ribbon([(0.06, 0.52), (-0.20, 0.47), (-0.40, 0.43)], 0.02), c.main, tint=True,
             outlined=False, shaded=False),
        Part(ring(0.30, 0.86, 0.036, 0.040), c.ink, outlined=False, shaded=False),
        Part(ring(0.31, 0.87, 0.012, 0.014), c.cream, outlined=False, shaded=False),
    ]  # fmt: skip
