"""The Z-Image transformer for a batch of one picture size and one padded text length.

The transformer's own forward takes lists and builds every sequence by itself; for a small model
that costs more than its layers. The same modules, called on whole batches, give the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from diffusers import ZImageTransformer2DModel
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF
from torch import nn

PATCH = 2


def denoise(
    transformer: ZImageTransformer2DModel,
    latents: torch.Tensor,
    times: torch.Tensor,
    text: torch.Tensor,
    lengths: torch.Tensor,
) -> torch.Tensor:
    """What the transformer's own forward gives for each latent.

    Args:
        transformer: the model.
        latents: (B, C, H, W), sides even.
        times: (B,) 1 - sigma.
        text: (B, L, D), rows beyond their length are ignored.
        lengths: (B,) tokens of each row; all must pad to one multiple of 32.
    """
    both, condition, _ = through(transformer, transformer.layers, latents, times, text, lengths)
    count, channels, height, width = latents.shape
    rows, columns = height // PATCH, width // PATCH
    out = transformer.all_final_layer["2-1"](both, c=condition)[:, : rows * columns]
    out = out.reshape(count, rows, columns, PATCH, PATCH, channels)
    return out.permute(0, 5, 1, 3, 2, 4).reshape(latents.shape)


def through(
    transformer: ZImageTransformer2DModel,
    blocks: Iterable[nn.Module],
    latents: torch.Tensor,
    times: torch.Tensor,
    text: torch.Tensor,
    lengths: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The tokens of picture and text after the refiners and `blocks`, the condition, the turns.

    Turns are the rotary frequencies (B, tokens, ...) of the whole sequence.
    """
    count, channels, height, width = latents.shape
    rows, columns = height // PATCH, width // PATCH
    device = latents.device
    condition = transformer.t_embedder(times * transformer.t_scale).type_as(latents)
    patches = latents.reshape(count, channels, rows, PATCH, columns, PATCH)
    patches = patches.permute(0, 2, 4, 3, 5, 1).reshape(count, rows * columns, -1)
    image = transformer.all_x_embedder["2-1"](patches)
    padding = -image.shape[1] % SEQ_MULTI_OF
    image = torch.cat([image, transformer.x_pad_token.expand(count, padding, -1)], dim=1)
    padded = -(-text.shape[1] // SEQ_MULTI_OF) * SEQ_MULTI_OF
    words = transformer.cap_embedder(text)
    words = torch.cat(
        [words, words.new_zeros(count, padded - words.shape[1], words.shape[2])], dim=1
    )
    spoken = torch.arange(padded, device=device)[None] < lengths[:, None]
    words = torch.where(spoken[..., None], words, transformer.cap_pad_token)
    grid = transformer.create_coordinate_grid
    places = [
        grid((1, rows, columns), (padded + 1, 0, 0), device).flatten(0, 2),
        torch.zeros(padding, 3, dtype=torch.int32, device=device),
        grid((padded, 1, 1), (1, 0, 0), device).flatten(0, 2),
    ]
    turns = transformer.rope_embedder(torch.cat(places)).expand(count, -1, -1)
    own = image.shape[1]
    for block in transformer.noise_refiner:
        image = block(image, None, turns[:, :own], condition)
    for block in transformer.context_refiner:
        words = block(words, None, turns[:, own:])
    both = torch.cat([image, words.to(image.dtype)], dim=1)
    for block in blocks:
        both = block(both, None, turns, condition)
    return both, condition, turns
