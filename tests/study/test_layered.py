"""LayerD's edit distance on hand-made layers, and the readers of Crello's and RefLade's folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.models.load import Painter
from multiplane_study.layered.crello import Crello
from multiplane_study.layered.edit_distance import (
    aligned,
    alpha_iou,
    at_most,
    distance,
    edit_distances,
    grouped,
    rgb_l1,
)
from multiplane_study.layered.measure import (
    found_layers,
    kept_layers,
    measure_crello,
    measure_reflade,
    whole_picture,
)
from multiplane_study.layered.reflade import RefLade
from tests.study.test_quality import RowsAsDepth
from tests.tiny_folders import save_tiny_pipeline

HEIGHT, WIDTH = 60, 80
RED, BLUE, GREEN, WHITE = (200, 0, 0), (0, 0, 200), (0, 150, 0), (255, 255, 255)


def sheet(colour: tuple[int, int, int], box: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """A layer of one colour: all of it, or left, top, right, bottom."""
    layer = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    left, top, right, bottom = box or (0, 0, WIDTH, HEIGHT)
    layer[top:bottom, left:right] = (*colour, 255)
    return layer


GROUND = sheet(WHITE)
LOW, HIGH = sheet(RED, (10, 10, 50, 40)), sheet(BLUE, (30, 20, 70, 50))
APART = sheet(GREEN, (0, 50, 10, 60))  # touches neither
TOP = sheet(GREEN, (40, 30, 60, 45))  # lies on HIGH


def picture_of(layers: list[np.ndarray]) -> np.ndarray:
    whole = Image.fromarray(layers[0])
    for layer in layers[1:]:
        whole = Image.alpha_composite(whole, Image.fromarray(layer))
    return np.asarray(whole.convert("RGB"))


# The distance


def test_distances_of_two_layers_by_hand() -> None:
    assert distance(LOW, LOW) == 0.0
    assert rgb_l1(LOW, HIGH) == pytest.approx(rgb_in(LOW, HIGH))
    # 40 x 30 each, of which 20 x 20 are common.
    assert alpha_iou(LOW, HIGH) == pytest.approx(400 / (1200 + 1200 - 400))
    half = LOW.copy()
    half[..., 3] //= 2  # 127 of 255
    assert alpha_iou(half, LOW) == pytest.approx(127 / 255)
    assert rgb_l1(half, LOW) == 0.0
    nothing = np.zeros_like(LOW)
    assert (rgb_l1(LOW, nothing), alpha_iou(nothing, nothing)) == (0.0, 0.0)


def rgb_in(layer: np.ndarray, truth: np.ndarray) -> float:
    """Blue wanted: where red is, two channels are 200 off; where nothing is, one."""
    both, alone = 400, 800
    return (both * 400 + alone * 200) / 3 / 255 / (both + alone)


def test_layers_that_do_not_touch_are_one() -> None:
    (ground, low, high) = grouped([GROUND, APART, LOW, HIGH])
    np.testing.assert_array_equal(ground, GROUND)
    np.testing.assert_array_equal(low, LOW)
    np.testing.assert_array_equal(high[..., 3] > 0, (HIGH[..., 3] | APART[..., 3]) > 0)


def test_alignment_keeps_the_order_and_lets_one_stand_for_two() -> None:
    assert aligned([GROUND, LOW, HIGH], [GROUND, LOW, HIGH]) == ((0, 0), (1, 1), (2, 2))
    both = sheet(RED, (10, 10, 50, 40))
    assert aligned([GROUND, both], [GROUND, LOW, HIGH]) == ((0, 0), (1, 1), (1, 2))


def test_the_same_layers_are_at_no_distance_and_need_no_merge() -> None:
    (told,) = edit_distances([GROUND, LOW, HIGH], [GROUND, LOW, HIGH])
    assert (told.merges, told.distance, told.rgb_l1, told.alpha_iou) == (0, 0.0, 0.0, 1.0)


def test_what_was_split_too_finely_is_one_merge_away() -> None:
    upper, lower = sheet(RED, (10, 10, 50, 26)), sheet(RED, (10, 25, 50, 40))
    told = edit_distances([GROUND, upper, lower, HIGH], [GROUND, LOW, HIGH])
    assert told[0].distance > 0.1
    assert (told[1].merges, told[1].distance) == (1, 0.0)
    assert len(told) == 2, "then nothing is left to be merged"
    assert at_most(told, 5) == told[1]


def test_what_was_not_split_is_one_merge_of_the_truth_away() -> None:
    both = Image.alpha_composite(Image.fromarray(HIGH), Image.fromarray(TOP))
    told = edit_distances([GROUND, LOW, np.asarray(both)], [GROUND, LOW, HIGH, TOP])
    assert told[0].distance > 0.05
    assert told[1].distance == 0.0


def test_a_wrong_order_stays_wrong() -> None:
    told = edit_distances([GROUND, HIGH, LOW], [GROUND, LOW, HIGH])
    assert told[0].distance > 0.1
    assert told[-1].distance > 0.02, "merging both hides most of it, never all"
    with pytest.raises(ValueError, match="one size"):
        edit_distances([GROUND], [GROUND[:-1]])
    with pytest.raises(ValueError, match="both sides"):
        edit_distances([], [GROUND])


# Crello


def crello_folder(folder: Path) -> Path:
    for number, layers in enumerate(([GROUND, LOW, HIGH], [GROUND, LOW])):
        name = f"test_{number:06d}_abc"
        place = folder / "test" / "layers" / name
        place.mkdir(parents=True)
        for index, layer in enumerate(layers):
            Image.fromarray(layer).save(place / f"{name}_{index:02d}.png")
        (folder / "test" / "composite").mkdir(exist_ok=True)
        picture = Image.fromarray(picture_of(layers))
        picture.save(folder / "test" / "composite" / f"{name}.png")
    return folder


def test_designs_come_with_their_layers_back_to_front(tmp_path: Path) -> None:
    data = Crello(crello_folder(tmp_path))
    first, second = data.designs()
    assert (first.name, len(second.layers)) == ("test_000000_abc", 2)
    np.testing.assert_array_equal(first.layers[2], HIGH)
    np.testing.assert_array_equal(first.picture, picture_of([GROUND, LOW, HIGH]))


def test_what_the_program_makes_is_nearer_than_the_picture_alone(tmp_path: Path) -> None:
    data = Crello(crello_folder(tmp_path))
    makers = {
        "found": found_layers(RowsAsDepth()),
        "alone": whole_picture,
        "true": kept_layers(tmp_path / "test" / "layers"),
    }
    heard: list[tuple[int, int]] = []
    told = measure_crello(
        data, makers, "rows", on_design=lambda done, total: heard.append((done, total))
    ).report()
    assert heard == [(1, 2), (2, 2)]
    rows = told.figures["rows"]
    means = {name: rows[name][5]["distance"]["mean"] for name in rows}
    assert means["true"] == 0.0
    assert means["found"] < 0.7 * means["alone"]
    assert [one["merges_at_most"] for one in rows["found"]] == [0, 1, 2, 3, 4, 5]
    json.dumps(told.as_dict())


def test_found_layers_give_the_design_back(tmp_path: Path) -> None:
    picture = picture_of([GROUND, LOW, HIGH])
    layers = found_layers(RowsAsDepth())("", picture)
    assert len(layers) > 1
    again = picture_of(list(layers))
    assert np.abs(again.astype(int) - picture).max() <= 2


def test_absent_and_damaged_designs_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Crello(tmp_path)
    assert caught.value.code == "study.data_absent"
    assert "generate_crello_matting" in str(caught.value)
    data = Crello(crello_folder(tmp_path / "set"))
    layers = tmp_path / "set/test/layers/test_000001_abc"
    Image.new("RGBA", (9, 9)).save(layers / "test_000001_abc_00.png")
    with pytest.raises(InputError) as caught:
        list(data.designs())
    assert (caught.value.code, caught.value.value) == ("study.layers.size", "9 x 9")
    for path in layers.iterdir():
        path.unlink()
    with pytest.raises(InputError) as caught:
        list(data.designs())
    assert caught.value.code == "study.layers.none"


# RefLade


def reflade_folder(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture_of([GROUND, LOW, HIGH])).save(folder / "1.png")
    Image.fromarray(LOW).save(folder / "low.png")
    Image.new("RGBA", (9, 9)).save(folder / "small.png")
    given = lines or ('{"image": "1.png", "prompt": "a red box", "layer": "low.png"}',)
    (folder / "index.jsonl").write_text("\n".join(given) + "\n\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    from multiplane.models.load import load_painter
    from multiplane.models.profiles import profile_of_folder

    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    return load_painter(profile_of_folder(folder), "cpu")


def test_a_prompts_layer_is_measured_against_the_whole_truth(
    tmp_path: Path, painter: Painter
) -> None:
    data = RefLade(reflade_folder(tmp_path))
    (triplet,) = data.triplets()
    assert triplet.prompt == "a red box"
    np.testing.assert_array_equal(triplet.layer, LOW)
    rows = measure_reflade(data, painter, RowsAsDepth()).figures["rows"]
    whole = rows["the whole picture"]
    assert whole["alpha_iou"]["mean"] == pytest.approx(1200 / (WIDTH * HEIGHT))
    assert whole["rgb_l1"]["mean"] == pytest.approx(400 * 400 / 3 / 255 / 1200)
    assert 0.0 <= rows["multiplane"]["alpha_iou"]["mean"] <= 1.0


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", "line"),
        ('{"image": "1.png", "layer": "low.png"}', "line"),
        ('{"image": "../../etc/passwd", "prompt": "a", "layer": "low.png"}', "image"),
        ('{"image": "1.png", "prompt": "a", "layer": "small.png"}', "layer"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, field: str) -> None:
    good = '{"image": "1.png", "prompt": "a red box", "layer": "low.png"}'
    with pytest.raises(InputError) as caught:
        list(RefLade(reflade_folder(tmp_path, good, line)).triplets())
    assert (caught.value.code, caught.value.field) == ("study.reflade.line", field)
    assert str(caught.value.file).endswith("index.jsonl:2")


def test_absent_layers_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        RefLade(tmp_path)
    assert caught.value.code == "study.data_absent"
