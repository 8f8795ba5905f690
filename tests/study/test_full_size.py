"""The bench of captures at full width: its models are what they say, and its arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from multiplane.contract.errors import InputError
from multiplane_study import full_size as bench
from multiplane_study.full_size import FULL_SIZES, FullSize, full_size, measure_full_size, that_fit


@pytest.mark.parametrize("name", FULL_SIZES)
def test_the_full_configuration_has_the_models_parameters(name: str) -> None:
    model = full_size(name)
    with torch.device("meta"):
        denoiser = model.build(None).transformer
    count = sum(parameter.numel() for parameter in denoiser.parameters())
    assert count == pytest.approx(model.profile.parameters["transformer"], rel=0.01)
    layout = bench.family(model.profile.family).layout
    assert len(layout.blocks(denoiser)) == model.depth


def test_a_model_that_is_not_known_is_refused() -> None:
    with pytest.raises(InputError, match="z-image-turbo"):
        full_size("sdxl")


def test_as_many_blocks_are_built_as_fit_half_the_memory() -> None:
    model = full_size("z-image-turbo")
    assert that_fit(model, 139) is None
    assert that_fit(model, 8) == 10
    assert that_fit(model, 1) == 5


def _small(known: FullSize) -> FullSize:
    """The same pipeline around a narrow denoiser of the real class."""

    def build(blocks: int | None) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            import diffusers

            kind = diffusers.ZImageTransformer2DModel
            patch.setattr(
                diffusers,
                "ZImageTransformer2DModel",
                lambda **words: kind(dim=32, n_heads=2, n_kv_heads=2, axes_dims=[4, 6, 6], **words),
            )
            return known.build(blocks)

    return replace(known, build=build)


def test_a_shallow_one_is_scaled_and_says_so() -> None:
    model = _small(full_size("z-image-turbo"))
    report = measure_full_size(model, blocks=5, size=(512, 512), text=32, rounds=1)
    figures = report.figures
    assert (figures["blocks_built"], figures["blocks_of_the_model"]) == (5, 30)
    assert figures["scaled"]
    assert figures["dtype"] == "bfloat16"
    added = figures["added"]
    assert {way: one["blocks"] for way, one in added.items()} == {
        "capture": 1, "three": 3, "all": 30, "paper": 3, "paper_all": 30,
    }  # fmt: skip
    # 1024 image tokens and 32 of text: the paper's hook keeps a matrix for each of its blocks
    assert added["paper_all"]["peak_bytes"] > added["paper"]["peak_bytes"] > 0
    assert added["paper_all"]["peak_bytes"] > added["all"]["peak_bytes"]
    assert "5 of 30 blocks built, times scaled" in report.tables[0].title
    assert figures["steps_captured"] == 1, "of its eight, by its own noise levels"
