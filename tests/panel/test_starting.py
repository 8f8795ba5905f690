"""The panel starts the server: a real process, through what CEP gives of Node.js."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.messages_client import GetAbout
from tests.panel.adobe import Processes, Program
from tests.panel.showing import PANEL, Shown
from tests.server.running import Running

SCRIPTS = PANEL.parent / "jsx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The server's data, which is not there yet."""
    return tmp_path / "data ä"


@pytest.fixture
def processes(tmp_path: Path, folder: Path) -> Iterator[Processes]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    processes = Processes(temporary, {"MULTIPLANE_DATA": str(folder)})
    yield processes
    processes.stop()


def installed(tmp_path: Path, program: list[str] | None) -> Path:
    """The panel as it is installed, with a record that names this program."""
    extension = tmp_path / "extension"
    shutil.copytree(PANEL, extension)
    shutil.copytree(SCRIPTS, extension / "jsx")
    record: dict[str, Any] = {} if program is None else {"program": program}
    (extension / "multiplane-panel.json").write_text(json.dumps(record), encoding="utf-8")
    return extension


def start(shown: Shown) -> dict[str, Any]:
    """Ask the host to start the server; the error's fields, or nothing."""
    said: dict[str, Any] = shown.page.evaluate(
        """async () => {
          const host = await (await import("./hosts/pick.js")).pickHost();
          try {
            await host.startServer();
            return {};
          } catch (error) {
            return { ...error, message: error.message };
          }
        }"""
    )
    return said


def test_a_process_that_answers(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    assert start(shown) == {}
    (child,) = processes.started
    assert child.poll() is None
    with Client(folder) as client:
        assert client.ask(GetAbout()).pid == child.pid
    # Another one finds the first: nothing is started twice.
    assert start(shown) == {}


def test_what_the_server_says_against_it_is_said(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"mine")
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    said = start(shown)
    assert said["code"] == "server.data_foreign"
    assert said["remedy"]


def test_a_program_that_is_gone_and_one_that_breaks(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    extension = installed(tmp_path, [str(tmp_path / "gone" / "python"), "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    said = start(shown)
    assert said["code"] == "server.not_installed"
    assert said["file"].endswith("python")
    record = {"program": [sys.executable, "-c", "raise SystemExit('no such module')"]}
    (extension / "multiplane-panel.json").write_text(json.dumps(record), encoding="utf-8")
    said = start(shown)
    assert said["code"] == "server.start_failed"
    assert said["value"] == "no such module"
    assert Path(said["file"]).is_file()


def test_without_a_record_the_server_itself_has_said_how(
    shown: Shown, tmp_path: Path, data: Path, server: Running, processes: Processes
) -> None:
    extension = installed(tmp_path, None)
    environment = {"MULTIPLANE_DATA": str(data)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    noted = json.loads(DataFolder(data).server.read_text(encoding="utf-8"))
    assert noted["program"] == [sys.executable, "-m", "multiplane"]
    can = "async () => (await (await import('./hosts/pick.js')).pickHost()).canStartServer()"
    assert shown.page.evaluate(can) is True
