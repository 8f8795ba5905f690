"""What the three service managers are given, read by readers that are not ours."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from multiplane.panel.places import Kind
from multiplane.service.install import manager_of
from multiplane.service.launchd import Launchd
from multiplane.service.program import Program, marked, read_mark, server_program
from multiplane.service.scheduled_task import NAMESPACE, ScheduledTask
from multiplane.service.systemd import UNIT, Systemd
from tests.service.managers import Desk, system_in

ODD = Program(
    "/opt/a b/100% $HOME/bin/python",
    '/home/Zoë/my "films" \\ 5%',
    ("--only", "/mnt/a $b; c--d", "--workers", "2"),
    {"MULTIPLANE_MODELS": '/mnt/models "large" 100%'},
)
PLAIN = Program("/usr/bin/python3", "/home/ann/data")


@pytest.mark.parametrize("program", [ODD, PLAIN])
def test_launchd_reads_the_very_words(tmp_path: Path, program: Program) -> None:
    manager = Launchd(system_in(tmp_path, "macos"), Desk())
    read = plistlib.loads(manager.definition(program))
    assert tuple(read["ProgramArguments"]) == program.command
    assert read.get("EnvironmentVariables", {}) == program.environment
    assert read["Label"] == "org.multiplane.server"
    assert read["RunAtLoad"] is True
    assert read["KeepAlive"] == {"SuccessfulExit": False}
    assert manager.place == tmp_path / "Library/LaunchAgents/org.multiplane.server.plist"


def test_systemd_reads_the_very_words(tmp_path: Path) -> None:
    text = Systemd(system_in(tmp_path, "other"), Desk()).definition(ODD).decode()
    (line,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    # systemd takes quotes away as a shell does, then doubled signs.
    first, *words = shlex.split(line.removeprefix("ExecStart="))
    assert first.replace("%%", "%") == ODD.python
    read = [word.replace("%%", "%").replace("$$", "$") for word in words]
    assert (first.replace("%%", "%"), *read) == ODD.command
    (line,) = [line for line in text.splitlines() if line.startswith("Environment=")]
    (word,) = shlex.split(line.removeprefix("Environment="))
    assert word.replace("%%", "%") == 'MULTIPLANE_MODELS=/mnt/models "large" 100%'


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    python = tmp_path / "a b 100% $x" / "python"
    python.parent.mkdir()
    python.touch(0o755)
    program = Program(str(python), str(tmp_path), ("--only", "/mnt/a $b"), ODD.environment)
    unit = tmp_path / UNIT
    unit.write_bytes(Systemd(system_in(tmp_path, "other"), Desk()).definition(program))

    def verify() -> str:
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if UNIT in line)

    assert verify() == ""
    unit.write_text(unit.read_text().replace("Restart=", "Restarts="))
    assert "Restarts" in verify(), "it does read the unit"


SETTINGS = {
    # Microsoft's schema, settingsType: name and what may stand in it.
    "AllowStartOnDemand": ("true", "false"),
    "RestartOnFailure": None,
    "MultipleInstancesPolicy": ("Parallel", "Queue", "IgnoreNew", "StopExisting"),
    "DisallowStartIfOnBatteries": ("true", "false"),
    "StopIfGoingOnBatteries": ("true", "false"),
    "AllowHardTerminate": ("true", "false"),
    "StartWhenAvailable": ("true", "false"),
    "RunOnlyIfNetworkAvailable": ("true", "false"),
    "Enabled": ("true", "false"),
    "Hidden": ("true", "false"),
    "ExecutionTimeLimit": ("PT0S",),
    "Priority": tuple(str(number) for number in range(11)),
}


def test_the_task_keeps_to_microsofts_schema(tmp_path: Path) -> None:
    task = ScheduledTask(system_in(tmp_path, "windows"), Desk())
    written = task.definition(ODD)
    assert written.startswith((b"\xff\xfe", b"\xfe\xff")), "UTF-16 with its mark"
    root = ElementTree.fromstring(written)
    within = {"t": NAMESPACE}
    assert root.tag == f"{{{NAMESPACE}}}Task"
    assert root.get("version") == "1.2"
    parts = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in root]
    assert set(parts) <= {"RegistrationInfo", "Triggers", "Settings", "Principals", "Actions"}
    assert len(set(parts)) == len(parts)
    user = "STUDIO\\Zoë"
    assert root.findtext("t:Triggers/t:LogonTrigger/t:UserId", "", within) == user
    # triggerBaseType is a sequence that Enabled belongs to; UserId comes after it.
    trigger = root.find("t:Triggers/t:LogonTrigger", within)
    assert trigger is not None
    assert [child.tag.rpartition("}")[2] for child in trigger] == ["Enabled", "UserId"]
    principal = root.find("t:Principals/t:Principal", within)
    assert principal is not None
    assert principal.findtext("t:LogonType", "", within) == "InteractiveToken"
    assert principal.findtext("t:RunLevel", "", within) == "LeastPrivilege"
    assert principal.findtext("t:UserId", "", within) == user
    actions = root.find("t:Actions", within)
    assert actions is not None
    assert actions.get("Context") == principal.get("id")
    settings = root.find("t:Settings", within)
    assert settings is not None
    for setting in settings:
        name = setting.tag.removeprefix(f"{{{NAMESPACE}}}")
        allowed = SETTINGS[name]
        assert allowed is None or setting.text in allowed, name
    command = actions.findtext("t:Exec/t:Command", "", within)
    arguments = actions.findtext("t:Exec/t:Arguments", "", within)
    assert command == ODD.python
    assert windows_words(arguments) == list(ODD.command[1:])


def windows_words(line: str) -> list[str]:
    """As Microsoft's C runtime parts a command line: 2n backslashes and a quote are n of them."""
    words, word, quoted, slashes, begun = [], "", False, 0, False
    for sign in line + " ":
        if sign == "\\":
            slashes += 1
            begun = True
            continue
        if sign == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            begun, slashes = True, 0
            continue
        word += "\\" * slashes
        slashes = 0
        if sign == " " and not quoted:
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word += sign
            begun = True
    return words


@pytest.mark.parametrize("kind", ["macos", "other", "windows"])
@pytest.mark.parametrize("program", [ODD, PLAIN])
def test_what_was_written_says_what_is_started(
    tmp_path: Path, kind: Kind, program: Program
) -> None:
    written = manager_of(system_in(tmp_path, kind), Desk()).definition(program)
    text = written.decode("utf-16" if kind == "windows" else "utf-8")
    assert read_mark(text) == program
    assert read_mark(text.encode("cp437", "replace").decode("cp437")) == program
    assert read_mark(text.replace("%22", "%2", 1)) is None
    assert "--" not in marked(program), "which ends a comment of XML"


def test_windows_opens_no_console(tmp_path: Path) -> None:
    system = system_in(tmp_path, "windows")
    python = tmp_path / "python.exe"
    made = server_program(system, tmp_path, python=python, environment={})
    assert made.python == str(python)
    (tmp_path / "pythonw.exe").touch()
    made = server_program(
        system, tmp_path, python=python, environment={"HF_HOME": "D:/hf", "X": ""}
    )
    assert made.python == str(tmp_path / "pythonw.exe")
    assert made.environment == {"HF_HOME": "D:/hf"}
