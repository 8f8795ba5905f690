"""Framing by rectangle: what part of the picture the camera shows, and how it comes to show it.

A rectangle is filled by moving the camera, so that near and far part as in any move: at distance
d a frame of W px shows W d / Z px of a plane (Z the zoom), so the part s of a plane at depth z is
shown from d = s (Z0 + z). Nearer to the comp plane than `CLOSEST` the camera stops, and the lens
does the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from multiplane.contract.storyboard import CameraMove
from multiplane.stage.camera import Camera, rest_scale
from multiplane.stage.overscan import TOLERANCE
from multiplane.stage.planes import Plane
from multiplane.stage.registry import SceneScale
from multiplane.stage.view import WHOLE, View, view_of

CLOSEST = 0.4
"""Distance from the comp plane at which a camera stops, in units of its distance at rest."""
_STEPS = 40


def framing_depth(scene: SceneScale) -> float:
    """Depth (z), px, of the plane that rectangles lie on: that in focus, else the nearest."""
    return scene.focus[0] if scene.focus else scene.nearest


def camera_for(scene: SceneScale, view: View) -> Camera:
    """The camera whose frame is filled by ``view`` of the plane that rectangles lie on."""
    z = framing_depth(scene)
    k = rest_scale(z, scene.zoom)
    distance = max(view.size * k * scene.zoom, z + CLOSEST * scene.zoom)
    width, height = scene.comp.width, scene.comp.height
    x = width / 2.0 + (view.x - 0.5) * width * k
    y = height / 2.0 + (view.y - 0.5) * height * k
    return Camera((x, y, z - distance), (x, y, z), distance / (view.size * k))


def fit_framing(
    move: CameraMove, scene: SceneScale, planes: Sequence[Plane]
) -> tuple[SceneScale, tuple[str, ...]]:
    """The scene with views that show no edge of ``planes``, and a sentence for each changed.

    A view is moved as little as possible; one that fits nowhere is made smaller first. The camera
    looks straight ahead on the way between two views, and what it sees of a plane is nowhere
    larger than on the straight way between what it sees at the ends: clean ends, clean move.
    """
    if move.framing is None:
        return scene, ()
    said, views = [], []
    for name, rect in (("start", move.framing.start), ("end", move.framing.end)):
        asked = view_of(rect)
        view = fit_view(asked, scene, planes)
        views.append(view)
        if view != asked:
            said.append(
                f"The framing's {name} would show an edge of the picture, so its rectangle "
                f"{asked} became {view} (x, y, width, height)."
            )
    return replace(scene, views=(views[0], views[1])), tuple(said)


def fit_view(asked: View, scene: SceneScale, planes: Sequence[Plane]) -> View:
    """The view nearest to ``asked`` (moved, and if need be smaller) that shows no edge."""
    view = _moved(asked, scene, planes)
    if view is not None:
        return view
    # The whole frame at rest shows no edge, so nothing that large or smaller need fail.
    fits, fails = min(1.0, asked.size), asked.size
    for _ in range(_STEPS):
        middle = (fits + fails) / 2.0
        if _moved(View(asked.x, asked.y, middle), scene, planes) is None:
            fails = middle
        else:
            fits = middle
    return _moved(View(asked.x, asked.y, fits), scene, planes) or WHOLE


def _moved(view: View, scene: SceneScale, planes: Sequence[Plane]) -> View | None:
    """``view`` moved until it shows no edge; None when it is too large for that."""
    camera = camera_for(scene, view)
    sides = (scene.comp.width, scene.comp.height)
    place = []
    for axis, side in enumerate(sides):
        low, high = -math.inf, math.inf
        for plane in planes:
            half = side / 2.0 * (plane.z - camera.position[2]) / camera.zoom
            for start, end in plane.limits(axis):
                low, high = max(low, start + half), min(high, end - half)
        if low > high + TOLERANCE:
            return None
        wanted = camera.position[axis]
        slack = TOLERANCE / 2.0
        inside = low - slack <= wanted <= high + slack
        place.append(wanted if inside else min(max(wanted, low), max(low, high)))
    k = rest_scale(framing_depth(scene), scene.zoom)
    if place == list(camera.position[:2]):
        return view
    x, y = (0.5 + (at - side / 2.0) / (side * k) for at, side in zip(place, sides, strict=True))
    return View(x, y, view.size)
