"""The bundled model's `AutoencoderKL`: 8 x 8 px and 3 colours become 16 numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch.nn import functional

from multiplane_study.training.autoencoder_start import start_from_components
from multiplane_study.training.checkpoint import Checkpoint

LATENT_CHANNELS = 16
BLOCK = 8
"""px of the side of what becomes one latent."""
NORM_GROUPS = 1
"""One channel a group, where there are only 8 channels, would remove each channel's mean colour."""
SMALL_CROP, SMALL_BATCH = 64, 16
LARGE_CROP, LARGE_BATCH = 160, 3
LARGE_SHARE = 0.15
NOISE = 0.05
"""Most steps see small crops, of which a processor can do many; the last ones large crops, since
group normalisation takes its statistics over the whole picture. `NOISE` on the latents, in their
deviations, makes the decoder forgive a painter."""
BORDERS, SQUARED = 1.0, 2.0
"""Weights of the gradients across the blocks' borders and of squared errors."""
WARM_UP = 0.05
"""Share of the steps in which the rate rises; in the others it falls, as a cosine."""


def new_autoencoder() -> AutoencoderKL:
    """An untrained autoencoder of the bundled model's shape (about 1.5 million parameters)."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 16, 48, 96),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=NORM_GROUPS,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
        scaling_factor=1.0,
        shift_factor=0.0,
    )


def to_tensor(pictures: NDArray[np.uint8], device: torch.device | str = "cpu") -> torch.Tensor:
    """(N, H, W, 3) uint8 to (N, 3, H, W) float32 in -1..1, on `device`."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)


def _crops(
    pictures: list[NDArray[np.uint8]], count: int, side: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    crops = []
    for _ in range(count):
        group = pictures[random.integers(len(pictures))]
        picture = group[random.integers(len(group))]
        top = random.integers(picture.shape[0] - side + 1)
        left = random.integers(picture.shape[1] - side + 1)
        crops.append(picture[top : top + side, left : left + side])
    return np.stack(crops)


def _edges(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return image[..., 1:, :] - image[..., :-1, :], image[..., :, 1:] - image[..., :, :-1]


def reconstruction_loss(restored: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
    """Error of the colours, of their blocks' means, of their gradients and of the blocks' borders.

    The means' share makes colours right early, the gradients' share keeps ink lines sharp, which
    a plain L1 averages away. Gradients across the borders of the blocks count once more: wrong
    ones are a grid.
    """
    loss = functional.l1_loss(restored, original) + SQUARED * functional.mse_loss(
        restored, original
    )
    means = functional.avg_pool2d(restored, BLOCK), functional.avg_pool2d(original, BLOCK)
    loss = loss + 2.0 * functional.l1_loss(*means)
    for axis, ours, theirs in zip((2, 3), _edges(restored), _edges(original), strict=True):
        borders = torch.arange(BLOCK - 1, ours.shape[axis], BLOCK, device=ours.device)
        wrong = (ours - theirs).abs()
        loss = loss + wrong.mean() + BORDERS * wrong.index_select(axis, borders).mean()
    return loss


@torch.no_grad()
def fit_encoder(pictures: list[NDArray[np.uint8]], seed: int = 0) -> AutoencoderKL:
    """An autoencoder whose encoder is done and whose decoder is about to learn.

    `scaling_factor` and `shift_factor` are set so that latents have mean 0 and deviation 1.
    """
    torch.manual_seed(seed)
    model = new_autoencoder()
    crops = to_tensor(_crops(pictures, 400, SMALL_CROP, np.random.default_rng(seed)))
    start_from_components(model, crops)
    latents = model.encode(crops).latent_dist.mode()
    model.register_to_config(
        shift_factor=float(latents.mean()), scaling_factor=1.0 / float(latents.std())
    )
    return model


def _factor(share: float) -> float:
    """Of the rate, when a share of the steps is done."""
    if share < WARM_UP:
        return 0.04 + 0.96 * share / WARM_UP
    return 0.5 + 0.5 * float(np.cos(np.pi * min(1.0, (share - WARM_UP) / (1 - WARM_UP))))


def train_decoder(
    model: AutoencoderKL,
    pictures: list[NDArray[np.uint8]],
    folder: Path,
    *,
    steps: int,
    seed: int = 0,
    rate: float = 2e-3,
    on_step: Callable[[int, int, float], None] | None = None,
) -> None:
    """Train the decoder on random crops; resumes from `folder`'s checkpoint.

    Args:
        pictures: groups of pictures, each (N, H, W, 3) uint8 of one size; some with sides
            of 160 px and more.
        folder: where checkpoints lie.
        steps: how many in all, those of an earlier run included.
    """
    model.requires_grad_(False)
    model.decoder.requires_grad_(True)
    optimizer = torch.optim.AdamW(
        model.decoder.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.0
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _factor(step / steps))
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    checkpoint = Checkpoint(folder / "autoencoder.pt", parts)
    start = checkpoint.load()
    random = np.random.default_rng(seed + start)
    large_enough = [group for group in pictures if min(group.shape[1:3]) >= LARGE_CROP]
    for step in range(start, steps):
        large = step >= steps * (1 - LARGE_SHARE)
        count, side = (LARGE_BATCH, LARGE_CROP) if large else (SMALL_BATCH, SMALL_CROP)
        images = to_tensor(_crops(large_enough if large else pictures, count, side, random))
        with torch.no_grad():
            latents = model.encode(images).latent_dist.mode()
        noise = NOISE / model.config.scaling_factor * torch.randn_like(latents)
        loss = reconstruction_loss(model.decode(latents + noise).sample, images)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if on_step:
            on_step(step + 1, steps, float(loss.detach()))
        checkpoint.save_when_due(step + 1, steps)
    model.eval()


@torch.no_grad()
def encode_all(
    model: AutoencoderKL,
    pictures: NDArray[np.uint8],
    *,
    batch: int = 16,
    on_progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float16]:
    """Latents (N, 16, H / 8, W / 8) of pictures (N, H, W, 3), standardised, as float16."""
    scale, shift = model.config.scaling_factor, model.config.shift_factor
    latents = []
    for start in range(0, len(pictures), batch):
        images = to_tensor(pictures[start : start + batch], model.device)
        mode = model.encode(images).latent_dist.mode()
        latents.append(((mode - shift) * scale).half().cpu().numpy())
        if on_progress:
            on_progress(min(start + batch, len(pictures)), len(pictures))
    return np.concatenate(latents)


@torch.no_grad()
def restoration_psnr(model: AutoencoderKL, pictures: NDArray[np.uint8]) -> float:
    """Mean peak signal-to-noise ratio in dB of pictures that went through the autoencoder."""
    ratios = []
    for picture in pictures:
        image = to_tensor(picture[None])
        restored = model.decode(model.encode(image).latent_dist.mode()).sample
        error = float(functional.mse_loss(restored.clamp(-1, 1), image)) / 4.0
        ratios.append(-10.0 * float(np.log10(max(error, 1e-10))))
    return float(np.mean(ratios))
