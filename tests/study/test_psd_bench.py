"""The bench over a folder of Photoshop files counts what agrees, differs, and says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from psd_tools import PSDImage

from multiplane.contract.errors import InputError
from multiplane.layers.artist_layers import ArtistStack
from multiplane_study import psd as bench
from tests.psd_documents import SIZE, block, save_as_photoshop


def two_layers() -> PSDImage:
    document = PSDImage.new("RGB", SIZE)
    document.create_pixel_layer(block(SIZE, (100, 150, 200)), name="sky")
    document.create_pixel_layer(block((20, 20), (200, 10, 20)), name="ball", left=9, top=9)
    return document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    other = np.full((*SIZE[::-1], 3), 90, np.uint8)
    other[3, 3] = 0
    save_as_photoshop(two_layers(), tmp_path / "deep" / "agrees.psd")
    save_as_photoshop(two_layers(), tmp_path / "differs.PSD", other)
    save_as_photoshop(two_layers(), tmp_path / "other.psd", other, vouched=False)
    document = two_layers()
    document[1].visible = False
    save_as_photoshop(document, tmp_path / "flat.psd")
    whole = (tmp_path / "differs.PSD").read_bytes()
    (tmp_path / "half.psb").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.psd").write_text("no picture", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no file of these", encoding="utf-8")
    return tmp_path


def test_files_are_counted_by_what_becomes_of_them(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    result = bench.measure_psd(folder, lambda done, total: seen.append((done, total)))
    assert {file.file: file.verdict for file in result.files} == {
        "deep/agrees.psd": bench.AGREES,
        "differs.PSD": bench.CORRECTED,
        "other.psd": bench.SAID,
        "flat.psd": bench.FLAT,
        "half.psb": bench.UNREADABLE,
        "text.psd": bench.UNREADABLE,
    }
    assert seen[-1] == (6, 6)
    differs = next(file for file in result.files if file.verdict == bench.CORRECTED)
    assert differs.differing == pytest.approx(1.0, abs=0.01)
    assert differs.made == 0.0
    figures = result.report().figures
    assert figures["layered_with_merged_picture"] == 3
    assert figures["agrees"] == figures["corrected_and_said"] == figures["differs_and_said"] == 1
    assert figures["differs_silently"] == 0
    (table, telling) = result.report().tables
    assert table.rows[0] == (bench.AGREES, 1)
    assert [row[0] for row in telling.rows] == ["differs.PSD", "other.psd", "half.psb", "text.psd"]


def test_silence_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def quiet(stack: ArtistStack, photoshop: object) -> tuple[ArtistStack, tuple[()], None]:
        return stack, (), None

    monkeypatch.setattr(bench, "as_photoshop_shows_it", quiet)
    result = bench.measure_psd(folder)
    assert [file.file for file in result.files if file.verdict == bench.SILENT] == [
        "differs.PSD",
        "other.psd",
    ]


def test_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            bench.measure_psd(path)
        assert caught.value.code == "study.psd.no_files"
