"""LoRAs as files that are not trusted, and on pipelines that have to be as before without them."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from multiplane.contract.errors import InputError
from multiplane.contract.style import NamedLora, Style, read_style
from multiplane.intake.reach import limited_to
from multiplane.models.families.z_image import STORYBOARD_MINI
from multiplane.models.folders import LORAS_VARIABLE
from multiplane.models.load import Painter
from multiplane.models.lora_file import Lora, find_lora, loras, read_header
from multiplane.models.loras import wear
from multiplane.models.memory import MemoryPlan, Placement
from tests.attention.reference import paint
from tests.tiny_families import tiny_sdxl, tiny_stable_diffusion
from tests.tiny_loras import denoiser_of, save_tiny_lora
from tests.tiny_models import tiny_pipeline


@pytest.mark.parametrize(
    ("text", "style"),
    [
        (None, Style(None)),
        ("ink, soft", Style("ink, soft")),
        ("ink, <lora:wash:0.8>, soft", Style("ink, soft", (NamedLora("wash", 0.8),))),
        ("<lora:wash>", Style(None, (NamedLora("wash", 1.0),))),
        ("<LORA: ink wash :-1> wet", Style("wet", (NamedLora("ink wash", -1.0),))),
        (
            "ink <lora:a:.5><lora:sub/b.safetensors:2>",
            Style("ink", (NamedLora("a", 0.5), NamedLora("sub/b.safetensors", 2.0))),
        ),
        (r"<lora:C:\styles\a.safetensors>", Style(None, (NamedLora(r"C:\styles\a.safetensors"),))),
        ("a < b, lora: x", Style("a < b, lora: x")),
    ],
)
def test_a_style_is_words_and_loras(text: str | None, style: Style) -> None:
    assert read_style(text) == style


@pytest.mark.parametrize(
    "text",
    ["<lora:>", "<lora::1>", "<lora:a", "<lora:a:9>", "<lora:a:nan>", "<lora:a><lora:a:2>"]
    + ["<lora:wash:strong>", "<lora:wash:0.8x>", "<lora:wash:>", r"<lora:C:\\styles\\a:much>"]
    + ["".join(f"<lora:{number}>" for number in range(9))],
)
def test_what_is_not_written_so_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="LoRA"):
        read_style(text)


@cache
def pipeline() -> Any:
    return tiny_pipeline()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path / "loras"))
    return tmp_path / "loras"


def painter_of(pipeline: Any) -> Painter:
    return Painter(pipeline, STORYBOARD_MINI, "cpu", Path())


def test_a_lora_is_found_by_its_name_or_beside_the_storyboard(folder: Path, tmp_path: Path) -> None:
    board = tmp_path / "board"
    ink = save_tiny_lora(pipeline(), folder / "drawn" / "ink.safetensors")
    oil = save_tiny_lora(pipeline(), board / "oil.safetensors", seed=2)
    digest = hashlib.sha256(ink.read_bytes()).hexdigest()
    assert loras() == [ink]
    for name in ("drawn/ink", "drawn/ink.safetensors", str(ink)):
        assert find_lora(NamedLora(name, 0.5), board) == Lora(name, ink, 0.5, digest)
    assert find_lora(NamedLora("oil"), board).file == oil
    with pytest.raises(InputError, match="no such LoRA") as caught:
        find_lora(NamedLora("drawn/inc"), board)
    assert caught.value.code == "lora.missing"
    assert caught.value.remedy == "Did you mean drawn/ink?"
    with limited_to([board], [folder]):
        assert find_lora(NamedLora("drawn/ink"), board).file == ink
        with pytest.raises(InputError) as caught:
            find_lora(NamedLora("../other/x.safetensors"), board)
        assert caught.value.code == "path.out_of_reach"


class Evil:
    """Unpickled, it leaves a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return (Path.touch, (self.trace,))


def hostile(folder: Path, kind: str) -> Path:
    """A file of this kind that is no LoRA to be loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "bad.safetensors"
    if kind == "pickle":
        (folder / "bad.ckpt").write_bytes(pickle.dumps(Evil(folder / "ran")))
        return folder / "bad.ckpt"
    if kind in ("pickle by another name", "zip by another name"):
        new = kind.startswith("zip")
        torch.save({"evil": Evil(folder / "ran")}, file, _use_new_zipfile_serialization=new)
    elif kind == "half":
        whole = save_tiny_lora(pipeline(), folder / "whole").read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
    elif kind == "a header without an end":
        file.write_bytes(struct.pack("<Q", 2**62) + b"{")
    elif kind == "a tensor beyond the file":
        header = {"a.lora_A.weight": {"dtype": "F32", "shape": [4], "data_offsets": [0, 1 << 40]}}
        data = json.dumps(header).encode()
        file.write_bytes(struct.pack("<Q", len(data)) + data)
    elif kind == "empty":
        file.touch()
    elif kind == "no tensors":
        save_file({}, file)
    elif kind == "a name that is an expression":
        save_file({"(a+)+$.lora_A.weight": torch.zeros(2, 2)}, file)
    elif kind == "a pipe":
        os.mkfifo(file)
    elif kind == "a folder":
        file.mkdir()
    else:
        settings = {
            "a module to import": {"transformer.megatron_config": {"a": 1}},
            "a module of its own": {"transformer.auto_mapping": {"parent_library": "antigravity"}},
            "an expression for parts": {"transformer.target_modules": ["(a+)+$"]},
            "a computation": {"transformer.init_lora_weights": "pissa_niter_9999"},
            "whole parts": {"transformer.modules_to_save": ["x_embedder"]},
        }[kind]
        save_tiny_lora(pipeline(), file, notes={"lora_adapter_metadata": json.dumps(settings)})
    return file


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("pickle", "lora.pickle"),
        ("pickle by another name", "lora.pickle"),
        ("zip by another name", "lora.pickle"),
        ("half", "lora.damaged"),
        ("a header without an end", "lora.damaged"),
        ("a tensor beyond the file", "lora.damaged"),
        ("empty", "lora.damaged"),
        ("no tensors", "lora.damaged"),
        ("a name that is an expression", "lora.damaged"),
        ("a pipe", "lora.not_a_file"),
        ("a folder", "lora.missing"),
        ("a module to import", "lora.settings"),
        ("a module of its own", "lora.settings"),
        ("an expression for parts", "lora.settings"),
        ("a computation", "lora.settings"),
        ("whole parts", "lora.settings"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(folder: Path, kind: str, code: str) -> None:
    file = hostile(folder, kind)
    with pytest.raises(InputError) as caught:
        find_lora(NamedLora("bad"), folder)
    assert (caught.value.code, caught.value.file) == (code, str(file))
    with pytest.raises(InputError):
        wear(painter_of(pipeline()), [Lora("bad", file, 1.0, "")])
    assert not (folder / "ran").exists()


def test_a_file_of_a_models_size_is_refused_unread(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save_tiny_lora(pipeline(), folder / "big.safetensors")
    os.truncate(file, 5 * 2**30)  # holes cost no disk
    with pytest.raises(InputError) as caught:
        find_lora(NamedLora("big"), folder)
    assert caught.value.code == "lora.too_large"


def test_what_peft_writes_of_itself_is_harmless_and_counts(folder: Path) -> None:
    """The settings of a real LoRA, as diffusers saves them; alpha decides how strong it is."""
    from peft import LoraConfig

    def lora(alpha: int) -> Lora:
        settings = LoraConfig(
            r=2, lora_alpha=alpha, target_modules=["to_q", "to_k", "to_v"],
            init_lora_weights="gaussian",
        ).to_dict()  # fmt: skip
        told = {
            f"transformer.{name}": sorted(value) if isinstance(value, set) else value
            for name, value in settings.items()
        }
        file = save_tiny_lora(
            pipeline(),
            folder / f"{alpha}.safetensors",
            notes={"lora_adapter_metadata": json.dumps(told)},
        )
        return Lora(str(alpha), file, 2.0 / alpha, "")

    # Its alpha times a weight of 1 and of one half.
    pictures = [picture([each]) for each in (lora(2), lora(4))]
    wear(painter_of(pipeline()), [])
    np.testing.assert_allclose(pictures[0], pictures[1], atol=1e-5)
    assert not np.allclose(pictures[0], paint(pipeline()), atol=1e-2)


def picture(loras: list[Lora]) -> NDArray[np.float32]:
    wear(painter_of(pipeline()), loras)
    return paint(pipeline())


def test_shots_of_different_loras_do_not_see_each_other(folder: Path) -> None:
    ink, oil = (
        Lora(name, save_tiny_lora(pipeline(), folder / f"{name}.safetensors", seed), 1.0, "")
        for seed, name in enumerate(("ink", "oil"))
    )
    weak = replace(ink, weight=0.5)
    wanted = [[], [ink], [oil], [ink, oil], [weak], [replace(ink, weight=0.0)]]
    fresh = []
    for worn in wanted:
        pipeline.cache_clear()
        fresh.append(picture(worn))
    for first, painted in enumerate(fresh[:-1]):
        assert all(np.abs(painted - other).max() > 1e-3 for other in fresh[first + 1 : -1])
    np.testing.assert_allclose(fresh[-1], fresh[0], atol=1e-6)
    for number in (1, 0, 3, 2, 4, 1, 0):
        np.testing.assert_array_equal(picture(wanted[number]), fresh[number])


def test_a_pipeline_that_takes_turns_on_the_device_does_so_afterwards(folder: Path) -> None:
    lora = Lora("ink", save_tiny_lora(tiny_pipeline(), folder / "ink.safetensors"), 0.8, "")
    wanted = [picture(worn) for worn in ([], [lora], [])]
    own = tiny_pipeline()
    own.enable_model_cpu_offload(device="cpu")
    plan = MemoryPlan(placement=Placement.MODEL_OFFLOAD)
    painter = Painter(own, STORYBOARD_MINI, "cpu", Path(), plan)
    for worn, painted in zip(([], [lora], []), wanted, strict=True):
        wear(painter, worn)
        np.testing.assert_array_equal(paint(own), painted)
        assert hasattr(own.transformer, "_hf_hook")


def test_a_lora_of_another_family_is_told_of_and_leaves_nothing(folder: Path) -> None:
    before = picture([])
    for build, made_for in (
        (tiny_stable_diffusion, None),
        (tiny_sdxl, "Stable Diffusion XL"),
    ):
        notes = {"modelspec.architecture": made_for} if made_for else {}
        file = save_tiny_lora(build(), folder / "other.safetensors", notes=notes)
        with pytest.raises(InputError) as caught:
            wear(painter_of(pipeline()), [Lora("other", file, 1.0, "")])
        error = caught.value
        assert (error.code, error.file) == ("lora.unfit", str(file))
        assert "The LoRA other does not fit Storyboard Mini." in error.message
        assert (f"looks made for {made_for}." in error.message) == (made_for is not None)
        np.testing.assert_array_equal(paint(pipeline()), before)


@pytest.mark.parametrize("change", ["width", "depth", "half"])
def test_a_lora_of_another_size_is_told_of_and_leaves_nothing(folder: Path, change: str) -> None:
    before = picture([])
    larger = tiny_pipeline(layers=5) if change == "depth" else tiny_pipeline(heads=4)
    file = save_tiny_lora(larger, folder / "other.safetensors")
    if change == "half":
        file = save_tiny_lora(pipeline(), folder / "other.safetensors")
        found = load_file(file)
        save_file({name: found[name] for name in sorted(found)[1:]}, file)
    with pytest.raises(InputError) as caught:
        wear(painter_of(pipeline()), [Lora("other", file, 1.0, "")])
    assert caught.value.code == "lora.unfit"
    assert caught.value.value
    np.testing.assert_array_equal(paint(pipeline()), before)
    assert not any("lora" in name for name, _ in denoiser_of(pipeline())[1].named_parameters())


@pytest.mark.parametrize(
    ("shapes", "title"),
    [
        ({"unet.down.attn2.to_k.lora_A.weight": (4, 768)}, "Stable Diffusion 1.5"),
        ({"lora_unet_down_attn2_to_k.lora_down.weight": (4, 2048)}, "Stable Diffusion XL"),
        ({"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (4, 8)}, "FLUX.1"),
        ({"transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj.lora_A": (4, 8)}, "FLUX.2"),
        ({"transformer.layers.0.attention.to_q.lora_A.weight": (4, 8)}, "Z-Image"),
        ({"transformer.transformer_blocks.0.img_mlp.net.2.lora_A.weight": (4, 8)}, "Qwen-Image"),
        ({"transformer.transformer_blocks.0.attn.add_q_proj.lora_A": (4, 8)}, "Stable Diffusion 3"),
        ({"somewhere.lora_A.weight": (4, 8)}, None),
    ],
)
def test_what_a_lora_is_made_for_is_told_by_its_tensors(
    folder: Path, shapes: dict[str, tuple[int, int]], title: str | None
) -> None:
    folder.mkdir()
    file = folder / "some.safetensors"
    save_file({name: torch.zeros(shape) for name, shape in shapes.items()}, file)
    assert read_header(file).made_for == title
