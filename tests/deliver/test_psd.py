"""PSD files, read back by the library's own high-level reader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from psd_tools import PSDImage

from multiplane.deliver.psd import MAX_NAME_UNITS, legacy_name, write_psd


@dataclass(frozen=True)
class Pixels:
    name: str
    rgba: np.ndarray
    bbox: tuple[int, int, int, int]


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


def test_names_places_and_pixels_come_back(tmp_path: Path) -> None:
    picture = _noise(0, 70, 110, 3)
    layers = [
        Pixels(NAMES[0], np.dstack([picture, np.full((70, 110), 255, np.uint8)]), (0, 0, 110, 70))
    ]
    for i, name in enumerate(NAMES[1:], start=1):
        layers.append(Pixels(name, _noise(i, 20 + i, 31, 4), (3 * i, 2 * i, 31, 20 + i)))
    nearness = np.linspace(0, 1, 7700, dtype=np.float32).reshape(70, 110)
    path = tmp_path / "レイヤー.psd"
    write_psd(path, picture, layers, nearness=nearness)

    document = PSDImage.open(path)
    assert document.size == (110, 70)
    assert document.has_preview()
    merged = document.topil()
    assert merged is not None
    np.testing.assert_array_equal(np.asarray(merged), picture)
    read = list(document)
    assert len(read) == len(layers) + 1
    for layer, back in zip(layers, read, strict=False):
        assert back.bbox == (
            layer.bbox[0],
            layer.bbox[1],
            layer.bbox[0] + layer.bbox[2],
            layer.bbox[1] + layer.bbox[3],
        )
        assert not back.has_mask()
        pixels = back.topil()
        assert pixels is not None
        np.testing.assert_array_equal(np.asarray(pixels), layer.rgba)
    assert [layer.name for layer in read[:4]] == NAMES[:4]
    assert read[4].name == "x" * 255
    assert NAMES[5].startswith(read[5].name)
    assert 200 < len(read[5].name.encode("utf-16-le")) // 2 <= MAX_NAME_UNITS
    assert read[6].name.endswith("broken")
    assert read[7].name == "Layer"
    assert read[-1].name == "depth"
    assert not read[-1].visible
    assert len({layer.layer_id for layer in read}) == len(read)


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
        [Pixels("b", behind, (0, 0, 40, 30)), Pixels("p", patch, (10, 5, 12, 12))],
        nearness=np.zeros((30, 40), np.float32),
    )
    shown = PSDImage.open(tmp_path / "a.psd").composite(force=True)
    np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), picture)


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
