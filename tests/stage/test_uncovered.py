"""What a move shows of each layer that nearer ones hide at rest."""

from __future__ import annotations

import numpy as np

from multiplane.contract.layer_kinds import LayerKind
from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.layers.stack import Layer
from multiplane.stage.shot import stage_shot
from multiplane.stage.uncovered import uncovered

SIZE = (240, 135)
COMP = Comp(width=240, height=135, fps=12, duration_frames=12)
BOX = (90, 40, 60, 50)  # x, y, width, height


def layers() -> tuple[Layer, Layer]:
    """A ground, and a square before it."""

    def layer(name: str, box: tuple[int, int, int, int], near: float) -> Layer:
        rgba = np.full((box[3], box[2], 4), 255, np.uint8)
        kind: LayerKind = "background" if near == 0.0 else "prop"
        return Layer(name, name, kind, rgba, box, "", (), near, 1.0)

    return layer("ground", (0, 0, *SIZE), 0.0), layer("square", BOX, 0.8)


def shown(preset: str, amount: float = 1.0) -> np.ndarray:
    move = CameraMove(preset=preset, amount=amount)
    staged = stage_shot(layers(), SIZE, COMP, move, overscan=1.0 if preset == "static" else 1.2)
    ground, square = uncovered(staged, layers())
    assert square.all(), "nothing is before it"
    x, y, wide, high = BOX
    outside = np.ones(SIZE[::-1], bool)
    outside[y : y + high, x : x + wide] = False
    assert ground[outside].all()
    return np.asarray(ground[y : y + high, x : x + wide])


def test_a_camera_that_stands_still_shows_nothing_that_is_hidden() -> None:
    under = shown("static")
    assert not under[1:-1, 1:-1].any()  # the outermost pixels are soft


def test_a_truck_shows_what_is_at_one_side_or_the_other() -> None:
    """The camera goes from one side to the other: both ends of what is hidden, never its middle."""
    under = shown("truck_left")
    columns = np.asarray(under[5:-5].all(axis=0))
    assert columns[:3].all() or columns[-3:].all()
    assert not under[:, 28:32].any()
    wider = shown("truck_left", 2.0)
    assert wider.sum() > under.sum()
    assert (under & ~wider).sum() <= 0.02 * under.size
