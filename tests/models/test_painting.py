"""Loading, painting and observing, with real classes at tiny sizes."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.contract.errors import Failure, InputError
from multiplane.models import folders, load, places
from multiplane.models.families.autoencoder import encode
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE_TURBO
from multiplane.models.fingerprint import fingerprint
from multiplane.models.load import Painter, load_depth, load_painter
from multiplane.models.machine import Machine
from multiplane.models.paint import paint, resize, single_pass
from multiplane.models.profiles import (
    depth_profile,
    profile,
    profile_of_folder,
)
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

PROMPT = "a warrior in front of a castle"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def painter(folder: Path) -> Painter:
    return load_painter(profile(str(folder)), "cpu")


def test_loading_needs_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    painter = load_painter(profile(str(folder)), "cpu")
    assert painter.pipeline.transformer.dtype == torch.float32
    assert painter.profile.steps == 3


def test_a_seed_gives_the_same_picture_and_another_seed_another(painter: Painter) -> None:
    steps: list[tuple[int, int]] = []
    first = paint(painter, PROMPT, (96, 64), 7, on_step=lambda *step: steps.append(step))
    again = paint(painter, PROMPT, (96, 64), 7)
    other = paint(painter, PROMPT, (96, 64), 8)
    assert first.shape == (64, 96, 3)
    assert first.dtype == np.uint8
    assert steps == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_painting_is_what_the_pipeline_itself_paints(painter: Painter) -> None:
    image = painter.pipeline(
        PROMPT,
        width=96,
        height=64,
        num_inference_steps=3,
        guidance_scale=2.0,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    np.testing.assert_array_equal(paint(painter, PROMPT, (96, 64), 7), np.asarray(image))


def test_an_error_in_on_step_stops_the_painting(painter: Painter) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(painter, PROMPT, (96, 64), 7, on_step=stop)


def test_a_prompt_longer_than_the_model_reads_is_refused(painter: Painter) -> None:
    short = replace(painter, profile=replace(painter.profile, max_text_tokens=20))
    with pytest.raises(InputError, match="reads 20") as caught:
        paint(short, "a warrior and a princess " * 10, (64, 64), 0)
    assert caught.value.code == "models.prompt_too_long"


def test_observing_gives_the_transformer_what_flow_matching_says(painter: Painter) -> None:
    picture = paint(painter, PROMPT, (96, 64), 7)
    calls: list[tuple[Any, ...]] = []
    hook = painter.pipeline.transformer.register_forward_pre_hook(
        lambda module, args: calls.append(args)
    )
    try:
        single_pass(painter, picture, PROMPT, sigma=0.4, seed=3)
    finally:
        hook.remove()
    ((latents, time, words),) = calls
    with torch.no_grad():
        clean = encode(painter.pipeline, picture)
    noise = torch.randn(clean.shape, generator=torch.Generator("cpu").manual_seed(3))
    assert time.tolist() == pytest.approx([0.6])
    assert len(latents) == len(words) == 1
    torch.testing.assert_close(latents[0][:, 0], (0.6 * clean + 0.4 * noise)[0])


def test_encoding_is_the_inverse_of_the_pipelines_decoding(painter: Painter) -> None:
    vae = painter.pipeline.vae
    picture = paint(painter, PROMPT, (96, 64), 7)
    with torch.no_grad():
        pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
        mean = vae.encode(pixels).latent_dist.mean
        # What `ZImagePipeline` hands to its decoder.
        decoded = (
            encode(painter.pipeline, picture) / vae.config.scaling_factor + vae.config.shift_factor
        )
    torch.testing.assert_close(decoded, mean, atol=1e-5, rtol=1e-5)


def test_a_capture_sees_an_observation_of_any_size(painter: Painter) -> None:
    plan = CapturePlan((TokenGroup("warrior", (5, 6)),), blocks=(1,))
    picture = resize(paint(painter, PROMPT, (96, 64), 7), (300, 200))
    with capture_attention(painter.pipeline, plan) as maps:
        for seed in range(3):
            single_pass(painter, picture, PROMPT, sigma=0.5, seed=seed)
    assert len(maps.result().captured) == 3
    assert maps.result().image_to_text.shape[0] == 1


def test_a_sigma_outside_is_refused(painter: Painter) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        single_pass(painter, np.zeros((64, 64, 3), np.uint8), PROMPT, sigma=1.0, seed=0)


def test_depth_is_nearness_in_the_pictures_size(tmp_path: Path) -> None:
    model = load_depth(depth_profile(str(save_tiny_depth(tmp_path / "depth"))), "cpu")
    rng = np.random.default_rng(0)
    near = model.nearness(rng.integers(0, 256, (45, 80, 3), dtype=np.uint8))
    assert near.shape == (45, 80)
    assert near.dtype == np.float32
    assert near.min() == 0.0
    assert near.max() == 1.0


def test_a_missing_model_is_offered_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(Failure, match=r"multiplane models pull z-image-turbo \(32.9 GB") as caught:
        load_painter(Z_IMAGE_TURBO, "cpu")
    assert caught.value.code == "models.missing"


def test_weights_in_the_hubs_cache_are_found(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    cached = tmp_path / "hub" / "models--Tongyi-MAI--Z-Image-Turbo"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("abc")
    (cached / "snapshots").mkdir()
    (cached / "snapshots" / "abc").symlink_to(folder, target_is_directory=True)
    assert places.find(Z_IMAGE_TURBO) == cached / "snapshots" / "abc"


def test_half_a_model_does_not_count(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    own = profile_of_folder(copy)
    assert places.find(own) == copy.resolve()
    (copy / "transformer" / "diffusion_pytorch_model.safetensors").unlink()
    assert places.find(own) is None
    with pytest.raises(Failure, match="missing or incomplete"):
        load_painter(own, "cpu")


def test_a_damaged_file_is_said_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    weights = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(Failure) as caught:
        load_painter(profile_of_folder(copy), "cpu")
    assert caught.value.code == "models.unreadable"
    assert "\n" not in caught.value.message


def test_the_fingerprint_follows_weights_and_settings(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert fingerprint(copy) == fingerprint(folder)
    weights = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert fingerprint(copy) != fingerprint(folder)


def test_auto_takes_the_best_that_fits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mini = replace(STORYBOARD_MINI, folder=folder)
    turbo = replace(Z_IMAGE_TURBO, folder=folder)
    known = {"storyboard-mini": mini, "z-image-turbo": turbo}
    monkeypatch.setattr(load, "PROFILES", known)
    monkeypatch.setattr(load, "profile", known.__getitem__)
    monkeypatch.setattr(load, "look_at_machine", lambda device: Machine("cpu", "CPU", 4, 4))
    small = load.chosen("auto")
    assert small.profile is mini
    assert small.why.endswith("Too large for it: z-image-turbo.")
    monkeypatch.setattr(load, "look_at_machine", lambda device: Machine("cuda", "card", 64, 16))
    large = load.chosen("auto")
    assert large.profile is turbo
    assert "Of 2 models here z-image-turbo is the best that fits this card" in large.why
    assert "text encoder freed before painting" in large.why
    monkeypatch.setattr(load, "PROFILES", {"storyboard-mini": mini})
    assert load.chosen("auto") == load.Choice(mini)
