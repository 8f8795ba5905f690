"""What models that predict noise on a variance-preserving way share (Ho et al. 2020, DDPM).

x(t) = sqrt(a) picture + sqrt(1 - a) noise, with a = alphas_cumprod(t) falling from 1 to 0. Noise
levels are told as flow matching would call the same share of noise: sigma = s / (1 + s), with
s = sqrt((1 - a) / a), so that 0 is the picture, .5 as much noise as picture, and 1 noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.models.families.layout import Schedule


def levels(scheduler: Any, timesteps: Sequence[float]) -> NDArray[np.float64]:
    """The noise levels, 0..1, of times in 0..num_train_timesteps - 1, fractions between."""
    kept = _kept(scheduler)
    kept = np.interp(timesteps, np.arange(len(kept)), kept)
    shares = np.sqrt((1.0 - kept) / kept)
    return np.asarray(shares / (1.0 + shares))


def timestep_at(scheduler: Any, sigma: float) -> int:
    """The time whose noise level is nearest to `sigma`."""
    times = range(len(scheduler.alphas_cumprod))
    return int(np.abs(levels(scheduler, times) - sigma).argmin())


def schedule(scheduler: Any) -> Schedule | None:
    """The loop that the scheduler stands in; None before and after.

    Its step index is None until the first step is made, and the number of steps once it has ended.
    """
    index = getattr(scheduler, "step_index", None)
    index = (getattr(scheduler, "begin_index", None) or 0) if index is None else int(index)
    if index >= len(scheduler.timesteps):
        return None
    return Schedule(tuple(levels(scheduler, scheduler.timesteps.tolist()).tolist()), index)


def noised(scheduler: Any, latent: Any, timestep: int, seed: int) -> Any:
    """`latent` at `timestep`, with noise of `seed`, the same on every device."""
    import torch

    kept = float(scheduler.alphas_cumprod[timestep])
    noise = torch.randn(latent.shape, generator=torch.Generator("cpu").manual_seed(seed))
    return kept**0.5 * latent + (1.0 - kept) ** 0.5 * noise.to(latent.device)


def estimate(scheduler: Any, sample: Any, prediction: Any) -> Any:
    """What the picture will be, as the model believes at the step just made.

    sample: before that step, as the scheduler keeps it; prediction: what it got for the step.
    """
    made = int(scheduler.step_index) - 1
    if hasattr(scheduler, "sigmas"):
        share = float(scheduler.sigmas[made])
        kept = 1.0 / (1.0 + share**2)
        # Euler's is picture + s noise, and starts from more than noise of 1; DPM's is as above.
        scaled = sample if float(scheduler.init_noise_sigma) == 1.0 else sample * kept**0.5
    else:
        kept = float(scheduler.alphas_cumprod[int(scheduler.timesteps[made])])
        scaled = sample
    if scheduler.config.prediction_type == "v_prediction":
        return kept**0.5 * scaled - (1.0 - kept) ** 0.5 * prediction
    return (scaled - (1.0 - kept) ** 0.5 * prediction) / kept**0.5


def _kept(scheduler: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = scheduler.alphas_cumprod.double().cpu().numpy()
    return values
