"""Pictures with their truth, and the depth model's training loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from multiplane_study.training.autoencoder import to_tensor
from multiplane_study.training.checkpoint import Checkpoint
from multiplane_study.training.half_precision import half_precision

Loss = Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Examples:
    """Pictures (N, H, W, 3) uint8 of one size and their truth (N, H, W) uint8."""

    pictures: NDArray[np.uint8]
    truth: NDArray[np.uint8]


def halved(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, H, W, 3) at half the size, each pixel the mean of four."""
    count, height, width, _ = pictures.shape
    blocks = pictures.reshape(count, height // 2, 2, width // 2, 2, 3)
    return np.rint(blocks.mean(axis=(2, 4), dtype=np.float32)).astype(np.uint8)


def train_supervised(
    model: nn.Module,
    loss: Loss,
    examples: list[Examples],
    checkpoint: Path,
    *,
    steps: int,
    batch: int,
    rate: float,
    seed: int = 0,
    on_step: Callable[[int, int, float], None] | None = None,
) -> None:
    """AdamW with one cycle of rates; resumes from `checkpoint`. The model is left in eval mode."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=rate, total_steps=steps + 1, pct_start=0.1
    )
    saved = Checkpoint(checkpoint, {"model": model, "optimizer": optimizer, "schedule": schedule})
    start = saved.load()
    random = np.random.default_rng(seed + start)
    model.train().to(memory_format=torch.channels_last)
    for step in range(start, steps):
        group = examples[random.integers(len(examples))]
        members = random.integers(len(group.pictures), size=batch)
        pictures = to_tensor(group.pictures[members])
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        with half_precision():
            value = loss(model, pictures, torch.from_numpy(group.truth[members]))
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if on_step:
            on_step(step + 1, steps, float(value.detach()))
        saved.save_when_due(step + 1, steps)
    model.eval()
