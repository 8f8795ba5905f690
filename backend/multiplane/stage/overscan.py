"""Proof that no frame shows an edge of the picture: corner rays against planes, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.stage.camera import NEAR_CLIP, rest_scale, view_axes
from multiplane.stage.path import CameraPath
from multiplane.stage.planes import Plane

TOLERANCE = 1e-6
"""Rounding allowed when the frame ends exactly on the picture's edge, px."""
Side = Literal["left", "top", "right", "bottom", "behind"]
SIDES: tuple[Side, ...] = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Violation:
    """At ``frame`` the view leaves ``plane`` over its ``side`` by ``excess`` world px.

    ``side`` is "behind" when the plane, a corner of its layer, or a part that the frame looks at
    is not before the camera.
    """

    frame: int
    plane: str
    side: Side
    excess: float


def violations(path: CameraPath, planes: Sequence[Plane], comp: Comp) -> list[Violation]:
    """Every place where an edge would show; empty when the move is clean.

    A side of a plane counts only if its content is cut off there (``Plane.bleeds``) or nothing is
    behind it (``Plane.last``: a hole would show); what ends inside the picture may pass through
    the frame. Planes must lie before the camera at all frames.
    """
    found: list[Violation] = []
    for plane in planes:
        view = path.footprints(comp.width, comp.height, plane.z)
        near = (path.distances(plane.z) < NEAR_CLIP) | _behind(path, plane)
        lost = near | (np.isnan(view).any(axis=(1, 2)) & any(plane.bleeds + plane.last))
        found += [Violation(int(i), plane.id, "behind", np.inf) for i in np.flatnonzero(lost)]
        low, high = view.min(axis=1), view.max(axis=1)
        for axis in (0, 1):
            for start, end in plane.limits(axis):
                for side, excess in (
                    (SIDES[axis], start - low[:, axis]),
                    (SIDES[axis + 2], high[:, axis] - end),
                ):
                    over = np.flatnonzero(~lost & (excess > TOLERANCE))
                    found += [Violation(int(i), plane.id, side, float(excess[i])) for i in over]
    return sorted(found, key=lambda v: (v.frame, v.plane))


def worst_of_each_side(found: Sequence[Violation]) -> tuple[Violation, ...]:
    """For each plane's side the frame that shows most beyond it; in the order of frames."""
    worst: dict[tuple[str, str], Violation] = {}
    for one in found:
        known = worst.get((one.plane, one.side))
        if known is None or one.excess > known.excess:
            worst[one.plane, one.side] = one
    return tuple(sorted(worst.values(), key=lambda one: (one.frame, one.plane, one.side)))


def needed_overscan(
    path: CameraPath, depths: Sequence[float], comp: Comp, rest: float
) -> tuple[float, float]:
    """Smallest overscan, across and down, with which pictures on planes at ``depths`` (z, px)
    never show an edge.

    ``rest`` is the rest camera's distance from z = 0, px. Infinite when a plane cannot be covered
    (it is behind the camera, or its horizon shows).
    """
    need = np.ones(2)
    half = np.array([comp.width / 2.0, comp.height / 2.0])
    for z in depths:
        view = path.footprints(comp.width, comp.height, z)
        if np.isnan(view).any():
            return float("inf"), float("inf")
        reach = np.abs(view - half).max(axis=(0, 1)) / rest_scale(z, rest)
        need = np.maximum(need, reach / half)
    return float(need[0]), float(need[1])


def largest_clean_amount(
    move: Callable[[float], CameraPath], planes: Sequence[Plane], comp: Comp, amount: float
) -> float:
    """The largest strength in 0..``amount`` of a move that shows no edge at any frame.

    ``move(strength)`` gives the cameras of all frames. Found by bisection (24 steps); the answer
    itself is always one that was proven, and 0 (the move at rest) at worst.
    """
    if not violations(move(amount), planes, comp):
        return amount
    clean, bad = 0.0, amount
    for _ in range(24):
        middle = (clean + bad) / 2.0
        if violations(move(middle), planes, comp):
            bad = middle
        else:
            clean = middle
    return clean


def _behind(path: CameraPath, plane: Plane) -> NDArray[np.bool_]:
    """(N,) whether a corner of the layer itself is not before the camera."""
    left, top, right, bottom = plane.box
    z = plane.z
    corners = np.array([[left, top, z], [right, top, z], [right, bottom, z], [left, bottom, z]])
    forward = view_axes(path.positions, path.points_of_interest, path.rolls)[:, 2]
    away = np.einsum("nkc,nc->nk", corners - path.positions[:, None], forward)
    return np.asarray((away < NEAR_CLIP).any(axis=1))
