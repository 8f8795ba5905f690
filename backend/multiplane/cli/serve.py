"""multiplane serve: the server in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiplane.cli.teach import teach

SERVE_HELP = teach(
    """
    Serve the panel, scripts and other programs on this computer until Ctrl-C.

    What was accepted is made, whatever happens: after a crash or a power cut the next start goes
    on by itself. Token and port lie in the data folder, where clients find them.

    It names an address that opens the panel in a browser and pairs it; multiplane pair makes
    another one, while the server runs.

    Only this computer can reach it, and only with the token. With --listen others can, too, over
    TLS; it says what that exposes.

    With --farm the shots are made by the computers of a Ray cluster that this one belongs to, each
    on a GPU of its own where there are any; they need the same Multiplane and the same models.
    """,
    "multiplane serve",
    "multiplane serve --port 9000 --data D:/multiplane --workers 2",
    "multiplane serve --only ~/storyboards --only /mnt/audio",
    "multiplane serve --listen 192.168.1.20",
    "multiplane serve --farm auto --workers 8",
)


def add_to(app: typer.Typer) -> None:
    app.command(help=SERVE_HELP)(serve)


def serve(
    port: Annotated[
        int | None,
        typer.Option("--port", "-p", min=0, max=65535, help="Default: 8472, or one that is free."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Where jobs and results are kept. Default: your data folder."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=64,
            help="Shots made at the same time. Default: 1, or the farm's.",
        ),
    ] = None,
    farm: Annotated[
        str | None,
        typer.Option("--farm", help="Make shots on a Ray cluster: auto, or HOST:PORT of its head."),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")] = (
        "auto"
    ),
    idle_minutes: Annotated[
        float, typer.Option("--idle-minutes", min=0.1, help="Unload an unused model after this.")
    ] = 5.0,
    quota_gb: Annotated[
        float, typer.Option("--quota-gb", min=0.0, help="Keep so much of what no job needs.")
    ] = 50.0,
    pair: Annotated[
        bool,
        typer.Option("--pair", help="Show a one-time code, too; multiplane pair shows one later."),
    ] = False,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option("--allow-origin", help="A web page that may use the server, by its URL."),
    ] = None,
    only: Annotated[
        list[Path] | None,
        typer.Option(
            "--only",
            metavar="FOLDER",
            help="Read pictures, audio and models that a storyboard names by path from here only. "
            "May be given often. Default: from everywhere.",
            show_default=False,
        ),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option("--listen", help="Address of this computer at which others may reach it."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="PEM file, for --listen.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="PEM file of the certificate's key.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say everything as events, one JSON object a line.")
    ] = False,
) -> None:
    """Put the server together and run it."""
    import asyncio

    from multiplane.contract.data_folder import data_folder
    from multiplane.server.server import LOOPBACK, ServerSettings
    from multiplane.server.serving import (
        Remote,
        checked_folders,
        remote_side,
        serve_until_stopped,
    )

    folder = data_folder(data)
    remote = Remote(LOOPBACK, (), None)
    if listen is not None:
        remote = remote_side(folder, listen, certificate, key)
    settings = ServerSettings(
        folder,
        port=port,
        host=remote.host,
        names=remote.names,
        tls=remote.tls,
        workers=workers,
        farm=farm,
        device=device,
        origins=tuple(allow_origin or ()),
        only=checked_folders(only or ()),
        quota_bytes=int(quota_gb * 1e9),
        idle_s=idle_minutes * 60.0,
    )
    asyncio.run(serve_until_stopped(settings, say=_say_event if as_json else _say, pair=pair))


def _say(text: str) -> None:
    print(text, flush=True)


def _say_event(text: str) -> None:
    from multiplane.contract.events import Log

    print(Log(text=text).line(), flush=True)
