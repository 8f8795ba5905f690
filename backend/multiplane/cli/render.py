"""multiplane render and multiplane decompose."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiplane.cli.fill_choice import FillBy, known_fill
from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.intake.read_storyboard import LoadedStoryboard

Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder for the results. Default: out/<name of the file>."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help='Model that paints: a name, a folder, or "auto" for the best that is installed and '
        "fits the memory. Default: what the storyboard says, else auto.",
    ),
]
Depth = Annotated[
    str, typer.Option("--depth-model", help="Model that judges depth: a name, or auto.")
]
Cut = Annotated[
    str | None,
    typer.Option(
        "--cut",
        help="What cuts the pictures: attention, another model, or two joined by a +. The models "
        "are in: multiplane models list. Default: what the storyboard says, else attention.",
    ),
]
Device = Annotated[
    str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.", show_default=True)
]
Ensure = Annotated[
    int | None,
    typer.Option(
        "--ensure",
        help="Paint shots whose cast is unlike itself so often again at most, with other seeds, "
        "and keep the likest. Default: what the storyboard says, else 0.",
        min=0,
        max=8,
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Make every shot anew, also those that have not changed.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON event per line instead of progress bars.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]


RENDER_HELP = teach(
    """
    Make every shot of a storyboard: picture, layers, camera, preview film.

    A shot whose words, picture, seed, camera and model are as before is left as it is. A bad shot
    is reported and the others are made. Exit status: 0 all made, 1 something failed, 2 something
    in the storyboard is wrong.

    The smallest storyboard is [cyan]{"shots": \\[{"prompt": "a warrior in a forest"}]}[/cyan]
    """,
    "multiplane render board.json",
    "multiplane render board.json -o out/board --only shot-002 --force",
    "multiplane render board.json --model z-image-turbo --device cuda",
    "multiplane render scene.storyboarder",
    "multiplane render shots.csv",
    "multiplane render drawings/",
)
DECOMPOSE_HELP = teach(
    """
    Cut an existing picture into layers: your own pixels, in their own resolution.

    The model only looks at the picture, to learn which pixels belong to which of your words.
    """,
    'multiplane decompose drawing.png --subjects "warrior, princess"',
    'multiplane decompose wide.tif -s "boat, lighthouse" --camera truck_left --duration 6',
    'multiplane decompose photo.jpg -s "dog, bicycle" --cut grounding-dino-tiny+sam-2.1-tiny',
)


def add_to(app: typer.Typer) -> None:
    app.command(help=RENDER_HELP)(render)
    app.command(help=DECOMPOSE_HELP)(decompose)


def render(
    storyboard: Annotated[
        Path,
        typer.Argument(
            help="Storyboard: JSON, .storyboarder, a CSV shot list, a folder of pictures or "
            "layered PSDs, or one of these.",
            show_default=False,
        ),
    ],
    out: Out = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Make only the shot with this id. May be given often."),
    ] = None,
    model: Model = None,
    depth_model: Depth = "auto",
    cut: Cut = None,
    fill: FillBy = None,
    device: Device = "auto",
    seed: Annotated[
        int | None, typer.Option("--seed", help="Instead of the storyboard's seed.", min=0)
    ] = None,
    takes: Annotated[
        int | None,
        typer.Option(
            "--takes",
            help="Try every picture so often and paint the try that shows its subjects best.",
            min=1,
            max=16,
        ),
    ] = None,
    ensure: Ensure = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Read the storyboard and make its shots."""
    from multiplane.intake.read_storyboard import read_storyboard
    from multiplane.models.profiles import PROFILES
    from multiplane.stage.registry import preset_names

    loaded = read_storyboard(
        storyboard, presets=preset_names(), models=None if model else list(PROFILES)
    )
    changes: dict[str, Any] = {}
    if seed is not None:
        changes["seed"] = seed
    if takes is not None:
        changes["takes"] = takes
    if ensure is not None:
        changes["ensure"] = ensure
    if model is not None:
        changes["model"] = model
    if cut is not None:
        changes["cut"] = cut
    if fill is not None:
        changes["fill"] = known_fill(fill)
    _run(
        _changed(loaded, changes),
        out or Path("out") / (storyboard.stem or storyboard.resolve().name),
        only=only,
        depth_model=depth_model,
        device=device,
        force=force,
        as_json=as_json,
        quiet=quiet,
    )


def decompose(
    picture: Annotated[Path, typer.Argument(help="Picture to cut.", show_default=False)],
    subjects: Annotated[
        str,
        typer.Option(
            "--subjects",
            "-s",
            help='What becomes a layer of its own, with commas: "warrior, princess".',
            show_default=False,
        ),
    ],
    out: Out = None,
    camera: Annotated[str, typer.Option("--camera", help="Camera preset.")] = "push_in",
    duration: Annotated[float, typer.Option("--duration", help="Seconds.", min=0.01)] = 4.0,
    fps: Annotated[float, typer.Option("--fps", help="Frames per second.", min=1)] = 24.0,
    size: Annotated[
        str | None,
        typer.Option("--size", help="Size of the comp, as 1920x1080. Default: the picture's."),
    ] = None,
    model: Model = None,
    depth_model: Depth = "auto",
    cut: Cut = None,
    fill: FillBy = None,
    device: Device = "auto",
    seed: Annotated[int, typer.Option("--seed", help="Of the noise that is averaged.", min=0)] = 0,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make a storyboard of one shot from the picture, and render it."""
    from multiplane.contract.errors import InputError
    from multiplane.intake.paths import composed_path
    from multiplane.intake.picture import check_picture
    from multiplane.intake.read_storyboard import load_storyboard
    from multiplane.models.profiles import PROFILES
    from multiplane.stage.registry import preset_names

    picture = composed_path(picture)
    names = [name.strip() for name in subjects.split(",") if name.strip()]
    if not names:
        raise InputError(
            code="cli.subjects_missing",
            message="No subjects were named.",
            field="--subjects",
            remedy='Name what should become a layer: --subjects "warrior, princess".',
        )
    comp = _size(size) if size else _comp_for(check_picture(picture))
    document = {
        "title": picture.stem[:300],
        "fps": fps,
        "size": comp,
        "seed": seed,
        "model": model or "auto",
        "cut": cut,
        "fill": None if fill is None else known_fill(fill),
        "shots": [
            {
                "id": picture.stem[:300],
                "picture": str(picture.absolute()),
                "subjects": names,
                "camera": camera,
                "duration": duration,
            }
        ],
    }
    loaded = load_storyboard(
        document,
        folder=Path.cwd(),
        presets=preset_names(),
        models=None if model else list(PROFILES),
    )
    _run(
        loaded,
        out or Path("out") / picture.stem,
        only=None,
        depth_model=depth_model,
        device=device,
        force=force,
        as_json=as_json,
        quiet=quiet,
    )


def _run(
    loaded: LoadedStoryboard,
    out: Path,
    *,
    only: list[str] | None,
    depth_model: str,
    device: str,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    from multiplane.cli.errors import Interrupted
    from multiplane.cli.progress import reporter
    from multiplane.produce.storyboard import produce_storyboard
    from multiplane.produce.studio import Studio

    studio = Studio(loaded.storyboard.model, depth_model, device)
    with reporter(as_json=as_json, quiet=quiet) as shown:
        outcome = produce_storyboard(
            loaded, out, studio, only=only, force=force, on_event=shown.tell
        )
    if outcome.interrupted:
        again = [word for word in sys.argv[1:] if word != "--force"]
        raise Interrupted(
            f"Finished shots are whole, in {out}. Go on with: multiplane {shlex.join(again)}"
        )
    if outcome.exit_status:
        raise typer.Exit(outcome.exit_status)


def _changed(loaded: LoadedStoryboard, changes: dict[str, Any]) -> LoadedStoryboard:
    import dataclasses

    storyboard = loaded.storyboard.model_copy(update=changes)
    return dataclasses.replace(loaded, storyboard=storyboard)


def _comp_for(picture: tuple[int, int]) -> tuple[int, int]:
    """The picture's size, within 1920 px on the long side, as even numbers."""
    factor = min(1.0, 1920 / max(picture))
    width, height = (max(64, round(side * factor / 2) * 2) for side in picture)
    return width, height


def _size(text: str) -> tuple[int, int]:
    from multiplane.contract.errors import InputError

    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise InputError(
            code="cli.size_invalid",
            message="This is not a size.",
            field="--size",
            value=text,
            remedy="Write width and height in px, as 1920x1080.",
        )
    return int(parts[0]), int(parts[1])
