"""What a change touches: its files, the files that import them, and the tests that concern them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAIN_BRANCHES = ("origin/main", "main")
SOURCES = ("backend", "installer", "tests")
BASICS = ("tests/contract", "tests/stage/test_easing.py", "tests/layers/test_stack.py")
"""Tested in any case: quick, and what everything else stands on."""
_ROOMS = {
    "cep_panel": ("tests/panel/test_static.py", "tests/uxp/test_types.py", "tests/panel"),
    "jsx": ("tests/jsx/test_static.py", "tests/jsx"),
    "shared_schema": ("tests/contract/test_generate.py",),
    "installer": ("tests/installer",),
    "docs": ("tests/test_docs.py", "tests/test_site.py", "tests/test_extending.py"),
    "mkdocs.yml": ("tests/test_site.py",),
    "pyproject.toml": ("tests/test_packaging.py",),
    "setup.py": ("tests/test_packaging.py",),
}
"""Tests for what lies outside the Python packages, by the first part of the path."""


@dataclass(frozen=True)
class Change:
    """Files that differ from where the branch began, committed or not.

    base: what they were compared with, for people. files: relative to the root, with slashes,
    only those that are still there. gone: those that are not.
    """

    base: str
    files: tuple[str, ...]
    gone: tuple[str, ...] = ()

    @property
    def python(self) -> tuple[str, ...]:
        """The Python files among them."""
        return tuple(name for name in self.files if name.endswith(".py"))


def find_change(root: Path) -> Change | None:
    """Ask git what has changed in the clone at `root`; None where git cannot tell.

    On the main branch that is what is not committed, on another also what was since it began.
    """
    if _git(root, "rev-parse", "HEAD") is None:
        return None
    base, said = "HEAD", "the last commit"
    for branch in MAIN_BRANCHES:
        begun = _git(root, "merge-base", "HEAD", branch)
        if begun:
            base, said = begun[0], f"where this branch left {branch}"
            break
    changed = _git(root, "diff", "--name-only", "-z", "--no-renames", base)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    if changed is None or untracked is None:
        return None
    names = sorted({*changed, *untracked})
    there = tuple(name for name in names if (root / name).is_file())
    return Change(said, there, tuple(name for name in names if name not in there))


def _git(root: Path, *words: str) -> list[str] | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    text = done.stdout.decode("utf-8", "surrogateescape")
    return [name for name in text.replace("\0", "\n").split("\n") if name]


def module_name(file: str) -> str:
    """The dotted name that a Python file is imported by: "multiplane.stage.path"."""
    parts = list(PurePosixPath(file).with_suffix("").parts)
    if parts[0] == "backend":
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(root: Path) -> dict[str, frozenset[str]]:
    """The modules that each Python file of the project imports, anywhere in it."""
    found = {}
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            try:
                tree = ast.parse(path.read_bytes())
            except (OSError, SyntaxError, ValueError):
                continue
            found[path.relative_to(root).as_posix()] = frozenset(_imported(tree))
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(files: Iterable[str], imports: Mapping[str, frozenset[str]]) -> list[str]:
    """The files that import one of `files` directly."""
    modules = {module_name(file) for file in files}
    return sorted(file for file, names in imports.items() if names & modules)


def concerned_tests(root: Path, change: Change, imports: Mapping[str, frozenset[str]]) -> list[str]:
    """The test files that concern a change, those nearest to it first.

    Changed tests; tests of a changed file's name; tests that import it; the others of its room;
    and `BASICS`.
    """
    all_tests = sorted(path.relative_to(root).as_posix() for path in _test_files(root / "tests"))
    names = [*change.files, *change.gone]
    stems = {PurePosixPath(name).stem for name in names if name.endswith(".py")}
    near = [test for test in all_tests if PurePosixPath(test).stem.removeprefix("test_") in stems]
    importing = [file for file in importers(change.python, imports) if file in all_tests]
    # A helper of the tests that changed concerns those that import it, and no room.
    rooms = [place for name in names for place in _places(name)]
    wanted = [
        *(test for test in all_tests if test in change.files),
        *near,
        *importing,
        *(test for place in rooms for test in all_tests if _within(test, place)),
        *(test for place in BASICS for test in all_tests if _within(test, place)),
    ]
    return list(dict.fromkeys(wanted))


def _test_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("test_*.py") if "node_modules" not in path.parts)


def _places(name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    if parts[:2] == ("backend", "multiplane_study"):
        return ("tests/study",)
    if parts[0] == "backend" and len(parts) > 3:
        return (f"tests/{parts[2]}", f"tests/test_{parts[2]}")
    return _ROOMS.get(parts[0], ())


def _within(test: str, place: str) -> bool:
    if place.endswith(".py"):
        return test == place
    return test.startswith((f"{place}/", f"{place}_", f"{place}.py"))
