"""Drawings that are already cut: layer files, and Photoshop files made by psd-tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Tag

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot
from multiplane.intake.drawn_layers import DrawnPixels, DrawnStack, load_layers
from multiplane.intake.picture import check_picture, load_picture
from multiplane.intake.psd_doubts import PsdDoubt
from multiplane.intake.shot_source import Drawing, LayeredDrawing, Prompt, source_of
from tests.outside_programs import WEB, run_node

SIZE = (64, 48)
BLUE, RED = (100, 150, 200), (200, 10, 20)


def block(size: tuple[int, int], colour: Any, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


@pytest.fixture
def psd() -> PSDImage:
    """A blue canvas, one layer so far."""
    document = PSDImage.new("RGB", SIZE)
    document.create_pixel_layer(block(SIZE, BLUE), name="sky")
    return document


def stack_of(shot: Shot, folder: Path, **options: Any) -> DrawnStack:
    source = source_of(shot, folder)
    assert isinstance(source, LayeredDrawing)
    return load_layers(source, **options)


def psd_stack(
    document: PSDImage, folder: Path, warn: Callable[[str], None] = pytest.fail, **options: Any
) -> DrawnStack:
    document.save(folder / "a.psd")
    stack = stack_of(Shot(picture="a.psd"), folder, warn=warn, **options)
    assert stack.size == SIZE
    return stack


def layers_of(document: PSDImage, folder: Path, **options: Any) -> tuple[DrawnPixels, ...]:
    return psd_stack(document, folder, **options).layers


def merge_of(stack: DrawnStack) -> PsdDoubt:
    """The only thing that is told of it."""
    assert stack.photoshop is not None
    assert stack.photoshop.doubts == ()
    (merge,) = stack.photoshop.merges
    return merge


def test_listed_files(tmp_path: Path) -> None:
    (tmp_path / "boards").mkdir()
    block(SIZE, BLUE).save(tmp_path / "boards" / "himmel.png")
    block((10, 8), (*RED, 128), "RGBA").save(tmp_path / "竜.png")
    shot = Shot.model_validate(
        {
            "layers": [
                {"name": "sky", "picture": "boards\\himmel.png"},
                {"name": "竜", "picture": "竜.png", "opacity": 0.5, "position": [60, -4]},
            ]
        }
    )
    source = source_of(shot, tmp_path)
    assert isinstance(source, LayeredDrawing)
    stack = load_layers(source)
    assert stack.size == SIZE
    sky, dragon = stack.layers
    assert (sky.rgba == (*BLUE, 255)).all()
    assert (dragon.name, dragon.position, dragon.opacity) == ("竜", (60, -4), 0.5)
    assert dragon.rgba.shape == (8, 10, 4)
    assert (dragon.rgba == (*RED, 128)).all()
    assert [path.is_file() for path in source.files] == [True, True]


def test_a_photoshop_file_has_its_layers(psd: PSDImage, tmp_path: Path) -> None:
    layer = psd.create_pixel_layer(
        block((20, 10), (*RED, 128), "RGBA"), name="x", left=50, top=-5, opacity=128
    )
    layer.name = "龙 → dragon"
    hidden = psd.create_pixel_layer(block((9, 9), RED), name="hidden")
    hidden.visible = False
    sky, dragon = layers_of(psd, tmp_path)
    assert (sky.name, dragon.name) == ("sky", "龙 → dragon")
    assert (sky.rgba == (*BLUE, 255)).all()
    assert dragon.position == (50, -5)
    assert (dragon.rgba == (*RED, 64)).all()


def test_a_group_is_one_layer_with_masks_and_clipping(psd: PSDImage, tmp_path: Path) -> None:
    body = psd.create_pixel_layer(block((20, 20), RED), name="body", left=10, top=10)
    shade = psd.create_pixel_layer(block((40, 6), (0, 0, 0)), name="shade", left=0, top=10)
    shade.clipping = True
    hat = psd.create_pixel_layer(block((20, 4), (9, 90, 9)), name="hat", left=10, top=6)
    hat.create_mask(block((20, 4), 51, "L"), top=6, left=10)
    psd.create_group([body, shade, hat], name="warrior")
    _, warrior = layers_of(psd, tmp_path)
    assert warrior.name == "warrior"
    assert warrior.position == (10, 6)
    assert warrior.rgba.shape == (24, 20, 4)
    assert warrior.rgba[0, 0].tolist() == [9, 90, 9, 51]
    assert warrior.rgba[6, 0].tolist() == [0, 0, 0, 255]
    assert warrior.rgba[20, 5].tolist() == [*RED, 255]


def test_a_multiplied_layer_is_what_it_does(psd: PSDImage, tmp_path: Path) -> None:
    """White does nothing, so it is clear; half grey is black at half."""
    tones = np.full((*SIZE[::-1], 3), 255, np.uint8)
    tones[:, :30] = 128
    psd.create_pixel_layer(Image.fromarray(tones), name="tone", blend_mode=BlendMode.MULTIPLY)
    stack = psd_stack(psd, tmp_path)
    _, tone = stack.layers
    merge = merge_of(stack)
    assert (merge.code, merge.layer) == ("picture.psd.blend_merged", "tone")
    assert '"tone"' in merge.text
    assert tone.rgba.shape == (SIZE[1], 30, 4)
    assert np.abs(tone.rgba.astype(int) - (0, 0, 0, 127)).max() <= 1


def test_an_adjustment_goes_into_all_below(psd: PSDImage, tmp_path: Path) -> None:
    psd.create_pixel_layer(block((9, 9), RED), name="below", left=4)
    invert = psd.create_pixel_layer(block((1, 1), 0), name="negative")
    invert._record.tagged_blocks.set_data(Tag.INVERT)
    psd.create_pixel_layer(block((9, 9), RED), name="above", left=30)
    stack = psd_stack(psd, tmp_path)
    sky, below, above = stack.layers
    assert sky.rgba[0, 0].tolist() == [155, 105, 55, 255]
    assert below.rgba[0, 0].tolist() == [55, 245, 235, 255]
    assert above.rgba[0, 0].tolist() == [*RED, 255]
    merge = merge_of(stack)
    assert (merge.code, merge.layer) == ("picture.psd.adjustment_merged", "negative")
    assert '"negative"' in merge.text


def test_effects_that_are_left_out_are_told(tmp_path: Path) -> None:
    """A file by a second program; one of its shadows is switched off."""
    path = tmp_path / "kite.psd"
    run_node(WEB / "write_psd_effects.mjs", path)
    stack = stack_of(Shot(picture="kite.psd"), tmp_path, warn=pytest.fail)
    assert [layer.name for layer in stack.layers] == ["sky", "kite", "calm"]
    assert stack.photoshop is not None
    (doubt,) = stack.photoshop.doubts
    assert (doubt.code, doubt.layer) == ("picture.psd.effects_left_out", "kite")
    assert '"kite"' in doubt.text
    assert "DropShadow" in doubt.text
    assert "Rasterize" in str(doubt.remedy)


def test_one_group_for_everything_is_looked_into(psd: PSDImage, tmp_path: Path) -> None:
    sky = psd[0]
    ball = psd.create_pixel_layer(block((9, 9), RED), name="ball", left=4)
    psd.create_group([sky, ball], name="Artboard 1")
    assert [layer.name for layer in layers_of(psd, tmp_path)] == ["sky", "ball"]


@pytest.mark.parametrize(
    ("mode", "depth", "colour", "wanted"),
    [
        ("RGB", 16, RED, RED),
        ("L", 16, 77, (77, 77, 77)),
        ("CMYK", 8, (0, 255, 255, 0), (255, 0, 0)),
    ],
)
def test_other_depths_and_colours(
    mode: Any, depth: Any, colour: Any, wanted: tuple[int, ...], tmp_path: Path
) -> None:
    document = PSDImage.new(mode, SIZE, depth=depth)
    document.create_pixel_layer(block(SIZE, colour, mode), name="sky")
    document.create_pixel_layer(block((9, 9), colour, mode), name="ball", left=30)
    for layer in layers_of(document, tmp_path):
        assert np.abs(layer.rgba[0, 0].astype(int) - (*wanted, 255)).max() <= 1
    picture = load_picture(tmp_path / "a.psd")
    assert np.abs(picture[5, 5].astype(int) - wanted).max() <= 1


def test_a_flat_file_is_a_picture(psd: PSDImage, tmp_path: Path) -> None:
    psd.save(tmp_path / "a.psd")
    assert source_of(Shot(picture="a.psd"), tmp_path) == Drawing(tmp_path / "a.psd", SIZE)
    assert source_of(Shot(prompt="fog"), tmp_path) == Prompt("fog")
    assert check_picture(tmp_path / "a.psd") == SIZE
    picture = load_picture(tmp_path / "a.psd", warn=pytest.fail)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert (picture == BLUE).all()


def test_an_empty_layer_is_left_out_and_told(tmp_path: Path) -> None:
    block(SIZE, BLUE).save(tmp_path / "sky.png")
    block((9, 9), (0, 0, 0, 0), "RGBA").save(tmp_path / "nothing.png")
    names = ["sky", "nothing"]
    shot = Shot.model_validate({"layers": [{"name": n, "picture": f"{n}.png"} for n in names]})
    told: list[str] = []
    stack = stack_of(shot, tmp_path, warn=told.append)
    assert [layer.name for layer in stack.layers] == ["sky"]
    assert "nothing" in told[0]


def test_errors_name_file_field_and_remedy(psd: PSDImage, tmp_path: Path) -> None:
    psd.create_pixel_layer(block((9, 9), RED), name="ball")
    psd.save(tmp_path / "a.psd")
    whole = (tmp_path / "a.psd").read_bytes()
    (tmp_path / "a.psd").write_bytes(whole[:300])
    with pytest.raises(InputError) as caught:
        stack_of(Shot(picture="a.psd"), tmp_path)
    error = caught.value
    assert (error.code, error.field) == ("picture.damaged", "picture")
    assert error.file == str(tmp_path / "a.psd")
    assert error.remedy

    shot = Shot.model_validate({"layers": [{"name": "x", "picture": "missing.png"}]})
    with pytest.raises(InputError) as caught:
        stack_of(shot, tmp_path)
    assert (caught.value.code, caught.value.field) == ("picture.missing", "layers[0].picture")

    (tmp_path / "a.psd").write_bytes(whole)
    with pytest.raises(InputError, match="megapixels") as caught:
        source_of(Shot(picture="a.psd"), tmp_path, max_pixels=1000)
    assert caught.value.code == "picture.too_large"
