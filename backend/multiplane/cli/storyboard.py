"""multiplane storyboard: convert, validate, conform, snap, template."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiplane.cli.board_file import read_own, rewrite, write
from multiplane.cli.snap import SNAP_HELP, snap
from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.cli.findings import Finding
    from multiplane.deliver.timeline.conform import Conformed

app = typer.Typer(
    help="Storyboards in every format: check them, turn one into another, begin a shot list.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Force = Annotated[bool, typer.Option("--force", help="Replace OUT if it is there.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON event per line instead of a table.")
]
_SEPARATORS = {".csv": ",", ".tsv": "\t"}

CONVERT_HELP = teach(
    """
    Turn a storyboard into our JSON, or into a CSV shot list for a spreadsheet.

    IN is whatever multiplane render takes: JSON, .storyboarder, a shot list, a folder of pictures.
    OUT ends in .json, .csv or .tsv. Paths of pictures and audio are rewritten so that they hold
    from OUT's folder; no file is copied. A shot with a mistake is reported and left out, with exit
    status 2.
    """,
    "multiplane storyboard convert scene.storyboarder board.json",
    "multiplane storyboard convert drawings/ board.json",
    "multiplane storyboard convert board.json shots.csv",
    "multiplane storyboard convert script.fountain board.json --plates",
)
VALIDATE_HELP = teach(
    """
    Check storyboards and list every mistake by shot, with what to do about it, keys that are
    misspelt, and words that the model never learnt. What multiplane render would refuse before it
    paints is refused here too: models and cutters that are not on this computer, and pictures that
    are damaged. Nothing is made.

    Exit status: 0 when there is no error (there may be warnings), else 2.
    """,
    "multiplane storyboard validate board.json",
    "multiplane storyboard validate scene.storyboarder shots.csv drawings/",
    "multiplane storyboard validate board.json --json",
)
CONFORM_HELP = teach(
    """
    Take the cut back into the storyboard: order, lengths, and which shots are used.

    CUT is what the editing program exports: .otio, .xml (Final Cut Pro 7) or .edl. BOARD is our
    JSON. Shots keep their ids, their seeds and what hands made, so `multiplane render` films again
    what has another length and paints nothing anew. A shot that is used twice becomes two. BOARD
    is rewritten, its earlier state is kept beside it; what the cut has and a storyboard cannot
    say is told.
    """,
    "multiplane storyboard conform cut.xml board.json",
    "multiplane storyboard conform cut.otio board.json --dry-run",
    "multiplane storyboard conform cut.edl board.json --keep",
)
TEMPLATE_HELP = teach(
    """
    Write a CSV shot list that shows every column by example, to be filled in.

    Without OUT it is printed. It can be rendered as it is.
    """,
    "multiplane storyboard template shots.csv",
)


@app.command(help=CONVERT_HELP)
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Storyboard to read.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help=".json, .csv or .tsv to write.", show_default=False),
    ],
    plates: Annotated[
        bool,
        typer.Option("--plates", help="Give painted shots under one scene heading one background."),
    ] = False,
    force: Force = False,
) -> None:
    """Read one format, write another."""
    from multiplane.cli.findings import checked, findings_of, without_bad_shots
    from multiplane.intake.carried import carried, compact_json
    from multiplane.intake.read_storyboard import read_storyboard
    from multiplane.intake.scene_plates import with_scene_plates
    from multiplane.intake.shot_list_file import as_shot_list
    from multiplane.models.profiles import PROFILES
    from multiplane.stage.registry import preset_names

    suffix = out.suffix.lower()
    _check_out(out, (".json", *_SEPARATORS), force)
    loaded = read_storyboard(source, presets=preset_names(), models=list(PROFILES))
    loaded = without_bad_shots(loaded)
    board = carried(loaded.storyboard, loaded.folder, out.parent)
    if plates:
        board = with_scene_plates(board)
        if not board.plates:
            print(
                "Warning: No two painted shots stand under one scene heading (INT. HALL - NIGHT), "
                "so there are no plates.",
                file=sys.stderr,
            )
    if suffix == ".json":
        write(out, compact_json(board).encode())
    else:
        # Spreadsheets take a file without a mark for whatever their computer's own encoding is.
        write(out, as_shot_list(board, _SEPARATORS[suffix]).encode("utf-8-sig"))
    for finding in findings_of(loaded):
        _say(finding, str(source))
    if suffix != ".json" and board.model_extra:
        lost = ", ".join(board.model_extra)
        print(f"Warning: A shot list has no place for: {lost}.", file=sys.stderr)
    # What was written must be good where it lies now, and in the words of its own format.
    wrong = [finding for finding in checked(out, here=False)[1] if finding.error]
    for finding in wrong:
        _say(finding, str(out))
    left_out = len(loaded.shots_errors)
    said = f"{_count(len(board.shots), 'shot')} in {out}"
    print(said + (f", {left_out} left out" if left_out else ""))
    if left_out or wrong:
        raise typer.Exit(2)


@app.command(help=VALIDATE_HELP)
def validate(
    sources: Annotated[
        list[Path], typer.Argument(metavar="IN...", help="Storyboards.", show_default=False)
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="That will make it, instead of the storyboard's own."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read every storyboard and say what is wrong with it."""
    from multiplane.cli.findings import checked

    failed = False
    for source in sources:
        shots, findings = checked(source, model)
        failed |= any(finding.error for finding in findings)
        if as_json:
            _print_events(source, shots, findings)
        else:
            _print_table(source, shots, findings)
    if failed:
        raise typer.Exit(2)


@app.command(help=CONFORM_HELP)
def conform(
    cut: Annotated[Path, typer.Argument(metavar="CUT", help="What came back.", show_default=False)],
    board: Annotated[
        Path, typer.Argument(metavar="BOARD", help="Storyboard, .json.", show_default=False)
    ],
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave shots that the cut lacks, behind the others.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change a storyboard as editing changed the film."""
    from multiplane.contract.errors import InputError
    from multiplane.deliver.timeline.conform import conform as conformed
    from multiplane.deliver.timeline.cut import read_cut

    before, loaded = read_own(board, "cut.board_format")
    result = conformed(before, read_cut(cut, loaded.storyboard.fps), keep=keep)
    if not result.found:
        raise InputError(
            "cut.foreign",
            "None of the cut's clips is a shot of this storyboard, so nothing is changed.",
            file=str(cut),
            value=result.changes[0].shot if result.changes else None,
            remedy="Clips are known by their films' names: is it this storyboard's cut?",
        )
    kept = None
    if not dry_run and result.board != before:
        kept = rewrite(board, result.board, "cut")
    _tell_conformed(result, board, kept, as_json=as_json)


def _tell_conformed(result: Conformed, board: Path, kept: Path | None, *, as_json: bool) -> None:
    from multiplane.contract.events import Log

    said = f"{_count(len(result.board['shots']), 'shot')} in {board}"
    said += f"; as it was before: {kept}" if kept else "; nothing was written"
    if as_json:
        for change in result.changes:
            event = {
                "level": "warning" if change.is_warning else "info",
                "text": f"{change.shot}: {change.text}",
                "kind": change.kind,
                "shot_id": change.shot,
            }
            print(Log.model_validate(event).line())
        print(Log.model_validate({"text": said, "file": str(board)}).line(), flush=True)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for change in result.changes:
        mark = Text(change.kind, "yellow" if change.is_warning else "green")
        table.add_row(mark, Text(change.shot), Text(change.text))
    if result.changes:
        console.print(table)
    console.print(said, markup=False, soft_wrap=True)


app.command(help=SNAP_HELP)(snap)


@app.command(help=TEMPLATE_HELP)
def template(
    out: Annotated[
        Path | None,
        typer.Argument(metavar="[OUT.csv]", help="File to write.", show_default=False),
    ] = None,
    force: Force = False,
) -> None:
    """Write a shot list to begin with."""
    from multiplane.intake import shot_list_file

    if out is None:
        sys.stdout.write(shot_list_file.template().replace("\r\n", "\n"))
        return
    _check_out(out, tuple(_SEPARATORS), force)
    text = shot_list_file.template(_SEPARATORS[out.suffix.lower()])
    write(out, text.encode("utf-8-sig"))
    print(f"Fill in {out}, then: multiplane render {out}")


def _print_table(source: Path, shots: int, findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if findings:
        table = Table(box=None, pad_edge=False)
        for column in ("", "Shot", "Where", "What", "What to do"):
            table.add_column(column, overflow="fold", no_wrap=column == "")
        for finding in findings:
            value = f" Given: {finding.value}." if finding.value else ""
            mark = Text("error", "red") if finding.error else Text("warning", "yellow")
            cells = (
                finding.id or "",
                finding.place(source),
                finding.text + value,
                finding.remedy or "",
            )
            table.add_row(mark, *(Text(cell) for cell in cells))
        console.print(table)
    errors = sum(finding.error for finding in findings)
    said = [_count(shots, "good shot"), _count(errors, "error")]
    said.append(_count(len(findings) - errors, "warning"))
    console.print(f"{source}: {', '.join(said)}.", markup=False, soft_wrap=True)


def _print_events(source: Path, shots: int, findings: list[Finding]) -> None:
    from multiplane.contract.events import Log

    for finding in findings:
        event = {
            "level": "error" if finding.error else "warning",
            "text": finding.text,
            "shot_id": finding.id,
            "file": finding.file or str(source),
            "code": finding.code,
            "index": finding.shot,
            "field": finding.field,
            "value": finding.value,
            "remedy": finding.remedy,
        }
        print(Log.model_validate(event).line())
    errors = sum(finding.error for finding in findings)
    text = f"{source}: {_count(shots, 'good shot')}, {_count(errors, 'error')}."
    summary = {"text": text, "file": str(source), "shots": shots, "errors": errors}
    summary["warnings"] = len(findings) - errors
    print(Log.model_validate(summary).line(), flush=True)


def _say(finding: Finding, file: str) -> None:
    """One finding as a line on stderr."""
    label = "Error:" if finding.error else "Warning:"
    place = ", ".join(part for part in (file, finding.place(Path(file))) if part)
    value = f" Given: {finding.value}." if finding.value else ""
    remedy = f" {finding.remedy}" if finding.remedy else ""
    print(f"{label} {place}: {finding.text}{value}{remedy}", file=sys.stderr)


def _check_out(out: Path, suffixes: tuple[str, ...], force: bool) -> None:
    from multiplane.contract.errors import InputError

    if out.suffix.lower() not in suffixes:
        raise InputError(
            "cli.out_format",
            "This cannot be written.",
            field="OUT",
            value=str(out),
            remedy=f"Give a name that ends in {' or '.join(suffixes)}.",
        )
    if out.is_dir() or (out.exists() and not force):
        raise InputError(
            "cli.out_exists",
            "This is a folder." if out.is_dir() else "This file is there already.",
            field="OUT",
            value=str(out),
            remedy="Give another name." if out.is_dir() else "Give another name, or --force.",
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
