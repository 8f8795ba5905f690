"""Pictures to latents and back, with an `AutoencoderKL`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def encode(pipeline: Any, picture: NDArray[np.uint8]) -> Any:
    """The picture's latent as the denoiser sees it: float32 (1, C, h, w), shifted and scaled.

    picture: uint8 (H, W, 3), its sides multiples of the pipeline's.
    """
    import torch

    vae = pipeline.vae
    pixels = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]
    pixels = (pixels.float() / 127.5 - 1.0).to(pipeline._execution_device, vae.dtype)
    latent = vae.encode(pixels).latent_dist.mode().float()
    return (latent - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor


def unscaled(pipeline: Any, latent: Any) -> Any:
    """A latent that the denoiser sees as the autoencoder gave it."""
    config = pipeline.vae.config
    return latent / config.scaling_factor + (config.shift_factor or 0.0)


def decoded(vae: Any, latent: Any, shrink: int) -> NDArray[np.uint8]:
    """The latent (1, C, h, w), as the autoencoder gave it, `shrink` times smaller: (h, w, 3) sRGB.

    It is shrunk before it is decoded, because decoding costs by the pixel.
    """
    import torch

    size = [max(1, side // shrink) for side in latent.shape[2:]]
    # The decoder itself, where it lies: to call the VAE would, where models take turns on the
    # device, throw the transformer off it.
    weight = next(vae.decoder.parameters())
    device = latent.device if weight.device.type == "meta" else weight.device
    with torch.no_grad():
        small = torch.nn.functional.interpolate(latent.float(), size=size, mode="area")
        small = small.to(device, vae.dtype)
        if vae.post_quant_conv is not None:
            small = vae.post_quant_conv(small)
        return levels(vae.decoder(small)[0])


def levels(pixels: Any) -> NDArray[np.uint8]:
    """A decoder's picture (3, h, w) in -1..1 as (h, w, 3) sRGB; what is no number is grey."""
    values = pixels.float().permute(1, 2, 0).cpu().numpy() * 127.5 + 127.5
    return np.rint(np.nan_to_num(values, nan=127.5).clip(0.0, 255.0)).astype(np.uint8)
