"""A cast from shot to shot: its likeness told, and shots painted again until it is like itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.events import Log
from multiplane.contract.manifest import CastLook, Manifest, Sequence
from multiplane.deliver.contact import write_contact
from multiplane.deliver.shot import deliver_shot, manifest_of
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.layers.cut import Cutout, Segmentation
from multiplane.layers.cutters.decomposer import CUTTERS, Decomposer, Scene
from multiplane.layers.likeness import unit, written
from multiplane.produce import cast_looks
from multiplane.produce.cast_looks import COLOUR_AND_SHAPE, across
from multiplane.produce.job import ShotJob
from multiplane.produce.painting import paint_shot
from multiplane.produce.storyboard import produce_storyboard
from multiplane.produce.studio import Studio
from multiplane.produce.takes import take_seed
from multiplane.stage.registry import PRESETS
from tests.command_line import Multiplane
from tests.deliver.shots import finished
from tests.test_painting_ahead import files
from tests.test_produce import Run
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

SHOT = {"id": "one", "prompt": "@mira in front of a **castle**", "duration": 0.25}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("models")
    pipeline = save_tiny_pipeline(folder / "tiny", takes=1)
    return Studio(str(pipeline), str(save_tiny_depth(folder / "depth")), "cpu")


def in_columns(scene: Scene) -> Segmentation:
    """Everybody in a column of their own: what a model of random weights paints shows nobody."""
    height, width = scene.picture.shape[:2]
    step = width // (len(scene.wanted) + 1)
    cutouts = []
    for place, one in enumerate(scene.wanted):
        alpha = np.zeros((height, width), np.float32)
        alpha[height // 5 :, place * step + step // 2 : place * step + step] = 1.0
        cutouts.append(Cutout(place, 0, one.name, alpha, 0.9))
    return Segmentation(tuple(cutouts))


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    cutter = Decomposer("in-columns", in_columns)
    monkeypatch.setitem(CUTTERS._values, cutter.name, cutter)


class CastRun(Run):
    """Renders boards with a cast."""

    def board(self, *shots: dict[str, Any], ahead: bool = True, **board: Any) -> Any:
        document = {"size": [96, 64], "fps": 8, "seed": 5, "takes": 1, **board}
        document |= {"cut": "in-columns", "shots": [*shots]}
        loaded = load_storyboard(document, folder=self.out.parent, presets=PRESETS)
        self.told = []
        return produce_storyboard(
            loaded, self.out, self.studio, ahead=ahead, on_event=self.told.append
        )


@pytest.fixture
def run(studio: Studio, tmp_path: Path) -> CastRun:
    sheet = np.full((60, 40, 3), 250, np.uint8)
    sheet[5:55, 8:32] = (10, 200, 20)
    Image.fromarray(sheet).save(tmp_path / "mira.png")
    return CastRun(studio, tmp_path / "out")


SHOWN = {"mira": {"prompt": "a warrior", "pictures": ["mira.png"]}}


def test_a_shot_is_painted_again_and_the_likest_is_kept_with_the_others_beside_it(
    run: CastRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise is never like a green figure, so every try is made and none of them is lost."""
    monkeypatch.setattr(cast_looks, "LEAST", {COLOUR_AND_SHAPE: 0.999})
    run.board(SHOT, cast=SHOWN)
    alone = run.manifest("one")
    (look,) = alone.cast
    assert (look.name, look.by, look.against) == ("mira", COLOUR_AND_SHAPE, "pictures")
    assert look.layer in {layer.id for layer in alone.layers}
    assert look.likeness is not None
    assert "doubt.cast_unlike" in [notice.code for notice in alone.doubts]
    first = run.picture("one")

    # It is told of, and nothing else: with ensure it is painted again.
    run.board(SHOT, cast=SHOWN, ensure=2)
    made = run.manifest("one")
    tried = {one.take: one for one in made.tries}
    kept = made.model.take or 1
    assert sorted([*tried, kept]) == [1, 2, 3]
    assert made.cast[0].likeness is not None
    assert all(made.cast[0].likeness >= (one.likeness or -1) for one in made.tries)
    seeds = {**{take: one.seed for take, one in tried.items()}, kept: made.model.take_seed}
    assert seeds == {take: take_seed(5, take) for take in (1, 2, 3)}
    pictures = {kept: run.picture("one")}
    for take, one in tried.items():
        pictures[take] = np.asarray(Image.open(run.out / "shots" / "one" / one.file))
    np.testing.assert_array_equal(pictures[1], first)
    assert (pictures[2] != pictures[1]).any()
    (told,) = (notice for notice in made.notices if notice.code.startswith("cast.ensured"))
    assert "2 times more" in told.text
    assert any(isinstance(event, Log) and "2 times more" in event.text for event in run.told)
    assert run.sequence().shots[0].cast[0].likeness == made.cast[0].likeness

    # What was once tried is not tried again, and stays without the option.
    assert run.board(SHOT, cast=SHOWN, ensure=2).skipped == 1
    assert run.board(SHOT, cast=SHOWN).skipped == 1
    run.board({**SHOT, "camera": "truck_left"}, cast=SHOWN)
    again = run.manifest("one")
    assert (again.tries, again.model) == (made.tries, made.model), "also where it is larger now"
    assert again.cast[0].likeness == pytest.approx(made.cast[0].likeness, abs=0.05)
    assert [one.code for one in again.notices if one.code == told.code] == [told.code]
    assert all((run.out / "shots" / "one" / one.file).is_file() for one in again.tries)

    # The seed of a try paints that try; take 1 has the shot's own, and comes back by force.
    other = next(one for one in made.tries if one.take > 1)
    run.board({**SHOT, "seed": other.seed}, cast=SHOWN)
    np.testing.assert_array_equal(run.picture("one"), pictures[other.take])


def test_the_next_picture_is_painted_beside_after_the_last_try_and_none_that_is_shown_a_cast(
    run: CastRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cast_looks, "LEAST", {COLOUR_AND_SHAPE: 0.999})
    painted: list[tuple[str, int | None, str]] = []

    def noting(job: ShotJob, *args: Any, **options: Any) -> Any:
        painted.append((job.shot.id, job.take, threading.current_thread().name))
        return paint_shot(job, *args, **options)

    monkeypatch.setattr("multiplane.produce.ahead.paint_shot", noting)
    monkeypatch.setattr("multiplane.produce.shot.paint_shot", noting)
    castle = {"id": "two", "prompt": "a **castle**", "duration": 0.25}
    shots = (SHOT, castle, {**SHOT, "id": "three", "seed": 9})
    assert run.board(*shots, cast=SHOWN, ensure=1).made == 3
    here = threading.current_thread().name
    assert painted == [
        ("one", None, here), ("one", 2, here), ("two", None, "painting-ahead"),
        ("three", None, here), ("three", 2, here),
    ]  # fmt: skip
    alone = CastRun(run.studio, tmp_path / "alone")
    assert alone.board(*shots, cast=SHOWN, ensure=1, ahead=False).made == 3
    assert files(run.out) == files(alone.out)


def test_a_cast_that_is_like_itself_is_painted_once(
    run: CastRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cast_looks, "LEAST", {COLOUR_AND_SHAPE: -1.0})
    run.board(SHOT, {"id": "two", "prompt": "a **castle**", "duration": 0.25}, cast=SHOWN, ensure=3)
    assert run.manifest("one").tries == run.manifest("two").tries == []
    assert run.manifest("two").cast == []
    assert run.manifest("one").doubts == [
        one for one in run.manifest("one").doubts if one.code != "doubt.cast_unlike"
    ]


def test_whom_no_picture_shows_is_compared_with_the_other_shots(
    run: CastRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cast_looks, "LEAST", {COLOUR_AND_SHAPE: 0.9999})
    shots = [{**SHOT, "id": id_, "seed": seed} for id_, seed in (("a", 1), ("b", 2), ("c", 3))]
    run.board(*shots, cast={"mira": "a warrior"})
    scores = [shot.cast[0] for shot in run.sequence().shots]
    assert {(one.name, one.against, one.unlike) for one in scores} == {("mira", "shots", True)}
    assert len({one.likeness for one in scores}) > 1
    assert run.manifest("a").cast[0].likeness is None

    assert run.board(*shots, cast={"mira": "a warrior"}, ensure=1).made == 3
    for id_ in ("a", "b", "c"):
        manifest = run.manifest(id_)
        assert len(manifest.tries) == 1
        assert manifest.cast[0].against == "shots"
        assert (manifest.cast[0].likeness or -1) >= (manifest.tries[0].likeness or -1)
    assert run.board(*shots, cast={"mira": "a warrior"}, ensure=1).made == 0


def looking(shot: str, values: list[float], **more: Any) -> Manifest:
    look = {"name": "mira", "layer": "s0", "by": COLOUR_AND_SHAPE, **more}
    look.setdefault("features", written(unit(np.array(values))))
    made = replace(finished(id_=shot), cast=(CastLook.model_validate(look),))
    return manifest_of(made, {}, film=False)


def test_the_odd_shot_out_is_unlike_the_median_of_the_others() -> None:
    alike = {f"s{n}": looking(f"s{n}", [1.0, 0.02 * n, 0.0]) for n in range(3)}
    odd = looking("odd", [0.0, 0.1, 1.0])
    found = across({**alike, "odd": odd})
    assert [one.unlike for one in found["odd"]] == [True]
    assert all(not found[id_][0].unlike and found[id_][0].likeness > 0.99 for id_ in alike)
    # Of two shots it may be either, so that neither is doubted.
    (one,), (other,) = across({"s0": alike["s0"], "odd": odd}).values()
    assert one.likeness == other.likeness < 0.5
    assert not one.unlike
    assert not other.unlike
    assert across({"s0": alike["s0"]}) == {"s0": []}


@pytest.mark.parametrize(
    "more",
    [{"features": "no features"}, {"features": ""}, {"layer": "gone"}, {"by": "dinov2-small"}],
)
def test_what_cannot_be_compared_is_left_out(more: dict[str, Any]) -> None:
    alike = {f"s{n}": looking(f"s{n}", [1.0, 0.02 * n, 0.0]) for n in range(3)}
    found = across({**alike, "other": looking("other", [0.0, 1.0, 0.0], **more)})
    assert found["other"] == []
    assert all(found[id_][0].likeness > 0.99 for id_ in alike)
    wide = looking("other", [1.0] * 7)
    assert across({**alike, "other": wide})["other"] == []


def test_the_sheet_says_likeness_and_marks_who_is_unlike(tmp_path: Path) -> None:
    manifest = deliver_shot(tmp_path / "shots" / "one", finished(id_="one"), film=False)

    def sheet(**cast: Any) -> np.ndarray:
        look = {"name": "mira", "layer": manifest.layers[-1].id, "by": COLOUR_AND_SHAPE}
        shot = {
            "id": "one",
            "manifest": "shots/one/manifest.json",
            "start_frame": 0,
            "duration_frames": 9,
            "status": "made",
            "cast": [{**look, "against": "shots", **cast}] if cast else [],
        }
        board = {"title": "Test", "fps": 24, "size": [1920, 1080], "shots": [shot]}
        (file,) = write_contact(tmp_path, Sequence.model_validate(board))
        return np.asarray(Image.open(file).convert("RGB")).astype(int)

    def alert(pixels: np.ndarray) -> int:
        return int((np.abs(pixels - (240, 128, 108)).max(-1) < 20).sum())

    plain = sheet()
    like, unlike = sheet(likeness=0.91, unlike=False), sheet(likeness=0.31, unlike=True)
    assert (like != plain).any()
    assert alert(like) == alert(plain)
    assert alert(unlike) > alert(plain) + 300


def test_ensure_is_an_option_of_the_command_line(multiplane: Multiplane) -> None:
    assert "--ensure" in multiplane("render", "--help").out
    assert "--ensure" in multiplane("submit", "--help").out
