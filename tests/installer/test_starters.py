"""The files that start the installer: for a shell, PowerShell, and to double-click."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer.python_version import NEWEST, OLDEST

ROOT = Path(__file__).resolve().parents[2]
SHELL = ("install.sh", "Install Multiplane.command", ".ci/run")
POWERSHELL, BATCH = "install.ps1", "Install Multiplane.bat"
on_posix = pytest.mark.skipif(os.name == "nt", reason="for POSIX shells")


@on_posix
@pytest.mark.parametrize("name", SHELL)
def test_shellcheck_finds_nothing(name: str) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck here")
    done = subprocess.run(
        ["shellcheck", str(ROOT / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert (ROOT / name).stat().st_mode & 0o111


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """The two shell files beside an installer that says how it was started."""
    folder = tmp_path / "a folder with spaces"
    (folder / "installer").mkdir(parents=True)
    for name in SHELL[:2]:
        shutil.copy(ROOT / name, folder / name)
    (folder / "installer" / "__main__.py").write_text(
        "import os, sys; print(sys.version_info[:2], sys.argv[1:], os.getcwd()); sys.exit(3)"
    )
    return folder


def start(folder: Path, name: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "MULTIPLANE_PYTHON"}
    return subprocess.run(
        [str(folder / name), *words],
        cwd="/",
        env={**environment, **more},
        input="\n",
        capture_output=True,
        text=True,
        check=False,
    )


@on_posix
def test_the_shell_starts_the_installer_in_its_folder(starter: Path) -> None:
    done = start(starter, "install.sh", "--yes", "a b", MULTIPLANE_PYTHON=sys.executable)
    assert done.returncode == 3
    assert f"{sys.version_info[:2]} ['--yes', 'a b'] {starter}" in done.stdout
    done = start(starter, "Install Multiplane.command", MULTIPLANE_PYTHON=sys.executable)
    assert done.returncode == 3
    assert "Press Return to close" in done.stdout


@on_posix
def test_a_python_that_is_too_old_is_passed_over(starter: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("dirname", "uname"):
        (programs / name).symlink_to(str(shutil.which(name)))
    old = programs / "python3.13"
    old.write_text("#!/bin/sh\nexit 1\n")  # as an old one answers the question
    old.chmod(0o755)
    done = start(starter, "install.sh", PATH=str(programs))
    assert done.returncode == 2
    assert f"Python 3.{OLDEST[1]} to 3.{NEWEST[1]}" in done.stderr
    (programs / "python3").symlink_to(sys.executable)
    assert start(starter, "install.sh", PATH=str(programs)).returncode == 3


@on_posix
def test_a_macs_placeholder_of_python_is_passed_over(starter: Path, tmp_path: Path) -> None:
    """It would open a dialog. Here /usr/bin/python3 is a real one, on a pretended Mac."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "dirname").symlink_to(str(shutil.which("dirname")))
    for name, text in (("uname", "echo Darwin"), ("xcode-select", "exit 2")):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    done = start(starter, "install.sh", PATH=f"{programs}")
    assert "brew install" in done.stderr
    text = (starter / "install.sh").read_text()
    place = tmp_path / "usr" / "bin" / "python3"
    place.parent.mkdir(parents=True)
    place.symlink_to(sys.executable)
    (starter / "install.sh").write_text(text.replace("/usr/bin/python3", str(place)))
    path = f"{programs}:{place.parent}"
    assert start(starter, "install.sh", PATH=path).returncode == 2
    (programs / "xcode-select").write_text("#!/bin/sh\nexit 0\n")
    assert start(starter, "install.sh", PATH=path).returncode == 3


def test_all_know_the_same_pythons() -> None:
    for name in ("install.sh", POWERSHELL):
        text = (ROOT / name).read_text()
        assert f"{OLDEST} <= sys.version_info[:2] <= {NEWEST}" in text
        for minor in range(OLDEST[1], NEWEST[1] + 1):
            assert f"3.{minor}" in text


def test_powershell_is_given_plain_letters_and_closed_brackets() -> None:
    """No PowerShell runs here: this only sees that Windows PowerShell can read the file."""
    text = (ROOT / POWERSHELL).read_bytes().decode("ascii")
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for opening, closing in ("{}", "()", "[]"):
        assert code.count(opening) == code.count(closing)
    assert code.count("'") % 2 == 0
    assert "exit $LASTEXITCODE" in code


def test_the_batch_file_starts_that_script_and_keeps_its_window() -> None:
    text = (ROOT / BATCH).read_bytes().decode("ascii")
    assert f'-File "%~dp0{POWERSHELL}" %*' in text
    assert "-ExecutionPolicy Bypass" in text
    assert text.splitlines()[-2:] == ["pause", "exit /b %status%"]
    assert "*.bat text eol=crlf" in (ROOT / ".gitattributes").read_text()
