"""multiplane camera: list, show, apply, gallery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from multiplane.cli.teach import teach

app = typer.Typer(
    help="The camera: which moves there are, another move for a finished shot, all on one page.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

LIST_HELP = teach(
    """
    Show every camera preset: what it does, what amount 1 means, which ways it goes.
    """,
    "multiplane camera list",
    "multiplane camera show orbit",
)
SHOW_HELP = teach(
    """
    Show one camera preset: its parameters with their bounds, a sketch of what the frame covers, and
    an example for a storyboard.
    """,
    "multiplane camera show dolly_zoom",
)
APPLY_HELP = teach(
    """
    Give finished shots another camera move. No model is needed: the layers stay, and only the
    numbers and the preview film are made anew.

    The move is written into the manifest and into the output folder's storyboard.json, so that
    rendering that file leaves the shot as it is. Where the move shows more behind a layer than was
    completed, that layer is completed farther. Where it would show an edge of the picture, or an
    end that cannot be completed, it is weakened, which is said.
    """,
    "multiplane camera apply out/board/shots/shot-001 orbit --amount 2",
    "multiplane camera apply out/board --all parallax_drift --focus princess",
    'multiplane camera apply out/board/shots/shot-001 --framing "0,0,1,1>0.5,0.1,0.4,0.4"',
    "multiplane camera apply out/board/shots/shot-001 --undo",
)
GALLERY_HELP = teach(
    """
    Film every preset on one finished shot, small, and show them all on one page that opens in any
    browser and needs no other file.
    """,
    "multiplane camera gallery out/board/shots/shot-001 -o gallery",
)


@app.command("list", help=LIST_HELP)
def list_presets(
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table in Markdown.")
    ] = False,
) -> None:
    """Every preset, from the registry."""
    from multiplane.stage.parameters import brief, facts, markdown_table
    from multiplane.stage.registry import PRESETS

    if as_json:
        print(json.dumps([facts(preset) for preset in PRESETS.values()], indent=2))
        return
    if markdown:
        print(markdown_table(), end="")
        return
    from rich.console import Console
    from rich.padding import Padding

    console = Console(highlight=False)
    for preset in PRESETS.values():
        console.print(f"[bold]{preset.name}[/bold]  [dim]{brief(preset)}[/dim]")
        console.print(Padding(preset.description, (0, 0, 0, 4)))
    console.print("More about one: multiplane camera show NAME", style="dim")


@app.command("show", help=SHOW_HELP)
def show(
    preset: Annotated[str, typer.Argument(help="A preset's name, as in: multiplane camera list")],
    direction: Annotated[
        str | None, typer.Option("--direction", help="Sketch it in this direction.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One preset, from the registry."""
    from multiplane.cli.camera_sketch import sketches
    from multiplane.cli.camera_targets import direction_of, move_of
    from multiplane.stage.parameters import example, facts, parameters
    from multiplane.stage.registry import check_direction, find_preset

    chosen = find_preset(preset, field="PRESET")
    if direction is not None:
        check_direction(chosen, move_of(chosen.name, direction=direction))
    if as_json:
        print(json.dumps(facts(chosen), indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    also = f" (also {', '.join(chosen.aliases)})" if chosen.aliases else ""
    console.print(f"[bold]{chosen.name}[/bold]{also}: {chosen.description}\n")
    table = Table(box=None, pad_edge=False)
    for column in ("Parameter", "Bounds", "Meaning"):
        table.add_column(column, no_wrap=column == "Parameter")
    for parameter in parameters(chosen):
        table.add_row(parameter.name, parameter.bounds, parameter.meaning)
    if table.row_count:
        console.print(table)
    drawn = sketches(chosen.name, None if direction is None else direction_of(direction))
    if drawn is not None:
        console.print(drawn)
    console.print("In a storyboard's shot:")
    console.print(f'  "camera": {json.dumps(example(chosen))}', markup=False, soft_wrap=True)


@app.command("apply", help=APPLY_HELP)
def apply(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="SHOT... [PRESET]",
            help="Folders of finished shots (with --all: output folders), then a preset's name.",
            show_default=False,
        ),
    ],
    every: Annotated[
        bool, typer.Option("--all", help="All shots of the output folders that are given.")
    ] = False,
    amount: Annotated[
        float | None, typer.Option("--amount", help="How strong; 1 is the preset's own.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", help="A word that the preset knows, or degrees.")
    ] = None,
    focus: Annotated[
        list[str] | None,
        typer.Option("--focus", help="Layer that the move turns on. Twice: it goes between them."),
    ] = None,
    ease_in: Annotated[
        float | None, typer.Option("--ease-in", help="How softly it leaves, 0 to 100 %.")
    ] = None,
    ease_out: Annotated[
        float | None, typer.Option("--ease-out", help="How softly it arrives, 0 to 100 %.")
    ] = None,
    start: Annotated[
        float | None, typer.Option("--start", help="Seconds that it rests first.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option("--duration", help="Seconds that it moves. Default: to the end.")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="There and back, without a seam.")] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of moves that have chance in them.")
    ] = None,
    framing: Annotated[
        str | None,
        typer.Option(
            "--framing",
            help='Instead of a preset: "x,y,w,h>x,y,w,h", what fills the frame at start and end, '
            "in fractions of it.",
        ),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Back to the move before the last change.")
    ] = False,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview/--no-preview",
            help="Film the shots again, and the sheets and projects of the whole storyboard.",
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON event per line.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Restage each shot, then film it."""
    from multiplane.cli.camera_targets import framing_of, move_of, shots_and_preset
    from multiplane.cli.restaging import run
    from multiplane.contract.errors import InputError

    folders, preset = shots_and_preset(words, every=every)
    given = {
        "amount": amount,
        "direction": direction,
        "focus": focus,
        "start": start,
        "duration": duration,
        "loop": loop or None,
        "seed": seed,
        "ease": {"in": ease_in, "out": ease_out},
        "framing": None if framing is None else framing_of(framing),
    }
    if undo:
        if preset is not None:
            raise InputError(
                code="cli.camera.undo_and_preset",
                message="A preset is given together with --undo.",
                value=preset,
                remedy="Leave one of them out.",
            )
        move = None
    else:
        if preset is None and framing is None:
            raise InputError(
                code="cli.camera.preset_missing",
                message="Which move the shots should get is not said.",
                remedy="Name a preset after the shots (multiplane camera list), or give --framing.",
            )
        move = move_of(preset or "framing", **given)
    status = run(folders, move, preview=preview, as_json=as_json, quiet=quiet)
    if status:
        raise typer.Exit(status)


@app.command("gallery", help=GALLERY_HELP)
def gallery(
    shot: Annotated[Path, typer.Argument(help="Folder of a finished shot.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the page, or a name in .html.")
    ] = Path("gallery"),
    seconds: Annotated[
        float, typer.Option("--seconds", help="Length of each move.", min=0.5, max=10)
    ] = 2.0,
    width: Annotated[
        int, typer.Option("--width", help="Of each picture, px.", min=64, max=960)
    ] = 320,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Film every preset small, and write the page."""
    from multiplane.cli.camera_targets import finished_layers
    from multiplane.cli.restaging import counting
    from multiplane.deliver.gallery import write_gallery
    from multiplane.stage.registry import PRESETS

    manifest, picture_size, layers = finished_layers(shot)
    page = out if out.suffix.lower() in (".html", ".htm") else out / "index.html"
    with counting("filming presets", quiet) as count:
        write_gallery(
            page, manifest, picture_size, layers, seconds=seconds, width=width, on_preset=count
        )
    if not quiet:
        print(f"{len(PRESETS)} presets on {manifest.shot_id}: {page}")


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="camera")
