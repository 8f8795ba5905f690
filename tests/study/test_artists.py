"""The artists' bench on a small artwork of our own: the same scenes always, with exact truth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.errors import InputError
from multiplane.models.load import load_painter
from multiplane.models.profiles import profile_of_folder
from multiplane_study.artists.grounds import GROUNDS
from multiplane_study.artists.pin import pins
from multiplane_study.artists.plan import HELD_OUT, SCENES, TUNING, Placed, ScenePlan
from multiplane_study.artists.scene import LEAST_VISIBLE, artists_scenes, draw_planned
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.concepts import is_unseen
from multiplane_study.artwork.packages import (
    ARTISTS,
    HELD_OUT_ARTIST,
    NAMES,
    SYNONYMS,
    TUNING_ARTIST,
    Package,
)
from multiplane_study.bench import sets
from multiplane_study.bench.attention_rows import ours, paper
from multiplane_study.bench.rows import Row
from multiplane_study.bench.run import Run, measure
from multiplane_study.bench.tables import report_of
from tests.study.test_quality import RowsAsDepth
from tests.tiny_folders import save_tiny_pipeline

SHAPES = (
    '<circle cx="18" cy="18" r="9" fill="#c00"/>',
    '<path fill="#00c" d="M6 12h24v9H6z M15 4h6v28h-6z"/>',
    '<path fill="#0a4" d="M18 3l12 28H6z"/>',
    '<ellipse cx="18" cy="18" rx="15" ry="7" fill="#fa0"/>',
)
THINGS = (
    "elephant", "lion", "umbrella", "teapot", "violin", "rocket", "ladder", "hammer", "anchor",
    "balloon", "cactus", "zebra", "octopus", "guitar", "bell", "kite", "wheel", "ticket", "crab",
    "lemon", "banana", "pear", "melon", "carrot", "trumpet", "pencil", "broom", "basket", "hook",
    "sled", "skunk", "otter", "sloth", "swan", "peacock", "lobster", "shrimp", "squid", "snail",
)  # fmt: skip


def put(folder: Path, package: Package, files: dict[str, object]) -> None:
    for name in package.members:
        path = folder / package.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(files.get(name, {})), "utf-8")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("artwork")
    emoji = {
        chr(0x1F400 + number): {"name": thing, "slug": thing, "group": "Objects"}
        for number, thing in enumerate(THINGS)
    }
    put(folder, NAMES, {"data-by-emoji.json": emoji})
    put(folder, SYNONYMS, {SYNONYMS.members[0]: {"annotations": {"annotations": {}}}})
    for name in (HELD_OUT_ARTIST, TUNING_ARTIST):
        icons = {
            thing: {"body": SHAPES[number % len(SHAPES)]} for number, thing in enumerate(THINGS)
        }
        package = ARTISTS[name].package
        put(folder, package, {
            "icons.json": {"width": 36, "height": 36, "icons": icons},
            "info.json": {"license": {"spdx": ARTISTS[name].licence}},
        })  # fmt: skip
    return Catalogue(folder, [HELD_OUT_ARTIST, TUNING_ARTIST])


def test_the_small_artwork_has_concepts_of_both_sorts() -> None:
    unseen = [thing for thing in THINGS if is_unseen(thing)]
    assert 4 <= len(unseen) <= len(THINGS) - 8


def test_a_scene_is_the_same_every_time_and_in_another_set_another(catalogue: Catalogue) -> None:
    first = list(artists_scenes(catalogue, HELD_OUT, 4))
    again = list(artists_scenes(catalogue, HELD_OUT, 4))
    assert [plan for plan, _ in first] == [plan for plan, _ in again]
    for (_, scene), (_, same) in zip(first, again, strict=True):
        assert np.array_equal(scene.picture, same.picture)
    tuning = list(artists_scenes(catalogue, TUNING, 4))
    assert [plan.caption for plan, _ in tuning] != [plan.caption for plan, _ in first]


def test_known_and_unseen_concepts_never_share_a_scene(catalogue: Catalogue) -> None:
    plans = [plan for plan, _ in artists_scenes(catalogue, HELD_OUT, 24)]
    assert [plan.known for plan in plans] == [number % 2 == 0 for number in range(24)]
    for plan in plans:
        assert all(is_unseen(placed.slug) is not plan.known for placed in plan.subjects)
        assert not any(is_unseen(placed.slug) for placed in plan.distractors)
    assert {len(plan.subjects) for plan in plans if plan.known} == {1, 2, 3, 4}
    assert {len(plan.subjects) for plan in plans if not plan.known} == {1, 2, 3, 4}
    assert {trait for plan in plans for trait in plan.traits} == {
        "small", "cut off", "busy", "twins",
    }  # fmt: skip


def test_the_truth_is_what_is_to_be_seen(catalogue: Catalogue) -> None:
    for plan, scene in artists_scenes(catalogue, HELD_OUT, 16):
        mattes = np.stack([subject.matte for subject in scene.subjects])
        assert mattes.sum(axis=0).max() <= 1.0 + 1e-5
        assert all(float(matte.mean()) >= LEAST_VISIBLE for matte in mattes)
        clear = mattes.max(axis=0) == 0.0
        assert np.array_equal(scene.picture[clear], scene.background[clear])
        front = mattes[-1] == 1.0
        assert np.array_equal(scene.picture[front], scene.subjects[-1].whole[front])
        for subject in scene.subjects:
            start, end = subject.phrase
            said = plan.caption[start:end]
            assert said in (subject.kind, f"two {subject.kind}s")
        start, end = scene.place_phrase
        assert plan.caption[start:end] == "background"


def test_what_stands_farther_ahead_hides_what_stands_behind(catalogue: Catalogue) -> None:
    plan = ScenePlan(
        0, HELD_OUT_ARTIST, True, 128, 128, "clouds",
        (Placed("elephant", 0.5, 0.8, 0.6, False), Placed("lion", 0.5, 0.8, 0.3, False)),
        (), "elephant, lion, background", ((0, 8), (10, 14)), (16, 26), (),
    )  # fmt: skip
    back, front = draw_planned(plan, catalogue).subjects
    assert front.hidden == pytest.approx(0.0)
    assert 0.05 < back.hidden < 0.6
    assert front.depth > back.depth


@pytest.mark.parametrize("name", GROUNDS)
def test_a_ground_fills_its_picture_with_more_than_a_colour(name: str) -> None:
    ground = GROUNDS[name](np.random.default_rng(3), (96, 160))
    assert ground.shape == (96, 160, 3)
    assert np.isfinite(ground).all()
    assert ground.std() > 0.005


def test_the_set_is_measured_as_every_other(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "Catalogue", lambda artists: catalogue)
    painter = load_painter(profile_of_folder(save_tiny_pipeline(tmp_path / "tiny")), "cpu")
    asked = {"ours": Row("ours", "ours", ours), "paper": Row("paper", "the paper's", paper)}
    set_ = sets.set_of("artists")
    run = Run(
        set_, painter, RowsAsDepth(), [*asked.values()], 5, tmp_path / "kept", seeds=(0,),
        layered=0, filmed=0, weighed=False,
    )  # fmt: skip
    result = measure(run)
    told = result.figures()
    assert told["set"]["name"] == "artists"
    assert told["set"]["as_pinned"] is False, "the small artwork is not what is pinned"
    for figures in (told, told["paper"]):
        for part in ("known", "unseen"):
            assert 0.0 <= figures[part]["mean_miou"] < 0.5  # the weights are random
            assert 0.0 <= figures[part]["two_class_iou"] <= 1.0
    known, unseen = (told[part]["mean_miou"] for part in ("known", "unseen"))
    assert told["mean_miou"] == pytest.approx((3 * known + 2 * unseen) / 5)
    assert told["mean_miou"] == pytest.approx(told["rows"][0]["figures"]["iou"]["mean"])
    assert told["rows"][0]["by"]["words"]["unseen"]["iou"] == pytest.approx(unseen)
    assert set(told["doubt"]) >= {"recall", "precision", "ece", "curve"}
    subjects = sum(tags.subjects for tags in result.scenes)
    assert told["doubt"]["layers"] == subjects
    assert told["absent"]["asked"] == 1
    without_weights = replace(painter, pipeline=None)
    again = measure(replace(run, painter=without_weights)).figures()
    assert (again["doubt"], again["absent"]) == (told["doubt"], told["absent"]), "all is kept"
    assert report_of(result).tables


def test_every_scene_that_is_reported_is_pinned() -> None:
    found = pins(HELD_OUT.name)
    assert len(found) == len(set(found)) == SCENES


def test_without_the_artwork_the_way_to_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="multiplane study artwork get"):
        Catalogue(tmp_path, [HELD_OUT_ARTIST])
