"""`python3 installer test`: the checks of the code, then the tests."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.child import run_child
from installer.project import Project

RULE = "-" * 78


@dataclass(frozen=True)
class Check:
    """One program that must end with status 0."""

    name: str
    meaning: str
    command: list[str]


def checks(project: Project) -> list[Check]:
    """The checks that run before the tests."""
    python = str(project.python)
    return [
        Check("lint", "ruff check", [python, "-m", "ruff", "check", "."]),
        Check("format", "ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        Check("types", "mypy, tests included", [python, "-m", "mypy"]),
        Check("imports", "who may import whom", [str(project.script("lint-imports"))]),
        Check(
            "schema",
            "shared_schema/ is what the contract generates",
            [python, "-m", "multiplane.contract.generate", "--check"],
        ),
    ]


CHECK_NAMES = ("lint", "format", "types", "imports", "schema", "tests")


def pytest_command(project: Project, arguments: list[str], report: Path) -> list[str]:
    """The command for the tests.

    Args:
        project: a clone that is set up.
        arguments: the user's own words for pytest. Without any, all tests run on two processes;
            a chosen few start faster in one.
        report: where pytest writes what ran, as JUnit XML.
    """
    command = [str(project.python), "-m", "pytest", f"--junitxml={report}"]
    return command + (arguments or ["-n", "2", "--dist", "loadfile"])


def skipped_tests(report: Path) -> list[str]:
    """Names of the tests that a JUnit report says were skipped."""
    try:
        cases = ElementTree.parse(report).iter("testcase")
    except (OSError, ElementTree.ParseError):
        return []
    return [
        f"{case.get('classname')}::{case.get('name')}: {skip.get('message', '')}"
        for case in cases
        if (skip := case.find("skipped")) is not None and skip.get("type") != "pytest.xfail"
    ]


def _environment(base: Mapping[str, str]) -> dict[str, str]:
    # Two test processes on few cores: more threads in each would only wait for one another.
    threads = {"OMP_NUM_THREADS": base.get("OMP_NUM_THREADS", "1")}
    return {**base, **threads, "PYTHONUTF8": "1"}


def run_tests(project: Project, only: str | None, arguments: list[str]) -> int:
    """Run the checks and the tests; every one runs, also after a failure.

    Args:
        project: a clone that is set up.
        only: name of the one check to run; None for all.
        arguments: the user's own words for pytest.

    Returns:
        0 when all passed, else 1 (pytest's own status where only the tests failed).
    """
    environment = _environment(os.environ)
    results: list[tuple[str, bool, float]] = []
    for check in checks(project):
        if only not in (None, check.name):
            continue
        print(f"{RULE}\n{check.name}: {check.meaning}", flush=True)
        started = time.monotonic()
        status = run_child(check.command, project.root, environment)
        results.append((check.name, status == 0, time.monotonic() - started))
    if results:
        print(RULE)
        for name, passed, seconds in results:
            print(f"{name:<8} {'passed' if passed else 'FAILED':<7} {seconds:6.1f} s")
    failed = [name for name, passed, _ in results if not passed]
    status = 0
    if only in (None, "tests"):
        status = _run_pytest(project, arguments, environment)
        if status != 0:
            failed.append("tests")
    if failed:
        print(f"Failed: {', '.join(failed)} (see above).", file=sys.stderr)
    return status if status != 0 else int(bool(failed))


def _run_pytest(project: Project, arguments: list[str], environment: dict[str, str]) -> int:
    report = project.venv / "multiplane-tests.xml"
    report.unlink(missing_ok=True)
    print(f"{RULE}\ntests: pytest", flush=True)
    status = run_child(pytest_command(project, arguments, report), project.root, environment)
    skipped = skipped_tests(report) if environment.get("CI") == "true" else []
    if status == 0 and skipped:
        print("In CI no test may be skipped, but these were:", file=sys.stderr)
        print("\n".join(f"  {name}" for name in skipped), file=sys.stderr)
        return 1
    return status
