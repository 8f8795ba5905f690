"""Folders of the user's own models are told of by `multiplane models info`, whatever they hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from multiplane.contract.errors import InputError
from multiplane.models.facts import BUNDLED, DepthProfile, ModelProfile, VisionProfile
from multiplane.models.profiles import DEPTH_KINDS, PROFILES, profile, profile_at
from multiplane.models.vision import depth
from tests.command_line import Multiplane


def test_a_pipelines_folder_has_the_facts_of_its_files(multiplane: Multiplane) -> None:
    folder = BUNDLED / "storyboard-mini"
    said = multiplane("models", "info", folder, "--json")
    assert said.status == 0
    facts = json.loads(said.out)
    own = PROFILES["storyboard-mini"]
    assert (facts["state"], facts["for"], facts["folder"]) == (
        "own folder", "pictures", str(folder)
    )  # fmt: skip
    assert facts["steps"] == profile("storyboard-mini").steps
    assert facts["memory_cpu_gb"] == pytest.approx(round(own.memory_gb("float32"), 1), abs=0.2)
    assert facts["licence"].startswith("not known")
    assert "own folder" in multiplane("models", "info", folder).all


def test_a_folder_with_something_missing_says_so(multiplane: Multiplane, tmp_path: Path) -> None:
    whole = BUNDLED / "storyboard-mini"
    shutil.copytree(whole, tmp_path / "mine", ignore=shutil.ignore_patterns("vae"))
    facts = json.loads(multiplane("models", "info", tmp_path / "mine", "--json").out)
    assert (facts["state"], facts["folder"]) == ("incomplete", str(tmp_path / "mine"))


def test_models_of_depth_and_of_cutting_are_told_apart(tmp_path: Path) -> None:
    assert set(depth._LOADERS) == DEPTH_KINDS
    found = profile_at(str(BUNDLED / "storyboard-mini-depth"))
    assert isinstance(found, DepthProfile)
    assert found.parameters["model"] > 100_000
    (tmp_path / "cutter").mkdir()
    (tmp_path / "cutter" / "config.json").write_text('{"model_type": "vitmatte"}')
    assert isinstance(profile_at(str(tmp_path / "cutter")), VisionProfile)
    assert isinstance(profile_at("z-image-turbo"), ModelProfile)


@pytest.mark.parametrize(
    ("make", "code"),
    [(False, "models.unknown"), (True, "models.not_a_model")],
)
def test_what_is_no_model_is_refused(tmp_path: Path, make: bool, code: str) -> None:
    folder = tmp_path / "nothing"
    if make:
        folder.mkdir()
    with pytest.raises(InputError) as caught:
        profile_at(str(folder))
    assert caught.value.code == code
    assert caught.value.remedy
