"""`python3 installer test`: the checks of the code, then the tests."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, replace
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


def environment_of_checks(base: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that checks and tests run with."""
    # Two test processes on few cores: more threads in each would only wait for one another.
    threads = {"OMP_NUM_THREADS": base.get("OMP_NUM_THREADS", "1")}
    return {**base, **threads, "PYTHONUTF8": "1"}


@dataclass(frozen=True)
class CheckRun:
    """What became of a check."""

    name: str
    status: int
    seconds: float


def run_check(project: Project, check: Check) -> CheckRun:
    """Run a check in the foreground, under a headline."""
    print(f"{RULE}\n{check.name}: {check.meaning}", flush=True)
    started = time.monotonic()
    status = run_child(check.command, project.root, environment_of_checks(os.environ))
    return CheckRun(check.name, status, time.monotonic() - started)


def summary(runs: list[CheckRun]) -> int:
    """Print what passed and what failed, and give the exit status of it all.

    Returns:
        0 when all passed; pytest's own status where only the tests failed; else 1.
    """
    print(RULE)
    for run in runs:
        print(f"{run.name:<8} {'FAILED' if run.status else 'passed':<7} {run.seconds:6.1f} s")
    failed = [run for run in runs if run.status]
    if failed:
        sys.stdout.flush()
        names = ", ".join(run.name for run in failed)
        print(f"Failed: {names} (see above).", file=sys.stderr)
    if [run.name for run in failed] == ["tests"]:
        return failed[0].status
    return int(bool(failed))


def run_tests(project: Project, only: str | None, arguments: list[str]) -> int:
    """Run the checks and the tests; every one runs, also after a failure.

    Args:
        project: a clone that is set up.
        only: name of the one check to run; None for all.
        arguments: the user's own words for pytest.

    Returns:
        0 when all passed, else 1 (pytest's own status where only the tests failed).
    """
    runs = [run_check(project, check) for check in checks(project) if only in (None, check.name)]
    if only in (None, "tests"):
        report = project.venv / "multiplane-tests.xml"
        report.unlink(missing_ok=True)
        tests = run_check(
            project, Check("tests", "pytest", pytest_command(project, arguments, report))
        )
        skipped = skipped_tests(report) if os.environ.get("CI") == "true" else []
        if tests.status == 0 and skipped:
            print("In CI no test may be skipped, but these were:", file=sys.stderr)
            print("\n".join(f"  {name}" for name in skipped), file=sys.stderr)
            tests = replace(tests, status=1)
        runs.append(tests)
    return summary(runs)
