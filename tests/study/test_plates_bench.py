"""The bench of plates: what it counts on boards that are known, and a scene made all ways."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane.deliver.shot import manifest_of
from multiplane.models.folders import PLATES_VARIABLE
from multiplane.models.load import Choice
from multiplane.produce.studio import Studio
from multiplane_study import plates
from multiplane_study.plates import (
    ALONE,
    MEASURES,
    PLATE,
    SAME_SEED,
    SCENES,
    WAYS,
    Board,
    board_from,
    board_of,
    equal_share,
    measure_plates,
)
from multiplane_study.scenes import COLOURS, KINDS, PLACES, STYLES
from tests.deliver.shots import finished
from tests.tiny_folders import save_tiny_depth


class Quick(Studio):
    """The bundled model in few steps."""

    @property
    def chosen(self) -> Choice:
        choice = super().chosen
        return replace(choice, profile=replace(choice.profile, steps=6, takes=1))


def board(ground: int, *names: str, covered: int = 0) -> Board:
    place = np.ones((4, 10), bool)
    place[:, :covered] = False
    layers = tuple((name, name) for name in ("background", *names))
    return Board(layers, np.full((4, 10, 3), ground, np.uint8), place)


def test_what_is_counted_on_boards_that_are_known() -> None:
    one, other, both = board(7, "a", covered=2), board(7, "b", covered=5), board(7, "a", covered=5)
    both.ground[:, 8:, 1] = 9
    assert equal_share(one, other) == 1.0
    assert equal_share(one, both) == pytest.approx(0.8)
    found = plates._figures([one, other, both], [("a",), ("b",), ("a", "b")])
    assert found["same"] == pytest.approx((1.0 + 0.8 + 0.8) / 3)
    assert found["iou"] == pytest.approx((5 / 8 + 5 / 8 + 1.0) / 3)
    # The background thrice, "a" on the first and last; "b" is lost on the last.
    assert found["kept"] == pytest.approx(4 / 5)
    assert found["found"] == pytest.approx(3 / 4)


def test_a_board_is_read_from_its_manifest_wherever_its_layers_lie() -> None:
    manifest = manifest_of(finished(), {}, film=False)
    lowest, *subjects = manifest.layers
    left, top, width, height = lowest.bbox
    read = board_from(manifest, lambda layer: np.full((*layer.bbox[:1:-1], 4), 255, np.uint8))
    assert read.ground.shape == (height, width, 3)
    assert read.layers[0] == (lowest.id, lowest.name)
    covered = np.zeros((height, width), bool)
    for layer in subjects:
        x, y, wide, high = layer.bbox
        covered[y - top : y - top + high, x - left : x - left + wide] = True
    np.testing.assert_array_equal(read.place, ~covered)


def test_scenes_are_of_the_bundled_models_world_and_ways_differ_in_one_thing() -> None:
    said = {saying[1] for words in PLACES.values() for saying in words.sayings}
    assert len({scene.place for scene in SCENES}) == len(SCENES) == 8
    assert {scene.style for scene in SCENES} == set(STYLES)
    for scene in SCENES:
        assert scene.place.split(maxsplit=1)[1] in said
        assert scene.where.endswith(scene.place)
        for subject in scene.subjects:
            colour, kind = subject.split()
            assert colour in COLOURS
            assert kind in KINDS
        boards = {way: board_of(scene, way, (320, 180), 5) for way in WAYS}
        seeds = {way: [shot["seed"] for shot in one["shots"]] for way, one in boards.items()}
        assert seeds == {PLATE: [5, 6, 7], ALONE: [5, 6, 7], SAME_SEED: [5, 5, 5]}
        words = [[shot["prompt"] for shot in one["shots"]] for one in boards.values()]
        assert words[0] == words[1] == words[2]
        assert [one.get("plates") for one in boards.values()] == [
            {"place": scene.place}, None, None,
        ]  # fmt: skip


def test_a_place_stays_over_its_plate_and_none_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLATES_VARIABLE, str(tmp_path / "plates"))
    studio = Quick("storyboard-mini", str(save_tiny_depth(tmp_path / "depth")), "cpu")
    done: list[tuple[int, int]] = []
    result = measure_plates(
        studio, scenes=1, size=(192, 108), on_scene=lambda *told: done.append(told)
    )
    assert done == [(1, 1)]
    assert os.environ[PLATES_VARIABLE] == str(tmp_path / "plates")
    assert not (tmp_path / "plates").exists()
    told = result.report().figures
    assert (told["scenes"], told["boards"], told["model"]) == (1, 3, "storyboard-mini")
    means = {way: {one: told["by"][way][one]["mean"] for one in MEASURES} for way in WAYS}
    assert means[PLATE]["same"] > 0.9 > means[ALONE]["same"]
    assert all(0.0 <= share <= 1.0 for way in means.values() for share in way.values())
    assert told["seconds_ratio"] > 0
