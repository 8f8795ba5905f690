"""Layers of Photoshop files put together again are what Photoshop shows, or it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from psd_tools import PSDImage
from psd_tools.api.layers import PixelLayer
from psd_tools.constants import BlendMode, Tag

from multiplane.contract.errors import InputError
from multiplane.intake.drawn_layers import DrawnStack, photoshop_stack
from multiplane.intake.picture import load_picture
from multiplane.intake.psd_file import has_layers, psd_contents, shows_hidden_layers
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.layers.artist_layers import artist_stack
from multiplane.produce.photoshop import as_photoshop_shows_it
from tests.outside_programs import WEB, run_node
from tests.psd_documents import SIZE, adjust, block, make_artboard, save_as_photoshop, soft

BLUE, RED = (100, 150, 200), (200, 10, 20)


@pytest.fixture
def psd() -> PSDImage:
    return PSDImage.new("RGB", SIZE)


def read(document: PSDImage, folder: Path, artboard: str | None = None) -> DrawnStack:
    save_as_photoshop(document, folder / "a.psd")
    return photoshop_stack(folder / "a.psd", artboard, warn=lambda text: None)


def together(stack: DrawnStack) -> np.ndarray:
    return artist_stack(stack.layers, stack.size).picture.astype(int)


def codes(stack: DrawnStack) -> list[str]:
    assert stack.photoshop is not None
    return [doubt.code for doubt in stack.photoshop.doubts]


MODES = [
    mode for mode in BlendMode if mode not in (BlendMode.PASS_THROUGH, BlendMode.DISSOLVE)
]  # fmt: skip


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.lower())
def test_every_blend_mode_over_what_is_half_clear(
    psd: PSDImage, mode: BlendMode, tmp_path: Path
) -> None:
    """Nothing is dropped, nothing becomes Normal: on nothing, a layer is as it is by itself."""
    psd.create_pixel_layer(soft((40, 40), (180, 30, 40)), name="hero", left=4, top=2)
    glow = psd.create_pixel_layer(soft((50, 44), (250, 170, 40)), name="glow", left=14, top=2)
    glow.blend_mode = mode
    third = psd.create_pixel_layer(soft((20, 20), (60, 200, 250)), name="spell", left=30, top=20)
    third.blend_mode = mode
    stack = read(psd, tmp_path)
    assert [layer.name for layer in stack.layers] == ["hero", "glow", "spell"]
    assert stack.photoshop is not None
    assert np.abs(together(stack) - stack.photoshop.composed()).max() <= 3
    assert codes(stack) == []


@pytest.mark.parametrize("opacity", [255, 128])
def test_an_adjustment_in_a_folder_reaches_what_is_below_it(
    psd: PSDImage, opacity: int, tmp_path: Path
) -> None:
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    moon = psd.create_pixel_layer(soft((30, 30), (250, 240, 180)), name="moon", left=8, top=8)
    invert = psd.create_pixel_layer(block((1, 1), 0), name="negative")
    adjust(invert, Tag.INVERT)
    group = psd.create_group([moon, invert], name="grade")
    group.blend_mode, group.opacity = BlendMode.PASS_THROUGH, opacity
    save_as_photoshop(psd, tmp_path / "first.psd")
    # Only what is read again knows its adjustments.
    again = PSDImage.open(tmp_path / "first.psd")
    again.mark_updated()
    stack = read(again, tmp_path)
    assert stack.photoshop is not None
    sky, grade = stack.layers
    share = opacity / 255
    wanted = [round(part + share * (255 - 2 * part)) for part in BLUE]
    assert np.abs(sky.rgba[0, 0, :3].astype(int) - wanted).max() <= 1
    assert grade.rgba.shape[:2] == (30, 30), "it has no pixels but the moon's: no coloured rings"
    made, notices, _ = as_photoshop_shows_it(
        artist_stack(stack.layers, stack.size), stack.photoshop
    )
    assert np.abs(made.picture.astype(int) - stack.photoshop.composed()).max() <= 2
    assert stack.photoshop.doubts == ()
    (merged,) = notices
    assert (merged.code, merged.layers) == ("picture.psd.adjustment_merged", ["grade"])
    assert '"negative"' in merged.text


NOT_APPLIED: dict[Tag, dict[str, Any]] = {
    Tag.BLACK_AND_WHITE: {},
    Tag.CHANNEL_MIXER: {"version": 1, "monochrome": 0, "data": [100, 0, 0, 0, 0]},
    Tag.COLOR_BALANCE: {},
    Tag.COLOR_LOOKUP: {},
    Tag.PHOTO_FILTER: {"version": 3, "xyz": (1, 2, 3), "density": 25, "luminosity": 1},
    Tag.SELECTIVE_COLOR: {"version": 1, "method": 1, "data": [[0] * 4] * 10},
    Tag.VIBRANCE: {},
}


@pytest.mark.parametrize("tag", NOT_APPLIED, ids=lambda tag: tag.name.lower())
@pytest.mark.parametrize("in_folder", [False, True])
def test_an_adjustment_that_is_not_applied_is_said_so(
    psd: PSDImage, tag: Tag, in_folder: bool, tmp_path: Path
) -> None:
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    ball = psd.create_pixel_layer(block((9, 9), RED), name="ball")
    look = psd.create_pixel_layer(block((1, 1), 0), name="look")
    adjust(look, tag, **NOT_APPLIED[tag])
    if in_folder:
        psd.create_group([ball, look], name="figure")
    save_as_photoshop(psd, tmp_path / "a.psd")
    stack = photoshop_stack(tmp_path / "a.psd", warn=pytest.fail)
    assert stack.photoshop is not None
    assert stack.photoshop.merges == ()
    (doubt,) = stack.photoshop.doubts
    assert doubt.code == "picture.psd.adjustment_left_out"
    assert doubt.layer == ("figure" if in_folder else "look")
    assert '"look"' in doubt.text
    assert doubt.remedy
    assert [layer.name for layer in stack.layers] == ["sky", "figure" if in_folder else "ball"]


@pytest.mark.parametrize(
    ("brightness", "contrast", "wanted"),
    [(20, 57, (111, 227, 255)), (-23, -26, (84, 121, 158)), (0, 0, BLUE)],
)
def test_brightness_and_contrast_of_old_versions(
    psd: PSDImage, brightness: int, contrast: int, wanted: tuple[int, ...], tmp_path: Path
) -> None:
    """Measured on files of Photoshop: straight lines, contrast round 127."""
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    old = psd.create_pixel_layer(block((1, 1), 0), name="old")
    values = {"brightness": brightness & 0xFFFF, "contrast": contrast & 0xFFFF, "mean": 127}
    adjust(old, Tag.BRIGHTNESS_AND_CONTRAST, **values)
    psd.create_pixel_layer(block((9, 9), BLUE), name="above")
    sky, above = read(psd, tmp_path).layers
    assert np.abs(sky.rgba[0, 0, :3].astype(int) - wanted).max() <= 1
    assert (above.rgba[0, 0, :3] == BLUE).all()


def test_effects_of_old_versions_are_there(tmp_path: Path) -> None:
    """Before Photoshop CC a file said only which of them are switched on."""
    run_node(WEB / "write_psd_effects.mjs", tmp_path / "new.psd")
    document = PSDImage.open(tmp_path / "new.psd")
    for layer in document:
        data = layer.tagged_blocks.get_data(Tag.OBJECT_BASED_EFFECTS_LAYER_INFO)
        for effect in data.values() if data else ():
            if hasattr(effect, "keys") and b"present" in effect:
                del effect[b"present"]
    document.save(tmp_path / "old.psd")
    assert not any(one.has_effects() for one in PSDImage.open(tmp_path / "old.psd"))
    for name in ("new.psd", "old.psd"):
        stack = photoshop_stack(tmp_path / name, warn=pytest.fail)
        assert codes(stack) == ["picture.psd.effects_left_out"], name


def test_blend_if_is_said_so(psd: PSDImage, tmp_path: Path) -> None:
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    fog = psd.create_pixel_layer(block(SIZE, RED), name="fog")
    fog._record.blending_ranges.composite_ranges = [(0x4040, 65535), (0, 65535)]
    stack = read(psd, tmp_path)
    assert codes(stack) == ["picture.psd.blend_if_left_out"]


def test_dissolve_is_said_so(psd: PSDImage, tmp_path: Path) -> None:
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    fog = psd.create_pixel_layer(block(SIZE, RED), name="fog", opacity=128)
    fog.blend_mode = BlendMode.DISSOLVE
    assert codes(read(psd, tmp_path)) == ["picture.psd.dissolve"]


def test_text_without_pixels_is_said_so(tmp_path: Path) -> None:
    run_node(WEB / "write_psd_parts.mjs", tmp_path / "a.psd")
    stack = photoshop_stack(tmp_path / "a.psd", warn=pytest.fail)
    assert [layer.name for layer in stack.layers] == ["wall", "sign"]
    assert codes(stack) == ["picture.psd.no_pixels"]


def test_a_folders_member_keeps_its_stroke_outside_the_folders_box(tmp_path: Path) -> None:
    run_node(WEB / "write_psd_parts.mjs", tmp_path / "a.psd")
    stack = photoshop_stack(tmp_path / "a.psd", warn=pytest.fail)
    _, sign = stack.layers
    assert sign.position == (18, 6)
    assert sign.rgba.shape[:2] == (24, 28)
    assert sign.rgba[12, 3].tolist() == [10, 20, 120, 255]
    assert sign.rgba[12, 14].tolist() == [200, 40, 40, 255]


def artboards(document: PSDImage) -> None:
    """Two artboards 40 px wide, a ball on each, and a note between them."""
    first = document.create_pixel_layer(block((10, 10), RED), name="ball", left=10, top=10)
    second = document.create_pixel_layer(block((10, 10), BLUE), name="ball", left=70, top=10)
    document.create_pixel_layer(block((4, 4), (0, 0, 0)), name="note", left=48, top=0)
    make_artboard(document.create_group([first], name="one"), (0, 0, 40, 40), 4, (250, 230, 120))
    make_artboard(document.create_group([second], name="two"), (60, 0, 100, 40), 2, (9, 9, 9))


def test_each_artboard_has_its_own_size_and_ground(tmp_path: Path) -> None:
    document = PSDImage.new("RGB", (100, 40))
    artboards(document)
    save_as_photoshop(document, tmp_path / "a.psd")
    contents = psd_contents(tmp_path / "a.psd")
    assert contents.artboards == {"one": (40, 40), "two": (40, 40)}
    assert contents.outside == ("note",)
    assert has_layers(tmp_path / "a.psd")
    for name, ground, ball in (("one", (250, 230, 120), RED), ("two", (0, 0, 0), BLUE)):
        stack = photoshop_stack(tmp_path / "a.psd", name, warn=pytest.fail)
        assert stack.size == (40, 40)
        assert [layer.name for layer in stack.layers] == [name, "ball"]
        assert stack.layers[1].position == (10, 10)
        picture = together(stack)
        assert picture[2, 2].tolist() == list(ground)
        assert picture[15, 15].tolist() == list(ball)
    with pytest.raises(InputError) as caught:
        photoshop_stack(tmp_path / "a.psd", "too")
    assert caught.value.code == "picture.artboard_unknown"
    assert '"two"' in str(caught.value.remedy)


def test_a_transparent_artboard_is_on_paper(tmp_path: Path) -> None:
    document = PSDImage.new("RGB", (80, 40))
    ball = document.create_pixel_layer(block((10, 10), RED), name="ball", left=30, top=10)
    star = document.create_pixel_layer(block((5, 5), BLUE), name="star", left=50, top=10)
    make_artboard(document.create_group([ball, star], name="a"), (20, 0, 80, 40), 3, (9, 9, 9))
    stack = read(document, tmp_path)
    assert stack.size == (60, 40)
    assert [layer.name for layer in stack.layers] == ["ball", "star"]
    assert together(stack)[0, 0].tolist() == [255, 255, 255]
    assert (load_picture(tmp_path / "a.psd")[12, 12] == RED).all()


LAB_RED, LAB_GREEN = (138, 209, 198), (224, 49, 209)  # Lab (54, 81, 70) and (88, -79, 81)


def test_lab(tmp_path: Path) -> None:
    document = PSDImage.new("LAB", SIZE)
    for name, colour, wide in (("wall", LAB_RED, SIZE[0]), ("leaf", LAB_GREEN, 20)):
        layer = document.create_pixel_layer(block((wide, SIZE[1]), (0, 0, 0)), name=name)
        count = wide * SIZE[1]
        for channel, part in zip(layer._channels, (255, *colour), strict=True):
            channel.set_data(bytes([part]) * count, wide, SIZE[1], 8)
    planes: Any = np.empty((*SIZE[::-1], 3), np.uint8)
    planes[:], planes[:, :20] = LAB_RED, LAB_GREEN
    save_as_photoshop(document, tmp_path / "a.psd", planes)
    stack = photoshop_stack(tmp_path / "a.psd", warn=pytest.fail)
    for picture in (together(stack), load_picture(tmp_path / "a.psd").astype(int)):
        assert np.abs(picture[10, 50] - (251, 5, 4)).max() <= 6
        assert np.abs(picture[10, 5] - (0, 255, 0)).max() <= 16


def test_one_layer_that_cannot_be_drawn_is_left_out_and_told(
    psd: PSDImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a stroke where the package that draws strokes is missing."""
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    psd.create_pixel_layer(block((9, 9), RED), name="sign", left=4)
    psd.create_pixel_layer(block((9, 9), RED), name="ball", left=30)
    save_as_photoshop(psd, tmp_path / "a.psd")
    drawn = PixelLayer.numpy

    def fails(layer: PixelLayer, *given: Any, **named: Any) -> Any:
        if layer.name == "sign":
            raise ImportError("aggdraw\nis missing")
        return drawn(layer, *given, **named)

    monkeypatch.setattr(PixelLayer, "numpy", fails)
    stack = photoshop_stack(tmp_path / "a.psd", warn=pytest.fail)
    assert [one.name for one in stack.layers] == ["sky", "ball"]
    assert stack.photoshop is not None
    (doubt,) = stack.photoshop.doubts
    assert (doubt.code, doubt.layer) == ("picture.psd.not_drawn", "sign")
    assert doubt.text.endswith(": aggdraw")
    assert stack.photoshop.composed() is None
    made, notices, _ = as_photoshop_shows_it(
        artist_stack(stack.layers, stack.size), stack.photoshop
    )
    assert notices[0].code == "picture.psd.differs"
    assert made.picture[4, 8].tolist() == list(RED), "as merged"


def test_a_blend_and_an_adjustment_are_told_with_the_layer_that_has_them(
    psd: PSDImage, tmp_path: Path
) -> None:
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    shade = psd.create_pixel_layer(block((20, 20), RED), name="shade")
    shade.blend_mode = BlendMode.MULTIPLY
    adjust(psd.create_pixel_layer(block((1, 1), 0), name="negative"), Tag.INVERT)
    save_as_photoshop(psd, tmp_path / "a.psd")
    stack = photoshop_stack(tmp_path / "a.psd", warn=pytest.fail)
    assert stack.photoshop is not None
    assert stack.photoshop.doubts == ()
    assert {(told.code, told.layer) for told in stack.photoshop.merges} == {
        ("picture.psd.blend_merged", "shade"),
        ("picture.psd.adjustment_merged", "negative"),
    }


def test_a_damaged_file_fails_no_other_shot_when_notices_are_looked_for(
    psd: PSDImage, tmp_path: Path
) -> None:
    psd.create_pixel_layer(block(SIZE, BLUE), name="sky")
    psd.save(tmp_path / "a.psd")
    content = bytearray((tmp_path / "a.psd").read_bytes())
    content[22:24] = b"\x00\x07"  # bits of a channel
    (tmp_path / "damaged.psd").write_bytes(content)
    shots = [{"picture": "damaged.psd"}, {"picture": "a.psd"}]
    loaded = load_storyboard({"shots": shots}, folder=tmp_path)
    assert loaded.indices == (0, 1)


@pytest.mark.parametrize("in_folder", [False, True])
def test_a_file_whose_layers_are_all_hidden_says_so(
    psd: PSDImage, in_folder: bool, tmp_path: Path
) -> None:
    layers = [
        psd.create_pixel_layer(block(SIZE, BLUE), name="sky"),
        psd.create_pixel_layer(block((9, 9), RED), name="ball"),
    ]
    if in_folder:
        psd.create_group(layers, name="all").visible = False
    else:
        for layer in layers:
            layer.visible = False
    save_as_photoshop(psd, tmp_path / "a.psd")
    assert shows_hidden_layers(tmp_path / "a.psd")
    loaded = load_storyboard({"shots": [{"picture": "a.psd"}]}, folder=tmp_path)
    said = {told.code: told for told in loaded.warnings}["storyboard.shot.picture.layers_hidden"]
    assert "hidden" in said.text
    assert said.remedy
    layers[0].visible = True
    psd.save(tmp_path / "b.psd")
    assert shows_hidden_layers(tmp_path / "b.psd") == in_folder
