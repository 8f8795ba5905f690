"""A drawing that is shown pixel for pixel lies on whole pixels of the comp, on both axes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.manifest import Comp, ModelEntry
from multiplane.contract.storyboard import CameraMove, Shot
from multiplane.intake.shot_source import Drawing
from multiplane.layers.stack import Layer, build_stack
from multiplane.produce.finished import CutPicture
from multiplane.produce.framing import extended_size, overscan_around
from multiplane.produce.from_drawing import with_room
from multiplane.produce.job import ShotJob
from multiplane.stage.shot import stage_shot

COMP = Comp(width=96, height=54, fps=24, duration_frames=4)


def drawn(size: tuple[int, int]) -> CutPicture:
    """Noise, with a layer that touches the right edge and the lower one."""
    chance = np.random.default_rng(5)
    picture = chance.integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
    cut = CutPicture(
        prompt=None,
        model=ModelEntry(name="none", seed=0),
        picture=picture,
        nearness=np.zeros(picture.shape[:2], np.float32),
        layers=build_stack(picture, []),
    )
    block = np.dstack([picture[-20:, -30:], np.full((20, 30), 255, np.uint8)])
    box = (size[0] - 30, size[1] - 20, 30, 20)
    subject = Layer("dog", "dog", "character", block, box, "", (), 1.0, 1.0)
    return dataclasses.replace(cut, layers=(*cut.layers, subject))


@pytest.mark.parametrize("overscan", [1.0, 1.25])
@pytest.mark.parametrize("size", [(96, 54), (97, 54), (99, 54), (96, 55), (96, 61), (98, 54)])
def test_a_drawing_at_one_to_one_keeps_its_own_pixels(
    size: tuple[int, int], overscan: float
) -> None:
    job = ShotJob(
        shot=Shot(picture="a.png"), index=0, comp=COMP, seed=0, style=None, overscan=overscan,
        source=Drawing(Path("a.png"), size), storyboard_folder=Path(),
    )  # fmt: skip
    given = drawn(size)
    cut = with_room(given, job, overscan)
    height, width = cut.picture.shape[:2]
    assert (width, height) == extended_size(size, COMP, overscan)
    x, y, wide, high = cut.drawing_area or (0, 0, width, height)
    assert (wide, high) == size
    assert (cut.picture[y : y + high, x : x + wide] == given.picture).all()
    assert cut.nearness.shape == cut.picture.shape[:2]
    assert cut.layers[0].bbox == (0, 0, width, height)
    around = overscan_around(size, (width, height), COMP)
    move = CameraMove(preset="static")
    staged = stage_shot(cut.layers, (width, height), COMP, move, overscan=around)
    for plane in staged.planes:
        scale = plane.scale[0] / 100.0 / (1.0 + plane.z / staged.zoom)
        assert scale == pytest.approx(1.0, abs=1e-9)
        middle = (COMP.width / 2, COMP.height / 2)
        for axis in (0, 1):
            shown = middle[axis] + (plane.position[axis] - middle[axis]) / (
                1.0 + plane.z / staged.zoom
            )
            corner = shown - plane.anchor[axis]
            assert corner == pytest.approx(round(corner), abs=1e-6), (plane.id, axis)
