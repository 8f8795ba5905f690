"""`python3 installer`: all of Multiplane, guided by a few questions with defaults."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from installer.computer import Computer
from installer.dialog import Dialog
from installer.problems import BAD_ENVIRONMENT, FAILURE, InstallerProblem
from installer.program import Program, said_command
from installer.project import Project
from installer.state import load_state, save_state

SIGNER = ("ZXPSignCmd", "ZXPSignCmd-64bit")
UNSIGNED = "After Effects 26.3 and Premiere 25.6.6 on Windows show nothing of an unsigned panel."


def add_options(parser: argparse.ArgumentParser) -> None:
    """The answers as options of the command line."""
    for name, meaning in (
        ("panel", "the panel for After Effects and Premiere"),
        ("sign", "sign the panel; npm fetches Adobe's ZXPSignCmd where it is not here"),
        ("service", "the server at login"),
    ):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, help=meaning)
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="fetch a model, too; may be given often (multiplane models list names them)",
    )
    parser.add_argument("--no-models", action="store_true", help="offer no models")
    parser.add_argument(
        "--yes", "-y", action="store_true", help="ask nothing: defaults for what is not said here"
    )


def run_guide(
    project: Project, options: argparse.Namespace, computer: Computer, set_up: Callable[[], object]
) -> int:
    """Ask, set up, install what is wanted, offer models.

    What was answered is kept and is the default of the next time; every step that is done already
    costs a moment, so the same command goes on after an interruption.

    Args:
        project: the clone to set up.
        options: what `add_options` has added.
        computer: the computer.
        set_up: sets up `.venv`.

    Returns:
        The exit status.
    """
    dialog = Dialog(None if options.yes else computer.ask)
    print(f"Multiplane, set up in {project.root}. Return takes the default.\n")
    answers = ask_all(project, options, computer, dialog)
    print()
    set_up()
    state = load_state(project.venv)
    if state is not None:
        state.answers = answers
        save_state(project.venv, state)
    program = Program(project, computer)
    failed: list[tuple[str, ...]] = []
    for words in steps(answers):
        print(f"\n{said_command(words)}", flush=True)
        if not program.show(*words):
            failed.append(words)
    for name in choose_models(program, options, dialog):
        words = ("models", "pull", name, "--yes")
        print(f"\n{said_command(words)}", flush=True)
        if not program.show(*words):
            failed.append(words)
    print("\n".join(("", *closing_words(project, computer, answers, failed))))
    if failed:
        names = "\n".join(f"  {program.command(*words)[0]} {' '.join(words)}" for words in failed)
        print(f"Not everything was done (see above). To try again:\n{names}", file=sys.stderr)
    return FAILURE if failed else 0


def ask_all(
    project: Project, options: argparse.Namespace, computer: Computer, dialog: Dialog
) -> dict[str, bool]:
    """What is wanted: panel, sign, service.

    Raises InstallerProblem for a panel where Adobe's programs do not run.
    """
    state = load_state(project.venv)
    earlier = state.answers if state else {}
    if not computer.runs_adobe:
        if options.panel:
            raise InstallerProblem(
                "After Effects and Premiere do not run here, so there is no place for their panel.",
                "Leave out --panel; for another computer: multiplane panel install --folder.",
                BAD_ENVIRONMENT,
            )
        print("  After Effects and Premiere do not run here: the panel is for a browser.")
        panel = False
    else:
        panel = dialog.yes(
            "The panel in After Effects and Premiere?", earlier.get("panel", True), options.panel
        )
    sign = bool(options.sign) and panel
    if panel and computer.kind == "windows" and _can_sign(computer):
        print(f"  ({UNSIGNED})")
        sign = dialog.yes(
            "Sign it with Adobe's ZXPSignCmd, fetched by npm where it is not here?",
            earlier.get("sign", True),
            options.sign,
        )
    service = dialog.yes(
        "Start Multiplane's server whenever you log in?",
        # Without a panel that looks for it, a server is for those who ask for one.
        earlier.get("service", panel),
        options.service,
    )
    return {"panel": panel, "sign": sign, "service": service}


def _can_sign(computer: Computer) -> bool:
    return any(computer.has(name) for name in (*SIGNER, "npm"))


def steps(answers: dict[str, bool]) -> list[tuple[str, ...]]:
    """The program's commands that do what was answered, in order."""
    wanted: list[tuple[str, ...]] = []
    if answers["panel"]:
        wanted += [("panel", "signer")] if answers["sign"] else []
        wanted.append(("panel", "install"))
    if answers["service"]:
        wanted.append(("service", "install"))
    return wanted


def choose_models(program: Program, options: argparse.Namespace, dialog: Dialog) -> list[str]:
    """The models to fetch: those on the command line, or those chosen of all that are not here.

    Raises InstallerProblem for a name that no model has.
    """
    rows = program.models()
    missing = [row for row in rows if row["state"] == "missing" and row["repository"]]
    if options.model:
        known = [str(row["name"]) for row in rows]
        for name in options.model:
            if name not in known:
                raise InstallerProblem(
                    f"There is no model {name}; all else is set up.",
                    f"Give --model one of: {', '.join(known)}",
                    BAD_ENVIRONMENT,
                )
        here = {str(row["name"]) for row in rows if row["state"] != "missing"}
        return [name for name in dict.fromkeys(options.model) if name not in here]
    if options.no_models or not missing:
        return []
    print("\nThe small model comes along. Larger ones:")
    for number, row in enumerate(missing, 1):
        print(f"  {number}  {model_line(row)}")
    if dialog.ask is None:
        print("  None is fetched by default; get one with: multiplane models pull NAME")
    return dialog.choose(
        "Fetch which (numbers or names; Return: none)?", [str(row["name"]) for row in missing]
    )


def model_line(row: dict[str, Any]) -> str:
    """A model in a line: what it is for, size, licence, the memory that it needs."""
    size = f"{row['bytes'] / 1e9:.1f} GB" if row["bytes"] >= 1e9 else f"{row['bytes'] / 1e6:.0f} MB"
    parts = [f"{row['name']}, for {row['for']}: {size} to fetch"]
    memory = row.get("memory_gpu_gb") or row.get("memory_cpu_gb")
    if memory:
        where = "on a GPU" if row.get("memory_gpu_gb") else "of memory"
        parts.append(f"runs in {memory:.0f} GB {where}")
    parts.append(f"licence {row['licence']} ({row['licence_url']})")
    return ", ".join(parts)


def closing_words(
    project: Project,
    computer: Computer,
    answers: dict[str, bool],
    failed: list[tuple[str, ...]],
) -> list[str]:
    """What there is now, and what comes next."""
    multiplane = project.script("multiplane")
    lines = [f"Multiplane is set up: {multiplane}"]
    if answers["panel"] and ("panel", "install") not in failed:
        lines.append("Start After Effects or Premiere anew: Window > Extensions > Multiplane")
        signed = answers["sign"] and ("panel", "signer") not in failed
        if computer.kind == "windows" and not (signed or any(map(computer.has, SIGNER))):
            lines += [
                f"The panel is not signed, and {UNSIGNED}",
                f"To sign it install Node.js, then: {multiplane} panel signer, and",
                f"{multiplane} panel install",
            ]
    if not answers["service"]:
        lines.append(f"The server that the panel talks to: {multiplane} serve")
    elif ("service", "install") not in failed:
        lines.append(f"The panel in a browser: {multiplane} pair")
    lines.append("A first storyboard: python3 installer demo")
    if computer.kind == "windows":
        lines[-1] = "A first storyboard: py installer demo"
    return lines
