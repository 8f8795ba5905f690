"""Teaching image tokens to look at the words of what they show.

A caption's phrase says what, the scene's truth says where. Adding the cross-entropy between the
two to the denoising loss makes a small model bind words to places with far fewer pictures; the
idea is TokenCompose's (Wang et al., CVPR 2024), here in the image-to-text direction of one block
of a single-stream transformer, with the place as the background's class.
"""

from __future__ import annotations

import torch
from diffusers.models.transformers.transformer_z_image import ZImageTransformerBlock
from torch import nn


def rotate(x: torch.Tensor, frequencies: torch.Tensor) -> torch.Tensor:
    """Queries or keys (B, tokens, heads, size) turned by their places' frequencies."""
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * frequencies.unsqueeze(2)).flatten(3)


class GroundingProbe:
    """Reads one block's queries and keys during training, differentiably."""

    def __init__(self, block: ZImageTransformerBlock) -> None:
        self._query = self._key = self._frequencies = torch.empty(0)
        attention = block.attention
        self._hooks = [
            attention.norm_q.register_forward_hook(self._keep_query),
            attention.norm_k.register_forward_hook(self._keep_key),
            attention.register_forward_pre_hook(self._keep_frequencies, with_kwargs=True),
        ]

    def _keep_query(self, _: nn.Module, __: object, output: torch.Tensor) -> None:
        self._query = output

    def _keep_key(self, _: nn.Module, __: object, output: torch.Tensor) -> None:
        self._key = output

    def _keep_frequencies(self, _: nn.Module, __: object, kwargs: dict[str, torch.Tensor]) -> None:
        self._frequencies = kwargs["freqs_cis"]

    def shares(self, image_tokens: int, groups: torch.Tensor) -> torch.Tensor:
        """What share of its attention each image token gives to each group of text tokens.

        Args:
            image_tokens: how many tokens at the start of the sequence are the image's.
            groups: (B, text tokens, G) 1 where a text token belongs to a group.

        Returns:
            (B, image_tokens, G), mean over heads of the softmax over all keys.
        """
        query = rotate(self._query, self._frequencies)[:, :image_tokens].transpose(1, 2)
        key = rotate(self._key, self._frequencies).transpose(1, 2)
        logits = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
        start = key.shape[2] - groups.shape[1]
        text = logits.softmax(dim=-1)[..., start:].mean(dim=1)
        return text @ groups

    def remove(self) -> None:
        """Take the hooks out of the block."""
        for hook in self._hooks:
            hook.remove()


def grounding_loss(
    shares: torch.Tensor, fractions: torch.Tensor, present: torch.Tensor
) -> torch.Tensor:
    """Per picture, the cross-entropy between the groups' competition and the truth.

    Args:
        shares: (B, N, G) attention shares, the last group the background's.
        fractions: (B, N, G) area fractions, summing to 1 over the groups.
        present: (B, G) 1 for groups that the caption has tokens for.

    Returns:
        (B,) losses: the competition's cross-entropy plus a tenth of the negative log of the
        attention that goes to any group at all.
    """
    mass = (shares * present[:, None]).sum(dim=-1, keepdim=True).clamp_min(1e-6)
    competition = (shares / mass).clamp_min(1e-6).log()
    entropy = -(fractions * present[:, None] * competition).sum(dim=-1).mean(dim=-1)
    return entropy - 0.1 * mass.log().mean(dim=(1, 2))
