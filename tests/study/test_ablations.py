"""Ablations with a real tiny model: every point answers, one thing changes, plots say so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from diffusers.models.transformers import transformer_z_image

from multiplane.attention.capture import AttentionMaps
from multiplane.contract.errors import InputError
from multiplane.layers.cut import CutSteps, cut_soft, cut_subjects
from multiplane.layers.masks import soft_masks
from multiplane.models.load import Painter, load_painter
from multiplane.models.profiles import profile_of_folder
from multiplane_study.ablations import boards, learned, output_space, settings, steps
from multiplane_study.ablations.axis import Axis, Point, rows_of
from multiplane_study.ablations.command import (
    AXES,
    AblationOptions,
    _keep_heads,
    report_of,
    run_ablations,
)
from multiplane_study.ablations.heads import head_maps
from multiplane_study.ablations.learned import best_part, learnt_weights
from multiplane_study.ablations.output_space import output_maps
from multiplane_study.ablations.reading import own, own_heat
from multiplane_study.ablations.tokens import place_maps, token_maps
from multiplane_study.bench.answer import Answer, each_of
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.look import Look
from multiplane_study.bench.rows import OURS
from multiplane_study.bench.run import Run, measure
from multiplane_study.bench.sets import BenchSet
from multiplane_study.html_report import plots
from multiplane_study.html_report.page import write_page
from multiplane_study.html_report.results import read_results
from multiplane_study.observed import block_count, groups_of
from multiplane_study.scenes import draw_scene
from tests.study.test_quality import RowsAsDepth
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline


def case_of(number: int) -> Case:
    scene = draw_scene(40 + number, 256, 128, style="flat color", count=2)
    return Case(scene, Tags(number, scene.style, len(scene.subjects)))


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    return load_painter(profile_of_folder(folder), "cpu")


@pytest.fixture(scope="module")
def axes(painter: Painter) -> Iterator[list[Axis]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learned, "LEARNT_ON", 1)
        yield [make(painter) for make in AXES.values()]


@pytest.fixture(scope="module")
def look(painter: Painter) -> Look:
    return Look(painter, RowsAsDepth(), case_of(1), 0)


def test_every_axis_has_the_models_own_setting_once_and_rows_are_told_apart(
    axes: list[Axis],
) -> None:
    for axis in axes:
        assert sum(point.cut is None for point in axis.points) == 1, axis.name
        assert len(axis.points) > 1, axis.name
    rows = rows_of(axes)
    assert rows[0].name == OURS
    assert len({row.name for row in rows}) == len(rows)
    assert len(rows) == 1 + sum(len(axis.points) - 1 for axis in axes)


def test_every_point_answers_with_a_mask_for_each_subject(axes: list[Axis], look: Look) -> None:
    for row in rows_of(axes):
        answer = row.cut(look)
        assert answer.of == each_of(look.phrases), row.name
        assert answer.alphas.shape == (2, 128, 256), row.name
        assert 0.0 <= answer.alphas.min() <= answer.alphas.max() <= 1.0, row.name
        assert sorted(answer.back_to_front) == [0, 1], row.name


def test_a_point_changes_what_it_says_and_nothing_else(
    painter: Painter, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    heats: list[np.ndarray] = []
    monkeypatch.setattr(settings, "read", lambda look, heat, floor=None: heats.append(heat))
    made = [AXES[name](painter) for name in ("layers", "sigma", "draws", "propagation")]
    cuts = {row.name: row.cut for row in rows_of([*made, AXES["direction"](painter)])}
    choice = painter.profile.capture
    mine = (choice.hops, choice.sharpness)

    def mean(maps: AttentionMaps, kind: str, blocks: Sequence[int]) -> np.ndarray:
        return np.mean([getattr(one, kind) for one in maps.each if one.block in blocks], axis=0)

    passes = look.maps(choice.decompose_sigma, choice.draws, mine)
    few = look.maps(choice.decompose_sigma, 1, mine)
    far = look.maps(0.9, choice.draws, mine)
    straight = look.maps(choice.decompose_sigma, choice.draws, (0, 1.0))
    for name, wanted in {
        "layers:0": mean(passes, "propagated", (0,)),
        "layers:all": mean(passes, "propagated", range(9)),
        "draws:1": mean(few, "propagated", choice.blocks),
        "sigma:0.9": mean(far, "propagated", choice.blocks),
        "propagation:0x1": mean(straight, "propagated", choice.blocks),
        "direction:text-to-image": mean(passes, "text_to_image", choice.blocks),
    }.items():
        cuts[name](look)
        np.testing.assert_allclose(heats[-1], wanted, rtol=1e-5, err_msg=name)
        assert not np.allclose(heats[-1], own_heat(look), rtol=1e-4), name


def blobs() -> np.ndarray:
    """Attention to two subjects side by side, and to the place round them."""
    rows, columns = np.mgrid[:16, :32]
    heat = [np.exp(-((rows - 8) ** 2 + (columns - x) ** 2) / 20.0) for x in (9, 20)]
    return np.stack([*heat, 0.3 - 0.2 * np.max(heat, axis=0)]).astype(np.float32)


def test_all_steps_together_are_the_cut_of_a_shot(look: Look) -> None:
    soft = soft_masks(blobs(), [False, False, True], (256, 128))
    wanted = look.phrases.wanted
    whole = cut_subjects(look.picture, blobs(), wanted).alphas
    assert whole.any(axis=(1, 2)).all()
    assert np.array_equal(cut_soft(look.picture, soft, wanted, CutSteps()).alphas, whole)
    less = cut_soft(look.picture, soft, wanted, CutSteps(edges=False)).alphas
    assert not np.array_equal(less, whole)


def test_without_competition_mattes_may_lie_over_each_other(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    heat = blobs()
    heat[1] = heat[0]
    monkeypatch.setattr(steps, "own_heat", lambda look: heat)
    cuts = {point.name: point.cut for point in steps.competition().points}
    alone, raw = (cuts[name](look).alphas for name in ("alone", "raw"))  # type: ignore[misc]
    assert (alone > 0.5).all(axis=0).any()
    assert not (raw > 0.5).all(axis=0).any()
    coarse = steps._coarse(look).alphas
    assert set(np.unique(coarse).tolist()) == {0.0, 1.0}


def test_attention_that_goes_on_behind_another_says_behind(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = steps.own_cut(look, own_heat(look))
    mattes = np.zeros_like(found.alphas)
    mattes[0, 40:80, 60:120], mattes[1, 40:80, 120:180] = 1.0, 1.0
    heat = np.zeros((3, 32, 64), np.float32)
    heat[0, 10:20, 15:30], heat[1, 10:20, 15:45] = 1.0, 1.0  # the second goes on under the first
    monkeypatch.setattr(steps, "own_heat", lambda look: heat)
    cutouts = tuple(
        type(one)(one.of, one.number, one.name, matte, one.confidence)
        for one, matte in zip(found.cutouts, mattes, strict=True)
    )
    assert steps._attention_order(look, type(found)(cutouts)) == (1, 0)


def test_heads_and_tokens_together_are_what_a_shot_is_cut_by(painter: Painter, look: Look) -> None:
    """Every head by itself, and every token: the mean and the sum are the own maps."""
    own_maps = own_heat(look)
    blocks = head_maps(painter, look.noised, look.phrases)
    np.testing.assert_allclose(
        np.mean([each.mean(axis=0) for each in blocks], axis=0), own_maps, rtol=1e-4
    )
    assert all(np.ptp(each, axis=0).max() > 0 for each in blocks), "heads differ"
    single = token_maps(painter, look.noised, look.phrases)
    assert len(single) == len(own_maps)
    np.testing.assert_allclose([each.sum(axis=0) for each in single], own_maps, rtol=1e-4)
    np.testing.assert_allclose(
        place_maps(painter, look.noised, look.phrases).sum(axis=0), own_maps, rtol=1e-4
    )


def test_output_space_is_what_the_model_itself_gives_out(
    painter: Painter, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the outputs of the model's own attention calls, heard by another way."""
    real = transformer_z_image.dispatch_attention_fn
    given: list[torch.Tensor] = []

    def heard(*args: object, **kwargs: object) -> torch.Tensor:
        out = real(*args, **kwargs)
        given.append(out.detach())
        return out

    monkeypatch.setattr(transformer_z_image, "dispatch_attention_fn", heard)
    found = output_maps(painter, look.noised, look.phrases)
    choice = painter.profile.capture
    groups = groups_of(painter, look.noised, look.phrases)
    each = len(given) // choice.draws
    blocks = block_count(painter)
    wanted: list[np.ndarray] = []
    image = found.shape[1] * found.shape[2]
    start = (image + 31) // 32 * 32  # the text comes after the padded picture
    for draw in range(choice.draws):
        own = given[draw * each : (draw + 1) * each][-blocks:]
        for attended in own:
            out = attended[0].flatten(1)
            words = [out[[start + one for one in group.token_indices]].mean(0) for group in groups]
            said, shown = (
                one / one.norm(dim=-1, keepdim=True) for one in (torch.stack(words), out[:image])
            )
            said, shown = said - said.mean(0), shown - shown.mean(0)
            alike = torch.nn.functional.cosine_similarity(said[:, None], shown[None], dim=-1)
            wanted.append(alike.reshape(found.shape).numpy())
    strong = np.exp(output_space.SHARPNESS * np.mean(wanted, axis=0))
    np.testing.assert_allclose(found, strong / strong.sum(axis=0), rtol=1e-3)
    assert np.ptp(found, axis=(1, 2)).min() > 1e-4
    assert transformer_z_image.dispatch_attention_fn is heard, "the tap is taken off"


def test_no_phrase_wins_everywhere_because_its_outputs_are_long() -> None:
    """Each of three phrases has a third of the tokens, though one is far longer than the others."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.eye(3, 12)
    common = 5.0 * torch.ones(12)
    lengths = torch.tensor([[1.0], [40.0], [2.0]])
    image = directions.repeat_interleave(30, dim=0) + common
    image = image + 0.2 * torch.randn(image.shape, generator=generator)
    phrases = lengths * (directions + common / 5.0)
    truth = torch.arange(3).repeat_interleave(30)
    assert ((phrases @ image.T).argmax(dim=0) == 1).all(), "by the plain product the longest wins"
    found = output_space.alike(phrases, image)
    assert (found.argmax(dim=0) == truth).float().mean() > 0.95
    assert found.abs().max() <= 1.0 + 1e-5


def test_boards_of_one_scene_agree_as_far_as_their_cuts_do(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two boards that are cut by the truth agree fully; one that loses a subject does not."""
    seeds: list[int] = []

    def truth(board: Look) -> Answer:
        seeds.append(board.seed)
        mattes = np.stack([one.matte for one in board.case.scene.subjects])
        assert mattes.shape[1:] == board.picture.shape[:2] == (128, 240)
        return Answer(mattes, (0, 1), (0, 1))

    monkeypatch.setattr(boards, "own", truth)
    assert boards.plates_agree(look) == 1.0
    assert len(set(seeds)) == 2, "each has its own noise"
    empty = Answer(np.zeros((2, 128, 240), np.float32), (0, 1), (0, 1))
    monkeypatch.setattr(boards, "own", lambda board: truth(board) if board.seed else empty)
    plate = 1.0 - np.max([one.matte > 0.5 for one in look.case.scene.subjects], axis=0)[:, 16:240]
    assert boards.plates_agree(look) == pytest.approx(plate.mean(), abs=1e-6)


def test_agreement_of_boards_is_kept_and_told(painter: Painter, tmp_path: Path) -> None:
    run = Run(
        BenchSet("small", range(2), case_of), painter, RowsAsDepth(), rows_of([]), 2, tmp_path,
        seeds=(0,), layered=0, filmed=0, weighed=False,
    )  # fmt: skip
    found = boards.boards_agree(run)
    assert found is not None
    assert found.scenes == 2
    assert 0.0 < found.mean <= 1.0
    broken = replace(run, painter=None)  # type: ignore[arg-type]
    assert boards.boards_agree(broken) == found, "nothing was measured again"
    report = report_of(measure(run).figures(), [], found)
    assert report.as_dict()["boards"]["mean"] == found.mean
    report.write(tmp_path / "reports" / "ablations.json")
    write_page(tmp_path / "report.html", read_results(tmp_path / "reports"), None)
    assert "background plates" in (tmp_path / "report.html").read_text()


def test_weights_are_learnt_from_the_parts_that_know() -> None:
    truth = np.zeros((2, 32, 64), bool)
    truth[0, 8:24, 8:24], truth[1, 8:24, 40:56] = True, True
    right = np.array([one[::4, ::4] for one in truth], np.float32)
    place = np.full((1, 8, 16), 0.1, np.float32)
    noise = np.random.default_rng(0).random((2, 8, 16)).astype(np.float32)
    parts = np.stack([np.concatenate([one, place]) for one in (noise, 2.0 * right, right[::-1])])
    weights = learnt_weights([(parts, truth)])
    assert sum(weights) == pytest.approx(1.0, abs=1e-3)
    assert weights[1] > 0.8
    assert weights[2] == 0.0
    assert best_part([(parts, truth)]) == 1
    nothing = np.zeros_like(parts)
    assert learnt_weights([(nothing, truth)]) == pytest.approx((1 / 3,) * 3, abs=1e-3)


@pytest.mark.parametrize("low", [0.01, -0.01])
def test_learnt_weights_of_heads_are_stored_where_they_win(tmp_path: Path, low: float) -> None:
    folder = save_tiny_pipeline(tmp_path / "model")
    painter = load_painter(profile_of_folder(folder), "cpu")
    learnt = ((1, (0.25, 0.75)), (2, (1.0, 0.0)))
    axis = Axis("heads", "Heads", (Point("learnt", "learnt", own, learnt=str(learnt)),))
    gain = {"difference": 0.02, "low": low, "scenes": 9}
    figures = {"rows": [{"name": "heads:learnt", "against": {"iou": gain}}]}
    said: list[str] = []
    before = painter.profile.capture
    _keep_heads(painter, figures, [axis], said.append)
    stored = profile_of_folder(folder).capture
    assert stored == (replace(before, head_weights=learnt) if low > 0 else before)
    assert ("stays as it is" in said[0]) is (low < 0)


def test_a_profile_with_odd_weights_of_heads_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_pipeline(tmp_path / "model", capture={"blocks": [1], "head_weights": [3]})
    with pytest.raises(InputError) as caught:
        profile_of_folder(folder)
    assert (caught.value.code, caught.value.field) == (
        "models.profile_invalid", "capture.head_weights",
    )  # fmt: skip


@pytest.fixture(scope="module")
def reports(painter: Painter, axes: list[Axis], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ablations")
    run = Run(
        BenchSet("small", range(2), case_of), painter, RowsAsDepth(), rows_of(axes), 2,
        folder / "kept", seeds=(0,), layered=0, filmed=0, weighed=False,
    )  # fmt: skip
    report_of(measure(run).figures(), axes).write(folder / "ablations.json")
    return folder


def test_the_file_names_rows_that_it_has(reports: Path) -> None:
    told = json.loads((reports / "ablations.json").read_text())
    assert (told["study"], [axis["name"] for axis in told["axes"]]) == ("ablations", [*AXES])
    rows = {row["name"]: row for row in told["rows"]}
    for axis in told["axes"]:
        assert axis["figure"] in told["figures"]
        for point in axis["points"]:
            assert rows[point["row"]]["missing"] is None
            assert (point["row"] == OURS) is point["own"]
            assert rows[point["row"]]["peak_mb"] is None
    assert rows[OURS]["figures"]["hidden_psnr"]["scenes"] == 0, "no layers are built"


def test_the_report_plots_every_axis(reports: Path, tmp_path: Path) -> None:
    found = read_results(reports)
    assert found.benches == ()
    (bench,) = found.ablations
    for axis in bench.read["axes"]:
        svg = plots.axis(bench, axis)
        ElementTree.fromstring(svg)
        assert all(point["label"] in svg for point in axis["points"]), axis["name"]
    page = tmp_path / "report.html"
    write_page(page, found, None)
    read = page.read_text()
    assert 'id="ablations-0"' in read
    for axis in bench.read["axes"]:
        assert f"<h3>{axis['title']}</h3>" in read


def test_the_command_goes_on_and_refuses_an_unknown_axis(tmp_path: Path) -> None:
    model = save_tiny_pipeline(tmp_path / "model")
    depth = save_tiny_depth(tmp_path / "depth")
    options = AblationOptions("500", 1, 1, ("direction",), tmp_path / "kept")
    scenes: list[tuple[int, int]] = []
    said: list[str] = []
    first = run_ablations(
        options, str(model), str(depth), "cpu", lambda *one: scenes.append(one), said.append
    )
    assert scenes == [(1, 1)]
    assert [table.title.split(":")[0] for table in first.tables] == ["Direction"]
    again = run_ablations(options, str(model), str(depth), "cpu", lambda *one: None, said.append)
    assert again.figures == first.figures, "seconds too: nothing was measured again"
    with pytest.raises(InputError) as caught:
        run_ablations(
            AblationOptions("500", 1, 1, ("layer",), tmp_path / "kept"),
            str(model), str(depth), "cpu", lambda *one: None, said.append,
        )  # fmt: skip
    assert (caught.value.code, caught.value.field) == ("study.axis_unknown", "--only")
