"""A picture while it is painted: what the model believes at a step that it will be.

Nothing that paints is touched: the picture is bit-identical to one painted without anybody looking.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.models.load import Painter

_LOGGER = logging.getLogger(__name__)
_LONG_SIDE = 512  # px that a preview should not go beyond
_SHRINKS = (2, 3, 4)


@dataclass(frozen=True)
class StepPreview:
    """picture: uint8 (h, w, 3) sRGB. done: steps that it has taken, of `total`."""

    picture: NDArray[np.uint8]
    done: int
    total: int


@contextmanager
def step_previews(
    painter: Painter,
    show: Callable[[StepPreview], None],
    *,
    wanted: Callable[[], bool] = lambda: True,
    every_s: float = 1.0,
    share: float = 0.1,
    shrink: int | None = None,
) -> Iterator[None]:
    """While open, call `show` with previews of all that `painter` paints.

    wanted: asked at every step; where it is false, the step costs nothing.
    every_s: seconds between two previews, at least.
    share: of the time that previews may take, 0 to 1, however slow decoding is.
    shrink: how many times smaller than the picture, from 1; None for what suits its size, 2 to 4.

    What `show` raises stops the painting. What goes wrong in making a preview does not: there are
    no more of them then. The scheduler is as it was once this is closed.
    """
    pipeline, family = painter.pipeline, painter.family
    layout = family.layout
    call: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})  # of the denoiser, the last one

    def called(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        nonlocal call
        call = (args, kwargs)

    scheduler = pipeline.scheduler
    smaller = _fitting if shrink is None else lambda _: shrink
    original = scheduler.step
    due, broken = 0.0, False

    @functools.wraps(original)
    def step(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal due, broken
        stepped = original(model_output, timestep, sample, *args, **kwargs)
        if broken or time.monotonic() < due or not wanted():
            return stepped
        began = time.monotonic()
        try:
            grid = layout.read_call(pipeline, *call).pictures[0].grid
            picture = family.preview(pipeline, sample, model_output, grid, smaller)
        except (RuntimeError, MemoryError):
            # Most likely memory: what is left of it is for the picture.
            _LOGGER.warning("No more previews of this picture", exc_info=True)
            broken = True
            return stepped
        ended = time.monotonic()
        due = ended + max(every_s, (ended - began) * (1.0 / share - 1.0))
        show(StepPreview(picture, int(scheduler.step_index), len(scheduler.timesteps)))
        return stepped

    own = scheduler.__dict__.get("step")
    scheduler.step = step
    hook = layout.denoiser(pipeline).register_forward_pre_hook(called, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()
        if own is None:
            del scheduler.step
        else:
            scheduler.step = own


def _fitting(longest: int) -> int:
    """How many times smaller a picture of `longest` px must be."""
    return next((times for times in _SHRINKS if longest / times <= _LONG_SIDE), _SHRINKS[-1])
