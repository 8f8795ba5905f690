"""A camera over time: keyed properties, evaluated at frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from multiplane.contract.manifest import CameraEntry, Keyframe
from multiplane.stage.camera import NEAR_CLIP, Camera, view_axes
from multiplane.stage.easing import Key, evaluate, from_manifest, to_manifest
from multiplane.stage.rig import RigMove, rig_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CameraPath:
    """Cameras at N instants: positions and points_of_interest (N, 3) px, zooms (N,) px, rolls
    (N,) degrees, focus_distances and apertures (N,) px (aperture 0: everything is sharp)."""

    positions: Floats
    points_of_interest: Floats
    zooms: Floats
    rolls: Floats
    focus_distances: Floats
    apertures: Floats

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, index: int) -> Camera:
        x, y, z = (float(v) for v in self.positions[index])
        a, b, c = (float(v) for v in self.points_of_interest[index])
        return Camera(
            (x, y, z),
            (a, b, c),
            float(self.zooms[index]),
            roll=float(self.rolls[index]),
            focus_distance=float(self.focus_distances[index]),
            aperture=float(self.apertures[index]),
        )

    def __iter__(self) -> Iterator[Camera]:
        return (self[index] for index in range(len(self)))

    def footprints(self, width: float, height: float, z: float) -> Floats:
        """Where the rays through the frame's corners meet the plane at depth ``z``: (N, 4, 2) px.

        Clockwise from the top left. NaN for every corner of an instant at which some ray never
        meets the plane before the camera (the horizon is in the frame, or the plane is behind).
        """
        x, y = width / 2.0, height / 2.0
        corners = np.array([[-x, -y], [x, -y], [x, y], [-x, y]])
        rays = np.empty((len(self), 4, 3))
        rays[:, :, :2] = corners
        rays[:, :, 2] = self.zooms[:, None]
        rays = rays @ view_axes(self.positions, self.points_of_interest, self.rolls)
        reach = z - self.positions[:, 2]
        seen = (reach >= NEAR_CLIP) & (rays[:, :, 2] > 1e-9).all(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            along = reach[:, None] / rays[:, :, 2]
        points = self.positions[:, None, :2] + rays[:, :, :2] * along[:, :, None]
        points[~seen] = np.nan
        return np.asarray(points)

    def distances(self, z: float) -> Floats:
        """Distance along z from each camera to the plane at depth ``z``: (N,) px."""
        return np.asarray(z - self.positions[:, 2])


@dataclass(frozen=True)
class KeyedCamera:
    """A camera's keyed properties. Each has one key at least; a single key is a constant."""

    position: tuple[Key, ...]  # px, 3 numbers
    point_of_interest: tuple[Key, ...]  # px, 3 numbers
    zoom: tuple[Key, ...]  # px, 1 number
    roll: tuple[Key, ...] = (Key(0, (0.0,)),)  # degrees, 1 number
    focus_distance: tuple[Key, ...] = (Key(0, (0.0,)),)  # px, 1 number
    aperture: tuple[Key, ...] = (Key(0, (0.0,)),)  # px, 1 number; 0: everything is sharp
    rig: RigMove | None = None  # the same move with fewer keys, for hosts that have nulls

    def at(self, frames: ArrayLike, fps: float) -> CameraPath:
        """The cameras at ``frames`` (fractions are instants between frames)."""
        return CameraPath(
            evaluate(self.position, frames, fps, spatial=True),
            evaluate(self.point_of_interest, frames, fps, spatial=True),
            evaluate(self.zoom, frames, fps, spatial=False)[:, 0],
            *(
                evaluate(keys, frames, fps, spatial=False)[:, 0]
                for keys in (self.roll, self.focus_distance, self.aperture)
            ),
        )

    def keyframes(self) -> dict[str, list[Keyframe]]:
        """The manifest's form: position, point of interest and zoom; the rest where it is used."""
        keyed = {
            "position": self.position,
            "point_of_interest": self.point_of_interest,
            "zoom": self.zoom,
        }
        for name, keys in (
            ("roll", self.roll),
            ("focus_distance", self.focus_distance),
            ("aperture", self.aperture),
        ):
            if any(key.value != (0.0,) for key in keys):
                keyed[name] = keys
        return {name: [to_manifest(key) for key in keys] for name, keys in keyed.items()}


def camera_of(entry: CameraEntry) -> KeyedCamera:
    """The camera of a manifest, whole. Raises KeyError as `from_keyframes`."""
    return replace(from_keyframes(entry.keyframes, entry.zoom), rig=rig_of(entry.rig))


def from_keyframes(keyframes: dict[str, list[Keyframe]], zoom: float) -> KeyedCamera:
    """The camera of a manifest; ``zoom`` (px) counts where the manifest has no keys for it.

    Raises KeyError when position or point_of_interest is missing.
    """

    def keys(name: str, otherwise: float | None = None) -> tuple[Key, ...]:
        if otherwise is not None and not keyframes.get(name):
            return (Key(0, (otherwise,)),)
        return tuple(from_manifest(entry) for entry in keyframes[name])

    return KeyedCamera(
        position=keys("position"),
        point_of_interest=keys("point_of_interest"),
        zoom=keys("zoom", zoom),
        roll=keys("roll", 0.0),
        focus_distance=keys("focus_distance", 0.0),
        aperture=keys("aperture", 0.0),
    )
