"""Training on a GPU: the batched forward, and going on by the clock."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from multiplane.contract.errors import InputError
from multiplane.study.training.batched import denoise
from multiplane.study.training.command import run_training_by_the_clock
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


def test_training_by_the_clock_wants_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="no CUDA GPU") as refused:
        run_training_by_the_clock(tmp_path, None, 1.0, rate=1.0, seed=0, scenes=64)
    assert refused.value.code == "study.no_gpu"
