"""The rows of the study: what each of the bench's methods cuts, made into layers alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from multiplane.layers.stack import CutSubject, Layer, build_stack
from multiplane_study.bench.look import Look
from multiplane_study.bench.rows import Row
from multiplane_study.scenes import Scene

UNCUT, TRUTH = "uncut", "truth"
USUAL = ("paper", "daam", UNCUT, TRUTH)
"""Rows that ours is compared with if nothing else is said.

uncut: the picture as one layer, so nothing moves before anything. truth: the scene's own mattes.
"""


def cut_rows(
    look: Look, methods: Mapping[str, Row], asked: Collection[str]
) -> dict[str, tuple[Layer, ...]]:
    """The layers of each asked row. Colours, edges and what is hidden are made alike for all."""
    scene = look.case.scene
    found: dict[str, tuple[Layer, ...]] = {}
    for name in sorted(asked):
        if name == UNCUT:
            found[name] = build_stack(scene.picture, [])
        elif name == TRUTH:
            mattes = np.stack([one.matte for one in scene.subjects])
            found[name] = _layers(scene, mattes, range(len(mattes)))
        else:
            answer = methods[name].cut(look)
            found[name] = _layers(scene, answer.alphas, answer.back_to_front)
    return found


def _layers(
    scene: Scene, alphas: NDArray[np.float32], back_to_front: Sequence[int]
) -> tuple[Layer, ...]:
    """A stack of cutouts (N, H, W), which may overlap: a nearer one takes a pixel first."""
    left = np.ones(scene.picture.shape[:2], np.float32)
    visible: dict[int, NDArray[np.float32]] = {}
    for index in reversed(back_to_front):
        visible[index] = np.minimum(alphas[index], left)
        left = left - visible[index]
    count = len(back_to_front)
    return build_stack(
        scene.picture,
        [
            CutSubject(f"s{index}", f"s{index}", "", visible[index], (rank + 1.0) / count)
            for rank, index in enumerate(back_to_front)
        ],
    )
