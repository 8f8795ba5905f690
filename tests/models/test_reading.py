"""Reading weights beside a model's own: they look at drawings, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.manifest import Manifest
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.models import places
from multiplane.models.load import load_painter, load_reading
from multiplane.models.paint import single_pass
from multiplane.models.profiles import profile
from multiplane.produce.hashes import hashes
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.storyboard import produce_storyboard
from multiplane.produce.studio import Studio
from multiplane.stage.registry import PRESETS
from tests.command_line import Multiplane
from tests.tiny_folders import add_tiny_reader, save_tiny_depth, save_tiny_pipeline

DRAWN = {"id": "drawn", "picture": "drawing.png", "subjects": ["warrior"]}
PAINTED = {"id": "painted", "prompt": "a **warrior** in a forest"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = save_tiny_pipeline(tmp_path / "tiny")
    add_tiny_reader(folder)
    return folder


@pytest.fixture
def storyboard(tmp_path: Path) -> Any:
    pixels = np.random.default_rng(3).integers(0, 255, (64, 96, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "drawing.png")
    document = {"size": [160, 90], "fps": 12, "shots": [{"duration": 0.5, **DRAWN}, PAINTED]}
    return load_storyboard(document, folder=tmp_path, presets=PRESETS)


def _spoil(folder: Path) -> None:
    """Change a weight."""
    weights = next(folder.glob("*.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)


def _hashes(storyboard: Any, model: Path, depth: Path) -> list[str]:
    studio = Studio(str(model), str(depth), "cpu")
    return [hashes(job_of(slot, storyboard), studio).picture for slot in slots_of(storyboard)]


def test_the_reader_is_a_pipeline_with_the_models_own_autoencoder(model: Path) -> None:
    painter = load_painter(profile(str(model)), "cpu")
    reading = load_reading(profile(str(model)), "cpu")
    assert len(painter.pipeline.transformer.layers) == 3
    assert len(reading.pipeline.transformer.layers) == 2
    assert reading.folder == model / "reader"
    assert (reading.profile.name, reading.profile.version) == ("tiny", "tiny")
    assert (reading.profile.capture.blocks, reading.profile.capture.draws) == ((1,), 1)
    # what its profile does not say is as the model has it
    assert reading.profile.native_short_side == painter.profile.native_short_side == 64
    own, theirs = reading.pipeline.vae.state_dict(), painter.pipeline.vae.state_dict()
    assert own.keys() == theirs.keys()
    assert all(torch.equal(own[name], theirs[name]) for name in own)


def test_attention_to_a_drawing_is_the_readers(model: Path) -> None:
    reading = load_reading(profile(str(model)), "cpu")
    picture = np.zeros((64, 96, 3), np.uint8)
    plan = CapturePlan((TokenGroup("warrior", (4,)),), blocks=(1,))
    with capture_attention(reading.pipeline, plan) as maps:
        single_pass(reading, picture, "a warrior", sigma=0.3, seed=0)
    assert maps.result().grid == (8, 12)


def test_a_model_without_a_reader_reads_by_what_it_paints_by(tmp_path: Path) -> None:
    folder = save_tiny_pipeline(tmp_path / "plain")
    studio = Studio(str(folder), str(save_tiny_depth(tmp_path / "depth")), "cpu")
    assert studio.reading is studio.painter
    assert studio.reading_profile == studio.profile
    assert studio.reading_weights == studio.picture_weights


def test_a_drawn_shot_needs_the_reader_alone(
    model: Path, storyboard: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("the painting weights were loaded")

    studio = Studio(str(model), str(save_tiny_depth(tmp_path / "depth")), "cpu")
    monkeypatch.setattr("multiplane.models.load.load_painter", refuse)
    outcome = produce_storyboard(storyboard, tmp_path / "out", studio, only=["drawn"])
    assert not outcome.errors
    assert outcome.made == 1
    path = tmp_path / "out" / "shots" / "drawn" / "manifest.json"
    manifest = Manifest.model_validate_json(path.read_text("utf-8"))
    assert manifest.model is not None
    assert (manifest.model.name, manifest.model.version) == ("tiny", "tiny")


def test_each_shot_depends_on_the_weights_that_made_it(
    model: Path, storyboard: Any, tmp_path: Path
) -> None:
    depth = save_tiny_depth(tmp_path / "depth")
    drawn, painted = _hashes(storyboard, model, depth)
    _spoil(model / "reader" / "transformer")
    newly_drawn, still_painted = _hashes(storyboard, model, depth)
    assert newly_drawn != drawn
    assert still_painted == painted
    _spoil(model / "transformer")
    still_drawn, newly_painted = _hashes(storyboard, model, depth)
    assert still_drawn == newly_drawn
    assert newly_painted != painted
    _spoil(model / "vae")
    assert not {still_drawn, newly_painted} & {*_hashes(storyboard, model, depth)}


def test_the_readers_settings_count_for_what_it_reads(
    model: Path, storyboard: Any, tmp_path: Path
) -> None:
    depth = save_tiny_depth(tmp_path / "depth")
    drawn, painted = _hashes(storyboard, model, depth)
    add_tiny_reader(model, capture={"blocks": [0], "draws": 1})
    changed = _hashes(storyboard, model, depth)
    assert changed[0] != drawn
    assert changed[1] == painted


@pytest.mark.parametrize("name", ["../elsewhere", "/tmp", "a/b", "..", ".", "", "C:x", 4])
def test_a_reader_outside_the_models_folder_is_refused(model: Path, name: object) -> None:
    path = model / "profile.json"
    path.write_text(json.dumps({"reader": name}))
    with pytest.raises(InputError) as caught:
        profile(str(model))
    assert (caught.value.code, caught.value.field) == ("models.profile_invalid", "reader")
    assert caught.value.value == name


def test_a_reader_that_is_not_there_is_told_before_any_work(model: Path, tmp_path: Path) -> None:
    next((model / "reader" / "transformer").glob("*.safetensors")).unlink()
    assert places.find(profile(str(model))) is None
    with pytest.raises(Failure) as caught:
        Studio(str(model), str(save_tiny_depth(tmp_path / "depth")), "cpu").check()
    assert caught.value.code == "models.missing"


def test_models_info_tells_of_the_reader(multiplane: Multiplane) -> None:
    facts = json.loads(multiplane("models", "info", "storyboard-mini", "--json").out)
    bundled = places.reading(profile("storyboard-mini"))
    assert facts["reader_folder"] == str(bundled.folder)
    assert facts["reader_blocks"] == [*bundled.capture.blocks]
    assert 0 < facts["reader_bytes"] < facts["bytes"] < 64_000_000
