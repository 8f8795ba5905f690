"""Shots over a plate: one background for all of them, with the bundled model and for drawings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from multiplane.contract.events import Log, OnEvent, StepProgress
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.models.folders import PLATES_VARIABLE
from multiplane.models.load import Choice
from multiplane.produce.on_plate import on_plate
from multiplane.produce.plates import PlatePicture
from multiplane.produce.storyboard import Outcome, produce_storyboard
from multiplane.produce.studio import Studio
from tests.layers.drawn import disc
from tests.test_produce import Run
from tests.tiny_folders import save_tiny_depth
from tests.tiny_vision import saved_models

SIZE = (320, 180)


class _Quick(Studio):
    """The bundled model in fewer steps."""

    @property
    def chosen(self) -> Choice:
        choice = super().chosen
        return replace(choice, profile=replace(choice.profile, steps=8))


class _NoPainter(Studio):
    """Fails when anything asks for the picture model."""

    def painter_with(self, loras: Any) -> Any:
        pytest.fail("the picture model was loaded")


@pytest.fixture(scope="module")
def depth(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_depth(tmp_path_factory.mktemp("models") / "depth"))


def rendered(
    run: Run,
    shots: list[dict[str, Any]],
    on_event: OnEvent = lambda event: None,
    /,
    **board: Any,
) -> Outcome:
    document = {"size": list(SIZE), "fps": 12, "seed": 5, **board}
    document["shots"] = [{"duration": 0.25, "camera": "static", **shot} for shot in shots]
    loaded = load_storyboard(document, folder=run.out.parent)
    return produce_storyboard(loaded, run.out, run.studio, on_event=on_event)


def ground(run: Run, shot: str) -> np.ndarray:
    layer = run.manifest(shot).layers[0]
    return np.asarray(Image.open(run.out / "shots" / shot / layer.file).convert("RGB"))


def hidden(run: Run, shot: str) -> np.ndarray:
    """Where a subject is solid, without its edges."""
    height, width = run.picture(shot).shape[:2]
    solid = np.zeros((height, width), bool)
    for layer in run.manifest(shot).layers[1:]:
        alpha = np.asarray(Image.open(run.out / "shots" / shot / layer.file))[..., 3]
        x, y, wide, high = layer.bbox
        solid[y : y + high, x : x + wide] |= alpha == 255
    return cv2.erode(solid.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


def test_painted_boards_of_one_place_share_its_background(
    depth: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLATES_VARIABLE, str(tmp_path / "plates"))
    run = Run(_Quick("storyboard-mini", depth, "cpu"), tmp_path / "out")
    board = {"style": "flat color", "takes": 1, "plates": {"beach": "a beach"}}
    shots = [
        {"id": "a", "prompt": "a **warrior** on a beach", "plate": "beach"},
        {"id": "b", "prompt": "a **dragon** on a beach", "plate": "beach"},
        {"id": "alone", "prompt": "a beach", "plate": "beach"},
    ]
    outcome = rendered(run, shots, **board)
    assert outcome.errors == {}
    (kept,) = (tmp_path / "plates").iterdir()
    uses = [run.manifest(shot["id"]).plate for shot in shots]
    assert {use.sha256 for use in uses if use} == {kept.stem}
    assert [use.name for use in uses if use] == ["beach"] * 3
    # Whether so few steps paint a dragon, too, is not asked for here.
    assert [layer.id for layer in run.manifest("a").layers] == ["background", "warrior"]
    assert [layer.id for layer in run.manifest("alone").layers] == ["background"]
    for shot in ("a", "b"):
        assert run.manifest(shot).checks.recomposition_max_error <= 1

    plate = ground(run, "alone")
    np.testing.assert_array_equal(run.picture("alone"), plate)
    same = []
    for shot in ("a", "b"):
        off = (ground(run, shot) != plate).any(axis=2)
        use = run.manifest(shot).plate
        assert use is not None
        assert use.share > 0.9
        same.append(~off)
        assert not off[hidden(run, shot)].any(), "behind a subject is the plate"
    assert hidden(run, "a").mean() > 0.02
    assert (same[0] & same[1]).mean() > 0.95


def draw(file: Path, at: tuple[int, int] | None, seed: int = 0) -> np.ndarray:
    """A place, with a ball in it."""
    rough = np.random.default_rng(seed).integers(90, 160, (5, 8, 3)).astype(np.uint8)
    picture = cv2.resize(rough, SIZE, interpolation=cv2.INTER_CUBIC)
    if at is not None:
        picture[disc(SIZE, at, 34) > 0.5] = (230, 20, 20)
    Image.fromarray(picture).save(file)
    return np.ascontiguousarray(picture)


def test_drawn_boards_have_their_plate_behind_what_stands_before_it(
    depth: str, tmp_path: Path
) -> None:
    run = Run(_NoPainter("storyboard-mini", depth, "cpu"), tmp_path / "out")
    plate = draw(tmp_path / "plate.png", None)
    plate[80:100, 90:110] = (240, 240, 60)  # a lamp that a ball hides
    Image.fromarray(plate).save(tmp_path / "plate.png")
    draw(tmp_path / "a.png", (100, 90))
    draw(tmp_path / "b.png", (220, 90))
    draw(tmp_path / "other.png", (220, 90), seed=3)
    Image.new("RGB", (200, 200), (90, 120, 90)).save(tmp_path / "square.png")
    board = {"plates": {"hall": {"picture": "plate.png"}}}
    shots = [
        {"id": name, "picture": f"{name}.png", "plate": "hall"}
        for name in ("a", "b", "other", "square")
    ]
    assert rendered(run, shots, **board).errors == {}
    use = run.manifest("a").plate
    assert use is not None
    assert use.share > 0.9
    assert use == replace_share(run, "b", use.share)
    lamp = (slice(84, 96), slice(94, 106))
    np.testing.assert_array_equal(ground(run, "a")[lamp], plate[lamp])
    for shot, code in (("other", "plate.not_aligned"), ("square", "plate.other_shape")):
        manifest = run.manifest(shot)
        assert manifest.plate is None
        (notice,) = [one for one in manifest.notices if one.code.startswith("plate.")]
        assert notice.code == code
        assert notice.remedy
    told = next(one for one in run.manifest("other").notices if one.code == "plate.not_aligned")
    assert 0 <= int(told.values["percent"]) < int(told.values["needed"]) == 60

    assert rendered(run, shots, **board).skipped == 4
    plate[:20] //= 2
    Image.fromarray(plate).save(tmp_path / "plate.png")
    assert rendered(run, shots, **board).made == 4


def replace_share(run: Run, shot: str, share: float) -> Any:
    use = run.manifest(shot).plate
    assert use is not None
    return use.model_copy(update={"share": share})


class Heard:
    """What is told while shots are made: progress of painting, and infos."""

    def __init__(self) -> None:
        self.painting: list[tuple[str | None, int, int]] = []
        self.infos: list[str] = []

    def __call__(self, event: Any) -> None:
        if isinstance(event, StepProgress) and event.step == "generate" and event.total:
            self.painting.append((event.shot_id, event.done or 0, event.total))
        if isinstance(event, Log) and event.level == "info":
            self.infos.append(event.text)

    def plates_painted(self) -> int:
        return sum("is painted once" in text for text in self.infos)


def test_a_plate_is_painted_once_and_a_lost_one_again_the_same(
    depth: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plates"
    monkeypatch.setenv(PLATES_VARIABLE, str(folder))
    studio = _Quick("storyboard-mini", depth, "cpu")

    def made(name: str, seed: int) -> tuple[Heard, Run]:
        heard, run = Heard(), Run(studio, tmp_path / name)
        shots = [{"id": id_, "prompt": "a beach", "plate": "beach"} for id_ in ("a", "b")]
        plates = {"beach": {"prompt": "a beach", "seed": seed}}
        board = {"style": "flat color", "plates": plates}
        assert rendered(run, shots, heard, **board).made == 2
        np.testing.assert_array_equal(ground(run, "a"), ground(run, "b"))
        return heard, run

    first, run = made("first", 1)
    assert first.plates_painted() == 1
    (kept,) = folder.iterdir()
    pixels = kept.read_bytes()
    assert made("second", 1)[0].plates_painted() == 0, "it is there"

    for name in ("lost", "damaged"):
        if name == "lost":
            kept.unlink()
        else:
            kept.write_bytes(pixels[: len(pixels) // 2])
        heard, again = made(name, 1)
        assert heard.plates_painted() == 1
        assert kept.read_bytes() == pixels
        np.testing.assert_array_equal(ground(again, "a"), ground(run, "a"))

    heard, elsewhere = made("other", 2)
    assert heard.plates_painted() == 1
    assert len(list(folder.iterdir())) == 2
    assert (ground(elsewhere, "a") != ground(run, "a")).mean() > 0.2


def test_the_painting_of_a_plate_is_counted_with_that_of_the_shot_that_waits_for_it(
    depth: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight steps of the plate, eight of the shot, seven to paint its subject into the plate."""
    monkeypatch.setenv(PLATES_VARIABLE, str(tmp_path / "plates"))
    run, heard = Run(_Quick("storyboard-mini", depth, "cpu"), tmp_path / "out"), Heard()
    shot: dict[str, Any] = {"prompt": "a **warrior** on a beach", "plate": "beach"}
    board = {"style": "flat color", "takes": 1, "plates": {"beach": "a beach"}}
    shots = [{**shot, "id": "a"}, {**shot, "id": "b", "seed": 9}]
    rendered(run, shots, heard, **board)
    told = {id_: [one[1:] for one in heard.painting if one[0] == id_] for id_ in ("a", "b")}
    for id_, whole in (("a", 8 + 8 + 7), ("b", 8 + 7)):
        assert {total for _, total in told[id_][:9]} == {whole}
        done = [at for at, _ in told[id_]]
        assert done == sorted(done), "it never begins anew"
        assert whole - 1 <= done[-1] == told[id_][-1][1], "all of them are made"


def test_a_shot_that_was_painted_otherwise_says_that_its_plate_overruled_it() -> None:
    plate = np.full((90, 160, 3), 120, np.uint8)
    known = PlatePicture("hall", "0" * 64, plate)
    alphas = (disc((160, 90), (40, 45), 15) > 0.5).astype(np.float32)[None]
    for wide, overruled in ((16, False), (64, True)):
        picture = plate.copy()
        picture[:, -wide:] = (200, 40, 40)  # a curtain, far from the subject
        picture[alphas[0] > 0] = (20, 20, 220)
        placed = on_plate(picture, known, alphas, painted=True)
        assert (placed.picture[:, -wide + 8 :] == 120).all(), "it is the plate there"
        assert placed.use is not None
        covered = alphas.sum() / alphas.size
        percent = 100 * (wide / 160) / (1 - covered)
        assert 100 * (1 - placed.use.share) == pytest.approx(percent, abs=3)
        assert [one.code for one in placed.notices] == ["plate.overruled"] * overruled
        for one in placed.notices:
            assert one.values["percent"] == pytest.approx(percent, abs=3)
            assert f"hall in {one.values['percent']}% of the ground" in one.text
            assert "another seed" in str(one.remedy)


def test_a_fill_by_the_model_leaves_the_plate_behind_subjects(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is behind them is known; without a plate the same move has it painted."""
    models = saved_models(tmp_path_factory.mktemp("models"))
    studio = Studio(models["tiny"], models["depth"], "cpu")
    draw(tmp_path / "plate.png", None)
    draw(tmp_path / "a.png", (160, 90))
    move = {"preset": "truck_left", "amount": 2.0}
    shot = {"id": "a", "picture": "a.png", "camera": move}

    def made(name: str, **more: Any) -> Run:
        run = Run(studio, tmp_path / name)
        board = {"plates": {"hall": {"picture": "plate.png"}}}
        assert rendered(run, [{**shot, **more}], **board).errors == {}
        return run

    plain, filled = made("p", plate="hall"), made("pf", plate="hall", fill="model")
    assert filled.manifest("a").plate == plain.manifest("a").plate is not None
    assert filled.manifest("a").filled_by == "tiny"
    np.testing.assert_array_equal(ground(filled, "a"), ground(plain, "a"))
    without, painted = made("n"), made("nf", fill="model")
    assert (ground(painted, "a") != ground(without, "a")).any()
