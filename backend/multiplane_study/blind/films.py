"""Two cuts of a picture, filmed with the same move: one film, one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.animate import write_animation
from multiplane.deliver.compositor import Compositor
from multiplane.layers.stack import Layer
from multiplane.stage.registry import preset_of
from multiplane.stage.shot import Staged, overscan_for, stage_shot

FPS = 15.0
_QUALITY = 85  # of WebP; a cut's edges are what is looked at


def film_pair(
    path: Path,
    halves: tuple[Sequence[Layer], Sequence[Layer]],
    size: tuple[int, int],
    move: CameraMove,
    *,
    seconds: float,
    width: int,
) -> float:
    """Film both cuts of a picture of `size` (width, height) px into a looping .webp.

    Both are in one file, so that no player can let one run ahead. The move is as strong as both
    cuts bear without showing an edge; its amount is returned.
    """
    comp = Comp(
        width=width,
        height=max(2, round(width * size[1] / size[0] / 2) * 2),
        fps=FPS,
        duration_frames=max(2, round(seconds * FPS)),
    )
    overscan = overscan_for(move, comp)
    staged = [stage_shot(layers, size, comp, move, overscan=overscan) for layers in halves]
    amount = min(one.amount for one in staged)
    if preset_of(move).strongest and any(one.amount > amount for one in staged):
        same = move.model_copy(update={"amount": amount})
        staged = [stage_shot(layers, size, comp, same, overscan=overscan) for layers in halves]
    shown = [_frames(one, layers) for one, layers in zip(staged, halves, strict=True)]
    frames = [np.concatenate(both) for both in zip(*shown, strict=True)]
    if not (preset_of(move).loops or move.loop):
        frames += frames[-2:0:-1]
    write_animation(path, frames.__getitem__, len(frames), FPS, quality=_QUALITY)
    return amount


def _frames(staged: Staged, layers: Sequence[Layer]) -> list[NDArray[np.uint8]]:
    path = staged.path()
    compositor = Compositor(staged.planes, tuple(layers), staged.comp, path)
    return [
        cv2.cvtColor(compositor.frame(path[index]), cv2.COLOR_RGBA2RGB)
        for index in range(staged.comp.duration_frames)
    ]
