"""The bench with real tiny models: all methods answer, a run goes on, absent ones are named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane.models.facts import VisionProfile
from multiplane.models.load import Painter, load_painter
from multiplane.models.profiles import profile_of_folder
from multiplane.models.vision.load import load_vision
from multiplane.models.vision.profiles import VISION_PROFILES, vision_profile
from multiplane_study.bench.answer import Answer, each_of
from multiplane_study.bench.box_rows import grabcut_in, slic_colour
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.command import BenchOptions, run_bench
from multiplane_study.bench.look import Look, box_of, sampling_sigmas
from multiplane_study.bench.rows import OURS, VISION_ROWS, Beside, Row, rows_for
from multiplane_study.bench.run import Run, measure
from multiplane_study.bench.sets import BenchSet
from multiplane_study.bench.tables import report_of
from multiplane_study.observed import phrases_of
from multiplane_study.scenes import draw_scene
from tests.study.test_bench_folder import whole
from tests.study.test_quality import RowsAsDepth
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline
from tests.tiny_vision import (
    save_tiny_clipseg,
    save_tiny_grounding_dino,
    save_tiny_layer_diffuse,
    save_tiny_qwen_image_layered,
    save_tiny_sam2,
)


def case_of(number: int) -> Case:
    scene = draw_scene(40 + number, 256, 128, style="flat color", count=1 + number % 2)
    return Case(
        scene, Tags(number, scene.style, len(scene.subjects), hard=("small",) * (number % 2))
    )


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    return load_painter(profile_of_folder(folder), "cpu")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, VisionProfile]]:
    folder = tmp_path_factory.mktemp("vision")
    made = {
        "clipseg": save_tiny_clipseg(folder / "clipseg"),
        "layerdiffuse-sdxl": save_tiny_layer_diffuse(folder),
        "qwen-image-layered": save_tiny_qwen_image_layered(folder / "layered"),
        "sam-2.1-tiny": save_tiny_sam2(folder / "sam"),
        "grounding-dino-tiny": save_tiny_grounding_dino(folder / "dino"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MULTIPLANE_MODELS", str(folder))  # where LayerDiffuse's SDXL lies
        yield {name: vision_profile(str(path)) for name, path in made.items()}


def load(profile: VisionProfile) -> object:
    return load_vision(profile, "cpu")


def run_of(
    painter: Painter, rows: list[Row], kept: Path, scenes: int = 2, **changes: object
) -> Run:
    set_ = BenchSet("small", range(4), case_of)
    run = Run(set_, painter, RowsAsDepth(), rows, scenes, kept, seeds=(0, 1), filmed=0)
    return replace(run, **changes)  # type: ignore[arg-type]


def test_every_row_answers_with_a_mask_for_each_subject(
    painter: Painter, tiny: dict[str, VisionProfile]
) -> None:
    rows = list(rows_for(load, profile=tiny.__getitem__, beside=[Beside("other", painter, "x")]))
    assert rows[0].name == OURS
    assert {row.name for row in rows} >= {row.name for row in VISION_ROWS} | {
        "ours:other", "paper:other", "paper", "daam", "single-layer", "grabcut", "slic",
    }  # fmt: skip
    case = case_of(1)
    look = Look(painter, RowsAsDepth(), case, 0)
    for row in rows:
        assert row.missing is None
        answer, seconds = look.timed(row.cut)
        assert answer.of == each_of(look.phrases), row.name
        assert answer.alphas.shape == (2, 128, 256), row.name
        assert 0.0 <= answer.alphas.min() <= answer.alphas.max() <= 1.0, row.name
        assert sorted(answer.back_to_front) == [0, 1], row.name
        assert seconds > 0.0


def test_a_row_whose_weights_are_absent_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    absent = {name: replace(VISION_PROFILES[name], repository="nobody/nothing")
              for row in VISION_ROWS for name in row.models}  # fmt: skip
    rows = {row.name: row for row in rows_for(load, profile=absent.__getitem__)}
    assert rows["clipseg"].missing == "weights absent, `multiplane models pull clipseg`"
    assert rows["layered"].missing == "weights absent, `multiplane models pull qwen-image-layered`"
    pulls_both = "weights absent, `multiplane models pull layerdiffuse-sdxl`"
    assert rows["layerdiffuse"].missing == pulls_both
    assert rows["sam-clip"].missing is not None
    assert rows["sam-clip"].missing.count("`multiplane models pull") == 2
    assert rows["grabcut"].missing is None
    with pytest.raises(ValueError, match="absent"):
        rows["clipseg"].cut(None)  # type: ignore[arg-type]


def exact(look: Look) -> Answer:
    """The truth, each phrase's subjects in turn."""
    phrases = phrases_of(look.case.scene)
    order = [member for members in phrases.members for member in members]
    mattes = np.stack([look.case.scene.subjects[member].matte for member in order])
    return Answer(mattes, each_of(phrases), tuple(np.argsort(order).tolist()))


def nothing(look: Look) -> Answer:
    count = len(each_of(look.phrases))
    return Answer(
        np.zeros((count, 128, 256), np.float32), each_of(look.phrases), tuple(range(count))
    )


def test_a_run_goes_on_where_it_stopped_and_measures_nothing_twice(
    painter: Painter, tmp_path: Path
) -> None:
    asked: list[tuple[int, int]] = []
    most = 3

    def counted(look: Look) -> Answer:
        if len(asked) == most:
            raise KeyboardInterrupt
        asked.append((look.case.tags.number, look.seed))
        return exact(look)

    rows = [Row("ours", "exact", counted), Row("none", "nothing", nothing, noisy=False)]
    run = run_of(painter, rows, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        measure(run)
    seen = list(asked)
    most = 100
    heard: list[tuple[int, int]] = []
    result = measure(run, lambda done, total: heard.append((done, total)))
    assert heard == [(1, 2), (2, 2)]
    # the first of all is asked once more, for its memory
    assert sorted(set(asked)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(asked) - len(seen) == 2
    before = len(asked)
    measure(run)
    assert len(asked) == before
    told = result.figures()
    ours, none = told["rows"]
    assert ours["figures"]["iou"]["mean"] == 1.0
    assert ours["figures"]["background_psnr"]["scenes"] == 2
    assert none["figures"]["iou"]["mean"] == 0.0
    assert none["against"]["iou"]["difference"] == -1.0
    assert ours["peak_mb"] is not None
    assert set(ours["by"]["hard"]) == {"hard", "plain", "small"}
    assert told["set"]["as_pinned"] is None
    assert report_of(result).tables


def test_other_weights_are_measured_anew_and_a_cut_line_too(
    painter: Painter, tmp_path: Path
) -> None:
    asked: list[int] = []

    def counted(look: Look) -> Answer:
        asked.append(look.case.tags.number)
        return exact(look)

    run = run_of(painter, [Row("ours", "exact", counted, noisy=False)], tmp_path, scenes=1)
    measure(run)
    once = len(asked)
    measure(replace(run, weights="others"))
    assert len(asked) > once
    file = tmp_path / "small-drawn" / "ours.jsonl"
    file.write_text(file.read_text()[:-20])
    twice = len(asked)
    measure(replace(run, weights="others"))
    assert len(asked) > twice


def test_a_case_that_cannot_be_read_is_left_out_and_told(painter: Painter, tmp_path: Path) -> None:
    def case(number: int) -> Case | None:
        if number == 0:
            raise InputError("study.set.no_picture", "It has no picture.", file="a/b")
        return None if number == 2 else case_of(number)

    told: list[InputError] = []
    rows = [Row("ours", "exact", exact, noisy=False)]
    run = run_of(painter, rows, tmp_path, scenes=3, set_=BenchSet("small", range(4), case))
    result = measure(run, on_left_out=told.append)
    assert [tags.number for tags in result.scenes] == [1, 3]
    assert [error.code for error in told] == ["study.set.no_picture"]
    assert "It has no picture" in result.figures()["set"]["note"]
    with pytest.raises(InputError, match="no picture"):
        measure(replace(run, set_=BenchSet("smaller", range(1), case)))
    with pytest.raises(Failure, match="no picture could be used"):
        measure(replace(run, set_=BenchSet("none", range(2, 3), case)))


def test_a_folder_is_measured_from_the_command_line_to_the_file(tmp_path: Path) -> None:
    model = save_tiny_pipeline(tmp_path / "model")
    depth = save_tiny_depth(tmp_path / "depth")
    whole(tmp_path / "mine" / "shot-01")
    whole(tmp_path / "mine" / "shot-03")
    (tmp_path / "mine" / "shot-03" / "picture.png").write_bytes(b"no picture")
    options = BenchOptions(
        str(tmp_path / "mine"), None, 1, 1, 1, ("paper", "slic"), (f"other={model}",),
        tmp_path / "kept",
    )  # fmt: skip
    said: list[str] = []
    report = run_bench(
        options, str(model), str(depth), "cpu", lambda done, total: None, said.append
    )
    told = json.loads(report.write(tmp_path / "mine.json").read_text("utf-8"))
    assert told["study"] == "bench"
    assert told["set"]["scenes"] == 1
    assert told["set"]["of"] == 2
    assert [row["name"] for row in told["rows"]] == ["ours", "paper", "slic"]
    assert told["measured"]["cores"] >= 1
    assert "shot-03" in said[0]
    assert "shot-03" in told["set"]["note"]
    (scene,) = told["scenes"]
    assert scene["caption"] == "red box, blue box, background"
    assert scene["rows"]["slic"]["iou"] > 0.5
    assert scene["rows"]["ours"]["hidden_psnr"] is None
    with pytest.raises(InputError, match="grabcut") as caught:
        run_bench(
            replace(options, rows=("grabcat",)), str(model), str(depth), "cpu",
            lambda done, total: None, said.append,
        )  # fmt: skip
    assert caught.value.code == "study.row_unknown"
    for beside in ((str(model),), (f"a={model}", f"a={depth}")):
        with pytest.raises(InputError, match="NAME=FOLDER") as caught:
            run_bench(
                replace(options, beside=beside), str(model), str(depth), "cpu",
                lambda done, total: None, said.append,
            )  # fmt: skip
        assert caught.value.code == "study.beside_same_name"
    beside_rows = replace(options, rows=("ours:other",), seeds=1, films=0)
    told = run_bench(
        beside_rows, str(model), str(depth), "cpu", lambda done, total: None, said.append
    ).as_dict()
    ours, other = told["rows"]
    assert other["title"] == "Multiplane on other"
    assert other["figures"]["iou"] == ours["figures"]["iou"], "the same weights"


def test_films_of_all_presets_are_summed(painter: Painter, tmp_path: Path) -> None:
    run = run_of(painter, [Row("ours", "exact", exact)], tmp_path, scenes=1, filmed=1, seeds=(0,))
    presets = measure(run).figures()["presets"]["ours"]
    assert presets["push_in"]["films"] >= 1
    assert presets["push_in"]["hole"] == 0.0
    assert {"edge", "bite", "fringe", "bad"} <= set(presets["orbit"])


def test_a_set_that_is_drawn_otherwise_says_so(painter: Painter, tmp_path: Path) -> None:
    run = run_of(painter, [Row("ours", "exact", exact)], tmp_path, scenes=1, seeds=(0,))
    pinned = replace(run.set_, pinned=("000000000000 00000000 00",) * 4)
    result = measure(replace(run, set_=pinned))
    assert result.figures()["set"]["as_pinned"] is False
    assert "NOT as pinned" in report_of(result).tables[0].title


def test_one_pass_is_captured_once_and_counted_for_every_row(painter: Painter) -> None:
    look = Look(painter, RowsAsDepth(), case_of(0), 0)
    _, first = look.timed(lambda look: look.maps(0.3, 1))
    assert len(look.captured) == 1
    _, again = look.timed(lambda look: look.maps(0.3, 1))
    assert len(look.captured) == 1
    assert again >= look.captured[0.3, 1, (0, 1.0), ()][1] * 0.99
    assert first >= look.captured[0.3, 1, (0, 1.0), ()][1] * 0.99
    other = Look(painter, RowsAsDepth(), case_of(0), 1).maps(0.3, 1)
    assert np.abs(other.image_to_text - look.maps(0.3, 1).image_to_text).max() > 0.0


def test_steps_of_sampling_are_noise_levels_that_fall(painter: Painter) -> None:
    sigmas = sampling_sigmas(painter, (0.0, 0.5, 0.9))
    assert sigmas == sorted(sigmas, reverse=True)
    assert all(0.0 < sigma < 1.0 for sigma in sigmas)


@pytest.fixture
def flat() -> tuple[np.ndarray, np.ndarray]:
    picture = np.full((96, 96, 3), (90, 150, 90), np.uint8)
    mask = np.zeros((96, 96), bool)
    mask[30:70, 20:60] = True
    mask[30:50, 40:60] = False
    picture[mask] = (200, 40, 40)
    return picture, mask


def test_grabcut_and_superpixels_find_a_plain_shape_in_its_box(
    painter: Painter, flat: tuple[np.ndarray, np.ndarray]
) -> None:
    picture, mask = flat
    found = grabcut_in(picture, box_of(mask))
    assert (found & mask).sum() / (found | mask).sum() > 0.95
    case = case_of(0)
    subject = replace(case.scene.subjects[0], matte=mask.astype(np.float32))
    scene = replace(case.scene, picture=picture, subjects=(subject,))
    look = Look(painter, RowsAsDepth(), replace(case, scene=scene), 0)
    (alpha,) = slic_colour(look).alphas
    assert ((alpha > 0.5) & mask).sum() / ((alpha > 0.5) | mask).sum() > 0.85
    whole = grabcut_in(picture, box_of(np.ones((96, 96), bool)))
    assert whole.all()
