"""`python3 installer uninstall`: what goes, what stays, and where, on fake homes of all systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.computer import Kind
from installer.problems import InstallerProblem
from installer.uninstall import REMOVED, run_uninstall
from tests.installer.fake_computer import KINDS, FakeComputer, may_go_off
from tests.installer.test_guide import options
from tests.installer.test_update import installed

WORK = ("out/film.mp4", "board.json", "backend/my notes.txt")


def with_work(folder: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> FakeComputer:
    """As `installed`, and jobs of the server, and what somebody put among them."""
    fake = installed(folder, kind, monkeypatch)
    (fake.data / "jobs" / "job-1").mkdir(parents=True)
    (fake.data / "jobs" / "job-1" / "shot.png").write_text("mine")
    (fake.data / "set-aside").mkdir()
    (fake.data / "set-aside" / "photo.jpg").write_text("mine")
    (fake.data / "diary.txt").write_text("mine")
    return fake


def run(fake: FakeComputer, *words: str) -> int:
    return run_uninstall(fake.project, options("uninstall", *words), fake.computer)


@pytest.mark.parametrize("kind", KINDS)
def test_all_goes_but_the_users_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: Kind,
) -> None:
    fake = with_work(tmp_path, kind, monkeypatch)
    fake.says = ["y"]
    assert run(fake) == 0
    assert not fake.project.venv.exists()
    assert not (fake.root / REMOVED).exists()
    assert not fake.desk.known | fake.desk.running
    assert not fake.desk.tasks
    assert not fake.switch.values
    assert fake.panel is None or not fake.panel.exists()
    assert not list(fake.home.rglob("*multiplane.s*")), "no unit, no property list"
    for name in WORK:
        assert (fake.root / name).read_text() == "mine"
    assert (fake.data / "jobs" / "job-1" / "shot.png").read_text() == "mine"
    said = capsys.readouterr().out.rpartition("This stays:")[2]
    assert str(fake.root / "out") in said
    assert str(fake.data) in said
    assert f"{fake.root}; delete the folder" in said
    # Once more, when nothing is left.
    assert run(fake, "--yes") == 0


def test_data_goes_when_it_is_asked_for_and_nothing_foreign_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = with_work(tmp_path, "macos", monkeypatch)
    elsewhere = tmp_path / "another disk"
    elsewhere.mkdir()
    (elsewhere / "blob").write_text("mine")
    (fake.data / "blobs").symlink_to(elsewhere)
    assert run(fake, "--yes", "--data") == 0
    left = {path.relative_to(fake.data).as_posix() for path in fake.data.rglob("*")}
    assert left <= {"set-aside", "set-aside/photo.jpg", "diary.txt", "uxp"}
    assert {"set-aside/photo.jpg", "diary.txt"} <= left
    assert (elsewhere / "blob").read_text() == "mine", "links are not followed"
    assert str(fake.data) in capsys.readouterr().out


def test_models_go_when_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = with_work(tmp_path, "linux", monkeypatch)
    model = fake.models / "depth-anything-v2-small"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_text("weights")
    real = fake.read

    def read(words, folder):  # type: ignore[no-untyped-def]
        answer = real(words, folder)
        if words[1:3] == ["models", "list"]:
            assert '"state": "missing"' in answer.said
            text = f'[{{"name": "small", "state": "installed", "folder": "{model}"}}]'
            return type(answer)(0, text)
        return answer

    monkeypatch.setattr(fake, "read", read)
    fake.says = ["n"]
    with pytest.raises(InstallerProblem, match="Nothing was done"):
        run(fake, "--models")
    assert model.is_dir()
    fake.says = None
    with pytest.raises(InstallerProblem, match="Nobody can be asked"):
        run(fake, "--models")
    assert run(fake, "--yes", "--models") == 0
    assert not model.exists()
    assert fake.models.is_dir()


def test_a_program_that_does_not_start_is_put_in_order_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = with_work(tmp_path, "macos", monkeypatch)
    (fake.project.venv / "library.txt").write_text("broken")
    with pytest.raises(InstallerProblem, match="does not start"):
        run(fake, "--yes")
    assert fake.project.venv.is_dir()
    assert run(fake, "--yes", "--force") == 0
    assert not fake.project.venv.exists()
    assert fake.desk.known


def test_what_this_installer_has_not_made_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeComputer(tmp_path, "linux", monkeypatch)
    fake.project.venv.mkdir()
    (fake.project.venv / "mine.txt").write_text("mine")
    with pytest.raises(InstallerProblem, match="did not make it"):
        run(fake, "--yes")
    assert (fake.project.venv / "mine.txt").is_file()


def test_what_refuses_is_named_and_the_rest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = with_work(tmp_path, "macos", monkeypatch)
    fake.refuses = ("panel", "remove")
    with pytest.raises(InstallerProblem, match="panel remove failed"):
        run(fake, "--yes")
    assert fake.project.venv.is_dir()
    fake.refuses = None
    assert run(fake, "--yes") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_switched_off_at_any_command_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    for count in range(10):
        fake = with_work(tmp_path / str(count), kind, monkeypatch)
        fake.dies_after = count
        with may_go_off() as went:
            run(fake, "--yes")
        fake.dies_after = None
        assert run(fake, "--yes") == 0
        assert not fake.project.venv.exists()
        assert not fake.desk.known | fake.desk.running
        assert fake.panel is None or not fake.panel.exists()
        assert (fake.root / "board.json").read_text() == "mine"
        if not went[0]:
            break
    else:
        pytest.fail("it has more steps than were tried")


def test_half_a_removed_environment_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = with_work(tmp_path, "linux", monkeypatch)
    fake.project.venv.rename(fake.root / REMOVED)
    (fake.root / REMOVED / "multiplane-setup.json").unlink()
    assert run(fake, "--yes") == 0
    assert not (fake.root / REMOVED).exists()
