"""Shots whose style names LoRAs: painted with them, made anew when one changes, told of."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.events import ShotFailed
from multiplane.models.folders import LORAS_VARIABLE
from multiplane.produce.studio import Studio
from tests.command_line import Multiplane
from tests.test_produce import FOREST, Run
from tests.test_produce_found import DISCS, save
from tests.tiny_loras import save_tiny_lora
from tests.tiny_models import tiny_pipeline
from tests.tiny_vision import saved_models

STYLED = {**FOREST, "style": "ink, <lora:wash:0.8>", "takes": 1}
PLAIN = {**STYLED, "style": "ink"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return saved_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def lora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LORAS_VARIABLE, str(tmp_path / "loras"))
    return save_tiny_lora(tiny_pipeline(), tmp_path / "loras" / "wash.safetensors")


def test_a_shot_wears_its_loras_and_its_neighbours_do_not(
    models: dict[str, str], lora: Path, tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    other = {**PLAIN, "id": "plain"}
    assert not run(other, STYLED, {**other, "id": "after"}).errors
    with_it, without = run.manifest("forest"), run.manifest("plain")
    assert [(worn.name, worn.weight) for worn in with_it.model.loras] == [("wash", 0.8)]
    assert with_it.model.loras[0].sha256 == hashlib.sha256(lora.read_bytes()).hexdigest()
    assert without.model.loras == []
    assert with_it.style == "ink"

    alone = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "alone")
    alone({**other, "id": "after", "seed": 7})
    np.testing.assert_array_equal(run.picture("after"), alone.picture("after"))
    assert (run.picture("forest") != run.picture("plain")).any()


def test_a_lora_is_part_of_the_shots_hash_by_its_content(
    models: dict[str, str], lora: Path, tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    run(STYLED)
    first = run.manifest("forest").picture_hash
    assert run(STYLED).skipped == 1
    named_otherwise = lora.with_name("renamed.safetensors")
    named_otherwise.write_bytes(lora.read_bytes())
    run({**STYLED, "style": "ink, <lora:renamed:0.8>"})
    assert run.manifest("forest").picture_hash == first
    run({**STYLED, "style": "ink, <lora:wash:0.7>"})
    assert run.manifest("forest").picture_hash != first
    save_tiny_lora(tiny_pipeline(), lora, seed=9)
    run(STYLED)
    assert run.manifest("forest").picture_hash != first


def test_a_lora_that_is_not_there_costs_its_own_shot_only(
    models: dict[str, str], lora: Path, tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    drawn = {**DISCS, "cut": models["words"], "style": "<lora:none>"}
    outcome = run({**STYLED, "style": "<lora:wosh>"}, {**PLAIN, "id": "plain"}, drawn)
    assert [*outcome.errors] == [0], "a drawing is painted by nobody"
    (failed,) = (event for event in run.told if isinstance(event, ShotFailed))
    assert (failed.error.code, failed.error.field) == ("lora.missing", "shots[0].style")
    assert failed.error.remedy == "Did you mean wash?"


def test_the_command_line_tells_of_loras(
    multiplane: Multiplane, lora: Path, tmp_path: Path
) -> None:
    said = multiplane("models", "list")
    assert "wash" in said.out
    assert "LoRA: Z-Image" in said.all
    (lora.parent / "bad.safetensors").write_bytes(b"PK\x03\x04")
    assert "damaged" in multiplane("models", "list").out
    board = tmp_path / "board.json"
    for style, code in (("<lora:wosh>", "lora.missing"), ("<lora:wash:99>", "style_lora")):
        board.write_text(f'{{"style": "{style}", "shots": [{{"prompt": "a fox"}}]}}')
        assert code in multiplane("storyboard", "validate", str(board), "--json").out
    board.write_text('{"shots": [{"prompt": "a fox <lora:wash>"}]}')
    assert "named in the style" in multiplane("storyboard", "validate", str(board)).all
