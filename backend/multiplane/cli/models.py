"""multiplane models: list, info, pull."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from multiplane.models.profiles import AnyProfile, ModelProfile

_USES = {
    "segmenter": "cutting: words to masks",
    "finder": "cutting: words to masks",
    "detector": "cutting: words to boxes",
    "masker": "cutting: boxes to masks",
    "matter": "cutting: finer edges",
}
app = typer.Typer(
    help="The models that can paint, judge depth and cut: which are here, what they are, get more.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show every known model, and whether it is on this computer."""
    rows = [_facts(profile) for profile in _all_profiles()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("Model", "For", "Here", "Size", "Licence"):
        table.add_column(column, no_wrap=True)
    here = {"bundled": "[green]comes along[/green]", "installed": "[green]yes[/green]"}
    for row in rows:
        state = str(row["state"])
        absent = "[red]damaged[/red]" if row["repository"] is None else "[yellow]no[/yellow]"
        table.add_row(
            str(row["name"]),
            str(row["for"]),
            here.get(state, absent),
            _size(row),
            str(row["licence"]),
        )
    console = Console(highlight=False)
    console.print(table)
    for row in rows:
        if row["state"] == "installed":
            console.print(f"{row['name']} lies in {row['folder']}", markup=False, soft_wrap=True)
    if any(row["state"] == "missing" and row["repository"] for row in rows):
        console.print("Get one with: multiplane models pull NAME", style="dim")


@app.command()
def info(
    name: Annotated[str, typer.Argument(help="A model's name, as in: multiplane models list")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show all facts about one model: where it is, how it is run, what memory it needs."""
    from multiplane.models.profiles import any_profile

    facts = _facts(any_profile(name))
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for key, value in facts.items():
        if value not in (None, "", 0) or key in ("guidance",):
            table.add_row(key.replace("_", " "), str(value))
    Console().print(table)


@app.command()
def pull(
    name: Annotated[
        str,
        typer.Argument(
            help="A model's name, as in: multiplane models list. Or laptop: the small set that "
            "cuts drawings and photographs of anything without a GPU."
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder to keep it in. Default: your user data folder."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Check all files, fetch damaged ones anew.")
    ] = False,
) -> None:
    """Download a model. Licence and size are shown first; an interrupted download goes on.

    Example: [cyan]multiplane models pull z-image-turbo[/cyan]
    """
    from rich.console import Console

    from multiplane.cli.errors import Interrupted
    from multiplane.models import hub
    from multiplane.models.profiles import profiles_of

    wanted = profiles_of(name)
    if len(wanted) > 1:
        wanted = _missing_of(name, wanted, to, force)
    for profile in wanted:
        if profile.repository is None:
            hub.pull(profile)  # says that it comes along
    console = Console(highlight=False)
    for profile in wanted:
        console.print(f"{profile.title} ({profile.repository})", markup=False)
        console.print(f"  Licence  {profile.licence}  {profile.licence_url}", markup=False)
        console.print(f"  Size     {_gigabytes(profile.download_bytes)}", markup=False)
        folder = hub.target_folder(profile, to)
        console.print(f"  To       {folder}", markup=False, soft_wrap=True)
    if len(wanted) > 1:
        size = sum(profile.download_bytes for profile in wanted)
        console.print(f"{_gigabytes(size)} in all.", markup=False)
    question = "Download it?" if len(wanted) == 1 else "Download them?"
    if wanted and not yes and not typer.confirm(question, default=True):
        raise typer.Exit(1)
    for profile in wanted:
        try:
            _pull_with_progress(profile, to, force, console)
        except KeyboardInterrupt:
            raise Interrupted(
                f"What has arrived is kept. Go on with: multiplane models pull {name}"
                + (f" --to {to}" if to else "")
            ) from None
        console.print(f"{profile.name} is ready.", markup=False)
    if not wanted:
        console.print(f"All models of {name} are here.", markup=False)


def _missing_of(
    name: str, wanted: tuple[AnyProfile, ...], to: Path | None, force: bool
) -> tuple[AnyProfile, ...]:
    """Of a set's models those that are to be fetched. Raises InputError for one folder for all."""
    from multiplane.contract.errors import InputError
    from multiplane.models import places

    if to is not None:
        raise InputError(
            "models.pull_target",
            f"{name} is {len(wanted)} models, and each needs a folder of its own.",
            field="--to",
            value=str(to),
            remedy=f"Pull them one by one: {', '.join(one.name for one in wanted)}.",
        )
    return tuple(one for one in wanted if force or places.find(one) is None)


def _pull_with_progress(profile: AnyProfile, to: Path | None, force: bool, console: object) -> None:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from multiplane.models import hub

    assert isinstance(console, Console)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("asking the hub", total=None)

        def on_bytes(done: int, total: int) -> None:
            progress.update(task, description="downloading", completed=done, total=total)

        hub.pull(profile, to, force=force, on_bytes=on_bytes)


def _all_profiles() -> list[AnyProfile]:
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES, profile
    from multiplane.models.vision.profiles import VISION_PROFILES

    painters = [profile(name) for name in PROFILES]
    return [*painters, *DEPTH_PROFILES.values(), *VISION_PROFILES.values()]


def _facts(profile: AnyProfile) -> dict[str, object]:
    from multiplane.models import places
    from multiplane.models.facts import ModelProfile, VisionProfile

    folder = places.find(profile)
    use = "pictures" if isinstance(profile, ModelProfile) else "depth"
    if isinstance(profile, VisionProfile):
        use = _USES[profile.role]
    bundled = profile.repository is None
    state = "missing" if folder is None else "bundled" if bundled else "installed"
    size = profile.download_bytes
    if folder is not None:
        size = sum(path.stat().st_size for path in places.weights_files(folder))
    facts: dict[str, object] = {
        "name": profile.name,
        "title": profile.title,
        "for": use,
        "about": profile.about,
        "state": state,
        "folder": str(folder) if folder else None,
        "bytes": size,
        "licence": profile.licence,
        "licence_url": profile.licence_url,
        "repository": profile.repository,
        "version": profile.version,
    }
    if isinstance(profile, ModelProfile):
        capture = profile.capture
        facts |= {
            "memory_cpu_gb": round(profile.memory_gb("float32"), 1),
            "memory_gpu_gb": round(profile.memory_gb(profile.dtype_on_accelerator), 1),
            "steps": profile.steps,
            "guidance": profile.guidance,
            "native_short_side": profile.native_short_side,
            "max_text_tokens": profile.max_text_tokens,
            "capture_blocks": list(capture.blocks),
            "capture_sigma": [capture.sigma_low, capture.sigma_high],
            "capture_hops": capture.hops,
            "capture_source": capture.source,
        }
        if profile.reader is not None and folder is not None:
            facts |= _reader_facts(profile)
    else:
        facts["memory_cpu_gb"] = round(profile.memory_gb("float32"), 1)
    if isinstance(profile, VisionProfile) and profile.packages:
        facts["needs_packages"] = " ".join(profile.packages)
    return facts


def _reader_facts(profile: ModelProfile) -> dict[str, object]:
    """Of the weights that drawings are read by, where they are not those that paint."""
    from multiplane.models import places

    reading = places.reading(profile)
    assert reading.folder is not None
    return {
        "reader_folder": str(reading.folder),
        "reader_bytes": sum(path.stat().st_size for path in places.weights_files(reading.folder)),
        "reader_version": reading.version,
        "reader_memory_cpu_gb": round(reading.memory_gb("float32"), 1),
        "reader_blocks": list(reading.capture.blocks),
        "reader_sigma": reading.capture.decompose_sigma,
        "reader_draws": reading.capture.draws,
    }


def _size(row: dict[str, object]) -> str:
    size = row["bytes"]
    return _gigabytes(size) if isinstance(size, int) and size else ""


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
