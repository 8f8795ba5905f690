"""The option --fill: what is behind layers."""

from __future__ import annotations

from typing import Annotated

import typer

FillBy = Annotated[
    str | None,
    typer.Option(
        "--fill",
        help="What is behind layers: pixels (continued from around it) or model (painted by the "
        "picture model where the move shows it). Default: what the storyboard says, else pixels.",
    ),
]


def known_fill(name: str) -> str:
    """The name, if there is such a fill. Raises InputError `cli.fill_unknown`."""
    from multiplane.contract.known_names import unknown_name

    fills = ("pixels", "model")
    if name not in fills:
        raise unknown_name("cli.fill_unknown", "fill", name, fills, field="--fill")
    return name
