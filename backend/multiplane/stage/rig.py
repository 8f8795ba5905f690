"""A move by a null that the camera hangs on, where the camera alone needs a key at every frame.

Hosts that have nulls and expressions take it instead of the baked keys, so that a designer can
retime an arc by moving two keys and dial a hand's sway. Everywhere else the baked keys count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import CameraRig, HandSway
from multiplane.stage.easing import Key, from_manifest, to_manifest

Vector = tuple[float, float, float]
CHANNELS = ("x", "y", "z", "look_x", "look_y", "roll")
"""Of a hand's sway: px of the null, px of the point of interest on top, degrees of the camera."""


Wave = tuple[float, float, float]
"""Amplitude, frequency (Hz) and phase (radians)."""


@dataclass(frozen=True)
class Waves:
    """A sum of sines."""

    parts: tuple[Wave, ...]

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum at these times: (T,)."""
        amplitudes, frequencies, phases = np.array(self.parts, np.float64).reshape(-1, 3).T
        angles = 2.0 * math.pi * seconds[:, None] * frequencies + phases
        return np.asarray(np.sin(angles) @ amplitudes)

    def scaled(self, factor: float) -> Waves:
        """The same sway, ``factor`` times as wide."""
        return Waves(tuple((a * factor, f, p) for a, f, p in self.parts))


@dataclass(frozen=True)
class Sway:
    """A hand's sway: ``time`` (s) is what the waves of each of `CHANNELS` are taken at."""

    time: tuple[Key, ...]
    waves: dict[str, Waves]


@dataclass(frozen=True)
class RigMove:
    """The null turns about ``pivot`` (px) by ``y_rotation`` (degrees) and sways.

    keys: of the camera under the null, instead of its own (by names of `KeyedCamera`).
    """

    pivot: Vector
    keys: dict[str, tuple[Key, ...]]
    y_rotation: tuple[Key, ...] = ()
    sway: Sway | None = None

    def entry(self) -> CameraRig:
        """The manifest's form."""
        return CameraRig(
            pivot=self.pivot,
            y_rotation=[to_manifest(key) for key in self.y_rotation],
            sway=None if self.sway is None else _sway_entry(self.sway),
            keyframes={
                name: [to_manifest(key) for key in keys] for name, keys in self.keys.items()
            },
        )


def rig_of(entry: CameraRig | None) -> RigMove | None:
    """The move of a manifest's camera by its null; None where it has none."""
    if entry is None:
        return None
    return RigMove(
        pivot=entry.pivot,
        keys={name: tuple(map(from_manifest, keys)) for name, keys in entry.keyframes.items()},
        y_rotation=tuple(map(from_manifest, entry.y_rotation)),
        sway=None if entry.sway is None else _sway_of(entry.sway),
    )


def _sway_entry(sway: Sway) -> HandSway:
    return HandSway(
        time=[to_manifest(key) for key in sway.time],
        waves={name: list(waves.parts) for name, waves in sway.waves.items()},
    )


def _sway_of(entry: HandSway) -> Sway:
    return Sway(
        time=tuple(map(from_manifest, entry.time)),
        waves={name: Waves(tuple(listed)) for name, listed in entry.waves.items()},
    )
