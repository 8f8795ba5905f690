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
from multiplane.contract.messages_client import GetAbout, ListJobs, Pause
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


def not_by_itself(shown: Shown) -> None:
    """The user has chosen to start the server by hand."""
    chosen = json.dumps({"startsServer": False})
    shown.page.add_init_script(f"localStorage.setItem('multiplane.settings', '{chosen}')")


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


def test_what_the_server_says_against_it_is_said(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    not_by_itself(shown)
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
    not_by_itself(shown)
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
    # Until then the panel starts nothing by itself: there is a server.
    can = "async () => (await (await import('./hosts/pick.js')).pickHost()).canStartServer()"
    assert shown.page.evaluate(can) is True


# The button


def test_the_panel_starts_the_server_by_itself_and_tells_of_it(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    shown.connected()
    shown.wait_until_said("The server is being started")
    shown.wait_until_said("The server runs.")
    assert not shown.page.locator("#connect").is_visible()
    (child,) = processes.started
    with Client(folder) as client:
        assert client.ask(GetAbout()).pid == child.pid
    assert start(shown) == {}, "it is found, and nothing is started twice"
    assert len(processes.started) <= 2
    # Who stops it does not want it back at once: a press starts it.
    processes.stop()
    button = shown.page.get_by_role("button", name="Start the server")
    button.wait_for()
    shown.page.locator("#connect-start", has_text="The server does not run.").wait_for()
    assert "terminal" not in shown.page.inner_text("#connect")
    button.press("Enter")
    shown.connected()
    assert processes.started[-1].poll() is None


def test_what_keeps_it_from_starting_is_said_with_what_to_press(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"mine")
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    page = shown.page
    page.locator("#connect [role=alert]", has_text="holiday.jpg").wait_for()
    # Another folder is chosen, and the button is there again.
    page.fill("#data-folder", str(tmp_path / "other"))
    page.click("#data button")
    page.get_by_role("button", name="Start the server").click()
    shown.connected()
    with Client(tmp_path / "other") as client:
        assert client.ask(GetAbout()).data == str(tmp_path / "other")


def test_where_nothing_is_installed_it_says_what_to_install(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(
        shown.page, environment=environment, extension=installed(tmp_path, None),
        processes=processes,
    ).open()  # fmt: skip
    why = shown.page.locator("#connect-start", has_text="multiplane panel install")
    why.wait_for()
    assert not shown.page.get_by_role("button", name="Start the server").is_visible()
    assert shown.page.get_by_role("button", name="Look again").is_visible()


def test_the_user_may_not_want_it_with_the_panel(
    shown: Shown, tmp_path: Path, folder: Path, processes: Processes
) -> None:
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    program = Program(shown.page, environment=environment, extension=extension, processes=processes)
    not_by_itself(shown)
    program.open()
    shown.page.get_by_role("button", name="Start the server").wait_for()
    assert processes.started == []
    shown.page.click("#more-menu")
    shown.page.click("#more-part button[data-page=settings]")
    box = shown.page.get_by_label("Start the server with the panel")
    assert not box.is_checked()


def test_the_panel_stops_what_it_started(
    shown: Shown, tmp_path: Path, processes: Processes, folder: Path
) -> None:
    """After a sentence about what is being made, which goes on at the next start."""
    extension = installed(tmp_path, [sys.executable, "-m", "multiplane"])
    environment = {"MULTIPLANE_DATA": str(folder)}
    Program(shown.page, environment=environment, extension=extension, processes=processes).open()
    shown.connected()
    (child,) = processes.started
    page = shown.page
    page.click("#more-menu")
    page.click("#more-part button[data-page=settings]")
    stop = page.locator("#pane-settings").get_by_role("button", name="Stop the server", exact=True)
    stop.click()
    page.locator(".confirm", has_text="Nothing is being made.").wait_for()
    page.keyboard.press("Escape")
    page.locator(".confirm", has_text="Nothing is being made.").wait_for(state="hidden")
    with Client(folder) as client:
        client.ask(Pause())
        client.submit({"shots": [{"prompt": "a cat"}]})
    stop.click()
    page.locator(".confirm", has_text="1 storyboard is not made yet").wait_for()
    page.get_by_role("button", name="Stop it").click()
    assert child.wait(timeout=60) == 0
    page.locator("#link[data-kind=waiting]").wait_for()
    page.get_by_role("button", name="Start the server").click()
    shown.connected()
    with Client(folder) as client:
        assert len(client.ask(ListJobs()).jobs) == 1
    assert len(processes.started) == 2
