"""Teaching the transformer's middle what kind of subject will stand where.

A small head reads one block's image tokens while the picture is still noise and names the kind of
subject in every cell of the clean picture. The idea is REPA's (Yu et al., ICLR 2025): a diffusion
transformer learns far faster when its early blocks are asked for meaning; drawn scenes know theirs
exactly, so no other network needs to lend it. The head is not part of what is shipped.
"""

from __future__ import annotations

import torch
from diffusers.models.transformers.transformer_z_image import ZImageTransformerBlock
from torch import nn
from torch.nn import functional

from multiplane_study.scenes import KINDS
from multiplane_study.training.corpus import NO_KIND

CELLS = 4
"""Cells along each side of a token's patch: 4 px each."""
CLASSES = len(KINDS) + 1


class SilhouetteHead(nn.Module):
    """Names the kind of subject in every cell from one block's output."""

    def __init__(self, block: ZImageTransformerBlock, width: int) -> None:
        super().__init__()
        self._tokens = torch.empty(0)
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, CELLS * CELLS * CLASSES),
        )
        block.register_forward_hook(self._keep)

    def _keep(self, _: nn.Module, __: object, output: torch.Tensor) -> None:
        self._tokens = output

    def loss(self, kinds: torch.Tensor) -> torch.Tensor:
        """Cross-entropy against the truth, by picture.

        Args:
            kinds: (B, rows, columns) of cells; 0 for background, else the kind's index plus 1;
                `NO_KIND` is left out.

        Returns:
            (B,) losses of the batch that the block saw last.
        """
        count, rows, columns = kinds.shape
        cells = kinds.reshape(count, rows // CELLS, CELLS, columns // CELLS, CELLS)
        truth = cells.permute(0, 1, 3, 2, 4).reshape(count, -1)
        image_tokens = rows * columns // CELLS**2
        named = self.layers(self._tokens[:, :image_tokens].float()).reshape(count, -1, CLASSES)
        loss = functional.cross_entropy(
            named.mT, truth.long(), reduction="none", ignore_index=NO_KIND
        )
        return loss.mean(dim=1)
