"""A whole server: put together, started, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from multiplane.contract.data_folder import DEFAULT_PORT, Address, DataFolder
from multiplane.contract.errors import Failure
from multiplane.deliver.panel_folder import panel_folder
from multiplane.intake.reach import limited_to
from multiplane.server import logs
from multiplane.server.app import make_app
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.hub import Hub
from multiplane.server.jobs.results import PREFIXES, SharedResults
from multiplane.server.jobs.storage.own_folder import hold
from multiplane.server.jobs.storage.stock import Stock
from multiplane.server.jobs.storage.token_file import ensure_token
from multiplane.server.jobs.views import Views
from multiplane.server.web.connections import IDLE_S, LINGERING_S, Connections
from multiplane.server.web.endpoints import Files
from multiplane.server.web.gate import Gate
from multiplane.server.web.pairing import Pairing
from multiplane.server.web.panel_pages import PANEL, Panel
from multiplane.server.web.proving import Proving
from multiplane.server.web.thumbnails import Thumbnails
from multiplane.server.websocket.requests import Requests
from multiplane.server.websocket.session import Sessions
from multiplane.server.workers.clock_watch import watch
from multiplane.server.workers.factory import WorkerFactory
from multiplane.server.workers.pulls import Pulls
from multiplane.server.workers.runner import Runner
from multiplane.server.workers.utility_worker import UtilityWorker
from multiplane.server.workers.worker_slot import RunnerSettings, own_folders

_LOGGER = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
STOP_S = 3.0
CLEAN_UP_EVERY_S = 600.0
BACK_UP_EVERY_S = 1800.0
_AT_ONCE = 200


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
    only: tuple[Path, ...] = ()  # folders that storyboards may name files in; none: everywhere
    panel: Path | None = None  # the panel's files; None: where they usually are


class Server:
    """Use as `async with Server(settings) as server`; it serves until the block ends."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.address: Address | None = None
        self.pairing: Pairing | None = None
        self.stop_asked = asyncio.Event()
        """A client wants the server to end."""
        self.notices: list[str] = []  # of the start: what was brought back, or set aside
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
        settings, data = self.settings, self.settings.data
        if os.name != "nt":
            stack.callback(os.umask, os.umask(0o077))  # all that is made here is private
        stack.enter_context(hold(data))
        stack.enter_context(limited_to(settings.only, own_folders(data.root)))
        data.port.unlink(missing_ok=True)  # of a killed server: another program may have it now
        token = ensure_token(data.token)
        stack.callback(logs.close_logs, logs.open_logs(data.logs))

        stock = Stock.open(data)
        stack.callback(stock.close)
        self.notices = stock.notices
        store, results, removal = stock.store, stock.results, stock.removal
        views = Views(store, data.jobs)
        hub = Hub(views)
        factory = await self._farm(stack, results.blobs)
        work = RunnerSettings(
            data.work, data.logs / logs.WORKER, self._workers(), settings.device,
            settings.idle_s, factory, settings.only,
        )  # fmt: skip
        runner = Runner(store, results, hub, views, work)
        utility, pulls = UtilityWorker(work.worker_log), Pulls(hub, work.worker_log)
        stack.push_async_callback(utility.close)
        stack.push_async_callback(pulls.close)
        self.pairing = Pairing(token)
        requests = Requests(
            store, results, hub, views, runner,
            utility=utility, pulls=pulls, removal=removal, pairing=self.pairing,
            device=settings.device, quota=settings.quota_bytes, on_stop=self.stop_asked.set,
        )  # fmt: skip
        stack.callback(requests.close)
        sessions = Sessions(store, hub, requests)
        files = Files(store, results, views)

        connections = Connections()
        gate = Gate(token, settings.origins)
        panel = Panel(settings.panel or panel_folder())
        proving = Proving(token)
        app = make_app(
            gate, connections, sessions, files, self.pairing, panel, proving, Thumbnails(results)
        )
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
        gate.open_at(port, names, scheme=scheme, run_pass=proving.start_at(port))

        runner.start()
        stack.push_async_callback(runner.stop, STOP_S)
        cleaning = asyncio.create_task(_clean_up(results, runner, settings.quota_bytes))
        stack.callback(cleaning.cancel)
        backing_up = asyncio.create_task(_back_up(stock, hub))
        stack.callback(backing_up.cancel)
        watching = asyncio.create_task(watch(lambda text: hub.say("info", text)))
        stack.callback(watching.cancel)
        everywhere = settings.host in (LOOPBACK, "0.0.0.0", "::")
        host = LOOPBACK if everywhere else settings.host
        self.address = Address(host, port, scheme, os.getpid())
        self.pairing.open_at(f"{self.address.url}{PANEL}")
        data.write_address(self.address)
        stack.callback(data.port.unlink, missing_ok=True)
        _LOGGER.info("Listening on %s:%s", settings.host, port)

    async def _farm(self, stack: contextlib.AsyncExitStack, blobs: Blobs) -> WorkerFactory | None:
        if self.settings.farm is None:
            return None
        from multiplane.server.workers.farm.cluster import FarmFactory, joined

        await stack.enter_async_context(joined(self.settings.farm))
        return FarmFactory(blobs, self.settings.device)

    def _workers(self) -> int:
        if self.settings.workers is not None or self.settings.farm is None:
            return self.settings.workers or 1
        from multiplane.server.workers.farm.cluster import places

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
                "The port cannot be used: {why}.",
                value=f"{settings.host}:{port}",
                remedy="Give another one with --port, or none.",
                values={"why": str(error.strerror or error)},
            ) from error


async def _clean_up(results: SharedResults, runner: Runner, quota: int) -> None:
    """Keep what nobody refers to within the quota, whenever nothing is being made or received."""

    def idle() -> bool:
        return not (runner.busy or results.blobs.arriving)

    while True:
        wanted = await runner.room_wanted(CLEAN_UP_EVERY_S)
        if not idle():
            continue
        await runner.sweep()
        await _forget(results, 0 if wanted else quota, idle)
        if wanted:
            runner.wake()
        for prefix in PREFIXES:
            if not idle():
                break  # the next time
            for sha256 in results.unknown(prefix):
                if await asyncio.to_thread(results.blobs.is_what_it_says, sha256) and idle():
                    results.take_in(sha256)
                    _LOGGER.info("A file that no job has was found; it counts as an upload now.")
            await asyncio.sleep(0)


async def _forget(results: SharedResults, quota: int, idle: Callable[[], bool]) -> None:
    """What nobody refers to goes, down to the quota: in small parts, so that nobody waits."""
    freed, dropped = 0, results.forget(quota)
    for start in range(0, len(dropped), _AT_ONCE):
        if not idle():
            break  # what is left is found as unknown the next time
        freed += results.delete(dropped[start : start + _AT_ONCE])
        await asyncio.sleep(0)
    if freed:
        _LOGGER.info("Clean-up freed %.1f MB", freed / 1e6)


async def _back_up(stock: Stock, hub: Hub) -> None:
    """Back the database up now and then, and say so when it proves damaged."""
    while True:
        damage = await asyncio.to_thread(stock.back_up)
        if damage is not None:
            hub.say(
                "error",
                f"The database is damaged ({damage[:200]}). Stop the server and start it again: it "
                "goes on from the newest backup, and keeps all files.",
            )
        await asyncio.sleep(BACK_UP_EVERY_S)
