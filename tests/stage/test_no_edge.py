"""No edge, no hole, nothing behind the camera: random pictures before random moves.

Checked apart from the proof that the clamp itself goes by (corner rays met with planes): here
the frame's corners are taken back to picture px through the compositor's own homographies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.camera import Camera
from multiplane.stage.easing import Key
from multiplane.stage.overscan import violations
from multiplane.stage.path import KeyedCamera
from multiplane.stage.planes import Plane
from multiplane.stage.registry import FRAMING, PRESETS
from multiplane.stage.shot import overscan_for, stage_shot
from tests.stage.scenes import Cutout, frame_on

COMP = Comp(width=1280, height=720, fps=4, duration_frames=8)
SLACK = 1e-4
"""Rounding allowed, px of the layer."""

rects = st.fixed_dictionaries(
    {
        "x": st.floats(-1, 2),
        "y": st.floats(-1, 2),
        "width": st.floats(0.02, 3),
        "height": st.floats(0.02, 3),
    }
)


@st.composite
def moves(draw: st.DrawFn) -> CameraMove:
    """Any move that a storyboard can ask for."""
    preset = PRESETS[draw(st.sampled_from(sorted(PRESETS)))]
    ways: list[Any] = [None, *preset.directions]
    if preset.degrees:
        ways.append(draw(st.floats(-720, 720)))
    names = ["background", "0", "1", "nobody"]
    return CameraMove.model_validate(
        {
            "preset": preset.name,
            "amount": draw(st.floats(0, 10)),
            "direction": draw(st.sampled_from(ways)),
            "start": draw(st.floats(0, 1.9)),
            "duration": draw(st.none() | st.floats(0.01, 3)),
            "ease": {"in": draw(st.floats(0, 100)), "out": draw(st.floats(0, 100))},
            "focus": draw(st.none() | st.lists(st.sampled_from(names), max_size=3)),
            "loop": draw(st.booleans()),
            "seed": draw(st.none() | st.integers(0, 2**32 - 1)),
            "framing": draw(st.fixed_dictionaries({"start": rects, "end": rects}))
            if preset.name == FRAMING
            else None,
        }
    )


@st.composite
def pictures(draw: st.DrawFn) -> tuple[tuple[int, int], list[Cutout]]:
    """A picture's size and its layers; the background may end inside the picture."""
    width, height = draw(st.integers(64, 3000)), draw(st.integers(64, 3000))

    def box(least: float) -> tuple[int, int, int, int]:
        x, y, w, h = (draw(st.floats(0, 1)) for _ in range(4))
        left, top = int(x * (1 - least) * (width - 1)), int(y * (1 - least) * (height - 1))
        room = (width - 1 - left, height - 1 - top)
        shares = (least + (1 - least) * w, least + (1 - least) * h)
        return left, top, 1 + int(shares[0] * room[0]), 1 + int(shares[1] * room[1])

    whole = draw(st.booleans())
    ground = (0, 0, width, height) if whole else box(0.9)
    layers = [Cutout("background", "background", ground, 0.0)]
    for i in range(draw(st.integers(0, 4))):
        layers.append(Cutout(str(i), "subject", box(0.0), draw(st.floats(0, 1))))
    return (width, height), layers


@settings(max_examples=100, deadline=None)
@given(picture=pictures(), move=moves(), overscan=st.floats(1.0, 1.6), wide=st.booleans())
def test_no_move_ever_shows_an_edge(
    picture: tuple[tuple[int, int], list[Cutout]], move: CameraMove, overscan: float, wide: bool
) -> None:
    (width, height), layers = picture
    overscan = overscan_for(move, COMP) if wide else overscan
    staged = stage_shot(layers, (width, height), COMP, move, overscan=overscan)
    rest = stage_shot(layers, (width, height), COMP, CameraMove(preset="static"), overscan=overscan)
    for i, (layer, plane) in enumerate(zip(layers, staged.planes, strict=True)):
        seen = frame_on(staged, plane)
        assert (seen[..., 2] > 0).all(), "behind the camera"
        x, y, w, h = layer.bbox
        cut_off = (x == 0, y == 0, x + w == width, y + h == height)
        room = (seen[..., 0].min(), seen[..., 1].min(), w - seen[..., 0].max(),
                h - seen[..., 1].max())  # fmt: skip
        at_rest = frame_on(rest, plane)[0, :, :2]
        covered = (at_rest.min(axis=0) >= 0).tolist() + (at_rest.max(axis=0) <= (w, h)).tolist()
        for side in range(4):
            if cut_off[side] or (i == 0 and covered[side]):
                assert room[side] >= -SLACK, (layer.id, side)


def _still(camera: Camera, plane: Plane) -> set[str]:
    keyed = KeyedCamera(
        (Key(0, camera.position),), (Key(0, camera.point_of_interest),), (Key(0, (camera.zoom,)),)
    )
    return {violation.side for violation in violations(keyed.at([0], 24), [plane], COMP)}


def test_a_hole_beside_a_background_that_ends_in_the_picture_counts() -> None:
    """The background stops 40 px before the picture's right edge; at rest the frame is full."""
    move = CameraMove(preset="truck_right", amount=1)
    free, tied = (
        stage_shot(
            [Cutout("background", "background", (0, 0, width, 600), 0.0)],
            (1000, 600),
            COMP,
            move,
            overscan=1.13,
        )
        for width in (1000, 960)
    )
    assert tied.amount < 0.9 * free.amount
    right = frame_on(tied, tied.planes[0])[..., 0].max()
    assert right == np.clip(right, 959.9, 960.0 + SLACK)


def test_a_hole_that_the_drawing_has_at_rest_ties_nothing() -> None:
    layers = [Cutout("background", "background", (0, 0, 700, 600), 0.0)]
    staged = stage_shot(layers, (1000, 600), COMP, CameraMove(preset="push_in"))
    assert staged.amount == 1.0


def test_a_layer_that_reaches_behind_a_turned_camera_counts() -> None:
    layers = [Cutout("s", "subject", (100, 100, 500, 300), 0.5)]
    plane = stage_shot(layers, (1280, 720), COMP, CameraMove(preset="static")).planes[0]
    before = Camera((640.0, 360.0, -900.0), (640.0, 360.0, 0.0), 1000.0)
    beside = Camera((640.0, 360.0, -20.0), (4000.0, 360.0, 0.0), 1000.0)
    assert _still(before, plane) == set()
    assert _still(beside, plane) == {"behind"}
