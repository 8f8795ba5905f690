"""PSD files, read back by psd-tools' high-level reader and by ag-psd."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import Resource

from multiplane.deliver.psd import (
    GROUP_NAMES,
    MAX_NAME_UNITS,
    depth_groups,
    legacy_name,
    unicode_name,
    write_psd,
)
from multiplane.deliver.shot import deliver_shot
from tests.deliver.shots import finished
from tests.outside_programs import WEB, run_node


@dataclass(frozen=True)
class Pixels:
    name: str
    rgba: np.ndarray
    bbox: tuple[int, int, int, int]
    nearness: float = 0.0
    opacity: float = 1.0


def _noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


NAMES = [
    "background",
    "戦士",
    "🐉 dragon's cave",
    "Épée d’or",
    "x" * 300,
    "👩‍👩‍👧" * 60,
    "\ud800 broken",
    "",
]


def _written(path: Path) -> tuple[np.ndarray, list[Pixels]]:
    """A document with every kind of name: its picture and its layers, back to front."""
    picture = _noise(0, 70, 110, 3)
    whole = np.dstack([picture, np.full((70, 110), 255, np.uint8)])
    layers = [Pixels(NAMES[0], whole, (0, 0, 110, 70))]
    for i, name in enumerate(NAMES[1:], start=1):
        box = (3 * i, 2 * i, 31, 20 + i)
        layers.append(Pixels(name, _noise(i, 20 + i, 31, 4), box, i / 7, 1 - i / 10))
    nearness = np.linspace(0, 1, 7700, dtype=np.float32).reshape(70, 110)
    write_psd(path, picture, layers, nearness=nearness, origin={"Prompt": "a 🐉 <b>"})
    return picture, layers


def _bounds(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return box[0], box[1], box[0] + box[2], box[1] + box[3]


def _sha(pixels: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def test_names_places_and_pixels_come_back(tmp_path: Path) -> None:
    path = tmp_path / "レイヤー.psd"
    picture, layers = _written(path)
    document = PSDImage.open(path)
    assert document.size == (110, 70)
    assert document.has_preview()
    merged = document.topil()
    assert merged is not None
    np.testing.assert_array_equal(np.asarray(merged.convert("RGB")), picture)
    groups = list(document)
    assert [group.name for group in groups] == [*GROUP_NAMES, "depth"]
    read = [descendant for descendant in document.descendants() if not descendant.is_group()]
    assert len(read) == len(layers) + 1
    for layer, back in zip(layers, read, strict=False):
        assert back.bbox == _bounds(layer.bbox)
        assert not back.has_mask()
        assert back.opacity == round(layer.opacity * 255)
        pixels = back.topil()
        assert pixels is not None
        np.testing.assert_array_equal(np.asarray(pixels), layer.rgba)
    assert [layer.name for layer in read[:4]] == NAMES[:4]
    assert read[4].name == "x" * 255
    assert NAMES[5].startswith(read[5].name)
    assert 200 < len(read[5].name.encode("utf-16-le")) // 2 <= MAX_NAME_UNITS
    assert read[6].name.endswith("broken")
    assert read[7].name == "Layer"
    assert not read[-1].visible
    assert len({layer.layer_id for layer in document.descendants()}) == len(read) + 3
    assert len(document.image_resources.get_data(Resource.ICC_PROFILE)) > 400
    assert "a 🐉 &lt;b&gt;" in document.image_resources.get_data(Resource.XMP_METADATA).decode()


def test_a_second_library_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "レイヤー.psd"
    picture, layers = _written(path)
    read = run_node(WEB / "read_psd.mjs", path)
    assert read["size"] == [110, 70]
    assert (read["mode"], read["bits"]) == (3, 8)
    assert read["composite"] == _sha(np.dstack([picture, np.full((70, 110), 255, np.uint8)]))
    assert "a 🐉 &lt;b&gt;" in read["xmp"]
    # It, too, lists layers from back to front.
    *groups, depth = read["children"]
    assert [one["name"] for one in groups] == list(GROUP_NAMES)
    assert all(one["opened"] and one["blend"] == "pass through" for one in groups)
    assert [len(one["children"]) for one in groups] == [3, 2, 3]
    flat = [one for group in groups for one in group["children"]]
    for layer, back in zip(layers, flat, strict=True):
        assert tuple(back["bounds"]) == _bounds(layer.bbox)
        assert back["name"] == unicode_name(layer.name)
        assert back["pixels"] == _sha(layer.rgba)
        assert back["opacity"] == pytest.approx(layer.opacity, abs=1 / 255)
        assert (back["hidden"], back["blend"], back["children"]) == (False, "normal", None)
    assert flat[1]["name"] == "戦士"
    assert flat[2]["name"] == "🐉 dragon's cave"
    assert (depth["name"], depth["hidden"]) == ("depth", True)
    grey = np.rint(np.linspace(0, 1, 7700, dtype=np.float32).reshape(70, 110) * 255)
    rgba = np.dstack([grey, grey, grey, np.full_like(grey, 255)]).astype(np.uint8)
    assert depth["pixels"] == _sha(rgba)
    ids = [one["id"] for one in [*groups, *flat, depth]]
    assert len(set(ids)) == len(ids)


def test_a_delivered_shot_in_a_second_library(tmp_path: Path) -> None:
    shot = finished(("戦士", "🐉", "x" * 300))
    manifest = deliver_shot(tmp_path / "s", shot)
    read = run_node(WEB / "read_psd.mjs", tmp_path / "s" / str(manifest.files.psd))
    picture = np.asarray(Image.open(tmp_path / "s/picture.png").convert("RGBA"))
    assert read["composite"] == _sha(picture)
    names = [[one["name"] for one in group["children"] or []] for group in read["children"]]
    # Nearness 0, 1/3, 2/3 and 1: thirds start at their lower end.
    assert names == [["background"], ["戦士"], ["🐉", "x" * 255], []]
    layers = [one for group in read["children"] for one in group["children"] or []]
    for entry, back in zip(manifest.layers, layers, strict=True):
        own = np.asarray(Image.open(tmp_path / "s" / entry.file))
        assert back["pixels"] == _sha(own)
        assert tuple(back["bounds"]) == _bounds(entry.bbox)


@pytest.mark.parametrize(
    ("nearness", "groups"),
    [
        ([], []),
        ([0.0], [0]),
        ([0.7, 0.7], [0, 0]),
        ([0.0, 0.41, 0.44], [0, 2, 2]),
        ([0.0, 0.1, 0.5, 0.9, 1.0], [0, 0, 1, 2, 2]),
        ([0.0, 0.9, 0.2, 1.0], [0, 2, 2, 2]),
    ],
)
def test_groups_keep_the_order_of_the_layers(nearness: list[float], groups: list[int]) -> None:
    assert depth_groups(nearness) == groups


def test_composite_of_the_layers_is_the_picture(tmp_path: Path) -> None:
    """What another program shows when it composites the layers itself."""
    picture = np.full((30, 40, 3), (10, 200, 60), np.uint8)
    alpha = np.zeros((12, 12), np.uint8)
    alpha[2:-2, 2:-2] = 255
    patch = np.dstack([np.full((12, 12, 3), (200, 30, 90), np.uint8), alpha])
    picture[7:15, 12:20] = (200, 30, 90)
    behind = np.dstack(
        [np.full((30, 40, 3), (10, 200, 60), np.uint8), np.full((30, 40), 255, np.uint8)]
    )
    write_psd(
        tmp_path / "a.psd",
        picture,
        [Pixels("b", behind, (0, 0, 40, 30)), Pixels("p", patch, (10, 5, 12, 12), 1.0)],
        nearness=np.zeros((30, 40), np.float32),
    )
    shown = PSDImage.open(tmp_path / "a.psd").composite(force=True)
    np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), picture)


def test_the_same_twice_is_the_same_file(tmp_path: Path) -> None:
    _written(tmp_path / "a.psd")
    _written(tmp_path / "b.psd")
    assert (tmp_path / "a.psd").read_bytes() == (tmp_path / "b.psd").read_bytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("red warrior", "red warrior"),
        ("Épée", "Epee"),
        ("戦士", "Layer 3"),
        ("🐉", "Layer 3"),
        ("a\tb", "ab"),
        ("", "Layer 3"),
    ],
)
def test_legacy_names_are_ascii(name: str, expected: str) -> None:
    assert legacy_name(name, 3) == expected


def test_pixels_that_do_not_fill_their_box(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not fill"):
        write_psd(
            tmp_path / "a.psd", _noise(0, 9, 9, 3), [Pixels("a", _noise(1, 3, 3, 4), (0, 0, 4, 3))]
        )
