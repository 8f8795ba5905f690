"""What other packages add by entry points: it works, and what is broken costs itself only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.manifest import Comp
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.exports import EXPORTERS
from multiplane.intake.read_storyboard import read_storyboard
from multiplane.intake.reading import FORMATS, find_format
from multiplane.stage.registry import PRESETS, find_preset, preset_names
from multiplane.stage.shot import overscan_for, stage_shot
from tests.command_line import Multiplane
from tests.deliver.shots import COMP, SIZE, finished
from tests.finished_output import finished_output
from tests.plugins.installed import SAMPLE, TABLES, installed, multiplane, package


@pytest.fixture
def sample() -> Iterator[Path]:
    with installed(SAMPLE) as folder:
        yield folder


def test_the_sample_package_is_found(sample: Path) -> None:
    found = {
        (plugin.group, plugin.value.name, plugin.package)
        for table in TABLES
        for plugin in table.plugins
    }
    assert found == {
        ("multiplane.presets", "sway", "multiplane-sample"),
        ("multiplane.readers", "lines", "multiplane-sample"),
        ("multiplane.exporters", "chapters", "multiplane-sample"),
    }
    assert not any(table.refused for table in TABLES)


def test_without_the_package_nothing_of_it_is_left() -> None:
    with installed(SAMPLE):
        assert "sway" in PRESETS
    assert {"sway", "lines", "chapters"}.isdisjoint({*PRESETS, *FORMATS, *EXPORTERS})
    assert list(PRESETS)[-1] == "framing"
    with pytest.raises(InputError):
        find_format(SAMPLE / "multiplane_sample" / "sway.py")


def test_its_preset_moves_a_camera(sample: Path) -> None:
    assert find_preset("on water") is PRESETS["sway"]
    assert {"sway", "on_water"} <= {*preset_names()}
    move = CameraMove(preset="sway")
    staged = stage_shot(finished().layers, SIZE, COMP, move, overscan=overscan_for(move, COMP))
    heights = [camera.position[1] for camera in staged.path()]
    assert max(heights) - heights[0] == pytest.approx(heights[0] - min(heights))
    assert max(heights) > heights[0]


def test_its_reader_reads_and_says_places_in_its_own_words(sample: Path, tmp_path: Path) -> None:
    board = tmp_path / "film.lines"
    board.write_text("a dragon on a beach\n\na **\na cat in the snow\n")
    loaded = read_storyboard(board)
    assert [shot.prompt for shot in loaded.storyboard.shots] == [
        "a dragon on a beach",
        "a cat in the snow",
    ]
    (error,) = loaded.shots_errors.values()
    assert (error.field or "").startswith("line 3")


def test_all_of_it_in_the_program(tmp_path: Path) -> None:
    out = finished_output(tmp_path / "out", "a", "b")
    (tmp_path / "film.lines").write_text("two cats in front of a yellow tent\n")

    def run(*words: object) -> str:
        done = multiplane(*words, packages=SAMPLE, folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "sway (also on_water): The camera rises" in run("camera", "show", "sway")
    assert "When each shot begins" in run("export", "--help")
    run("export", out, "chapters", "-o", "chapters.txt")
    assert (tmp_path / "chapters.txt").read_text() == "0.000 a\n0.333 b\n"
    assert "1 good shot" in run("storyboard", "validate", "film.lines")
    run("camera", "apply", out / "shots" / "a", "sway")
    manifest = json.loads((out / "shots" / "a" / "manifest.json").read_text())
    assert manifest["camera"]["preset"] == "sway"
    said = json.loads(run("doctor", "--json"))
    listed = [one for one in said if "multiplane-sample" in one["says"]]
    assert [one["what"] for one in listed] == ["Camera preset", "Reader", "Exporter"]
    assert {one["state"] for one in listed} == {"ok"}


GROUPS = tuple(table.group for table in TABLES)
BROKEN = {
    "missing": ("import nothing_of_this_name", "ModuleNotFoundError: No module named"),
    "another thing": ("THING = object()", "TypeError: broken:THING is no"),
    "nothing there": ("", "AttributeError: module 'broken' has no attribute"),
    "leaves": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "no Python": ("def", "SyntaxError: "),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_package_costs_itself_only(tmp_path: Path, what: str) -> None:
    code, reason = BROKEN[what]
    own = [len(table) for table in TABLES]
    package(tmp_path, "broken-one", {group: {"thing": "broken:THING"} for group in GROUPS})
    (tmp_path / "broken.py").write_text(code)
    with installed(tmp_path), installed(SAMPLE):
        assert "sway" in PRESETS
        assert "chapters" in EXPORTERS
        for table, count in zip(TABLES, own, strict=True):
            assert len(table) == count + len(table.plugins)
            (refused,) = table.refused
            assert str(refused).startswith(f"thing of broken-one: {reason}")
        with pytest.raises(InputError, match="thing of broken-one") as caught:
            find_preset("thing")
        assert caught.value.code == "storyboard.shot.camera.preset.unknown"


UNFIT = {
    "a name that is taken": (
        "presets",
        'Preset("orbit", "", "", 1.0, len)',
        "there is a camera preset 'orbit' already",
    ),
    "an alias that is taken": (
        "presets",
        'Preset("mine", "", "", 1.0, len, aliases=("pan",))',
        "there is a camera preset 'pan' already",
    ),
    "a name that nobody can type": (
        "presets",
        'Preset("My Move", "", "", 1.0, len)',
        "'My Move' is no name for a preset",
    ),
    "no bound": ("presets", 'Preset("mine", "", "", float("nan"), len)', "strongest is nan"),
    "no function": ("presets", 'Preset("mine", "", "", 1.0, None)', "build is no function"),
    "a suffix that is taken": (
        "readers",
        'Format("mine", "", (".csv",), len)',
        "there is a reader of '.csv' already",
    ),
    "a suffix that no file has": ("readers", 'Format("mine", "", ("X",), len)', "the suffix 'X'"),
    "no suffix": ("readers", 'Format("mine", "", (), len)', "suffixes: at least one"),
    "an export that is there": (
        "exporters",
        'Exporter("gif", "", "shot", ".gif", len)',
        "there is an exporter 'gif' already",
    ),
    "a cutter that is there": (
        "cutters",
        'Decomposer("clipseg", len)',
        "'clipseg' is no name for a cutter",
    ),
    "a cutter that reads as two": (
        "cutters",
        'Decomposer("mine+yours", len)',
        "'mine+yours' is no name for a cutter",
    ),
    "of nothing": ("exporters", 'Exporter("mine", "", "film", "", len)', "of is 'film'"),
    "an odd name": ("exporters", 'Exporter("My One", "", "shot", "", len)', "'My One' is no name"),
}
IMPORTS = (
    "from multiplane.stage.registry import Preset\n"
    "from multiplane.intake.reading import Format\n"
    "from multiplane.deliver.exports import Exporter\n"
    "from multiplane.layers.cutters.decomposer import Decomposer\n"
)


@pytest.mark.parametrize("what", UNFIT)
def test_what_does_not_fit_is_refused_with_the_reason(tmp_path: Path, what: str) -> None:
    group, made, reason = UNFIT[what]
    package(tmp_path, "unfit", {f"multiplane.{group}": {"mine": "unfit:MINE"}})
    (tmp_path / "unfit.py").write_text(f"{IMPORTS}MINE = {made}\n")
    with installed(tmp_path):
        refused = [one for table in TABLES for one in table.refused]
        assert len(refused) == 1
        assert reason in str(refused[0])


FAILING = f"""{IMPORTS}
from multiplane.contract.errors import InputError

def fail(*given):
    raise KeyError("a slip")

def wrong(*given):
    return 7

def refuse(*given):
    raise InputError("mine.refused", "Not this one.")

PRESET = Preset("failing", "", "", 1.0, fail)
WRONG = Preset("wrong", "", "", 1.0, wrong)
READER = Format("failing", "", (".failing",), fail)
REFUSING = Format("refusing", "", (".refusing",), refuse)
EXPORTER = Exporter("failing", "", "storyboard", ".txt", fail)
"""


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "packages"
    package(
        folder,
        "failing",
        {
            "multiplane.presets": {"a": "failing:PRESET", "b": "failing:WRONG"},
            "multiplane.readers": {"a": "failing:READER", "b": "failing:REFUSING"},
            "multiplane.exporters": {"a": "failing:EXPORTER"},
        },
    )
    (folder / "failing.py").write_text(FAILING)
    with installed(folder):
        yield folder


def test_what_a_plugins_function_raises_names_its_package(failing: Path, tmp_path: Path) -> None:
    layers = finished().layers
    with pytest.raises(Failure, match="'failing' of the package failing failed: KeyError") as one:
        stage_shot(layers, SIZE, COMP, CameraMove(preset="failing"), overscan=1.1)
    assert one.value.code == "plugin.failed"
    with pytest.raises(Failure, match="gave int instead of KeyedCamera"):
        stage_shot(layers, SIZE, COMP, CameraMove(preset="wrong"), overscan=1.1)
    for suffix, code in (("failing", "plugin.failed"), ("refusing", "mine.refused")):
        board = tmp_path / f"a.{suffix}"
        board.touch()
        with pytest.raises((Failure, InputError)) as caught:
            read_storyboard(board)
        assert caught.value.code == code
    with pytest.raises(Failure, match="the package failing failed: KeyError"):
        overscan_for(
            CameraMove(preset="failing"), Comp(width=64, height=64, fps=24, duration_frames=9)
        )


CAMERAS = {
    "no number": ('position=(Key(0, (float("nan"), 0.0, 0.0)),)', "position is (nan, 0.0, 0.0)"),
    "too few numbers": ("point_of_interest=(Key(0, (1.0,)),)", "takes 3 number(s)"),
    "no key": ("zoom=()", "zoom has no key"),
    "out of order": ("roll=(Key(3, (0.0,)), Key(2, (1.0,)))", "roll are not in the order"),
}


@pytest.mark.parametrize("what", CAMERAS)
def test_a_camera_that_no_host_could_take_is_refused(tmp_path: Path, what: str) -> None:
    changed, fault = CAMERAS[what]
    package(tmp_path, "odd-cameras", {"multiplane.presets": {"odd": "odd_cameras:ODD"}})
    (tmp_path / "odd_cameras.py").write_text(
        "from dataclasses import replace\n"
        "from multiplane.stage.easing import Key\n"
        "from multiplane.stage.moves import resting\n"
        f"{IMPORTS}"
        f"build = lambda setting, move, amount: replace(resting(setting), {changed})\n"
        'ODD = Preset("odd", "", "", 1.0, build)\n'
    )
    with installed(tmp_path), pytest.raises(Failure) as caught:
        stage_shot(finished().layers, SIZE, COMP, CameraMove(preset="odd"), overscan=1.1)
    assert caught.value.code == "plugin.failed"
    assert fault in str(caught.value)


def test_one_shot_with_a_failing_preset_does_not_stop_the_others(
    failing: Path, multiplane: Multiplane, tmp_path: Path
) -> None:
    from PIL import Image

    Image.new("RGB", (128, 72), "red").save(tmp_path / "red.png")
    shots = [{"picture": "red.png", "camera": name} for name in ("failing", "push_in")]
    board = {"size": [128, 72], "fps": 12, "shots": [{**shot, "duration": 0.5} for shot in shots]}
    (tmp_path / "board.json").write_text(json.dumps(board))
    said = multiplane("render", "board.json", "-o", "out")
    assert said.status == 1
    assert "the package failing failed" in " ".join(said.all.split())
    assert (tmp_path / "out" / "shots" / "shot-002" / "manifest.json").is_file()
    said = multiplane("export", "out", "failing")
    assert said.status == 1
    assert "the package failing failed" in " ".join(said.all.split())
