"""multiplane submit: hand a storyboard to the running server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiplane.cli.fill_choice import FillBy, known_fill
from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.contract.messages_server import JobDetail

SUBMIT_HELP = teach(
    """
    Hand a storyboard to the server that `multiplane serve` runs. Once it is accepted it will be
    made, also when this program, the server or the computer stops in between.

    With --wait the progress is shown until the end; with --out the results are fetched, too.
    Exit status: 0 accepted (with --wait: all made, and the storyboard's files written), 1 something
    failed, 2 bad input.
    """,
    "multiplane submit board.json",
    "multiplane submit board.json --wait -o out/board",
)


def add_to(app: typer.Typer) -> None:
    app.command(help=SUBMIT_HELP)(submit)


def submit(
    storyboard: Annotated[
        Path, typer.Argument(help="Storyboard: any file that render takes.", show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Fetch the results into this folder.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all shots have ended.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="The server's data folder, if it has its own.")
    ] = None,
    job: Annotated[
        str | None,
        typer.Option("--job", help="An id of your own: the same one again changes nothing."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Instead of the storyboard's model.")
    ] = None,
    cut: Annotated[
        str | None,
        typer.Option("--cut", help="What cuts the pictures, instead of what the storyboard says."),
    ] = None,
    fill: FillBy = None,
    ensure: Annotated[
        int | None,
        typer.Option(
            "--ensure",
            help="Paint shots whose cast is unlike its pictures so often again at most, and keep "
            "the likest.",
            min=0,
            max=8,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON event per line instead of progress bars.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Submit, and if wanted wait and fetch."""
    import dataclasses
    import sys

    from multiplane.cli.errors import Interrupted
    from multiplane.cli.following import follow
    from multiplane.client import Client
    from multiplane.contract.data_folder import data_folder
    from multiplane.contract.errors import InputError
    from multiplane.intake.reading import find_format

    chosen = None if fill is None else known_fill(fill)
    reading = find_format(storyboard).read(storyboard)
    for error in reading.errors.values():
        print(error, file=sys.stderr)
    folder = data_folder(data)
    with Client(folder.root, name="multiplane submit") as client:
        document = dict(reading.document)
        if ensure is not None:
            document["ensure"] = ensure
        if chosen is not None:
            document["fill"] = chosen
        try:
            said = client.submit(document, folder=reading.folder, job=job, model=model, cut=cut)
        except InputError as error:
            if error.field == "job":
                raise dataclasses.replace(error, field="--job") from None
            raise
    accepted = said.job
    if not quiet:
        for notice in (*map(str, reading.notices), *said.notices):
            print(f"Warning: {storyboard}: {notice}", file=sys.stderr)
        _tell_before(storyboard, model, cut)
    if not (wait or out):
        if not quiet:
            print(accepted.job)
        return
    try:
        detail = follow(folder, accepted.job, as_json=as_json, quiet=quiet, out=out)
    except KeyboardInterrupt:
        raise Interrupted(
            f"The server goes on with job {accepted.job}. Look again with: "
            f"multiplane submit {storyboard} --job {accepted.job} --wait"
        ) from None
    if _status(detail):
        raise typer.Exit(_status(detail))


def _tell_before(storyboard: Path, model: str | None, cut: str | None) -> None:
    """On stderr, what the model will not know and LoRAs that do not fit it.

    They are warnings: the server may have other models than are here.
    """
    import sys

    from multiplane.cli.findings import unfit_loras, unknown_words
    from multiplane.contract.errors import MultiplaneError
    from multiplane.intake.read_storyboard import read_storyboard

    try:
        loaded = read_storyboard(storyboard)
        found = [*unfit_loras(loaded, model), *unknown_words(loaded, model, cut)]
    except MultiplaneError:
        return
    for finding in found:
        print(
            f"Warning: {finding.id}: {finding.text} {finding.remedy or ''}".rstrip(),
            file=sys.stderr,
        )


def _status(detail: JobDetail) -> int:
    from multiplane.contract.messages_common import JobState

    return 0 if detail.job.state is JobState.FINISHED else 1
