"""multiplane study blind: make a study, vote in it, read what it says."""

from __future__ import annotations

import asyncio
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name

if TYPE_CHECKING:
    from multiplane.models.facts import VisionProfile
    from multiplane_study.bench.case import Case

app = typer.Typer(
    help="The user study: which of two cuts is better, without knowing whose they are; and a "
    "timer for making a shot.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Folder = Annotated[Path, typer.Argument(help="The study's folder.")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Also write the figures to this file.")
]


@app.command()
def make(
    folder: Folder,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            help="A row to compare with: paper, daam, single-layer, grabcut, slic, sam-2-box ..., "
            "uncut or truth; repeatable (default: paper, daam, uncut, truth).",
        ),
    ] = None,
    scenes: Annotated[int, typer.Option("--scenes", help="How many pictures.", min=1)] = 20,
    set_: Annotated[
        str, typer.Option("--set", help="stylized, artists, 500, a folder ..., as of quality.")
    ] = "stylized",
    every_pair: Annotated[
        bool, typer.Option("--every-pair", help="All rows with each other, not only with ours.")
    ] = False,
    preset: Annotated[str, typer.Option("--preset", help="The camera's move.")] = "orbit",
    amount: Annotated[float, typer.Option("--amount", help="How strong it is.", min=0)] = 1.0,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Of the move, one way.", min=0.2, max=10)
    ] = 2.0,
    width: Annotated[int, typer.Option("--width", help="Of a film, px.", min=64, max=1920)] = 640,
    seed: Annotated[int, typer.Option("--seed", help="Of order and sides.", min=0)] = 0,
    model: Annotated[
        str, typer.Option("--model", "-m", help="A model's name, or the folder of a checkpoint.")
    ] = "storyboard-mini",
    depth_model: Annotated[
        str, typer.Option("--depth-model", help="A depth model's name or folder.")
    ] = "storyboard-mini-depth",
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Cut pictures in several ways, and film every pair of cuts with the same move.

    What is compared with what, in which order and on which side is drawn by --seed, and every
    voter has an order and sides of their own. Run it again to go on where it stopped; votes stay.

    multiplane study blind make out/study --scenes 20
    multiplane study blind make out/study --against paper --set artists
    """
    from multiplane.contract.storyboard import CameraMove
    from multiplane.models.load import choose, choose_depth, load_depth, load_reading
    from multiplane.models.vision.load import load_vision
    from multiplane.stage.registry import preset_of
    from multiplane_study.bench.look import Look
    from multiplane_study.bench.rows import rows_for
    from multiplane_study.blind.cuts import TRUTH, UNCUT, USUAL, cut_rows
    from multiplane_study.blind.make import make_study
    from multiplane_study.blind.study import OURS, BlindStudy, plan_pairs
    from multiplane_study.terminal import counting

    loaded: dict[str, Any] = {}

    def load(profile: VisionProfile) -> Any:
        if profile.name not in loaded:
            loaded[profile.name] = load_vision(profile, device)
        return loaded[profile.name]

    methods = {row.name: row for row in rows_for(load)}
    known = [name for name in (*methods, UNCUT, TRUTH) if name != OURS]
    for name in against or ():
        if name not in known:
            raise unknown_name("study.row_unknown", "row", name, known, field="--against")
        if name in methods and (missing := methods[name].missing):
            raise InputError(
                "study.blind.row_missing",
                f"This row can't cut here: {missing}.",
                field="--against",
                value=name,
                remedy="Fetch what it needs, or leave it out.",
            )
    preset_of(CameraMove(preset=preset))
    rows = (OURS, *dict.fromkeys(against or USUAL))
    painter = load_reading(choose(model, device), device)
    depth = load_depth(choose_depth(depth_model), device)
    study = BlindStudy(
        seed=seed,
        set=set_,
        model=painter.profile.name,
        preset=preset,
        amount=amount,
        seconds=seconds,
        width=width,
        rows=rows,
        scenes=scenes,
        pairs=plan_pairs(scenes, rows, seed, every=every_pair),
    )
    with counting("pairs") as on_pair:
        make_study(
            folder,
            study,
            _cases(set_, scenes),
            lambda case, asked: cut_rows(Look(painter, depth, case, 0), methods, asked),
            on_pair,
        )
    print(f"{len(study.pairs)} pairs. Vote: multiplane study blind vote {folder}")


@app.command()
def vote(
    folder: Folder,
    port: Annotated[int, typer.Option("--port", help="0: a free one.", min=0, max=65535)] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Show the pairs in a browser and keep the votes: 1 left, 2 right, 0 no difference.

    Every vote is on the disk (votes.jsonl) before the next pair is shown. A voter who comes back
    under the same name goes on where they stopped; Backspace takes the last pair again. Ctrl-C
    ends it.

    multiplane study blind vote out/study
    """
    _serve(folder, port, browser, "")


@app.command()
def timer(
    folder: Folder,
    port: Annotated[int, typer.Option("--port", help="0: a free one.", min=0, max=65535)] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Time the paper's task: from one of the study's pictures to a parallax shot of five seconds.

    Keys: Enter starts and ends the clock, 1 to 6 and the space bar log steps, P pauses, X gives
    up; then 1 to 5 for how good the film is. Everything is kept in times.jsonl at once.

    multiplane study blind timer out/study
    """
    _serve(folder, port, browser, "timer")


@app.command()
def result(folder: Folder, json_file: JsonFile = None) -> None:
    """Say what the votes and the times come to so far, with intervals.

    Win rates are of the votes that chose a side, with Wilson's interval; with more than two rows
    there are Bradley-Terry strengths too, where no difference is half a win for both.

    multiplane study blind result out/study --json reports/votes.json
    """
    from multiplane_study.blind.study import read_study
    from multiplane_study.blind.times import WITH_US, read_times, times_report
    from multiplane_study.blind.votes import read_votes
    from multiplane_study.blind.votes import result as votes_result
    from multiplane_study.terminal import finish

    study = read_study(folder)
    votes, unreadable = read_votes(folder)
    report = votes_result(study, votes, unreadable)
    times, torn = read_times(folder, time.time())
    if times:
        timed = times_report(times, WITH_US, torn)
        report.figures = {**report.figures, "times": timed.figures}
        report.tables += timed.tables
    for count, name in ((unreadable, "votes"), (torn, "times")):
        if count:
            typer.echo(f"{count} lines of the {name} can't be read and were left out.", err=True)
    finish(report, json_file)


def _cases(set_: str, count: int) -> Iterator[Case | None]:
    from multiplane_study.bench.sets import set_of

    found = set_of(set_)
    yield from (found.case(number) for number in found.numbers[:count])


def _serve(folder: Path, port: int, browser: bool, page: str) -> None:
    from multiplane_study.blind.serve import BlindServer

    async def run() -> None:
        server = BlindServer(folder)
        address = await server.start(port) + page
        typer.echo(f"{address}\nCtrl-C ends it; everything is kept at once.")
        if browser:
            webbrowser.open(address)
        try:
            await asyncio.Event().wait()
        finally:
            await server.stop()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        typer.echo("Ended.")
