"""The whole set-up, for real: venv, pip and the installer's own script on a small project.

The project's libraries are small wheels in a folder, so it takes seconds and no network.
"""

from __future__ import annotations

import ensurepip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer.environment import Setup
from installer.project import Project
from tests.installer.wheels import make_wheel

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = """
[build-system]
requires = []
build-backend = "small_backend"
backend-path = ["."]

[project]
name = "multiplane"
version = "0.1.0"
dependencies = ["torch>=2.13", "colours>=1"]
[project.optional-dependencies]
dev = ["checker>=1"]
"""
STUDY_PYPROJECT = """
[build-system]
requires = []
build-backend = "small_backend"
backend-path = ["."]
[project]
name = "multiplane-study"
version = "0.1.0"
dependencies = ["multiplane==0.1.0", "drawer>=1"]
"""
PROGRAM = """
def main():
    print("[]")
"""
# PEP 660 in a few lines: an editable wheel is a .pth file that points to the sources.
BACKEND = """
from pathlib import Path
import sys
sys.path.insert(0, {root!r})
from installer.environment import Setup
from installer.project import Project
from tests.installer.wheels import make_wheel

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    files = {{"{name}.pth": str(Path(__file__).parent / "backend")}}
    if {name!r} == "multiplane":
        files["multiplane-0.1.0.dist-info/entry_points.txt"] = (
            "[console_scripts]\\nmultiplane = multiplane:main\\n"
        )
    return make_wheel(Path(wheel_directory), {name!r}, "0.1.0", files=files).name
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with the real installer, a small lock, and a folder of wheels."""
    root = tmp_path / "a clone with spaces"
    shutil.copytree(
        ROOT / "installer", root / "installer", ignore=shutil.ignore_patterns("__pycache__")
    )
    (root / "backend" / "multiplane").mkdir(parents=True)
    (root / "backend" / "multiplane" / "__init__.py").write_text(PROGRAM)
    (root / "pyproject.toml").write_text(PYPROJECT)
    study = root / "backend" / "multiplane_study"
    study.mkdir()
    (study / "pyproject.toml").write_text(STUDY_PYPROJECT)
    for folder, name in ((root, "multiplane"), (study, "multiplane_study")):
        (folder / "small_backend.py").write_text(BACKEND.format(root=str(ROOT), name=name))
    lock = [
        "torch==2.13.0",
        "colours==1.5",
        "checker==1.0",
        "drawer==1.0",
        "deep==3.0",
        "setuptools==1.0",
    ]
    lock.append(f"pip=={ensurepip.version()}")
    (root / "installer" / "constraints.txt").write_text("\n".join(lock) + "\n")
    wheels = root / "wheels"
    make_wheel(wheels, "torch", "2.13.0+cpu")
    make_wheel(wheels, "colours", "1.5", ["deep"])
    make_wheel(wheels, "colours", "1.6")
    make_wheel(wheels, "deep", "3.0")
    make_wheel(wheels, "checker", "1.0")
    make_wheel(wheels, "drawer", "1.0")
    make_wheel(wheels, "setuptools", "1.0")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    # A folder with spaces has to be given to pip as an address.
    monkeypatch.setenv("PIP_FIND_LINKS", wheels.as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return root


def installer(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "installer", *words],
        cwd=project,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def installed(project: Path, name: str) -> str:
    scripts = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    code = f"from importlib.metadata import version; print(version({name!r}))"
    done = subprocess.run(
        [project / ".venv" / scripts, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_set_up_resumed_repeated_and_changed(project: Path) -> None:
    log = project / ".venv" / "multiplane-setup.log"
    record = project / ".venv" / "multiplane-setup.json"

    # Interrupted: a library cannot be had.
    hidden = (project / "wheels" / "deep-3.0-py3-none-any.whl").rename(project / "hidden.whl")
    failed = installer(project, "setup", "--torch", "cpu")
    assert failed.returncode == 2, failed.stderr
    assert "The package registry" in failed.stderr
    assert "Traceback" not in failed.stderr
    state = json.loads(record.read_text(encoding="utf-8"))
    assert not state["complete"]
    assert list(state["finished"]) == ["environment", "pip", "torch"]

    # Resumed: only what was missing is done.
    hidden.rename(project / "wheels" / "deep-3.0-py3-none-any.whl")
    resumed = installer(project, "setup")
    assert resumed.returncode == 0, resumed.stderr
    assert "Going on with the set-up" in resumed.stdout
    assert "4/6  libraries" in resumed.stdout
    assert "3/6" not in resumed.stdout
    state = json.loads(record.read_text(encoding="utf-8"))
    assert state["complete"]
    assert state["torch_installed"] == "2.13.0+cpu"
    assert installed(project, "colours") == "1.5", "the lock decides, not the newest version"
    assert installed(project, "drawer") == "1.0", "the benches' own libraries come along"
    assert installed(project, "multiplane_study") == "0.1.0"

    with pytest.raises(subprocess.CalledProcessError):
        installed(project, "checker")  # only the tests need it

    # Repeated: pip is not called at all.
    before = log.read_bytes()
    again = installer(project, "setup")
    assert again.returncode == 0
    assert "Everything is set up" in again.stdout
    assert log.read_bytes() == before

    # A new lock: torch stays, the changed library is installed.
    lock = project / "installer" / "constraints.txt"
    lock.write_text(lock.read_text().replace("colours==1.5", "colours==1.6"))
    changed = installer(project, "setup")
    assert changed.returncode == 0, changed.stderr
    assert "4/6  libraries" in changed.stdout
    assert "/6  torch" not in changed.stdout
    assert installed(project, "colours") == "1.6"

    # What only the tests need comes when they are wanted, and is kept up to date from then on.
    tested = installer(project, "test", "--only", "schema")
    assert tested.returncode == 1, "this small project has no schema"
    assert "5/7  tools" in tested.stdout
    assert "/7  libraries" not in tested.stdout
    assert installed(project, "checker") == "1.0"
    lock.write_text(lock.read_text().replace("checker==1.0", "checker==1.1"))
    assert "tools" in Setup(Project(project), None, verbose=False).pending()
    lock.write_text(lock.read_text().replace("checker==1.1", "checker==1.0"))

    # A new version in its place, in a copy of the environment; a bad one leaves what there is.
    new = project.parent / "new version"
    shutil.copytree(project, new, ignore=shutil.ignore_patterns(".venv", "wheels", "__pycache__"))
    new_lock = new / "installer" / "constraints.txt"
    new_lock.write_text(lock.read_text().replace("colours==1.6", "colours==1.5"))
    inode = (project / ".venv" / "multiplane-setup.json").stat().st_ino
    updated = installer(project, "update", "--from", str(new))
    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert "4/7  libraries" in updated.stdout
    assert "/7  torch" not in updated.stdout, "what stays the same is shared, not fetched"
    assert installed(project, "colours") == "1.5"
    assert (project / ".venv" / "multiplane-setup.json").stat().st_ino != inode
    new_lock.write_text(lock.read_text().replace("colours==1.5", "colours==1.7"))
    failed = installer(project, "update", "--from", str(new))
    assert failed.returncode == 1
    assert "the earlier version is back" in failed.stderr
    assert installed(project, "colours") == "1.5"
    assert "colours==1.5" in lock.read_text()
    assert Setup(Project(project), None, verbose=False).pending() == []

    # A moved folder: what is in .venv holds the old path, so every step is to be done.
    assert Setup(Project(project), None, verbose=False).pending() == []
    moved = project.rename(project.with_name("moved"))
    pending = Setup(Project(moved), None, verbose=False).pending()
    assert pending[0] == "environment"
    assert len(pending) == 7


def test_an_environment_of_somebody_else_is_left_alone(project: Path) -> None:
    own = project / ".venv" / "precious.txt"
    own.parent.mkdir()
    own.write_text("mine")
    refused = installer(project, "setup", "--fresh")
    assert refused.returncode == 2
    assert "this installer did not make it" in refused.stderr
    assert own.read_text() == "mine"


@pytest.mark.parametrize("words", [["-h"], ["--help"]])
def test_help_teaches(project: Path, words: list[str]) -> None:
    shown = installer(project, *words)
    assert shown.returncode == 0
    for command in ("install", "update", "uninstall", "demo", "test", "setup", "--torch cpu"):
        assert command in shown.stdout
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["sing"],
        ["--sing"],
        ["setup", "--torch", "tpu"],
        ["setup", "--", "-k"],
        ["update"],
        ["update", "--from", "nowhere"],
        ["uninstall", "--models"],
    ],
)
def test_a_wrong_command_ends_with_2_and_sets_up_nothing(project: Path, words: list[str]) -> None:
    refused = installer(project, *words)
    assert refused.returncode == 2
    assert refused.stderr
    assert not (project / ".venv").exists()
