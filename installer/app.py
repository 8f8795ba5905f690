"""The installer's commands and their help."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from installer.demo import run_demo
from installer.environment import ensure_set_up
from installer.gpu import WISHES
from installer.problems import BAD_ENVIRONMENT, INTERRUPTED, InstallerProblem
from installer.project import Project
from installer.quality import CHECK_NAMES, run_tests
from installer.quick import run_quick

INTRODUCTION = """\
Sets up Multiplane in this folder, then runs it. Needs Python 3.11 to 3.14 and, the first time,
a network and about 3 GB of disk (12 GB with an NVIDIA GPU). Everything goes into .venv, nothing
else on this computer is changed: delete .venv to undo it.

commands:
  demo     render the example storyboard into out/demo and say what was made
  test     check the code (lint, format, types, imports, schema) and run the tests; brings what
           only they need, about 0.7 GB more
  setup    only set up; the other commands do that by themselves when it is needed
"""

EXAMPLES = """\
examples:
  python3 installer demo                   the first thing to try
  python3 installer demo -- --force        words after -- go to `multiplane render`
  python3 installer test                   all checks and all tests
  python3 installer test --quick           before each commit: what the change concerns
  python3 installer test -- -k matte       words after -- go to pytest
  python3 installer test --only types      one check: lint, format, types, imports, schema, tests
  python3 installer setup --torch cpu      leave an NVIDIA GPU unused
  python3 installer setup --fresh          make .venv anew when something in it is broken

Afterwards the program itself is .venv/bin/multiplane (Windows: .venv\\Scripts\\multiplane).
On Windows write `py installer ...` instead of `python3 installer ...`.
A set-up that was interrupted goes on where it stopped. Exit status: 0 done, 1 something failed,
2 something is missing on this computer or in the command.
"""


def build_parser() -> argparse.ArgumentParser:
    """The installer's command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--torch",
        choices=WISHES,
        help="which PyTorch to install: auto (the default) looks for an NVIDIA GPU; the choice is "
        "remembered",
    )
    common.add_argument("--verbose", action="store_true", help="show pip's own words")
    parser = argparse.ArgumentParser(
        prog="python3 installer",
        usage="python3 installer <command> [options] [-- more words]",
        description=INTRODUCTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="<command>", help=argparse.SUPPRESS)
    commands.add_parser("demo", parents=[common], description="Render the example storyboard.")
    test = commands.add_parser(
        "test", parents=[common], description="Check the code and run the tests."
    )
    test.add_argument(
        "--quick",
        action="store_true",
        help="before each commit, two minutes: types and tests of what changed only, slow tests "
        "and what there is no time for are left out, which is said",
    )
    test.add_argument("--only", choices=CHECK_NAMES, help="run only this one")
    setup = commands.add_parser("setup", parents=[common], description="Only set up.")
    setup.add_argument("--fresh", action="store_true", help="make .venv anew")
    return parser


def split_passed_on(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split the words for the installer from those after `--`."""
    if "--" not in arguments:
        return arguments, []
    cut = arguments.index("--")
    return arguments[:cut], arguments[cut + 1 :]


def main(arguments: list[str]) -> int:
    """Run one command.

    Args:
        arguments: the words after `python3 installer`.

    Returns:
        The exit status: 0 done, 1 something failed, 2 something is missing.
    """
    own, passed_on = split_passed_on(arguments)
    parser = build_parser()
    options = parser.parse_args(own)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        return _run(options, passed_on)
    except InstallerProblem as problem:
        print(f"\n{problem.message}\n{problem.remedy}", file=sys.stderr)
        return problem.status
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(options: argparse.Namespace, passed_on: list[str]) -> int:
    if options.command == "test" and options.quick and passed_on:
        raise InstallerProblem(
            f"--quick chooses the tests itself, but got words for pytest: {' '.join(passed_on)}",
            "Leave out --quick, or -- and what follows it.",
            BAD_ENVIRONMENT,
        )
    if options.command == "setup" and passed_on:
        raise InstallerProblem(
            f"setup passes no words on, but got: {' '.join(passed_on)}",
            "Leave out -- and what follows it.",
            BAD_ENVIRONMENT,
        )
    project = Project(Path(__file__).resolve().parent.parent)
    fresh = options.command == "setup" and options.fresh
    try:
        worked = ensure_set_up(
            project, options.torch, options.verbose, fresh, tools=options.command == "test"
        )
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on where it stopped.", file=sys.stderr)
        raise
    if options.command == "demo":
        return run_demo(project, passed_on)
    if options.command == "test":
        if options.quick:
            return run_quick(project, options.only)
        return run_tests(project, options.only, passed_on)
    if not worked:
        print(f"Everything is set up in {project.venv}.")
    print(f"Next: python3 installer demo, or {project.script('multiplane')} --help")
    return 0
