"""Training of the bundled models, a few steps of it, with the real classes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, ZImagePipeline
from diffusers.models.transformers import transformer_z_image
from torch.nn import functional

from multiplane.contract.errors import InputError
from multiplane.models.families.z_image import prompt_reader
from multiplane_study.scenes import KINDS, STYLES, draw_scene
from multiplane_study.training import command, judge_training, train
from multiplane_study.training.autoencoder import (
    fit_encoder,
    new_autoencoder,
    restoration_psnr,
    to_tensor,
    train_decoder,
)
from multiplane_study.training.card import CARD_FIGURES
from multiplane_study.training.checkpoint import Checkpoint
from multiplane_study.training.command import run_training, trained_judge
from multiplane_study.training.corpus import CHUNK, draw_corpus, load_corpus
from multiplane_study.training.depth import depth_loss, new_depth_model
from multiplane_study.training.export import export_pipeline
from multiplane_study.training.grounding import GroundingProbe, grounding_loss
from multiplane_study.training.half_precision import half_precision
from multiplane_study.training.judge import (
    Judge,
    classes_seen,
    judge_miou,
    read_judge,
    write_judge,
)
from multiplane_study.training.judge_training import draw_lessons, train_judge
from multiplane_study.training.muon import BatchedMuon, orthogonalise
from multiplane_study.training.painter import (
    GROUNDED_BLOCK,
    Latents,
    PainterTrainer,
    PainterTraining,
    new_transformer,
)
from multiplane_study.training.plan import Plan
from multiplane_study.training.shared import train_in_processes
from multiplane_study.training.silhouettes import SilhouetteHead
from multiplane_study.training.start import take_over
from multiplane_study.training.supervised import Examples, train_supervised
from multiplane_study.training.train import Training
from multiplane_study.training.vocabulary import train_tokenizer

CAPTIONS = ["a red warrior in front of a blue house in the snow, ink sketch", "a cat, watercolor"]
TRAINING = PainterTraining(steps=4, small_steps=2, decay_steps=2, batch=4, small_batch=4)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Small matrices on many threads mostly wait."""
    torch.set_num_threads(1)


def some_latents(side: int = 8, count: int = 8) -> Latents:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    random = np.random.default_rng(0)
    tokens = tokenizer(prompt_reader(tokenizer).text(CAPTIONS[0])).input_ids
    return Latents(
        latents=random.standard_normal((count, 16, side, side)).astype(np.float16),
        tokens=[tokens] * count,
        fractions=random.integers(0, 60, (count, 4, side // 2, side // 2), dtype=np.uint8),
        kinds=random.integers(0, 3, (count, side * 2, side * 2), dtype=np.uint8),
        groups=[[(4, 5), (10, 11), (14,)]] * count,
    )


@pytest.mark.parametrize("text", ["a red warrior", "戦士と姫", "🐉 fire\u200d", "\x00\ufffd", ""])
def test_the_tokenizer_keeps_any_text(text: str) -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert tokenizer(prompt_reader(tokenizer).text(text)).input_ids[
        0
    ] == tokenizer.convert_tokens_to_ids("<|im_start|>")


def test_words_of_captions_are_single_tokens() -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    assert len(tokenizer(" warrior").input_ids) == 1


def test_a_chunk_of_scenes_is_drawn_once_and_tells_the_truth(tmp_path: Path) -> None:
    paths = draw_corpus(tmp_path, (64, 64), 1, first_seed=5_000_000, workers=1)
    before = paths[0].stat().st_mtime_ns
    assert draw_corpus(tmp_path, (64, 64), 1, first_seed=5_000_000, workers=1) == paths
    assert paths[0].stat().st_mtime_ns == before
    corpus = load_corpus(paths)
    assert len(corpus) == CHUNK
    scene = draw_scene(5_000_003, 64, 64)
    assert corpus.captions[3] == scene.caption
    assert np.array_equal(corpus.pictures[3], scene.picture)
    start, end = corpus.phrases[3][0]
    assert scene.subjects[0].kind in corpus.captions[3][start:end]
    share = corpus.fractions[3, 0].mean() / 255
    assert share == pytest.approx(scene.subjects[0].matte.mean(), abs=0.01)


def pictures_of_scenes(count: int = 12) -> np.ndarray:
    return np.stack([draw_scene(6_000_000 + seed, 192, 192).picture for seed in range(count)])


def test_the_encoder_passes_colours_from_the_start(tmp_path: Path) -> None:
    pictures = pictures_of_scenes()
    model = fit_encoder([pictures])
    images = to_tensor(pictures[:4])
    with torch.no_grad():
        restored = model.decode(model.encode(images).latent_dist.mode()).sample
    ours, theirs = (functional.avg_pool2d(one, 8).flatten() for one in (restored, images))
    assert torch.corrcoef(torch.stack([ours, theirs]))[0, 1] > 0.9
    untrained = restoration_psnr(new_autoencoder().eval(), pictures[:4])
    assert restoration_psnr(model, pictures[:4]) > untrained + 3

    losses: list[float] = []
    train_decoder(
        model, [pictures], tmp_path, steps=12, on_step=lambda _, __, loss: losses.append(loss)
    )
    assert np.mean(losses[-4:]) < np.mean(losses[:4])


def test_updates_are_made_orthogonal() -> None:
    torch.manual_seed(0)
    for shape in ((3, 24, 24), (2, 16, 48), (2, 48, 16)):
        before = torch.randn(shape)
        values = torch.linalg.svdvals(orthogonalise(before))
        assert values.max() < 1.4
        assert values.median() > 0.6
        assert torch.all(torch.linalg.cond(orthogonalise(before)) < torch.linalg.cond(before))


def test_a_kernel_is_learnt_as_one_row_an_output() -> None:
    torch.manual_seed(0)
    kernel = torch.nn.Parameter(torch.randn(6, 4, 3, 3).to(memory_format=torch.channels_last))
    matrix = torch.nn.Parameter(kernel.detach().flatten(1).clone())
    for one in (kernel, matrix):
        muon = BatchedMuon([one], lr=0.1)
        for step in range(3):
            one.grad = torch.sin(one.detach() * (step + 1))
            muon.step()
    assert torch.allclose(kernel.flatten(1), matrix, atol=1e-5)


def test_the_probe_reads_the_attention_that_the_block_uses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    model = new_transformer()
    probe = GroundingProbe(model.layers[GROUNDED_BLOCK])
    calls: list[tuple[torch.Tensor, torch.Tensor]] = []
    dispatch = transformer_z_image.dispatch_attention_fn

    def recorded(query: torch.Tensor, key: torch.Tensor, *rest: Any, **options: Any) -> Any:
        calls.append((query, key))
        return dispatch(query, key, *rest, **options)

    monkeypatch.setattr(transformer_z_image, "dispatch_attention_fn", recorded)
    latent, words = torch.randn(16, 1, 8, 8), torch.randn(20, 160)
    model([latent], torch.tensor([0.5]), [words])
    refiners = len(model.noise_refiner) + len(model.context_refiner)
    query, key = calls[refiners + GROUNDED_BLOCK]  # (1, 64, heads, 32): both parts padded to 32
    logits = torch.einsum("bqhd,bkhd->bhqk", query, key) / query.shape[-1] ** 0.5
    reference = logits.softmax(-1).mean(1)[:, :32, 32:]
    assert torch.allclose(probe.shares(32, torch.eye(32)[None]), reference, atol=1e-6)
    probe.remove()
    probe._query = torch.empty(0)
    model([latent], torch.tensor([0.5]), [words])
    assert probe._query.numel() == 0


def test_grounding_is_least_where_attention_is_the_truth() -> None:
    truth = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    present = torch.ones(1, 2)
    right = grounding_loss(truth * 0.5 + 1e-3, truth, present)
    wrong = grounding_loss(truth.flip(-1) * 0.5 + 1e-3, truth, present)
    assert right < wrong


def test_training_goes_on_where_it_stopped(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    data = [some_latents()]
    steps: list[int] = []

    def seen(step: int, *_: float) -> None:
        steps.append(step)

    first = PainterTrainer(tokenizer, replace(TRAINING, steps=2), tmp_path)
    first.train(data, data, seen)
    second = PainterTrainer(tokenizer, TRAINING, tmp_path)
    assert second.checkpoint.load() == 2
    for ours, theirs in zip(first.both.parameters(), second.both.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    second.train(data, data, seen)
    assert steps == [1, 2, 3, 4]


def test_processes_share_a_batch(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    sets = ([some_latents()], [some_latents()])
    steps: list[int] = []
    train_in_processes(tokenizer, TRAINING, tmp_path, sets, 2, lambda step, *_: steps.append(step))
    assert steps == [1, 2, 3, 4]
    trainer = PainterTrainer(tokenizer, TRAINING, tmp_path)
    assert trainer.checkpoint.load() == 4


def test_what_is_exported_loads_and_paints(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    trainer = PainterTrainer(tokenizer, TRAINING, tmp_path)
    folder = tmp_path / "model"
    export_pipeline(trainer, new_autoencoder(), folder, {"native_short_side": 64})
    assert all(path.suffix != ".bin" for path in folder.rglob("*"))
    loaded = ZImagePipeline.from_pretrained(folder, torch_dtype=torch.float32)
    loaded.set_progress_bar_config(disable=True)
    pictures = loaded(
        "a red warrior", width=64, height=64, num_inference_steps=2, output_type="np"
    ).images
    assert pictures.shape == (1, 64, 64, 3)
    assert np.isfinite(pictures).all()


def test_a_trained_painter_goes_on_in_a_new_folder(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    trained = PainterTrainer(tokenizer, replace(TRAINING, seed=3), tmp_path)
    folder = tmp_path / "model"
    export_pipeline(trained, new_autoencoder(), folder, {})
    again = PainterTrainer(tokenizer, replace(TRAINING, start=str(folder)), tmp_path / "new")
    for ours, theirs in zip(
        again.both.parameters(), trained.average.module.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs.half().float())
    again.train([some_latents()], [some_latents()])
    assert Checkpoint.steps_of(tmp_path / "new" / "painter.pt") == TRAINING.steps


def test_a_fresh_painter_takes_nothing_of_the_trained_weights(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(CAPTIONS * 20)
    trained = PainterTrainer(tokenizer, replace(TRAINING, seed=3), tmp_path)
    folder = tmp_path / "model"
    export_pipeline(trained, new_autoencoder(), folder, {})
    wanted = replace(TRAINING, start=str(folder), fresh=True)
    fresh = PainterTrainer(tokenizer, wanted, tmp_path / "new")
    from_nothing = PainterTrainer(tokenizer, TRAINING, tmp_path / "nothing")
    for ours, same, theirs in zip(
        fresh.both.parameters(), from_nothing.both.parameters(), trained.both.parameters(),
        strict=True,
    ):  # fmt: skip
        assert torch.equal(ours, same)
        assert ours.numel() < 1000 or not torch.equal(ours, theirs)


def test_its_tokenizer_and_autoencoder_stay(tmp_path: Path) -> None:
    folder, new = tmp_path / "model", tmp_path / "new"
    trained = PainterTrainer(train_tokenizer(CAPTIONS * 20), TRAINING, tmp_path)
    export_pipeline(trained, new_autoencoder(), folder, {})
    figures = {"depth_mean_absolute_error": 0.1, "painter_pictures": 16}
    (folder / CARD_FIGURES).write_text(json.dumps(figures))
    assert take_over(folder, new) == figures
    training = Training(Plan(folder=new))
    assert training.tokenizer().get_vocab() == trained.tokenizer.get_vocab()
    theirs = AutoencoderKL.from_pretrained(folder / "vae").state_dict()
    ours = training.autoencoder().state_dict()
    assert all(torch.equal(ours[name], theirs[name].float()) for name in theirs)
    assert not (new / "corpus").exists(), "no scene was needed"
    (new / "tokenizer" / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="another vocabulary"):
        take_over(folder, new)


def test_only_what_was_trained_here_goes_on(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="study train") as caught:
        run_training(
            tmp_path / "new", {"start": str(tmp_path)}, seed=0, height=None, scenes=1, workers=1,
            publish_bundled=False,
        )  # fmt: skip
    assert caught.value.code == "study.not_trained_here"
    assert not (tmp_path / "new").exists()


def test_half_precision_is_near_and_leaves_nothing_behind() -> None:
    torch.manual_seed(0)
    x, weights = torch.randn(2, 3, 8, 16), torch.randn(16, 16)
    before = functional.scaled_dot_product_attention
    with half_precision():
        product = x @ weights
        attended = functional.scaled_dot_product_attention(product, product, product)
    exact = x @ weights
    assert (product.float() - exact).abs().max() < 0.2
    wanted = functional.scaled_dot_product_attention(product, product, product)
    assert torch.allclose(attended.float(), wanted.float(), atol=0.05)
    with pytest.raises(KeyError), half_precision():
        raise KeyError
    assert functional.scaled_dot_product_attention is before
    assert (x @ weights).dtype == torch.float32


def _two_halves() -> Examples:
    """Pictures whose bright lower half is the first kind."""
    random = np.random.default_rng(0)
    truth = np.zeros((8, 64, 64), np.uint8)
    truth[:, 32:] = 1
    pictures = random.integers(0, 60, (8, 64, 64, 3), dtype=np.uint8)
    pictures[truth == 1] += 150
    return Examples(pictures, truth)


def test_the_depth_model_learns(tmp_path: Path) -> None:
    examples = _two_halves()
    losses: list[float] = []
    train_supervised(
        new_depth_model(),
        depth_loss,
        [Examples(examples.pictures, examples.truth * 255)],
        tmp_path / "depth.pt",
        steps=20,
        batch=4,
        rate=2e-3,
        on_step=lambda _, __, value: losses.append(value),
    )
    assert np.mean(losses[-4:]) < 0.8 * np.mean(losses[:4])


def test_the_judge_learns_at_growing_sizes_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_training, "PHASES", ((0.5, 0.5, 4), (1.0, 1.0, 4)))
    monkeypatch.setattr(judge_training, "WARM_UP_STEPS", 4)
    examples = _two_halves()
    steps: list[int] = []

    def train_until(until: int) -> Judge:
        torch.manual_seed(0)
        judge = Judge()
        train_judge(
            judge,
            [examples],
            tmp_path / "judge.pt",
            steps=until,
            on_step=lambda step, _, __: steps.append(step),
        )
        return judge

    train_until(20)
    judge = train_until(40)
    assert steps == list(range(1, 41))
    assert judge_miou(judge, examples) > 0.9
    assert judge_miou(Judge().eval(), examples) < 0.5


def test_lessons_show_what_their_truth_says_at_every_size() -> None:
    """Flat colours: a pixel's colour tells its kind, mirrored, cut out and smaller as well."""
    random = np.random.default_rng(0)
    groups = []
    for width in (64, 112):
        truth = np.zeros((4, 64, width), np.uint8)
        truth[:, 16:48, 8 : width // 2] = 3
        truth[:, 32:, width // 2 :] = 5
        groups.append(Examples(np.repeat(truth[..., None] * 40, 3, axis=-1), truth))
    shapes = set()
    for _ in range(20):
        for zoom in (0.5, 0.75, 1.0):
            lessons = draw_lessons(random, groups, 3, zoom)
            shapes.add(lessons.truth.shape[1:])
            wrong = np.abs(lessons.pictures[..., 0].astype(int) - 40 * lessons.truth.astype(int))
            assert (wrong > 20).mean() < (0.08 if zoom < 1 else 1e-9)  # contours are blended
    assert shapes == {(32, 32), (48, 48), (48, 64), (64, 64), (64, 112)}


def test_a_judge_looks_at_the_mirror_image_too() -> None:
    torch.manual_seed(1)
    judge = Judge().eval()
    picture = torch.rand(1, 3, 32, 48) * 2 - 1
    seen = classes_seen(judge, picture)
    assert torch.equal(classes_seen(judge, picture.flip(-1)).flip(-1), seen)


def test_a_judge_is_written_and_read(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = Judge().eval()
    write_judge(model, 0.9, tmp_path)
    read, miou = read_judge(tmp_path)
    picture = torch.rand(1, 3, 64, 64)
    assert miou == 0.9
    with torch.no_grad():
        assert torch.allclose(read(picture), model(picture), atol=1e-2)


def test_a_judge_is_trained_once_in_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "SIZES", {(64, 64): 1_000_000, (128, 64): 2_000_000})
    monkeypatch.setattr(command, "JUDGE_SCENES", (192, 192))
    monkeypatch.setattr(command, "Plan", partial(Plan, judge_steps=2))
    monkeypatch.setattr(judge_training, "PHASES", ((1.0, 1.0, 4),))
    judge, miou = trained_judge(tmp_path)
    before = (tmp_path / "judge.pt").stat().st_mtime_ns
    again, same = trained_judge(tmp_path)
    assert same == pytest.approx(miou, abs=1e-4)
    assert torch.allclose(again.head.weight, judge.head.weight, atol=1e-3)
    assert (tmp_path / "judge.pt").stat().st_mtime_ns == before


def test_the_bundled_judge_knows_held_out_scenes_of_every_style() -> None:
    judge, miou = trained_judge(None)
    scenes = [draw_scene(seed, 256, 256, style=STYLES[seed % 5]) for seed in range(400, 410)]
    kinds = np.zeros((10, 256, 256), np.uint8)
    for kind, scene in zip(kinds, scenes, strict=True):
        for subject in scene.subjects:
            kind[subject.matte > 0.5] = KINDS.index(subject.kind) + 1
    seen = judge_miou(judge, Examples(np.stack([one.picture for one in scenes]), kinds))
    assert seen > 0.92
    assert miou >= 0.95


def test_the_silhouette_head_learns_to_name_what_its_tokens_show() -> None:
    torch.manual_seed(0)
    block = torch.nn.Identity()
    head = SilhouetteHead(block, 12)
    kinds = torch.zeros(2, 8, 12, dtype=torch.uint8)
    kinds[0, :4, :4] = 3
    kinds[1, 4:, 8:] = 5
    tokens = torch.zeros(2, 7, 12)  # 2 x 3 of the picture, then one of the text
    tokens[0, 0, 0] = tokens[1, 5, 1] = 1.0
    optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
    for _ in range(60):
        block(tokens)
        loss = head.loss(kinds).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05
    with torch.no_grad():
        assert float(head.loss(kinds.flip(0)).mean()) > 1.0
