"""multiplane export: further things that a finished output folder can be turned into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from multiplane.cli.teach import escape, teach
from multiplane.deliver.exports import EXPORTERS, ExportOptions

if TYPE_CHECKING:
    from multiplane.deliver.exports import Exporter


_ABOUT = teach(
    """
    Make something else of finished shots: films, timelines, pictures, frames.

    Nothing is painted again. Without -o the result goes to OUT/exports.
    """
)


def help_text() -> str:
    """What the command is, with all exporters and examples."""
    longest = max(len(name) for name in EXPORTERS)
    rows = [
        f"  [cyan]{kind.name:<{longest}}[/cyan]  {escape(kind.description)}"
        for kind in EXPORTERS.values()
    ]
    examples = teach(
        "",
        "multiplane export out/board animatic --names --burn-subtitles",
        "multiplane export out/board fcp7 --absolute -o for_premiere.xml",
        "multiplane export out/board aep -o board.aep",
        "multiplane export out/board gif --shot shot-002 --width 480",
        "multiplane export out/board film --shot shot-002 --motion-blur 8",
        "multiplane export out/board prores --shot shot-002 --layer princess",
    )
    return "\n\n".join([_ABOUT, "\n".join(rows), examples.strip("\n")])


class _Export(TyperCommand):
    """Its help lists other packages' exporters too, which are imported only when it is read."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.help = help_text()
        super().format_help(ctx, formatter)


def add_to(app: typer.Typer) -> None:
    app.command(cls=_Export, help=_ABOUT)(export)


def export(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder that render has written to.", show_default=False
        ),
    ],
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="What to make; see above.", show_default=False)
    ],
    target: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File or folder to write.", show_default=False),
    ] = None,
    shot: Annotated[
        str | None,
        typer.Option("--shot", help="Id of the shot; needed where there are several."),
    ] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Name of the layer, for prores.")
    ] = None,
    width: Annotated[
        int | None, typer.Option("--width", min=16, help="px, for gif and webp. Default: 640.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            "--fps", min=1, help="Frames per second, for gif (default: 15) and webp (24)."
        ),
    ] = None,
    motion_blur: Annotated[
        int,
        typer.Option(
            "--motion-blur",
            min=1,
            max=64,
            metavar="N",
            help="Blur what moves, for film, frames and prores: each frame is the mean of N "
            "instants. 8 is smooth. Default: none.",
            show_default=False,
        ),
    ] = 1,
    names: Annotated[
        bool, typer.Option("--names", help="Draw shots' names into the animatic.")
    ] = False,
    burn_subtitles: Annotated[
        bool,
        typer.Option(
            "--burn-subtitles",
            help="Draw dialogue into the animatic. Default: a subtitle stream, and files beside.",
        ),
    ] = False,
    absolute: Annotated[
        bool,
        typer.Option(
            "--absolute",
            help="Name media by absolute paths in fcp7, for programs that find no relative ones.",
        ),
    ] = False,
    storyboard_folder: Annotated[
        Path | None,
        typer.Option(
            "--storyboard-folder",
            help="Where the boards' audio lies, if it has moved since.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON event per line instead of a bar.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Make `what` of the results in `out`."""
    from multiplane.cli.errors import Interrupted
    from multiplane.cli.progress import reporter
    from multiplane.contract.events import Log
    from multiplane.deliver.exports import default_target

    chosen = _chosen(what)
    options = ExportOptions(
        shot=shot,
        layer=layer,
        width=width,
        fps=fps,
        motion_samples=motion_blur,
        names=names,
        burn_subtitles=burn_subtitles,
        absolute_paths=absolute,
        storyboard_folder=storyboard_folder,
    )
    target = _checked(target, chosen) if target else default_target(out, chosen, options)
    with reporter(as_json=as_json, quiet=quiet, doing=chosen.name) as shown:
        try:
            chosen.make(out, target, options, shown.tell)
        except KeyboardInterrupt:
            raise Interrupted(f"Nothing was written to {target}.") from None
        shown.tell(Log(text=f"Wrote {target}"))


def _chosen(what: str) -> Exporter:
    from multiplane.contract.known_names import unknown_name

    if what not in EXPORTERS:
        error = unknown_name("cli.export_unknown", "export", what, list(EXPORTERS), field="WHAT")
        raise replace(error, remedy=f"{error.remedy or ''}{EXPORTERS.unusable()}")
    return EXPORTERS[what]


def _checked(target: Path, chosen: Exporter) -> Path:
    """Programs go by the suffix of a file, so it has to be the right one."""
    from multiplane.contract.errors import InputError

    if chosen.suffix and (target.suffix.lower() != chosen.suffix or target.is_dir()):
        raise InputError(
            code="cli.export_target",
            message=f"The file of this export ends in {chosen.suffix}.",
            field="--out",
            value=str(target),
            remedy=f"Write {target.with_suffix(chosen.suffix) if target.name else 'a name'}.",
        )
    return target
