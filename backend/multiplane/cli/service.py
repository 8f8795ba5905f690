"""multiplane service: install, stop, remove, status."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.cli.checkup import Finding
    from multiplane.service.definition import Manager
    from multiplane.service.program import Program

app = typer.Typer(
    help="The server at login: have the system start it, take that back, see how it is.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Data = Annotated[
    Path | None,
    typer.Option("--data", help="The server's data folder. Default: your data folder."),
]
AGAIN = "multiplane service install"
INSTALL_HELP = teach(
    """
    Have the system start the server whenever you log in, and again after a crash; and start it now.
    Again: bring it up to date.

    macOS gets a LaunchAgent, Linux a unit of your own systemd, Windows a task of the Task
    Scheduler; each is yours alone and needs no administrator. Words after -- go to multiplane
    serve.
    """,
    "multiplane service install",
    "multiplane service install -- --workers 2 --quota-gb 100",
    "multiplane service install --no-start",
)
STOP_HELP = teach(
    """
    Stop the server until the next login; multiplane service install starts it before.
    """,
    "multiplane service stop",
)
REMOVE_HELP = teach(
    """
    Stop the server and start it at login no more. Its data folder stays, with all jobs and results.
    """,
    "multiplane service remove",
)
STATUS_HELP = teach(
    """
    Say whether the system starts the server at login, and whether it runs.

    Exit status 1 when something is wrong.
    """,
    "multiplane service status",
    "multiplane service status --json",
)


@app.command(help=INSTALL_HELP)
def install(
    options: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- OPTIONS]", help="Options of multiplane serve."),
    ] = None,
    data: Data = None,
    start: Annotated[
        bool, typer.Option("--start/--no-start", help="Whether to start it now, too.")
    ] = True,
) -> None:
    """Have it started."""
    from multiplane.service.install import install as register
    from multiplane.service.install import state_of

    _check_options(options or ())
    manager = _manager()
    earlier = state_of(manager).program
    program = _program(earlier, data, options or ())
    running = _running(Path(program.data))
    # One that was started by hand keeps the data folder until it is stopped.
    by_hand = running is not None and earlier is None
    changed = register(manager, program, start=start and not by_hand)
    print(
        f"{manager.title} starts the server at login"
        + (" from now on" if changed else " already, and this one")
        + (f": {manager.place}" if manager.place else "")
    )
    if program.options:
        print(f"Its options: {' '.join(program.options)}")
    if by_hand:
        print(f"A server of {program.data} runs already (process {running}), so none was started.")
    elif start:
        print("It was started. multiplane service status says how it is.")


@app.command(help=STOP_HELP)
def stop() -> None:
    """End it for now."""
    from multiplane.service.install import stop as end

    if end(_manager()):
        print(f"The server is stopped until the next login, or: {AGAIN}")
    else:
        print("The server is not started at login.")


@app.command(help=REMOVE_HELP)
def remove() -> None:
    """Take it back."""
    from multiplane.contract.data_folder import data_folder
    from multiplane.service.install import remove as unregister
    from multiplane.service.install import state_of

    manager = _manager()
    program = state_of(manager).program
    if unregister(manager):
        print(f"The server is stopped, and {manager.title} starts it at login no more.")
    else:
        print("The server is not started at login.")
    print(f"Jobs and results stay in {program.data if program else data_folder().root}")


@app.command(help=STATUS_HELP)
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say how it is."""
    from multiplane.cli.checkup import show
    from multiplane.cli.doctor_server import examine_port
    from multiplane.contract.data_folder import DataFolder, data_folder

    program, first = look()
    data = DataFolder(Path(program.data)) if program else data_folder()
    findings = [first, *examine_port(data)]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        show(findings)
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def look() -> tuple[Program | None, Finding]:
    """What is started at login, and whether that is well."""
    from multiplane.cli.checkup import Finding
    from multiplane.contract.errors import Failure
    from multiplane.service.install import state_of

    what, manager = "Server at login", _manager()
    try:
        state = state_of(manager)
    except Failure as error:
        return None, Finding(what, "problem", str(error))
    program = state.program
    if program is None:
        return None, Finding(what, "ok", "not started at login", AGAIN)
    by = f"{manager.title}, {manager.place}" if manager.place else manager.title
    if not state.registered:
        says = f"written down in {manager.place}, and {manager.title} has not read it yet"
        return program, Finding(what, "warning", says, AGAIN)
    if not Path(program.python).is_file():
        says = f"{by} starts a Multiplane that is gone: {program.python}"
        return program, Finding(what, "problem", says, AGAIN)
    if program.python != _program(program, None, ()).python:
        says = f"{by} starts another Multiplane: {program.python}"
        return program, Finding(what, "warning", says, f"{AGAIN} has this one started.")
    return program, Finding(what, "ok", f"by {by}")


def _manager() -> Manager:
    from multiplane.panel.places import this_system
    from multiplane.service import install, runner

    return install.manager_of(this_system(), runner.run)


def _program(earlier: Program | None, data: Path | None, options: Sequence[str]) -> Program:
    """This Multiplane's; data folder and options stay as they were where none are given."""
    from multiplane.contract.data_folder import data_folder
    from multiplane.panel.places import this_system
    from multiplane.service.program import server_program

    root = Path(earlier.data) if earlier and data is None else data_folder(data).root
    words = earlier.options if earlier and not options else options
    return server_program(this_system(), root, words)


def _check_options(options: Sequence[str]) -> None:
    """Words that serve would refuse are refused now, not at every login."""
    from multiplane.cli import serve
    from multiplane.contract.errors import InputError

    single = typer.Typer()
    serve.add_to(single)
    given = typer.main.get_command(single).make_context("multiplane serve", list(options)).params
    if given["data"] is not None:
        raise InputError(
            "service.data",
            "The data folder is an option of its own.",
            field="-- --data",
            value=str(given["data"]),
            remedy="Give it as: multiplane service install --data FOLDER",
        )


def _running(root: Path) -> int | None:
    """The process of the server that answers for a data folder."""
    from multiplane.client.entrance import find_entrance
    from multiplane.contract.data_folder import DataFolder
    from multiplane.contract.errors import MultiplaneError

    try:
        return find_entrance(DataFolder(root)).address.pid
    except MultiplaneError:
        return None
