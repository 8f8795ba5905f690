"""What all flow-matching models share (Lipman et al. 2023, Flow Matching for Generative Modeling).

Noise goes a straight way: x(sigma) = (1 - sigma) picture + sigma noise, and the model predicts the
velocity noise - picture.
"""

from __future__ import annotations

from typing import Any

from multiplane.models.families.layout import Schedule


def schedule(scheduler: Any) -> Schedule | None:
    """The loop that a `FlowMatchEulerDiscreteScheduler` stands in; None before and after.

    Its timesteps are sigma * num_train_timesteps. Its step index is None until the loop's first
    step is made, and the number of steps once the loop has ended.
    """
    begin = getattr(scheduler, "begin_index", None) or 0
    index = getattr(scheduler, "step_index", None)
    index = begin if index is None else int(index)
    if index >= len(scheduler.timesteps):
        return None
    scale = float(scheduler.config.num_train_timesteps)
    timesteps = scheduler.timesteps[begin:].tolist()
    return Schedule(sigmas=tuple(t / scale for t in timesteps), step=index - begin)


def noised(latent: Any, sigma: float, seed: int) -> Any:
    """`latent` with noise of `seed`, the same on every device: (1 - sigma) latent + sigma noise."""
    import torch

    noise = torch.randn(latent.shape, generator=torch.Generator("cpu").manual_seed(seed))
    return (1.0 - sigma) * latent + sigma * noise.to(latent.device)


def estimate(scheduler: Any, sample: Any, velocity: Any) -> Any:
    """What the picture will be, as the model believes at the step just made: x - sigma v.

    sample: before that step; velocity: what the scheduler got for it.
    """
    return sample - float(scheduler.sigmas[int(scheduler.step_index) - 1]) * velocity
