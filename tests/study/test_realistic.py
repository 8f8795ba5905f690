"""COCO's formats, on folders of the same form with pictures of our own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle

from multiplane.contract.errors import InputError
from multiplane_study.bench.sets import set_of
from multiplane_study.realistic.cases import Photographs
from multiplane_study.realistic.chosen import checksum, choose
from multiplane_study.realistic.coco import SPLIT, CocoPanoptic, CocoStuff

WIDTH, HEIGHT = 64, 48
IDS = (139, 285, 632)
CATEGORIES = {1: "person", 18: "dog", 44: "bottle", 157: "sky-other", 124: "grass-merged"}
STUFF = {157, 124}


def box(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, left:right] = True
    return mask


DOGS = (box(2, 20, 12, 40), box(20, 20, 30, 40))
PERSON = box(36, 8, 60, 44)
BOTTLE = box(62, 0, 63, 2)  # 2 px: no subject
SKY = box(0, 0, 64, 8) & ~BOTTLE
GRASS = ~(DOGS[0] | DOGS[1] | PERSON | BOTTLE | SKY)
SHOWN = ((18, DOGS[0]), (18, DOGS[1]), (1, PERSON), (44, BOTTLE), (157, SKY), (124, GRASS))


def images() -> list[dict[str, Any]]:
    return [
        {"id": id_, "file_name": f"{id_:012d}.png", "width": WIDTH, "height": HEIGHT} for id_ in IDS
    ]


def coco_folder(folder: Path) -> Path:
    """COCO-Stuff and panoptic of three pictures; of the third only the bottle is annotated."""
    (folder / SPLIT).mkdir(parents=True)
    segments = folder / "annotations" / f"panoptic_{SPLIT}"
    segments.mkdir(parents=True)
    instances: list[dict[str, Any]] = []
    stuff: list[dict[str, Any]] = []
    panoptic: list[dict[str, Any]] = []
    for id_ in IDS:
        dice = np.random.default_rng(id_)
        noise = dice.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / SPLIT / f"{id_:012d}.png")
        colours = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        infos = []
        for number, (category, mask) in enumerate(SHOWN):
            if id_ == IDS[2] and category != 44:
                continue
            area = int(mask.sum())
            note = {
                "id": len(instances) + len(stuff) + 1, "image_id": id_, "category_id": category,
                "area": area, "iscrowd": int(number == 1), "bbox": [0, 0, 1, 1],
                "segmentation": coded(mask, number),
            }  # fmt: skip
            (stuff if category in STUFF else instances).append(note)
            segment = 300 * (number + 1) + 70_000
            colours[mask] = (segment % 256, segment // 256 % 256, segment // 65536)
            infos.append({"id": segment, "category_id": category, "area": area, "iscrowd": 0})
        Image.fromarray(colours).save(segments / f"{id_:012d}.png")
        panoptic.append({"image_id": id_, "file_name": f"{id_:012d}.png", "segments_info": infos})
    things = [{"id": id_, "name": name, "isthing": int(id_ not in STUFF)}
              for id_, name in CATEGORIES.items()]  # fmt: skip
    for kind, notes in (("instances", instances), ("stuff", stuff), ("panoptic", panoptic)):
        document = {"images": images(), "annotations": notes, "categories": things}
        path = folder / "annotations" / f"{kind}_{SPLIT}.json"
        path.write_text(json.dumps(document), "utf-8")
    return folder


def coded(mask: np.ndarray, number: int) -> Any:
    """A polygon, or a run-length code: counts (of a crowd), or compressed as stuff's are."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    if number in (0, 2, 3):
        return [[float(one) for one in (left, top, right, top, right, bottom, left, bottom)]]
    if number == 1:
        flat = mask.ravel(order="F")
        ends = np.flatnonzero(np.diff(flat)) + 1
        return {"size": [HEIGHT, WIDTH], "counts": np.diff([0, *ends, flat.size]).tolist()}
    code = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [HEIGHT, WIDTH], "counts": code["counts"].decode("ascii")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coco_folder(tmp_path_factory.mktemp("coco"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return coco_folder(tmp_path / "coco")


@pytest.mark.parametrize("reader", [CocoStuff, CocoPanoptic])
def test_regions_and_masks_are_the_annotated_ones(
    folder: Path, reader: Callable[[Path], Any]
) -> None:
    notes = reader(folder)
    assert sorted(notes.ids) == sorted(IDS)
    assert notes.size(IDS[0]) == (WIDTH, HEIGHT)
    regions = notes.regions(IDS[0])
    assert {(one.name, one.thing) for one in regions} == {
        ("person", True), ("dog", True), ("bottle", True),
        ("sky-other", False), ("grass-merged", False),
    }  # fmt: skip
    areas = [one.area for one in regions]
    assert areas == sorted(areas, reverse=True)
    truth = {"person": PERSON, "dog": DOGS[0] | DOGS[1], "grass-merged": GRASS}
    for region in regions:
        if region.name in truth:
            np.testing.assert_array_equal(notes.mask(IDS[0], region), truth[region.name])


@pytest.mark.parametrize("kind", ["coco-stuff", "coco-panoptic"])
def test_a_photograph_is_a_case(folder: Path, kind: str) -> None:
    found = set_of(f"{kind}:{folder}")
    assert found.name == kind
    assert len(found.numbers) == 2, "of the third picture nothing is large enough"
    ids = Photographs(kind, folder).ids
    assert hashlib.sha256("\n".join(map(str, ids)).encode()).hexdigest() in found.note
    for number in found.numbers:
        case = found.case(number)
        assert case is not None
        scene = case.scene
        assert scene.seed == ids[number]
        assert scene.caption == "person, dog, grass"
        assert [scene.caption[slice(*one.phrase)] for one in scene.subjects] == ["person", "dog"]
        assert scene.caption[slice(*scene.place_phrase)] == "grass"
        person, dog = scene.subjects
        np.testing.assert_array_equal(person.matte > 0.5, PERSON)
        np.testing.assert_array_equal(dog.matte > 0.5, DOGS[0] | DOGS[1])
        dice = np.random.default_rng(scene.seed)
        noise = dice.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        np.testing.assert_array_equal(scene.picture, noise)
        assert case.knows == frozenset(), "neither order nor what is hidden is annotated"


def test_the_thousand_are_the_same_in_any_order_and_among_any_others() -> None:
    ids = range(1, 5001)
    chosen = choose(ids, lambda id_: True)
    assert len(chosen) == len(set(chosen)) == 1000
    assert choose(reversed(ids), lambda id_: True) == chosen
    even = choose(ids, lambda id_: id_ % 2 == 0)
    assert [id_ for id_ in chosen if id_ % 2 == 0] == list(even[: sum(n % 2 == 0 for n in chosen)])
    assert 2300 < np.mean(chosen) < 2700
    # As it was when it was decided: a change would make all figures others.
    assert chosen[:4] == CHOSEN
    assert checksum(chosen) == CHECKSUM


CHOSEN = (2629, 2505, 4042, 130)
CHECKSUM = "61c0c19e59699440526b6fa73e087b0be4dafe36447d10c9a547dad6170ddb04"


@pytest.mark.parametrize(
    "lost",
    [SPLIT, f"annotations/stuff_{SPLIT}.json", f"annotations/instances_{SPLIT}.json"],
)
def test_absent_data_are_said_to_be_and_where_they_are(own: Path, lost: str) -> None:
    (own / lost).rename(own / "elsewhere")
    with pytest.raises(InputError) as caught:
        set_of(f"coco-stuff:{own}")
    assert caught.value.code == "study.data_absent"
    assert "cocodataset.org" in str(caught.value)
    assert str(own / lost) in str(caught.value)


@pytest.mark.parametrize("name", ["coco-stuff", "coco-panoptic", "coco-stuff:/nowhere/at/all"])
def test_without_a_folder_it_is_said_too(name: str) -> None:
    with pytest.raises(InputError) as caught:
        set_of(name)
    assert caught.value.code == "study.data_absent"


def spoilt(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def test_damaged_annotations_are_named(own: Path) -> None:
    notes = own / "annotations"
    (notes / f"stuff_{SPLIT}.json").write_text('{"images": [', "utf-8")
    with pytest.raises(InputError) as caught:
        CocoStuff(own)
    assert caught.value.code == "study.coco.damaged"
    assert f"stuff_{SPLIT}.json" in str(caught.value)

    panoptic = notes / f"panoptic_{SPLIT}.json"
    spoilt(panoptic, lambda read: read["annotations"][0]["segments_info"][0].pop("category_id"))
    with pytest.raises(InputError) as caught:
        CocoPanoptic(own).regions(IDS[0])
    assert (caught.value.code, caught.value.value) == ("study.coco.damaged", IDS[0])


def test_names_of_files_stay_in_their_folder(own: Path) -> None:
    path = own / "annotations" / f"panoptic_{SPLIT}.json"
    spoilt(path, lambda read: read["images"][0].update(file_name="../../secret.png"))
    with pytest.raises(InputError) as caught:
        CocoPanoptic(own).picture(IDS[0])
    assert caught.value.code == "study.coco.damaged"


def test_a_picture_of_another_size_is_refused(own: Path) -> None:
    for id_ in IDS:
        Image.new("RGB", (WIDTH, HEIGHT + 2)).save(own / SPLIT / f"{id_:012d}.png")
    with pytest.raises(InputError) as caught:
        set_of(f"coco-panoptic:{own}").case(0)
    assert caught.value.code == "study.coco.no_match"
