"""`python3 installer update`: a new version in the place of the old one, which it can go back to.

Stages: the server is stopped, the new version's files are brought, the environment is set aside and
a copy of it brought up to date by the new version's own installer; panel and server follow. Each
stage can be done again, so an update that was interrupted goes on. When one fails, all is as it
was before.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from installer.computer import Computer
from installer.journal import Journal, fresh_journal, read_journal
from installer.linked import link_tree
from installer.new_version import (
    NEW,
    back_by_git,
    check_git,
    exchange,
    exchange_back,
    fetch,
    keep_what_differs,
    merge,
    unpack,
    version_of,
)
from installer.problems import BAD_ENVIRONMENT, FAILURE, InstallerProblem
from installer.program import Program
from installer.project import Project
from installer.single import only_one_here
from installer.state import load_state

WORKS = "works"
"""The stage from which there is no way back: the earlier version is being cleared away."""
GOING_BACK = "going back"
"""The stage of an update that is being undone: it is undone to the end before anything else."""
_VENV_BEFORE, _VENV_NEW = ".venv-before", ".venv-new"


def run_update(project: Project, source: Path | None, back: bool, computer: Computer) -> int:
    """Bring the new version, or go back from one that was interrupted.

    Args:
        project: the installation.
        source: folder or archive of the new version; None for git.
        back: whether the earlier version is wanted again.
        computer: the computer.

    Returns:
        The exit status.

    Raises:
        InstallerProblem: the update cannot begin, or failed; then the earlier version is back.
    """
    with only_one_here(project.root, "update", lambda: print("Another update is running here.")):
        journal = read_journal(project.root)
        if back:
            if journal is None:
                _drop_what_was_not_begun(project.root)
                print("No update was interrupted here, so there is nothing to go back from.")
                return 0
            if journal.stage == WORKS:
                print("The new version was set up and works; what was left to do is done now.")
                return _finish(project, journal, computer)
            restore(project, journal, computer)
            return 0
        if journal is not None and journal.stage == GOING_BACK:
            restore(project, journal, computer)
            source, journal = Path(journal.source) if journal.source else None, None
        if journal is None:
            _drop_what_was_not_begun(project.root)
            journal = _begin(project, source, computer)
            if journal is None:
                print(f"This is the newest version, {version_of(project.root)}.")
                return 0
        else:
            print("Going on with the update that was interrupted.")
        try:
            _go_through(project, journal, computer)
        except InstallerProblem as problem:
            print(f"\n{problem.message}", file=sys.stderr)
            restore(project, journal, computer)
            raise InstallerProblem(
                "The update failed, and the earlier version is back.", problem.remedy, FAILURE
            ) from problem
        return _finish(project, journal, computer)


def _drop_what_was_not_begun(root: Path) -> None:
    """What an update leaves that was interrupted before it had changed anything."""
    for name in (NEW, f"{NEW}-part"):
        shutil.rmtree(root / name, ignore_errors=True)
    fresh_journal(root).unlink(missing_ok=True)


def _begin(project: Project, source: Path | None, computer: Computer) -> Journal | None:
    """All that can be refused before anything is changed; None where there is nothing new."""
    head = ""
    if source is None:
        head = check_git(project.root, computer)
    elif (project.root / ".git").exists():
        raise InstallerProblem(
            "This folder is a git clone, so git brings its new versions.",
            "Leave out --from.",
            BAD_ENVIRONMENT,
        )
    elif not source.exists() or project.root.resolve().is_relative_to(source.resolve()):
        raise InstallerProblem(
            f"{source} is {'this folder itself' if source.exists() else 'not there'}.",
            "Name the folder or the archive of the new version.",
            BAD_ENVIRONMENT,
        )
    state, program = load_state(project.venv), Program(project, computer)
    if state is None:
        raise InstallerProblem(
            f"Nothing is installed in {project.root} that could be updated.",
            "Install with: python3 installer",
            BAD_ENVIRONMENT,
        )
    if source is not None:
        unpack(source, project.root)
    elif fetch(project.root, computer) == head:
        return None
    works = program.works()
    journal = Journal(
        str(project.root),
        source=str(source.absolute()) if source else "",
        head=head,
        panel=program.has_panel() if works else state.answers.get("panel", False),
        service=program.has_service() if works else state.answers.get("service", False),
    )
    journal.save()
    return journal


def _go_through(project: Project, journal: Journal, computer: Computer) -> None:
    root, program = project.root, Program(project, computer)
    if journal.stage == "begun":
        # Windows renames no folder of a program that runs.
        if journal.service and not program.show("service", "stop"):
            print("The server could not be stopped; it is tried without.")
        journal.reach("stopped")
    if journal.stage == "stopped":
        if not journal.source:
            merge(root, computer)
        elif (root / NEW).is_dir():
            exchange(root, journal)
        print(f"The files are those of version {version_of(root)}.")
        journal.reach("files")
    if journal.stage == "files":
        _set_aside(root)
        journal.reach("aside")
    if journal.stage == "aside":
        # By the new version's own installer.
        words = [sys.executable, str(root / "installer"), "setup", "--during-update"]
        if computer.show(words, root) != 0 or not program.works():
            raise InstallerProblem(
                "The new version could not be set up.",
                "Try again later, or report it with what is said above.",
                FAILURE,
            )
        journal.reach("set up")


def _set_aside(root: Path) -> None:
    venv, before, new = root / ".venv", root / _VENV_BEFORE, root / _VENV_NEW
    try:
        if venv.is_dir() and not before.is_dir():
            shutil.rmtree(new, ignore_errors=True)
            link_tree(venv, new)
            venv.rename(before)
        if not venv.is_dir():
            new.rename(venv)
    except OSError as error:
        raise InstallerProblem(
            f"{venv} cannot be set aside: {error.strerror or error}.",
            "Close programs that use Multiplane, such as a server in a terminal, then run the same "
            "command again.",
            FAILURE,
        ) from error


def _finish(project: Project, journal: Journal, computer: Computer) -> int:
    program = Program(project, computer)
    failed = [
        words
        for wanted, words in (
            (journal.panel, ("panel", "install")),
            (journal.service, ("service", "install")),
        )
        if wanted and not program.show(*words)
    ]
    journal.reach(WORKS)
    kept = keep_what_differs(project.root) if journal.source else None
    shutil.rmtree(project.root / _VENV_BEFORE, ignore_errors=True)
    journal.close()
    print(f"\nMultiplane is version {version_of(project.root)} now, in {project.root}.")
    if kept:
        print(f"What of the earlier version is different or gone lies in {kept}; delete it freely.")
    for words in failed:
        print(f"Not done: {' '.join(program.command(*words))}", file=sys.stderr)
    return FAILURE if failed else 0


def restore(project: Project, journal: Journal, computer: Computer) -> None:
    """The earlier version as it was, and its panel and server. Again: goes on.

    Raises InstallerProblem where the disk or git refuses; then the same command tries again.
    """
    root = project.root
    journal.reach(GOING_BACK)
    try:
        before = root / _VENV_BEFORE
        if before.is_dir():
            venv = root / ".venv"
            if venv.is_dir():
                # Away by one step: half an environment must not be taken for one.
                shutil.rmtree(root / _VENV_NEW, ignore_errors=True)
                venv.rename(root / _VENV_NEW)
            before.rename(venv)
        shutil.rmtree(root / _VENV_NEW, ignore_errors=True)
        if journal.source:
            exchange_back(root, journal)
        else:
            back_by_git(root, journal.head, computer)
    except OSError as error:
        raise InstallerProblem(
            f"The earlier version cannot be put back: {error}.",
            "Close programs that use Multiplane, then: python3 installer update --back",
            FAILURE,
        ) from error
    program = Program(project, computer)
    for wanted, words in (
        (journal.panel, ("panel", "install")),
        (journal.service, ("service", "install")),
    ):
        if wanted:
            program.show(*words)
    journal.close()
    print("The earlier version is back.")
