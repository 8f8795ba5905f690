"""multiplane storyboard as a user and as a program meet it."""

from __future__ import annotations

import json
from functools import partial
from itertools import accumulate
from pathlib import Path

import pytest
from PIL import Image

from multiplane.cli import main
from multiplane.contract.events import Log, ShotFailed, parse_event
from multiplane.intake.read_storyboard import read_storyboard
from multiplane.intake.shot_source import drawing_files
from tests.command_line import Multiplane
from tests.deliver.sound_files import music
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

SAMPLES = Path(__file__).parent / "intake" / "samples"
EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def storyboard(multiplane: Multiplane) -> Multiplane:
    return partial(multiplane, "storyboard")


def test_a_soundtrack_that_is_not_there_is_told_where_it_was_named(
    storyboard: Multiplane, tmp_path: Path
) -> None:
    path = tmp_path / "board.json"
    document = {"shots": [{"prompt": "a cat"}] * 2, "soundtrack": "gone.wav"}
    path.write_text(json.dumps(document))
    named = storyboard("snap", path, "--to", "beats")
    given = storyboard("snap", path, "--to", "beats", "--audio", tmp_path / "away.wav")
    assert (named.status, given.status) == (2, 2)
    assert "board.json, soundtrack.file: There is no audio file gone.wav; nothing moves" in (
        named.all.replace("\n", " ")
    )
    assert "--audio: There is no audio file" in given.all
    assert "soundtrack.file" not in given.all
    assert json.loads(path.read_text()) == document


def test_cuts_snap_to_the_beats_of_the_soundtrack(storyboard: Multiplane, tmp_path: Path) -> None:
    music(tmp_path / "song.wav", 12.0, 120)
    path = tmp_path / "board.json"
    shots = [{"id": f"s{number}", "prompt": "a cat", "duration": 2.63} for number in range(4)]
    document = {"fps": 24, "shots": shots, "soundtrack": "song.wav", "mine": 1}
    path.write_text(json.dumps(document))
    dry = storyboard("snap", path, "--to", "beats", "--dry-run")
    assert json.loads(path.read_text()) == document
    made = storyboard("snap", path, "--to", "beats")
    assert (dry.status, made.status) == (0, 0), made.all
    assert "Listening to song.wav" in made.err
    assert "3 of 3 cuts moved" in made.out
    after = json.loads(path.read_text())
    ends = list(accumulate(shot["duration"] for shot in after["shots"]))
    assert all(abs(end * 2 - round(end * 2)) < 0.1 for end in ends[:-1])
    assert ends[-1] == pytest.approx(4 * 2.63, abs=1 / 24)
    assert after["mine"] == 1
    assert json.loads((tmp_path / "board.before-snap.json").read_text()) == document


def test_snapping_needs_something_to_snap_to(storyboard: Multiplane, tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_text(json.dumps({"shots": [{"prompt": "a cat"}, {"prompt": "a dog"}]}))
    none = storyboard("snap", path, "--to", "dialogue")
    assert none.status == 2
    assert "--audio" in none.all
    gone = storyboard("snap", path, "--to", "beats", "--audio", tmp_path / "gone.wav")
    assert gone.status == 2
    assert "gone.wav" in gone.all


def scene(tmp_path: Path) -> Path:
    folder = tmp_path / "scene"
    (folder / "images").mkdir(parents=True)
    for name in ("board-1-A-fill.png", "board-1-A-ink.png"):
        Image.new("RGBA", (32, 18), "red").save(folder / "images" / name)
    board = {
        "url": "board-1-A.png", "shot": "1A", "audio": {"filename": "a.wav"},
        "layers": {"ink": {"url": "board-1-A-ink.png", "opacity": 0.5},
                   "fill": {"url": "board-1-A-fill.png"}},
    }  # fmt: skip
    path = folder / "scene.storyboarder"
    path.write_text(json.dumps({"boards": [board, {"url": "gone.png", "shot": "1B"}]}))
    return path


def test_convert_rewrites_paths_and_says_what_is_left_out(
    storyboard: Multiplane, tmp_path: Path
) -> None:
    said = storyboard("convert", scene(tmp_path), tmp_path / "new" / "board.json")
    assert said.status == 2
    assert "1 shot in" in said.out
    assert "1 left out" in said.out
    assert "boards[1]" in said.err
    assert "Given: 'images/gone.png'. Put its picture into images/ beside the file" in said.err
    assert "a.wav" in said.err
    loaded = read_storyboard(tmp_path / "new" / "board.json")
    (shot,) = loaded.storyboard.shots
    assert [(layer.name, layer.picture, layer.opacity) for layer in shot.layers] == [
        ("fill", "../scene/images/board-1-A-fill.png", 1.0),
        ("ink", "../scene/images/board-1-A-ink.png", 0.5),
    ]
    assert shot.audio == "../scene/images/a.wav"
    text = (tmp_path / "new" / "board.json").read_text(encoding="utf-8")
    assert next(iter(json.loads(text))) == "schema"
    assert "overscan" not in text


def test_there_and_back_through_a_spreadsheet(storyboard: Multiplane, tmp_path: Path) -> None:
    source = EXAMPLES / "warrior_and_princess.json"
    table, again = tmp_path / "a" / "shots.csv", tmp_path / "again.json"
    assert storyboard("convert", source, table).status == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbf# title: The Warrior and the Princess\r\n")
    assert storyboard("convert", table, again).status == 0
    first, second = (read_storyboard(path) for path in (source, again))
    assert first.shots_errors == second.shots_errors == {}
    for shot, other in zip(first.storyboard.shots, second.storyboard.shots, strict=True):
        exclude = {"picture"}
        assert shot.model_dump(exclude=exclude) == other.model_dump(exclude=exclude)
    pictures = [
        drawing_files(loaded.storyboard.shots[0], loaded.folder)[0] for loaded in (first, second)
    ]
    assert pictures[0] is not None
    assert pictures[1] is not None
    assert pictures[0].resolve() == pictures[1].resolve()


def test_nothing_is_replaced_without_force(storyboard: Multiplane, tmp_path: Path) -> None:
    source, out = SAMPLES / "shot_lists" / "google_utf8.csv", tmp_path / "board.json"
    out.write_text("mine")
    said = storyboard("convert", source, out)
    assert (said.status, out.read_text()) == (2, "mine")
    assert "--force" in said.all
    assert storyboard("convert", source, out, "--force").status == 0
    assert len(json.loads(out.read_text(encoding="utf-8"))["shots"]) == 3
    assert storyboard("convert", source, tmp_path, "--force").status == 2
    said = storyboard("convert", source, tmp_path / "board.xlsx")
    assert said.status == 2
    assert ".json or .csv or .tsv" in said.all


def test_validate_shows_every_mistake_by_shot(storyboard: Multiplane, tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text(
        "shot,prompt,duration,camera,direction,Promt\n"
        "1,a dog in a wood,2,push in,,\n2,a cat,soon,hover,,x\n3,she runs,2,truck left,up,\n"
    )
    said = storyboard("validate", path)
    assert said.status == 2
    rows = [line.split() for line in said.out.splitlines()]
    assert [row[:4] for row in rows if row[0] in ("error", "warning")] == [
        ["warning", "row", "1,", '"Promt"'],
        ["error", "2", "row", "3,"],
        ["error", "2", "row", "3,"],
        ["error", "3", "row", "4,"],
        ["warning", "3", "row", "4,"],
    ]
    for words in ('Did you mean "prompt"?', "00:00:02:12", "row 4, direction", "**dragon**"):
        assert words in said.all
    assert "shots.csv: 2 good shots, 3 errors, 2 warnings." in said.all


def test_validate_for_programs(storyboard: Multiplane, tmp_path: Path) -> None:
    good = SAMPLES / "shot_lists" / "google_utf8.csv"
    said = storyboard(
        "validate", good, tmp_path / "none.json", "--json", "--model", "storyboard-mini"
    )
    assert said.status == 2
    told = [parse_event(line).model_dump() for line in said.out.splitlines()]
    events = [event for event in told if event["level"] != "warning"]  # of words not learnt
    assert [(event["level"], event["file"]) for event in events] == [
        ("info", str(good)),
        ("error", str(tmp_path / "none.json")),
        ("info", str(tmp_path / "none.json")),
    ]
    warnings = len(told) - len(events)
    assert (events[0]["shots"], events[0]["errors"], events[0]["warnings"]) == (3, 0, warnings)
    assert events[1]["code"] == "storyboard.file.missing"
    assert storyboard("validate", good).status == 0


def test_validate_without_a_good_shot_tells_all(storyboard: Multiplane, tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_text("prompt,duration,seed,Promt\n,,,\na dog,soon,x,\na cat,long,,\n")
    said = storyboard("validate", path)
    assert "0 good shots, 3 errors, 1 warning." in said.all


def test_a_template_is_written_once(storyboard: Multiplane, tmp_path: Path) -> None:
    said = storyboard("template")
    assert said.status == 0
    assert "shot,prompt," in said.out
    said = storyboard("template", "mine.csv")
    assert said.status == 0
    assert "multiplane render mine.csv" in said.all
    assert storyboard("validate", "mine.csv").status == 0
    (tmp_path / "mine.csv").write_text("mine")
    assert storyboard("template", "mine.csv").status == 2
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert storyboard("template", "mine.json").status == 2


@pytest.mark.parametrize("command", ["convert", "validate", "template"])
def test_help_teaches(command: str, storyboard: Multiplane) -> None:
    said = storyboard(command, "--help")
    assert said.status == 0
    assert f"multiplane storyboard {command}" in said.all


def test_render_takes_a_shot_list_and_tells_its_warnings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shots.csv").write_text(
        "# size: 96x64\n# fps: 12\nshot,prompt,duration,audio\n"
        "one,a **warrior** in a forest,3 frames,lost.wav\ntwo,a **dog**,soon,\n"
    )
    models = ["--model", save_tiny_pipeline(tmp_path / "tiny"), "--device", "cpu"]
    models += ["--depth-model", save_tiny_depth(tmp_path / "depth")]
    with pytest.raises(SystemExit) as stop:
        main(["render", "shots.csv", "--json", *(str(model) for model in models)])
    events = [parse_event(line) for line in capsys.readouterr().out.splitlines()]
    assert stop.value.code == 2
    told = [event for event in events if isinstance(event, Log) and event.level == "warning"]
    assert ("one", True) in [(one.shot_id, "lost.wav" in one.text) for one in told]
    failed = [event.error for event in events if isinstance(event, ShotFailed)]
    assert [one.field for one in failed] == ["row 5, duration"]
    assert (tmp_path / "out" / "shots" / "shots" / "one" / "manifest.json").is_file()


EXAMPLE_BOARDS = sorted(
    path for path in EXAMPLES.rglob("*") if path.suffix in (".json", ".csv", ".storyboarder")
)


@pytest.mark.parametrize("path", EXAMPLE_BOARDS, ids=lambda path: path.name)
def test_examples_have_no_mistakes(path: Path) -> None:
    from multiplane.stage import presets  # noqa: F401  registers them
    from multiplane.stage.registry import preset_names

    loaded = read_storyboard(path, presets=preset_names())
    assert loaded.shots_errors == {}
    # The picture of one board is lost: that is said, and that its words are painted instead.
    told = ["2A", "2A"] if path.suffix == ".storyboarder" else []
    assert [loaded.ids[warning.shot or 0] for warning in loaded.warnings] == told


CAMERAS = ["xyzzy", "Pan Left", "pan sideways", "as above", "TBD", "ECU", "-", "moonwalk left", "",
           "no pan", "whip", {"preset": "xyzzy"}, {"preset": "pan", "direction": "sideways"},
           {"preset": "tbd", "amount": 0.5}, {"preset": "zoom_in", "amount": 99}]  # fmt: skip


def test_an_unknown_camera_is_reported_and_left_out(storyboard: Multiplane, tmp_path: Path) -> None:
    shots = [{"prompt": "a **dog**", "camera": "xyzzy"}, {"prompt": "a **cat**"}]
    (tmp_path / "in.json").write_text(json.dumps({"shots": shots}))
    said = storyboard("convert", "in.json", "out.json")
    assert said.status == 2
    assert "xyzzy" in said.err
    assert "1 shot in out.json, 1 left out" in said.out
    assert len(json.loads((tmp_path / "out.json").read_text())["shots"]) == 1
    assert storyboard("validate", "out.json").status == 0
    only = {"shots": shots[:1]}
    (tmp_path / "bad.json").write_text(json.dumps(only))
    assert storyboard("convert", "bad.json", "none.json").status == 2
    assert not (tmp_path / "none.json").exists()
    (tmp_path / "model.json").write_text(json.dumps({"model": "no-such", "shots": shots[1:]}))
    assert storyboard("convert", "model.json", "none.json").status == 2
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize("suffix", [".json", ".csv"])
@pytest.mark.parametrize("source", ["json", "csv"])
def test_what_is_written_passes_validate_whatever_the_camera_column_says(
    storyboard: Multiplane, tmp_path: Path, source: str, suffix: str
) -> None:
    for number, camera in enumerate(CAMERAS):
        shots: list[dict[str, object]]
        shots = [{"prompt": "a **cat**", "camera": "Dolly In"}, {"prompt": "a **dog**"},
                 {"prompt": "a **fox**", "camera": camera},
                 {"prompt": "a **cow**", "camera": "same as above"}]  # fmt: skip
        path = tmp_path / f"{number}.{source}"
        if source == "json":
            path.write_text(json.dumps({"shots": shots}))
        elif isinstance(camera, str):
            rows = [f"{shot['prompt']};{shot.get('camera', '')}" for shot in shots]
            path.write_text("Prompt;Camera\n" + "\n".join(rows) + "\n")
        else:
            continue
        out = tmp_path / f"out-{number}{suffix}"
        said = storyboard("convert", path, out)
        assert said.status == storyboard("validate", path).status, camera
        assert storyboard("validate", out).status == 0, (camera, out.read_text())


def test_as_above_under_an_open_or_a_bad_move_is_open_and_says_why(
    storyboard: Multiplane, tmp_path: Path
) -> None:
    shots = [{"prompt": "a **cat**", "camera": "TBD"}, {"prompt": "a **dog**", "camera": "ditto"},
             {"prompt": "a **fox**", "camera": "xyzzy"}, {"prompt": "a **cow**", "camera": "same"},
             {"prompt": "a **hen**", "camera": "same"}]  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps({"shots": shots}))
    said = storyboard("convert", "in.json", "out.json")
    written = json.loads((tmp_path / "out.json").read_text())["shots"]
    assert [shot["prompt"] for shot in written] == [
        shot["prompt"] for shot in shots if shot["camera"] != "xyzzy"
    ]
    assert all("camera" not in shot for shot in written), written
    assert "which is left open" in said.err
    assert "which cannot be read" in said.err


def sample_boards() -> list[Path]:
    """Ours, and all of the samples that are beside a checkout."""
    shared = Path(__file__).parents[2] / "shared" / "samples" / "cases"
    kinds = ("*.json", "*.csv", "*.storyboarder")
    found = [path for kind in kinds for path in sorted(SAMPLES.rglob(kind))]
    found += [path for kind in kinds for path in sorted(shared.rglob(kind))]
    return found


@pytest.mark.parametrize("path", sample_boards(), ids=lambda path: path.name)
def test_every_board_that_convert_is_content_with_is_valid(
    storyboard: Multiplane, tmp_path: Path, path: Path
) -> None:
    for suffix in (".json", ".csv"):
        out = tmp_path / f"out{suffix}"
        said = storyboard("convert", path, out)
        if said.status == 0:
            checked = storyboard("validate", out)
            assert checked.status == 0, checked.all
        else:
            assert said.err.strip()


def test_a_broken_scene_is_told_by_its_file_and_mended_where_it_was_made(
    storyboard: Multiplane, tmp_path: Path
) -> None:
    folders = [tmp_path / "storyboards" / f"Scene-{number}-x-{number}A" for number in (1, 2)]
    for folder, text in zip(
        folders, ('{"boards": [', '{"boards": [5, {"dialogue": "a red fox"}]}'), strict=True
    ):
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.storyboarder").write_text(text)
    said = storyboard("validate", tmp_path, "--json")
    assert said.status == 2
    faults = {
        fault["code"]: fault for fault in map(json.loads, said.out.splitlines()) if "code" in fault
    }
    cut_off, odd = (
        faults["storyboard.json.syntax"],
        faults["storyboard.storyboarder.board_invalid"],
    )
    for event, folder in ((cut_off, folders[0]), (odd, folders[1])):
        assert event["file"] == str(folder / f"{folder.name}.storyboarder")
        assert event["remedy"] == "Open the scene in Storyboarder and save it again."
    assert odd["field"].endswith("boards[0]")
    table = storyboard("validate", tmp_path).out
    assert "".join(table.split()).count("Scene-1-x-1A.storyboarder") >= 1
    alone = storyboard("validate", folders[1] / f"{folders[1].name}.storyboarder", "--json")
    assert {"storyboard.storyboarder.board_invalid"} <= {
        getattr(event, "code", None) for event in alone.events
    }
    listed = tmp_path / "list.storyboarder"
    listed.write_text("[1]")
    assert '"shots"' not in storyboard("validate", listed).all


def test_validate_refuses_what_render_would_refuse_before_it_paints(
    storyboard: Multiplane, tmp_path: Path
) -> None:
    """Cutters that are none, and pictures that cannot be decoded, each at its own field."""
    Image.effect_noise((64, 36), 50).save(tmp_path / "whole.png")
    data = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut_off.png").write_bytes(data[: len(data) // 2])
    document = {
        "cast": {"mira": {"prompt": "a red fox", "pictures": ["cut_off.png"]}},
        "plates": {"hall": {"picture": "cut_off.png"}},
        "shots": [
            {"picture": "cut_off.png", "subjects": ["dog"]},
            {"prompt": "a **dog**", "cut": "atention"},
            {"prompt": "a **dog**", "plate": "hall"},
            {"prompt": "@mira runs"},
            {"layers": [{"name": "sky", "picture": "whole.png"},
                        {"name": "dog", "picture": "cut_off.png"}]},
            {"picture": "whole.png", "subjects": ["dog"]},
        ],
    }  # fmt: skip
    (tmp_path / "board.json").write_text(json.dumps(document))
    said = storyboard("validate", "board.json", "--json")
    assert said.status == 2
    errors = {
        event["field"]: event["code"]
        for event in map(json.loads, said.out.splitlines())
        if event["level"] == "error"
    }
    assert errors == {
        "shots[0].picture": "picture.damaged",
        "shots[1].cut": "cut.unknown",
        "plates.hall.picture": "picture.damaged",
        "cast.mira.pictures[0]": "picture.damaged",
        "shots[4].layers[1].picture": "picture.damaged",
    }
    (tmp_path / "all.json").write_text(
        json.dumps({"cut": "atention", "shots": [{"prompt": "a dog"}]})
    )
    said = storyboard("validate", "all.json")
    assert said.status == 2
    assert 'Did you mean "attention"' in said.all


def test_validate_and_render_name_all_models_that_are_absent(
    multiplane: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    board = {"shots": [{"prompt": "a **dog** on a beach"}]}
    for cut, names in (
        ("grounding-dino-tiny+sam-2.1-tiny", "z-image-turbo grounding-dino-tiny sam-2.1-tiny"),
        ("layerdiffuse-sdxl", "z-image-turbo sdxl layerdiffuse-sdxl"),
    ):
        path = tmp_path / "board.json"
        path.write_text(json.dumps({**board, "cut": cut, "model": "z-image-turbo"}))
        for command in (("storyboard", "validate"), ("render",)):
            said = multiplane(*command, path)
            assert said.status == (1 if command == ("render",) else 2)
            assert f"multiplane models pull {names}" in said.all, said.all


def test_a_misspelt_key_is_told_wherever_a_storyboard_is_read(
    multiplane: Multiplane, tmp_path: Path
) -> None:
    path = tmp_path / "board.json"
    path.write_text(
        json.dumps({"styl": "ink", "shots": [{"prompt": "a **dog**", "camra": "orbit"}]})
    )
    said = multiplane("storyboard", "validate", path)
    assert said.status == 0
    for words in ('"styl"', "shots[0].camra", 'Did you mean "camera"?', "2 warnings"):
        assert words in said.all
    models = ["--model", save_tiny_pipeline(tmp_path / "tiny"), "--device", "cpu"]
    models += ["--depth-model", save_tiny_depth(tmp_path / "depth")]
    path.write_text(json.dumps({"size": [96, 64], "fps": 12, "shots": [
        {"prompt": "a **dog**", "duration": 0.25, "camra": "orbit"}]}))  # fmt: skip
    rendered = multiplane("render", path, *models)
    assert rendered.status == 0, rendered.all
    assert f'{path}, shots[0].camra: The key "camra" is not known here' in rendered.all
    board = json.loads((tmp_path / "out" / "board" / "storyboard.json").read_text())
    assert board["shots"][0]["camra"] == "orbit"


def test_render_tells_every_fault_of_a_shot(multiplane: Multiplane, tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    good = {"prompt": "a **dog**", "duration": 0.25}
    path.write_text(json.dumps({"size": [96, 64], "fps": 12, "shots": [
        good, {"picture": "gone.png", "takes": 0, "camera": "orbitt"}]}))  # fmt: skip
    models = ["--model", save_tiny_pipeline(tmp_path / "tiny"), "--device", "cpu"]
    models += ["--depth-model", save_tiny_depth(tmp_path / "depth")]
    said = multiplane("render", path, *models)
    assert said.status == 2
    for field in ("shots[1].takes", "shots[1].picture", "shots[1].camera.preset"):
        assert field in said.err
