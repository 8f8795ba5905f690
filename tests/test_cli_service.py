"""multiplane service as people with different computers meet it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from multiplane.cli import service as command
from multiplane.panel import places
from multiplane.panel.places import Kind
from multiplane.service import runner
from tests.command_line import Multiplane
from tests.service.managers import Desk, system_in

KINDS: tuple[Kind, ...] = ("macos", "other", "windows")


@pytest.fixture
def service(multiplane: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Multiplane:
    monkeypatch.setenv("MULTIPLANE_DATA", str(tmp_path / "data"))
    return partial(multiplane, "service")


def on(monkeypatch: pytest.MonkeyPatch, home: Path, kind: Kind) -> Desk:
    desk = Desk()
    monkeypatch.setattr(places, "this_system", lambda: system_in(home, kind))
    monkeypatch.setattr(runner, "run", desk)
    return desk


@pytest.mark.parametrize("kind", KINDS)
def test_from_login_to_login(
    service: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    desk = on(monkeypatch, tmp_path / "home", kind)
    assert "not started at login" in service("status").out
    said = service("install", "--", "--workers", "2")
    assert said.status == 0, said.all
    assert "at login from now on" in said.out
    assert "--workers 2" in said.out
    assert len(desk.running) == 1
    said = service("status")
    assert said.status == 0
    assert "does not run; port" in said.all, "the stand-in starts nothing"
    again = service("install")
    assert "already" in again.out
    assert "--workers 2" in again.out, "options stay until others are given"
    assert "--workers 3" in service("install", "--", "--workers", "3").out
    said = service("remove")
    assert said.status == 0
    assert str(tmp_path / "data") in said.out
    assert not desk.known | desk.running
    assert "not started at login" in service("remove").out


def test_words_that_serve_refuses_are_refused_at_once(
    service: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = on(monkeypatch, tmp_path / "home", "other")
    said = service("install", "--", "--wrokers", "2")
    assert said.status == 2
    assert "--wrokers" in said.err
    said = service("install", "--", "--data", "elsewhere")
    assert said.status == 2
    assert "service install --data" in said.all
    assert not desk.commands


def test_one_that_was_started_by_hand_is_left_running(
    service: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = on(monkeypatch, tmp_path / "home", "other")
    monkeypatch.setattr(command, "_running", lambda root: 4711)
    said = service("install")
    assert "process 4711" in said.out
    assert not desk.running
    assert desk.known


def test_status_tells_of_another_and_of_a_lost_multiplane(
    service: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, tmp_path / "home", "macos")
    other = tmp_path / "python"
    other.touch()
    monkeypatch.setattr("sys.executable", str(other))
    service("install")
    monkeypatch.undo()
    monkeypatch.setenv("MULTIPLANE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "300")
    desk = on(monkeypatch, tmp_path / "home", "macos")
    found = {entry["what"]: entry for entry in json.loads(service("status", "--json").out)}
    assert found["Server at login"]["state"] == "warning"
    assert "has not read it" in found["Server at login"]["says"]
    desk.known.add("gui/501/org.multiplane.server")
    assert "another Multiplane" in service("status").all
    other.unlink()
    said = service("status")
    assert said.status == 1
    assert "is gone" in said.all
    assert service("install").status == 0
    assert service("status").status == 0


def test_the_doctor_looks_at_an_installed_one_only(
    service: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multiplane.cli.doctor import _service

    on(monkeypatch, tmp_path / "home", "windows")
    assert list(_service()) == []
    service("install")
    assert [finding.state for finding in _service()] == ["ok"]
