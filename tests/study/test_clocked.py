"""Training on a GPU: the batched forward, and going on by the clock."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import Qwen2Tokenizer

from multiplane.contract.errors import InputError
from multiplane.models.profiles import BUNDLED
from multiplane_study.training import clocked, supply
from multiplane_study.training.batched import denoise
from multiplane_study.training.card import read_figures
from multiplane_study.training.clocked import train_by_the_clock
from multiplane_study.training.command import refuse_beside_minutes, run_training_by_the_clock
from multiplane_study.training.judge import BUNDLED_JUDGE, read_judge
from multiplane_study.training.painter import (
    PainterTrainer,
    PainterTraining,
    new_text_encoder,
    new_transformer,
)
from multiplane_study.training.plan import Plan


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
        run_training_by_the_clock(tmp_path, {}, 1.0, judge_share=0.2, seed=0, scenes=64)
    assert refused.value.code == "study.no_gpu"


def test_options_that_the_clock_would_pass_over_are_refused() -> None:
    refuse_beside_minutes({"--steps": None, "--height": None})
    with pytest.raises(InputError, match="--minutes and --height") as refused:
        refuse_beside_minutes({"--steps": None, "--height": 192})
    assert refused.value.field == "--height"


def test_blocks_that_the_trained_one_lacks_begin_without_effect(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shallow = new_transformer()
    shallow.layers = shallow.layers[:6]
    shallow.register_to_config(n_layers=6)
    shallow.save_pretrained(tmp_path / "transformer")
    tokenizer = Qwen2Tokenizer.from_pretrained(BUNDLED / "storyboard-mini" / "tokenizer")
    tokenizer.save_pretrained(tmp_path / "tokenizer")
    new_text_encoder(tokenizer).save_pretrained(tmp_path / "text_encoder")
    training = PainterTraining(steps=1, small_steps=0, decay_steps=1, start=str(tmp_path))
    deep = PainterTrainer(tokenizer, training, tmp_path).transformer
    latents, times, text = torch.randn(1, 16, 16, 16), torch.rand(1), torch.randn(1, 32, 160)
    with torch.no_grad():
        before, after = (
            denoise(model, latents, times, text, torch.tensor([32])) for model in (shallow, deep)
        )
    assert len(deep.layers) == 8
    assert torch.equal(before, after)


def test_training_by_the_clock_draws_learns_and_leaves_a_pipeline_with_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "SIZES", {(64, 64): 1_000_000, (128, 64): 2_000_000})
    monkeypatch.setattr(supply, "HELD_OUT_CHUNKS", 1)
    monkeypatch.setattr(clocked, "JUDGE_BATCH", 4)
    torch.set_num_threads(1)
    start = BUNDLED / "storyboard-mini"
    painter = PainterTraining(
        steps=1, small_steps=0, decay_steps=1, batch=2, start=str(start), seed=1, minutes=0.05
    )
    plan = Plan(tmp_path / "work", 128, 128, height=64, painter=painter)
    plan.folder.mkdir()
    said: list[str] = []
    train_by_the_clock(plan, start, 0.01, tmp_path, "cpu", said.append)
    figures = read_figures(tmp_path / "storyboard-mini")
    assert figures["painter_pictures"] > read_figures(start)["painter_pictures"]
    assert (tmp_path / "storyboard-judge" / "model.safetensors").exists()
    assert any(line.startswith("judge mIoU") for line in said)


def test_the_judge_alone_goes_on_by_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "SIZES", {(64, 64): 1_000_000})
    monkeypatch.setattr(supply, "HELD_OUT_CHUNKS", 1)
    monkeypatch.setattr(clocked, "JUDGE_BATCH", 4)
    torch.set_num_threads(1)
    start = BUNDLED / "storyboard-mini"
    painter = PainterTraining(steps=1, small_steps=0, decay_steps=1, start=str(start))
    plan = Plan(tmp_path / "work", 64, 64, height=64, painter=painter)
    plan.folder.mkdir()
    said: list[str] = []
    train_by_the_clock(plan, start, 0.01, tmp_path, "cpu", said.append)
    model, miou = read_judge(tmp_path / "storyboard-judge")
    assert 0.0 < miou < 1.0
    assert said[-1] == f"judge mIoU {miou:.4f}"
    before = read_judge(BUNDLED_JUDGE)[0]
    assert not torch.equal(model.head.weight, before.head.weight)
    assert not (tmp_path / "storyboard-mini").exists()
