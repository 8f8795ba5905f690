"""A finished shot gets another move: what changes, what stays true, what is said."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Event, Log
from multiplane.contract.manifest import Comp, Manifest
from multiplane.contract.output_folder import ShotFolder, finished_shots, read_sequence
from multiplane.contract.read_edit import edit_of
from multiplane.contract.storyboard import CameraMove, Storyboard
from multiplane.deliver import film_check
from multiplane.deliver.contact import write_contact
from multiplane.deliver.film_check import entry_of
from multiplane.deliver.shot import deliver_shot
from multiplane.deliver.timecode import start_timecode
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard
from multiplane.layers import complete
from multiplane.layers.stack import CutSubject, Layer, build_stack, recompose
from multiplane.produce import film_holds
from multiplane.produce.edit_layers import edit
from multiplane.produce.film_holds import held_film
from multiplane.produce.finished import is_unchanged, reusable_cut
from multiplane.produce.job import shot_hash
from multiplane.produce.restage import (
    HISTORY,
    KEPT,
    film_again,
    refresh,
    restage,
    undo,
)
from multiplane.produce.storyboard import produce_storyboard
from multiplane.produce.studio import Studio
from multiplane.stage.finished import overscan_now, staged_of
from multiplane.stage.overscan import violations
from multiplane.stage.shot import Staged, stage_shot
from tests.deliver.shots import SIZE, finished
from tests.finished_output import FRAMES, finished_output
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

ORBIT = CameraMove(preset="orbit", focus="princess")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_output(tmp_path_factory.mktemp("made") / "out", "one", "two")


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


def board_of(out: Path) -> Storyboard:
    return Storyboard.model_validate_json((out / "storyboard.json").read_text("utf-8"))


def warnings(told: list[Event]) -> list[str]:
    return [one.text for one in told if isinstance(one, Log)]


def test_the_move_is_in_the_manifest_and_in_the_storyboard(out: Path) -> None:
    folder = out / "shots" / "one"
    before = ShotFolder.open(folder).manifest
    manifest = restage(folder, ORBIT)
    assert manifest == ShotFolder.open(folder).manifest
    assert (manifest.camera.preset, manifest.camera.amount) == ("orbit", 1.0)
    assert len(manifest.camera.keyframes["position"]) == FRAMES
    board = board_of(out)
    assert board.shots[0].camera == ORBIT
    assert board.shots[1].camera.preset == "push_in"
    assert violations(staged_of(manifest, SIZE).path(), staged_of(manifest, SIZE).planes,
                      manifest.comp) == []  # fmt: skip
    # What was seen in the film of the earlier move says nothing of this one.
    assert (before.checks.film is None, manifest.checks.film) == (False, None)
    kept = {"camera", "layers", "files", "content_hash", "camera_move", "camera_history", "checks"}
    assert manifest.model_dump(exclude=kept) == before.model_dump(exclude=kept)
    assert [layer.bbox for layer in manifest.layers] == [layer.bbox for layer in before.layers]
    assert manifest.layers[0].scale != before.layers[0].scale


def test_the_hash_is_that_of_the_new_storyboard(out: Path) -> None:
    """So rendering it leaves the shot alone, and the untouched one too."""
    restage(out / "shots" / "one", ORBIT)
    board = board_of(out)
    for number, shot in enumerate(board.shots):
        comp = ShotFolder.open(out / "shots" / shot.id).manifest.comp
        assert is_unchanged(out / "shots" / shot.id, shot_hash(f"{number:064x}", shot, comp, None))


def test_a_move_after_the_shots_end_is_refused_and_the_storyboard_stays(out: Path) -> None:
    before = (out / "storyboard.json").read_bytes()
    with pytest.raises(InputError) as caught:
        restage(out / "shots" / "one", CameraMove(preset="orbit", start=99.0))
    assert (caught.value.code, caught.value.value) == ("storyboard.shot.camera_late", 99.0)
    assert (out / "storyboard.json").read_bytes() == before


def test_a_shot_that_its_storyboard_left_behind_stays_so(out: Path) -> None:
    document = json.loads((out / "storyboard.json").read_text("utf-8"))
    document["shots"][0]["dialogue"] = "Halt!"
    (out / "storyboard.json").write_text(json.dumps(document), encoding="utf-8")
    manifest = restage(out / "shots" / "one", ORBIT)
    assert manifest.content_hash is None
    assert board_of(out).shots[0].dialogue == "Halt!"


def test_the_film_comes_after_the_numbers(out: Path) -> None:
    folder = out / "shots" / "one"
    old = (folder / "one.mp4").read_bytes()
    assert restage(folder, ORBIT).files.preview is None
    assert not (folder / "one.mp4").exists()
    counted: list[tuple[int, int]] = []
    manifest = film_again(folder, on_frame=lambda done, total: counted.append((done, total)))
    assert manifest == ShotFolder.open(folder).manifest
    assert manifest.files.preview == "one.mp4"
    assert manifest.checks.film is not None
    assert (manifest.checks.film.preset, manifest.checks.film.found) == ("orbit", [])
    assert counted[-1] == (FRAMES, FRAMES)
    assert (folder / "one.mp4").read_bytes() != old
    with av.open(str(folder / "one.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == FRAMES


def test_a_film_of_an_older_version_gets_the_shots_name_and_timecode(out: Path) -> None:
    folder = out / "shots" / "one"
    (folder / "one.mp4").rename(folder / "preview.mp4")
    document = json.loads((folder / "manifest.json").read_text("utf-8"))
    document["files"]["preview"] = "preview.mp4"
    del document["start_timecode"], document["sha256"]
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    again = film_again(folder)
    assert (again.files.preview, again.start_timecode) == (
        "one.mp4",
        start_timecode("one", Fraction(24)),
    )
    assert not (folder / "preview.mp4").exists()
    restage(folder, ORBIT)
    assert not (folder / "one.mp4").exists()
    again = film_again(folder)
    with av.open(str(folder / str(again.files.preview))) as film:
        assert (
            film.streams.video[0].metadata["timecode"]
            == again.start_timecode
            == start_timecode("one", Fraction(24))
        )


def test_undo_gives_every_earlier_move_back(out: Path) -> None:
    folder = out / "shots" / "one"
    first = ShotFolder.open(folder).manifest
    restage(folder, ORBIT)
    second = restage(folder, CameraMove(preset="roll", direction="counterclockwise"))
    restage(folder, CameraMove(preset="pan"))
    again = undo(folder)
    assert again.camera == second.camera
    assert again.layers == second.layers
    undo(folder)
    back = undo(folder)
    assert (back.camera, back.layers) == (first.camera, first.layers)
    assert back.content_hash == first.content_hash
    assert board_of(out).shots[0].camera == CameraMove(preset="push_in")
    with pytest.raises(InputError, match="has not been changed"):
        undo(folder)


def test_only_the_last_moves_are_kept(out: Path) -> None:
    folder = out / "shots" / "one"
    for number in range(KEPT + 3):
        manifest = restage(folder, CameraMove(preset="handheld", seed=number))
    history = (manifest.model_extra or {})[HISTORY]
    assert [one["move"]["seed"] for one in history] == list(range(2, KEPT + 2))


def test_the_same_move_again_changes_nothing(out: Path) -> None:
    folder = out / "shots" / "one"
    before = (folder / "manifest.json").read_bytes()
    assert restage(folder, CameraMove(preset="push_in")).files.preview == "one.mp4"
    assert (folder / "manifest.json").read_bytes() == before


def test_layers_that_do_not_reach_weaken_the_move_and_it_is_said(tmp_path: Path) -> None:
    """The picture has 160 px for a comp of 160: it may be enlarged a quarter, not more."""
    out = finished_output(tmp_path / "out", "one", size=(160, 90))
    told: list[Event] = []
    folder = out / "shots" / "one"
    manifest = restage(folder, CameraMove(preset="pedestal_up", amount=4), on_event=told.append)
    assert 3.0 < manifest.camera.amount < 3.9
    assert overscan_now(manifest, SIZE) == pytest.approx(1.25)
    weakened, enlarged = warnings(told)
    assert "weakened" in weakened
    assert "25 % larger" in enlarged
    staged = staged_of(manifest, SIZE)
    assert violations(staged.path(), staged.planes, manifest.comp) == []
    told.clear()
    restage(folder, CameraMove(preset="orbit", focus="dragon"), on_event=told.append)
    assert '"dragon"' in warnings(told)[0]


def test_where_there_is_no_room_it_is_said_how_to_get_some(tmp_path: Path) -> None:
    """The comp is larger than the picture, so nothing can be enlarged any further."""
    out = finished_output(tmp_path / "out", "one", size=(320, 180))
    told: list[Event] = []
    folder = out / "shots" / "one"
    manifest = restage(folder, CameraMove(preset="truck_left", amount=3), on_event=told.append)
    assert manifest.camera.amount < 2
    weakened, remedy = warnings(told)
    assert "weakened" in weakened
    assert "--force makes room" in remedy
    # With an overscan of its own the storyboard would be rendered as it is.
    text = (out / "storyboard.json").read_text("utf-8")
    board = json.loads(text) | {"overscan": 1.0}
    (out / "storyboard.json").write_text(json.dumps(board), encoding="utf-8")
    told.clear()
    restage(folder, CameraMove(preset="truck_left", amount=2.9), on_event=told.append)
    assert not any("--force" in text for text in warnings(told))


def test_a_drawing_is_cropped_and_it_is_said(out: Path) -> None:
    folder = out / "shots" / "one"
    document = json.loads((folder / "manifest.json").read_text("utf-8"))
    document["original_prompt"] = None
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    told: list[Event] = []
    manifest = restage(folder, CameraMove(preset="truck_left"), on_event=told.append)
    assert overscan_now(manifest, SIZE) == pytest.approx(1.13, abs=0.005)
    (said,) = warnings(told)
    assert "12 % of its width are out of the frame" in said
    # One that was made wider keeps its own part as large as the frame, whatever the move needs.
    wide = manifest.model_copy(update={"drawing_area": (10, 5, 140, 80)})
    (folder / "manifest.json").write_text(wide.to_json(), encoding="utf-8")
    still = restage(folder, CameraMove(preset="static"))
    assert overscan_now(still, SIZE) == pytest.approx(overscan_now(manifest, SIZE))


def test_the_storyboards_own_overscan_counts(out: Path) -> None:
    board = board_of(out).model_copy(update={"overscan": 1.2})
    (out / "storyboard.json").write_text(board.to_json(), encoding="utf-8")
    manifest = restage(out / "shots" / "one", CameraMove(preset="static"))
    assert overscan_now(manifest, SIZE) == pytest.approx(1.2)


def test_a_framing_that_would_show_an_edge_says_what_it_became(out: Path) -> None:
    told: list[Event] = []
    rect = {"x": 0.9, "y": 0.5, "width": 0.6, "height": 0.6}
    move = CameraMove.model_validate({"framing": {"end": rect}})
    manifest = restage(out / "shots" / "one", move, on_event=told.append)
    assert manifest.camera.preset == "framing"
    assert any("0.9, 0.5, 0.6, 0.6 became" in text for text in warnings(told))


def test_a_shot_apart_from_its_output_folder(out: Path, tmp_path: Path) -> None:
    """No storyboard: the move is changed all the same, and comes back by what the shot knows."""
    folder = Path(shutil.copytree(out / "shots" / "one", tmp_path / "alone"))
    assert restage(folder, ORBIT).content_hash is None
    restage(folder, CameraMove(preset="tilt"))
    assert undo(folder).camera.preset == "orbit"
    assert undo(folder).camera.preset == "push_in"
    refresh(tmp_path)


def test_bad_folders_are_explained(out: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished shot here"):
        restage(tmp_path / "nowhere", ORBIT)
    (out / "shots" / "one" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        restage(out / "shots" / "one", ORBIT)
    folder = out / "shots" / "two"
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="Did you mean"):
        restage(folder, CameraMove(preset="orbitt"))
    assert (folder / "manifest.json").read_bytes() == before
    restage(folder, ORBIT)
    (folder / "layers" / "00-background.png").unlink()
    with pytest.raises(Failure, match="not all there"):
        film_again(folder)


def test_shots_come_in_the_storyboards_order(out: Path) -> None:
    document = json.loads((out / "sequence.json").read_text("utf-8"))
    document["shots"].reverse()
    (out / "sequence.json").write_text(json.dumps(document), encoding="utf-8")
    assert [finished_shot.name for finished_shot in finished_shots(out)] == ["two", "one"]
    (out / "sequence.json").unlink()
    assert [finished_shot.name for finished_shot in finished_shots(out)] == ["one", "two"]


def test_sheets_of_the_whole_storyboard_are_made_anew(out: Path) -> None:
    write_contact(out, read_sequence(out))
    before = (out / "contact.png").read_bytes()
    refresh(out)
    restage(out / "shots" / "one", ORBIT)
    refresh(out)
    assert (out / "contact.png").read_bytes() != before


def test_timelines_follow_a_film_that_got_its_own_name(out: Path) -> None:
    folder = out / "shots" / "one"
    (folder / "one.mp4").rename(folder / "preview.mp4")
    document = json.loads((folder / "manifest.json").read_text("utf-8"))
    document["files"]["preview"] = "preview.mp4"
    del document["start_timecode"]
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    refresh(out)
    assert "shots/one/preview.mp4" in (out / "timeline.edl").read_text("utf-8")
    restage(folder, ORBIT)
    film_again(folder)
    refresh(out)
    for name in ("timeline.edl", "timeline.xml", "timeline.otio"):
        text = (out / name).read_text("utf-8")
        assert "shots/one/one.mp4" in text
        assert "preview.mp4" not in text
    assert '"preset": "orbit"' in text


def test_the_numbers_need_neither_a_model_nor_pictures(tmp_path: Path) -> None:
    """In a fresh process: nothing that takes long is even imported."""
    out = finished_output(tmp_path / "out", "one", frames=3)
    path = out / "shots" / "one" / "manifest.json"
    program = (
        "import sys\n"
        "from multiplane.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'cv2', 'av'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    arguments = ["camera", "apply", str(path.parent), "whip_pan", "--amount", "3", "--no-preview"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert ShotFolder.open(path.parent).manifest.camera.preset == "whip_pan"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("models")
    pipeline = save_tiny_pipeline(folder / "tiny")
    return Studio(str(pipeline), str(save_tiny_depth(folder / "depth")), "cpu")


def test_rendering_the_changed_storyboard_leaves_the_shot_as_it_is(
    studio: Studio, tmp_path: Path
) -> None:
    """And its camera is the one that rendering would have made."""

    def render(board: dict[str, Any], out: Path) -> tuple[int, int]:
        loaded = load_storyboard(board, folder=tmp_path)
        outcome = produce_storyboard(loaded, out, studio)
        return outcome.made, outcome.skipped

    shot = {"id": "forest", "prompt": "a **warrior** in a forest", "duration": 0.3}
    board = {"size": [96, 64], "fps": 12, "shots": [{**shot, "camera": "truck_left"}]}
    assert render(board, tmp_path / "out") == (1, 0)
    folder = tmp_path / "out" / "shots" / "forest"
    layers = {path.name: path.read_bytes() for path in (folder / "layers").iterdir()}
    restage(folder, CameraMove(preset="orbit"))
    manifest = film_again(folder)

    loaded = read_storyboard(tmp_path / "out" / "storyboard.json")
    outcome = produce_storyboard(loaded, tmp_path / "out", studio)
    assert (outcome.made, outcome.skipped) == (0, 1)
    assert ShotFolder.open(folder).manifest == manifest
    assert {path.name: path.read_bytes() for path in (folder / "layers").iterdir()} == layers

    board["shots"] = [{**shot, "camera": "orbit"}]
    assert render(board, tmp_path / "other") == (1, 0)
    rendered = ShotFolder.open(tmp_path / "other" / "shots" / "forest").manifest
    for name, keys in rendered.camera.keyframes.items():
        got = manifest.camera.keyframes[name]
        np.testing.assert_allclose([key.value for key in got], [key.value for key in keys])
    assert isinstance(rendered, Manifest)


BAR_SIZE = (320, 180)


@pytest.fixture
def barred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished shot of a bar behind a wide block, completed a little there, for a small move."""
    for module in (complete, film_check):
        monkeypatch.setattr(module, "REVEALED", 13 / BAR_SIZE[0])
    picture = np.full((BAR_SIZE[1], BAR_SIZE[0], 3), 230, np.uint8)
    bar, block = np.zeros((2, *BAR_SIZE[::-1]), np.float32)
    block[40:140, 140:280] = 1.0
    bar[60:120, 60:140] = 1.0
    for matte, colour in ((bar, (40, 90, 60)), (block, (200, 30, 30))):
        picture[matte > 0] = colour
    layers = build_stack(
        picture,
        [CutSubject("bar", "bar", "", bar, 0.1), CutSubject("block", "block", "", block, 0.9)],
    )
    folder = tmp_path / "out" / "shots" / "one"
    made = dataclasses.replace(
        finished(id_="one"),
        picture=picture,
        nearness=np.zeros(BAR_SIZE[::-1], np.float32),
        layers=layers,
        staged=truck(layers, 0.2),
    )  # fmt: skip
    deliver_shot(folder, made, extra={"picture_hash": "0" * 64, "camera_move": TINY_MOVE})
    return folder


TINY_MOVE = {"preset": "truck_left", "amount": 0.2}
COMP = Comp(width=160, height=90, fps=24, duration_frames=9)


def truck(layers: Sequence[Layer], amount: float, overscan: float = 1.2) -> Staged:
    move = CameraMove(preset="truck_left", amount=amount)
    return stage_shot(layers, BAR_SIZE, COMP, move, overscan=overscan)


def layers_of(folder: Path) -> tuple[Layer, ...]:
    cut = reusable_cut(folder, "0" * 64, None)
    assert cut is not None
    return cut.layers


def test_a_wider_move_completes_layers_as_if_the_shot_were_made_for_it(barred: Path) -> None:
    before = layers_of(barred)
    told: list[Event] = []
    for amount in (1.7, 3.0):
        restage(barred, CameraMove(preset="truck_left", amount=amount))
        manifest = film_again(barred, on_event=told.append)
    assert manifest.checks.film is not None
    found = [(one.kind, one.action) for one in manifest.checks.film.found]
    assert found == [("bite", "widened")]
    assert "bar was completed farther behind block" in " ".join(warnings(told))
    assert manifest.files.preview == "one.mp4"
    assert (barred / "one.mp4").is_file()
    overscan = overscan_now(manifest, BAR_SIZE)
    first = held_film(before, BAR_SIZE, lambda layers, amount: truck(layers, amount, overscan), 3.0)
    assert manifest.camera.amount == first.staged.amount
    assert manifest.checks.film == entry_of(first.check, first.staged)
    after = layers_of(barred)
    for own, other, old in zip(after, first.layers, before, strict=True):
        assert own.bbox == other.bbox
        assert ((own.rgba[..., 3] > 127) == (other.rgba[..., 3] > 127)).all()
        assert (own.rgba.shape == old.rgba.shape) == (own.name != "bar")
    assert (recompose(after, BAR_SIZE) == recompose(before, BAR_SIZE)).all()
    # What was completed stays when the move is taken back: nothing of it shows.
    restage_undo = undo(barred)
    assert restage_undo.camera.amount == pytest.approx(1.7)
    assert undo(barred).camera.amount == pytest.approx(0.2)


def test_hands_edits_outlive_a_move_that_completes_layers(barred: Path) -> None:
    renamed = edit_of({"op": "rename", "layer": "block", "name": "wall"})
    edit(barred, [renamed])
    restage(barred, CameraMove(preset="truck_left", amount=3.0))
    manifest = film_again(barred)
    assert manifest.edits == [renamed]
    assert [one.name for one in manifest.uncorrected_layers] == ["background", "bar", "block"]
    film = manifest.checks.film
    assert film is not None
    assert [(one.layers, one.action) for one in film.found] == [(["bar", "wall"], "widened")]


def test_a_move_that_cannot_be_had_is_weakened_and_it_is_said(
    barred: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_holds, "FARTHEST", 13 / BAR_SIZE[0])
    before = layers_of(barred)[1]
    asked = restage(barred, CameraMove(preset="truck_left", amount=3.0))
    told: list[Event] = []
    manifest = film_again(barred, on_event=told.append)
    assert 0.2 < manifest.camera.amount < asked.camera.amount
    assert "was weakened" in " ".join(warnings(told))
    assert manifest.camera.keyframes != asked.camera.keyframes
    assert layers_of(barred)[1].bbox == before.bbox
    # Filmed once more, it is as it was.
    assert film_again(barred).camera == manifest.camera


def test_what_a_model_has_painted_for_a_smaller_move_is_told(barred: Path) -> None:
    document = json.loads((barred / "manifest.json").read_text("utf-8"))
    document["filled_by"] = "tiny"
    (barred / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    told: list[Event] = []
    restage(barred, CameraMove(preset="truck_left", amount=3.0))
    assert film_again(barred, on_event=told.append).filled_by == "tiny"
    assert any("more behind the layers than tiny has painted" in text for text in warnings(told))
    told.clear()
    undo(barred)
    film_again(barred, on_event=told.append)
    assert not any("painted" in text for text in warnings(told))
