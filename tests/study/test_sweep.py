"""Where attention is best read is found for every family, and counts from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from multiplane.models import folders
from multiplane.models.families.z_image import Z_IMAGE_TURBO
from multiplane.models.load import choose, load_painter
from multiplane.models.profiles import profile, profile_of_folder
from multiplane_study.sweep import Setting, sweep, write_choice
from tests.models.test_every_family import KINDS
from tests.tiny_models import tiny_pipeline

BUILDS: list[Callable[[], Any]] = [tiny_pipeline, *(kind.build for kind in KINDS)]


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_every_block_of_every_family_is_tried_and_the_best_is_kept(
    build: Callable[[], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    build().save_pretrained(folder, safe_serialization=True)
    own = replace(profile(str(folder)), native_short_side=64, max_text_tokens=256)
    painter = load_painter(own, "cpu")
    layout = painter.family.layout
    count = len(layout.blocks(layout.denoiser(painter.pipeline)))
    result = sweep(painter, limit=1, sigmas=(0.5,), propagations=((0, 1.0), (1, 1.0)))
    tried = [setting for setting, _ in result.coarse if len(setting.blocks) == 1]
    assert set(tried) == {
        Setting((block,), 0.5, hops, 1.0) for block in range(count) for hops in (0, 1)
    }  # fmt: skip
    choice = result.choice(own.capture)
    write_choice(folder, choice, {"sweep_scenes": 1})
    assert profile(str(folder)).capture == choice
    assert choice.blocks == result.best.blocks
    assert "study sweep" in choice.source


def test_what_was_measured_on_this_computer_counts_for_a_pulled_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path))
    folder = tmp_path / Z_IMAGE_TURBO.name
    tiny_pipeline().save_pretrained(folder, safe_serialization=True)
    assert choose(Z_IMAGE_TURBO.name) == Z_IMAGE_TURBO
    choice = replace(profile_of_folder(folder).capture, blocks=(1,), source="here")
    write_choice(folder, choice, {})
    assert choose(Z_IMAGE_TURBO.name).capture == choice
