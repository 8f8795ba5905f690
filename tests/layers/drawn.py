"""Drawn scenes and coarse heatmaps of them, as a model's attention would give.

Heatmaps are simulated from the truth (area means, blurred, with noise and leakage), to test the
geometry from there on; how good the model's own maps are is measured by `study quality`.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane_study.observed import TUNING_SEEDS, phrases_of
from multiplane_study.scenes import Scene, draw_scene

Floats = NDArray[np.float32]
TOKEN = 16  # px
SIZE = (224, 128)


@cache
def scene_of(style: str, subjects: int, *, skip: int = 0, size: tuple[int, int] = SIZE) -> Scene:
    """A drawn scene of this style with so many subjects; another one for every `skip`."""
    return draw_scene(TUNING_SEEDS[skip], *size, style=style, count=subjects)


def phrase_masks(scene: Scene) -> NDArray[np.bool_]:
    """True masks (P, H, W) of what each phrase of the caption names."""
    mattes = [subject.matte for subject in scene.subjects]
    members = phrases_of(scene).members
    return np.stack([np.sum([mattes[k] for k in some], axis=0) > 0.5 for some in members])


def coarse_maps(scene: Scene, *, token: int = TOKEN, seed: int = 0) -> Floats:
    """Heatmaps (P + 1, h, w) of the phrases and, last, of the place."""
    generator = np.random.default_rng(seed)
    masks = phrase_masks(scene).astype(np.float32)
    background = np.clip(1.0 - masks.sum(axis=0), 0.0, 1.0)[None]
    height, width = background.shape[1:]
    size = (width // token, height // token)
    shares = [
        cv2.GaussianBlur(cv2.resize(one, size, interpolation=cv2.INTER_AREA), (0, 0), 0.6)
        for one in np.concatenate([masks, background])
    ]
    maps = []
    for index, share in enumerate(shares):
        others = sum(shares[:-1]) - share if index < len(masks) else 0.0
        noise = np.exp(generator.normal(0.0, 0.2, share.shape))
        maps.append((share + 0.1 * others + 0.03) * noise)
    strength = np.exp(generator.normal(-3.0, 0.4, (len(maps), 1, 1)))
    return (np.stack(maps) * strength).astype(np.float32)


def disc(
    size: tuple[int, int], centre: tuple[float, float], radius: float, softness: float = 3.0
) -> Floats:
    """Soft matte (H, W) of a disc; size (width, height), centre (x, y) px."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    distance = np.hypot(x - centre[0], y - centre[1])
    return np.clip((radius - distance) / softness + 0.5, 0.0, 1.0).astype(np.float32)


def laid_over(
    colour: tuple[int, int, int], matte: Floats, below: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """`colour` over the picture `below` (H, W, 3) through `matte` (H, W)."""
    share = matte[..., None]
    return np.rint(share * np.array(colour) + (1 - share) * below).astype(np.uint8)
