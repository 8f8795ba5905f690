"""What `multiplane doctor` looks at for the server: its folder, token, port, database, workers.

Nothing is changed: a server may be running meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import stat
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from multiplane.cli.checkup import Finding
from multiplane.contract.data_folder import DEFAULT_PORT, Address, DataFolder
from multiplane.contract.errors import MultiplaneError

_ANSWER_S = 5.0
_START = "multiplane serve"


def examine_server(data: DataFolder) -> Iterator[Finding]:
    """All findings about the server of this data folder."""
    for check in (_token, _port, _database, _disk):
        yield from check(data)
    yield from _workers()


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


def _port(data: DataFolder) -> Iterator[Finding]:
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
    said = _health(data, address)
    if said is None:
        yield Finding(
            what,
            "warning",
            f"was at {address.url}, and nothing answers there",
            f"It was killed. Start it again: {_START}; what was accepted goes on by itself.",
        )
    elif said.get("status") != "ok":
        says = f"at {address.url} another program answers"
        yield Finding(what, "problem", says, f"Remove {data.port}, then: {_START}")
    else:
        yield Finding(what, "ok", f"answers at {address.url} (process {address.pid})")


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(_ANSWER_S)
        return one.connect_ex(("127.0.0.1", port)) != 0


def _health(data: DataFolder, address: Address) -> dict[str, object] | None:
    """What /health says; {} for something else than our answer, None for no answer at all."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    try:
        if address.scheme == "https":
            given = str(data.certificate) if data.certificate.is_file() else None
            context = ssl.create_default_context(cafile=given)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        opener = urllib.request.build_opener(*handlers)
        with opener.open(f"{address.url}/health", timeout=_ANSWER_S) as answer:
            read = json.loads(answer.read(1000))
    except urllib.error.HTTPError:
        return {}
    except OSError:
        return None
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _database(data: DataFolder) -> Iterator[Finding]:
    from peewee import DatabaseError, SqliteDatabase

    from multiplane.server.tables import VERSION, damage

    what, path = "Jobs", data.root / "jobs.sqlite3"
    away = f"Stop the server, move {path.name} away and start again; files of jobs stay."
    if not path.is_file():
        yield Finding(what, "ok", "none yet")
        return
    database = SqliteDatabase(f"file:{quote(str(path))}?mode=ro", uri=True)
    try:
        found = database.pragma("user_version")
        if found > VERSION:
            says = f"{path} was written by a newer version of Multiplane"
            yield Finding(what, "problem", says, "Install the newest Multiplane.")
            return
        fault = damage(database)
        if fault:
            yield Finding(what, "problem", f"{path} is damaged: {fault[:200]}", away)
            return
        rows = database.execute_sql("SELECT state, COUNT(*) FROM job GROUP BY state").fetchall()
        (paused,) = database.execute_sql(
            "SELECT COUNT(*) FROM setting WHERE name = 'paused'"
        ).fetchone()
        says = ", ".join(f"{count} {state}" for state, count in rows) or "none"
        yield Finding(what, "ok", says + (", and the queue is paused" if paused else ""))
    except DatabaseError as error:
        yield Finding(what, "problem", f"{path} cannot be read: {error}", away)
    finally:
        database.close()


def _disk(data: DataFolder) -> Iterator[Finding]:
    from multiplane.server.runner import LEAST_FREE_BYTES

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
    from multiplane.server.worker_process import WorkerLost, WorkerProcess

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
