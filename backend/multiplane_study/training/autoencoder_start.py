"""Where the autoencoder starts: an encoder that is the data's principal components.

From a random start a small autoencoder on a small budget spends most of it on finding the
colours, because group normalisation hides a picture's mean and scale from the layers behind it.
So the encoder is set, not trained: level by level, the 2 x 2 neighbourhoods' principal components
(Hotelling, 1933), with two constant channels that hold the normalisation's scale still and SiLU
used where it is nearly linear. The decoder starts by painting each 8 x 8 block's mean colour and
learns the rest.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.upsampling import Upsample2D
from torch import nn
from torch.nn import functional

COLOURS = 3
ANCHORS = 2  # the constant channels, one positive and one negative
CARRIED = COLOURS + ANCHORS
LINEAR = 4.0
"""SiLU(x + 4) is x + 4 within 0.08 for x in -2..2."""
GAIN = 1.5
QUIET_LOG_VARIANCE = -8.0
WHITENING = 0.5
"""Latents are divided by their deviation to this power; 1 would make fine detail as loud as
colour, 0 would drown it in the diffusion's noise."""


@torch.no_grad()
def start_from_components(model: AutoencoderKL, images: torch.Tensor) -> None:
    """Set encoder and decoder in place, from images (N, 3, H, W) in -1..1 (a few hundred crops)."""
    _silence_residuals(model)
    _set_encoder(model, images)
    latents = model.encode(images).latent_dist.mode()
    _set_decoder(model, images, latents)


def _silence_residuals(model: AutoencoderKL) -> None:
    for module in model.modules():
        if isinstance(module, ResnetBlock2D):
            nn.init.zeros_(module.conv2.weight)
            nn.init.zeros_(module.conv2.bias)


def _set_encoder(model: AutoencoderKL, images: torch.Tensor) -> None:
    encoder = model.encoder
    nn.init.zeros_(encoder.conv_in.weight)
    nn.init.zeros_(encoder.conv_in.bias)
    for channel in range(COLOURS):
        encoder.conv_in.weight[channel, channel, 1, 1] = 1.0
    features = images
    for block in encoder.down_blocks:
        for resnet in block.resnets:
            if resnet.conv_shortcut is not None:
                _pass_on(resnet.conv_shortcut, features.shape[1])
        for down in block.downsamplers or ():
            features = _set_components(down, features)
    used = features.shape[1]
    anchors = slice(used, used + ANCHORS)
    last = encoder.down_blocks[-1].resnets[0].conv_shortcut
    last.bias[anchors] = torch.tensor([10.0, -10.0])
    norm, out = encoder.conv_norm_out, encoder.conv_out
    norm.weight[:used], norm.bias[:used] = GAIN, LINEAR
    nn.init.zeros_(out.weight)
    count = out.out_channels // 2
    scale = features.std(dim=(0, 2, 3))[:count] ** -WHITENING
    for channel in range(count):
        out.weight[channel, channel, 1, 1] = scale[channel]
        out.bias[channel] = -LINEAR * scale[channel]
    out.bias[count:] = QUIET_LOG_VARIANCE


def _set_components(down: Downsample2D, features: torch.Tensor) -> torch.Tensor:
    """Make a stride-2 convolution give the leading components; returns them for `features`."""
    channels = features.shape[1]
    blocks = functional.pixel_unshuffle(features, 2)
    rows = blocks.permute(0, 2, 3, 1).reshape(-1, 4 * channels)
    _, vectors = torch.linalg.eigh(torch.cov(rows.T))
    kept = min(down.conv.out_channels, 4 * channels)
    basis = vectors.flip(dims=(1,)).T[:kept] / 2.0
    nn.init.zeros_(down.conv.weight)
    nn.init.zeros_(down.conv.bias)
    # pixel_unshuffle orders by channel, then row, then column
    down.conv.weight[:kept, :channels, :2, :2] = basis.reshape(kept, channels, 2, 2)
    return functional.conv2d(blocks, basis[:, :, None, None])


def _pass_on(shortcut: nn.Conv2d, used: int) -> None:
    nn.init.zeros_(shortcut.weight)
    nn.init.zeros_(shortcut.bias)
    for channel in range(used):
        shortcut.weight[channel, channel, 0, 0] = 1.0


def _set_decoder(model: AutoencoderKL, images: torch.Tensor, latents: torch.Tensor) -> None:
    decoder = model.decoder
    rows = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    rows = torch.cat([rows, torch.ones(len(rows), 1)], dim=1)
    means = functional.avg_pool2d(images, images.shape[-1] // latents.shape[-1])
    colours = torch.linalg.lstsq(rows, means.permute(0, 2, 3, 1).reshape(-1, COLOURS)).solution
    entry = decoder.conv_in
    entry.weight[:CARRIED] = 0.0
    entry.weight[:COLOURS, :, 1, 1] = colours[:-1].T
    entry.bias[:COLOURS] = colours[-1]
    entry.bias[COLOURS:CARRIED] = torch.tensor([3.0, -3.0])
    for module in decoder.modules():
        if isinstance(module, ResnetBlock2D) and module.conv_shortcut is not None:
            _carry(module.conv_shortcut, tap=0)
        elif isinstance(module, Upsample2D):
            _carry(module.conv, tap=1)
    decoder.conv_norm_out.weight[:COLOURS] = GAIN
    decoder.conv_norm_out.bias[:COLOURS] = LINEAR
    decoder.conv_out.weight[:COLOURS] = 0.0
    for channel in range(COLOURS):
        decoder.conv_out.weight[channel, channel, 1, 1] = 1.0
    decoder.conv_out.bias[:COLOURS] = -LINEAR


def _carry(convolution: nn.Conv2d, tap: int) -> None:
    convolution.weight[:CARRIED] = 0.0
    convolution.bias[:CARRIED] = 0.0
    for channel in range(CARRIED):
        convolution.weight[channel, channel, tap, tap] = 1.0
