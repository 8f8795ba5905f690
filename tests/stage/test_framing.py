"""Framing by rectangle: exact at start and end, in depth, and moved inside where it must be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.framing import CLOSEST
from multiplane.stage.overscan import violations
from multiplane.stage.shot import Staged, overscan_for, scene_scale, stage_shot
from tests.stage.scenes import Cutout, frame_on

COMP = Comp(width=1280, height=720, fps=24, duration_frames=25)
SIZE = (1600, 900)
BACKGROUND = Cutout("background", "background", (0, 0, *SIZE), 0.0)
HUT = Cutout("hut", "subject", (500, 300, 300, 300), 0.5, "hut")
KING = Cutout("king", "subject", (700, 300, 200, 500), 0.9, "king")
SCENE = (BACKGROUND, HUT, KING)
WHOLE = {"x": 0, "y": 0, "width": 1, "height": 1}
FACE = {"x": 0.5, "y": 0.1, "width": 0.5, "height": 0.5}


def framed(
    start: Mapping[str, float],
    end: Mapping[str, float],
    *,
    scene: tuple[Cutout, ...] = SCENE,
    overscan: float | None = None,
    **more: object,
) -> Staged:
    move = CameraMove.model_validate({"framing": {"start": start, "end": end}, **more})
    wide = overscan_for(move, COMP) if overscan is None else overscan
    return stage_shot(scene, SIZE, COMP, move, overscan=wide)


def shown(staged: Staged, plane: int, frame: int) -> tuple[float, float, float, float]:
    """x, y, width, height of what the frame shows, in fractions of the frame at rest."""
    layer = SCENE[plane]
    corners = frame_on(staged, staged.planes[plane])[frame, :, :2] + layer.bbox[:2]
    rest = np.array(SIZE) / staged.overscan
    left, top = (corners[0] - (np.array(SIZE) - rest) / 2) / rest
    width, height = (corners[2] - corners[0]) / rest
    return float(left), float(top), float(width), float(height)


def test_the_rectangle_fills_the_frame_at_start_and_end() -> None:
    staged = framed(WHOLE, FACE)
    assert (staged.preset, staged.amount, staged.warnings) == ("framing", 1.0, ())
    assert shown(staged, 2, 0) == pytest.approx((0, 0, 1, 1), abs=1e-9)
    assert shown(staged, 2, 24) == pytest.approx((0.5, 0.1, 0.5, 0.5), abs=1e-9)
    # In depth: the background, farther away, grows less and slides less.
    left, _, width, _ = shown(staged, 0, 24)
    assert width > 0.7
    assert left < 0.3
    assert {len(keys) for keys in staged.entry().keyframes.values()} <= {1, 2}
    assert len(staged.entry().keyframes["zoom"]) == 1


@pytest.mark.parametrize(("focus", "plane"), [("hut", 1), ("background", 0), ("king", 2)])
def test_with_a_focus_the_rectangle_lies_on_its_plane(focus: str, plane: int) -> None:
    staged = framed(FACE, WHOLE, focus=focus)
    assert shown(staged, plane, 0) == pytest.approx((0.5, 0.1, 0.5, 0.5), abs=1e-9)
    assert shown(staged, plane, 24) == pytest.approx((0, 0, 1, 1), abs=1e-9)
    assert violations(staged.path(), staged.planes, COMP) == []


def test_another_shape_is_grown_to_the_frames() -> None:
    staged = framed(WHOLE, {"x": 0.4, "y": 0.2, "width": 0.1, "height": 0.6})
    assert shown(staged, 2, 24) == pytest.approx((0.15, 0.2, 0.6, 0.6), abs=1e-9)


def test_between_the_rectangles_it_goes_straight_and_eased() -> None:
    linear = framed(WHOLE, FACE, ease={"in": 0, "out": 0})
    assert shown(linear, 2, 12) == pytest.approx((0.25, 0.05, 0.75, 0.75), abs=1e-9)
    soft = framed(WHOLE, FACE)
    assert shown(soft, 2, 12) == pytest.approx((0.25, 0.05, 0.75, 0.75), abs=1e-9)
    assert shown(soft, 2, 4)[2] > shown(linear, 2, 4)[2] + 0.02


def test_a_small_rectangle_is_reached_by_the_lens_before_the_camera_passes_a_layer() -> None:
    tiny = {"x": 0.7, "y": 0.3, "width": 0.1, "height": 0.1}
    staged = framed(WHOLE, tiny, focus="background")
    assert shown(staged, 0, 24) == pytest.approx((0.7, 0.3, 0.1, 0.1), abs=1e-9)
    zoom = scene_scale(COMP).zoom
    assert staged.path().positions[-1, 2] == pytest.approx(-CLOSEST * zoom)
    assert staged.path().zooms[-1] > 3 * zoom


def test_a_rectangle_past_the_edge_is_moved_as_little_as_possible() -> None:
    staged = framed(WHOLE, {"x": 0.8, "y": 0.3, "width": 0.4, "height": 0.4}, overscan=1.0,
                    scene=(BACKGROUND,), focus="background")  # fmt: skip
    assert shown(staged, 0, 24) == pytest.approx((0.6, 0.3, 0.4, 0.4), abs=1e-6)
    (warning,) = staged.warnings
    assert "end" in warning
    assert "0.8, 0.3, 0.4, 0.4 became 0.6, 0.3, 0.4, 0.4" in warning
    assert staged.amount == 1.0
    (edge,) = staged.asked_edges
    assert (edge.side, edge.plane, edge.frame) == ("right", "background", COMP.duration_frames - 1)


def test_a_rectangle_larger_than_the_picture_is_made_smaller() -> None:
    vast = {"x": -0.5, "y": -0.5, "width": 2, "height": 2}
    staged = framed(vast, WHOLE, overscan=1.2)
    assert shown(staged, 2, 0)[2] > 1.1
    assert violations(staged.path(), staged.planes, COMP) == []
    assert shown(staged, 0, 0)[2] < 1.2 + 1e-9
    assert len(staged.warnings) == 1


def test_a_layer_that_the_picture_cuts_off_counts_too() -> None:
    """With overscan the rectangle may leave the frame, but a near layer shows its cut edge."""
    tree = Cutout("tree", "subject", (0, 0, 300, 900), 0.95, "tree")
    corner = {"x": -0.1, "y": 0.2, "width": 0.4, "height": 0.4}
    free = framed(WHOLE, corner, overscan=1.2, focus="background")
    tied = framed(WHOLE, corner, overscan=1.2, focus="background", scene=(BACKGROUND, tree))
    assert free.warnings == ()
    assert len(tied.warnings) == 1
    assert violations(tied.path(), tied.planes, COMP) == []


def test_overscan_is_asked_for_where_a_rectangle_leaves_the_frame() -> None:
    inside = CameraMove.model_validate({"framing": {"start": FACE, "end": WHOLE}})
    assert overscan_for(inside, COMP) == 1.0
    outside = {"x": -0.1, "y": 0, "width": 1, "height": 1}
    staged = framed(outside, WHOLE)
    assert staged.overscan == pytest.approx(1.2)
    assert staged.warnings == ()
    assert shown(staged, 2, 0) == pytest.approx((-0.1, 0, 1, 1), abs=1e-9)


@pytest.mark.parametrize("near", [True, False], ids=["a subject at the end", "one plane"])
def test_the_ends_of_a_panorama_are_reached(near: bool) -> None:
    width, height = size = (7200, 720)
    frames = width / height / (COMP.width / COMP.height)  # side by side, of the frame's height
    end = (frames - 1) / 2
    move = CameraMove.model_validate({"framing": {"start": {"x": -end}, "end": {"x": end}}})
    # It is long enough as it is, so nothing is painted above and below it.
    assert overscan_for(move, COMP, size) == 1.0
    layers = [Cutout("background", "background", (0, 0, *size), 0.0)]
    if near:
        layers.append(Cutout("king", "subject", (width - 500, 100, 400, 600), 0.9, "king"))
    staged = stage_shot(layers, size, COMP, move, overscan=1.0)
    assert staged.warnings == ()
    plane = staged.planes[-1]
    left = frame_on(staged, plane)[0, 0, 0] + layers[-1].bbox[0]
    right = frame_on(staged, plane)[-1, 2, 0] + layers[-1].bbox[0]
    assert (left, right) == pytest.approx((0, width), abs=1e-6)


def test_what_a_panorama_has_itself_needs_no_overscan() -> None:
    beside = {"x": 0.2, "y": 0, "width": 1, "height": 1}
    above = {"x": 0, "y": -0.1, "width": 1, "height": 1}
    size = (7200, 720)
    for rect, painted, drawn in ((beside, 1.4, 1.0), (above, 1.2, 1.2)):
        move = CameraMove.model_validate({"framing": {"start": rect}})
        assert overscan_for(move, COMP) == pytest.approx(painted)
        assert overscan_for(move, COMP, size) == pytest.approx(drawn)


def test_less_amount_stays_nearer_to_the_whole() -> None:
    staged = framed(WHOLE, FACE, amount=0.5)
    assert shown(staged, 2, 24) == pytest.approx((0.25, 0.05, 0.75, 0.75), abs=1e-9)


def test_rectangles_count_before_a_preset_and_the_name_alone_will_do() -> None:
    assert framed(WHOLE, FACE, preset="orbit").preset == "framing"
    alone = stage_shot(SCENE, SIZE, COMP, CameraMove(preset="framing"), overscan=1.0)
    assert alone.amount == 1.0
    assert shown(alone, 2, 24)[2] == pytest.approx(0.65)


def test_it_loops() -> None:
    staged = framed(WHOLE, FACE, loop=True)
    path = staged.camera.at([0, 25], 24)
    np.testing.assert_allclose(path.positions[0], path.positions[1], atol=1e-9)
