"""What the layers of an answer show that was hidden, and the old background on their edges.

The layers are built as a shot's are, of the answer's mattes in its order, for every row alike: so
the figures are of what these masks would make of a shot.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiplane.layers.stack import CutSubject, Layer, build_stack, recompose
from multiplane_study.bench.answer import Matched
from multiplane_study.bench.matte_error import unknown_band
from multiplane_study.hidden import (
    LEAST,
    Hole,
    composed_without,
    inside_hole,
    near_farther,
    sheet_of,
)
from multiplane_study.scenes import Scene

_GROUNDS = (0.0, 255.0)
"""A fringe is seen before black, or before white."""


def layers_of(scene: Scene, found: Matched) -> tuple[Layer, ...]:
    """The filled background, then what was found, back to front; ids are subjects' indices."""
    ranks = {subject: rank for rank, subject in enumerate(found.back_to_front)}
    count = max(len(ranks), 1)
    cuts = [
        CutSubject(str(index), str(index), "", found.alphas[index], (ranks[index] + 1.0) / count)
        for index in found.back_to_front
    ]
    return build_stack(scene.picture, cuts)


def layer_figures(scene: Scene, found: Matched) -> dict[str, float | None]:
    """Hidden background and hidden parts, as PSNR in dB and SSIM, and the fringe, 0..255."""
    layers = layers_of(scene, found)
    mattes = np.stack([one.matte for one in scene.subjects])
    ground = inside_hole(layers[0].rgba[..., :3], scene.background, mattes.max(axis=0) > 0.5)
    parts = _hidden_parts(scene, layers)
    return {
        "background_psnr": ground.psnr,
        "background_ssim": ground.ssim,
        "hidden_psnr": float(np.mean([one.psnr for one in parts])) if parts else None,
        "hidden_ssim": float(np.mean([one.ssim for one in parts])) if parts else None,
        "fringe": fringe(scene, layers),
    }


def _hidden_parts(scene: Scene, layers: Sequence[Layer]) -> list[Hole]:
    """Per subject that hides others: the scene without it, inside what it hid, beside the truth."""
    size = (scene.picture.shape[1], scene.picture.shape[0])
    seen = []
    for nearer in range(1, len(scene.subjects)):
        hider = scene.subjects[nearer].whole_matte > 0.5
        behind = [hider & (one.whole_matte > 0.5) for one in scene.subjects[:nearer]]
        hole = hider & near_farther(scene, nearer)
        if hole.sum() < LEAST or max(part.sum() for part in behind) < LEAST:
            continue
        made = recompose([one for one in layers if one.id != str(nearer)], size)
        seen.append(inside_hole(made, composed_without(scene, nearer), hole))
    return seen


def fringe(scene: Scene, layers: Sequence[Layer]) -> float | None:
    """How wrong subjects look on their edges before another ground, mean over black and white.

    Mean difference, 0..255, of a layer before the ground from the true subject before it, in the
    unknown band of the true outline where no nearer subject covers it; None without any layer.
    """
    size = (scene.picture.shape[1], scene.picture.shape[0])
    by_id = {layer.id: layer for layer in layers}
    found = []
    for index, subject in enumerate(scene.subjects):
        band = unknown_band(subject.whole_matte)
        for nearer in scene.subjects[index + 1 :]:
            band &= nearer.whole_matte < 0.02
        layer = by_id.get(str(index))
        if layer is None or not band.any():
            continue
        alpha, colours = sheet_of(layer, size)
        for ground in _GROUNDS:
            made = _before(ground, colours, alpha)[band]
            true = _before(ground, subject.whole, subject.whole_matte)[band]
            found.append(float(np.abs(made - true).mean()))
    return float(np.mean(found)) if found else None


def _before(
    ground: float, colours: NDArray[np.uint8], alpha: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.asarray(ground + (colours - np.float32(ground)) * alpha[..., None], np.float32)
