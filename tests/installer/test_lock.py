"""The lock pins every version that an installation brings."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from installer.project import Project, locked_version, requirements

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "installer" / "constraints.txt"
ALL = [*Project(ROOT).libraries(), *requirements(PYPROJECT, "dev")]


def pins() -> dict[str, str]:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in found), "every line is NAME==VERSION"
    return {canonicalize_name(name): number for name, number in found}


def installed_closure() -> set[str]:
    """All distributions that pyproject.toml brings into this environment."""
    open_ends = [Requirement(line) for line in ALL]
    seen: set[tuple[str, str]] = set()
    names: set[str] = set()
    while open_ends:
        requirement = open_ends.pop()
        name = canonicalize_name(requirement.name)
        # torch's CUDA libraries are locked in a file of their own.
        if name.startswith(("nvidia-", "cuda-", "triton")):
            continue
        names.add(name)
        for extra in ["", *requirement.extras]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in distribution(name).requires or []:
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    open_ends.append(needed)
    return names


def test_every_installed_package_has_the_locked_version() -> None:
    locked = pins()
    closure = installed_closure()
    assert "mpmath" in closure, "the walk reaches what only other libraries need"
    wrong = {
        name: (version(name), locked.get(name))
        for name in closure
        # As version numbers: "v0.18.2" in a wheel's own words is the 0.18.2 of the index.
        if name not in locked or Version(version(name)).public != locked[name]
    }
    assert wrong == {}


def test_the_lock_holds_nothing_that_is_not_needed() -> None:
    windows_only = {"colorama"}
    installers = {"pip", "setuptools"}
    # An extra that the tests' environment lacks; pinned for those who add it.
    quantisers = {
        canonicalize_name(Requirement(line).name) for line in requirements(PYPROJECT, "quantised")
    }
    closure = installed_closure()
    assert set(pins()) - closure == windows_only | (installers | quantisers) - closure


def test_build_tool_and_lock_agree() -> None:
    build = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["build-system"]["requires"]
    assert build == [f"setuptools=={locked_version(LOCK, 'setuptools')}"]


def test_every_dependency_says_why() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Project(ROOT).pyprojects)
    for requirement in ALL:
        assert re.search(rf'"{re.escape(requirement)}",\s+# \w', text), requirement
