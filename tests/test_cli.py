"""The command line as a user and as a program meet it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image

from multiplane.cli import export
from multiplane.cli.app import app
from multiplane.cli.doctor import damage
from multiplane.contract.events import Log, RunFinished, ShotFinished
from tests.command_line import Multiplane, interrupted, needs_ctrl_c
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline


@pytest.fixture
def multiplane(
    multiplane: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Multiplane:
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return multiplane


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("models")
    return [
        "--model", str(save_tiny_pipeline(folder / "tiny")),
        "--depth-model", str(save_tiny_depth(folder / "depth")),
        "--device", "cpu",
    ]  # fmt: skip


def board(tmp_path: Path, *shots: object) -> Path:
    path = tmp_path / "board.json"
    document = {"size": [96, 64], "fps": 12, "shots": list(shots)}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


SHOT = {"id": "one", "prompt": "a **warrior** in a forest", "duration": 0.25}


def test_help_is_instant_because_it_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from multiplane.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'diffusers', 'transformers', 'cv2', 'av'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    for arguments in (["--help"], ["render", "--help"], ["models", "--help"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_help_teaches_by_examples(multiplane: Multiplane) -> None:
    said = multiplane("--help")
    assert said.status == 0
    for command in ("render", "decompose", "models", "doctor", "study"):
        assert command in said.out
    assert "multiplane decompose drawing.png --subjects" in said.all
    said = multiplane("render", "--help")
    assert '{"shots": [{"prompt": "a warrior in a forest"}]}' in said.all
    assert "default: auto" in said.all


@pytest.mark.parametrize(
    "command", [("storyboard", "snap"), ("panel", "install"), ("service", "install")]
)
def test_examples_stand_on_lines_of_their_own(
    multiplane: Multiplane, command: tuple[str, str]
) -> None:
    lines = [line.strip() for line in multiplane(*command, "--help").out.splitlines()]
    examples = [line for line in lines if line.startswith("multiplane ")]
    assert len(examples) > 1
    assert all(line.count("multiplane ") == 1 for line in examples)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["rendr", "board.json"], "render"),
        (["render", "board.json", "--forse"], "--force"),
        (["models", "lst"], "list"),
        (["models", "info", "z-image-turbi"], "z-image-turbo"),
    ],
)
def test_a_slip_of_the_keyboard_is_guessed(
    multiplane: Multiplane, arguments: list[str], meant: str
) -> None:
    said = multiplane(*arguments)
    assert said.status == 2
    assert "id you mean" in said.all or "Possible options" in said.all
    assert meant in said.all


def test_a_missing_storyboard(multiplane: Multiplane) -> None:
    said = multiplane("render", "none.json")
    assert said.status == 2
    assert "none.json" in said.err
    assert said.out == ""


def test_a_run_for_programs_is_one_event_per_line(
    multiplane: Multiplane, models: list[str], tmp_path: Path
) -> None:
    path = board(tmp_path, SHOT, {"id": "two", "prompt": "a dog", "camera": "zoomy"})
    said = multiplane("render", path, "-o", "result", "--json", *models)
    assert said.status == 2
    kinds = [event.type for event in said.events]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_finished"
    (finished,) = [event for event in said.events if isinstance(event, ShotFinished)]
    assert (tmp_path / finished.manifest).is_file()
    last = said.events[-1]
    assert isinstance(last, RunFinished)
    assert (last.made, last.failed) == (1, 1)


def test_a_run_for_people_and_again(
    multiplane: Multiplane, models: list[str], tmp_path: Path
) -> None:
    path = board(tmp_path, SHOT)
    said = multiplane("render", path, *models)
    assert said.status == 0
    assert "1 made" in said.out
    assert "out/board" in said.out
    assert (tmp_path / "out" / "board" / "shots" / "one" / "one.mp4").is_file()
    said = multiplane("render", path, *models)
    assert "1 unchanged" in said.out
    assert multiplane("render", path, "--quiet", *models).out == ""


@needs_ctrl_c
def test_ctrl_c_leaves_finished_shots_whole_and_says_how_to_go_on(
    models: list[str], tmp_path: Path
) -> None:
    shots = [{**SHOT, "id": f"shot {number}"} for number in range(60)]
    board(tmp_path, *shots)
    command = ["render", "board.json", "-o", "my out", *models]
    said = interrupted(tmp_path, *command, after="shot_finished")
    assert said.status == 130, said.err
    *_, finished, last = said.events
    assert isinstance(finished, RunFinished)
    assert finished.interrupted
    assert isinstance(last, Log)
    assert "multiplane render board.json -o 'my out' " in last.text
    made = sorted((tmp_path / "my out" / "shots").iterdir())
    assert 1 <= len(made) < 60
    for folder in made:
        assert not folder.name.startswith("."), "an unfinished folder was left"
        assert (folder / "manifest.json").is_file()


def test_an_error_for_programs_is_an_event_too(multiplane: Multiplane) -> None:
    said = multiplane("render", "none.json", "--json")
    assert said.status == 2
    (event,) = said.events
    assert event.type == "log"
    assert (event.model_extra or {})["error"]["code"] == "storyboard.file.missing"


def test_a_drawing_is_decomposed(multiplane: Multiplane, models: list[str], tmp_path: Path) -> None:
    drawing = np.random.default_rng(0).integers(0, 256, (60, 100, 3), dtype=np.uint8)
    Image.fromarray(drawing).save(tmp_path / "drawing.png")
    arguments = ["decompose", "drawing.png", "--subjects", "warrior, princess", "--duration", 0.25]
    assert multiplane(*arguments, *models).status == 0
    folder = tmp_path / "out" / "drawing" / "shots" / "drawing"
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "picture.png")), drawing)
    assert json.loads((folder / "manifest.json").read_text())["comp"]["width"] == 100


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--subjects", " , "], "Name what should become a layer"),
        (["--subjects", "a", "--size", "big"], "1920x1080"),
        (["--subjects", "a", "--camera", "zoomy"], "There is no camera preset"),
    ],
)
def test_bad_options_of_decompose(
    multiplane: Multiplane, tmp_path: Path, arguments: list[str], says: str
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "drawing.png")
    said = multiplane("decompose", "drawing.png", *arguments)
    assert said.status == 2
    assert says in said.all


def test_the_output_folder_must_not_be_a_file(
    multiplane: Multiplane, models: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    said = multiplane("render", board(tmp_path, SHOT), "-o", "file", *models)
    assert said.status == 2
    assert "Give another folder with -o" in said.all


def test_a_missing_model_is_offered(multiplane: Multiplane, tmp_path: Path) -> None:
    said = multiplane("render", board(tmp_path, SHOT), "-m", "z-image-turbo")
    assert said.status == 1
    assert "multiplane models pull z-image-turbo" in said.all


def test_models_are_listed_with_licence_and_size(multiplane: Multiplane) -> None:
    said = multiplane("models", "list")
    assert said.status == 0
    for text in ("storyboard-mini", "z-image-turbo", "32.9 GB", "Apache-2.0"):
        assert text in said.all
    rows = json.loads(multiplane("models", "list", "--json").out)
    turbo = next(row for row in rows if row["name"] == "z-image-turbo")
    assert turbo["state"] == "missing"
    facts = json.loads(multiplane("models", "info", "z-image-turbo", "--json").out)
    assert facts["capture_blocks"] == [18]


def test_a_pull_shows_licence_and_size_and_asks(
    multiplane: Multiplane, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    said = multiplane("models", "pull", "z-image-turbo")
    assert said.status == 1
    assert "Apache-2.0" in said.out
    assert "32.9 GB" in said.out
    assert "Download it?" in said.out
    assert multiplane("models", "pull", "storyboard-mini").status == 2


def test_doctor_looks_at_everything(multiplane: Multiplane) -> None:
    findings = json.loads(multiplane("doctor", "--json").out)
    seen = {finding["what"]: finding["state"] for finding in findings}
    assert seen["Python"] == seen["PyTorch"] == "ok"
    assert {"Memory", "Disk here", "storyboard-mini", "Video encoder"} <= set(seen)


def test_doctor_tells_damaged_weights(tmp_path: Path, models: list[str]) -> None:
    whole = Path(models[1]) / "vae" / "diffusion_pytorch_model.safetensors"
    assert damage(whole) == ""
    copy = tmp_path / "cut.safetensors"
    for data, says in (
        (whole.read_bytes()[:-1], "cut off"),
        (whole.read_bytes()[:100], "cut off"),
        (b"abc", "cut off"),
        (whole.read_bytes() + b"0", "extra bytes"),
        ((9).to_bytes(8, "little") + b"not json!", "damaged header"),
    ):
        copy.write_bytes(data)
        assert says in damage(copy)


def test_the_readmes_first_storyboard_is_a_good_one() -> None:
    from multiplane.intake.read_storyboard import load_storyboard
    from multiplane.stage import presets
    from multiplane.stage.registry import PRESETS

    assert presets  # registers them
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    text = readme.split("```json\n", 1)[1].split("```", 1)[0]
    assert len(text.strip().splitlines()) == 5
    loaded = load_storyboard(json.loads(text), folder=Path(), presets=PRESETS)
    assert len(loaded.storyboard.shots) == 3
    assert not loaded.shots_errors


def test_a_study_writes_its_figures(multiplane: Multiplane, tmp_path: Path) -> None:
    arguments = ["study", "scenes", "--limit", 5, "--width", 64, "--height", 64]
    said = multiplane(*arguments, "--out", "sheet.png", "--json", "scenes.json")
    assert said.status == 0
    assert (tmp_path / "sheet.png").is_file()
    figures = json.loads((tmp_path / "scenes.json").read_text())
    assert figures["scenes"] == 5
    assert {"date", "commit", "cpu"} <= set(figures["measured"])
    assert set(figures["styles"].values()) == {1}


def _every_command() -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((), typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        inside = getattr(command, "commands", None)
        if inside is None:
            found[path] = command
        else:
            waiting += [((*path, name), inner) for name, inner in inside.items()]
    return dict(sorted(found.items()))


@pytest.mark.parametrize("path", [*_every_command()], ids=" ".join)
def test_every_command_has_an_example_that_it_understands(path: tuple[str, ...]) -> None:
    command = _every_command()[path]
    taught = export.help_text() if path == ("export",) else command.help  # with its exporters
    lines = [line.strip() for line in (taught or "").replace("\\[", "[").splitlines()]
    examples = [line.removeprefix("[cyan]").removesuffix("[/cyan]") for line in lines
                if line.startswith("[cyan]multiplane ")]  # fmt: skip
    own = [line for line in examples if line.startswith(f"multiplane {' '.join(path)}")]
    assert own, command.help
    for example in own:
        words = shlex.split(example)[1 + len(path) :]
        command.make_context(" ".join(path), words, resilient_parsing=False).close()


def test_a_model_that_nobody_knows_has_a_neighbour(multiplane: Multiplane) -> None:
    for slip, near in (
        ("dino", "dinov2-small"),
        ("SAM", "sam-3"),
        ("grounding_dino", "grounding-dino-tiny"),
        ("z_image_trubo", "z-image-turbo"),
        ("layerdifuse", "layerdiffuse-sdxl"),
        ("storybord", "storyboard-mini"),
    ):
        for command in ("info", "pull"):
            said = multiplane("models", command, slip)
            assert said.status == 2
            assert f"Did you mean {near}?" in said.all, said.all
    said = multiplane("models", "info", "nope")
    assert "None is called nearly so. Known are storyboard-mini" in said.all


def test_several_models_are_pulled_by_one_command(multiplane: Multiplane) -> None:
    said = multiplane("models", "pull", "sam-2.1-tiny", "layerdiffuse-sdxl", "sdxl", "--to", "x")
    assert said.status == 2
    assert "Pull them one by one: sam-2.1-tiny, layerdiffuse-sdxl, sdxl." in said.all
