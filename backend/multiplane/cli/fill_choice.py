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
    from multiplane.contract.errors import InputError

    if name not in ("pixels", "model"):
        raise InputError(
            code="cli.fill_unknown",
            message="There is no such fill.",
            field="--fill",
            value=name,
            remedy="Use pixels or model.",
        )
    return name
