"""Proof that no frame shows an edge of the picture: corner rays against planes, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from multiplane.contract.manifest import Comp
from multiplane.stage.camera import NEAR_CLIP, rest_scale
from multiplane.stage.path import CameraPath
from multiplane.stage.planes import Plane

TOLERANCE = 1e-6
"""Rounding allowed when the frame ends exactly on the picture's edge, px."""
SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Violation:
    """At ``frame`` the view leaves ``plane`` over its ``side`` by ``excess`` world px.

    ``side`` is "behind" when the plane, or a part that the frame looks at, is not before the
    camera.
    """

    frame: int
    plane: str
    side: str
    excess: float


def violations(path: CameraPath, planes: Sequence[Plane], comp: Comp) -> list[Violation]:
    """Every place where an edge would show; empty when the move is clean.

    A side of a plane counts only if its content is cut off there (``Plane.bleeds``): what ends
    inside the picture may pass through the frame. Planes must lie before the camera at all frames.
    """
    found: list[Violation] = []
    for plane in planes:
        view = path.footprints(comp.width, comp.height, plane.z)
        near = path.distances(plane.z) < NEAR_CLIP
        lost = near | (np.isnan(view).any(axis=(1, 2)) & any(plane.bleeds))
        found += [Violation(int(i), plane.id, "behind", np.inf) for i in np.flatnonzero(lost)]
        left, top, right, bottom = plane.picture
        excesses = (
            left - view[:, :, 0].min(axis=1),
            top - view[:, :, 1].min(axis=1),
            view[:, :, 0].max(axis=1) - right,
            view[:, :, 1].max(axis=1) - bottom,
        )
        for side, bleeds, excess in zip(SIDES, plane.bleeds, excesses, strict=True):
            if bleeds:
                over = np.flatnonzero(~lost & (excess > TOLERANCE))
                found += [Violation(int(i), plane.id, side, float(excess[i])) for i in over]
    return sorted(found, key=lambda v: (v.frame, v.plane))


def needed_overscan(path: CameraPath, depths: Sequence[float], comp: Comp, rest: float) -> float:
    """Smallest overscan with which pictures on planes at ``depths`` (z, px) never show an edge.

    ``rest`` is the rest camera's distance from z = 0, px. Infinite when a plane cannot be covered
    (it is behind the camera, or its horizon shows).
    """
    need = 1.0
    half = np.array([comp.width / 2.0, comp.height / 2.0])
    for z in depths:
        view = path.footprints(comp.width, comp.height, z)
        if np.isnan(view).any():
            return float("inf")
        reach = np.abs(view - half).max(axis=(0, 1)) / rest_scale(z, rest)
        need = max(need, float((reach / half).max()))
    return need


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
