"""`multiplane camera` as a user and as a program meet it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from io import BytesIO
from pathlib import Path

import py_aep
import pytest
from PIL import Image

from multiplane.cli.camera_sketch import sketch
from multiplane.contract.events import (
    Log,
    RunFinished,
    ShotFailed,
    ShotFinished,
    StepProgress,
)
from multiplane.contract.layout import AFTER_EFFECTS, INDEX
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.aep.properties import TRANSFORM, find
from multiplane.deliver.gallery import sample, write_gallery
from multiplane.stage.parameters import example, markdown_table, parameters
from multiplane.stage.registry import PRESETS
from tests.command_line import Multiplane
from tests.deliver.aep.read_back import numbers
from tests.deliver.shots import SIZE, finished
from tests.finished_output import FRAMES, finished_output
from tests.outside_programs import open_browser


@pytest.fixture
def multiplane(multiplane: Multiplane, monkeypatch: pytest.MonkeyPatch) -> Multiplane:
    monkeypatch.setenv("COLUMNS", "160")
    return multiplane


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished_output(tmp_path_factory.mktemp("made") / "out", "one", "two")


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out"))


def preset_of(out: Path, shot: str = "one") -> str:
    return ShotFolder.open(out / "shots" / shot).manifest.camera.preset


def test_list_names_every_preset_with_what_the_registry_says(multiplane: Multiplane) -> None:
    said = multiplane("camera", "list")
    assert said.status == 0
    for name in PRESETS:
        assert re.search(rf"^{name} ", said.out, re.MULTILINE)
    assert "6 degrees from end to end" in said.all
    facts = json.loads(multiplane("camera", "list", "--json").out)
    assert [preset["name"] for preset in facts] == list(PRESETS)
    orbit = next(preset for preset in facts if preset["name"] == "orbit")
    assert orbit["description"] == PRESETS["orbit"].description
    assert orbit["amount"] == {"unit": "6 degrees from end to end", "least": 0.0, "most": 5.0}
    assert (orbit["directions"], orbit["aliases"]) == (["right", "left"], ["arc"])
    assert {preset["name"]: preset["loops"] for preset in facts}["parallax_circle"] is True
    table = multiplane("camera", "list", "--markdown").out
    assert table == markdown_table()
    assert table.count("\n") == len(PRESETS) + 2


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_show_gives_parameters_and_an_example_that_works(multiplane: Multiplane, name: str) -> None:
    said = multiplane("camera", "show", name)
    assert said.status == 0
    assert " ".join(PRESETS[name].description.split()) in said.all
    for parameter in parameters(PRESETS[name]):
        assert re.search(rf"^{parameter.name} ", said.out, re.MULTILINE)
    shown = json.loads("{" + said.out.splitlines()[-1].strip() + "}")["camera"]
    assert shown == example(PRESETS[name])
    move = CameraMove.model_validate(shown)
    assert set(shown) <= set(CameraMove.model_fields)
    assert move.preset == name
    assert json.loads(multiplane("camera", "show", name, "--json").out)["example"] == shown


def test_show_knows_aliases_and_guesses_at_slips(multiplane: Multiplane) -> None:
    assert "orbit (also arc)" in multiplane("camera", "show", "arc").all
    said = multiplane("camera", "show", "obrit")
    assert said.status == 2
    assert 'Did you mean "orbit"' in said.all
    assert (
        "does not know this direction"
        in multiplane("camera", "show", "orbit", "--direction", "up").all
    )


def test_the_sketch_shows_the_frame_at_start_and_end() -> None:
    near, far = sketch("dolly_zoom")
    assert not near.strip(), "the nearest plane keeps its size"
    assert far.strip()
    pushed, _ = sketch("push_in")
    lines = pushed.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[5].strip()
    assert sketch("truck_left")[0] != sketch("truck_right")[0]
    assert not "".join(sketch("static")).strip()


def test_apply_changes_the_move_and_films_it(multiplane: Multiplane, out: Path) -> None:
    said = multiplane("camera", "apply", out / "shots" / "one", "orbit", "--amount", 2,
                      "--direction", "left", "--focus", "princess", "--ease-in", 10,
                      "--ease-out", 80, "--start", 0.1, "--duration", 0.2)  # fmt: skip
    assert said.status == 0
    folder = out / "shots" / "one"
    manifest = ShotFolder.open(folder).manifest
    assert (manifest.camera.preset, manifest.camera.amount) == ("orbit", 2.0)
    assert (folder / str(manifest.files.preview)).is_file()
    board = json.loads((out / "storyboard.json").read_text("utf-8"))
    camera = board["shots"][0]["camera"]
    assert camera["direction"] == "left"
    assert camera["ease"] == {"in": 10, "out": 80}
    assert (camera["start"], camera["duration"], camera["focus"]) == (0.1, 0.2, "princess")
    assert [key.frame for key in manifest.camera.keyframes["position"]] == [2, 3, 4, 5, 6, 7]
    assert (out / "contact.png").is_file()


def test_apply_as_events(multiplane: Multiplane, out: Path) -> None:
    said = multiplane("camera", "apply", out / "shots" / "one", out / "shots" / "two", "pan",
                      "--direction", "30", "--amount", 5, "--json")  # fmt: skip
    assert said.status == 0
    finished_events = [event for event in said.events if isinstance(event, ShotFinished)]
    assert [event.shot_id for event in finished_events] == ["one", "two"]
    frames = [(event.done, event.total) for event in said.events if isinstance(event, StepProgress)]
    assert frames == [(number, FRAMES) for number in range(1, FRAMES + 1)] * 2
    assert any("larger" in event.text for event in said.events if isinstance(event, Log))
    assert isinstance(said.events[-1], RunFinished)
    assert preset_of(out) == preset_of(out, "two") == "pan"


def test_apply_to_all_and_without_films(multiplane: Multiplane, out: Path) -> None:
    said = multiplane("camera", "apply", out, "--all", "handheld", "--seed", 9, "--no-preview")
    assert said.status == 0
    for shot in ("one", "two"):
        manifest = ShotFolder.open(out / "shots" / shot).manifest
        assert manifest.camera.preset == "handheld"
        assert manifest.files.preview is None
    # The same again: no new numbers, but the films that are missing.
    multiplane("camera", "apply", out, "handheld", "--seed", 9, "--all")
    assert (out / "shots" / "two" / "two.mp4").is_file()
    assert multiplane("camera", "apply", out / "shots" / "two", "--undo").status == 0
    assert (preset_of(out), preset_of(out, "two")) == ("handheld", "push_in")


def test_apply_a_framing(multiplane: Multiplane, out: Path) -> None:
    said = multiplane("camera", "apply", out / "shots" / "one", "--no-preview",
                      "--framing", "0,0,1,1>0.5,0.1,0.4,0.4")  # fmt: skip
    assert said.status == 0
    assert preset_of(out) == "framing"
    end = ShotFolder.open(out / "shots" / "one").manifest.camera.keyframes["position"][-1]
    assert end.value[0] == pytest.approx(0.7 * 128)
    assert multiplane("camera", "apply", out / "shots" / "two", "--no-preview", "--framing",
                      "0.2,0.2,0.5,0.5").status == 0  # fmt: skip
    start = ShotFolder.open(out / "shots" / "two").manifest.camera.keyframes["position"][0]
    assert start.value[0] == pytest.approx(64)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{one}", "orbitt"], 'Did you mean "orbit"'),
        (["{one}"], "Name a preset after the shots"),
        (["orbit"], "No shot is named"),
        (["{out}", "orbit"], "or all of them with --all"),
        (["{out}/shots/three", "orbit"], "There is no finished shot here"),
        (["{out}/nothing", "orbit", "--all"], "a storyboard was rendered into"),
        (["{one}", "orbit", "--amount", "11"], "Use 0 to 10"),
        (["{one}", "orbit", "--direction", "up"], "Directions: right, left"),
        (["{one}", "truck_left", "--direction", "90"], "Leave the direction out"),
        (["{one}", "--framing", "0,0,1"], "These are not two rectangles"),
        (["{one}", "--framing", "0,0,1,2000"], "framing"),
        (["{one}", "orbit", "--undo"], "together with --undo"),
        (["{one}", "--undo"], "has not been changed"),
    ],
)
def test_what_is_wrong_is_explained_and_nothing_changes(
    multiplane: Multiplane, out: Path, arguments: list[str], said: str
) -> None:
    before = (out / "shots" / "one" / "manifest.json").read_bytes()
    filled = [word.format(out=out, one=out / "shots" / "one") for word in arguments]
    answer = multiplane("camera", "apply", *filled)
    assert answer.status == 2, answer.all
    assert said in answer.all
    assert (out / "shots" / "one" / "manifest.json").read_bytes() == before


def test_a_bad_shot_does_not_stop_the_others(multiplane: Multiplane, out: Path) -> None:
    (out / "shots" / "one" / "picture.png").write_bytes(b"none")
    said = multiplane("camera", "apply", out, "--all", "roll", "--no-preview", "--json")
    assert said.status == 2
    (failed,) = (event for event in said.events if isinstance(event, ShotFailed))
    assert failed.shot_id == "one"
    assert preset_of(out, "two") == "roll"


def test_the_gallery_shows_every_preset_and_holds_all_that_it_shows(tmp_path: Path) -> None:
    folder = finished_output(tmp_path / "out", "one") / "shots" / "one"
    counted: list[tuple[int, int]] = []
    page = tmp_path / "gallery" / "index.html"
    write_gallery(
        page, ShotFolder.open(folder).manifest, SIZE, finished().layers, seconds=0.3, width=64,
        on_preset=lambda done, total: counted.append((done, total)),
    )  # fmt: skip
    assert counted[-1] == (len(PRESETS), len(PRESETS))
    text = page.read_text("utf-8")
    assert re.findall(r'<article id="(\w+)"', text) == list(PRESETS)
    films = re.findall(r'<img src="data:image/webp;base64,([^"]+)"', text)
    still, moving = 0, 0
    for name, film in zip(PRESETS, films, strict=True):
        picture = Image.open(BytesIO(base64.b64decode(film)))
        assert picture.size == (64, 36)
        frames = getattr(picture, "n_frames", 1)
        still, moving = still + (frames == 1), moving + (frames > 1)
        assert frames == 1 or name != "static"
    assert moving >= len(PRESETS) - 2
    assert not re.search(r'(src|href|srcset)="(?!data:)', text)


def test_the_gallerys_framing_ends_round_the_nearest_subject(out: Path) -> None:
    manifest = ShotFolder.open(out / "shots" / "one").manifest
    end = sample(PRESETS["framing"], manifest, SIZE)["framing"]["end"]
    x, y, w, h = (value / SIZE[number % 2] for number, value in enumerate(manifest.layers[-1].bbox))
    assert end["x"] <= x
    assert end["y"] <= y
    assert end["x"] + end["width"] >= x + w
    assert end["y"] + end["height"] >= y + h
    large = manifest.layers[-1].model_copy(update={"bbox": (5, 5, 150, 80)})
    full = manifest.model_copy(update={"layers": [*manifest.layers[:-1], large]})
    assert (
        sample(PRESETS["framing"], full, SIZE)["framing"] == example(PRESETS["framing"])["framing"]
    )


def test_the_gallery_in_a_browser(multiplane: Multiplane, out: Path, tmp_path: Path) -> None:
    said = multiplane("camera", "gallery", out / "shots" / "one", "-o", "page.html",
                      "--seconds", 0.5, "--width", 96)  # fmt: skip
    assert said.status == 0
    assert "page.html" in said.all
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri())
        assert page.locator("article").count() == len(PRESETS)
        assert page.evaluate("[...document.images].every(one => one.naturalWidth === 96)")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        shown = json.loads("{" + page.inner_text("#framing pre") + "}")["camera"]
        assert CameraMove.model_validate(shown).framing is not None
        page.click("#orbit button")
        page.wait_for_function(
            "document.querySelector('#orbit button').textContent !== 'Copy'", timeout=5000
        )
        assert page.inner_text("#orbit button") == "Copied"
    assert wrong == []


def positions(project: Path) -> dict[str, list[tuple[float, ...]]]:
    """Where each shot's camera is at its keys, as read back from the project."""
    comps = py_aep.parse(project).project.compositions
    return {
        comp.name: [
            numbers(key.value)
            for key in find(comp.camera_layers[0], TRANSFORM, "ADBE Position").keyframes
        ]
        for comp in comps
        if comp.camera_layers
    }


def test_another_move_is_in_everything_that_shows_it_or_is_named(
    out: Path, multiplane: Multiplane
) -> None:
    multiplane("camera", "apply", "--all", out, "push_in", "--quiet")
    before = positions(out / AFTER_EFFECTS)
    page = (out / INDEX).read_bytes()
    (out / "exports").mkdir()
    (out / "exports" / "animatic.mp4").write_bytes(b"a film of before")
    said = multiplane("camera", "apply", out / "shots" / "one", "truck_left")
    assert said.status == 0
    assert AFTER_EFFECTS in said.all
    assert "animatic.mp4" in said.all
    assert (out / "exports" / "animatic.mp4").read_bytes() == b"a film of before"
    after = positions(out / AFTER_EFFECTS)
    assert after["one"] != before["one"]
    assert after["two"] == before["two"]
    assert (out / INDEX).read_bytes() != page
    said = multiplane("camera", "apply", out / "shots" / "one", "orbit", "--no-preview")
    assert positions(out / AFTER_EFFECTS) == after
    assert f"{AFTER_EFFECTS}, {INDEX} still show earlier moves" in said.all
    assert "animatic.mp4" in said.all


def test_a_focus_that_no_layer_has_is_told_with_those_that_there_are(
    multiplane: Multiplane, out: Path
) -> None:
    shot = out / "shots" / "one"
    names = [layer.name for layer in ShotFolder.open(shot).manifest.layers]
    said = multiplane("camera", "apply", shot, "orbit", "--focus", "nobody", "--no-preview")
    assert said.status == 0
    assert 'The camera\'s focus is "nobody", and no layer has this name' in " ".join(
        said.all.split()
    )
    assert all(name in said.all for name in names)
    again = multiplane("camera", "apply", shot, "orbit", "--focus", "nobody", "--no-preview")
    assert "no layer has this name" in " ".join(again.all.split())
    good = multiplane("camera", "apply", shot, "orbit", "--focus", names[-1], "--no-preview")
    assert "no layer" not in good.all


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("--amount", 11, "Use 0 to 10"),
        ("--amount", -1, "Use 0 to 10"),
        ("--start", -1, "Use 0 to 600 seconds"),
        ("--duration", 0, "Use more than 0 and at most 600 seconds"),
        ("--ease-in", 101, "Use 0 to 100"),
        ("--ease-out", -3, "Use 0 to 100"),
        ("--seed", -1, "Use a whole number from 0 to 4294967295"),
        ("--focus", "x" * 301, "Use 1 to 300 characters"),
        ("--framing", "0,0,0,1", "Use"),
        ("--framing", "0,0,1,99", "Use"),
    ],
)
def test_what_is_out_of_bounds_is_told_by_its_option_with_the_bounds(
    multiplane: Multiplane, out: Path, option: str, value: object, remedy: str
) -> None:
    preset = [] if option == "--framing" else ["orbit"]
    said = multiplane("camera", "apply", out / "shots" / "one", *preset, option, value)
    assert said.status == 2
    assert option in said.all
    assert remedy in " ".join(said.all.split())
