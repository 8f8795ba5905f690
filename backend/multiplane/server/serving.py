"""A server in the foreground: until a signal, saying what it exposes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import InputError
from multiplane.intake.opening import CERTIFICATE, open_file
from multiplane.server.jobs.storage.own_folder import prepare
from multiplane.server.server import LOOPBACK, Server, ServerSettings
from multiplane.server.web.certificate import ensure_certificate
from multiplane.server.web.pairing import VALID_S


@dataclass(frozen=True)
class Remote:
    """How others reach the server. names: what they may call it in Host."""

    host: str
    names: tuple[str, ...]
    tls: ssl.SSLContext | None


async def serve_until_stopped(
    settings: ServerSettings, *, say: Callable[[str], None], pair: bool = False
) -> None:
    """Serve until SIGINT, SIGTERM or a client's `server.stop`.

    Running shots are finished or parked within five seconds.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    async with Server(settings) as server:
        assert server.address is not None
        assert server.pairing is not None
        say(f"Multiplane serves at {server.address.url}, with its data in {settings.data.root}")
        code = server.pairing.new_code()
        minutes = f"{VALID_S / 60:.0f} minutes"
        say(f"The panel in a browser, for {minutes} and one browser: {server.pairing.link(code)}")
        for notice in server.notices:
            say(notice)
        if settings.host != LOOPBACK:
            say(
                f"Open to other computers at {settings.host}, port {server.address.port}: whoever "
                "has the token can make shots, read all results, and name "
                + (
                    f"files in {', '.join(str(folder) for folder in settings.only)} as pictures."
                    if settings.only
                    else "any file of this computer as a picture; --only FOLDER limits that."
                )
            )
        if pair:
            say(f"Pairing code, good for one program and {minutes}: {server.pairing.new_code()}")
        say("Stop it with Ctrl-C.")
        wanted = [asyncio.ensure_future(one.wait()) for one in (stopped, server.stop_asked)]
        await asyncio.wait(wanted, return_when=asyncio.FIRST_COMPLETED)
        for one in wanted:
            one.cancel()
        say("Stopping. What is not finished goes on at the next start.")
    with contextlib.suppress(NotImplementedError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def checked_folders(given: Sequence[Path]) -> tuple[Path, ...]:
    """The folders of --only, absolute, with all links followed. Raises InputError for another."""
    found = []
    for path in given:
        folder = path.expanduser()
        try:
            folder = folder.resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            folder = folder / "nothing"
        if not folder.is_dir():
            raise InputError(
                "serve.only",
                "This is no folder.",
                file=str(path),
                field="--only",
                remedy="Name a folder that is there; what lies in it and below may be read.",
            )
        found.append(folder)
    return tuple(found)


def remote_side(
    data: DataFolder, listen: str, certificate: Path | None, key: Path | None
) -> Remote:
    """What --listen asks for, with a certificate given, or made for it.

    Raises InputError for half of a certificate, or one that cannot be read.
    """
    if (certificate is None) != (key is None):
        raise InputError(
            "serve.certificate",
            "A certificate and its key belong together.",
            field="--certificate" if certificate is None else "--key",
            remedy="Give both --certificate and --key, or neither: then one is made.",
        )
    names = [listen] if listen not in ("0.0.0.0", "::") else []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is None or key is None:
        prepare(data)
        certificate, key, made_for = ensure_certificate(data, names)
        names += made_for
    for path in (certificate, key):
        open_file(path, CERTIFICATE).close()  # the library would wait for a pipe
    try:
        tls.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            "serve.certificate",
            "The certificate cannot be used: {why}.",
            file=str(certificate),
            remedy="Give a certificate and its key as PEM files.",
            values={"why": str(error)},
        ) from error
    return Remote(listen, tuple(dict.fromkeys(names)), tls)
