"""Layers set up as planes in the comp: depth from nearness, and rest compensation.

The nearest subject stands in the comp plane (z = 0), the background at z = ``depth_range``, all
others between them; what is equally near stands in one plane. Every plane is scaled *and* moved by
k = (Z0 + z) / Z0, so that the camera at rest sees the picture exactly as it was painted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import Comp
from multiplane.stage.camera import Matrix, rest_position, rest_scale

DEPTH_RANGE_OF_ZOOM = 0.75
"""Distance between comp plane and background, in units of the zoom."""
SMALLEST_GAP = 0.08
"""Least difference of neighbouring planes, in units of the whole range of inverse depth."""
ROUNDING = 1e-7
"""By so much, px, a background may miss the frame's edge and still be said to reach it."""


class StageLayer(Protocol):
    """What staging needs to know of a layer (`layers.stack.Layer` has it)."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def bbox(self) -> tuple[int, int, int, int]: ...
    @property
    def nearness(self) -> float: ...


@dataclass(frozen=True)
class Plane:
    """A layer in the comp. Lengths px; ``position`` and ``picture`` in the world."""

    id: str
    nearness: float  # 0 far, 1 near
    size: tuple[int, int]  # px of the layer's own picture
    position: tuple[float, float, float]  # of the anchor
    anchor: tuple[float, float]  # px in the layer's own picture
    scale: tuple[float, float]  # percent
    picture: tuple[float, float, float, float]  # left, top, right, bottom of the whole picture
    bleeds: tuple[bool, bool, bool, bool]  # content is cut off there: left, top, right, bottom
    last: tuple[bool, bool, bool, bool] = (False,) * 4  # nothing is behind it beyond this side

    @property
    def z(self) -> float:
        return self.position[2]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the layer itself in the world, px."""
        (x, y, _), (w, h) = self.position, self.size
        sx, sy = self.scale[0] / 100.0, self.scale[1] / 100.0
        left, top = x - sx * self.anchor[0], y - sy * self.anchor[1]
        return left, top, left + sx * w, top + sy * h

    def limits(self, axis: int) -> Iterator[tuple[float, float]]:
        """What the frame may show of the world at this depth along ``axis`` (0: x, 1: y), px.

        From the first to the second; infinite where it may show all.
        """
        for cut, ends in ((self.bleeds, self.picture), (self.last, self.box)):
            if cut[axis] or cut[axis + 2]:
                yield (
                    ends[axis] if cut[axis] else -math.inf,
                    ends[axis + 2] if cut[axis + 2] else math.inf,
                )

    def to_world(self) -> Matrix:
        """Affine map (2, 3) from the layer's own px (corners at integers) to world x, y."""
        sx, sy = self.scale[0] / 100.0, self.scale[1] / 100.0
        return np.array(
            [
                [sx, 0.0, self.position[0] - sx * self.anchor[0]],
                [0.0, sy, self.position[1] - sy * self.anchor[1]],
            ]
        )


def covering_scale(picture_size: tuple[int, int], comp: Comp, overscan: float) -> float:
    """s0: comp px per picture px so that the picture covers the frame times ``overscan``."""
    return max(comp.width * overscan / picture_size[0], comp.height * overscan / picture_size[1])


def place_planes(
    layers: Sequence[StageLayer],
    picture_size: tuple[int, int],
    comp: Comp,
    *,
    zoom: float,
    depth_range: float,
    overscan: float = 1.0,
) -> tuple[Plane, ...]:
    """Planes for ``layers`` (back to front), the picture centred in the frame.

    ``zoom`` is the rest camera's, so also its distance from z = 0, px. Raises ValueError for
    bounds that make no plane (overscan below 1, depth range not above 0).
    """
    if overscan < 1.0 or depth_range <= 0.0 or zoom <= 0.0:
        raise ValueError(f"overscan {overscan}, depth range {depth_range}, zoom {zoom}")
    depths = depths_from_nearness(
        [layer.nearness for layer in layers],
        [index == 0 and layer.kind == "background" for index, layer in enumerate(layers)],
        near_distance=zoom,
        far_distance=zoom + depth_range,
    )
    base = covering_scale(picture_size, comp, overscan)
    planes = [
        _place(layer, float(distance - zoom), picture_size, comp, zoom, base)
        for layer, distance in zip(layers, depths, strict=True)
    ]
    if planes and layers[0].kind == "background":
        planes[0] = _as_ground(planes[0], comp, zoom)
    return tuple(planes)


def overscan_of(
    scale: float, z: float, picture_size: tuple[int, int], comp: Comp, zoom: float
) -> float:
    """The overscan with which a plane at depth ``z`` (px) got its ``scale`` (percent)."""
    base = scale / 100.0 / rest_scale(z, zoom)
    return max(1.0, base / covering_scale(picture_size, comp, 1.0))


def depths_from_nearness(
    nearness: Sequence[float],
    is_background: Sequence[bool],
    *,
    near_distance: float,
    far_distance: float,
) -> NDArray[np.float64]:
    """Distances from the rest camera, px, back to front, decreasing from plane to plane.

    Neighbours of equal nearness stand in one plane. Depth models give inverse depth up to scale
    and shift (MiDaS, Depth Anything), so distances interpolate in 1/d. Backgrounds stand at
    ``far_distance``, the front-most plane (or one alone, if it is no background) at
    ``near_distance``. Where the nearness contradicts the given order, or hardly differs, the order
    counts and planes keep a small gap.
    """
    if len(nearness) == 0:
        return np.zeros(0)
    everything = np.asarray(nearness, dtype=np.float64)
    first = np.append(True, np.diff(everything) != 0.0)
    plane = np.cumsum(first) - 1
    values = everything[first]
    behind = np.asarray(is_background, dtype=bool)[first]
    count = len(values)
    subjects = np.flatnonzero(~behind)
    share = np.zeros(count)
    if subjects.size:
        low = values[behind].min() if behind.any() else values[subjects].min()
        span = values[subjects].max() - low
        share[subjects] = np.clip((values[subjects] - low) / span, 0, 1) if span > 0 else 0.5
        gap = min(SMALLEST_GAP, 0.5 / count)
        for i in range(1, count):
            share[i] = max(share[i], share[i - 1] + gap)
        share[-1] = 1.0
        for i in range(count - 2, -1, -1):
            share[i] = min(share[i], share[i + 1] - gap)
    distances = 1.0 / ((1.0 - share) / far_distance + share / near_distance)
    return np.asarray(distances[plane])


def _place(
    layer: StageLayer,
    z: float,
    picture_size: tuple[int, int],
    comp: Comp,
    zoom: float,
    base: float,
) -> Plane:
    x, y, w, h = layer.bbox
    width, height = picture_size
    k = rest_scale(z, zoom)
    anchor = (w / 2.0, h / 2.0)
    middle = (
        comp.width / 2.0 + (x + anchor[0] - width / 2.0) * base,
        comp.height / 2.0 + (y + anchor[1] - height / 2.0) * base,
    )
    half = (width / 2.0 * base * k, height / 2.0 * base * k)
    centre = (comp.width / 2.0, comp.height / 2.0)
    return Plane(
        id=layer.id,
        nearness=float(layer.nearness),
        size=(w, h),
        position=rest_position(middle, z, zoom, comp.width, comp.height),
        anchor=anchor,
        scale=(100.0 * base * k, 100.0 * base * k),
        picture=(
            centre[0] - half[0],
            centre[1] - half[1],
            centre[0] + half[0],
            centre[1] + half[1],
        ),
        bleeds=(x <= 0, y <= 0, x + w >= width, y + h >= height),
    )


def _as_ground(plane: Plane, comp: Comp, zoom: float) -> Plane:
    """A background that ends inside the picture still has to fill the frame where it does at rest.

    What it leaves open at rest belongs to the drawing, and no camera can mend it.
    """
    k = rest_scale(plane.z, zoom)
    half = (comp.width / 2.0, comp.height / 2.0)
    left, top, right, bottom = plane.box
    covers = (
        left <= half[0] * (1.0 - k) + ROUNDING,
        top <= half[1] * (1.0 - k) + ROUNDING,
        right >= half[0] * (1.0 + k) - ROUNDING,
        bottom >= half[1] * (1.0 + k) - ROUNDING,
    )
    ends = zip(covers, plane.bleeds, strict=True)
    a, b, c, d = (covered and not cut for covered, cut in ends)
    return replace(plane, last=(a, b, c, d))
