"""A LoRA that a model cannot wear is known before anything is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from multiplane.contract.errors import InputError
from multiplane.models import places
from multiplane.models.folders import LORAS_VARIABLE
from multiplane.models.lora_file import Lora
from multiplane.models.lora_fit import check_fit
from multiplane.models.profiles import PROFILES
from tests.command_line import Multiplane

MINI = PROFILES["storyboard-mini"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path / "loras"))
    (tmp_path / "loras").mkdir()
    return tmp_path / "loras"


def queries() -> dict[str, tuple[int, ...]]:
    """(out, in) of the bundled model's layers that make queries."""
    found = places.require(MINI)
    found_in = sorted((found / "transformer").glob("*.safetensors"))
    with safe_open(found_in[0], framework="numpy") as weights:
        return {
            name.removesuffix(".weight"): tuple(weights.get_slice(name).get_shape())
            for name in weights.keys()  # noqa: SIM118
            if name.endswith("to_q.weight") and name.startswith("layers.")
        }


def lora(folder: Path, sizes: Mapping[str, tuple[int, ...]], style: str = "diffusers") -> Lora:
    tensors = {}
    for name, (out, into) in sizes.items():
        names = {
            "diffusers": (f"transformer.{name}.lora_A.weight", f"transformer.{name}.lora_B.weight"),
            "kohya": (
                f"lora_unet_{name.replace('.', '_')}.lora_down.weight",
                f"lora_unet_{name.replace('.', '_')}.lora_up.weight",
            ),
        }[style]
        tensors[names[0]] = np.zeros((2, into), np.float32)
        tensors[names[1]] = np.zeros((out, 2), np.float32)
    file = folder / "some.safetensors"
    save_file(tensors, file)
    return Lora("some", file, 1.0, "")


@pytest.mark.parametrize("style", ["diffusers", "kohya"])
def test_one_of_the_models_own_shapes_fits(folder: Path, style: str) -> None:
    assert len(queries()) > 2
    check_fit(lora(folder, queries(), style), MINI)


@pytest.mark.parametrize("style", ["diffusers", "kohya"])
@pytest.mark.parametrize("side", [0, 1])
def test_one_of_another_width_does_not(folder: Path, style: str, side: int) -> None:
    wide = {
        name: (size[0] + 8 * (side == 0), size[1] + 8 * side) for name, size in queries().items()
    }
    with pytest.raises(InputError, match="does not fit Storyboard Mini"):
        check_fit(lora(folder, wide, style), MINI)


def test_one_of_more_layers_does_not(folder: Path) -> None:
    deep = {**queries(), "layers.99.attention.to_q": next(iter(queries().values()))}
    with pytest.raises(InputError) as caught:
        check_fit(lora(folder, deep), MINI)
    assert caught.value.value == "the model has no layers.99.attention.to_q"


@pytest.mark.parametrize(
    ("layer", "fits"),
    [
        ("single_transformer_blocks.0.attn.to_q", {"flux-schnell", "flux2-klein-4b"}),
        ("single_transformer_blocks.0.attn.to_qkv_mlp_proj", {"flux2-klein-4b"}),
        ("transformer_blocks.0.img_mlp.net.2", {"qwen-image", "qwen-image-edit"}),
        ("layers.0.attention.to_q", {"z-image-turbo"}),
        ("transformer_blocks.0.attn.add_q_proj",
         {"sd3.5-medium", "flux-schnell", "flux2-klein-4b", "qwen-image", "qwen-image-edit"}),
        ("somewhere.else", {"sdxl", "sd1.5", "flux-schnell", "flux2-klein-4b", "qwen-image",
                            "qwen-image-edit", "z-image-turbo", "sd3.5-medium"}),
    ],
)  # fmt: skip
def test_models_that_are_not_here_are_known_by_their_architecture(
    folder: Path, layer: str, fits: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "find", lambda profile: None)
    own = lora(folder, {layer: (8, 8)})
    for name in ("sdxl", "sd1.5", "flux-schnell", "flux2-klein-4b", "qwen-image",
                 "qwen-image-edit", "z-image-turbo", "sd3.5-medium"):  # fmt: skip
        if name in fits:
            check_fit(own, PROFILES[name])
        else:
            with pytest.raises(InputError, match="does not fit"):
                check_fit(own, PROFILES[name])


def test_validate_tells_it_before_anything_is_made(
    folder: Path, tmp_path: Path, multiplane: Multiplane
) -> None:
    lora(folder, {"layers.0.attention.to_q": (3840, 3840)})
    board = tmp_path / "board.json"
    board.write_text(
        json.dumps({"style": "ink, <lora:some:0.8>", "shots": [{"prompt": "a red fox"}]})
    )
    said = multiplane("storyboard", "validate", board, "--model", "storyboard-mini", "--json")
    assert said.status == 2
    (fault,) = [
        one for one in map(json.loads, said.out.splitlines()) if one.get("code") == "lora.unfit"
    ]
    assert "does not fit Storyboard Mini" in fault["text"]
