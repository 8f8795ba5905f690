"""`python3 installer test --quick`: what a contributor runs before each commit, in two minutes.

Lint, format, imports and schema of everything; types of the changed files and of those that import
them; and of the tests those that concern the change, the nearest ones first, as far as time goes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from installer.change import Change, concerned_tests, find_change, importers, imports_of
from installer.project import Project
from installer.quality import Check, checks, run_check, skipped_tests, summary

WHOLE_S = 110
"""When the last test may begin, counted from the start."""
LEAST_S = 30
"""What the tests get in any case: on a slow computer the checks may have taken it all, and finding
the tests, too."""
LEFT_OUT = "left out for want of time"
"""As tests/time_box.py says it."""


def run_quick(project: Project, only: str | None) -> int:
    """Run the quick checks and tests, and say what was left out.

    Args:
        project: a clone that is set up.
        only: name of the one check to run; None for all.

    Returns:
        0 when all passed, else 1 (pytest's own status where only the tests failed).
    """
    began = time.time()
    change = find_change(project.root)
    if change is None:
        print("git cannot say what has changed, so no test is near to it. All of them: leave out")
        print("--quick.")
        change = Change("nothing", ())
    else:
        count = len(change.files) + len(change.gone)
        print(f"{count} files differ from {change.base}.")
    imports = imports_of(project.root)
    runs = [
        run_check(project, check)
        for check in quick_checks(project, change, importers(change.python, imports))
        if only in (None, check.name)
    ]
    if only not in (None, "tests"):
        return summary(runs)
    report = project.venv / "multiplane-tests.xml"
    report.unlink(missing_ok=True)
    files = concerned_tests(project.root, change, imports)
    runs.append(run_check(project, quick_tests(project, files, began + WHOLE_S, report)))
    status = summary(runs)
    print("\n".join(left_out(project.root, files, skipped_tests(report))))
    return status


def quick_checks(project: Project, change: Change, importing: Iterable[str]) -> list[Check]:
    """The checks of `installer test`; types only of what changed.

    Args:
        project: a clone that is set up.
        change: what changed.
        importing: further files whose types depend on it.
    """
    typed = sorted({*change.python, *importing})
    chosen = []
    for check in checks(project):
        if check.name != "types":
            chosen.append(check)
        elif typed:
            meaning = f"mypy, {len(typed)} files: what changed and what imports it"
            chosen.append(Check(check.name, meaning, [*check.command, *typed]))
    return chosen


def quick_tests(project: Project, files: list[str], until: float, report: Path) -> Check:
    """The tests of `files` as a check, in this order, none begun later than `until`.

    The first ones run in any case, for `LEAST_S`.

    Args:
        project: a clone that is set up.
        files: test files, those that matter most first.
        until: in seconds since 1970.
        report: where pytest writes what ran, as JUnit XML.
    """
    command = [str(project.python), "-m", "pytest", f"--junitxml={report}", "-q"]
    command += ["-m", "not slow", "-p", "tests.time_box", f"--until={until:.0f}"]
    command += [f"--at-least={LEAST_S}"]
    command += ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *files]
    return Check("tests", f"pytest, {len(files)} files, without slow tests", command)


def left_out(root: Path, files: Iterable[str], skipped: Iterable[str]) -> list[str]:
    """Say in lines which tests did not run.

    Args:
        root: of the clone.
        files: the test files that were run.
        skipped: names of skipped tests with their reasons, as `skipped_tests` gives them.
    """
    chosen = set(files)
    others = Counter(
        path.relative_to(root / "tests").parts[0]
        for path in (root / "tests").rglob("test_*.py")
        if path.relative_to(root).as_posix() not in chosen and "node_modules" not in path.parts
    )
    late = Counter(name.partition("::")[0] for name in skipped if name.endswith(f": {LEFT_OUT}"))
    lines = ["Left out: tests marked slow, and"]
    if others:
        named = ", ".join(
            name if name.endswith(".py") else f"{name} ({count})"
            for name, count in sorted(others.items())
        )
        lines.append(f"  test files that the change is not near to: {named}")
    if late:
        named = ", ".join(f"{name} ({count})" for name, count in sorted(late.items()))
        lines.append(f"  for want of time: {named}")
    lines.append("All of them: python3 installer test")
    return lines
