"""multiplane pair: a one-time code of the server that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiplane.cli.teach import teach

PAIR_HELP = teach(
    """
    Let a browser, or a panel that can read no files, use the server that runs.

    It asks that server for a code and prints an address that carries it: a browser that opens it is
    paired, once and within five minutes. Every further browser gets a code of its own. Nothing is
    restarted.
    """,
    "multiplane pair",
    "multiplane pair --data D:/multiplane",
)


def add_to(app: typer.Typer) -> None:
    app.command(help=PAIR_HELP)(pair)


def pair(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Data folder of the server. Default: your data folder."),
    ] = None,
) -> None:
    """Ask for a code and print it."""
    from multiplane.client import Client
    from multiplane.contract.messages_client import NewCode

    with Client(data) as client:
        said = client.ask(NewCode())
    print(f"Open in a browser: {said.url}")
    print(f"Or type this code into the panel: {said.code}")
    print(f"It is good for one program and {said.valid_s / 60:.0f} minutes.")
