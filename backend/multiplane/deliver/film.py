"""The frames of a staged shot, with depth of field where it has some and motion blur on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from multiplane.deliver.compositor import Compositor, Painted, Rgba
from multiplane.stage.shot import Staged

SHUTTER_DEGREES = 180.0
"""After Effects' default: the shutter is open for half of a frame's time, centred on the frame."""


def film(
    staged: Staged,
    layers: Sequence[Painted],
    *,
    motion_samples: int = 1,
    shutter: float = SHUTTER_DEGREES,
    only: str | None = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> Iterator[Rgba]:
    """Every frame of the shot, one after the other: (H, W, 4) sRGB, premultiplied.

    ``motion_samples`` > 1: the mean of so many instants while the shutter is open (``shutter``
    in degrees, 360 is a whole frame). ``only``: the id of the one plane to show. ``on_frame(done,
    total)`` is called after each frame. Raises ValueError for numbers out of bounds or an unknown
    plane.
    """
    if motion_samples < 1 or not 0.0 < shutter <= 720.0:
        raise ValueError(f"{motion_samples} samples, shutter {shutter} degrees")
    shown = [i for i, plane in enumerate(staged.planes) if only is None or plane.id == only]
    if not shown:
        raise ValueError(f"there is no plane {only!r}")
    compositor = Compositor(
        [staged.planes[i] for i in shown],
        [layers[i] for i in shown],
        staged.comp,
        staged.path(),
    )
    total = staged.comp.duration_frames
    offsets = shutter_offsets(motion_samples, shutter)
    for number in range(total):
        path = staged.camera.at(number + offsets, staged.comp.fps)
        if motion_samples == 1 or _rests(path.positions, path.points_of_interest, path.zooms):
            yield compositor.frame(path[len(path) // 2])
        else:
            yield _mean([compositor.frame(camera) for camera in path])
        if on_frame is not None:
            on_frame(number + 1, total)


def shutter_offsets(samples: int, shutter: float) -> NDArray[np.float64]:
    """Instants, in frames, at which an open shutter is sampled; 0 for a single sample."""
    return ((np.arange(samples) + 0.5) / samples - 0.5) * shutter / 360.0


def straight(frame: Rgba) -> Rgba:
    """A premultiplied frame (H, W, 4) with straight alpha."""
    alpha = frame[..., 3]
    # Clear pixels have no colour, opaque ones their own: few are between.
    soft = (alpha > 0) & (alpha < 255)
    colour = frame[soft, :3] * (np.float32(255.0) / alpha[soft, None])
    result = frame.copy()
    result[soft, :3] = np.rint(np.minimum(colour, 255.0)).astype(np.uint8)
    return result


def _rests(*values: NDArray[np.float64]) -> bool:
    return all(bool((np.ptp(column, axis=0) < 1e-9).all()) for column in values)


def _mean(frames: list[Rgba]) -> Rgba:
    total = np.zeros(frames[0].shape, np.uint16)
    for frame in frames:
        total += frame
    return ((total + len(frames) // 2) // len(frames)).astype(np.uint8)
