"""The way of shots and storyboards, with real model classes at tiny sizes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Event, Log, ShotFailed, ShotSkipped, StepProgress
from multiplane.contract.manifest import Manifest, Sequence
from multiplane.contract.read_edit import edit_of
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.produce import cut_out as cut_out_module
from multiplane.produce.edit_layers import edit
from multiplane.produce.framing import MAX_ENLARGEMENT, layer_size
from multiplane.produce.hashes import hashes
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.storyboard import Outcome, produce_storyboard
from multiplane.produce.studio import Studio
from multiplane.stage import presets
from multiplane.stage.registry import PRESETS
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

assert presets  # registers the camera presets

FOREST = {"id": "forest", "prompt": "a **warrior** in front of a **castle** in a forest"}
SEA = {"id": "sea", "prompt": "a **boat** on the sea", "camera": "truck_left"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("models")
    pipeline = save_tiny_pipeline(folder / "tiny")
    return Studio(str(pipeline), str(save_tiny_depth(folder / "depth")), "cpu")


class Run:
    """Renders storyboards into one folder and remembers what was told."""

    def __init__(self, studio: Studio, out: Path) -> None:
        self.studio, self.out = studio, out
        self.told: list[Event] = []

    def __call__(self, *shots: dict[str, Any], on_event: Any = None, **options: Any) -> Outcome:
        document = {"title": "Test", "size": [160, 90], "fps": 12, "style": "ink", "seed": 5}
        document["shots"] = [{"duration": 0.5, **shot} for shot in shots]
        loaded = load_storyboard(document, folder=self.out.parent, presets=PRESETS)
        self.told = []

        def hear(event: Event) -> None:
            self.told.append(event)
            if on_event is not None:
                on_event(event)

        return produce_storyboard(loaded, self.out, self.studio, on_event=hear, **options)

    def steps(self, shot_id: str) -> list[str]:
        found = [e.step for e in self.told if isinstance(e, StepProgress) and e.shot_id == shot_id]
        return list(dict.fromkeys(found))

    def manifest(self, shot_id: str) -> Manifest:
        path = self.out / "shots" / shot_id / "manifest.json"
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))

    def sequence(self) -> Sequence:
        return Sequence.model_validate_json((self.out / "sequence.json").read_text("utf-8"))

    def picture(self, shot_id: str) -> np.ndarray:
        return np.asarray(Image.open(self.out / "shots" / shot_id / "picture.png"))


@pytest.fixture
def run(studio: Studio, tmp_path: Path) -> Run:
    return Run(studio, tmp_path / "out")


def test_a_storyboard_becomes_whole_shots(run: Run) -> None:
    outcome = run(FOREST, SEA)
    assert (outcome.made, outcome.skipped, outcome.errors) == (2, 0, {})
    assert outcome.exit_status == 0
    assert run.steps("forest") == [
        "intake", "generate", "masks", "depth", "fill", "stage", "deliver",
    ]  # fmt: skip
    manifest = run.manifest("forest")
    assert manifest.original_prompt == "a warrior in front of a castle in a forest"
    assert manifest.checks.recomposition_max_error <= 1
    assert manifest.model.seed == 5
    assert run.manifest("sea").model.seed == 6
    folder = run.out / "shots" / "forest"
    for layer in manifest.layers:
        with Image.open(folder / layer.file) as image:
            assert image.size == layer.bbox[2:]
    assert all((folder / name).stat().st_size for name in (f"{folder.name}.mp4", "layers.psd"))
    assert (run.out / "contact.png").is_file()
    assert json.loads((run.out / "storyboard.json").read_text())["title"] == "Test"
    sequence = run.sequence()
    assert [(shot.start_frame, shot.duration_frames) for shot in sequence.shots] == [(0, 6), (6, 6)]
    assert [shot.manifest for shot in sequence.shots] == [
        "shots/forest/manifest.json", "shots/sea/manifest.json",
    ]  # fmt: skip


def test_the_same_inputs_give_the_same_files(run: Run, tmp_path: Path) -> None:
    run(FOREST)
    other = Run(run.studio, tmp_path / "other")
    other(FOREST)
    np.testing.assert_array_equal(run.picture("forest"), other.picture("forest"))
    assert run.manifest("forest") == other.manifest("forest")


def test_a_second_run_redoes_only_what_changed(run: Run) -> None:
    run(FOREST, SEA)
    outcome = run(FOREST, SEA)
    assert (outcome.made, outcome.skipped) == (0, 2)
    assert [e.shot_id for e in run.told if isinstance(e, ShotSkipped)] == ["forest", "sea"]
    assert {shot.status for shot in run.sequence().shots} == {"unchanged"}

    outcome = run(FOREST, {**SEA, "prompt": "a red **boat** on the sea"})
    assert (outcome.made, outcome.skipped) == (1, 1)
    assert "generate" in run.steps("sea")

    outcome = run(FOREST, SEA, force=True)
    assert (outcome.made, outcome.skipped) == (2, 0)
    assert "generate" in run.steps("forest")


def test_a_new_camera_keeps_the_layers(run: Run) -> None:
    run(FOREST)
    before = run.manifest("forest")
    pixels = run.picture("forest")
    run({**FOREST, "camera": {"preset": "push_in", "amount": 0.4}, "duration": 1})
    after = run.manifest("forest")
    assert run.steps("forest") == ["stage", "deliver"]
    assert after.camera.amount == pytest.approx(0.4)
    assert after.comp.duration_frames == 12
    assert [(x.id, x.bbox, x.phrase, x.token_indices) for x in after.layers] == [
        (x.id, x.bbox, x.phrase, x.token_indices) for x in before.layers
    ]
    assert after.checks.recomposition_max_error <= 1
    np.testing.assert_array_equal(run.picture("forest"), pixels)
    # And the result counts as whole for the next run.
    run({**FOREST, "camera": {"preset": "push_in", "amount": 0.4}, "duration": 1})
    assert run.steps("forest") == []


def test_edits_by_hand_outlive_what_keeps_the_picture(run: Run) -> None:
    """Another camera and making it all anew; with another picture they wait for it to come back."""
    run(FOREST)
    folder = run.out / "shots" / "forest"
    first = run.manifest("forest")
    assert first.words[0].word == "warrior"
    assert {one.word for one in first.words} == {"warrior", "front", "castle", "forest"}
    assert first.files.words == "words.png"
    stroke = {"points": [[0.3, 0.3], [0.5, 0.5]], "width": 0.1}
    edits = [
        edit_of({"op": "words", "words": ["forest", "castle"], "name": "place"}),
        edit_of({"op": "new", "name": "thing", "strokes": [stroke]}),
        edit_of({"op": "rename", "layer": "thing", "name": "lantern"}),
    ]
    edited = edit(folder, edits)
    assert "lantern" in [layer.name for layer in edited.layers]
    files = {path.name: path.read_bytes() for path in sorted((folder / "layers").iterdir())}

    run(FOREST)
    assert run.steps("forest") == [], "nothing is to be done"
    run({**FOREST, "camera": {"preset": "push_in", "amount": 0.4}})
    assert run.steps("forest") == ["stage", "deliver"]
    assert run.manifest("forest").edits == edits
    run(FOREST, force=True)
    assert "generate" in run.steps("forest")
    again = run.manifest("forest")
    assert again.edits == edits
    assert {path.name: path.read_bytes() for path in (folder / "layers").iterdir()} == files

    run({**FOREST, "seed": 77})
    other = run.manifest("forest")
    assert other.edits == []
    assert [one.edits for one in other.left_edits] == [edits]
    assert "layer.edits_left" in [notice.code for notice in other.notices]
    said = [event.text for event in run.told if isinstance(event, Log)]
    assert any("3 edits by hand were not carried out" in text for text in said)
    run(FOREST)
    back = run.manifest("forest")
    assert (back.edits, back.left_edits) == (edits, [])
    assert {path.name: path.read_bytes() for path in (folder / "layers").iterdir()} == files


def test_a_result_with_a_missing_file_is_made_again(run: Run) -> None:
    run(FOREST)
    (run.out / "shots" / "forest" / "layers.psd").unlink()
    assert run(FOREST).made == 1
    assert (run.out / "shots" / "forest" / "layers.psd").is_file()
    (run.out / "shots" / "forest" / "manifest.json").write_text("{")
    assert run(FOREST).made == 1


def test_a_bad_shot_does_not_stop_the_others(run: Run) -> None:
    outcome = run(
        {"id": "bad", "prompt": "a dog", "subjects": ["cat"]},
        {"id": "worse", "picture": "missing.png", "subjects": ["cat"]},
        FOREST,
    )
    assert outcome.made == 1
    assert outcome.exit_status == 2
    failed = {e.shot_id: e.error for e in run.told if isinstance(e, ShotFailed)}
    assert failed["bad"].field == "shots[0].subjects[0].name"
    assert failed["worse"].field == "shots[1].picture"
    shots = {shot.id: shot for shot in run.sequence().shots}
    assert shots["bad"].status == "failed"
    assert shots["bad"].error is not None
    assert shots["forest"].status == "made"


def test_a_bad_shot_does_not_spoil_the_good_one_of_its_id(run: Run) -> None:
    twin = {**SEA, "id": "forest"}
    for status in ("made", "unchanged"):
        outcome = run(FOREST, twin)
        assert list(outcome.errors) == [1]
        assert [shot.status for shot in run.sequence().shots] == [status, "failed"]


def test_an_unforeseen_error_stays_in_its_shot(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cut_out_module.estimate_nearness
    calls = 0

    def once(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ZeroDivisionError("division by zero")
        return real(*args)

    monkeypatch.setattr(cut_out_module, "estimate_nearness", once)
    outcome = run(FOREST, SEA)
    assert outcome.made == 1
    assert outcome.exit_status == 1
    assert "ZeroDivisionError" in str(outcome.errors[0])
    assert not (run.out / "shots" / "forest").exists()


def _interrupt_at(shot_id: str, step: str) -> Callable[[Event], None]:
    def on_event(event: Event) -> None:
        if isinstance(event, StepProgress) and (event.shot_id, event.step) == (shot_id, step):
            raise KeyboardInterrupt

    return on_event


@pytest.mark.parametrize("step", ["generate", "deliver"])
def test_an_interrupted_run_keeps_what_is_finished(run: Run, step: str) -> None:
    outcome = run(FOREST, SEA, on_event=_interrupt_at("sea", step))
    assert outcome.interrupted
    assert outcome.made == 1
    assert run.manifest("forest").shot_id == "forest"
    assert [path.name for path in (run.out / "shots").iterdir()] == ["forest"]
    assert [shot.status for shot in run.sequence().shots] == ["made", "missing"]
    outcome = run(FOREST, SEA)
    assert (outcome.made, outcome.skipped, outcome.interrupted) == (1, 1, False)


def test_only_the_shots_that_are_asked_for(run: Run) -> None:
    outcome = run(FOREST, SEA, only=["sea"])
    assert outcome.made == 1
    assert [shot.status for shot in run.sequence().shots] == ["missing", "made"]
    with pytest.raises(InputError, match='"forest"'):
        run(FOREST, SEA, only=["forrest"])


def test_a_drawing_keeps_its_own_pixels(run: Run) -> None:
    rng = np.random.default_rng(3)
    drawing = rng.integers(0, 256, (210, 333, 3), dtype=np.uint8)
    Image.fromarray(drawing).save(run.out.parent / "drawing.png")
    shot = {"id": "d", "picture": "drawing.png", "subjects": ["warrior", "princess"]}
    assert run(shot).exit_status == 0
    np.testing.assert_array_equal(run.picture("d"), drawing)
    manifest = run.manifest("d")
    assert manifest.original_prompt is None
    assert manifest.model.steps is None
    assert manifest.checks.recomposition_max_error <= 1
    # Another drawing in the same file is another input.
    Image.fromarray(255 - drawing).save(run.out.parent / "drawing.png")
    assert run(shot).made == 1


def test_a_shot_without_subjects_is_one_background(run: Run) -> None:
    assert run({"id": "empty", "prompt": "fog"}).exit_status == 0
    (layer,) = run.manifest("empty").layers
    assert layer.kind == "background"


def test_a_subject_that_is_not_found_is_told(run: Run) -> None:
    run(FOREST)
    warned = [e.text for e in run.told if isinstance(e, Log) and e.level == "warning"]
    found = {layer.name for layer in run.manifest("forest").layers}
    for name in {"warrior", "castle"} - found:
        assert any(name in text for text in warned)


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300, "nul\0"])
def test_a_bad_output_folder_is_refused_before_any_work(
    studio: Studio, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    run = Run(studio, tmp_path / name)
    with pytest.raises(InputError) as caught:
        run(FOREST)
    assert caught.value.code.startswith("produce.out_")
    assert caught.value.remedy
    assert run.told == []


def test_a_missing_model_is_said_once_before_any_shot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    run = Run(Studio("z-image-turbo"), tmp_path / "out")
    with pytest.raises(Failure, match="models pull z-image-turbo"):
        run(FOREST, SEA)
    assert run.told == []


def _shot_hashes(studio: Studio, changes: dict[str, Any], shot: dict[str, Any]) -> Any:
    document = {"size": [160, 90], "shots": [{**FOREST, **shot}], **changes}
    loaded = load_storyboard(document, folder=Path())
    (slot,) = slots_of(loaded)
    return hashes(job_of(slot, loaded), studio)


@pytest.mark.parametrize(
    ("changes", "shot", "new_picture"),
    [
        ({}, {"prompt": "a **warrior** before a **castle**"}, True),
        ({}, {"seed": 9}, True),
        ({"seed": 1}, {}, True),
        ({"takes": 3}, {}, True),
        ({"takes": 3}, {"takes": 2}, True),
        ({"style": "pencil"}, {}, True),
        ({"size": [90, 160]}, {}, True),
        ({}, {"subjects": ["warrior"]}, True),
        ({"fps": 30}, {}, False),
        ({}, {"duration": 2}, False),
        ({}, {"camera": "static"}, False),
        ({}, {"dialogue": "Hold!"}, False),
        ({"overscan": 1.3}, {}, False),
    ],
)
def test_every_input_counts(
    studio: Studio, changes: dict[str, Any], shot: dict[str, Any], new_picture: bool
) -> None:
    before = _shot_hashes(studio, {}, {})
    after = _shot_hashes(studio, changes, shot)
    assert after.shot != before.shot
    assert (after.picture != before.picture) == new_picture


def test_what_does_not_make_the_shot_does_not_count(studio: Studio) -> None:
    assert _shot_hashes(studio, {}, {}) == _shot_hashes(studio, {"title": "Other"}, {})


def test_layers_are_at_least_as_fine_as_the_comp() -> None:
    from multiplane.contract.manifest import Comp

    comp = Comp(width=1920, height=1080, fps=24, duration_frames=24)
    width, height = layer_size((448, 256), comp, 1.1)
    assert width >= 1920 * 1.1
    assert height >= 1080 * 1.1
    assert layer_size((448, 256), comp, 1.06) == layer_size((448, 256), comp, 1.12)
    small = Comp(width=64, height=64, fps=24, duration_frames=24)
    assert layer_size((1024, 1024), small, 1.0) == (1024, 1024)


@pytest.mark.parametrize("painted", [(448, 256), (256, 448), (304, 304), (320, 208)])
@pytest.mark.parametrize("overscan", [1.0, 1.1, 1.25, 1.6, 2.0])
@pytest.mark.parametrize(
    "frame", [(1280, 720), (1920, 1080), (1920, 803), (1281, 721), (1080, 1920), (999, 999)]
)
def test_no_layer_lies_on_half_pixels_of_the_comp(
    painted: tuple[int, int], overscan: float, frame: tuple[int, int]
) -> None:
    """The picture is centred: what it has over the comp is even, as 1280x731 over 720 was not."""
    from multiplane.contract.manifest import Comp

    comp = Comp(width=frame[0], height=frame[1], fps=24, duration_frames=24)
    size = layer_size(painted, comp, overscan)
    assert [(side - of) % 2 for side, of in zip(size, frame, strict=True)] == [0, 0]
    assert all(
        side >= min(of * overscan, one * MAX_ENLARGEMENT) - 1
        for side, of, one in zip(size, frame, painted, strict=True)
    )
