"""The program `multiplane`: its commands, and how errors become one paragraph and a status.

Nothing heavy is imported here: a command imports what it needs when it runs, so that help comes
at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from typer.models import CommandInfo

from multiplane.cli import (
    camera,
    doctor,
    export,
    jobs,
    layer,
    models,
    pair,
    panel,
    render,
    serve,
    service,
    storyboard,
    study,
    submit,
)
from multiplane.cli.teach import teach

ABOUT = teach(
    """
    Storyboards in, layered 2.5D shots out. Every shot is painted, cut into soft-edged layers by the
    attention of the model that painted it, filled where things were hidden, ordered by depth and
    filmed by a moving camera.
    """,
    "multiplane render examples/warrior_and_princess.json -o out/demo",
    'multiplane decompose drawing.png --subjects "warrior, princess"',
    "multiplane models list",
    "multiplane doctor",
)

app = typer.Typer(
    name="multiplane",
    help=ABOUT,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
render.add_to(app)
serve.add_to(app)
pair.add_to(app)
submit.add_to(app)
app.add_typer(jobs.app, name="jobs")
app.add_typer(storyboard.app, name="storyboard")
app.add_typer(models.app, name="models")
camera.add_to(app)
layer.add_to(app)
export.add_to(app)
app.add_typer(panel.app, name="panel")
app.add_typer(service.app, name="service")
doctor.add_to(app)
study.add_to(app)


def _commands(group: typer.Typer) -> Iterator[CommandInfo]:
    yield from group.registered_commands
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from _commands(inner.typer_instance)


for taught in _commands(app):
    if taught.help is None:  # else it is taught already, with its examples
        taught.help = teach((taught.callback and taught.callback.__doc__) or "")


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        print(f"multiplane {version('multiplane')}")
    except PackageNotFoundError:
        print("multiplane (from a source tree)")
    raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit: 0 done, 1 a failure, 2 bad input, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        # A prompt may hold any character, and a Windows pipe may know only a few.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    sys.exit(_status(list(sys.argv[1:] if arguments is None else arguments)))


def _status(arguments: list[str]) -> int:
    from multiplane.cli.errors import Interrupted, report

    try:
        app(args=arguments, prog_name="multiplane", standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except Interrupted as stop:
        return report(stop, as_json="--json" in arguments)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: no reason for a traceback.
        sys.stderr.close()
        return 1
    except Exception as error:
        return report(error, as_json="--json" in arguments)
    return 0
