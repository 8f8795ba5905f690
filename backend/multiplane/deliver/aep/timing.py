"""Frames and seconds as After Effects counts them."""

from __future__ import annotations

import math
from fractions import Fraction

from multiplane.contract.errors import InputError

MAX_FPS, MAX_SECONDS = 99, 10_800
"""Bounds of a comp."""


def comp_rate(fps: float) -> Fraction:
    """The rate of a comp's frame grid: After Effects takes it to the thousandth, half up.

    23.976 and 24000/1001 both are 23976/1000. Source: measured by py-aep's author in After
    Effects 2026 (`frame_grid`). Raises InputError for a rate that a comp cannot have.
    """
    if not 1 <= fps <= MAX_FPS:
        raise InputError(
            code="deliver.aep.fps",
            message="After Effects' comps have 1 to {most} frames per second.",
            field="comp.fps",
            value=fps,
            remedy="Give the storyboard another fps.",
            values={"most": MAX_FPS},
        )
    return Fraction(math.floor(fps * 1000 + 0.5), 1000)


def seconds(frames: int, rate: Fraction) -> float:
    """When frame number ``frames`` begins, s. Raises InputError past a comp's longest time."""
    time = frames / rate
    if time > MAX_SECONDS:
        raise InputError(
            code="deliver.aep.duration",
            message="After Effects' comps last at most three hours.",
            field="comp.duration_frames",
            value=frames,
            remedy="Split the storyboard, or write one project a shot.",
        )
    return float(time)
