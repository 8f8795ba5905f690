"""Glimpses of a picture while it is painted: what the model believes at a step that it will be.

Flow matching goes a straight way x(sigma) = (1 - sigma) picture + sigma noise, so at any step the
picture is x - sigma v, with the velocity v that the scheduler gets (Lipman et al. 2023, Flow
Matching for Generative Modeling). That estimate is shrunk as a latent, because decoding costs by
the pixel, and decoded. Nothing that paints is touched: the picture is bit-identical to one painted
without anybody looking.
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

_LOGGER = logging.getLogger(__name__)
_LONG_SIDE = 512  # px that a glimpse should not go beyond
_SHRINKS = (2, 3, 4)


@dataclass(frozen=True)
class Glimpse:
    """picture: uint8 (h, w, 3) sRGB. done: steps that it has taken, of `total`."""

    picture: NDArray[np.uint8]
    done: int
    total: int


@contextmanager
def glimpses(
    pipeline: Any,
    show: Callable[[Glimpse], None],
    *,
    wanted: Callable[[], bool] = lambda: True,
    every_s: float = 1.0,
    share: float = 0.1,
    shrink: int | None = None,
) -> Iterator[None]:
    """While open, call `show` with glimpses of all that `pipeline` paints.

    pipeline: with a flow-match scheduler (`sigmas`, `step_index`) and an `AutoencoderKL`.
    wanted: asked at every step; where it is false, the step costs nothing.
    every_s: seconds between two glimpses, at least.
    share: of the time that glimpses may take, 0 to 1, however slow decoding is.
    shrink: by how much the latent is made smaller, from 1; None for what suits its size, 2 to 4.

    What `show` raises stops the painting. What goes wrong in making a glimpse does not: there are
    no more of them then. The scheduler is as it was once this is closed.
    """
    scheduler = pipeline.scheduler
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
            done = int(scheduler.step_index)
            estimate = sample - float(scheduler.sigmas[done - 1]) * model_output
            picture = _decoded(pipeline.vae, estimate[:1], shrink)
        except (RuntimeError, MemoryError):
            # Most likely memory: what is left of it is for the picture.
            _LOGGER.warning("No more glimpses of this picture", exc_info=True)
            broken = True
            return stepped
        ended = time.monotonic()
        due = ended + max(every_s, (ended - began) * (1.0 / share - 1.0))
        show(Glimpse(picture, done, len(scheduler.timesteps)))
        return stepped

    own = scheduler.__dict__.get("step")
    scheduler.step = step
    try:
        yield
    finally:
        if own is None:
            del scheduler.step
        else:
            scheduler.step = own


def _decoded(vae: Any, latent: Any, shrink: int | None) -> NDArray[np.uint8]:
    """The latent (1, C, h, w), as the transformer sees it, shrunk and decoded."""
    import torch

    if shrink is None:
        scale = 2 ** (len(vae.config.block_out_channels) - 1)
        longest = max(latent.shape[2:]) * scale
        shrink = next((one for one in _SHRINKS if longest / one <= _LONG_SIDE), _SHRINKS[-1])
    size = [max(1, side // shrink) for side in latent.shape[2:]]
    # The decoder itself, where it lies: to call the VAE would, where models take turns on the
    # device, throw the transformer off it.
    weight = next(vae.decoder.parameters())
    device = latent.device if weight.device.type == "meta" else weight.device
    with torch.no_grad():
        small = torch.nn.functional.interpolate(latent.float(), size=size, mode="area")
        small = small / vae.config.scaling_factor + vae.config.shift_factor
        small = small.to(device, vae.dtype)
        if vae.post_quant_conv is not None:
            small = vae.post_quant_conv(small)
        pixels = vae.decoder(small)[0].float().permute(1, 2, 0).cpu().numpy()
    levels = np.nan_to_num(pixels * 127.5 + 127.5, nan=127.5)
    return np.rint(levels.clip(0.0, 255.0)).astype(np.uint8)
