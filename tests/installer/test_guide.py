"""`python3 installer`: the questions, and what is done, on fake homes of all three systems."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pytest

from installer.app import build_parser, with_command
from installer.computer import Kind
from installer.dialog import Dialog
from installer.guide import model_line, run_guide
from installer.problems import InstallerProblem
from installer.state import load_state
from multiplane.service.install import manager_of, state_of
from multiplane.service.program import Program
from tests.installer.fake_computer import KINDS, FakeComputer, may_go_off


def options(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(with_command(list(words)))


def run(fake: FakeComputer, *words: str) -> int:
    return run_guide(fake.project, options(*words), fake.computer, fake.set_up)


def told(fake: FakeComputer) -> list[str]:
    """The program's commands that change something."""
    return [" ".join(words) for words in fake.commands if words[:2] != ["models", "list"]]


@pytest.mark.parametrize("kind", KINDS)
def test_where_nobody_can_be_asked_the_defaults_are_taken_and_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: Kind,
) -> None:
    fake = FakeComputer(tmp_path, kind, monkeypatch)
    assert run(fake) == 0
    said = capsys.readouterr().out
    assert "whenever you log in? " + ("no" if kind == "linux" else "yes") in said
    if kind == "linux":
        assert told(fake) == []
        assert "do not run here" in said
    else:
        assert told(fake) == ["panel install", "service install"]
        assert fake.panel is not None
        assert (fake.panel / "index.html").is_file()
        assert set(fake.switch.values.values()) == {"1"}
        assert len(fake.desk.running) == 1
        assert "Window > Extensions > Multiplane" in said
    assert "z-image-turbo" in said
    assert "Apache-2.0" in said
    assert "multiplane models pull NAME" in said


def test_what_happens_on_windows_to_an_unsigned_panel_is_said_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeComputer(tmp_path, "windows", monkeypatch)
    assert run(fake) == 0
    end = capsys.readouterr().out.rpartition("Multiplane is set up")[2]
    assert "show nothing of an unsigned panel" in end
    assert "panel signer" in end
    fake = FakeComputer(tmp_path / "mac", "macos", monkeypatch)
    assert run(fake) == 0
    assert "unsigned" not in capsys.readouterr().out


def test_on_windows_the_panel_is_signed_where_that_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeComputer(tmp_path, "windows", monkeypatch)
    fake.has = {"npm"}
    # The fake Windows has no npm of its own: fetching fails, and the panel comes all the same.
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(fake) == 1
    assert told(fake) == ["panel signer", "panel install", "service install"]
    said = capsys.readouterr()
    assert "Not everything was done" in said.err
    assert "panel signer" in said.err
    assert "show nothing of an unsigned panel" in said.out.rpartition("is set up")[2]
    assert fake.panel is not None
    assert fake.panel.is_dir()


def test_answers_are_kept_and_are_the_next_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeComputer(tmp_path, "macos", monkeypatch)
    fake.says = ["what?", "n", "YES", "z-image-turbo 99", "z-image-turbo"]
    assert run(fake) == 0
    assert told(fake) == ["service install", "models pull z-image-turbo --yes"]
    assert sum("panel" in question for question in fake.asked) == 2, "asked again, after what?"
    state = load_state(fake.project.venv)
    assert state is not None
    assert state.answers == {"panel": False, "sign": False, "service": True}
    fake.asked.clear()
    fake.says = ["", "", ""]
    fake.commands.clear()
    assert run(fake) == 0
    assert [question.split()[-1] for question in fake.asked[:2]] == ["[y/N]", "[Y/n]"]
    assert told(fake) == ["service install"]


def test_models_are_chosen_by_name_or_number() -> None:
    answers = ["0", "three", "2, one 2"]
    dialog = Dialog(lambda question: answers.pop(0))
    assert dialog.choose("Which?", ["one", "two"]) == ["two", "one"]
    assert not answers
    assert Dialog(lambda question: " ").choose("Which?", ["one"]) == []


def test_options_answer_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeComputer(tmp_path, "windows", monkeypatch)
    fake.says = []
    words = ("--no-panel", "--service", "--model", "depth-anything-v2-small")
    assert run(fake, *words) == 0
    assert fake.asked == []
    assert told(fake) == ["service install", "models pull depth-anything-v2-small --yes"]
    assert len(fake.desk.tasks) == 1
    with pytest.raises(InstallerProblem, match="no model tiny"):
        run(fake, "--no-panel", "--service", "--model", "tiny")
    linux = FakeComputer(tmp_path / "linux", "linux", monkeypatch)
    with pytest.raises(InstallerProblem, match="do not run here"):
        run(linux, "--panel")
    assert not linux.project.venv.exists()


def test_a_closed_terminal_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeComputer(tmp_path, "macos", monkeypatch)
    fake.says = []
    with pytest.raises(InstallerProblem, match="nothing was done"):
        run(fake)
    assert not fake.project.venv.exists()
    assert not fake.home.exists()


def test_what_fails_stops_nothing_else_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeComputer(tmp_path, "macos", monkeypatch)
    fake.refuses = ("panel", "install")
    assert run(fake) == 1
    said = capsys.readouterr()
    assert f"{fake.program} panel install" in said.err
    assert "Window > Extensions" not in said.out
    assert len(fake.desk.running) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_switched_off_at_any_step_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    words = ("--yes", "--service", "--model", "z-image-turbo")
    whole = FakeComputer(tmp_path / "x", kind, monkeypatch)
    run(whole, *words)
    wanted = normal(whole)
    for count in range(8):
        fake = FakeComputer(tmp_path / str(count), kind, monkeypatch)
        fake.dies_after = count
        with may_go_off() as went:
            run(fake, *words)
        fake.dies_after = None
        assert run(fake, *words) == 0
        assert normal(fake) == wanted
        assert len(fake.desk.running) == 1
        if not went[0]:
            break
    else:
        pytest.fail("it has more steps than were tried")


def normal(fake: FakeComputer) -> dict[str, str]:
    """Its files, wherever it lies."""
    folder = str(fake.home.parent)
    return {
        name: text.replace(folder, "") if "%2F" not in text else "a service"
        for name, text in fake.files().items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_over_an_older_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    """Its record knows of no answers; its panel and its server are another program's."""
    fake = FakeComputer(tmp_path, kind, monkeypatch)
    with monkeypatch.context() as earlier:
        earlier.setattr("sys.executable", "/opt/older/python")
        assert run(fake, "--yes", "--service") == 0
    assert read_program(fake).python == "/opt/older/python"
    record = fake.project.venv / "multiplane-setup.json"
    record.write_text('{"complete": true, "python": "3.11", "torch_wish": "cpu"}')
    (fake.project.venv / "library.txt").write_text("0.9")
    if fake.panel:
        (fake.panel / "index.html").write_text("of an older version")
        panel = fake.panel / "multiplane-panel.json"
        older = {**json.loads(panel.read_text()), "version": "0.0.9", "digest": "0"}
        panel.write_text(json.dumps(older))
    assert run(fake, "--yes", "--service") == 0
    assert fake.version == "1.0"
    state = load_state(fake.project.venv)
    assert state is not None
    assert state.torch_wish == "cpu", "what was wished stays"
    assert state.answers["service"]
    assert len(fake.desk.running) == len(fake.desk.known) == 1
    assert read_program(fake).python == sys.executable
    if fake.panel:
        assert "panel.js" in (fake.panel / "index.html").read_text()


def read_program(fake: FakeComputer) -> Program:
    program = state_of(manager_of(fake.system, fake.desk)).program
    assert program is not None
    return program


def test_a_models_line_has_size_licence_and_memory() -> None:
    row = {
        "name": "large",
        "for": "pictures",
        "bytes": 32_900_000_000,
        "licence": "Apache-2.0",
        "licence_url": "https://example.org/licence",
        "memory_gpu_gb": 23.6,
        "memory_cpu_gb": 45.0,
    }
    assert model_line(row) == (
        "large, for pictures: 32.9 GB to fetch, runs in 24 GB on a GPU, "
        "licence Apache-2.0 (https://example.org/licence)"
    )
    small = {**row, "bytes": 99_000_000, "memory_gpu_gb": None, "memory_cpu_gb": 0.6}
    assert "99 MB to fetch, runs in 1 GB of memory" in model_line(small)
