"""What must not show in a film is found in its worst frame, told, and weakened away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from multiplane.contract.manifest import Comp, FilmChecks, NoticeEntry
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver import film_check
from multiplane.deliver.compositor import Compositor
from multiplane.deliver.film_check import (
    Finding,
    check_film,
    entry_of,
    film_that_holds,
    scaled,
    warnings_of,
    worst_frames,
)
from multiplane.deliver.film_notices import told_of_film
from multiplane.deliver.film_places import MOST_PLACES, places_in_frame, places_on_plane
from multiplane.deliver.shot import deliver_shot
from multiplane.layers.stack import CutSubject, Layer, build_stack, recompose
from multiplane.produce.film_holds import held_film
from multiplane.stage.camera import plane_homography
from multiplane.stage.registry import PRESETS
from multiplane.stage.shot import Staged, overscan_for, stage_shot
from tests.deliver.shots import finished

SIZE = (320, 180)
COMP = Comp(width=320, height=180, fps=24, duration_frames=25)


def matte(x: int, y: int, radius: int, soft: float = 1.0) -> np.ndarray:
    """A disc with a soft edge."""
    sheet = np.zeros((SIZE[1], SIZE[0]), np.float32)
    cv2.circle(sheet, (x, y), radius, 1.0, -1)
    return cv2.GaussianBlur(sheet, (0, 0), soft)


def two_discs() -> tuple[Layer, ...]:
    """A blue disc behind a red one, on a ground that is light to the left and dark to the right."""
    picture = np.full((SIZE[1], SIZE[0], 3), 230, np.float32)
    picture[:, 160:] = 40
    near, far = matte(180, 90, 40), matte(130, 90, 40)
    for alpha, colour in ((far, (30, 60, 200)), (near, (200, 30, 30))):
        picture += (np.array(colour, np.float32) - picture) * alpha[..., None]
    subjects = [
        CutSubject("far", "moon", "", far * (1 - near), 0.4),
        CutSubject("near", "sun", "", near, 0.9),
    ]
    return build_stack(np.rint(picture).astype(np.uint8), subjects)


def staged(layers: tuple[Layer, ...], preset: str, amount: float = 1.0) -> Staged:
    move = CameraMove(preset=preset, amount=amount)
    return stage_shot(layers, SIZE, COMP, move, overscan=overscan_for(move, COMP))


def frame_of(layers: Sequence[Layer], shot: Staged, frame: int) -> np.ndarray:
    path = shot.path()
    return Compositor(shot.planes, layers, shot.comp, path).frame(path[frame])


def assert_lies(finding: Finding, shown: np.ndarray) -> None:
    """The finding's places are where the frame shows it. shown: (H, W), the pixels concerned."""
    rows, columns = np.nonzero(shown)
    assert rows.size
    boxes = np.array(finding.places) * (SIZE * 2)
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert (*low, *high) == pytest.approx(expected, abs=4.0)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "framing"])
def test_true_layers_hold_in_every_preset(preset: str) -> None:
    layers = two_discs()
    assert check_film(layers, staged(layers, preset)).found == ()


def test_the_worst_frames_are_the_ends_of_a_truck_and_the_end_of_a_dolly() -> None:
    layers = two_discs()
    assert worst_frames(staged(layers, "truck_left")) == (0, 24)
    assert 24 in worst_frames(staged(layers, "push_in"))


def test_a_hole_in_the_ground_is_found_at_its_place_and_size() -> None:
    layers = two_discs()
    shot = staged(layers, "truck_left")
    rgba = layers[0].rgba.copy()
    # Behind the red disc at rest, and uncovered by the move.
    rgba[80:100, 207:217, 3] = 0
    broken = (replace(layers[0], rgba=rgba), *layers[1:])
    found = check_film(broken, shot).found
    assert {one.kind for one in found} == {"hole"}
    assert 1e-4 < found[0].share < 0.02
    assert_lies(found[0], frame_of(broken, shot, found[0].frame)[..., 3] < 128)
    held, check = film_that_holds(broken, shot, lambda amount: staged(layers, "truck_left", amount))
    assert held.amount < shot.amount
    assert check.found == ()
    assert check.mended == found
    assert f"weakened to {held.amount:.2f} of 1.00" in held.warnings[0]
    assert "has a hole" in held.warnings[0]


def test_what_the_artist_left_open_at_rest_is_not_a_hole() -> None:
    layers = two_discs()
    rgba = layers[0].rgba.copy()
    rgba[10:40, 10:40, 3] = 0
    shot = staged(layers, "truck_left")
    assert check_film((replace(layers[0], rgba=rgba), *layers[1:]), shot).found == ()


def test_old_background_on_a_soft_edge_is_a_fringe_of_that_layer() -> None:
    layers = two_discs()
    x, y, wide, high = layers[2].bbox
    wide_edge = matte(180, 90, 46, 3.0)[y : y + high, x : x + wide]
    sheet = layers[2].rgba.copy()
    ring = (sheet[..., 3] < 250) & (wide_edge > 0.1)
    # A matte that is too wide, with the green meadow of another picture in it.
    sheet[ring] = (40, 220, 60, 200)
    bad = (*layers[:2], replace(layers[2], rgba=sheet))
    shot = staged(bad, "truck_left")
    check = check_film(bad, shot)
    assert [(one.kind, one.layers) for one in check.found] == [("fringe", ("sun",))]
    seen = frame_of(bad, shot, check.found[0].frame).astype(int)
    assert_lies(check.found[0], seen[..., 1] - seen[..., [0, 2]].max(axis=2) > 60)
    held, _ = film_that_holds(bad, shot, lambda amount: pytest.fail("nothing to weaken"))
    assert held is shot
    assert "fringe of old background round sun" in warnings_of(check, shot)[0]
    (told,) = told_of_film([], entry_of(check, shot))
    assert (told.code, told.layers) == ("film.fringe", ["sun"])
    assert "fringe of old background round sun" in told.text
    # What an artist drew so was meant so.
    assert check_film(bad, shot, cut_out=False).found == ()


REACH = 13  # px


@pytest.fixture
def bitten(monkeypatch: pytest.MonkeyPatch) -> tuple[Layer, ...]:
    """A bar that was completed `REACH` px behind a wide block."""
    monkeypatch.setattr(film_check, "REVEALED", REACH / SIZE[0])
    layers = two_discs()
    whole = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    whole[60:120, 60 : 140 + REACH] = 255
    rgba = np.dstack([np.full((*whole.shape, 3), 90, np.uint8), whole])
    wide_near = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    wide_near[40:140, 140:300] = (200, 30, 30, 255)
    return (
        layers[0],
        replace(layers[1], rgba=rgba, bbox=(0, 0, *SIZE), nearness=0.1),
        replace(layers[2], rgba=wide_near, bbox=(0, 0, *SIZE)),
    )


def trucked(layers: Sequence[Layer], amount: float) -> Staged:
    move = CameraMove(preset="truck_left", amount=amount)
    widest = overscan_for(CameraMove(preset="truck_left", amount=3.0), COMP)
    return stage_shot(layers, SIZE, COMP, move, overscan=widest)


def test_a_move_that_parts_two_subjects_beyond_what_was_completed_is_weakened(
    bitten: tuple[Layer, ...],
) -> None:
    strong = trucked(bitten, 3.0)
    found = check_film(bitten, strong).found
    assert [(one.kind, one.layers) for one in found] == [("bite", ("moon", "sun"))]
    # What the film would show if the bar went on as far as the move looks.
    rgba = bitten[1].rgba.copy()
    rgba[60:120, 60:220, 3] = 255
    frames = [
        frame_of((bitten[0], far, bitten[2]), strong, found[0].frame).astype(int)
        for far in (bitten[1], replace(bitten[1], rgba=rgba))
    ]
    assert_lies(found[0], np.abs(frames[0] - frames[1]).max(axis=2) > 60)
    held, check = film_that_holds(bitten, strong, lambda amount: trucked(bitten, amount))
    assert 1.0 < held.amount < strong.amount
    assert check.found == ()
    assert check_film(bitten, trucked(bitten, held.amount * 1.1)).found != ()


def test_before_a_move_is_weakened_the_subject_is_completed_farther(
    bitten: tuple[Layer, ...],
) -> None:
    film = held_film(bitten, SIZE, trucked, 3.0)
    assert film.staged.amount == trucked(bitten, 3.0).amount
    assert film.check.found == ()
    assert film.check.mended == ()
    assert [(one.kind, one.layers) for one in film.check.widened] == [("bite", ("moon", "sun"))]
    assert "moon was completed farther behind sun" in film.staged.warnings[0]
    entry = entry_of(film.check, film.staged).found
    assert [(one.kind, one.action) for one in entry] == [("bite", "widened")]
    # The bar goes on in its own colour, behind the block only, and at rest all is as before.
    x, y, wide, high = film.layers[1].bbox
    sheet = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    sheet[y : y + high, x : x + wide] = film.layers[1].rgba
    new = (sheet[..., 3] == 255) & (bitten[1].rgba[..., 3] == 0)
    uncovers = film.check.widened[0].reach * SIZE[0]
    assert new[90, 140 + REACH : 140 + int(uncovers)].all()
    assert not new[:, :140].any()
    assert np.abs(sheet[new][:, :3].astype(int) - 90).max() <= 2
    assert (recompose(film.layers, SIZE) == recompose(bitten, SIZE)).all()


def test_what_an_artist_drew_is_not_completed_for_a_move(bitten: tuple[Layer, ...]) -> None:
    film = held_film(bitten, SIZE, trucked, 3.0, cut_out=False)
    assert film.layers == bitten
    assert film.staged.amount < 3.0
    assert film.check.mended


def test_a_smaller_comp_shows_the_same() -> None:
    shot = staged(two_discs(), "orbit")
    small = scaled(shot, 0.25)
    for frame in (0, 13, 24):
        for plane, little in zip(shot.planes, small.planes, strict=True):
            points = []
            for of, one in ((shot, plane), (small, little)):
                camera = of.path()[frame]
                size = (of.comp.width, of.comp.height)
                to_screen = plane_homography(camera, *size, one.position, one.anchor, one.scale)
                seen = to_screen @ (10.0, 20.0, 1.0)
                points.append(seen[:2] / seen[2])
            assert points[1] == pytest.approx(points[0] / 4, abs=1e-6)


def test_the_manifest_says_what_was_looked_at(tmp_path: Path) -> None:
    shot = finished()
    manifest = deliver_shot(tmp_path / "shot", shot)
    film = manifest.checks.film
    assert film is not None
    assert (film.preset, film.amount) == ("truck_left", shot.staged.amount)
    assert film.frames == [0, 8]
    assert film.found == []


def test_boxes_lie_round_what_hangs_together_and_within_the_frame() -> None:
    mask = np.zeros((100, 200), bool)
    mask[10:20, 20:40] = mask[12:14, 42:44] = True  # nearer than a fiftieth: one box
    mask[80:82, 150:152] = True
    assert places_in_frame(mask) == ((0.1, 0.1, 0.12, 0.1), (0.75, 0.8, 0.01, 0.02))
    assert places_in_frame(np.zeros((4, 4), bool)) == ()
    many = np.zeros((200, 200), bool)
    many[::20, ::20] = True
    assert len(places_in_frame(many)) == MOST_PLACES
    shot = staged(two_discs(), "truck_left")
    ground, camera = shot.planes[0], shot.path()[0]
    whole = np.ones(ground.size[::-1], bool)
    assert places_on_plane(whole, (0, 0), ground, camera, SIZE) == ((0.0, 0.0, 1.0, 1.0),)
    assert places_on_plane(whole, (9000, 0), ground, camera, SIZE) == ()


def test_what_a_film_shows_is_among_the_notices_of_its_shot_only() -> None:
    """Once for each kind and layer, the worst of them; of an earlier film nothing stays."""
    seen = FilmChecks.model_validate(
        {
            "preset": "orbit",
            "amount": 1.0,
            "frames": [0, 8],
            "found": [
                {"frame": 0, "kind": "fringe", "share": 0.001, "layers": ["sun"], "action": "none"},
                {"frame": 8, "kind": "fringe", "share": 0.02, "layers": ["sun"], "action": "none"},
                {"frame": 8, "kind": "bite", "share": 0.01, "layers": ["sun", "moon"],
                 "action": "none"},
                {"frame": 8, "kind": "hole", "share": 0.01, "action": "weakened"},
            ],
        }
    )  # fmt: skip
    other = NoticeEntry(code="layer.edits_left", text="An edit was left.")
    first = told_of_film([other], seen)
    assert [one.code for one in first] == ["layer.edits_left", "film.fringe", "film.bite"]
    assert first[1].values == {"frame": 8, "share": "2.00", "names": "sun"}
    assert told_of_film(first, seen) == first
    assert told_of_film(first, None) == [other]
