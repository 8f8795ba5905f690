"""Memory plans carried out on real pipelines, tiny, on a CPU.

What wants an NVIDIA GPU is not run here: streams of group offload, bitsandbytes, nunchaku.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.contract.errors import Failure
from multiplane.models import load, quantisers
from multiplane.models.laid_out import pipeline_of
from multiplane.models.load import Painter
from multiplane.models.memory import MemoryPlan, Placement
from multiplane.models.paint import paint, painting_size, single_pass
from multiplane.models.places import is_whole
from multiplane.models.profiles import profile
from multiplane.models.quantisers import Quantiser, Weights
from multiplane.models.text_encoder import FreedEncoder
from tests.tiny_families import tiny_klein, tiny_qwen_image, tiny_sd3, tiny_sdxl
from tests.tiny_folders import save_tiny_pipeline

PROMPT = "a warrior in front of a castle by the sea"
CASTLE = (24, 30)
SIZE = (96, 64)
PLAIN = MemoryPlan()
TORCHAO = "MULTIPLANE_TORCHAO"
"""Variable with the folder of an installed torchao, as .ci/run sets it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


def painter(folder: Path, plan: MemoryPlan) -> Painter:
    facts = replace(profile(str(folder)), steps=3)
    with load.quiet():
        pipeline = pipeline_of(facts, folder, plan, "cpu", load.family(facts.family).load)
    return Painter(pipeline, facts, "cpu", folder, plan)


def seen(own: Painter) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The picture, and where the model attended to the castle while it painted."""
    group = TokenGroup("castle", locate(own.reader, PROMPT, [CASTLE]))
    with capture_attention(own.pipeline, CapturePlan((group,), (1,), 0.0, 1.0)) as maps:
        picture = paint(own, PROMPT, SIZE, 7)
    return picture, maps.result().image_to_text


def assert_same(one: Painter, other: Painter) -> None:
    for first, second in zip(seen(one), seen(other), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("build", [None, tiny_klein, tiny_qwen_image, tiny_sdxl, tiny_sd3])
def test_a_freed_text_encoder_changes_nothing(
    build: Callable[[], Any] | None, folder: Path, tmp_path: Path
) -> None:
    """Neither the picture nor what was captured, to the bit; one encoder or three."""
    if build is not None:
        folder = tmp_path / "model"
        build().save_pretrained(folder, safe_serialization=True)
    assert_same(
        painter(folder, PLAIN), painter(folder, MemoryPlan(placement=Placement.ENCODER_FREED))
    )


def test_a_text_encoder_is_gone_while_the_model_paints_and_comes_for_new_words(
    folder: Path,
) -> None:
    own = painter(folder, MemoryPlan(placement=Placement.ENCODER_FREED))
    encoder = own.pipeline.text_encoder
    assert isinstance(encoder, FreedEncoder)
    loads, load_anew = [], encoder._load
    encoder._load = lambda: loads.append(1) or load_anew()  # type: ignore[func-returns-value]
    there: list[bool] = []
    own.pipeline.transformer.layers[0].register_forward_pre_hook(
        lambda *_: there.append(encoder.is_loaded)
    )
    picture = np.zeros((64, 96, 3), np.uint8)
    paint(own, PROMPT, SIZE, 7)
    paint(own, PROMPT, SIZE, 8)
    single_pass(own, picture, PROMPT, sigma=0.5, seed=0)
    assert len(loads) == 1, "the same words were read before"
    paint(own, "a fox under a tree", SIZE, 7)
    assert len(loads) == 2
    assert there
    assert not any(there)


def test_group_offload_changes_nothing(folder: Path) -> None:
    own = painter(folder, MemoryPlan(placement=Placement.GROUP_OFFLOAD))
    hooks = [
        name
        for name, module in own.pipeline.transformer.named_modules()
        if hasattr(module, "_diffusers_hook")
    ]
    assert any("layers.0" in name for name in hooks), "blocks come and go one by one"
    assert_same(painter(folder, PLAIN), own)


def test_a_vae_in_tiles_and_half_the_weights_paint_about_the_same(folder: Path) -> None:
    plain, _ = seen(painter(folder, PLAIN))
    tiled = painter(folder, MemoryPlan(tiled=True))
    assert tiled.pipeline.vae.use_tiling
    assert tiled.pipeline.vae.use_slicing
    half = painter(folder, MemoryPlan(Weights.HALF))
    assert {half.pipeline.transformer.dtype, half.pipeline.text_encoder.dtype} == {torch.bfloat16}
    for own in (tiled, half):
        other, _ = seen(own)
        assert np.abs(other.astype(float) - plain).mean() < 8


def test_eight_bit_weights_are_kept_in_eight_bits() -> None:
    """In a process of its own, as torchao slows every import of diffusers and talks."""
    path = os.pathsep.join(filter(None, (os.environ.get(TORCHAO), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    look = [sys.executable, "-c", "import torchao"]
    if subprocess.run(look, env=environment, check=False, capture_output=True).returncode:
        pytest.skip(f"no torchao: it is not among the tests' tools, {TORCHAO} may name its folder")
    file = Path(__file__).with_name("eight_bits.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    run = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


_PUBLISHED = {
    "all_final_layer.2-1.": "final_layer.",
    "all_x_embedder.2-1.": "x_embedder.",
    ".attention.to_out.0.": ".attention.out.",
    ".attention.norm_k.": ".attention.k_norm.",
    ".attention.norm_q.": ".attention.q_norm.",
}


def _add(writer: Any, name: str, values: NDArray[np.float32]) -> None:
    """Under the name that others publish; matrices of the main blocks in 8 bits."""
    import gguf

    for ours, theirs in _PUBLISHED.items():
        name = name.replace(ours, theirs)
    if name.startswith("layers.") and values.ndim == 2 and values.shape[1] % 32 == 0:
        packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    else:
        writer.add_tensor(name, values.astype(np.float32))


def save_gguf(folder: Path) -> Path:
    """The tiny pipeline with its transformer as a GGUF file, in the names that others publish."""
    import gguf
    from safetensors.torch import load_file

    plain = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    weights = {name: tensor.numpy() for name, tensor in load_file(plain).items()}
    file = plain.with_name("tiny-Q8_0.gguf")
    writer = gguf.GGUFWriter(str(file), "lumina2")
    for name, values in weights.items():
        if ".attention.to_k." in name or ".attention.to_v." in name:
            continue
        if ".attention.to_q." in name:
            parts = [weights[name.replace("to_q", part)] for part in ("to_q", "to_k", "to_v")]
            _add(writer, name.replace("to_q", "qkv"), np.concatenate(parts))
        else:
            _add(writer, name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    plain.unlink()
    return file


@pytest.fixture(scope="module")
def gguf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_tiny_pipeline(tmp_path_factory.mktemp("gguf") / "tiny")
    save_gguf(folder)
    return folder


def test_a_model_whose_weights_are_a_gguf_file(gguf_folder: Path, folder: Path) -> None:
    facts = profile(str(gguf_folder))
    assert is_whole(gguf_folder, facts)
    own = load.load_painter(facts, "cpu")
    assert own.plan.weights is Weights.STORED
    quantised = own.pipeline.transformer.layers[1].feed_forward.w1.weight
    assert type(quantised).__name__ == "GGUFParameter"
    (picture, map_), (other, other_map) = seen(own), seen(painter(folder, PLAIN))
    assert 0 < np.abs(picture.astype(float) - other).mean() < 3
    assert np.abs(map_ - other_map).max() < 0.1 * other_map.max()


def test_a_library_that_is_not_there_is_named(
    gguf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantisers, "is_missing", lambda _: True)
    with pytest.raises(Failure, match="pip install gguf") as caught:
        load.load_painter(profile(str(gguf_folder)), "cpu")
    assert caught.value.code == "models.package_missing"


@pytest.mark.parametrize("quantiser", list(Quantiser))
def test_a_quantiser_is_there_where_its_package_is(quantiser: Quantiser) -> None:
    assert quantisers.is_missing(quantiser) == (importlib.util.find_spec(quantiser) is None)


def test_a_smaller_picture_is_enlarged(folder: Path) -> None:
    own = painter(folder, MemoryPlan(scale=0.5))
    sizes: list[tuple[int, int]] = []
    own.pipeline.vae.decoder.register_forward_pre_hook(
        lambda _, inputs: sizes.append(tuple(inputs[0].shape[-2:]))
    )
    assert painting_size(own, (128, 64)) == (64, 32)
    assert paint(own, PROMPT, (128, 64), 7).shape == (64, 128, 3)
    assert painting_size(own, (32, 32)) == (32, 32), "never less than two tokens"
    scale = own.pipeline.vae_scale_factor
    assert sizes == [(32 // scale, 64 // scale)]
