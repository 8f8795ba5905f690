"""A small finished shot for the tests: a patterned background and two subjects, cut exactly."""

from __future__ import annotations

from typing import Literal

import numpy as np

from multiplane.contract.manifest import Comp, Marker, ModelEntry
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.shot import FinishedShot
from multiplane.layers.stack import Layer, recompose
from multiplane.stage.shot import overscan_for, stage_shot

SIZE = (160, 90)
COMP = Comp(width=128, height=72, fps=24, duration_frames=9)


def layer(id_: str, name: str, box: tuple[int, int, int, int], near: float) -> Layer:
    """A soft-edged patch of one colour; the background is a ramp."""
    x, _, w, h = box
    rgba = np.zeros((h, w, 4), np.uint8)
    rgba[..., :3] = np.random.default_rng(len(name) + x).integers(40, 250, 3)
    rgba[..., 3] = 255
    if near > 0:
        rgba[[0, -1], :, 3] = rgba[:, [0, -1], 3] = 130
    else:
        rgba[..., 0] = np.linspace(0, 255, w)[None, :]
        rgba[..., 1] = np.linspace(0, 255, h)[:, None]
    kind: Literal["background", "prop"] = "prop" if near > 0 else "background"
    return Layer(id_, name, kind, rgba, box, f"the {name}", (3, 4), near, 0.9)


def finished(
    names: tuple[str, ...] = ("red warrior", "princess"),
    *,
    id_: str = "shot-001",
    preset: str = "truck_left",
    prompt: str | None = "a red warrior before a princess",
) -> FinishedShot:
    """A shot with a subject for each name."""
    layers = [layer("background", "background", (0, 0, *SIZE), 0.0)]
    for i, name in enumerate(names):
        near = (i + 1) / len(names)
        layers.append(layer(f"s{i}", name, (20 + 7 * i % 90, 15 + 5 * i % 30, 30, 40), near))
    move = CameraMove(preset=preset)
    staged = stage_shot(layers, SIZE, COMP, move, overscan=overscan_for(move, COMP))
    return FinishedShot(
        id=id_,
        prompt=prompt,
        model=ModelEntry(name="storyboard-mini", version="3", seed=7, steps=12, guidance=2.5),
        picture=recompose(layers, SIZE),
        nearness=np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE[::-1]),
        layers=tuple(layers),
        staged=staged,
        markers=(Marker(frame=0, text="Dialogue: Halt!", duration_frames=9),),
    )
