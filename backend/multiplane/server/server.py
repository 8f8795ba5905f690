"""A whole server: put together, started, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from filelock import FileLock, Timeout

from multiplane.contract.data_folder import DEFAULT_PORT, Address, DataFolder
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.panel.sources import panel_folder
from multiplane.server import logs
from multiplane.server.app import make_app
from multiplane.server.aside import Aside
from multiplane.server.blobs import Blobs
from multiplane.server.connections import IDLE_S, LINGERING_S, Connections
from multiplane.server.crew import Crew
from multiplane.server.gate import Gate
from multiplane.server.http import Files
from multiplane.server.hub import Hub
from multiplane.server.lane import RunnerSettings
from multiplane.server.pairing import Pairing
from multiplane.server.panel import Panel
from multiplane.server.pulls import Pulls
from multiplane.server.recovery import recover
from multiplane.server.requests import Requests
from multiplane.server.results import PREFIXES, Results
from multiplane.server.runner import Runner
from multiplane.server.secret import ensure_token
from multiplane.server.session import Sessions
from multiplane.server.standstill import watch
from multiplane.server.store import Store
from multiplane.server.tables import open_database
from multiplane.server.views import Views

_LOGGER = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
STOP_S = 3.0
CLEAN_UP_EVERY_S = 600.0


@dataclass(frozen=True)
class ServerSettings:
    """port: None for the usual one, or any that is free when that is taken; 0 for any."""

    data: DataFolder
    port: int | None = None
    host: str = LOOPBACK
    names: tuple[str, ...] = ()  # further values of Host that clients may use
    tls: ssl.SSLContext | None = None
    workers: int | None = None  # None: one, or as many as the farm has room for
    farm: str | None = None  # a Ray cluster whose nodes make the shots: "auto" or its address
    device: str = "auto"
    origins: tuple[str, ...] = ()  # web pages that may use the server
    quota_bytes: int = 50 * 10**9
    idle_s: float = 300.0
    panel: Path | None = None  # the panel's files; None: where they usually are


class Server:
    """Use as `async with Server(settings) as server`; it serves until the block ends."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.address: Address | None = None
        self.pairing: Pairing | None = None
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Server:
        """Raises Failure `server.running` for a data folder in use, and what the disk refuses."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        settings, root = self.settings, self.settings.data.root
        stack.enter_context(hold(settings.data))
        token = ensure_token(settings.data.token)
        log_folder = root / "logs"
        stack.callback(logs.close_logs, logs.open_logs(log_folder))

        database = open_database(root / "jobs.sqlite3")
        stack.callback(database.close)
        store, results = Store(database), Results(database, Blobs(root / "blobs"))
        views = Views(store, root / "jobs")
        hub = Hub(views)
        crew = await self._farm(stack, results.blobs)
        work = RunnerSettings(
            root / "work", log_folder / logs.WORKER, self._workers(), settings.device,
            settings.idle_s, crew,
        )  # fmt: skip
        recover(store, results, work=work.work, jobs=root / "jobs")
        runner = Runner(store, results, hub, views, work)
        aside, pulls = Aside(work.worker_log), Pulls(hub, work.worker_log)
        stack.push_async_callback(aside.close)
        stack.push_async_callback(pulls.close)
        requests = Requests(store, results, hub, views, runner, aside=aside, pulls=pulls)
        stack.callback(requests.close)
        sessions = Sessions(store, hub, requests)
        files = Files(store, results, views)
        self.pairing = Pairing(token)

        connections = Connections()
        hosts: set[str] = set()
        gate = Gate(token, hosts, frozenset(_plain(one) for one in settings.origins))
        panel = Panel(settings.panel or panel_folder())
        app = make_app(gate, connections, sessions, files, self.pairing, panel)
        web_runner = web.AppRunner(
            app,
            access_log=None,
            keepalive_timeout=IDLE_S,
            lingering_time=LINGERING_S,
            shutdown_timeout=1.0,
            handle_signals=False,
        )
        await web_runner.setup()
        stack.push_async_callback(web_runner.cleanup)
        stack.push_async_callback(sessions.close)
        listening = await self._listen(connections, web_runner)
        stack.callback(listening.close)

        port = listening.sockets[0].getsockname()[1]
        scheme = "https" if settings.tls else "http"
        names = (LOOPBACK, "localhost", *settings.names)
        hosts.update(f"{name.lower()}:{port}" for name in names)
        gate.own.update(f"{scheme}://{host}" for host in hosts)

        runner.start()
        stack.push_async_callback(runner.stop, STOP_S)
        cleaning = asyncio.create_task(_clean_up(results, runner, settings.quota_bytes))
        stack.callback(cleaning.cancel)
        watching = asyncio.create_task(watch(lambda text: hub.say("info", text)))
        stack.callback(watching.cancel)
        everywhere = settings.host in (LOOPBACK, "0.0.0.0", "::")
        host = LOOPBACK if everywhere else settings.host
        self.address = Address(host, port, scheme, os.getpid())
        settings.data.write_address(self.address)
        stack.callback(settings.data.port.unlink, missing_ok=True)
        _LOGGER.info("Listening on %s:%s", settings.host, port)

    async def _farm(self, stack: contextlib.AsyncExitStack, blobs: Blobs) -> Crew | None:
        if self.settings.farm is None:
            return None
        from multiplane.server.farm.cluster import FarmCrew, joined

        await stack.enter_async_context(joined(self.settings.farm))
        return FarmCrew(blobs, self.settings.device)

    def _workers(self) -> int:
        if self.settings.workers is not None or self.settings.farm is None:
            return self.settings.workers or 1
        from multiplane.server.farm.cluster import places

        return places()

    async def _listen(self, connections: Connections, runner: web.AppRunner) -> asyncio.Server:
        settings = self.settings
        port = DEFAULT_PORT if settings.port is None else settings.port
        try:
            return await connections.listen(runner, settings.host, port, settings.tls)
        except OSError as error:
            if settings.port is None and error.errno == errno.EADDRINUSE:
                return await connections.listen(runner, settings.host, 0, settings.tls)
            raise Failure(
                "server.port",
                f"The port cannot be used: {error.strerror or error}.",
                value=f"{settings.host}:{port}",
                remedy="Give another one with --port, or none.",
            ) from error


@contextlib.contextmanager
def hold(data: DataFolder) -> Iterator[None]:
    """Keep the data folder for this process. Raises Failure `server.running` with who has it."""
    data.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(data.root / "server.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _running(data) from None
    try:
        yield
    finally:
        lock.release()


def _running(data: DataFolder) -> Failure:
    try:
        address = data.read_address()
        who = f"Process {address.pid} serves it at {address.url}."
    except MultiplaneError:
        who = "Another server is just starting or stopping."
    return Failure(
        "server.running",
        f"This data folder is in use. {who}",
        file=str(data.root),
        remedy="Use that server, stop it, or give another folder with --data.",
    )


async def _clean_up(results: Results, runner: Runner, quota: int) -> None:
    """Keep what nobody refers to within the quota, whenever nothing is being made or received."""

    def idle() -> bool:
        return not (runner.busy or results.blobs.arriving)

    while True:
        await asyncio.sleep(CLEAN_UP_EVERY_S)
        freed = 0
        if idle():
            runner.sweep()
            results.forget(quota)
        for prefix in PREFIXES:
            if not idle():
                break  # the next time
            freed += results.delete_unwanted(prefix)
            await asyncio.sleep(0)
        if freed:
            _LOGGER.info("Clean-up freed %.1f MB", freed / 1e6)


def _plain(origin: str) -> str:
    return origin.lower().rstrip("/")
