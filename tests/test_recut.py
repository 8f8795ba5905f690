"""Mattes by hand: which layers they change, and what stays."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Comp
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import CameraMove, MatteEntry, Shot
from multiplane.deliver.shot import deliver_shot
from multiplane.intake.mattes import load_matte
from multiplane.intake.shot_source import source_of
from multiplane.layers.stack import recomposition_error
from multiplane.produce.finished import CutPicture
from multiplane.produce.hashes import hashes
from multiplane.produce.job import ShotJob
from multiplane.produce.recut import recut
from multiplane.produce.shot import produce_shot
from multiplane.produce.studio import Studio
from tests.deliver.shots import SIZE, finished

WIDTH, HEIGHT = SIZE


def _cut() -> CutPicture:
    shot = finished()
    return CutPicture(shot.prompt, shot.model, shot.picture, shot.nearness, shot.layers)


def _box(x: int, y: int, width: int, height: int) -> NDArray[np.float32]:
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[y : y + height, x : x + width] = 1.0
    return matte


def test_the_layer_is_where_the_matte_is() -> None:
    before = _cut()
    after = recut(before, [("s1", _box(100, 30, 40, 40))])
    assert [layer.id for layer in after.layers] == ["background", "s0", "s1"]
    assert recomposition_error(after.layers, before.picture) <= 1
    moved = after.layers[2]
    x, y, w, h = moved.bbox
    assert (x, y, x + w, y + h) == pytest.approx((100, 30, 140, 70), abs=2)
    assert moved.confidence == 1.0
    for kept in ("id", "name", "kind", "phrase", "token_indices", "nearness"):
        assert getattr(moved, kept) == getattr(before.layers[2], kept)
    # The other subject keeps what it had, and is no more hidden.
    assert after.layers[1].confidence == before.layers[1].confidence
    ox, oy, ow, oh = before.layers[1].bbox
    assert after.layers[1].bbox == pytest.approx((ox, oy, ow, oh), abs=2)
    np.testing.assert_array_equal(after.picture, before.picture)


def test_a_matte_takes_from_the_others() -> None:
    before = _cut()
    everything = _box(0, 0, WIDTH // 2, HEIGHT)
    after = recut(before, [("s0", everything)])
    assert recomposition_error(after.layers, before.picture) <= 1
    assert [layer.id for layer in after.layers] == ["background", "s0"]


def test_the_last_matte_of_a_layer_counts_as_if_alone() -> None:
    before, right = _cut(), _box(90, 20, 50, 40)
    once = recut(before, [("s0", right)])
    twice = recut(before, [("s0", _box(0, 0, WIDTH, HEIGHT)), ("s0", right)])
    for layer, other in zip(once.layers, twice.layers, strict=True):
        assert layer.bbox == other.bbox
        np.testing.assert_array_equal(layer.rgba, other.rgba)


def test_a_later_layer_goes_before_an_earlier_one() -> None:
    left = _box(0, 0, WIDTH // 2, HEIGHT)
    after = recut(_cut(), [("s0", left), ("s1", left)])
    assert [layer.id for layer in after.layers] == ["background", "s1"]


def test_around_a_drawing_nothing_changes() -> None:
    before = dataclasses.replace(_cut(), drawing_area=(40, 20, 80, 50))
    after = recut(before, [("s1", np.zeros((50, 80), np.float32))])
    assert recomposition_error(after.layers, before.picture) <= 1
    left = {layer.id: layer for layer in after.layers}["s1"]
    assert left.bbox[0] + left.bbox[2] <= 41 or left.bbox[1] + left.bbox[3] <= 21


def test_what_is_no_matte_of_this_shot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no subject") as caught:
        recut(_cut(), [("warior", _box(0, 0, 5, 5))])
    assert caught.value.code == "produce.recut.layer_unknown"
    with pytest.raises(InputError, match="no subject"):
        recut(_cut(), [("background", _box(0, 0, 5, 5))])
    with pytest.raises(InputError, match="another size"):
        recut(_cut(), [("s0", np.zeros((5, 5), np.float32))])
    Image.new("L", (40, 40)).save(tmp_path / "square.png")
    with pytest.raises(InputError, match="aspect ratio"):
        load_matte(tmp_path / "square.png", SIZE)


def test_alpha_or_brightness_is_the_matte(tmp_path: Path) -> None:
    Image.fromarray((_box(0, 0, 80, 90) * 255).astype(np.uint8)).save(tmp_path / "grey.png")
    rgba = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    rgba[:, 80:, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    for name in ("grey.png", "alpha.png"):
        np.testing.assert_array_equal(load_matte(tmp_path / name, SIZE), _box(0, 0, 80, 90))
    half = load_matte(tmp_path / "grey.png", (WIDTH // 2, HEIGHT // 2))
    assert half.shape == (HEIGHT // 2, WIDTH // 2)
    assert (half[:, 41:].max(), half[:, :39].min()) == (0.0, 1.0)


def test_a_finished_shot_is_cut_anew_without_its_model(tmp_path: Path) -> None:
    """Picture, camera and depth stay; the hash tells both apart; without the matte all is back."""
    matte = Image.fromarray((_box(100, 30, 40, 40) * 255).astype(np.uint8))
    matte.save(tmp_path / "matte.png")
    move = CameraMove(preset="truck_left")
    plain = Shot(id="shot-001", prompt="a red warrior before a princess", camera=move)
    corrected = plain.model_copy(update={"mattes": [MatteEntry(layer="s1", matte="matte.png")]})
    studio = Studio("storyboard-mini", "storyboard-mini-depth", "cpu")
    comp = Comp(width=128, height=72, fps=24, duration_frames=3)

    def job(shot: Shot) -> ShotJob:
        return ShotJob(shot, 0, comp, 7, None, 1.2, source_of(shot, tmp_path), tmp_path)

    first, second = hashes(job(plain), studio), hashes(job(corrected), studio)
    assert first.uncorrected == first.picture == second.uncorrected != second.picture
    folder = tmp_path / "shots" / "one"
    deliver_shot(folder, finished(), extra={"picture_hash": first.picture})
    before = ShotFolder.open(folder).manifest
    with pytest.MonkeyPatch.context() as patch:
        # The painter would have painted another size than the small shot at hand has.
        patch.setattr("multiplane.produce.shot.cut_size", lambda *_: None)
        manifest = produce_shot(job(corrected), studio, folder, second)
    assert (manifest.picture_hash, manifest.content_hash) == (second.picture, second.shot)
    assert manifest.checks.recomposition_max_error <= 1
    assert manifest.layers[2].bbox[0] == pytest.approx(100, abs=2)
    assert manifest.model == before.model
    picture = np.asarray(Image.open(folder / "picture.png"))
    np.testing.assert_array_equal(picture, finished().picture)
