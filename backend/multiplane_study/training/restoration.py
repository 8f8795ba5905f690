"""How good pictures come back from an autoencoder: noise, and the grid of its 8 x 8 px blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray

from multiplane_study.training.autoencoder import BLOCK, to_tensor

FLAT = 2.0
"""Levels of 255 by which neighbours differ at most where a picture counts as flat."""


@dataclass(frozen=True)
class Restoration:
    """Of some pictures, means over them.

    psnr: dB. border_steps, inner_steps: root mean square of the steps that the autoencoder put
    between neighbours that are alike in the picture, in levels of 255; across the borders of its
    blocks, and inside. Where the blocks cannot be seen both are the same.
    """

    psnr: float
    border_steps: float
    inner_steps: float

    @property
    def grid(self) -> float:
        """What of the steps across borders is the blocks' doing, in levels of 255."""
        return float(np.sqrt(max(0.0, self.border_steps**2 - self.inner_steps**2)))


@torch.no_grad()
def restoration(model: AutoencoderKL, pictures: NDArray[np.uint8]) -> Restoration:
    """Send pictures (N, H, W, 3), sides multiples of 8, through the autoencoder and look."""
    found = []
    for picture in pictures:
        image = to_tensor(picture[None], model.device)
        restored = model.decode(model.encode(image).latent_dist.mode()).sample.clamp(-1, 1)
        error = float((restored - image).square().mean()) / 4.0
        border, inner = _steps(restored * 127.5, image * 127.5)
        found.append((-10.0 * float(np.log10(max(error, 1e-10))), border, inner))
    psnr, border, inner = np.mean(found, axis=0)
    return Restoration(float(psnr), float(border), float(inner))


def by_kind(
    model: AutoencoderKL, pictures: Mapping[str, NDArray[np.uint8]]
) -> dict[str, Restoration]:
    """`restoration` of each kind of pictures, and of all kinds together as "all"."""
    each = {kind: restoration(model, some) for kind, some in pictures.items()}
    values = [(one.psnr, one.border_steps, one.inner_steps) for one in each.values()]
    return {**each, "all": Restoration(*np.mean(values, axis=0).tolist())}


def _steps(restored: torch.Tensor, picture: torch.Tensor) -> tuple[float, float]:
    """Root mean squares across the blocks' borders and inside, (1, 3, H, W) in levels of 255."""
    border, inner = [], []
    for axis in (-1, -2):
        true = picture.diff(dim=axis)
        wrong = (restored.diff(dim=axis) - true).square().mean(dim=1)
        flat = true.abs().amax(dim=1) <= FLAT
        at = torch.arange(wrong.shape[axis], device=wrong.device) % BLOCK == BLOCK - 1
        at = at if axis == -1 else at[:, None]
        border.append(wrong[flat & at])
        inner.append(wrong[flat & ~at])
    return tuple(  # type: ignore[return-value]
        float(torch.cat(some).mean().sqrt()) if sum(map(len, some)) else 0.0
        for some in (border, inner)
    )
