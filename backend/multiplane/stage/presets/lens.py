"""Presets of the lens: zooms, dolly zoom and focus."""

from __future__ import annotations

from dataclasses import replace

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.easing import Key
from multiplane.stage.moves import eased, moved, own_ease, resting, signed
from multiplane.stage.path import KeyedCamera
from multiplane.stage.presets.turn import blink
from multiplane.stage.registry import SceneScale, preset

DOLLY_ZOOM_OF_DEPTH = 0.3
ZOOM_BY, CRASH_BY = 0.2, 0.6
"""What amount 1 adds to the zoom, in units of it."""
CRASH_SECONDS = 0.25
CRASH_EASE = (40.0, 85.0)
APERTURE_OF_ZOOM = 0.0095
"""Aperture of amount 1 in units of the zoom: 25.3 px at 1920 px width, After Effects' default."""


@preset(
    "zoom_in",
    "The lens zooms in; near and far grow alike.",
    unit=f"zoom {1 + ZOOM_BY:g} times",
    strongest=5.0,
)
def zoom_in(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    return _zoomed(scene, move, 1.0, 1.0 + ZOOM_BY * amount)


@preset(
    "zoom_out",
    "The lens zooms out to the picture's own framing; near and far shrink alike.",
    unit=f"zoom {1 + ZOOM_BY:g} times",
    strongest=5.0,
)
def zoom_out(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    return _zoomed(scene, move, 1.0 + ZOOM_BY * amount, 1.0)


@preset(
    "crash_zoom",
    "The lens rests, snaps in in a quarter of a second and rests again.",
    unit=f"zoom {1 + CRASH_BY:g} times",
    strongest=3.0,
)
def crash_zoom(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    end = 1.0 + CRASH_BY * amount
    return _zoomed(scene, move, 1.0, end, blink(scene, move, CRASH_SECONDS))


@preset(
    "dolly_zoom",
    "The camera moves in while the lens zooms out: the subject in focus (without a name: the "
    "nearest) keeps its size, the rest of the space stretches.",
    unit=f"a dolly of {DOLLY_ZOOM_OF_DEPTH:g} of the depth range",
    strongest=3.0,
    directions=("in", "out"),
    takes=("ease", "focus"),
)
def dolly_zoom(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    reach = signed(move, "in") * DOLLY_ZOOM_OF_DEPTH * scene.depth_range * amount
    distance = scene.zoom + (scene.focus[0] if scene.focus else 0.0)
    rest = resting(scene)
    place, aim = rest.position[0].value, rest.point_of_interest[0].value
    # Size is zoom / distance. Both change linearly by the same ease, so it is constant at any
    # time, not only at the keys.
    return KeyedCamera(
        eased(scene, move, place, moved(place, (0.0, 0.0, reach))),
        eased(scene, move, aim, moved(aim, (0.0, 0.0, reach))),
        eased(scene, move, (scene.zoom,), (scene.zoom * (distance - reach) / distance,)),
    )


@preset(
    "rack_focus",
    "The focus goes from one subject to another (without names: from the nearest to the farthest).",
    unit="After Effects' usual aperture",
    strongest=6.0,
    takes=("ease", "focus"),
)
def rack_focus(scene: SceneScale, move: CameraMove, amount: float) -> KeyedCamera:
    near, far = scene.focus_depths
    return replace(
        resting(scene),
        focus_distance=eased(scene, move, (scene.zoom + near,), (scene.zoom + far,)),
        aperture=(Key(0, (APERTURE_OF_ZOOM * scene.zoom * amount,)),),
    )


def _zoomed(
    scene: SceneScale,
    move: CameraMove,
    start: float,
    end: float,
    within: tuple[int, int] | None = None,
) -> KeyedCamera:
    keys = eased(
        scene,
        move,
        (scene.zoom * start,),
        (scene.zoom * end,),
        within=within,
        ease=None if within is None else own_ease(move, CRASH_EASE),
    )
    return replace(resting(scene), zoom=keys)
