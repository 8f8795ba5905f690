"""`python3 installer test --quick`: what it checks and tests, and what it leaves out."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.app import main
from installer.change import (
    BASICS,
    Change,
    concerned_tests,
    find_change,
    importers,
    imports_of,
    module_name,
)
from installer.project import Project
from installer.quality import skipped_tests
from installer.quick import LEFT_OUT, left_out, quick_checks, quick_tests
from tests import time_box

ROOT = Path(__file__).resolve().parents[2]


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A small project: two rooms, and tests of both."""
    files = {
        "backend/multiplane/stage/path.py": "",
        "backend/multiplane/stage/shot.py": "from multiplane.stage import path\n",
        "backend/multiplane/deliver/film.py": "def f():\n    import multiplane.stage.path\n",
        "tests/stage/test_path.py": "",
        "tests/stage/test_shot.py": "from multiplane.stage.shot import a\n",
        "tests/deliver/test_film.py": "from multiplane.stage.path import a\n",
        "tests/deliver/test_png.py": "",
        "tests/contract/test_names.py": "",
        "tests/test_cli.py": "",
        "jsx/a.jsx": "",
        "tests/jsx/test_static.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "a")
    return tmp_path


def test_a_branchs_change_is_what_it_committed_and_what_not_yet(clone: Path) -> None:
    assert find_change(clone) == Change("where this branch left main", ())
    git(clone, "checkout", "-qb", "work")
    (clone / "backend/multiplane/stage/path.py").write_text("a = 1\n")
    git(clone, "commit", "-qam", "b")
    (clone / "a new one.py").write_text("")
    (clone / "jsx/a.jsx").unlink()
    assert find_change(clone) == Change(
        "where this branch left main",
        ("a new one.py", "backend/multiplane/stage/path.py"),
        ("jsx/a.jsx",),
    )


def test_without_git_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert find_change(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert find_change(tmp_path) is None


def test_the_nearest_tests_come_first(clone: Path) -> None:
    imports = imports_of(clone)
    change = Change("", ("backend/multiplane/stage/path.py",))
    assert concerned_tests(clone, change, imports) == [
        "tests/stage/test_path.py",
        "tests/deliver/test_film.py",
        "tests/stage/test_shot.py",
        "tests/contract/test_names.py",
    ]
    assert importers(change.python, imports) == [
        "backend/multiplane/deliver/film.py",
        "backend/multiplane/stage/shot.py",
        "tests/deliver/test_film.py",
    ]
    own = Change("", ("tests/deliver/test_png.py", "jsx/a.jsx"))
    assert concerned_tests(clone, own, imports)[:2] == [
        "tests/deliver/test_png.py",
        "tests/jsx/test_static.py",
    ]
    nothing = concerned_tests(clone, Change("", ()), imports)
    assert nothing == ["tests/contract/test_names.py"]


def test_a_file_that_is_gone_still_has_its_tests(clone: Path) -> None:
    change = Change("", (), ("backend/multiplane/deliver/png.py",))
    assert "tests/deliver/test_png.py" in concerned_tests(clone, change, {})


def test_what_is_not_tested_is_said(clone: Path) -> None:
    late = [f"tests/stage/test_path.py::test_a: {LEFT_OUT}", "tests/x.py::test_b: no chromium"]
    lines = left_out(clone, ["tests/stage/test_path.py"], late)
    assert "contract (1), deliver (2), jsx (1), stage (1), test_cli.py" in lines[1]
    assert "tests/stage/test_path.py (1)" in lines[2]
    assert "test_b" not in "".join(lines)
    assert lines[-1] == "All of them: python3 installer test"


def test_names_of_modules() -> None:
    assert module_name("backend/multiplane/stage/path.py") == "multiplane.stage.path"
    assert module_name("backend/multiplane/stage/__init__.py") == "multiplane.stage"
    assert module_name("tests/tiny_models.py") == "tests.tiny_models"


def test_every_place_that_is_named_is_there() -> None:
    for place in BASICS:
        assert (ROOT / place).exists(), place
    for name in ("cep_panel/a.js", "jsx/a.jsx", "shared_schema/a", "installer/a", "docs/a"):
        found = concerned_tests(ROOT, Change("", (name,)), {})
        assert found != concerned_tests(ROOT, Change("", ()), {}), name


def test_types_are_of_the_change_alone(tmp_path: Path) -> None:
    change = Change("", ("docs/a.md", "installer/a.py"))
    names = {check.name: check for check in quick_checks(Project(tmp_path), change, ["tests/b.py"])}
    assert names["types"].command[-2:] == ["installer/a.py", "tests/b.py"]
    assert set(names) == {"lint", "format", "types", "imports", "schema"}
    assert not any(
        check.name == "types" for check in quick_checks(Project(tmp_path), Change("", ()), [])
    )


@pytest.mark.parametrize("further", [(), ("--at-least=0",)])
def test_what_there_is_no_time_for_is_left_out(tmp_path: Path, further: tuple[str, ...]) -> None:
    """In pytest itself, with the very options of the command; the first tests run in any case."""
    assert time_box.LEFT_OUT == LEFT_OUT
    test = tmp_path / "test_a.py"
    test.write_text(
        "import pytest\n"
        "@pytest.fixture(scope='session')\ndef dear():\n    raise ValueError('set up')\n"
        "def test_a(dear):\n    assert False\n"
        "def test_b():\n    assert False\n"
    )
    command = quick_tests(Project(ROOT), [str(test)], time.time() - 60, tmp_path / "r.xml").command
    words = [
        *command[1:],
        *further,
        "-c",
        "/dev/null",
        "-p",
        "no:cacheprovider",
        f"--rootdir={tmp_path}",
    ]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == (0 if further else 1), done.stdout + done.stderr
    late = skipped_tests(tmp_path / "r.xml")
    assert len(late) == (2 if further else 0)
    assert all(name.endswith(f": {LEFT_OUT}") for name in late)


def test_words_for_pytest_and_quick_do_not_go_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["test", "--quick", "--", "-k", "x"]) == 2
    assert "Leave out --quick" in capsys.readouterr().err
