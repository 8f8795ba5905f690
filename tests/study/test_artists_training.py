"""Learning from other people's drawings: words that become tokens, and the mixture of scenes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Qwen2Tokenizer, Qwen3Model

from multiplane.contract.errors import InputError
from multiplane.models.profiles import BUNDLED
from multiplane_study.artwork.packages import ARTISTS, HELD_OUT_ARTIST, TUNING_ARTIST
from multiplane_study.scenes import KINDS
from multiplane_study.training import clocked, supply, train
from multiplane_study.training.clocked import train_by_the_clock
from multiplane_study.training.command import run_training
from multiplane_study.training.corpus import NO_KIND, draw_corpus, load_corpus
from multiplane_study.training.depth import read_depth_model
from multiplane_study.training.painter import (
    Latents,
    Losses,
    PainterTrainer,
    PainterTraining,
)
from multiplane_study.training.plan import Plan
from multiplane_study.training.start import take_over
from multiplane_study.training.vocabulary import embeddings_for, is_one_token, widened
from tests.study.small_artwork import put_artwork

MINI = BUNDLED / "storyboard-mini"
WORDS = ["zyzzyva", "quokka", "bow and arrow"]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Small matrices on many threads mostly wait."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def artwork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artwork")
    put_artwork(folder)
    return folder


@pytest.fixture(scope="module")
def bundled_tokenizer() -> Qwen2Tokenizer:
    return Qwen2Tokenizer.from_pretrained(MINI / "tokenizer")


def test_new_words_become_tokens_and_old_ones_stay(bundled_tokenizer: Qwen2Tokenizer) -> None:
    wide = widened(bundled_tokenizer, WORDS)
    assert all(is_one_token(wide, word) for text in WORDS for word in text.split())
    old_words = [word for word in (*KINDS, "watercolor") if is_one_token(bundled_tokenizer, word)]
    assert len(old_words) > 10
    assert all(is_one_token(wide, word) for word in old_words)
    assert wide("quokka").input_ids != wide(" quokka").input_ids
    assert wide.decode(wide("戦士 quokkas, Zyzzyva").input_ids) == "戦士 quokkas, Zyzzyva"
    assert widened(bundled_tokenizer, reversed(WORDS)).get_vocab() == wide.get_vocab()


def test_a_new_word_starts_as_what_it_was_spelt_with(bundled_tokenizer: Qwen2Tokenizer) -> None:
    wide = widened(bundled_tokenizer, WORDS)
    learnt = torch.randn(len(bundled_tokenizer), 8)
    rows = embeddings_for(wide, bundled_tokenizer, learnt)
    assert rows.shape == (len(wide), 8)
    for token, index in bundled_tokenizer.get_vocab().items():
        if token in wide.get_vocab():
            assert torch.equal(rows[wide.get_vocab()[token]], learnt[index])
    (word,) = wide(" quokka").input_ids
    spelt = bundled_tokenizer(" quokka").input_ids
    assert len(spelt) > 1
    assert torch.allclose(rows[word], learnt[spelt].mean(dim=0), atol=1e-6)


def test_a_training_keeps_the_words_that_it_began_with(tmp_path: Path) -> None:
    take_over(MINI, tmp_path, WORDS)
    first = Qwen2Tokenizer.from_pretrained(tmp_path / "tokenizer").get_vocab()
    assert take_over(MINI, tmp_path, WORDS)
    assert Qwen2Tokenizer.from_pretrained(tmp_path / "tokenizer").get_vocab() == first
    with pytest.raises(InputError, match="another vocabulary"):
        take_over(MINI, tmp_path, [*WORDS, "axolotl"])


def test_small_pictures_come_up_all_along(
    tmp_path: Path, bundled_tokenizer: Qwen2Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides: list[int] = []

    def learn(self: PainterTrainer, data: Latents, members: object, factor: float) -> Losses:
        sides.append(data.latents.shape[-1])
        zero = torch.zeros(())
        return Losses(zero, zero, zero)

    monkeypatch.setattr(PainterTrainer, "learn", learn)
    training = PainterTraining(
        steps=60,
        small_steps=10,
        decay_steps=1,
        batch=2,
        small_batch=4,
        small_share=0.5,
    )
    small, large = latents_of(4, bundled_tokenizer), latents_of(8, bundled_tokenizer)
    PainterTrainer(bundled_tokenizer, training, tmp_path).train([small], [large])
    assert sides[:10] == [4] * 10
    assert 10 < sides[10:].count(4) < 40


def latents_of(side: int, tokenizer: Qwen2Tokenizer) -> Latents:
    tokens = tokenizer("a red warrior").input_ids
    return Latents(
        latents=np.zeros((8, 16, side, side), np.float16),
        tokens=[tokens] * 8,
        fractions=np.zeros((8, 4, side // 2, side // 2), np.uint8),
        kinds=np.zeros((8, 2 * side, 2 * side), np.uint8),
        groups=[[(1,), (2,)]] * 8,
    )


def test_word_embeddings_have_a_rate_of_their_own(
    tmp_path: Path, bundled_tokenizer: Qwen2Tokenizer
) -> None:
    training = PainterTraining(steps=1, small_steps=0, decay_steps=1, batch=2, word_rate=4.0)
    trainer = PainterTrainer(bundled_tokenizer, training, tmp_path)
    data = latents_of(8, bundled_tokenizer)
    trainer.learn(data, np.arange(2), 0.5)
    rates = {
        parameter: group["lr"]
        for group in trainer.adam.param_groups
        for parameter in group["params"]
    }
    assert rates[trainer.text_encoder.embed_tokens.weight] == pytest.approx(2.0 * training.rate)
    assert rates[trainer.transformer.x_pad_token] == pytest.approx(0.5 * training.rate)


def test_a_chunk_of_artists_scenes_names_no_kinds(tmp_path: Path, artwork: Path) -> None:
    paths = draw_corpus(tmp_path, (64, 64), 1, first_seed=3_000_000, workers=1, artwork=artwork)
    corpus = load_corpus(paths)
    assert set(np.unique(corpus.kinds)) == {0, NO_KIND}
    assert not any("lion" in caption for caption in corpus.captions)
    shares = corpus.fractions.astype(int).sum(axis=1)
    assert shares.max() <= 257
    assert (shares > 0).any(axis=(1, 2)).all()


def test_own_and_artists_scenes_are_learnt_together(
    tmp_path: Path, artwork: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "SIZES", {(64, 64): 1_000_000, (96, 64): 2_000_000})
    monkeypatch.setattr(train, "ARTISTS_SIZES", {(64, 64): 3_000_000})
    painter: dict[str, float | str] = {
        "start": str(MINI), "steps": 2, "small_steps": 0, "decay_steps": 1, "batch": 4,
        "silhouettes": 0.0, "grounding": 0.5,
    }  # fmt: skip
    report = run_training(
        tmp_path, painter, seed=0, height=64, scenes=1, workers=1, publish_bundled=False,
        artwork=artwork, artists_scenes=64, depth_steps=2,
    )  # fmt: skip
    made = Path(str(report.figures["folder"]))
    spelt = Qwen2Tokenizer.from_pretrained(made / "tokenizer")
    assert is_one_token(spelt, "elephant")
    rows = Qwen3Model.from_pretrained(made / "text_encoder").embed_tokens.weight
    assert len(rows) == len(spelt)
    assert len(list((tmp_path / "latents").glob("*-at-64.npy"))) == 7
    profile, bundled = (
        json.loads((folder / "profile.json").read_text("utf-8")) for folder in (made, MINI)
    )
    assert profile["capture"] == bundled["capture"]
    assert profile["native_short_side"] == 64
    assert "measured" not in profile
    depth, before = (
        read_depth_model(folder / "storyboard-mini-depth").head.conv1.weight
        for folder in (tmp_path, BUNDLED)
    )
    assert not torch.equal(depth, before)
    assert torch.allclose(depth, before, atol=0.01)
    card = (made / "README.md").read_text("utf-8")
    learnt_from = set(ARTISTS) - {HELD_OUT_ARTIST, TUNING_ARTIST}
    assert all(f"- {ARTISTS[name].credit}" in card for name in learnt_from)
    assert f"- {ARTISTS[HELD_OUT_ARTIST].credit}" not in card
    assert "CC-BY-4.0" in card
    assert "no picture of anybody else" not in card


def test_a_depth_model_that_is_not_there_does_not_go_on(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--depth-steps") as caught:
        read_depth_model(tmp_path)
    assert caught.value.code == "study.no_depth_model"


def test_the_clock_mixes_them_too(
    tmp_path: Path, artwork: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "SIZES", {(64, 64): 1_000_000})
    monkeypatch.setattr(supply, "ARTISTS_SIZES", {(64, 64): 3_000_000})
    monkeypatch.setattr(supply, "HELD_OUT_CHUNKS", 1)
    monkeypatch.setattr(supply, "AT_LEAST_CHUNKS", 1)
    monkeypatch.setattr(clocked, "JUDGE_BATCH", 4)
    painter = PainterTraining(
        steps=1, small_steps=0, decay_steps=1, batch=2, start=str(MINI), seed=1, minutes=0.05
    )
    plan = Plan(tmp_path / "work", 64, 64, artwork, 64, height=64, painter=painter)
    plan.folder.mkdir()
    said: list[str] = []
    train_by_the_clock(plan, MINI, 0.01, tmp_path, "cpu", said.append)
    spelt = Qwen2Tokenizer.from_pretrained(tmp_path / "storyboard-mini" / "tokenizer")
    assert is_one_token(spelt, "elephant")
    assert any(line.startswith("judge mIoU") for line in said)
