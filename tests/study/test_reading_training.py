"""Training of reading weights: pictures, words, meanings, and from a painter to a reader."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import ZImageTransformer2DModel
from transformers import Qwen2Tokenizer

from multiplane.contract.errors import InputError
from multiplane.models.load import load_painter, load_reading
from multiplane.models.profiles import BUNDLED, profile
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.packages import ARTISTS, HELD_OUT_ARTIST, MEANINGS, TUNING_ARTIST
from multiplane_study.reading.batches import Batches
from multiplane_study.reading.captions import Captioner
from multiplane_study.reading.command import run_reader_training
from multiplane_study.reading.embedding import MeaningEmbedding
from multiplane_study.reading.export import Blend, export_reader
from multiplane_study.reading.meanings import Meanings
from multiplane_study.reading.pictures import LEAST_VISIBLE, Composer, Picture
from multiplane_study.reading.shards import Shard, drawings_said, shown_of
from multiplane_study.reading.start import blocks_of, first_blocks, text_encoder_of
from multiplane_study.reading.trainer import even_weights
from multiplane_study.reading.training import ReaderPlan, new_trainer
from multiplane_study.training.batched import through
from tests.study.small_artwork import put_artwork
from tests.study.small_wordnet import put_wordnet

MINI = BUNDLED / "storyboard-mini"


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Small matrices on many threads mostly wait."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def artwork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artwork")
    put_artwork(folder)
    put_wordnet(folder / MEANINGS.folder / "dict")
    return folder


@pytest.fixture(scope="module")
def catalogue(artwork: Path) -> Catalogue:
    return Catalogue.for_training(artwork)


@pytest.fixture(scope="module")
def pictures(catalogue: Catalogue) -> list[Picture]:
    rng = np.random.default_rng(0)
    composer = Composer(catalogue)
    return [composer.picture(rng, 192, 192) for _ in range(12)]


def test_words_of_like_meaning_lie_near(tmp_path: Path) -> None:
    meanings = Meanings(put_wordnet(tmp_path))
    words, vectors = meanings.vectors(["lion", "tiger", "tigers", "ferry", "boat", "qzx"])
    assert words == ["lion", "tiger", "tigers", "ferry", "boat"]
    lion, tiger, tigers, ferry, boat = vectors
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert tiger == pytest.approx(tigers, abs=1e-5)
    assert lion @ tiger > 0.3 > lion @ ferry
    assert ferry @ boat > ferry @ tiger


def test_only_words_for_things_are_taken_over(tmp_path: Path) -> None:
    nouns = Meanings(put_wordnet(tmp_path)).common_nouns()
    assert {"lion", "tiger", "ferry"} <= {*nouns}
    assert not {"danger", "lout", "entity"} & {*nouns}


def test_pictures_show_what_they_say(pictures: list[Picture], catalogue: Catalogue) -> None:
    unseen = {k for k, concept in enumerate(catalogue.concepts) if concept.unseen}
    for picture in pictures:
        assert picture.pixels.shape == (192, 192, 3)
        assert picture.covers.shape == (len(picture.shown), 12, 12)
        covered = picture.covers.astype(np.int64).sum(axis=0)
        assert covered.max() <= 255 + len(picture.shown)  # each is rounded
        named = [k for k, drawing in enumerate(picture.shown) if not drawing.plain]
        assert named
        for k in named:
            assert picture.covers[k].mean() / 255 >= LEAST_VISIBLE * 0.9
        assert not unseen & {drawing.concept for drawing in picture.shown}
        assert shown_of(json.loads(json.dumps(drawings_said(picture)))) != []


def test_the_same_chance_gives_the_same_picture(catalogue: Catalogue) -> None:
    first, second = (
        Composer(catalogue).picture(np.random.default_rng(4), 256, 192) for _ in range(2)
    )
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.covers, second.covers)


def test_captions_name_what_is_there_and_what_is_not(
    pictures: list[Picture], catalogue: Catalogue
) -> None:
    captioner = Captioner(catalogue)
    kept_back = {name for concept in catalogue.unseen for name in concept.names}
    rng = np.random.default_rng(1)
    absent = 0
    for picture in pictures * 4:
        asked = captioner.caption(rng, picture.shown, 3)
        texts = [asked.text[first:last] for first, last in asked.spans]
        assert texts[-1] == "background"
        assert asked.members[-1] == ()
        assert len(set(asked.spans)) == len(asked.spans)
        families = {catalogue.concepts[drawing.concept].family for drawing in picture.shown}
        for text, members in zip(texts[:-1], asked.members[:-1], strict=True):
            assert text.strip() == text != ""
            assert not kept_back & {text, *text.split()}
            if not members:
                absent += 1
                assert text.split()[-1] not in families
            assert len({picture.shown[k].concept for k in members}) <= 1
        spoken = [k for members in asked.members for k in members]
        assert len(spoken) == len(set(spoken))
        assert not any(picture.shown[k].plain for k in spoken)
    assert absent > 20


def test_a_batch_has_the_tokens_and_the_truth_of_every_phrase(
    pictures: list[Picture], catalogue: Catalogue
) -> None:
    tokenizer = Qwen2Tokenizer.from_pretrained(MINI / "tokenizer")
    covers = np.zeros((len(pictures), 8, 12, 12), np.uint8)
    for row, picture in zip(covers, pictures, strict=True):
        row[: len(picture.covers)] = picture.covers
    said = [drawings_said(picture) for picture in pictures]
    said[0] = {"caption": "a red dog on a plain wall", "phrases": [[2, 9]], "place": [15, 25],
               "concepts": [-1]}  # fmt: skip
    shard = Shard(np.zeros((len(pictures), 16, 24, 24), np.float16), covers, said)
    batches = Batches(catalogue, tokenizer)
    for seed in range(4):
        batch = batches.batch(np.random.default_rng(seed), [shard], 6)
        assert batch.latents.shape == (6, 16, 24, 24)
        assert batch.truth.shape[1] == 144
        assert torch.allclose(batch.truth.sum(dim=2), torch.ones(6, 144), atol=1e-5)
        for number, ids in enumerate(batch.ids):
            background = batch.groups[number, : len(ids), -1].bool()
            last = tokenizer.decode(ids[background]).strip()
            assert last in ("background", "plain wall")
        # nothing is where a group has no tokens
        assert float((batch.truth.sum(dim=1) * (1 - batch.present)).abs().max()) < 1e-6


def test_small_things_count_as_much_as_large_ones() -> None:
    truth = torch.zeros(1, 100, 3)
    truth[0, :4, 0] = 1
    truth[0, 4:24, 1] = 1
    truth[0, 24:, 2] = 1
    weights = even_weights(truth)[0]
    assert float(weights.mean()) == pytest.approx(1.0, abs=1e-4)
    assert float(weights[0]) > float(weights[10]) > float(weights[50])


def test_words_that_no_picture_taught_live_by_their_meaning() -> None:
    torch.manual_seed(0)
    vectors = torch.randn(6, 96)
    vectors[0] = 0
    start = torch.randn(6, 8)
    taught = torch.tensor([True, True, True, True, False, False])
    embedding = MeaningEmbedding(vectors, start, taught)
    rows = embedding.rows()
    assert torch.allclose(rows[:4], start[:4], atol=1e-4)
    assert torch.allclose(rows[4:], (vectors @ embedding.matrix)[4:], atol=1e-4)
    ids = torch.arange(6)[None]
    assert torch.allclose(embedding.eval()(ids)[0], rows, atol=1e-5)
    embedding.train()
    seen = torch.stack([embedding(ids)[0] for _ in range(60)])
    assert torch.allclose(seen[:, 0], rows[0].expand(60, -1), atol=1e-5)  # it has no meaning
    forgotten = (seen[:, 1] - rows[1]).abs().amax(dim=1) > 1e-4
    assert 5 < int(forgotten.sum()) < 40


def test_a_new_reader_begins_as_the_painters_first_blocks() -> None:
    painter = ZImageTransformer2DModel.from_pretrained(MINI / "transformer").float()
    reader = first_blocks(MINI)
    assert len(reader.layers) == 4
    torch.manual_seed(0)
    latents, text = torch.randn(2, 16, 8, 8), torch.randn(2, 20, 160)
    arguments = (latents, torch.tensor([0.8, 0.7]), text, torch.tensor([20, 15]))
    with torch.no_grad():
        own, _, _ = through(reader, reader.layers[:3], *arguments)
        theirs, _, _ = through(painter, painter.layers[:2], *arguments)
    assert torch.allclose(own, theirs, atol=1e-5)
    last = reader.layers[3].attention.to_q.weight
    assert torch.equal(last, painter.layers[2].attention.to_q.weight)


def test_an_embedding_that_was_kept_as_rows_is_taken_apart_again() -> None:
    torch.manual_seed(1)
    vectors = torch.nn.functional.normalize(torch.randn(400, 96), dim=1)
    vectors[:20] = 0
    before = MeaningEmbedding(vectors, torch.randn(400, 8), torch.arange(400) < 120)
    rows = before.rows()
    after = MeaningEmbedding.apart(vectors, rows)
    assert torch.allclose(after.rows(), rows, atol=1e-5)
    assert torch.allclose(after.matrix, before.matrix, atol=1e-3)
    assert float(after.own[120:].detach().abs().max()) < 1e-3  # no picture has taught these


def small_plan(
    folder: Path, artwork: Path, minutes: float, start: Path = MINI, *, anew: bool = True
) -> ReaderPlan:
    size = (192, 192)
    return ReaderPlan(
        folder, start, artwork, minutes, pictures=4, shard=4, counts={size: 2},
        chances={size: 1.0}, anew=anew,
    )  # fmt: skip


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    own, others = one.state_dict(), other.state_dict()
    return own.keys() == others.keys() and all(
        torch.allclose(own[name].float(), others[name].float(), atol=1e-4) for name in own
    )


def test_training_goes_on_from_a_reader_that_is_there(artwork: Path, tmp_path: Path) -> None:
    run_reader_training(small_plan(tmp_path / "first", artwork, 0.02), "cpu")
    model = tmp_path / "first" / MINI.name
    before = json.loads((model / "reader" / "measured.json").read_text("utf-8"))
    profile_file = model / "reader" / "profile.json"
    chosen = json.loads(profile_file.read_text("utf-8"))
    chosen["capture"]["background_floor"] = 0.05
    bundled = json.loads((MINI / "reader" / "profile.json").read_text("utf-8"))
    chosen["calibration"] = bundled["calibration"]
    profile_file.write_text(json.dumps(chosen), "utf-8")

    plan = small_plan(tmp_path / "second", artwork, 0.02, model, anew=False)
    trainer = new_trainer(plan)
    there = load_reading(profile(str(model)), "cpu").pipeline
    assert len(trainer.tokenizer) == len(there.tokenizer)
    assert trainer.tokenizer.get_vocab() == there.tokenizer.get_vocab()
    assert same_weights(trainer.transformer, there.transformer)
    rows = trainer.text_encoder.embed_tokens.rows()
    assert torch.allclose(rows, there.text_encoder.embed_tokens.weight.float(), atol=1e-4)
    assert same_weights(trainer.text_encoder.layers, there.text_encoder.layers)

    run_reader_training(plan, "cpu")
    reader = tmp_path / "second" / MINI.name / "reader"
    after = json.loads((reader / "profile.json").read_text("utf-8"))
    assert after["capture"] == {**chosen["capture"], "background_floor": 0.05}
    assert after["calibration"] is None  # it was that of other weights
    figures = json.loads((reader / "measured.json").read_text("utf-8"))
    assert figures["pictures_seen_before"] == before["pictures_seen"] > 0
    assert f"{before['pictures_seen']:,} pictures" in (reader / "README.md").read_text("utf-8")


def test_what_was_learnt_is_kept_in_part(artwork: Path, tmp_path: Path) -> None:
    run_reader_training(small_plan(tmp_path / "first", artwork, 0.02), "cpu")
    model = tmp_path / "first" / MINI.name
    plan = small_plan(tmp_path / "second", artwork, 0.02, model, anew=False)
    trainer = new_trainer(plan)
    with torch.no_grad():
        for weights in trainer.average.module["transformer"].parameters():
            weights.add_(1.0)
        trainer.average.module["text"].embed_tokens.own.add_(1.0)
    shutil.copytree(model, tmp_path / "third")
    export_reader(trainer, tmp_path / "third", {}, Blend(model / "reader", 0.25))
    began, after = blocks_of(model / "reader"), tmp_path / "third" / "reader"
    for name, weights in blocks_of(after).named_parameters():
        before = began.get_parameter(name)
        assert torch.allclose(weights, before + 0.25, atol=2e-3, rtol=2e-3)
    rows, old = (text_encoder_of(one).embed_tokens.weight for one in (after, model / "reader"))
    assert torch.allclose(rows, old + 0.25, atol=2e-3, rtol=2e-3)


def test_a_folder_with_another_vocabulary_is_refused(artwork: Path, tmp_path: Path) -> None:
    run_reader_training(small_plan(tmp_path, artwork, 0.02), "cpu")
    with pytest.raises(InputError) as refused:
        new_trainer(small_plan(tmp_path, artwork, 0.02, anew=False))
    assert refused.value.code == "study.another_training"
    assert refused.value.value == str(tmp_path)


def test_training_leaves_a_reader_beside_an_unchanged_painter(
    artwork: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = run_reader_training(small_plan(tmp_path, artwork, 0.02), "cpu")
    first = report.figures["steps"]
    assert first > 0
    assert report.figures["seen"] == 2 * first
    again = run_reader_training(small_plan(tmp_path, artwork, 0.05), "cpu")
    assert again.figures["steps"] > first
    model = Path(again.figures["folder"])
    for name in ("transformer", "text_encoder", "vae"):
        weights = next((MINI / name).glob("*.safetensors"))
        assert (model / name / weights.name).read_bytes() == weights.read_bytes()
    reading = load_reading(profile(str(model)), "cpu")
    assert reading.folder == model / "reader"
    assert len(reading.pipeline.transformer.layers) == 4
    assert reading.profile.capture.blocks == (3,)
    trainer = new_trainer(small_plan(tmp_path, artwork, 0.05))
    assert len(reading.pipeline.tokenizer) == len(trainer.tokenizer)
    assert load_painter(profile(str(model)), "cpu").profile.capture.blocks == (2,)
    card = (model / "reader" / "README.md").read_text("utf-8")
    learnt = [
        artist
        for artist in ARTISTS.values()
        if artist.name not in (HELD_OUT_ARTIST, TUNING_ARTIST) and artist.may_train
    ]
    for artist in learnt:
        assert f"- {artist.credit}: " in card
        assert artist.licence in card
    for name in (HELD_OUT_ARTIST, TUNING_ARTIST):
        assert f"- {ARTISTS[name].credit}: " not in card
