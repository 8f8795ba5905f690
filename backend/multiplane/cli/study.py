"""multiplane study: of the package `multiplane_study`, where it is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import typer

from multiplane.contract.errors import InputError

_PACKAGE = "multiplane_study"
HELP = "Benches of quality and speed, and the training of the bundled model."


def add_to(app: typer.Typer) -> None:
    """Add the benches and the training, or the way to get them.

    Looked up by name, for the program must never need them.
    """
    if find_spec(_PACKAGE) is not None:
        study: typer.Typer = import_module(f"{_PACKAGE}.commands").app
        app.add_typer(study, name="study")
        return

    @app.command(
        name="study",
        help=f"{HELP} Not installed here.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def missing(words: list[str] | None = typer.Argument(None, hidden=True)) -> None:
        raise InputError(
            "study.not_installed",
            "The benches and the training are a package of their own, which is not installed here.",
            value=" ".join(["study", *(words or ())]),
            remedy='Install it with: pip install "multiplane[study]". In a clone of the project, '
            "python3 installer setup brings it.",
        )
