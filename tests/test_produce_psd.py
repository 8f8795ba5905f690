"""Photoshop files on their way: what their layers do not show is corrected, shown and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Tag

from multiplane.contract.events import Log
from multiplane.contract.layout import INDEX
from multiplane.intake import opening
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.produce.storyboard import produce_storyboard
from multiplane.produce.studio import Studio
from tests.psd_documents import adjust, block, save_as_photoshop
from tests.test_produce import Run
from tests.test_produce_drawn import SIZE, _NoPainter, only, sky
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

STILL = {"camera": "static"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth"))


@pytest.fixture
def run(folders: tuple[str, str], tmp_path: Path) -> Run:
    return Run(_NoPainter(*folders, "cpu"), tmp_path / "out")


def graded(folder: Path) -> np.ndarray:
    """A file with an adjustment that is not applied; the picture merged of it."""
    document = PSDImage.new("RGB", SIZE)
    document.create_pixel_layer(Image.fromarray(sky()), name="sky")
    document.create_pixel_layer(block((30, 20), (220, 40, 40)), name="kite", left=60, top=20)
    adjust(document.create_pixel_layer(block((1, 1), 0), name="grade"), Tag.VIBRANCE)
    merged = sky()
    merged[20:40, 60:90] = (220, 40, 40)
    merged = merged // 2 + 20
    save_as_photoshop(document, folder / "scene.psd", merged)
    return merged


def test_a_difference_is_corrected_shown_and_told(run: Run) -> None:
    merged = graded(run.out.parent)
    only(run({"id": "s", "picture": "scene.psd", **STILL}))
    manifest = run.manifest("s")
    assert [layer.name for layer in manifest.layers] == ["sky", "kite"]
    assert np.abs(run.picture("s").astype(int) - merged).max() <= 1
    assert manifest.checks.recomposition_max_error <= 1
    differs, left_out = manifest.notices
    assert differs.code == "picture.psd.differs"
    assert differs.layers == ["grade"]
    assert "100 %" in differs.text
    assert '"whole": true' in str(differs.remedy)
    assert left_out.code == "picture.psd.adjustment_left_out"
    assert differs.file == manifest.files.difference == "difference.png"
    shown = np.asarray(Image.open(run.out / "shots" / "s" / "difference.png"))
    assert shown.shape == (*SIZE[::-1], 3)
    told = [e.text for e in run.told if isinstance(e, Log) and e.level == "warning"]
    assert str(differs) in told
    assert str(left_out) in told
    page = (run.out / INDEX).read_text(encoding="utf-8")
    assert "picture.psd.differs" in page
    assert "difference.png" in page
    assert "is not applied" in page

    # Another move keeps the layers, and what is to be said of them.
    only(run({"id": "s", "picture": "scene.psd", "camera": "static", "duration": 1.0}))
    assert run.steps("s") == ["stage", "deliver"]
    assert run.manifest("s").notices == manifest.notices
    assert (run.out / "shots" / "s" / "difference.png").is_file()


def test_whole_is_the_merged_picture_as_one_drawing(run: Run) -> None:
    merged = graded(run.out.parent)
    only(run({"id": "s", "picture": "scene.psd", **STILL}))
    only(run({"id": "s", "picture": "scene.psd", "whole": True, **STILL}))
    manifest = run.manifest("s")
    found = [(layer.name, layer.kind) for layer in manifest.layers]
    assert found == [("background", "background"), ("thing 1", "prop")], "not the file's layers"
    x, y, width, height = manifest.layers[1].bbox
    assert (x, y, x + width, y + height) == pytest.approx((60, 20, 90, 40), abs=2), "the kite"
    assert manifest.model.name == "none"
    assert run.steps("s") == ["intake", "depth", "masks", "fill", "stage", "deliver"]
    assert (run.picture("s") == merged).all()
    assert manifest.notices == []
    assert manifest.files.difference is None


def test_a_whole_that_is_cut_by_its_subjects(folders: tuple[str, str], tmp_path: Path) -> None:
    graded(tmp_path)
    run = Run(Studio(*folders, "cpu"), tmp_path / "out")
    only(run({"id": "s", "picture": "scene.psd", "whole": True, "subjects": ["kite"], **STILL}))
    assert run.manifest("s").model.name != "none"


@pytest.mark.parametrize("fields", [{}, {"whole": True}])
def test_a_photoshop_file_is_opened_once_for_a_shot(
    fields: dict[str, Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded(run.out.parent)
    shot = {"id": "s", "picture": "scene.psd", **STILL, **fields}
    loaded = load_storyboard({"shots": [shot], "size": list(SIZE)}, folder=run.out.parent)
    read: list[str] = []
    looked_at: list[Path] = []
    really_read, really_open = PSDImage.open, opening.open_regular

    def count_reading(stream: Any) -> PSDImage:
        read.append("psd")
        return really_read(stream)

    def count_opening(path: Path, *options: Any, **more: Any) -> Any:
        looked_at.append(path)
        return really_open(path, *options, **more)

    monkeypatch.setattr(PSDImage, "open", count_reading)
    monkeypatch.setattr(opening, "open_regular", count_opening)
    only(produce_storyboard(loaded, run.out, run.studio))
    assert read == ["psd"]
    # The others look at the header, to see what it is and that it is whole, or hash it.
    assert looked_at == [run.out.parent / "scene.psd"] * 4

    read.clear()
    only(produce_storyboard(loaded, run.out, run.studio))
    assert read == [], "it was not opened for a shot that is there"


def test_merged_and_blended_layers_are_in_the_manifest_and_on_the_page(run: Run) -> None:
    document = PSDImage.new("RGB", SIZE)
    document.create_pixel_layer(Image.fromarray(sky()), name="sky")
    shade = document.create_pixel_layer(block((30, 20), (220, 40, 40)), name="shade", left=60)
    shade.blend_mode = BlendMode.MULTIPLY
    adjust(document.create_pixel_layer(block((1, 1), 0), name="negative"), Tag.INVERT)
    save_as_photoshop(document, run.out.parent / "scene.psd")
    only(run({"id": "s", "picture": "scene.psd", **STILL}))
    codes = [notice.code for notice in run.manifest("s").notices]
    assert {"picture.psd.blend_merged", "picture.psd.adjustment_merged"} <= set(codes)
    page = (run.out / INDEX).read_text(encoding="utf-8")
    assert "is not blended normally" in page
    assert "is merged into those below" in page


def test_hidden_layers_are_told_in_the_manifest(run: Run) -> None:
    document = PSDImage.new("RGB", SIZE)
    for name in ("sky", "ground"):
        document.create_pixel_layer(Image.fromarray(sky()), name=name).visible = False
    save_as_photoshop(document, run.out.parent / "scene.psd", sky())
    only(run({"id": "s", "picture": "scene.psd", **STILL}))
    (notice,) = run.manifest("s").notices
    assert notice.code == "picture.psd.layers_hidden"
    assert "layers of the Photoshop file are hidden" in notice.text

    # Who asks for the merged picture is not told that it is taken.
    only(run({"id": "s", "picture": "scene.psd", "whole": True, **STILL}))
    assert run.manifest("s").notices == []
