"""A finished shot's layers changed by hand: what is rewritten, what outlives what."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.cli.app import main
from multiplane.contract.errors import InputError
from multiplane.contract.layer_edits import ShotEdits
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.read_edit import edit_of
from multiplane.contract.storyboard import CameraMove, Storyboard
from multiplane.layers.hands.history import ByHand
from multiplane.produce.by_hand import LEFT, REFUSED, edited
from multiplane.produce.edit_layers import edit, redo, undo
from multiplane.produce.finished import CutPicture, is_unchanged, reusable_cut
from multiplane.produce.job import shot_hash
from multiplane.produce.restage import film_again, restage
from tests.finished_output import finished_output

RENAME = edit_of({"op": "rename", "layer": "princess", "name": "queen"})
STROKE = {"points": [[0.3, 0.4], [0.3, 0.6]], "width": 0.05}
REMOVE = edit_of({"op": "remove", "layer": "s1", "strokes": [STROKE]})
BEHIND = edit_of({"op": "order", "layer": "s1", "behind": "s0"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_output(tmp_path_factory.mktemp("made") / "out", "one")


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


@pytest.fixture
def shot(out: Path) -> Path:
    return out / "shots" / "one"


def layers_of(shot: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((shot / "layers").iterdir())}


def cut_of(shot: Path) -> CutPicture:
    cut = reusable_cut(shot, ShotFolder.open(shot).manifest.picture_hash, None)
    assert cut is not None
    return cut


def test_edits_are_in_the_manifest_and_undone_byte_for_byte(shot: Path) -> None:
    states = [layers_of(shot)]
    before = ShotFolder.open(shot).manifest
    for one in (BEHIND, RENAME, REMOVE):
        manifest = edit(shot, [one])
        states.append(layers_of(shot))
        assert manifest == ShotFolder.open(shot).manifest
        assert manifest.checks.recomposition_max_error <= 1
        assert manifest.files.preview is None
    assert manifest.edits == [BEHIND, RENAME, REMOVE]
    assert [one.name for one in manifest.layers] == ["background", "red warrior"]
    kept = ("content_hash", "picture_hash", "model", "markers", "style", "drawing_area")
    assert all(getattr(manifest, name) == getattr(before, name) for name in kept)
    assert manifest.camera.preset == before.camera.preset
    for number in (2, 1, 0):
        manifest = undo(shot)
        assert layers_of(shot) == states[number]
    assert (manifest.edits, manifest.uncorrected_layers) == ([], [])
    assert manifest.layers == before.layers
    assert not (shot / "uncorrected").exists()
    for number in (1, 2, 3):
        manifest = redo(shot)
        assert layers_of(shot) == states[number]
    with pytest.raises(InputError, match="taken back"):
        redo(shot)
    undo(shot)
    edit(shot, [edit_of({"op": "near", "layer": "s0", "nearness": 0.9})])
    with pytest.raises(InputError, match="taken back"):
        redo(shot)


def test_what_is_made_of_layers_is_made_anew(shot: Path) -> None:
    psd, film = (shot / "layers.psd").read_bytes(), (shot / "one.mp4").read_bytes()
    edit(shot, [BEHIND])
    assert (shot / "layers.psd").read_bytes() != psd
    assert not (shot / "one.mp4").exists(), "it showed the layers as they were"
    assert film_again(shot).edits == [BEHIND]
    assert (shot / "one.mp4").read_bytes() != film
    assert ShotFolder.whole(shot) is not None


def test_another_camera_keeps_the_edits(shot: Path) -> None:
    edit(shot, [BEHIND, RENAME])
    edited_layers = layers_of(shot)
    manifest = restage(shot, CameraMove(preset="orbit"))
    assert manifest.edits == [BEHIND, RENAME]
    assert layers_of(shot) == edited_layers
    assert [one.name for one in undo(shot).layers] == ["background", "princess", "red warrior"]
    assert ShotFolder.open(shot).manifest.camera.preset == "orbit"


def test_rendering_again_leaves_an_edited_shot_alone(out: Path, shot: Path) -> None:
    """Its storyboard has said nothing of edits, and says nothing."""
    board = Storyboard.model_validate_json((out / "storyboard.json").read_text("utf-8"))
    manifest = edit(shot, [BEHIND])
    hash_ = shot_hash(f"{0:064x}", board.shots[0], manifest.comp, None)
    assert is_unchanged(shot, hash_)
    assert is_unchanged(shot, hash_, ShotEdits(edits=[BEHIND]))
    assert not is_unchanged(shot, hash_, ShotEdits())
    said = board.shots[0].model_copy(update={"edits": ShotEdits(edits=[BEHIND])})
    assert shot_hash(f"{0:064x}", said, manifest.comp, None) != hash_


def test_a_storyboard_that_speaks_of_edits_learns_the_new_ones(out: Path, shot: Path) -> None:
    document = json.loads((out / "storyboard.json").read_text("utf-8"))
    document["shots"][0]["edits"] = {"edits": []}
    (out / "storyboard.json").write_text(json.dumps(document), encoding="utf-8")
    manifest = edit(shot, [BEHIND])
    board = Storyboard.model_validate_json((out / "storyboard.json").read_text("utf-8"))
    assert board.shots[0].edits is not None
    assert board.shots[0].edits.edits == [BEHIND]
    assert manifest.content_hash == shot_hash(f"{0:064x}", board.shots[0], manifest.comp, None)


def test_edits_follow_their_picture(shot: Path) -> None:
    """The same picture cut anew has them; another one keeps them for later, and says so."""
    fresh = cut_of(shot)
    edit(shot, [BEHIND, RENAME])
    had = cut_of(shot).by_hand
    again = edited(fresh, ByHand(had.base, had.done, had.undone, had.picture))
    assert [one.name for one in again.layers] == ["background", "queen", "red warrior"]
    assert again.by_hand.done == (BEHIND, RENAME)

    said: list[str] = []
    other = CutPicture(fresh.prompt, fresh.model, 255 - fresh.picture, fresh.nearness, fresh.layers)
    changed = edited(other, ByHand((), had.done, (), had.picture), said.append)
    assert changed.layers == other.layers
    assert changed.by_hand.done == ()
    assert changed.by_hand.left[0].edits == [BEHIND, RENAME]
    assert [one.code for one in changed.notices] == [LEFT]
    assert "kept in the manifest" in said[0]


def test_the_picture_comes_back_with_its_edits(shot: Path) -> None:
    fresh = cut_of(shot)
    edit(shot, [BEHIND])
    had = cut_of(shot).by_hand
    other = CutPicture(fresh.prompt, fresh.model, 255 - fresh.picture, fresh.nearness, fresh.layers)
    away = edited(other, ByHand((), had.done, (), had.picture)).by_hand
    home = edited(fresh, away)
    assert home.by_hand.done == (BEHIND,)
    assert home.by_hand.left == ()


def test_an_edit_whose_layer_is_gone_is_passed_over_and_named(shot: Path) -> None:
    fresh = cut_of(shot)
    less = CutPicture(fresh.prompt, fresh.model, fresh.picture, fresh.nearness, fresh.layers[:2])
    said: list[str] = []
    kind = edit_of({"op": "kind", "layer": "s0", "kind": "character"})
    result = edited(less, ByHand((), (RENAME, kind)), said.append)
    assert result.layers[1].kind == "character"
    assert [one.code for one in result.notices] == [REFUSED]
    assert "Edit 1 (rename princess) could not be done" in said[0]


def test_a_doubt_is_settled_by_a_correction_and_comes_back_with_undo(shot: Path) -> None:
    document = json.loads((shot / "manifest.json").read_text("utf-8"))
    document["layers"][1] |= {"confidence": 0.3, "reason": "shape_odd"}
    notice = {"code": "doubt.shape_odd", "text": "Look at it.", "layers": ["red warrior"]}
    document["notices"] = [notice, {"code": "other", "text": "Stays."}]
    (shot / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    points = [[0.15, 0.2], [0.15, 0.5]]
    stroke = edit_of({"op": "keep", "layer": "s0", "strokes": [{"points": points}]})
    manifest = edit(shot, [RENAME])
    assert [one.code for one in manifest.notices] == ["doubt.shape_odd", "other"]
    manifest = edit(shot, [stroke])
    warrior = next(layer for layer in manifest.layers if layer.id == "s0")
    assert (warrior.confidence, warrior.reason) == (1.0, None)
    assert [one.code for one in manifest.notices] == ["other"]
    manifest = undo(shot)
    assert next(layer for layer in manifest.layers if layer.id == "s0").reason == "shape_odd"
    assert [one.code for one in manifest.notices] == ["doubt.shape_odd", "other"]


def test_a_refused_edit_changes_nothing(shot: Path) -> None:
    before = {path: path.read_bytes() for path in sorted(shot.rglob("*")) if path.is_file()}
    bad = edit_of({"op": "rename", "layer": "dragon", "name": "x"})
    with pytest.raises(InputError) as caught:
        edit(shot, [RENAME, bad])
    assert (caught.value.code, caught.value.field) == ("layer.unknown", "layer")
    assert str(shot) in str(caught.value)
    with pytest.raises(InputError, match="was changed by hand"):
        undo(shot)
    after = {path: path.read_bytes() for path in sorted(shot.rglob("*")) if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "change",
    [
        {"op": "rename", "layer": "princess", "name": "Red Warrior"},
        {
            "op": "new",
            "name": "red warrior",
            "box": {"x": 0.05, "y": 0.05, "width": 0.4, "height": 0.9},
        },
        {"op": "merge", "layers": ["princess", "red warrior"], "name": "background"},
    ],
)
def test_no_two_layers_get_the_same_name(shot: Path, change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        edit(shot, [edit_of(change)])
    assert caught.value.code == "layer.name_taken"
    assert str(caught.value.value).casefold() in (str(change["name"]).casefold(), "background")
    # Its own name in other letters is no other layer's.
    edit(shot, [edit_of({"op": "rename", "layer": "princess", "name": "Princess"})])


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_the_command_line(out: Path, shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("layer", "order", str(shot), "princess", "--behind", "red warrior") == 0
    manifest = ShotFolder.open(shot).manifest
    assert manifest.edits == [
        edit_of({"op": "order", "layer": "princess", "behind": "red warrior"})
    ]
    assert manifest.files.preview == "one.mp4"
    assert (out / "contact.png").is_file()
    assert (out / "storyboard.aep").is_file()
    (out / "exports").mkdir()
    (out / "exports" / "one.gif").write_bytes(b"GIF89a")
    capsys.readouterr()
    assert run("layer", "list", str(shot), "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed["layers"]] == ["background", "princess", "red warrior"]
    edits = out / "edits.json"
    edits.write_text('[{"op": "near", "layer": "s0", "nearness": 0.99}]', encoding="utf-8")
    assert run("layer", "apply", str(shot), str(edits), "--no-preview", "-q") == 0
    said = capsys.readouterr().err
    assert "storyboard.aep" in said, "it still shows the layers as they were"
    assert "one.gif" in said
    assert len(_manifest(shot).edits) == 2
    assert run("layer", "undo", str(shot), "--times", "2", "--no-preview", "-q") == 0
    assert _manifest(shot).edits == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["keep", "SHOT", "princess"], ["--stroke", "There is no stroke"]),
        (["keep", "SHOT", "princess", "-s", "a,b"], ["--stroke", "'a,b'", "0.41,0.30"]),
        (["keep", "SHOT", "princess", "-s", "9,9"], ["strokes[0].points[0][0]", "9"]),
        (["box", "SHOT", "princess", "1,2,3"], ["rectangle", "'1,2,3'"]),
        (["new", "SHOT", "x"], ["--stroke, --box and --word"]),
        (["near", "SHOT", "princess", "2"], ["nearness", "less than or equal to 1"]),
        (["kind", "SHOT", "princess", "villain"], ["kind", "villain"]),
        (["rename", "SHOT", "prinzess", "x"], ["Did you mean", "princess"]),
        (["order", "SHOT", "princess"], ["in_front_of or behind"]),
        (["apply", "SHOT", "nowhere.json"], ["nowhere.json", "No such file"]),
        (["split", "SHOT", "princess", "--part", "0.5,0.5"], ["--part", "colon"]),
        (["undo", "nowhere"], ["nowhere", "no finished shot here"]),
    ],
)
def test_wrong_input_is_explained(
    shot: Path, arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(shot) if one == "SHOT" else one for one in arguments]
    assert run("layer", *given) == 2
    said = capsys.readouterr().err
    for word in words:
        assert word in " ".join(said.split()), said


def _manifest(shot: Path) -> Manifest:
    return ShotFolder.open(shot).manifest


def test_layers_by_hand_are_the_picture(shot: Path) -> None:
    """The files themselves, as another program would put them together."""
    manifest = edit(shot, [BEHIND, RENAME])
    picture = np.asarray(Image.open(shot / "picture.png").convert("RGB")).astype(float)
    flat = np.zeros_like(picture)
    for layer in manifest.layers:
        rgba = np.asarray(Image.open(shot / layer.file).convert("RGBA")).astype(float)
        x, y, width, height = layer.bbox
        share = rgba[..., 3:] / 255.0
        below = flat[y : y + height, x : x + width]
        below[:] = share * rgba[..., :3] + (1 - share) * below
    assert np.abs(flat - picture).max() <= 1.5
