"""Depth of field, motion blur, numbered frames and films of one layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.export import write_frames, write_layer_film
from multiplane.deliver.film import film, shutter_offsets, straight
from multiplane.stage.shot import Staged, stage_shot
from tests.deliver.shots import COMP, SIZE, finished

SHOT = finished()


def _staged(comp: Comp = COMP, **move: object) -> Staged:
    return stage_shot(SHOT.layers, SIZE, comp, CameraMove.model_validate(move), overscan=1.25)


def _sharpness(frame: np.ndarray) -> float:
    return float(np.abs(np.diff(frame[..., 3].astype(float), axis=1)).max())


def test_focus_goes_from_one_subject_to_the_other() -> None:
    large = Comp(width=640, height=360, fps=24, duration_frames=3)
    staged = _staged(large, preset="rack_focus", amount=6, focus=["red warrior", "princess"])
    near, far = ([*film(staged, SHOT.layers, only=name)] for name in ("s1", "s0"))
    assert _sharpness(far[0]) > 1.3 * _sharpness(far[-1])
    assert _sharpness(near[-1]) > 1.3 * _sharpness(near[0])
    # What is in focus is as sharp as without any depth of field.
    sharp = next(film(_staged(large, preset="static"), SHOT.layers, only="s0"))
    assert np.abs(far[0].astype(int) - sharp).max() <= 1
    # A blurred plane keeps its amount of light, wherever it lies in the frame.
    assert far[-1][..., 3].sum(dtype=float) == pytest.approx(
        far[0][..., 3].sum(dtype=float), rel=0.01
    )


def test_blur_leaves_no_hole_in_the_background() -> None:
    large = Comp(width=640, height=360, fps=24, duration_frames=3)
    staged = _staged(large, preset="rack_focus", amount=6)
    assert all((frame[..., 3] == 255).all() for frame in film(staged, SHOT.layers))


def test_motion_blur_smears_along_the_move_and_keeps_the_light() -> None:
    staged = _staged(preset="whip_pan", amount=1)
    still = list(film(staged, SHOT.layers, only="s1"))
    blurred = list(film(staged, SHOT.layers, only="s1", motion_samples=16))
    moving = int(np.abs(np.diff(staged.path().points_of_interest[:, 0])).argmax())
    assert _sharpness(blurred[moving]) < 0.7 * _sharpness(still[moving])
    assert blurred[moving][..., 3].sum(dtype=float) == pytest.approx(
        still[moving][..., 3].sum(dtype=float), rel=0.02
    )
    # Vertical edges smear, horizontal ones do not.
    rows = [frame[..., 3].sum(axis=1, dtype=float) for frame in (still[moving], blurred[moving])]
    assert np.abs(rows[0] - rows[1]).max() < 0.03 * rows[0].max()


def test_a_camera_at_rest_has_no_motion_blur() -> None:
    staged = _staged(preset="static")
    plain, blurred = (next(film(staged, SHOT.layers, motion_samples=n)) for n in (1, 8))
    np.testing.assert_array_equal(plain, blurred)


def test_shutter_is_centred_on_the_frame() -> None:
    np.testing.assert_allclose(shutter_offsets(1, 180), [0])
    np.testing.assert_allclose(shutter_offsets(4, 180), [-0.1875, -0.0625, 0.0625, 0.1875])


def test_bad_numbers() -> None:
    staged = _staged(preset="static")
    with pytest.raises(ValueError, match="samples"):
        next(film(staged, SHOT.layers, motion_samples=0))
    with pytest.raises(ValueError, match="no plane"):
        next(film(staged, SHOT.layers, only="nobody"))


def test_straight_alpha() -> None:
    premultiplied = np.array([[[100, 50, 0, 128], [0, 0, 0, 0], [9, 8, 7, 255]]], np.uint8)
    np.testing.assert_array_equal(
        straight(premultiplied), [[[199, 100, 0, 128], [0, 0, 0, 0], [9, 8, 7, 255]]]
    )


def test_numbered_frames(tmp_path: Path) -> None:
    staged = _staged(preset="truck_left")
    assert write_frames(tmp_path / "frames", film(staged, SHOT.layers)) == 9
    names = sorted(p.name for p in (tmp_path / "frames").iterdir())
    # Hidden beside them: the list of what was written, so that a user's own files are known.
    assert names == [".multiplane.json", *(f"{i:05d}.png" for i in range(9))]
    got = np.asarray(Image.open(tmp_path / "frames" / "00004.png"))
    np.testing.assert_array_equal(got, list(film(staged, SHOT.layers))[4][..., :3])


def test_one_layer_keeps_its_transparency_in_prores(tmp_path: Path) -> None:
    staged = _staged(preset="truck_left")
    path = tmp_path / "princess.mov"
    assert write_layer_film(path, staged, SHOT.layers, "s1") == 9
    with av.open(str(path)) as mov:
        stream = mov.streams.video[0]
        assert stream.codec_context.name == "prores"
        assert stream.average_rate == 24
        frames = [f.to_ndarray(format="rgba") for f in mov.decode(stream)]
    wanted = [straight(frame) for frame in film(staged, SHOT.layers, only="s1")]
    assert len(frames) == 9
    for got, want in zip(frames, wanted, strict=True):
        assert np.abs(got[..., 3].astype(int) - want[..., 3]).max() <= 3
        inside = want[..., 3] == 255
        assert inside.sum() > 100
        assert np.abs(got[inside][:, :3].astype(int) - want[inside][:, :3]).mean() < 4


def test_a_layer_film_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no plane"):
        write_layer_film(tmp_path / "a.mov", replace(SHOT.staged), SHOT.layers, "nobody")
    assert not list(tmp_path.iterdir())
