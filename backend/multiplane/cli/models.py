"""multiplane models: list, info, pull."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from multiplane.models.facts import Variant
    from multiplane.models.profiles import AnyProfile, ModelProfile
    from multiplane.models.variants import Fitting

_USES = {
    "segmenter": "cutting: words to masks",
    "finder": "cutting: words to masks",
    "detector": "cutting: words to boxes",
    "masker": "cutting: boxes to masks",
    "matter": "cutting: finer edges",
    "layerer": "cutting: into layers",
    "comparer": "comparing: a cast from shot to shot",
}
_OF_AN_OWN_FOLDER: dict[str, object] = {
    "state": "own folder",
    "about": "A folder of your own: what its files do not say is taken from its family.",
    "licence": "not known: that of where it comes from",
    "licence_url": "",
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
    """Show every known model, and whether it is on this computer; then the LoRAs that are.

    A style names a LoRA as [cyan]<lora:NAME:0.8>[/cyan].

    multiplane models list
    multiplane models list --json
    """
    from multiplane.models.folders import loras_folder

    rows = [_facts(profile) for profile in _all_profiles()] + _lora_facts()
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
    console.print(f"LoRAs are looked for in {loras_folder()}", markup=False, soft_wrap=True)
    if any(row["state"] == "missing" and row["repository"] for row in rows):
        console.print("Get one with: multiplane models pull NAME", style="dim")


@app.command()
def info(
    name: Annotated[
        str,
        typer.Argument(
            help="A model's name, as in: multiplane models list. Or the folder of one of your own."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show all facts about one model: where it is, how it is run, what it needs.

    Of a model that paints also how it fits this computer and how long a shot takes about: predicted
    from its size and this computer's speed (measured once, in a second), and put right by every
    shot that is painted with it.

    multiplane models info z-image-turbo
    multiplane models info storyboard-mini --json
    """
    from multiplane.models.facts import ModelProfile
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES, profile_at
    from multiplane.models.vision.profiles import VISION_PROFILES

    profile = profile_at(name)
    facts = _facts(profile)
    if name not in PROFILES and name not in DEPTH_PROFILES and name not in VISION_PROFILES:
        facts |= _OF_AN_OWN_FOLDER
        if facts["folder"] is None:  # where something is missing
            facts |= {"state": "incomplete", "folder": str(profile.folder)}
    if isinstance(profile, ModelProfile):
        facts |= _outlook(profile)
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
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Models' names, as in: multiplane models list. Or laptop: the small set that "
            "cuts drawings and photographs of anything without a GPU.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder to keep it in. Default: your user data folder."),
    ] = None,
    variant: Annotated[
        str,
        typer.Option(
            "--variant",
            help="Which weights: auto for the best that fit this computer, full for the model's "
            "own, or a name that multiplane models info shows.",
        ),
    ] = "auto",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Check all files, fetch damaged ones anew.")
    ] = False,
) -> None:
    """Download models. Licence and size are shown first; an interrupted download goes on.

    multiplane models pull z-image-turbo
    multiplane models pull laptop
    multiplane models pull grounding-dino-tiny sam-2.1-tiny --yes
    """
    from rich.console import Console

    from multiplane.cli.errors import Interrupted
    from multiplane.models import hub

    name = " ".join(names)
    if to is not None:
        wanted: tuple[AnyProfile, ...] = (_only(names, to),)
    else:
        found = [one for each in names for one in hub.to_pull(each, force=force)]
        wanted = tuple({one.name: one for one in found}.values())
    for profile in wanted:
        if profile.repository is None:
            hub.pull(profile)  # says that it comes along
    console = Console(highlight=False)
    weights = {profile.name: _weights(profile, variant, to, force) for profile in wanted}
    for profile in wanted:
        console.print(f"{profile.title} ({profile.repository})", markup=False)
        console.print(f"  Licence  {profile.licence}  {profile.licence_url}", markup=False)
        for line in _told_of(profile, weights[profile.name]):
            console.print(f"  {line}", markup=False, soft_wrap=True)
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
            _pull_with_progress(profile, weights[profile.name].variant, to, force, console)
        except KeyboardInterrupt:
            raise Interrupted(
                f"What has arrived is kept. Go on with: multiplane models pull {name}"
                + (f" --to {to}" if to else "")
            ) from None
        console.print(f"{profile.name} is ready.", markup=False)
    if not wanted:
        console.print(f"All models of {name} are here.", markup=False)


def _only(asked: list[str], to: Path) -> AnyProfile:
    """The one model that is asked for, for a folder of its own. Raises InputError for several."""
    from multiplane.contract.errors import InputError
    from multiplane.models.profiles import any_profile
    from multiplane.models.vision.profiles import MODEL_SETS

    name = " ".join(asked)
    names = [one for each in asked for one in MODEL_SETS.get(each, (each,))]
    if len(names) == 1:
        return any_profile(name)
    raise InputError(
        "models.pull_target",
        f"{name} is {len(names)} models, and each needs a folder of its own.",
        field="--to",
        value=str(to),
        remedy=f"Pull them one by one: {', '.join(names)}.",
    )


def _weights(profile: AnyProfile, name: str, to: Path | None, force: bool) -> Fitting:
    """Which weights are fetched; those that have begun to lie there go on."""
    from multiplane.models import hub
    from multiplane.models.variants import AUTO, Fitting, variant_called

    if name == AUTO and not force:
        begun = hub.variant_begun(profile, hub.target_folder(profile, to))
        if begun is not None:
            return Fitting(begun.variant, "An earlier download of these weights goes on.")
    return variant_called(profile, name)


def _told_of(profile: AnyProfile, fitting: Fitting) -> list[str]:
    """Lines about the weights that are fetched, and about the other choices."""
    from multiplane.models.facts import ModelProfile
    from multiplane.models.variants import FULL, download_bytes

    if not isinstance(profile, ModelProfile) or not profile.variants:
        return [f"Size     {_gigabytes(profile.download_bytes)}"]
    chosen = fitting.variant
    lines = [f"Size     about {_gigabytes(download_bytes(profile, chosen))}"]
    if chosen is not None:
        lines += [
            f"Variant  {chosen.name}: {chosen.repository} {chosen.file or ''}".rstrip(),
            f"         {chosen.licence}. {chosen.source} Needs the package {chosen.package}.",
        ]
    if fitting.why:
        lines.append(f"Why      {fitting.why}")
    others = [
        f"{FULL if one is None else one.name} ({_gigabytes(download_bytes(profile, one))})"
        for one in (None, *profile.variants)
        if one != chosen
    ]
    return [*lines, f"Others   {', '.join(others)}: --variant NAME"]


def _pull_with_progress(
    profile: AnyProfile, variant: Variant | None, to: Path | None, force: bool, console: object
) -> None:
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
    from multiplane.models.redirects import in_words

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

        def on_redirect(asked: str, sent: str) -> None:
            progress.console.print(in_words(asked, sent), markup=False, soft_wrap=True)

        hub.pull(
            profile, to, variant=variant, force=force, on_bytes=on_bytes, on_redirect=on_redirect
        )


def _all_profiles() -> list[AnyProfile]:
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES, profile
    from multiplane.models.vision.profiles import VISION_PROFILES

    painters = [profile(name) for name in PROFILES]
    return [*painters, *DEPTH_PROFILES.values(), *VISION_PROFILES.values()]


def _lora_facts() -> list[dict[str, object]]:
    """Of every file in the folder of LoRAs; one that is not to be loaded is damaged."""
    from multiplane.contract.errors import InputError
    from multiplane.models.folders import loras_folder
    from multiplane.models.lora_file import loras, read_header

    rows: list[dict[str, object]] = []
    for path in loras():
        try:
            made_for = read_header(path).made_for or "unknown model"
            state, about = "installed", f"Made for {made_for}."
        except InputError as error:
            made_for, state, about = "?", "damaged", error.message
        rows.append(
            {
                "name": path.relative_to(loras_folder()).with_suffix("").as_posix(),
                "title": path.stem,
                "for": f"LoRA: {made_for}",
                "about": about,
                "state": state,
                "folder": str(path.parent),
                "bytes": path.stat().st_size,
                "licence": "",
                "licence_url": "",
                "repository": None,
                "version": "",
            }
        )
    return rows


def _facts(profile: AnyProfile) -> dict[str, object]:
    from multiplane.models import places
    from multiplane.models.facts import ModelProfile, VisionProfile

    folder = places.find(profile)
    if isinstance(profile, ModelProfile):
        profile = places.measured(profile)
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
        if profile.variants:
            facts["variants"] = [
                f"{one.name}: {one.repository} {one.file or ''} ({one.licence}). {one.source}"
                for one in profile.variants
            ]
        if profile.reader is not None and folder is not None:
            facts |= _reader_facts(profile)
    else:
        facts["memory_cpu_gb"] = round(profile.memory_gb("float32"), 1)
        if profile.dtype_on_accelerator != "float32":
            facts["memory_gpu_gb"] = round(profile.memory_gb(profile.dtype_on_accelerator), 1)
    if isinstance(profile, VisionProfile) and profile.packages:
        facts["needs_packages"] = " ".join(profile.packages)
    return facts


def _outlook(profile: ModelProfile) -> dict[str, object]:
    """How the model fits this computer as it is now."""
    from multiplane.models.machine import look_at_machine
    from multiplane.models.outlook import outlook, outlook_in_words

    machine = look_at_machine()
    found = outlook(profile, machine)
    facts: dict[str, object] = {"here": outlook_in_words(profile, machine)}
    if found is not None:
        facts |= {
            "here_plan": found.plan.in_words(),
            "here_memory_gb": round(found.need.device, 1),
            "here_seconds_a_shot": round(found.shot_seconds, 1),
            "here_learned_from_shots": found.shots,
        }
        if found.into_plate is not None:
            facts |= {
                "here_seconds_more_on_a_plate": round(found.into_plate, 1),
                "here_seconds_a_plate": round(found.plate, 1),
            }
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
