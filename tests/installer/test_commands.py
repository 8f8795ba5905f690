"""What `test` and `demo` do around the programs that they start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.app import split_passed_on
from installer.demo import describe_output
from installer.project import Project
from installer.quality import CHECK_NAMES, checks, pytest_command, skipped_tests

TESTS = """
import pytest
def test_runs(): pass
def test_left_out(): pytest.skip("no time")
@pytest.mark.xfail(strict=True)
def test_known_to_fail(): assert False
"""


def test_words_after_two_dashes_are_passed_on() -> None:
    assert split_passed_on(["test", "--", "-k", "x", "--", "y"]) == (
        ["test"],
        ["-k", "x", "--", "y"],
    )
    assert split_passed_on(["demo"]) == (["demo"], [])


def test_pytest_gets_the_users_words_or_two_processes(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert pytest_command(project, ["-k", "x"], tmp_path / "r.xml")[-2:] == ["-k", "x"]
    assert "-n" in pytest_command(project, [], tmp_path / "r.xml")


def test_every_check_can_be_chosen(tmp_path: Path) -> None:
    assert (*(check.name for check in checks(Project(tmp_path))), "tests") == CHECK_NAMES


def test_skipped_tests_are_read_from_pytests_own_report(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", f"--junitxml={report}", "test_some.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert skipped_tests(report) == ["test_some::test_left_out: no time"]


def test_a_report_that_was_not_written_names_none(tmp_path: Path) -> None:
    assert skipped_tests(tmp_path / "missing.xml") == []


PATIENT = """
import pathlib, sys, time
pathlib.Path("started").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    pathlib.Path("in order").touch()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
def test_ctrl_c_waits_for_the_program(tmp_path: Path) -> None:
    (tmp_path / "patient.py").write_text(PATIENT)
    words = f"run_child([{sys.executable!r}, 'patient.py'], Path({str(tmp_path)!r}))"
    code = f"from pathlib import Path; from installer.child import run_child; {words}"
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while not (tmp_path / "started").exists():
            assert process.poll() is None
            time.sleep(0.05)
        # A terminal sends Ctrl-C to the whole group.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) != 0
    assert (tmp_path / "in order").exists()


def test_demo_says_what_was_made_and_where(tmp_path: Path) -> None:
    shot = tmp_path / "shots" / "s01"
    (shot / "layers").mkdir(parents=True)
    for name in ("s01.mp4", "layers/a.png", "layers/b.png"):
        (shot / name).touch()
    made: dict[str, object] = {
        "files": {"preview": "s01.mp4"},
        "original_prompt": None,
        "model": {"name": "storyboard-mini"},
    }
    (shot / "manifest.json").write_text(json.dumps(made))
    (tmp_path / "contact.png").touch()
    lines = describe_output(tmp_path)
    assert str(tmp_path) in lines[0]
    files, label = lines[1].split(": ")
    assert files.split() == ["shots/s01/", "2", "layers,", "s01.mp4"]
    assert label == "drawn by Multiplane's own drawing code, read by storyboard-mini"
    (shot / "manifest.json").write_text(json.dumps({**made, "original_prompt": "a dog"}))
    assert describe_output(tmp_path)[1].endswith(": painted by storyboard-mini")
    assert lines[2].split()[0] == "contact.png"


@pytest.mark.skipif(sys.platform == "win32", reason="CI's script is for bash")
def test_ci_runs_the_tests() -> None:
    script = Path(__file__).resolve().parents[2] / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    done = subprocess.run(["bash", "-n", str(script)], check=False)
    assert done.returncode == 0
    assert "python3 installer test" in script.read_text()
