"""A drawing of which nothing says what it shows is cut all the same, by no picture model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.manifest import Manifest
from multiplane.produce.studio import Studio
from tests.test_produce import Run
from tests.test_produce_drawn import SIZE, _NoPainter, only
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth"))


@pytest.fixture
def run(folders: tuple[str, str], tmp_path: Path) -> Run:
    return Run(_NoPainter(*folders, "cpu"), tmp_path / "out")


def test_words_that_the_prompt_lacks_change_no_pixel(
    folders: tuple[str, str], tmp_path: Path
) -> None:
    """A shield is looked for beside the warrior, in the picture that is painted without it."""
    run = Run(Studio(*folders, "cpu"), tmp_path / "out")
    shot = {"id": "s", "prompt": "a warrior in a forest", "subjects": ["warrior"], "takes": 1}
    only(run({**shot, "camera": "static"}))
    plain = run.picture("s")
    shield = {"name": "shield", "in_prompt": False}
    only(run({**shot, "camera": "static", "subjects": [shield, "warrior"]}))
    assert np.array_equal(run.picture("s"), plain)
    manifest = run.manifest("s")
    found = {layer.name: layer.token_indices for layer in manifest.layers}
    told = {name for notice in manifest.notices for name in notice.layers}
    # Random weights may find nothing; then that is said.
    assert {"warrior", "shield"} <= {*found, *told}
    assert found.get("shield", []) == []
    assert manifest.original_prompt == "a warrior in a forest"


DISCS = {"id": "d", "picture": "discs.png", "subjects": ["red ball", "blue ball"]}
"""A shot of what `save` draws."""


def save(path: Path, *, blank: bool = False) -> np.ndarray:
    """Two discs on a plain ground; what the drawing shows."""
    width, height = SIZE
    rows, columns = np.mgrid[:height, :width]
    picture = np.full((height, width, 3), (200, 220, 235), np.uint8)
    for x, colour in ((0.25, (200, 50, 40)), (0.75, (60, 50, 160))):
        inside = (columns - x * width) ** 2 + (rows - 0.5 * height) ** 2 < (0.17 * width) ** 2
        if not blank:
            picture[inside] = colour
    Image.fromarray(picture).save(path)
    return picture


def test_what_stands_out_becomes_layers(run: Run) -> None:
    wanted = save(run.out.parent / "IMG_0001.png")
    only(run({"id": "s", "picture": "IMG_0001.png", "camera": "static"}))
    manifest: Manifest = run.manifest("s")
    assert manifest.model.name == "none"
    assert sorted(item.name for item in manifest.layers) == ["background", "thing 1", "thing 2"]
    by_name = {item.name: item for item in manifest.layers}
    assert by_name["thing 1"].bbox[0] < by_name["thing 2"].bbox[0]
    for number in (1, 2):
        thing = by_name[f"thing {number}"]
        assert (thing.id, thing.kind) == (f"thing-{number}", "prop")
        assert 0.0 < thing.confidence < 1.0
        assert abs(thing.bbox[2] - 0.34 * SIZE[0]) <= 4
    assert manifest.checks.recomposition_max_error <= 1
    assert np.abs(run.picture("s").astype(int) - wanted).max() <= 1
    assert run.steps("s") == ["intake", "depth", "masks", "fill", "stage", "deliver"]


def test_where_nothing_stands_out_there_is_one_layer_and_it_is_told(run: Run) -> None:
    save(run.out.parent / "IMG_0002.png", blank=True)
    only(run({"id": "s", "picture": "IMG_0002.png", "camera": "static"}))
    assert [item.name for item in run.manifest("s").layers] == ["background"]
    assert any("Nothing stands out" in str(item) for item in run.told)
