"""LayerDiffuse on the real classes of Stable Diffusion XL, tiny and with random weights."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from multiplane.contract.errors import Failure, InputError
from multiplane.layers.cut import Wanted
from multiplane.layers.cutters.choice import cutter_choice, decomposer_of
from multiplane.layers.cutters.decomposer import Scene
from multiplane.models import folders, hub, machine, places
from multiplane.models.facts import VisionRole
from multiplane.models.profiles import profiles_of
from multiplane.models.vision import layer_diffuse
from multiplane.models.vision.layer_diffuse import beside_noise, guessed_background, hole_of
from multiplane.models.vision.load import load_vision
from multiplane.models.vision.profiles import (
    LAYER_DIFFUSE,
    LAYER_DIFFUSE_DECODER,
    LAYER_DIFFUSE_OFFSETS,
    vision_profile,
)
from multiplane.models.vision.seen import Box, Detection, Prompt
from multiplane.models.vision.transparent_decoder import decoder_of, rgba
from multiplane.models.vision.unet_offsets import add_offsets, diffusers_names
from tests.models.local_hub import LocalHub, serve
from tests.tiny_families import tiny_sdxl
from tests.tiny_vision import (
    ldm_names,
    save_tiny_layer_diffuse,
    tiny_offsets,
    tiny_transparent_decoder,
)

PICTURE = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
BOX = Box(20.0, 10.0, 60.0, 50.0)
BOXED = Prompt(BOX, words="a red fox")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models, with a tiny LayerDiffuse and what it changes."""
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    save_tiny_layer_diffuse(tmp_path / "models")
    return tmp_path / "models"


def loaded() -> Any:
    return load_vision(LAYER_DIFFUSE, "cpu")


def test_names_are_those_of_diffusers_own_converter() -> None:
    """Of the whole SDXL, without its weights, and of the tiny one; every module has one name."""
    from accelerate import init_empty_weights
    from diffusers import UNet2DConditionModel
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    with init_empty_weights():
        whole = UNet2DConditionModel(
            sample_size=128,
            block_out_channels=(320, 640, 1280),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 2, 10),
            attention_head_dim=(5, 10, 20),
            cross_attention_dim=2048,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        )
    for unet in (whole, tiny_sdxl().unet):
        assert len(set(diffusers_names(unet).values())) == len(diffusers_names(unet))
        named = {f"model.diffusion_model.{name}": own for own, name in ldm_names(unet).items()}
        converted = convert_ldm_unet_checkpoint(named, unet.config)
        assert converted == {name: name for name, _ in unet.named_parameters()}


def test_offsets_are_added_where_they_belong() -> None:
    unet = tiny_sdxl().unet
    before = {name: one.clone() for name, one in unet.named_parameters()}
    offsets = tiny_offsets(unet)
    add_offsets(unet, offsets)
    names = ldm_names(unet)
    changed = set()
    for name, weights in unet.named_parameters():
        offset = offsets.get(f"diffusion_model.{names[name]}::diff::0")
        if offset is None:
            assert torch.equal(weights, before[name]), name
        elif name == "conv_in.weight":
            torch.testing.assert_close(weights[:, :4], before[name] + offset[:, :4])
            torch.testing.assert_close(weights[:, 4:], offset[:, 4:])
            changed.add(name)
        else:
            torch.testing.assert_close(weights, before[name] + offset)
            changed.add(name)
    assert len(changed) == len(offsets)
    assert {name for name in before if ".to_q." not in name and ".to_k." not in name
            and ".to_v." not in name} == changed  # fmt: skip


def test_channels_without_an_offset_count_nothing() -> None:
    unet, plain = tiny_sdxl().unet, tiny_sdxl().unet
    zeros = {name: torch.zeros_like(one) for name, one in tiny_offsets(unet).items()}
    add_offsets(unet, zeros)
    latents = torch.randn(1, 12, 16, 16, generator=torch.Generator().manual_seed(2))
    told = {
        "timestep": torch.tensor(500),
        "encoder_hidden_states": torch.ones(1, 5, 32),
        "added_cond_kwargs": {"text_embeds": torch.ones(1, 16), "time_ids": torch.ones(1, 6)},
        "return_dict": False,
    }
    with torch.no_grad():
        torch.testing.assert_close(unet(latents, **told)[0], plain(latents[:, :4], **told)[0])


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("diffusion_model.input_blocks.99.0.in_layers.2.weight::diff::0", (16,), "no place"),
        ("diffusion_model.input_blocks.1.0.evil.weight::diff::0", (16,), "no weights"),
        ("diffusion_model.out.2.bias::lora::0", (4,), "no offset"),
        ("first_stage_model.decoder.conv_in.bias", (4,), "no offset"),
        ("diffusion_model.out.2.bias::diff::0", (5,), "its offset of"),
        ("diffusion_model.input_blocks.0.0.weight::diff::0", (16, 3, 3, 3), "its offset of"),
        ("diffusion_model.input_blocks.0.0.weight::diff::0", (), "its offset of"),
    ],
)
def test_what_is_no_offset_is_refused_before_anything_changes(
    name: str, shape: tuple[int, ...], said: str
) -> None:
    unet = tiny_sdxl().unet
    before = {own: one.clone() for own, one in unet.named_parameters()}
    offsets = tiny_offsets(unet)
    offsets.pop(name, None)
    with pytest.raises(ValueError, match=said):
        add_offsets(unet, {**offsets, name: torch.ones(shape)})
    after = dict(unet.named_parameters())
    assert after.keys() == before.keys()
    assert all(torch.equal(after[own], one) for own, one in before.items())


def without_time(decoder: Any) -> Any:
    """Diffusers' own `UNet2DModel` with a decoder's weights, to which time says nothing."""
    from diffusers import UNet2DModel

    unet = UNet2DModel(
        in_channels=3,
        out_channels=4,
        block_out_channels=(8,) * 7,
        down_block_types=("DownBlock2D",) * 4 + ("AttnDownBlock2D",) * 3,
        up_block_types=("AttnUpBlock2D",) * 3 + ("UpBlock2D",) * 4,
        attention_head_dim=8,
        norm_num_groups=4,
        norm_eps=1e-5,
    )
    weights = dict(decoder.state_dict())
    latent = {name: weights.pop(name) for name in [*weights] if name.startswith("latent_conv_in")}
    assert len(latent) == 2
    missing, odd = unet.load_state_dict(weights, strict=False)
    assert odd == []
    assert all("time_emb" in name for name in missing)
    for name, parameter in unet.named_parameters():
        if "time_emb_proj" in name:
            torch.nn.init.zeros_(parameter)
    return unet.eval()


def test_the_decoder_is_diffusers_u_net_with_the_latent_added_on_its_grid() -> None:
    decoder = tiny_transparent_decoder()
    reference = without_time(decoder)
    noise = torch.Generator().manual_seed(3)
    pixels = torch.rand(1, 3, 64, 128, generator=noise)
    latent = torch.randn(1, 4, 8, 16, generator=noise)

    def add(_: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        kwargs["hidden_states"] = kwargs["hidden_states"] + decoder.latent_conv_in(latent)
        return args, kwargs

    with torch.no_grad():
        made = decoder(pixels, latent)
        without = reference(pixels, 0).sample
        reference.down_blocks[3].register_forward_pre_hook(add, with_kwargs=True)
        truth = reference(pixels, 0).sample
    torch.testing.assert_close(made, truth, atol=1e-4, rtol=1e-4)
    assert (made - without).abs().max() > 0.01
    whole = decoder_of(decoder.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(whole(pixels, latent), made)


def test_eight_views_agree_however_the_picture_is_turned() -> None:
    decoder = tiny_transparent_decoder()
    noise = torch.Generator().manual_seed(3)
    pixels = torch.rand(1, 3, 64, 128, generator=noise)
    latent = torch.randn(1, 4, 8, 16, generator=noise)
    with torch.no_grad():
        found = rgba(decoder, pixels, latent)
        turned = rgba(decoder, pixels.rot90(1, (2, 3)), latent.rot90(1, (2, 3)))
        mirrored = rgba(decoder, pixels.flip(3), latent.flip(3))
        plain = decoder(pixels, latent).clamp(0.0, 1.0)
    assert found.shape == (1, 4, 64, 128)
    assert 0.0 <= found.min() < found.max() <= 1.0
    torch.testing.assert_close(turned.rot90(-1, (2, 3)), found, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(mirrored.flip(3), found, atol=1e-5, rtol=1e-5)
    alpha_last = torch.cat([plain[:, 1:], plain[:, :1]], dim=1)
    assert (found - alpha_last).abs().max() > 1e-3  # one view by itself is another answer


def test_the_foreground_is_what_the_loop_of_its_paper_gives(models: Path) -> None:
    """Noise, background and picture side by side in every pass, guided, then both decoders."""
    model = loaded()
    pipeline = tiny_sdxl()
    add_offsets(pipeline.unet, load_file(models / "layerdiffuse-sdxl" / LAYER_DIFFUSE_OFFSETS))
    size = (192, 128)
    blended = cv2.resize(PICTURE, size, interpolation=cv2.INTER_AREA)
    hole = hole_of(BOX, size, (2.0, 2.0))
    scheduler, vae = pipeline.scheduler, pipeline.vae
    with torch.no_grad():
        text, empty, pooled, none = pipeline.encode_prompt(
            "a red fox, high quality", negative_prompt="bad, ugly"
        )
        beside = []
        for picture in (guessed_background(blended, hole), blended):
            pixels = torch.from_numpy(picture / 127.5 - 1.0).float().permute(2, 0, 1)[None]
            beside.append(vae.encode(pixels).latent_dist.mean * 0.5)
        scheduler.set_timesteps(2)
        latent = torch.randn(1, 4, 16, 24, generator=torch.Generator().manual_seed(0))
        latent = latent * scheduler.init_noise_sigma
        sizes = torch.tensor([[128.0, 192.0, 0.0, 0.0, 128.0, 192.0]])
        for time in scheduler.timesteps:
            seen = torch.cat([scheduler.scale_model_input(latent, time), *beside], dim=1)
            guess = [
                pipeline.unet(
                    seen, time, encoder_hidden_states=words,
                    added_cond_kwargs={"text_embeds": one, "time_ids": sizes}, return_dict=False,
                )[0]
                for words, one in ((empty, none), (text, pooled))
            ]  # fmt: skip
            guided = guess[0] + 7.0 * (guess[1] - guess[0])
            latent = scheduler.step(guided, time, latent, return_dict=False)[0]
        latent = latent / 0.5
        pixels = (vae.decode(latent, return_dict=False)[0] / 2 + 0.5).clamp(0, 1)
        truth = rgba(tiny_transparent_decoder(), pixels, latent)[0].permute(1, 2, 0).numpy()
    truth[..., 3] *= hole
    found = model.foreground(PICTURE, BOXED)
    assert found.shape == (128, 192, 4)
    np.testing.assert_allclose(found, truth, atol=1e-3)
    assert found[..., 3][hole].std() > 0.01
    (mask,) = model.candidates(PICTURE, [BOXED])
    np.testing.assert_array_equal(mask.logits[0] > 0, found[..., 3] > 0.5)
    assert mask.scores.tolist() == [1.0]
    again = model.foreground(PICTURE, BOXED)
    np.testing.assert_array_equal(again, found)
    other = model.foreground(PICTURE, Prompt(BOX, words="a blue boat"))
    assert np.abs(other - found).max() > 1e-3


def test_outside_of_the_box_nothing_stands_in_front(models: Path) -> None:
    alpha = loaded().foreground(PICTURE, BOXED)[..., 3]
    inside = hole_of(BOX, (192, 128), (2.0, 2.0))
    assert inside[20:100, 40:120].all()
    assert inside.sum() == (80 + 6) * (80 + 6)  # its margin is 4 % of 80 px, each side
    assert not alpha[~inside].any()
    assert loaded().candidates(PICTURE, [Prompt(None, ((30.0, 30.0),))])[0].logits.std() > 0


def test_the_background_is_guessed_from_around_the_box_alone() -> None:
    picture = np.full((64, 96, 3), (200, 100, 50), np.uint8)
    hole = np.zeros((64, 96), bool)
    hole[10:50, 20:60] = True
    picture[15:45, 25:55] = (0, 0, 255)
    guessed = guessed_background(picture, hole)
    assert np.abs(guessed.astype(int) - (200, 100, 50)).max() <= 6  # it rounds down
    np.testing.assert_array_equal(guessed[~hole], picture[~hole])
    assert (guessed_background(picture, np.ones_like(hole)) == 127).all()


def test_the_u_net_is_given_back_after_an_exception(models: Path) -> None:
    unet = loaded().pipeline.unet
    with pytest.raises(RuntimeError, match="stopped"), beside_noise(unet, torch.ones(1, 8, 2, 2)):
        raise RuntimeError("stopped")
    assert not unet._forward_pre_hooks


def test_it_cuts_what_words_find_and_refines_what_attention_saw(models: Path) -> None:
    own = str(models / "layerdiffuse-sdxl")
    assert cutter_choice("attention+layerdiffuse-sdxl").masker is LAYER_DIFFUSE
    choice = cutter_choice("grounding-dino-tiny+layerdiffuse-sdxl")
    assert [one.name for one in choice.models] == ["grounding-dino-tiny", "layerdiffuse-sdxl"]
    folder = vision_profile(own)
    assert (folder.role, folder.upon) == (VisionRole.MASKER, LAYER_DIFFUSE.upon)
    assert places.find(folder) == models / "layerdiffuse-sdxl"
    words: list[str] = []
    model = loaded()

    class Asked:
        def candidates(self, picture: Any, prompts: Any) -> Any:
            words.extend(prompt.words for prompt in prompts)
            return model.candidates(picture, prompts)

    class Finds:
        def detections(self, picture: Any, phrases: Any) -> Any:
            return [Detection(0, 0.9, BOX)]

    parts = {"grounding-dino-tiny": Finds(), "layerdiffuse-sdxl": Asked()}
    cutter = decomposer_of(choice, lambda known: parts[known.name])
    cut = cutter.cut(Scene(PICTURE, (Wanted("a red fox"),)))
    assert words == ["a red fox"]
    assert cut.alphas.shape == (1, 64, 96)


def test_it_is_pulled_with_what_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its repository its two files alone come."""
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "pulled"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    both = ["sdxl", "layerdiffuse-sdxl"]
    assert [one.name for one in profiles_of("layerdiffuse-sdxl")] == both
    assert [one.name for one in hub.to_pull("layerdiffuse-sdxl")] == both
    served = save_tiny_layer_diffuse(tmp_path / "served")
    shutil.copy(served / LAYER_DIFFUSE_DECODER, served / "layer_xl_transparent_attn.safetensors")
    assert LAYER_DIFFUSE.repository
    with serve(LocalHub(served, LAYER_DIFFUSE.repository)) as server:
        folder = hub.pull(LAYER_DIFFUSE, endpoint=server.endpoint)
    assert sorted(one.name for one in folder.iterdir()) == sorted(LAYER_DIFFUSE.files)
    assert places.find(LAYER_DIFFUSE) == folder
    with pytest.raises(Failure, match=r"sdxl is not on this computer.*models pull sdxl"):
        loaded()
    with pytest.raises(Failure, match=r"sdxl is not on this computer"):
        places.require_all(LAYER_DIFFUSE)
    assert [one.name for one in hub.to_pull("layerdiffuse-sdxl")] == ["sdxl"]
    shutil.copytree(tmp_path / "served" / "sdxl", tmp_path / "pulled" / "sdxl")
    assert places.require_all(LAYER_DIFFUSE) == (tmp_path / "pulled" / "sdxl", folder)
    assert hub.to_pull("layerdiffuse-sdxl") == ()
    assert [one.name for one in hub.to_pull("layerdiffuse-sdxl", force=True)] == both
    assert [one.name for one in hub.to_pull("sdxl")] == ["sdxl"], "its files are looked through"
    assert hub.fetched(LAYER_DIFFUSE) == sorted(folder.iterdir())
    (folder / LAYER_DIFFUSE_DECODER).unlink()
    assert places.find(LAYER_DIFFUSE) is None


def test_hostile_and_wrong_folders_are_refused(models: Path, tmp_path: Path) -> None:
    folder = models / "layerdiffuse-sdxl"
    offsets, decoder = folder / LAYER_DIFFUSE_OFFSETS, folder / LAYER_DIFFUSE_DECODER
    kept = {path: path.read_bytes() for path in (offsets, decoder)}

    def refused() -> Failure:
        with pytest.raises(Failure) as caught:
            loaded()
        for path, data in kept.items():
            path.write_bytes(data)
        return caught.value

    # Those of another of the paper's models, after a background alone.
    save_file(tiny_offsets(tiny_sdxl().unet, channels=8), offsets)
    assert "not for a foreground" in str(refused())
    save_file({"evil": torch.ones(1)}, offsets)
    assert refused().code == "models.unreadable"
    save_file({"evil": torch.ones(1)}, decoder)
    assert refused().code == "models.unreadable"
    damaged = load_file(decoder)
    save_file({**damaged, "more": torch.ones(1)}, decoder)
    assert refused().code == "models.unreadable"
    decoder.write_bytes(b"\x80\x04 no safetensors")
    assert refused().code == "models.unreadable"
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(InputError, match="ordinary files only"):
        loaded()
    (folder / "pipe.json").unlink()
    weights = next((models / "sdxl" / "unet").glob("*.safetensors"))
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(Failure, match="sdxl is not on this computer"):  # a pickle is no model
        loaded()
    weights.with_suffix(".bin").rename(weights)
    index = models / "sdxl" / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "vae": ["evil", "Vae"]}))
    with pytest.raises(InputError, match="code that is not diffusers'"):
        loaded()


def test_one_that_does_not_fit_is_refused_with_a_smaller_cutter(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(machine.look_at_machine("cpu"), free_ram_gb=0.5, free_device_gb=0.5)
    monkeypatch.setattr(layer_diffuse, "look_at_machine", lambda _: small)
    with pytest.raises(Failure, match=r"0.5 GB is free.*grounding-dino-tiny") as refused:
        loaded()
    assert refused.value.code == "models.memory"
