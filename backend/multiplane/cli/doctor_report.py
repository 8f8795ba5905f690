"""The report of `multiplane doctor`: what was found, versions, and the end of the server's logs.

To be handed on: what is private is taken out (`private_words`).
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from multiplane.cli.checkup import Finding
from multiplane.cli.private_words import Private, Scrubber
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.regular_file import read_regular

HEAD = "Multiplane: report of `multiplane doctor`"
ABOUT = """\
What is private is replaced: <text> stands for words of storyboards, file names and the like,
<path>, <user>, <address> and <secret> for what they say. Look through it before you hand it on.
"""
_ENVIRONMENT = re.compile(r"MULTIPLANE_|HF_|CUDA_|PYTORCH_|PYTHON|OMP_|RAY_|HTTPS?_PROXY", re.I)
_PUBLIC = ("model", "depth_model", "preset", "created")
"""Of a storyboard: names that Multiplane gave, unless they are folders."""
_LINES, _WORKER_LINES = 200, 50
_MOST_BYTES = 2**28
_LEVELS = ("warning", "error", "critical")


def write_report(target: Path, findings: list[Finding], data: DataFolder) -> None:
    """Write it to `target`, in the place of an earlier one.

    Raises InputError `doctor.report` for a file that is no report, and what the disk refuses.
    """
    from multiplane.deliver.folder import explained, replacing_file

    with explained(target):
        if target.exists() and not _is_report(target):
            raise InputError(
                "doctor.report",
                "This file is no report of Multiplane, so it is not replaced.",
                field="--report",
                file=str(target),
                remedy="Give a name that is not taken.",
            )
    scrub = Scrubber(private(data))
    with replacing_file(target) as fresh:
        fresh.write_text("\n".join(_lines(findings, data, scrub)) + "\n", encoding="utf-8")


def _is_report(target: Path) -> bool:
    with target.open("rb") as stream:
        return stream.read(len(HEAD)) == HEAD.encode()


def private(data: DataFolder) -> Private:
    """What is private on this computer, as far as it can be known."""
    import multiplane
    from multiplane.models.folders import models_folder

    secrets = []
    with contextlib.suppress(MultiplaneError):
        secrets.append(data.read_token())
    home = Path.home()
    users = [home.name, platform.node(), platform.node().partition(".")[0]]
    with contextlib.suppress(OSError, KeyError, ImportError):
        users.append(getpass.getuser())
    package = Path(multiplane.__file__).parent
    places = {
        data.root: "<data>",
        models_folder(): "<models>",
        package: "<multiplane>",
        Path(sys.prefix): "<python>",
        Path(os.__file__).parent: "<python's library>",
    }
    return Private(secrets, users, set(_texts(data)), places)


def _texts(data: DataFolder) -> Iterator[str]:
    """All that users have written, and all names that are theirs, in the data folder."""
    from multiplane.server.jobs.storage.own_folder import own_names
    from multiplane.server.jobs.storage.set_aside import listed

    yield from listed(data)
    known = {*own_names(), "set-aside", "models", "uxp", "panel_keys"}
    for name in _names(data.root):
        if name not in known:
            yield name
    for name in _names(data.jobs):
        yield name
    for name in _names(data.submitted):
        yield Path(name).stem
        try:
            read = json.loads(read_regular(data.submitted / name, _MOST_BYTES))
        except (OSError, ValueError):
            continue
        if isinstance(read, dict):
            yield from _strings({key: read[key] for key in read if key != "schema"})


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _strings(read: object) -> Iterator[str]:
    if isinstance(read, dict):
        for name, value in read.items():
            if name not in _PUBLIC or re.search(r"[/\\]", str(value)):
                yield from _strings(value)
    elif isinstance(read, list):
        for value in read:
            yield from _strings(value)
    elif isinstance(read, str):
        yield read
        # A path's own name may stand by itself.
        yield re.split(r"[/\\]", read)[-1]
        if read.lstrip().startswith(("{", "[")):
            try:
                yield from _strings(json.loads(read))
            except ValueError:
                return


def _lines(findings: list[Finding], data: DataFolder, scrub: Scrubber) -> Iterator[str]:
    from multiplane.contract.own_version import own_version

    yield from (HEAD, "", *ABOUT.splitlines(), "")
    yield f"Multiplane {own_version()}, Python {platform.python_version()}"
    yield f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores"
    yield from ("", "## What was looked at", "")
    for finding in findings:
        yield f"{finding.state:<8} {scrub(finding.what)}: {scrub(finding.says)}"
        if finding.remedy:
            yield f"{'':<8}   {scrub(finding.remedy)}"
    yield from ("", "## Libraries", "", *_libraries())
    names = sorted(name for name in os.environ if _ENVIRONMENT.match(name))
    yield from ("", "## Environment variables that are set", "", " ".join(names) or "none")
    yield from ("", f"## Server's log: the last {_LINES} warnings and errors", "")
    yield from _log(data, scrub)
    yield from ("", f"## Workers' output: the last {_WORKER_LINES} lines", "")
    yield from (scrub(line) for line in _tail(data.logs / "worker.log", _WORKER_LINES))


def _libraries() -> Iterator[str]:
    try:
        wanted = metadata.requires("multiplane") or []
    except metadata.PackageNotFoundError:
        wanted = []
    for name in dict.fromkeys(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in wanted):
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            yield f"{name} is not installed"


def _log(data: DataFolder, scrub: Scrubber) -> Iterator[str]:
    told = []
    for line in _tail(data.logs / "server.jsonl", 50 * _LINES):
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("level") in _LEVELS:
            told.append(said)
    for said in told[-_LINES:]:
        yield f"{said.get('time')} {said['level']} {said.get('logger')}: " + scrub(
            str(said.get("text"))
        )
        if said.get("trace"):
            yield from (f"  {line}" for line in scrub(str(said["trace"])).splitlines())


def _tail(path: Path, count: int) -> Iterable[str]:
    try:
        return read_regular(path, _MOST_BYTES).decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return ()
