"""How the judge learns: from half-size pictures first, then from larger ones.

What kind a subject is shows at half the size too, where a lesson costs a quarter (progressive
resizing, as in Howard's "fast.ai DAWNBench" entry, 2018). The kernels of the levels learn by Muon;
stem, heads, attention and norms by AdamW.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from multiplane_study.training.autoencoder import to_tensor
from multiplane_study.training.checkpoint import Checkpoint
from multiplane_study.training.half_precision import half_precision
from multiplane_study.training.judge import SIDES_OF, Judge
from multiplane_study.training.muon import BatchedMuon
from multiplane_study.training.supervised import Examples

MUON_RATE = 0.02
RATE = 3e-3
WARM_UP_STEPS = 60
FALLING = 0.65
"""The last share of a training by steps has rates that fall linearly to zero."""
PHASES = ((0.35, 0.5, 48), (0.7, 0.75, 32), (1.0, 1.0, 20))
"""Up to what share of the steps, at what share of the pictures' size, so many a step."""
WINDOW = 1.25
"""Of wide pictures, before they are seen whole, a window so wide in picture heights."""
COARSE_WEIGHT = 0.15
"""Of the loss of each coarser level."""
PAINTED_SHARE = 0.75
"""Some lessons are brought to this size and back: painted pictures are softer than drawn ones."""


def draw_lessons(
    random: np.random.Generator, groups: Sequence[Examples], count: int, zoom: float = 1.0
) -> Examples:
    """Some pictures of one of the groups, mirrored or not, at `zoom` of their size.

    Of each group as many pixels are seen as of the others. Below the full size wide pictures give
    a window.
    """
    widths = np.array([group.pictures.shape[2] for group in groups])
    share = (1 / widths) / (1 / widths).sum()
    group = groups[random.choice(len(groups), p=share)]
    height, width = group.pictures.shape[1:3]
    side = round(height * zoom / SIDES_OF) * SIDES_OF
    aspect = min(width / height, WINDOW) if zoom < 1.0 else width / height
    columns = round(aspect * side / SIDES_OF) * SIDES_OF
    taken = min(width, columns * height // side)
    pictures = np.empty((count, side, columns, 3), np.uint8)
    truth = np.empty((count, side, columns), np.uint8)
    for row, member in enumerate(random.integers(len(group.pictures), size=count)):
        left = int(random.integers(width - taken + 1))
        window = np.s_[member, :, left : left + taken]
        size = (columns, side)
        picture = cv2.resize(group.pictures[window], size, interpolation=cv2.INTER_AREA)
        kinds = cv2.resize(group.truth[window], size, interpolation=cv2.INTER_NEAREST_EXACT)
        step = 1 if random.random() < 0.5 else -1
        pictures[row], truth[row] = picture[:, ::step], kinds[:, ::step]
    return Examples(pictures, truth)


def _softened(pictures: torch.Tensor) -> torch.Tensor:
    """Every fourth picture as soft as the painter's are."""
    soft = functional.interpolate(
        pictures[::4], scale_factor=PAINTED_SHARE, mode="bilinear", antialias=True
    )
    pictures = pictures.clone()
    pictures[::4] = functional.interpolate(soft, pictures.shape[-2:], mode="bicubic")
    return pictures


class JudgeTrainer:
    """A judge and what makes it learn, on the judge's device."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge.train().to(memory_format=torch.channels_last)
        kernels = [
            module.weight
            for part in (judge.down, judge.up)
            for module in part.modules()
            if isinstance(module, nn.Conv2d)
        ]
        known = {id(kernel) for kernel in kernels}
        self._others = [parameter for parameter in judge.parameters() if id(parameter) not in known]
        self.muon = BatchedMuon(kernels, lr=MUON_RATE)
        self.adam = torch.optim.AdamW(self._others, lr=RATE, weight_decay=0.01)

    def loss(self, lessons: Examples) -> torch.Tensor:
        """Cross-entropy per pixel, and per cell of the coarser levels with a small weight."""
        device = next(self.judge.parameters()).device
        pictures = _softened(to_tensor(lessons.pictures, device))
        truth = torch.from_numpy(lessons.truth).to(device).long()
        with half_precision(device.type):
            named, coarse = self.judge.named(pictures.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(named.float(), truth)
        for cells in coarse:
            size = truth.shape[-1] // cells.shape[-1]
            centres = truth[:, size // 2 :: size, size // 2 :: size]
            loss = loss + COARSE_WEIGHT * functional.cross_entropy(cells.float(), centres)
        return loss

    def learn(self, lessons: Examples, factor: float) -> torch.Tensor:
        """Take one step with rates times `factor`; returns the loss."""
        for optimizer, rate in ((self.muon, MUON_RATE), (self.adam, RATE)):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
        loss = self.loss(lessons)
        self.judge.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._others, 1.0)
        self.muon.step()
        self.adam.step()
        return loss.detach()


def train_judge(
    judge: Judge,
    groups: Sequence[Examples],
    checkpoint: Path,
    *,
    steps: int,
    seed: int = 0,
    on_step: Callable[[int, int, float], None] | None = None,
) -> None:
    """Train by steps; resumes from `checkpoint`. The judge is left in eval mode."""
    trainer = JudgeTrainer(judge)
    saved = Checkpoint(checkpoint, {"judge": judge, "muon": trainer.muon, "adam": trainer.adam})
    start = saved.load()
    random = np.random.default_rng(seed + start)
    for step in range(start, steps):
        zoom, count = next((zoom, count) for until, zoom, count in PHASES if step < until * steps)
        factor = min(1.0, (step + 1) / WARM_UP_STEPS, (1.0 - step / steps) / FALLING)
        loss = trainer.learn(draw_lessons(random, groups, count, zoom), factor)
        if on_step:
            on_step(step + 1, steps, float(loss))
        saved.save_when_due(step + 1, steps)
    judge.eval()
