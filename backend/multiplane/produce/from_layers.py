"""A shot from a drawing in layers: they are set in depth, and what they hide is filled."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.contract.manifest import NO_MODEL, ModelEntry, NoticeEntry
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import nearness_in_order
from multiplane.intake.drawn_layers import load_layers
from multiplane.intake.shot_source import LayeredDrawing
from multiplane.layers.artist_layers import artist_stack, fill_hidden, visible_shares
from multiplane.produce.finished import CutPicture
from multiplane.produce.from_drawing import with_room
from multiplane.produce.job import ShotJob
from multiplane.produce.notices import noting
from multiplane.produce.photoshop import as_photoshop_shows_it
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio


def cut_from_layers(
    job: ShotJob, drawing: LayeredDrawing, studio: Studio, overscan: float, steps: Steps
) -> CutPicture:
    """The artist's layers, ordered in depth, filled, and continued beyond their edges.

    The artist's stacking order stays; the depth model only says how far apart they stand. No
    other model is loaded. Raises InputError of the layers' readers, Failure of the depth model.
    """
    told: list[NoticeEntry] = []
    drawn = load_layers(drawing, warn=noting(told))
    stack = artist_stack(drawn.layers, drawn.size)
    notices: tuple[NoticeEntry, ...] = ()
    difference: NDArray[np.uint8] | None = None
    if drawn.photoshop is not None:
        stack, notices, difference = as_photoshop_shows_it(stack, drawn.photoshop)

    studio.show(stack.picture)
    steps.begin("depth")
    nearness = estimate_nearness(studio.depth_model, stack.picture)
    shares = visible_shares(stack)

    steps.begin("fill")
    small = cv2.resize(nearness, shares.shape[:0:-1], interpolation=cv2.INTER_AREA)
    layers = fill_hidden(stack, nearness_in_order(shares, np.asarray(small, np.float32)))
    notices = (*notices, *told)
    steps.warn_all(notices)
    cut = CutPicture(
        prompt=None,
        model=ModelEntry(name=NO_MODEL, seed=job.seed),
        picture=stack.picture,
        nearness=nearness,
        layers=layers,
        notices=notices,
        difference=difference,
    )
    return with_room(cut, job, overscan)
