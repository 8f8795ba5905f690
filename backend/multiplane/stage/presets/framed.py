"""The preset that shows one rectangle of the picture after another: Ken Burns, in depth."""

from __future__ import annotations

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.framing import camera_for
from multiplane.stage.moves import eased
from multiplane.stage.path import KeyedCamera
from multiplane.stage.registry import FRAMING, SceneScale, preset
from multiplane.stage.view import WHOLE, View, view_of

USUAL = (WHOLE, View(0.54, 0.44, 0.65))
"""Taken where a move names the preset and gives no rectangles."""


@preset(
    FRAMING,
    "The camera goes from one rectangle of the picture to another, which fill the frame at start "
    "and end (in the plane of the subject in focus, else of the nearest).",
    unit="the rectangles as they are given; less stays nearer to the whole frame",
    strongest=1.0,
    takes=("ease", "focus", "framing"),
)
def framing(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    if scene.views is not None:
        views = scene.views
    elif move.framing is not None:
        views = view_of(move.framing.start), view_of(move.framing.end)
    else:
        views = USUAL
    start, end = (camera_for(scene, WHOLE.towards(view, amount)) for view in views)
    return KeyedCamera(
        eased(scene, move, start.position, end.position),
        eased(scene, move, start.point_of_interest, end.point_of_interest),
        eased(scene, move, (start.zoom,), (end.zoom,)),
    )
