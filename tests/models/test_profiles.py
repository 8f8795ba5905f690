"""Profiles: facts, sizes, overrides from a folder, names that are misspelled."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from multiplane.contract.errors import InputError
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE_TURBO
from multiplane.models.paint import picture_size
from multiplane.models.profiles import (
    DEPTH_PROFILES,
    PROFILES,
    any_profile,
    profile,
    profile_of_folder,
    with_overrides,
)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("z-image-t", "z-image-turbo"),
        ("z-imag", "z-image"),
        ("Storyboard-Mini", "storyboard-mini"),
        ("autoo", "auto"),
    ],
)
def test_a_misspelled_model_is_guessed(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"Did you mean {meant}[?]"):
        profile(name)


def test_every_profile_is_found_by_its_name() -> None:
    for name in [*PROFILES, *DEPTH_PROFILES]:
        assert any_profile(name).name == name


def test_profiles_travel_to_other_processes() -> None:
    for one in [*PROFILES.values(), *DEPTH_PROFILES.values()]:
        assert pickle.loads(pickle.dumps(one)) == one
        assert hash(one)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (16 / 9, (448, 256)),
        (1.0, (256, 256)),
        (9 / 16, (256, 448)),
        (2.35, (608, 256)),
        (4.0, (640, 160)),
        (1 / 40, (32, 640)),
    ],
)
def test_the_size_follows_the_frame(aspect: float, size: tuple[int, int]) -> None:
    assert picture_size(STORYBOARD_MINI, aspect) == size
    assert all(side % STORYBOARD_MINI.size_multiple == 0 for side in size)


def test_turbo_paints_at_its_native_size() -> None:
    assert picture_size(Z_IMAGE_TURBO, 1.0) == (1024, 1024)
    assert picture_size(Z_IMAGE_TURBO, 16 / 9) == (1824, 1024)


def test_memory_needs_follow_from_the_parameters() -> None:
    # 10.25 billion parameters: 19.1 GiB in bfloat16, 38.2 GiB in float32, and room to work.
    assert Z_IMAGE_TURBO.memory_gb("bfloat16") == pytest.approx(19.1 + 3, abs=0.1)
    assert Z_IMAGE_TURBO.memory_gb("float32") == pytest.approx(38.2 + 3, abs=0.1)
    assert Z_IMAGE_TURBO.dtype("cpu") == "float32"
    assert Z_IMAGE_TURBO.dtype("cuda") == "bfloat16"
    assert STORYBOARD_MINI.memory_gb("float32") < 2


def test_a_folder_overrides_what_was_measured(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(
        json.dumps({"steps": 12, "version": "7", "capture": {"blocks": [3, 4], "hops": 5}})
    )
    changed = with_overrides(STORYBOARD_MINI, tmp_path)
    assert (changed.steps, changed.version) == (12, "7")
    assert changed.capture.blocks == (3, 4)
    assert changed.capture.hops == 5
    assert changed.capture.sigma_low == STORYBOARD_MINI.capture.sigma_low


@pytest.mark.parametrize(
    "content", ['{"step": 3}', '{"capture": {"block": [1]}}', "[1]", "{", '{"capture": 4}']
)
def test_a_profile_file_with_nonsense_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "profile.json").write_text(content)
    with pytest.raises(InputError) as caught:
        with_overrides(STORYBOARD_MINI, tmp_path)
    assert caught.value.code == "models.profile_invalid"
    assert caught.value.file == str(tmp_path / "profile.json")


def test_a_folder_of_ones_own_takes_the_facts_of_its_like(tmp_path: Path) -> None:
    (tmp_path / "transformer").mkdir()
    (tmp_path / "model_index.json").write_text('{"_class_name": "ZImagePipeline"}')
    config = tmp_path / "transformer" / "config.json"
    config.write_text('{"n_layers": 30}')
    assert profile_of_folder(tmp_path).capture == Z_IMAGE_TURBO.capture
    config.write_text('{"n_layers": 6}')
    assert profile_of_folder(tmp_path).capture == STORYBOARD_MINI.capture


def test_styles_are_worded_as_the_model_was_taught() -> None:
    assert STORYBOARD_MINI.style_words("Ink") == "ink sketch"
    assert STORYBOARD_MINI.style_words("flat_colour") == "flat color"
    assert STORYBOARD_MINI.style_words("  linocut ") == "linocut"
    assert STORYBOARD_MINI.style_words(None) == ""
    assert Z_IMAGE_TURBO.style_words("ink") == "ink"
