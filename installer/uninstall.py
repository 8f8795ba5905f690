"""`python3 installer uninstall`: takes Multiplane away, and leaves what people made with it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from installer.computer import Computer
from installer.dialog import Dialog
from installer.new_version import KEPT
from installer.problems import BAD_ENVIRONMENT, FAILURE, InstallerProblem
from installer.program import Program
from installer.project import Project
from installer.state import load_state

REMOVED = ".venv-removed"
_ASK_PLACES = (
    "import json\n"
    "from multiplane.contract.data_folder import data_folder\n"
    "from multiplane.server.jobs.storage.own_folder import own_names\n"
    "print(json.dumps({'data': str(data_folder().root), 'own': own_names()}))\n"
)
_KEYS = "panel_keys"


@dataclass(frozen=True)
class Places:
    """data: the server's folder; None where it cannot be asked for. own: names of its own there.

    models: the folders of models that were fetched, by name.
    """

    data: Path | None
    own: tuple[str, ...]
    models: dict[str, Path]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", action="store_true", help="delete fetched models, too")
    parser.add_argument(
        "--data", action="store_true", help="delete the server's jobs and results, too"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    parser.add_argument(
        "--force",
        action="store_true",
        help="also where Multiplane does not start; its panel and its server at login then stay",
    )


def run_uninstall(project: Project, options: argparse.Namespace, computer: Computer) -> int:
    """Take away server, panel and environment, and what else is wished; say what stays and where.

    Every step can be done again, so the same command goes on after an interruption.

    Args:
        project: the installation.
        options: what `add_options` has added.
        computer: the computer.

    Returns:
        The exit status.

    Raises:
        InstallerProblem: it is not wanted after all, or something cannot be taken away.
    """
    program = Program(project, computer)
    installed = project.venv.is_dir()
    if installed and load_state(project.venv) is None:
        raise InstallerProblem(
            f"{project.venv} is there, but this installer did not make it, so it is left alone.",
            "Delete it by hand if you do not need it.",
            BAD_ENVIRONMENT,
        )
    works = installed and program.works()
    places = find_places(project, program, computer) if works else Places(None, (), {})
    _confirm(project, options, computer, places, works)
    if installed and not works and not options.force:
        raise InstallerProblem(
            "Multiplane does not start, so its panel and its server cannot be taken away by it.",
            "Put it in order first: python3 installer setup\nOr go on without: --force",
            FAILURE,
        )
    if works:
        _take_away(program, computer)
    if options.models:
        for folder in places.models.values():
            _delete(folder)
    if options.data and places.data is not None:
        for name in (*places.own, _KEYS):
            _delete(places.data / name)
        _drop_empty(places.data)
    removed = project.root / REMOVED
    _delete(removed)
    if installed:
        try:
            # Away by one step: half an environment would not be known as ours.
            project.venv.rename(removed)
        except OSError as error:
            raise _held(project.venv, error) from error
        _delete(removed)
    print("\n".join(("", "Multiplane is taken away.", *what_stays(project, places))))
    return 0


def find_places(project: Project, program: Program, computer: Computer) -> Places:
    """Ask the installed program where its work and its models lie."""
    models = {
        str(row["name"]): Path(str(row["folder"]))
        for row in program.models()
        if row["state"] == "installed"
    }
    answer = computer.read([str(project.python), "-c", _ASK_PLACES], project.root)
    try:
        read = json.loads(answer.said)
        return Places(Path(read["data"]), tuple(read["own"]), models)
    except (ValueError, KeyError, TypeError):
        return Places(None, (), models)


def _confirm(
    project: Project,
    options: argparse.Namespace,
    computer: Computer,
    places: Places,
    works: bool,
) -> None:
    print("This is taken away:")
    print(f"  {project.venv}, with all its libraries")
    if works:
        print("  the server at login, and the panel in Adobe's programs")
    if options.models:
        print("\n".join(f"  the model {name}: {at}" for name, at in places.models.items()))
    if options.data and places.data:
        print(f"  the server's jobs and results: {places.data}")
    if options.yes:
        return
    if computer.ask is None:
        raise InstallerProblem(
            "Nobody can be asked here, so nothing was done.",
            "Say that you mean it: python3 installer uninstall --yes",
            BAD_ENVIRONMENT,
        )
    if not Dialog(computer.ask).yes("Take it away?", False):
        raise InstallerProblem("Nothing was done.", "Multiplane stays as it is.", FAILURE)


def _take_away(program: Program, computer: Computer) -> None:
    steps = [("service", "remove")]
    if computer.runs_adobe:
        steps.append(("panel", "remove"))
    for words in steps:
        if not program.show(*words):
            raise InstallerProblem(
                f"multiplane {' '.join(words)} failed (see above); the rest is still there.",
                "Do what it says, then run the same command again.",
                FAILURE,
            )


def _delete(path: Path) -> None:
    """A file, a link or a folder; a link's target stays. Raises InstallerProblem."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _held(path, error) from error


def _drop_empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def _held(path: Path, error: OSError) -> InstallerProblem:
    return InstallerProblem(
        f"{path} cannot be deleted: {error.strerror or error}.",
        "Close programs that use Multiplane (a server in a terminal, After Effects), then run the "
        "same command again.",
        FAILURE,
    )


def what_stays(project: Project, places: Places) -> list[str]:
    """Lines on what is still there, each with its size."""
    there: list[tuple[str, Path]] = [("what you rendered", project.root / "out")]
    there.append(("what updates have replaced", project.root / KEPT))
    there += [(f"the model {name}", folder) for name, folder in places.models.items()]
    if places.data is not None:
        there.append(("the server's jobs and results", places.data))
    lines = [f"  {what}: {path} ({_size(path)})" for what, path in there if path.is_dir()]
    lines.append(f"  Multiplane's own files: {project.root}; delete the folder when you like")
    return ["This stays:", *lines]


def _size(folder: Path) -> str:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return f"{total / 1e9:.1f} GB" if total >= 1e9 else f"{total / 1e6:.1f} MB"
