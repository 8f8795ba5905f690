"""The installer's commands and their help."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from installer import guide, uninstall
from installer.computer import Computer, this_computer
from installer.demo import run_demo
from installer.environment import ensure_set_up
from installer.gpu import WISHES
from installer.journal import refuse_while_updating
from installer.problems import BAD_ENVIRONMENT, INTERRUPTED, InstallerProblem
from installer.project import Project
from installer.quality import CHECK_NAMES, run_tests
from installer.quick import run_quick
from installer.update import run_update

INTRODUCTION = """\
Installs Multiplane, guided by a few questions: libraries, the panel in After Effects and Premiere,
the server at login, larger models. Needs Python 3.11 to 3.14 and, the first time, a network and
about 3 GB of disk (12 GB with an NVIDIA GPU). The libraries go into .venv in this folder.

commands:
  install    the same as no command: ask, set up, install what is wanted; again: brings it up to
             date. Its options answer the questions; where nobody can be asked, defaults are taken
  update     a new version in the place of this one, which is restored when anything fails
  uninstall  take it all away but your work: what you rendered, jobs and results, models
  demo       render the example storyboard into out/demo and say what was made
  setup      only make .venv; the other commands do that by themselves when it is needed. Nothing
             outside this folder is changed by setup, demo and test
  test       check the code (lint, format, types, imports, schema) and run the tests; brings what
             only they need, about 0.7 GB more
"""

EXAMPLES = """\
examples:
  python3 installer                        the whole of it, guided
  python3 installer --yes --no-service     without questions, and without a server at login
  python3 installer --model z-image-turbo  with a large model
  python3 installer update                 the newest version, by git
  python3 installer update --from FILE     the one in a folder, .zip or .tar.gz
  python3 installer uninstall              what stays, and where, is said at the end
  python3 installer demo                   the first thing to try, installs nothing else
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
        usage="python3 installer [<command>] [options] [-- more words]",
        description=INTRODUCTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="<command>", help=argparse.SUPPRESS)
    install = commands.add_parser(
        "install", parents=[common], description="Install, guided by questions with defaults."
    )
    guide.add_options(install)
    update = commands.add_parser(
        "update",
        description="Put a new version in the place of this one. The earlier version is set aside, "
        "and back when anything fails.",
    )
    update.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="PATH",
        help="folder or archive of the new version; without it git brings the newest",
    )
    update.add_argument(
        "--back", action="store_true", help="the earlier version again, after an interruption"
    )
    remove = commands.add_parser(
        "uninstall", description="Take Multiplane away. Your work stays, unless you say otherwise."
    )
    uninstall.add_options(remove)
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
    setup.add_argument("--during-update", action="store_true", help=argparse.SUPPRESS)
    return parser


def split_passed_on(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split the words for the installer from those after `--`."""
    if "--" not in arguments:
        return arguments, []
    cut = arguments.index("--")
    return arguments[:cut], arguments[cut + 1 :]


def with_command(arguments: list[str]) -> list[str]:
    """The same with `install` before them where no command stands there."""
    if arguments and (arguments[0] in ("-h", "--help") or not arguments[0].startswith("-")):
        return arguments
    return ["install", *arguments]


def main(arguments: list[str], computer: Computer | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words after `python3 installer`.
        computer: the computer; None for the one that this runs on.

    Returns:
        The exit status: 0 done, 1 something failed, 2 something is missing.
    """
    own, passed_on = split_passed_on(arguments)
    options = build_parser().parse_args(with_command(own))
    try:
        return _run(options, passed_on, computer or this_computer())
    except InstallerProblem as problem:
        print(f"\n{problem.message}\n{problem.remedy}", file=sys.stderr)
        return problem.status
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(options: argparse.Namespace, passed_on: list[str], computer: Computer) -> int:
    if options.command == "test" and options.quick and passed_on:
        raise InstallerProblem(
            f"--quick chooses the tests itself, but got words for pytest: {' '.join(passed_on)}",
            "Leave out --quick, or -- and what follows it.",
            BAD_ENVIRONMENT,
        )
    if options.command not in ("test", "demo") and passed_on:
        raise InstallerProblem(
            f"{options.command} passes no words on, but got: {' '.join(passed_on)}",
            "Leave out -- and what follows it.",
            BAD_ENVIRONMENT,
        )
    project = Project(Path(__file__).resolve().parent.parent)
    try:
        if options.command == "update":
            return run_update(project, options.source, options.back, computer)
        if options.command != "setup" or not options.during_update:
            refuse_while_updating(project.root)
        if options.command == "uninstall":
            return uninstall.run_uninstall(project, options, computer)
        if options.command == "install":
            return guide.run_guide(
                project,
                options,
                computer,
                lambda: ensure_set_up(project, options.torch, options.verbose),
            )
        return _set_up_and_run(project, options, passed_on)
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on where it stopped.", file=sys.stderr)
        raise


def _set_up_and_run(project: Project, options: argparse.Namespace, passed_on: list[str]) -> int:
    """The commands that need `.venv` and nothing beyond it."""
    fresh = options.command == "setup" and options.fresh
    worked = ensure_set_up(
        project, options.torch, options.verbose, fresh, tools=options.command == "test"
    )
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
