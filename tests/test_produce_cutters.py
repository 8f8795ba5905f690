"""Cutters on the whole way: the storyboard names one, its layers go the way of all layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.doubts import DoubtReason
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Log, StepProgress
from multiplane.contract.messages_client import Submit
from multiplane.contract.read_edit import edit_of
from multiplane.layers.cut import Segmentation
from multiplane.layers.cutters import choice
from multiplane.layers.cutters.decomposer import Decomposer, Scene
from multiplane.models import folders
from multiplane.models.facts import ModelProfile
from multiplane.models.familiar import novelty
from multiplane.models.places import note_location
from multiplane.produce import cutting
from multiplane.produce.edit_layers import edit
from multiplane.produce.studio import Studio
from multiplane.server.jobs import submission
from tests.command_line import Multiplane
from tests.test_produce import FOREST, Run
from tests.test_produce_drawn import SIZE, _NoPainter, only
from tests.test_produce_found import DISCS, save
from tests.tiny_vision import (
    save_tiny_grounding_dino,
    save_tiny_qwen_image_layered,
    save_tiny_sam2,
    save_tiny_vitmatte,
    saved_models,
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return saved_models(folder) | {
        "boxes": str(save_tiny_grounding_dino(folder / "boxes")),
        "masks": str(save_tiny_sam2(folder / "masks")),
        "mattes": str(save_tiny_vitmatte(folder / "mattes")),
        "layers": str(save_tiny_qwen_image_layered(folder / "layers")),
    }


def test_a_drawing_is_cut_without_the_picture_model(models: dict[str, str], tmp_path: Path) -> None:
    """By a detector and a masker; every layer says so, and the drawing keeps its pixels."""
    run = Run(_NoPainter("there is no such model", models["depth"], "cpu"), tmp_path / "out")
    drawn = save(tmp_path / "discs.png")
    shot = {**DISCS, "cut": f"{models['boxes']}+{models['masks']}", "camera": "static"}
    only(run(shot))
    manifest = run.manifest("d")
    assert manifest.model.name == "boxes+masks"
    assert not manifest.model.calibrated
    cut = manifest.cut_layers
    assert {layer.cut_by for layer in cut} <= {"boxes+masks"}
    assert manifest.layers[0].cut_by is None
    told = {name for notice in manifest.notices for name in notice.layers}
    assert {"red ball", "blue ball"} <= {*(layer.name for layer in cut), *told}
    assert np.abs(run.picture("d").astype(int) - drawn).max() <= 1
    assert manifest.checks.recomposition_max_error <= 1
    assert run.steps("d") == ["intake", "masks", "depth", "fill", "stage", "deliver"]
    assert any("boxes+masks is of a layer was never measured" in e.text
               for e in run.told if isinstance(e, Log))  # fmt: skip
    assert run(shot).skipped == 1


def test_another_cutter_cuts_anew_and_the_same_one_does_not(
    models: dict[str, str], tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    hashes = []
    for cut in ({}, {"cut": "attention"}, {"cut": models["words"]}, {"cut": models["masks"]}):
        only(run({**DISCS, **cut}))
        hashes.append(run.manifest("d").picture_hash)
    assert hashes[0] == hashes[1]  # attention is what cuts by default
    assert len(set(hashes)) == 3
    assert {layer.cut_by for layer in run.manifest("d").cut_layers} <= {
        "attention", "attention+masks",
    }  # fmt: skip
    # other words beside the picture: the layers stay, and still say what cut them
    before = [(layer.name, layer.cut_by) for layer in run.manifest("d").layers]
    only(run({**DISCS, "cut": models["masks"], "dialogue": "Look!"}))
    after = run.manifest("d")
    assert after.picture_hash == hashes[3]
    assert [(layer.name, layer.cut_by) for layer in after.layers] == before
    assert "masks" not in run.steps("d")


def test_a_painted_picture_is_cut_by_words(models: dict[str, str], tmp_path: Path) -> None:
    """It is painted as ever, to the pixel."""
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    only(run({**FOREST, "takes": 1, "camera": "static"}))
    plain, first = run.picture("forest"), run.manifest("forest")
    only(run({**FOREST, "takes": 1, "camera": "static", "cut": models["words"]}))
    manifest = run.manifest("forest")
    assert np.array_equal(run.picture("forest"), plain)
    assert manifest.model.name == first.model.name == "tiny"
    assert {layer.cut_by for layer in first.cut_layers} <= {"attention"}
    assert {layer.cut_by for layer in manifest.cut_layers} <= {"words"}
    assert [entry.word for entry in manifest.words] == [entry.word for entry in first.words]


def test_the_storyboards_cutter_is_known_before_any_work(
    models: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    failed = run({**DISCS, "cut": "clipseg"})
    error = failed.errors[0]
    assert isinstance(error, Failure)
    assert "multiplane models pull clipseg (0.6 GB, Apache-2.0)" in str(error)
    wrong = run({**DISCS, "cut": "clipsig"}).errors[0]
    assert isinstance(wrong, InputError)
    assert wrong.field == "shots[0].cut"


def test_a_layer_corrected_by_hand_was_cut_by_nobody_else(
    models: dict[str, str], tmp_path: Path
) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    only(run({**DISCS, "cut": models["words"], "camera": "static"}))
    cut = run.manifest("d").cut_layers
    assert cut, "the tiny model found nothing"
    stroke = {"points": [[0.45, 0.45], [0.55, 0.5]], "width": 0.05}
    after = edit(
        run.out / "shots" / "d",
        [edit_of({"op": "keep", "layer": cut[0].id, "strokes": [stroke]})],
    )
    by = {layer.id: layer.cut_by for layer in after.layers}
    assert by[cut[0].id] is None
    assert all(by[layer.id] == "words" for layer in cut[1:] if layer.id in by)


def test_mattes_of_a_model_keep_the_drawings_pixels(models: dict[str, str], tmp_path: Path) -> None:
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    drawn = save(tmp_path / "discs.png")
    shot = {**DISCS, "camera": "static"}
    base = f"{models['boxes']}+{models['masks']}"
    only(run({**shot, "cut": base}))
    plain = {layer.id: layer.file for layer in run.manifest("d").cut_layers}
    alphas = {
        id_: np.asarray(Image.open(run.out / "shots" / "d" / file))[..., 3].copy()
        for id_, file in plain.items()
    }
    only(run({**shot, "cut": f"{base}+{models['mattes']}"}))
    manifest = run.manifest("d")
    assert {layer.cut_by for layer in manifest.cut_layers} == {"boxes+masks+mattes"}
    assert manifest.checks.recomposition_max_error <= 1
    assert np.abs(run.picture("d").astype(int) - drawn).max() <= 1
    fresh = [
        np.asarray(Image.open(run.out / "shots" / "d" / layer.file))[..., 3]
        for layer in manifest.cut_layers
    ]
    assert any(
        new.shape != old.shape or not np.array_equal(new, old)
        for new, old in zip(fresh, alphas.values(), strict=False)
    )


LAYERED = {**DISCS, "camera": "static"}


def test_layers_that_nobody_can_name_are_things(
    models: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither attention nor a model that knows words is here: nothing is named, nothing is lost."""
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    run = Run(_NoPainter("there is no such model", models["depth"], "cpu"), tmp_path / "out")
    drawn = save(tmp_path / "discs.png")
    only(run({**LAYERED, "cut": models["layers"]}))
    manifest = run.manifest("d")
    things = manifest.cut_layers
    assert things, "the tiny model's layers are all ground"
    assert [layer.id for layer in things if not layer.id.startswith("thing ")] == []
    assert {layer.reason for layer in things} == {DoubtReason.NOT_ASKED}
    assert {layer.cut_by for layer in things} == {manifest.model.name} == {"layers"}
    assert {name for notice in manifest.notices for name in notice.layers} >= {
        "red ball", "blue ball", *(layer.name for layer in things),
    }  # fmt: skip
    assert any("models pull clipseg" in e.text for e in run.told if isinstance(e, Log))
    counted = [(e.done, e.total) for e in run.told if isinstance(e, StepProgress) and e.total == 2]
    assert counted == [(1, 2), (2, 2)]
    # the drawing's own pixels, whatever the model has painted
    assert np.abs(run.picture("d").astype(int) - drawn).max() <= 1
    assert manifest.checks.recomposition_max_error <= 1
    assert run({**LAYERED, "cut": models["layers"]}).skipped == 1


def test_a_drawing_without_words_is_taken_apart_too(models: dict[str, str], tmp_path: Path) -> None:
    run = Run(_NoPainter("there is no such model", models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    only(run({"id": "d", "picture": "discs.png", "camera": "static", "cut": models["layers"]}))
    manifest = run.manifest("d")
    assert manifest.model.name == "layers"
    assert {layer.cut_by for layer in manifest.cut_layers} == {"layers"}
    assert manifest.checks.recomposition_max_error <= 1


def test_layers_of_a_drawing_are_named_by_clipseg_where_it_is(
    models: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its coming is another way to cut, so the shot is cut anew."""
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    run = Run(_NoPainter("there is no such model", models["depth"], "cpu"), tmp_path / "out")
    save(tmp_path / "discs.png")
    only(run({**LAYERED, "cut": models["layers"]}))
    before = run.manifest("d").picture_hash
    note_location("clipseg", Path(models["words"]))
    only(run({**LAYERED, "cut": models["layers"]}))
    assert run.manifest("d").picture_hash != before
    assert any(
        e.text == "Which of its layers is whose is told by clipseg."
        for e in run.told if isinstance(e, Log)
    )  # fmt: skip


def test_layers_of_a_painted_picture_are_named_by_its_attention(
    models: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def by_attention(floor: float, calibration: Any) -> Decomposer:
        def decompose(scene: Scene) -> Segmentation:
            assert scene.seen is not None
            asked.append(tuple(one.name for one in scene.wanted))
            return known(floor, calibration).cut(scene)

        return replace(known(floor, calibration), decompose=decompose)

    known = choice.by_attention
    monkeypatch.setattr(choice, "by_attention", by_attention)
    run = Run(Studio(models["tiny"], models["depth"], "cpu"), tmp_path / "out")
    only(run({**FOREST, "takes": 1, "camera": "static", "cut": models["layers"]}))
    manifest = run.manifest("forest")
    assert asked == [("warrior", "castle")]
    assert manifest.model.name == "tiny"
    assert {layer.cut_by for layer in manifest.cut_layers} <= {"layers"}
    assert manifest.checks.recomposition_max_error <= 1


@pytest.fixture
def laptop(models: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The set of `models pull laptop`, at tiny sizes under its names."""
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "pulled"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    note_location("grounding-dino-tiny", Path(models["boxes"]))
    note_location("sam-2.1-tiny", Path(models["masks"]))
    return tmp_path


def test_without_a_model_named_the_small_set_cuts_what_the_bundled_one_does_not_know(
    models: dict[str, str], laptop: Path
) -> None:
    save(laptop / "discs.png")
    run = Run(_NoPainter("auto", models["depth"], "cpu"), laptop / "out")
    unknown = {**DISCS, "subjects": ["theodolite"], "camera": "static"}
    only(run(unknown))
    assert run.manifest("d").model.name == "grounding-dino-tiny+sam-2.1-tiny"
    said = [e.text for e in run.told if isinstance(e, Log)]
    assert any("does not know this drawing" in text for text in said)
    # a model that was named cuts by its own attention, and says what it has not learnt
    named = Run(Studio("storyboard-mini", models["depth"], "cpu"), laptop / "named")
    only(named(unknown))
    assert named.manifest("d").model.name == "storyboard-mini"
    assert any(n.code == "doubt.word_unknown" for n in named.manifest("d").notices)


def test_what_the_bundled_model_knows_it_cuts_itself(
    models: dict[str, str], laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(laptop / "discs.png")
    run = Run(Studio("auto", models["depth"], "cpu"), laptop / "out")
    only(run({**DISCS, "subjects": ["house"], "camera": "static"}))
    assert run.manifest("d").model.name == "storyboard-mini"
    # Soft steps, grain and all colours between: like a photograph, and nothing that it was taught.
    random = np.random.default_rng(0)
    light = cv2.GaussianBlur(random.normal(0, 1, (SIZE[1], SIZE[0], 3)), (0, 0), 20)
    light += 0.1 * light.std() * random.normal(0, 1, light.shape)
    photograph = cv2.normalize(light, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    Image.fromarray(photograph).save(laptop / "discs.png")
    looks: list[float] = []

    def looked(profile: ModelProfile, picture: NDArray[np.uint8]) -> float:
        looks.append(novelty(profile, picture))
        return looks[-1]

    monkeypatch.setattr(cutting, "novelty", looked)
    only(run({**DISCS, "subjects": ["house"], "camera": "static"}))
    assert run.manifest("d").model.name == "grounding-dino-tiny+sam-2.1-tiny"
    assert len(looks) == 1, "the drawing is looked at once to choose what cuts it"


def test_the_command_line_names_a_cutter(
    multiplane: Multiplane, models: dict[str, str], tmp_path: Path
) -> None:
    save(tmp_path / "discs.png")
    words = ("--depth-model", models["depth"], "--device", "cpu", "--quiet")
    said = multiplane("decompose", "discs.png", "-s", "red ball, blue ball", *words,
                      "--cut", models["words"], "-o", "out", "--duration", "0.5")  # fmt: skip
    assert said.status == 0, said.all
    manifest = (tmp_path / "out" / "shots" / "discs" / "manifest.json").read_text()
    assert '"cut_by": "words"' in manifest
    wrong = multiplane("decompose", "discs.png", "-s", "ball", *words, "--cut", "clipsig")
    assert wrong.status == 2
    assert 'Did you mean "clipseg"' in wrong.all
    alone = multiplane("decompose", "discs.png", "-s", "ball", *words, "--cut", models["boxes"])
    assert alone.status == 2
    assert "finds boxes only" in alone.all


def _checked(**fields: Any) -> submission.Checked:
    board = {"shots": [{"prompt": "a **fox**"}], "cut": "clipseg"}
    submit = Submit(job="job-0000001", storyboard=board, **fields)
    return submission.check(submit, find_upload=Path, presets=["push_in"], models=["auto"])


def test_a_requests_cutter_counts_before_the_storyboards() -> None:
    plain, other = _checked(), _checked(cut="attention+sam-2.1-tiny")
    assert plain.loaded.storyboard.cut == "clipseg"
    assert other.loaded.storyboard.cut == "attention+sam-2.1-tiny"
    assert plain.content != other.content
    with pytest.raises(InputError, match="no cutter of this name"):
        _checked(cut="scissors")
