"""The way of a drawing: cut by a model or already cut by the artist, and carried on round about."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.events import StepName
from multiplane.contract.manifest import ModelEntry, NoticeEntry
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import nearness_in_order
from multiplane.intake.drawn_layers import DrawnStack
from multiplane.layers.extend import extend_nearness, extend_stack
from multiplane.layers.ready import fill_hidden, ready_stack, visible_shares
from multiplane.layers.stack import build_stack, recompose
from multiplane.produce.finished import CutPicture
from multiplane.produce.framing import room_around
from multiplane.produce.job import ShotJob
from multiplane.produce.photoshop import as_photoshop_shows_it
from multiplane.produce.studio import Studio

NO_MODEL = "none"
"""What the manifest names as the model of a drawing in which none looked for anything."""


def cut_ready(
    job: ShotJob, drawn: DrawnStack, studio: Studio, begin: Callable[[StepName], None]
) -> CutPicture:
    """The layers of an artist as the layers of a shot, ordered in depth and filled.

    The artist's stacking order stays; the depth model only says how far apart they stand. No
    other model is loaded. ``begin(step)`` hears of every step.
    """
    stack = ready_stack(drawn.layers, drawn.size)
    notices: tuple[NoticeEntry, ...] = ()
    difference: NDArray[np.uint8] | None = None
    if drawn.photoshop is not None:
        stack, notices, difference = as_photoshop_shows_it(stack, drawn.photoshop)
    begin("depth")
    nearness = estimate_nearness(studio.depth_model, stack.picture)
    shares = visible_shares(stack)
    begin("fill")
    small = cv2.resize(nearness, shares.shape[:0:-1], interpolation=cv2.INTER_AREA)
    layers = fill_hidden(stack, nearness_in_order(shares, np.asarray(small, np.float32)))
    return CutPicture(
        prompt=None,
        model=ModelEntry(name=NO_MODEL, seed=job.seed),
        picture=stack.picture,
        nearness=nearness,
        layers=layers,
        notices=notices,
        difference=difference,
    )


def one_plane(
    job: ShotJob, picture: NDArray[np.uint8], studio: Studio, begin: Callable[[StepName], None]
) -> CutPicture:
    """A drawing (H, W, 3) in which nothing is to be cut out: a background and its depth."""
    begin("depth")
    nearness = estimate_nearness(studio.depth_model, picture)
    begin("fill")
    return CutPicture(
        prompt=None,
        model=ModelEntry(name=NO_MODEL, seed=job.seed),
        picture=picture,
        nearness=nearness,
        layers=build_stack(picture, []),
    )


def with_room(cut: CutPicture, job: ShotJob, overscan: float) -> CutPicture:
    """A cut drawing carried on round about as far as `overscan` needs; its own pixels stay."""
    height, width = cut.picture.shape[:2]
    room = room_around((width, height), job.comp, overscan)
    layers = extend_stack(cut.layers, (width, height), room)
    if room == (0, 0):
        return dataclasses.replace(cut, layers=layers)
    x, y = room
    picture = recompose(layers, (width + 2 * x, height + 2 * y))
    picture[y : y + height, x : x + width] = cut.picture
    return dataclasses.replace(
        cut,
        picture=picture,
        nearness=extend_nearness(cut.nearness, room),
        layers=layers,
        drawing_area=(x, y, width, height),
    )
