"""The batched forward and the transformer's own are one."""

from __future__ import annotations

import pytest
import torch

from multiplane.study.training.batched import denoise
from multiplane.study.training.painter import new_transformer


@pytest.mark.parametrize("size", [(16, 16), (24, 42)])
def test_whole_batches_give_the_same_numbers(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = new_transformer()
    latents, times = torch.randn(3, 16, *size), torch.rand(3)
    lengths = (33, 40, 60)
    text = torch.randn(3, 60, 160)
    with torch.no_grad():
        words = [row[:length] for row, length in zip(text, lengths, strict=True)]
        own = model(list(latents.unsqueeze(2)), times, words, return_dict=False)[0]
        ours = denoise(model, latents, times, text, torch.tensor(lengths))
    assert torch.allclose(torch.stack(list(own)).squeeze(2), ours, atol=1e-5)
