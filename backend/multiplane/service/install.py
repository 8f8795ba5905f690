"""Registers the server with the system's service manager, and takes it out again."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from multiplane.contract.errors import Failure
from multiplane.deliver.folder import explained, replacing_file
from multiplane.panel.places import System
from multiplane.service.definition import Manager
from multiplane.service.launchd import Launchd
from multiplane.service.program import Program, read_mark
from multiplane.service.runner import Runner, run
from multiplane.service.scheduled_task import ScheduledTask
from multiplane.service.systemd import Systemd


@dataclass(frozen=True)
class State:
    """program: that is written down to be started at login; None for none.

    registered: whether the manager knows of it.
    """

    program: Program | None
    registered: bool


def manager_of(system: System, runner: Runner = run) -> Manager:
    """The service manager of a system."""
    if system.kind == "macos":
        return Launchd(system, runner)
    return ScheduledTask(system, runner) if system.kind == "windows" else Systemd(system, runner)


def state_of(manager: Manager) -> State:
    """How it is now. Raises Failure `service.foreign`."""
    written = _read_own(manager)
    if written is None:
        return State(None, manager.place is not None and manager.is_registered())
    return State(read_mark(written), manager.is_registered())


def install(manager: Manager, program: Program, *, start: bool = True) -> bool:
    """Start the program at every login, and now where `start` says so; whether anything changed.

    Where the manager refuses, what was there before is there again. Raises Failure
    `service.foreign`, `service.manager`, and what the disk refuses.
    """
    state = state_of(manager)
    if state.program == program and state.registered:
        if start:
            manager.start()
        return False
    manager.check()
    if manager.place is not None:
        _write(manager, program)
    try:
        manager.register(manager.definition(program), start=start)
    except Failure:
        _put_back(manager, state.program)
        raise
    return True


def stop(manager: Manager) -> bool:
    """End the server until the next login, or `install`; whether one is installed.

    Raises Failure `service.foreign`, `service.manager`.
    """
    if state_of(manager).program is None:
        return False
    manager.stop()
    return True


def remove(manager: Manager) -> bool:
    """Stop the server and start it at no login any more; whether there was anything.

    Raises Failure `service.foreign`, `service.manager`, and what the disk refuses.
    """
    state = state_of(manager)
    if state.program is None and not state.registered:
        return False
    manager.unregister()
    if manager.place is not None:
        with explained(manager.place):
            manager.place.unlink(missing_ok=True)
    return True


def _read_own(manager: Manager) -> str | None:
    """What is written down; None for nothing. Raises Failure `service.foreign`."""
    place = manager.place
    if place is None:
        written = manager.kept()
    else:
        with explained(place):
            try:
                written = place.read_text(encoding="utf-8", errors="replace")
            except FileNotFoundError:
                written = None
    if written is None or read_mark(written) is not None:
        return written
    raise Failure(
        "service.foreign",
        f"{manager.title} has something of this name that `multiplane service` has not written, "
        "so it is left alone.",
        file=str(place) if place else None,
        remedy="Take it away if you do not need it, then run the same command again.",
    )


def _write(manager: Manager, program: Program) -> None:
    assert manager.place is not None
    with replacing_file(manager.place) as fresh:
        fresh.write_bytes(manager.definition(program))


def _put_back(manager: Manager, earlier: Program | None) -> None:
    with contextlib.suppress(Failure):
        if earlier is None:
            manager.unregister()
            if manager.place is not None:
                manager.place.unlink(missing_ok=True)
            return
        if manager.place is not None:
            _write(manager, earlier)
        manager.register(manager.definition(earlier), start=True)
