"""Word embeddings that begin with what words mean, and add what pictures teach of them."""

from __future__ import annotations

from typing import Self

import torch
from torch import nn
from torch.nn import functional

FORGOTTEN = 0.3
"""Chance of a word with a meaning to go without what pictures taught of it, in a step."""
_FITS = 8


class MeaningEmbedding(nn.Module):
    """vectors (V, D), zero rows where nothing is known, times a learnt matrix, plus a row each.

    Words whose rows no picture has taught live by the matrix alone; so that it becomes good at
    that, words that have been taught go without their own rows at times.
    """

    def __init__(self, vectors: torch.Tensor, start: torch.Tensor, taught: torch.Tensor) -> None:
        """Begin so that the rows of `start` (V, W) come out where `taught` (V,) says so.

        Elsewhere a word with a vector has its vector's part alone.
        """
        super().__init__()
        self.register_buffer("vectors", vectors)
        known = vectors.abs().sum(dim=1) > 0
        self.register_buffer("known", known)
        both = known & taught
        x, y = vectors[both], start[both]
        ridge = x.T @ x + 0.1 * torch.eye(x.shape[1])
        matrix = torch.linalg.solve(ridge, x.T @ y)
        self.matrix = nn.Parameter(matrix)
        own = torch.where((known & ~taught)[:, None], 0.0, start - vectors @ matrix)
        self.own = nn.Parameter(own)

    @classmethod
    def apart(cls, vectors: torch.Tensor, rows: torch.Tensor) -> Self:
        """The embedding whose `rows()` were kept as the plain table (V, W), taken apart again.

        Most words have been in no picture, so their rows are their vectors times the matrix: it is
        fitted to the half that it fits best, again and again (least trimmed squares). What it
        leaves is the words' own.
        """
        known = vectors.abs().sum(dim=1) > 0
        x, y = vectors[known], rows[known]
        best = torch.ones(len(x), dtype=torch.bool)
        for _ in range(_FITS):
            matrix = torch.linalg.lstsq(x[best], y[best]).solution
            away = (y - x @ matrix).norm(dim=1)
            best = away <= away.median()
        embedding = cls(vectors, rows, torch.ones(len(rows), dtype=torch.bool))
        with torch.no_grad():
            embedding.matrix.copy_(matrix)
            embedding.own.copy_(rows - vectors @ matrix)
        return embedding

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, L) token ids to (B, L, W)."""
        own = functional.embedding(ids, self.own)
        if self.training:
            forgotten = torch.rand(len(self.known), device=ids.device) < FORGOTTEN
            forgotten &= self.known
            own = own * ~forgotten[ids][..., None]
        return own + functional.embedding(ids, self.vectors) @ self.matrix

    def rows(self) -> torch.Tensor:
        """(V, W), as a plain table."""
        return (self.own + self.vectors @ self.matrix).detach()
