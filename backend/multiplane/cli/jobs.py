"""multiplane jobs: what the running server has made and is to make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from multiplane.client import Client
    from multiplane.contract.document import ErrorEntry
    from multiplane.contract.messages_common import JobView

app = typer.Typer(
    help="Jobs of the server that `multiplane serve` runs: list them, look at one, retry one.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Data = Annotated[
    Path | None, typer.Option("--data", help="The server's data folder, if it has its own.")
]
_Job = Annotated[str, typer.Argument(help="The job's id, as in: multiplane jobs list")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_PAGE = 100


@app.command("list")
def list_jobs(
    data: _Data = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=_PAGE, help="So many of the newest.")
    ] = 20,
    as_json: _AsJson = False,
) -> None:
    """Show the newest jobs: their state, how many shots are made, and what went wrong.

    multiplane jobs list
    multiplane jobs list --limit 100 --json
    """
    from multiplane.contract.messages_client import ListJobs

    with _client(data) as client:
        found = client.ask(ListJobs(limit=limit))
    if as_json:
        print(json.dumps([job.model_dump(mode="json") for job in found.jobs], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("Job", "Title", "State", "Made", "Submitted"):
        table.add_column(column, overflow="fold")
    for job in found.jobs:
        table.add_row(*(_plain(cell) for cell in _cells(job)))
    console = Console(highlight=False)
    console.print(table)
    if found.total > len(found.jobs):
        console.print(f"{found.total - len(found.jobs)} older ones", style="dim")


@app.command()
def show(job: _Job, data: _Data = None, as_json: _AsJson = False) -> None:
    """Show one job: its folder, the state of every shot, and what to do where something failed.

    multiplane jobs show 3f2b8c1e-5d64-4c1a-9a3e-0b6f7d2c8e11
    """
    from multiplane.contract.messages_client import GetJob

    with _client(data) as client:
        detail = client.ask(GetJob.of(job=job))
    if as_json:
        print(json.dumps(detail.model_dump(mode="json"), indent=2))
        return
    for word, value in zip(("Job", "Title", "State", "Made", "Submitted"), _cells(detail.job),
                           strict=True):  # fmt: skip
        print(f"{word:<10} {value}")
    print(f"{'Folder':<10} {detail.job.folder}")
    if detail.job.error is not None:
        print(f"{'Files':<10} {_said(detail.job.error)}")
    for shot in detail.shots:
        words = _said(shot.error) if shot.error is not None else shot.manifest or ""
        print(f"  {shot.id}: {shot.state} {words}".rstrip())


@app.command()
def retry(
    job: _Job,
    shot: Annotated[str | None, typer.Option("--shot", help="Only the shot with this id.")] = None,
    data: _Data = None,
) -> None:
    """Make failed and cancelled shots again, and those whose files have gone.

    Files that have gone are brought back from the server's own copies where it has them; those of
    the whole storyboard are written again.

    multiplane jobs retry 3f2b8c1e-5d64-4c1a-9a3e-0b6f7d2c8e11 --shot shot-002
    """
    from multiplane.contract.messages_client import GetJob, Retry

    with _client(data) as client:
        client.ask(Retry.of(job=job, shot=shot))
        now = client.ask(GetJob.of(job=job)).job
    print(f"Job {now.job} is {now.state}.")


def _client(data: Path | None) -> Client:
    from multiplane.client import Client
    from multiplane.contract.data_folder import data_folder

    return Client(data_folder(data).root, name="multiplane jobs")


def _cells(job: JobView) -> tuple[str, str, str, str, str]:
    from multiplane.contract.messages_common import ShotState

    failed = job.counts[ShotState.FAILED]
    state = f"{job.state} ({failed} shots failed)" if failed else str(job.state)
    return job.job, job.title, state, f"{job.counts[ShotState.FINISHED]}/{job.shots}", job.created


def _said(error: ErrorEntry) -> str:
    """The error and those that came with it, each on a line of its own."""
    lines = []
    for one in (error, *error.also):
        where = ", ".join(part for part in (one.file, one.field) if part)
        said = f"{where}: {one.message}" if where else one.message
        lines.append(f"{said} {one.remedy or ''}".strip())
    return "\n    ".join(lines)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
