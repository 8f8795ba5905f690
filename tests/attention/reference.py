"""The full softmax, written plainly, from queries and keys that were recorded in the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from diffusers.models.transformers import transformer_z_image
from numpy.typing import NDArray
from torch import Tensor

# More than 32 tokens with the template, so that it is padded to 64 and SHORT only to 32.
LONG = (
    "a warrior in front of a castle by the sea, and two knights behind a dragon, under a half moon"
)
SHORT = "a fox"


def paint(pipeline: Any, prompt: str | list[str] = LONG, **options: Any) -> NDArray[np.float32]:
    """Pictures (B, H, W, 3) of a short run; options override it."""
    settings: dict[str, Any] = {
        "width": 64,
        "height": 64,
        "num_inference_steps": 4,
        "guidance_scale": 0.0,
        "generator": torch.Generator().manual_seed(7),
        "output_type": "np",
    }
    prompt = list(prompt) if isinstance(prompt, list) else prompt
    images: NDArray[np.float32] = pipeline(prompt, **{**settings, **options}).images
    return images


@dataclass
class Recording:
    """Attention calls in order; per forward pass: noise and context refiner, then main blocks."""

    calls: list[tuple[Tensor, Tensor, Tensor | None]] = field(default_factory=list)
    refiners: int = 2

    def probabilities(self, step: int, block: int, *, sharpness: float = 1.0) -> Tensor:
        """softmax(q k^T / sqrt(d)) of a pass and block: float64 (B, heads, N, N)."""
        per_pass = self.refiners + 3
        query, key, mask = self.calls[step * per_pass + self.refiners + block]
        logits = torch.einsum("bqhd,bkhd->bhqk", query.double(), key.double())
        logits = logits * sharpness / query.shape[-1] ** 0.5
        if mask is not None:
            logits = logits.masked_fill(~mask, -torch.inf)
        return logits.softmax(-1)


@contextmanager
def recording() -> Iterator[Recording]:
    """Record every attention call of the module, by a way of its own."""
    original = transformer_z_image.dispatch_attention_fn
    record = Recording()

    def dispatch(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> Tensor:
        record.calls.append((query.clone(), key.clone(), options.get("attn_mask")))
        return original(query, key, value, **options)

    transformer_z_image.dispatch_attention_fn = dispatch
    try:
        yield record
    finally:
        transformer_z_image.dispatch_attention_fn = original


def image_to_text(full: Tensor, picture: int, image: int, columns: Sequence[int]) -> Tensor:
    """(image,): share of each image token's attention on the given keys."""
    return full[picture].mean(0)[:image, list(columns)].sum(-1)


def text_to_image(full: Tensor, picture: int, image: int, rows: Sequence[int]) -> Tensor:
    """(image,): attention of the given queries, added up, on each image token."""
    return full[picture].mean(0)[list(rows), :image].sum(0)


def image_to_image(full: Tensor, picture: int, image: int) -> Tensor:
    """(image, image): mean over heads, each head's rows renormalised over image tokens."""
    part = full[picture, :, :image, :image]
    return (part / part.sum(-1, keepdim=True)).mean(0)
