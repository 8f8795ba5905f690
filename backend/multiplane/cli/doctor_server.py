"""What `multiplane doctor` looks at for the server: its folder, token, port, database, workers.

Nothing is changed: a server may be running meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from multiplane.cli.checkup import Finding
from multiplane.contract.data_folder import DEFAULT_PORT, DataFolder
from multiplane.contract.errors import MultiplaneError

if TYPE_CHECKING:
    import psutil

_ANSWER_S = 5.0
_START = "multiplane serve"


def examine_server(data: DataFolder) -> Iterator[Finding]:
    """All findings about the server of this data folder."""
    for check in (_folder, _token, examine_port, _at_work, _database, _disk):
        yield from check(data)
    yield from _workers()


def _folder(data: DataFolder) -> Iterator[Finding]:
    """Whose the data folder is, and what was found in it that is not the server's."""
    from multiplane.server.jobs.storage.own_folder import examine
    from multiplane.server.jobs.storage.set_aside import listed

    what = "Data folder"
    try:
        examine(data)
    except MultiplaneError as error:
        if error.code != "server.data_not_a_folder":  # told with the disk
            says = f"{error.file}: {error.message}" + (f" ({error.value})" if error.value else "")
            yield Finding(what, "problem", says, error.remedy or "")
        return
    names = listed(data)
    if names:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        says = f"{len(names)} files or folders were set aside in {data.set_aside}: {shown}"
        yield Finding(what, "ok", says, "Look them through; the server never touches them.")


def _token(data: DataFolder) -> Iterator[Finding]:
    what = "Server's token"
    try:
        mode = stat.S_IMODE(data.token.stat().st_mode)
        token = data.read_token()
    except FileNotFoundError:
        yield Finding(what, "ok", "none yet; the first start of the server makes it")
        return
    except (OSError, MultiplaneError) as error:
        yield Finding(what, "problem", f"{data.token} cannot be read: {error}", _anew(data))
        return
    if os.name != "nt" and mode & 0o077:
        says = f"others can read {data.token} (mode {mode:04o})"
        yield Finding(what, "problem", says, "Start the server again: it makes a new one.")
    elif len(token) < 40:
        yield Finding(what, "problem", f"{data.token} is damaged", _anew(data))
    else:
        yield Finding(what, "ok", f"only yours to read, at {data.token}")


def _anew(data: DataFolder) -> str:
    return f"Remove {data.token} and start the server again: it makes a new one."


def examine_port(data: DataFolder) -> Iterator[Finding]:
    """Whether the server answers, and where."""
    what = "Server"
    try:
        address = data.read_address()
    except MultiplaneError:
        if _is_free(DEFAULT_PORT):
            yield Finding(what, "ok", f"does not run; port {DEFAULT_PORT} is free", _START)
        else:
            says = f"does not run; another program has port {DEFAULT_PORT}"
            yield Finding(what, "ok", says, f"{_START} takes one that is free.")
        return
    from multiplane.client.entrance import find_entrance

    try:
        find_entrance(data)
    except MultiplaneError as error:
        if error.code == "server.not_running":
            says = f"was at {address.url}, and nothing answers there"
            remedy = (
                f"It was killed. Start it again: {_START}; what was accepted goes on by itself."
            )
            yield Finding(what, "warning", says, remedy)
        else:
            yield Finding(what, "problem", error.message, f"Start it again: {_START}")
    else:
        yield Finding(what, "ok", f"answers at {address.url} (process {address.pid})")


def _at_work(data: DataFolder) -> Iterator[Finding]:
    """Whether the running server and its workers do run, or were stopped as by kill -STOP."""
    import psutil

    from multiplane.server.workers.worker_process import stands_still

    try:
        server = psutil.Process(data.read_address().pid)
        workers = [one for one in server.children() if _is_worker(one)]
    except (MultiplaneError, psutil.Error, ValueError):
        return
    if stands_still(server.pid):
        says = f"the server (process {server.pid}) was stopped, as by kill -STOP or Ctrl-Z"
        yield Finding("Server at work", "warning", says, f"Go on: kill -CONT {server.pid}")
    stopped = [str(one.pid) for one in workers if stands_still(one.pid)]
    what = "Workers at work"
    if stopped:
        says = f"stopped, as by kill -STOP or a debugger: process {', '.join(stopped)}"
        remedy = f"Go on: kill -CONT {' '.join(stopped)}. Else the server replaces it in a minute."
        yield Finding(what, "warning", says, remedy)
    elif workers:
        yield Finding(what, "ok", f"{len(workers)} of them")


def _is_worker(process: psutil.Process) -> bool:
    import psutil

    try:
        return "multiplane.server.workers.worker" in process.cmdline()
    except psutil.Error:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(_ANSWER_S)
        return one.connect_ex(("127.0.0.1", port)) != 0


def _database(data: DataFolder) -> Iterator[Finding]:
    from multiplane.server.jobs.storage import backups
    from multiplane.server.jobs.storage.faults import faults
    from multiplane.server.jobs.storage.refusals import SQLITE_ERRORS, refusal
    from multiplane.server.jobs.tables import VERSION

    what, path = "Jobs", data.database
    backup = backups.newest_sound(data)
    again = "Start the server: it keeps all files of jobs, sets the database aside, and "
    again += (
        f"goes on from the backup of {backups.made_at(backup)}."
        if backup is not None
        else "rebuilds the history from the jobs' files."
    )
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        if backup is None and not any(data.jobs.glob("*/*")):
            yield Finding(what, "ok", "none yet")
        else:
            says = f"{path} is {'empty' if path.exists() else 'missing'}"
            yield Finding(what, "problem", says, again)
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
            (found,) = database.execute("PRAGMA user_version").fetchone()
            if VERSION < found <= 1000:
                says = f"{path} was written by a newer version of Multiplane"
                yield Finding(what, "problem", says, "Install the newest Multiplane.")
                return
            fault = faults(database)
            if fault:
                yield Finding(what, "problem", f"{path} is damaged: {fault[:200]}", again)
                return
            counted = "SELECT state, COUNT(*) FROM job GROUP BY state"
            rows = database.execute(counted).fetchall()
            paused = database.execute("SELECT 1 FROM setting WHERE name = 'paused'").fetchone()
            lost = _lost(data, database)
    except SQLITE_ERRORS as error:
        failure = refusal(path, error)
        damaged = failure.code == "server.database_damaged"
        remedy = again if damaged else failure.remedy or ""
        yield Finding(what, "problem", f"{path}: {failure.message}", remedy)
        return
    says = ", ".join(f"{count} {state}" for state, count in rows) or "none"
    yield Finding(what, "ok", says + (", and the queue is paused" if paused else ""))
    if lost:
        names = ", ".join(list(lost)[:5]) + (", ..." if len(lost) > 5 else "")
        says = f"{sum(lost.values())} finished shots have no files in {data.jobs}; jobs: {names}"
        remedy = "Start the server again: it brings back what it has copies of, and tells of the "
        remedy += f"rest. Made again: multiplane jobs retry {next(iter(lost))}"
        yield Finding("Files of jobs", "problem", says, remedy)


def _lost(data: DataFolder, database: sqlite3.Connection) -> dict[str, int]:
    """How many finished shots have no files, by job; those that failed because of it, too."""
    from multiplane.contract.layout import MANIFEST, SHOTS
    from multiplane.server.jobs.storage.finished_files import GONE

    found: Counter[str] = Counter()
    rows = database.execute(
        "SELECT job_id, folder, state FROM shot"
        " WHERE state = 'finished' OR (state = 'failed' AND instr(error, ?))",
        (GONE,),
    )
    for job, folder, state in rows:
        if state == "failed" or not (data.jobs / job / SHOTS / folder / MANIFEST).is_file():
            found[job] += 1
    return found


def _disk(data: DataFolder) -> Iterator[Finding]:
    from multiplane.server.workers.runner import LEAST_FREE_BYTES

    what, there = "Disk for jobs", data.root
    while not there.is_dir():
        if there.exists():
            says = f"{there} is a file, where the data folder should be"
            yield Finding(what, "problem", says, "Move it away, or give another --data.")
            return
        there = there.parent
    if not os.access(there, os.W_OK):
        says = f"there is no permission to write in {there}"
        yield Finding(what, "problem", says, "Change its permissions, or give another --data.")
        return
    free = shutil.disk_usage(there).free
    says = f"{free / 1e9:.1f} GB free at {data.root}"
    if free < LEAST_FREE_BYTES:
        yield Finding(what, "problem", says, "Free some space; the queue waits for it.")
    elif free < 10 * LEAST_FREE_BYTES:
        yield Finding(what, "warning", says, "Free some space.")
    else:
        yield Finding(what, "ok", says)


def _workers() -> Iterator[Finding]:
    """Whether a process that makes shots starts here."""
    from multiplane.server.workers.worker_process import WorkerLost, WorkerProcess

    async def start(log: Path) -> None:
        worker = await WorkerProcess.start(log)
        await worker.stop()

    what, began = "Workers", time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "worker.log"
        try:
            asyncio.run(start(log))
        except (WorkerLost, OSError) as error:
            words = log.read_text("utf-8", "replace").strip() if log.is_file() else ""
            last = words.splitlines()[-1] if words else str(error)
            yield Finding(what, "problem", f"do not start: {last}", "Install Multiplane anew.")
        else:
            says = f"one started in {time.monotonic() - began:.1f} s"
            yield Finding(what, "ok", says)
