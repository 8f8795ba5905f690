"""multiplane layer: the layers of a finished shot, changed by hand."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.contract.layer_edits import LayerEdit

_ABOUT = teach(
    """
    Change the layers of a finished shot by hand. No model is needed: the picture and the camera
    stay, what you do not touch stays as it is, and put together the layers are the picture.

    Places are fractions of the picture: 0,0 is its top left corner, 1,1 its bottom right one. A
    stroke is a line of such points, "0.4,0.3 0.42,0.5 0.4,0.7"; draw it along the middle of what
    you mean. It reaches to the edges that the picture has there.

    Every change is kept in the manifest and can be undone. It outlives another camera, another
    length and rendering again, as long as the picture is the same.
    """,
    "multiplane layer list out/board/shots/shot-001",
    'multiplane layer keep out/board/shots/shot-001 warrior --stroke "0.41,0.3 0.43,0.35"',
    'multiplane layer new out/board/shots/shot-001 lantern --box "0.7,0.5,0.1,0.2"',
    "multiplane layer merge out/board/shots/shot-001 warrior sword",
    "multiplane layer undo out/board/shots/shot-001",
)
app = typer.Typer(
    help=_ABOUT,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Shot = Annotated[Path, typer.Argument(help="Folder of a finished shot.", show_default=False)]
Layer = Annotated[str, typer.Argument(help="The layer's name, or its id.", show_default=False)]
Strokes = Annotated[
    list[str] | None,
    typer.Option("--stroke", "-s", help='"x,y x,y ...", in fractions of the picture. Repeatable.'),
]
Width = Annotated[
    float, typer.Option("--width", "-w", help="Of the brush, as a share of the picture's width.")
]
Near = Annotated[
    float | None, typer.Option("--near", help="Nearness, 0 far to 1 near. Default: by the depth.")
]
Preview = Annotated[
    bool,
    typer.Option(
        "--preview/--no-preview",
        help="Film the shot again, and the sheets and projects of the whole storyboard.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON event per line.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]

LIST_HELP = teach(
    """
    Show a shot's layers from the nearest to the farthest, and what was changed by hand.
    """,
    "multiplane layer list out/board/shots/shot-001",
    "multiplane layer list out/board/shots/shot-001 --json",
)
WORDS_HELP = teach(
    """
    Show the words of the prompt that layers can be made of, with the share of the picture that the
    model's attention says each is about, and how compact that is: 1 is one round patch, near 0 is
    everywhere. multiplane layer new SHOT NAME --word WORD makes a layer of one or of several; words
    that the prompt lacks are looked for with multiplane layer look.
    """,
    "multiplane layer words out/board/shots/shot-001",
    "multiplane layer new out/board/shots/shot-001 castle --word castle --word tower",
)
LOOK_HELP = teach(
    """
    Look for words in the picture that the prompt lacks, or in a drawing for any words. The model
    reads the picture once more; no layer changes. What it finds is kept with the words of the
    prompt, and multiplane layer new SHOT NAME --word WORD makes a layer of it.
    """,
    'multiplane layer look out/board/shots/shot-001 shield "golden crown"',
    "multiplane layer new out/board/shots/shot-001 shield --word shield",
)
KEEP_HELP = teach(
    """
    Say that something belongs to a layer: stroke over what it lacks. What was stroked joins the
    layer as far as the picture's own edges, with a soft edge; the other layers make room.
    """,
    'multiplane layer keep SHOT warrior --stroke "0.41,0.30 0.43,0.35"',
    'multiplane layer keep SHOT warrior -s "0.4,0.3" -s "0.5,0.3 0.52,0.33" --width 0.02',
)
REMOVE_HELP = teach(
    """
    Say that something does not belong to a layer: it goes to the background. To give it to another
    layer, say so with keep.
    """,
    'multiplane layer remove SHOT warrior --stroke "0.60,0.80 0.66,0.80"',
)
BOX_HELP = teach(
    """
    Say that a layer is what stands in a box, and nothing outside of it.
    """,
    'multiplane layer box SHOT warrior "0.30,0.20,0.25,0.60"',
)
MATTE_HELP = teach(
    """
    Give a layer a matte that was painted elsewhere: a PNG of the picture's aspect ratio. Its alpha,
    or where it is opaque all over its brightness, says how much of a pixel is the layer's.
    """,
    "multiplane layer matte SHOT warrior warrior-matte.png",
)
NEW_HELP = teach(
    """
    Make a new layer of what was stroked over, of what stands in a box, or of words of the prompt
    (multiplane layer words lists them). Strokes with --apart say what does not belong to it.
    """,
    'multiplane layer new SHOT lantern --stroke "0.72,0.50 0.73,0.60"',
    'multiplane layer new SHOT lantern --box "0.68,0.45,0.10,0.20" --near 0.8',
    "multiplane layer new SHOT castle --word castle --word tower",
)
MERGE_HELP = teach(
    """
    Make several layers one: the first that is named, at the place of the nearest. A layer that is
    merged with the background is gone.
    """,
    "multiplane layer merge SHOT warrior sword",
    'multiplane layer merge SHOT knight horse --name "knight on horse"',
    "multiplane layer merge SHOT background cloud",
)
SPLIT_HELP = teach(
    """
    Make several layers of one: the pieces that do not hang together, or the parts that you stroke
    over. The largest keeps the layer's id.
    """,
    "multiplane layer split SHOT warriors",
    'multiplane layer split SHOT rider --part "man: 0.5,0.2 0.5,0.3" --part "horse: 0.5,0.6"',
)
ORDER_HELP = teach(
    """
    Put a layer just before or just behind another one.
    """,
    "multiplane layer order SHOT princess --in-front-of warrior",
    "multiplane layer order SHOT princess --behind warrior",
)
NEAR_HELP = teach(
    """
    Say how near a layer is to the camera: 0 is as far as the background, 1 the nearest.
    """,
    "multiplane layer near SHOT princess 0.7",
)
KIND_HELP = teach(
    """
    Say what a layer shows: character, prop or background.
    """,
    "multiplane layer kind SHOT dragon character",
)
RENAME_HELP = teach(
    """
    Give a layer another name. Its id stays, so that comps in After Effects are updated in place.
    """,
    'multiplane layer rename SHOT "thing 1" lantern',
)
FILL_HELP = teach(
    """
    Fill again what nearer layers hide of a layer; without a layer, of the background. Another seed
    fills differently.
    """,
    "multiplane layer fill SHOT --seed 3",
    "multiplane layer fill SHOT princess",
)
UNDO_HELP = teach(
    """
    Take the last change by hand back, byte for byte.
    """,
    "multiplane layer undo out/board/shots/shot-001",
    "multiplane layer undo out/board/shots/shot-001 --times 3",
)
REDO_HELP = teach(
    """
    Do again what was undone last.
    """,
    "multiplane layer redo out/board/shots/shot-001",
)
APPLY_HELP = teach(
    """
    Carry out a list of edits from a JSON file, all or none: as a manifest has them in "edits", or
    the manifest itself. So what was done on one shot can be done on another of the same framing.
    """,
    "multiplane layer apply SHOT edits.json",
    'echo \'[{"op": "near", "layer": "princess", "nearness": 0.7}]\' > edits.json',
)


@app.command("list", help=LIST_HELP)
def list_layers(
    shot: Shot,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """From the manifest."""
    from multiplane.cli.layer_changes import folder_of
    from multiplane.contract.output_folder import ShotFolder
    from multiplane.produce.by_hand import described

    found = ShotFolder.open(folder_of(shot)).manifest
    if as_json:
        dumped = found.model_dump(mode="json", by_alias=True)
        names = ("layers", "edits", "undone_edits", "left_edits")
        print(json.dumps({name: dumped[name] for name in names}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for column in ("Layer", "Id", "Kind", "Near", "Sure", "Box in the picture, px"):
        table.add_column(column, justify="right" if column in ("Near", "Sure") else "left")
    for layer in reversed(found.layers):
        x, y, width, height = layer.bbox
        table.add_row(
            layer.name,
            layer.id,
            layer.kind,
            f"{layer.depth:.2f}",
            f"{layer.confidence:.2f}",
            f"{width} x {height} at {x}, {y}",
        )
    console.print(table)
    for number, edit in enumerate(found.edits, start=1):
        console.print(f"Edit {number}: {described(edit)}", markup=False)
    for edit in reversed(found.undone_edits):
        console.print(f"Undone: {described(edit)}", markup=False, style="dim")
    for left in found.left_edits:
        console.print(
            f"{len(left.edits)} edits of another picture are kept.", markup=False, style="dim"
        )


@app.command("words", help=WORDS_HELP)
def words(
    shot: Shot,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """From the manifest."""
    from multiplane.cli.layer_changes import folder_of
    from multiplane.contract.output_folder import ShotFolder

    found = ShotFolder.open(folder_of(shot)).manifest
    if as_json:
        print(json.dumps([one.model_dump(mode="json") for one in found.words], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not found.words:
        console.print(
            "No heatmaps are kept with this shot: no model has looked for words in it. "
            "multiplane layer look SHOT WORD looks for some; or make layers with strokes or boxes."
        )
        return
    table = Table(box=None, pad_edge=False)
    for column in ("Word", "Coverage", "Compactness"):
        table.add_column(column, justify="left" if column == "Word" else "right")
    for word in found.words:
        table.add_row(word.word, f"{100 * word.coverage:.0f} %", f"{word.compactness:.2f}")
    console.print(table)


@app.command("look", help=LOOK_HELP)
def look(
    shot: Shot,
    word: Annotated[list[str], typer.Argument(help="A thing each.", show_default=False)],
    model: Annotated[
        str, typer.Option("--model", help="What reads the picture: a name, a folder, or auto.")
    ] = "auto",
    device: Annotated[
        str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Heatmaps of more words, then the table of `words`."""
    from multiplane.cli.layer_changes import look_in

    look_in(shot, word, model=model, device=device)
    words(shot, as_json)


@app.command("keep", help=KEEP_HELP)
def keep(
    shot: Shot,
    layer: Layer,
    stroke: Strokes = None,
    width: Width = 0.01,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A keep edit."""
    edit = {"op": "keep", "layer": layer, "strokes": _strokes(stroke, width)}
    _do(shot, [edit], preview, as_json, quiet)


@app.command("remove", help=REMOVE_HELP)
def remove(
    shot: Shot,
    layer: Layer,
    stroke: Strokes = None,
    width: Width = 0.01,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A remove edit."""
    edit = {"op": "remove", "layer": layer, "strokes": _strokes(stroke, width)}
    _do(shot, [edit], preview, as_json, quiet)


@app.command("box", help=BOX_HELP)
def box(
    shot: Shot,
    layer: Layer,
    rectangle: Annotated[
        str, typer.Argument(metavar="X,Y,W,H", help="In fractions.", show_default=False)
    ],
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A box edit."""
    from multiplane.cli.layer_changes import box_of

    edit = {"op": "box", "layer": layer, "box": box_of(rectangle)}
    _do(shot, [edit], preview, as_json, quiet)


@app.command("matte", help=MATTE_HELP)
def matte(
    shot: Shot,
    layer: Layer,
    file: Annotated[Path, typer.Argument(help="A PNG.", show_default=False)],
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A matte edit."""
    from multiplane.cli.layer_changes import read_png

    png = base64.b64encode(read_png(file)).decode()
    _do(shot, [{"op": "matte", "layer": layer, "png": png}], preview, as_json, quiet)


@app.command("new", help=NEW_HELP)
def new(
    shot: Shot,
    name: Annotated[str, typer.Argument(help="What the layer is called.", show_default=False)],
    stroke: Strokes = None,
    apart: Annotated[
        list[str] | None, typer.Option("--apart", help="A stroke over what does not belong to it.")
    ] = None,
    rectangle: Annotated[
        str | None, typer.Option("--box", help='"x,y,w,h" round it, in fractions.')
    ] = None,
    word: Annotated[
        list[str] | None, typer.Option("--word", help="A word of the prompt. Repeatable.")
    ] = None,
    width: Width = 0.01,
    near: Near = None,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A new edit, or a words edit."""
    from multiplane.cli.layer_changes import box_of, one_of_three

    one_of_three(stroke, rectangle, word)
    edit: dict[str, Any] = {"op": "new", "name": name}
    if word:
        edit = {"op": "words", "name": name, "words": word}
    elif rectangle is not None:
        edit["box"] = box_of(rectangle)
    else:
        edit["strokes"] = _strokes(stroke, width)
        edit["apart"] = _strokes(apart, width) if apart else []
    _do(shot, [edit | ({} if near is None else {"near": near})], preview, as_json, quiet)


@app.command("merge", help=MERGE_HELP)
def merge(
    shot: Shot,
    layers: Annotated[list[str], typer.Argument(help="Two or more.", show_default=False)],
    name: Annotated[str | None, typer.Option("--name", help="Default: the first one's.")] = None,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A merge edit."""
    _do(shot, [{"op": "merge", "layers": layers, "name": name}], preview, as_json, quiet)


@app.command("split", help=SPLIT_HELP)
def split(
    shot: Shot,
    layer: Layer,
    part: Annotated[
        list[str] | None, typer.Option("--part", help='"name: x,y x,y", a stroke. Repeatable.')
    ] = None,
    width: Width = 0.01,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A split edit."""
    from multiplane.cli.layer_changes import parts_of

    edit = {"op": "split", "layer": layer, "parts": parts_of(part or [], width)}
    _do(shot, [edit], preview, as_json, quiet)


@app.command("rename", help=RENAME_HELP)
def rename(
    shot: Shot,
    layer: Layer,
    name: Annotated[str, typer.Argument(help="The new name.", show_default=False)],
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A rename edit."""
    _do(shot, [{"op": "rename", "layer": layer, "name": name}], preview, as_json, quiet)


@app.command("order", help=ORDER_HELP)
def order(
    shot: Shot,
    layer: Layer,
    in_front_of: Annotated[str | None, typer.Option("--in-front-of", help="A layer.")] = None,
    behind: Annotated[str | None, typer.Option("--behind", help="A layer.")] = None,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """An order edit."""
    edit = {"op": "order", "layer": layer, "in_front_of": in_front_of, "behind": behind}
    _do(shot, [edit], preview, as_json, quiet)


@app.command("near", help=NEAR_HELP)
def near(
    shot: Shot,
    layer: Layer,
    nearness: Annotated[float, typer.Argument(help="0 far to 1 near.", show_default=False)],
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A near edit."""
    _do(shot, [{"op": "near", "layer": layer, "nearness": nearness}], preview, as_json, quiet)


@app.command("kind", help=KIND_HELP)
def kind(
    shot: Shot,
    layer: Layer,
    what: Annotated[str, typer.Argument(metavar="KIND", help="character, prop or background.")],
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A kind edit."""
    _do(shot, [{"op": "kind", "layer": layer, "kind": what}], preview, as_json, quiet)


@app.command("fill", help=FILL_HELP)
def fill(
    shot: Shot,
    layer: Annotated[str, typer.Argument(help="The layer's name, or its id.")] = "background",
    seed: Annotated[int, typer.Option("--seed", help="Another one fills differently.")] = 1,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A fill edit."""
    _do(shot, [{"op": "fill", "layer": layer, "seed": seed}], preview, as_json, quiet)


@app.command("apply", help=APPLY_HELP)
def apply(
    shot: Shot,
    file: Annotated[Path, typer.Argument(help="A JSON file.", show_default=False)],
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A list of edits."""
    from multiplane.cli.layer_changes import read_edits, run

    _end(run(shot, read_edits(file), preview=preview, as_json=as_json, quiet=quiet))


@app.command("undo", help=UNDO_HELP)
def undo(
    shot: Shot,
    times: Annotated[int, typer.Option("--times", "-n", help="How many changes.", min=1)] = 1,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Edits back."""
    from multiplane.cli.layer_changes import run

    _end(run(shot, -times, preview=preview, as_json=as_json, quiet=quiet))


@app.command("redo", help=REDO_HELP)
def redo(
    shot: Shot,
    times: Annotated[int, typer.Option("--times", "-n", help="How many changes.", min=1)] = 1,
    preview: Preview = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Edits again."""
    from multiplane.cli.layer_changes import run

    _end(run(shot, times, preview=preview, as_json=as_json, quiet=quiet))


def _strokes(given: list[str] | None, width: float) -> list[dict[str, Any]]:
    from multiplane.cli.layer_changes import strokes_of

    return strokes_of(given or [], width)


def _do(
    shot: Path, documents: list[dict[str, Any]], preview: bool, as_json: bool, quiet: bool
) -> None:
    from multiplane.cli.layer_changes import run
    from multiplane.contract.read_edit import edit_of

    edits: list[LayerEdit] = [edit_of(document) for document in documents]
    _end(run(shot, edits, preview=preview, as_json=as_json, quiet=quiet))


def _end(status: int) -> None:
    if status:
        raise typer.Exit(status)


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="layer")
