"""The server at login on fake homes of all three systems."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure
from multiplane.panel.places import Kind
from multiplane.service.install import install, manager_of, remove, state_of, stop
from multiplane.service.program import Program
from tests.service.managers import Desk, Gone, system_in

KINDS: tuple[Kind, ...] = ("macos", "other", "windows")
PROGRAM = Program("/opt/multiplane/python", "/home/zoe/data", ("--workers", "2"))
OLDER = Program("/old/python", "/home/zoe/data")


def files(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", KINDS)
def test_installed_again_and_removed(tmp_path: Path, kind: Kind) -> None:
    desk = Desk()
    manager = manager_of(system_in(tmp_path, kind), desk)
    assert not remove(manager)
    assert install(manager, PROGRAM)
    assert len(desk.known) == len(desk.running) == 1
    assert state_of(manager).program == PROGRAM
    assert not install(manager, PROGRAM)
    assert len(desk.known) == len(desk.running) == 1
    assert remove(manager)
    assert not desk.known | desk.running
    assert not files(tmp_path)
    assert not remove(manager)


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_one_is_replaced_and_restarted(tmp_path: Path, kind: Kind) -> None:
    desk = Desk()
    manager = manager_of(system_in(tmp_path, kind), desk)
    install(manager, OLDER)
    desk.commands.clear()
    assert install(manager, PROGRAM)
    assert state_of(manager).program == PROGRAM
    assert len(desk.known) == len(desk.running) == 1
    said = [word for command in desk.commands for word in command]
    assert {"restart", "bootout", "/End"} & set(said), "the older one was stopped"


@pytest.mark.parametrize("kind", KINDS)
def test_stopped_for_now(tmp_path: Path, kind: Kind) -> None:
    desk = Desk()
    manager = manager_of(system_in(tmp_path, kind), desk)
    assert not stop(manager)
    install(manager, PROGRAM)
    assert stop(manager)
    assert not desk.running
    assert state_of(manager).program == PROGRAM
    install(manager, PROGRAM)
    assert len(desk.known) == len(desk.running) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_not_started_when_that_is_not_wanted(tmp_path: Path, kind: Kind) -> None:
    desk = Desk()
    manager = manager_of(system_in(tmp_path, kind), desk)
    assert install(manager, PROGRAM, start=False)
    assert not desk.running
    assert state_of(manager).program == PROGRAM
    install(manager, PROGRAM)
    assert len(desk.running) == 1
    assert state_of(manager).registered


@pytest.mark.parametrize("earlier", [None, OLDER])
@pytest.mark.parametrize(
    ("kind", "word"),
    [("macos", "bootstrap"), ("other", "enable"), ("other", "restart"), ("windows", "/Create")],
)
def test_a_manager_that_refuses_leaves_what_was_there(
    tmp_path: Path, kind: Kind, word: str, earlier: Program | None
) -> None:
    desk = Desk()
    manager = manager_of(system_in(tmp_path, kind), desk)
    if earlier:
        install(manager, earlier)
    desk.refuses = word
    with pytest.raises(Failure) as caught:
        install(manager, PROGRAM)
    assert caught.value.code == "service.manager"
    assert "said no" in caught.value.message
    assert "multiplane serve" in str(caught.value.remedy)
    desk.refuses = None
    assert state_of(manager).program == earlier
    assert bool(files(tmp_path)) == (earlier is not None and kind != "windows")


@pytest.mark.parametrize("kind", KINDS)
def test_where_there_is_no_manager_nothing_is_written(tmp_path: Path, kind: Kind) -> None:
    desk = Desk()
    for program in ("_systemctl", "_launchctl", "_schtasks"):
        setattr(desk, program, lambda words: Desk(words[0])(["", words[0]]))
    with pytest.raises(Failure, match="could not"):
        install(manager_of(system_in(tmp_path, kind), desk), PROGRAM)
    assert not files(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_elses_is_left_alone(tmp_path: Path, kind: Kind) -> None:
    desk = Desk()
    manager = manager_of(system_in(tmp_path, kind), desk)
    if manager.place is None:
        desk.tasks["Multiplane server of STUDIO Zoë"] = "<Task>mine</Task>"
    else:
        manager.place.parent.mkdir(parents=True)
        manager.place.write_text("[Unit]\nDescription=mine\n")
    for action in (lambda: install(manager, PROGRAM), lambda: remove(manager)):
        with pytest.raises(Failure) as caught:
            action()
        assert caught.value.code == "service.foreign"
    assert "mine" in (manager.place.read_text() if manager.place else str(desk.tasks))
    assert not desk.running


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("earlier", [None, OLDER])
def test_switched_off_after_any_command_it_goes_on(
    tmp_path: Path, kind: Kind, earlier: Program | None
) -> None:
    for undo in (False, True):
        for count in range(12):
            home = tmp_path / f"{undo}-{count}"
            desk = Desk()
            manager = manager_of(system_in(home, kind), desk)
            if undo or earlier:
                install(manager, earlier or PROGRAM)
            desk.dies_after = count
            try:
                remove(manager) if undo else install(manager, PROGRAM)
                ended = True
            except Gone:
                ended = False
            desk.dies_after = None
            if undo:
                remove(manager)
                assert not desk.known | desk.running
                assert not files(home)
            else:
                install(manager, PROGRAM)
                assert state_of(manager).program == PROGRAM
                assert len(desk.known) == len(desk.running) == 1
            if ended:
                break
        else:
            pytest.fail("it has more steps than were tried")


def test_a_launchd_that_is_slow_to_stop_is_waited_for(tmp_path: Path) -> None:
    desk = Desk()
    system = system_in(tmp_path, "macos")
    install(manager_of(system, desk), OLDER)
    pauses: list[float] = []

    class Slow(Desk):
        def _launchctl(self, words: list[str]):  # type: ignore[no-untyped-def]
            if words[0] == "bootout":
                self.late = words
                return super()._launchctl(["enable", words[1]])
            return super()._launchctl(words)

    slow = Slow()
    slow.known, slow.running = desk.known, desk.running

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            Desk._launchctl(slow, slow.late)

    from multiplane.service.launchd import Launchd

    assert install(Launchd(system, slow, pause), replace(PROGRAM, options=()))
    assert len(pauses) == 3
