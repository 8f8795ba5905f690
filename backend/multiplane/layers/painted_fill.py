"""What layers hide, painted by a picture model: inside the hole alone, in the tone of its rim.

Only pixels that nothing shows at rest are changed, so the layers put together are the picture as
before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.layers.exact import contributions
from multiplane.layers.stack import Layer, recompose
from multiplane.layers.texture import smooth_fill

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

Repaint = Callable[[Picture, Mask, int], Picture]
"""From a picture (H, W, 3), the hole (H, W) in it and the layer's index to the same, repainted."""

MARGIN = 0.02
"""How much farther than a move uncovers is painted, as a share of the long side."""
_FEWEST = 32  # px: fewer are not worth a model
_RIM = 0.006  # share of the long side: where the tone of the fill is compared with what is there
_LARGEST_STEP = 0.15  # 0..1; more is another thing, not another tone


def with_painted_fill(
    layers: Sequence[Layer],
    size: tuple[int, int],
    shown: Sequence[Mask],
    repaint: Repaint,
    *,
    kept: Sequence[Mask] | None = None,
) -> tuple[Layer, ...]:
    """The layers with new pixels where they are hidden at rest and a move shows them.

    layers: back to front on a picture of `size` (width, height) px, the lowest covering it. shown:
    for each where (h, w, of its own) the move shows it (`stage.uncovered`). kept: the same of an
    earlier move that this has been done for; those pixels stay.
    """
    result = list(layers)
    hidden = _hidden(layers, size)
    for index, layer in enumerate(layers):
        x, y, wide, high = layer.bbox
        own = hidden[index][y : y + high, x : x + wide] & (layer.rgba[..., 3] > 0)
        near = _grown(shown[index] & own, MARGIN * max(size))
        hole = own & near
        if kept is not None:
            hole &= ~_grown(kept[index] & own, MARGIN * max(size))
        if hole.sum() < _FEWEST:
            continue
        # The model sees the layer with all that is behind it, and nothing before it.
        scene = recompose(result[: index + 1], size)
        whole = np.zeros(size[::-1], bool)
        whole[y : y + high, x : x + wide] = hole
        painted = repaint(scene, whole, index)
        matched = in_tone(scene, painted, whole)
        rgba = layer.rgba.copy()
        rgba[..., :3][hole] = matched[y : y + high, x : x + wide][hole]
        result[index] = replace(layer, rgba=rgba)
    return tuple(result)


def in_tone(picture: Picture, painted: Picture, hole: Mask) -> Picture:
    """`painted` inside of the hole (H, W), its tone there moved to the picture's at the rim.

    The step between both just outside is carried inwards smoothly, so that the rim does not show.
    """
    reach = max(2, round(_RIM * max(hole.shape)))
    ring = _grown(hole, reach) & ~hole
    if not ring.any():
        return np.where(hole[..., None], painted, picture)
    before, after = picture.astype(np.float32) / 255.0, painted.astype(np.float32) / 255.0
    step = np.clip(before - after, -_LARGEST_STEP, _LARGEST_STEP)
    share = cv2.GaussianBlur(ring.astype(np.float32), (0, 0), reach)
    even = cv2.GaussianBlur(step * ring[..., None], (0, 0), reach)
    even = even / np.maximum(share, 1e-3)[..., None]
    spread = smooth_fill(even.astype(np.float32), hole, ring)
    moved = np.clip(after + spread, 0.0, 1.0)
    return np.where(hole[..., None], np.rint(moved * 255.0).astype(np.uint8), picture)


def _hidden(layers: Sequence[Layer], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Where (L, H, W) each layer adds nothing to the picture at rest."""
    width, height = size
    alphas = np.zeros((len(layers), height, width), np.float32)
    for alpha, layer in zip(alphas, layers, strict=True):
        x, y, wide, high = layer.bbox
        alpha[y : y + high, x : x + wide] = layer.rgba[..., 3] / np.float32(255.0)
    return contributions(alphas) <= 0.0


def _grown(mask: Mask, radius: float) -> Mask:
    if not mask.any():
        return mask
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away <= radius)
