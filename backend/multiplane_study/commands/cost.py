"""What it costs: time, memory, many users."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from multiplane.contract.errors import InputError
from multiplane_study.commands.options import Device, JsonFile, Limit, Model
from multiplane_study.terminal import counting, finish, say


def overhead(
    limit: Limit = None,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    size: Annotated[
        str,
        typer.Option(
            "--size",
            help="of the model: own paints with a model that is here; full builds Z-Image-Turbo's "
            "and FLUX.2-klein's denoisers at their full width with random weights.",
        ),
    ] = "own",
    blocks: Annotated[
        int | None,
        typer.Option(
            "--blocks",
            help="Of --size full: how many blocks are built; times are then scaled to all of them. "
            "Default: as many as fit the memory.",
            min=5,
        ),
    ] = None,
    side: Annotated[
        int,
        typer.Option("--side", help="Of --size full: px of the square picture.", min=128, max=4096),
    ] = 1024,
    json_file: JsonFile = None,
) -> None:
    """Measure what capturing attention costs while painting, in time and memory.

    Pictures with and without capture, and with the paper's own hook, alternate in one run.
    --limit: how many rounds (default 7; below 5 the figures jump).

    multiplane study overhead
    multiplane study overhead --limit 9 --json reports/overhead.json
    """
    if size == "full":
        _overhead_full_size(model, device, blocks, side, limit, json_file)
        return
    if size != "own":
        raise InputError(
            "study.overhead.size",
            "There is no such size.",
            field="--size",
            value=size,
            remedy="Use own or full.",
        )
    from multiplane.models.load import choose, load_painter
    from multiplane_study.overhead import measure_overhead

    painter = load_painter(choose(model, device), device)
    with counting("rounds") as on_round:
        result = measure_overhead(painter, pairs=limit or 7, on_round=on_round)
    finish(result.report(), json_file)


def _overhead_full_size(
    model: str, device: str, blocks: int | None, side: int, limit: int | None, out: Path | None
) -> None:
    """Both models, or the one that is named. They stand in the file beside what else it has."""
    from multiplane.models.machine import look_at_machine
    from multiplane_study.full_size import FULL_SIZES, full_size, measure_full_size, that_fit

    here = look_at_machine(device)
    for name in FULL_SIZES if model == "storyboard-mini" else [model]:
        known = full_size(name)
        with counting("rounds") as on_round:
            report = measure_full_size(
                known,
                blocks=blocks or that_fit(known, here.free_device_gb),
                size=(side, side),
                device=here.device,
                rounds=limit or 3,
                on_round=on_round,
            )
        report.show()
        if out is not None:
            report.write_beside(out, name)


def throughput(
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="Another checkout of the project, measured turn about in this run."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", help="How many rounds; the medians count.", min=1)
    ] = 1,
    json_file: JsonFile = None,
) -> None:
    """Measure where a shot's seconds go, by step, and how many shots a minute come out.

    From a drawing's file to the film: 1920 x 1080 with three subjects, CPU seconds of all threads,
    without the loading of the models. Then six shots from words, one after the other and with the
    next picture painted beside, turn about.

    multiplane study throughput --limit 3
    """
    from multiplane_study.shots_per_minute import add_to, measure_shots_per_minute
    from multiplane_study.throughput import measure_throughput

    with counting("rounds") as on_round:
        report = measure_throughput(against=against, rounds=limit, on_round=on_round)
    with counting("rounds of several shots") as on_round:
        add_to(report, measure_shots_per_minute(rounds=limit, on_round=on_round))
    finish(report, json_file)


def preview(
    limit: Limit = None,
    json_file: JsonFile = None,
) -> None:
    """Measure how fast previews are filmed, against warping one picture by its depth.

    --limit: how many frames (default 48).

    multiplane study preview --limit 24
    """
    from multiplane_study.preview import measure_preview

    finish(measure_preview(frames=limit or 48).report(), json_file)


def server(
    limit: Annotated[
        int, typer.Option("--limit", help="How many shots are queued.", min=5, max=100_000)
    ] = 1000,
    clients: Annotated[
        int, typer.Option("--clients", help="How many are connected.", min=1, max=250)
    ] = 200,
    history: Annotated[
        int, typer.Option("--history", help="Finished shots at the restart.", min=100)
    ] = 10_000,
    minutes: Annotated[
        float, typer.Option("--minutes", help="How long the soak lasts.", min=0.1)
    ] = 10.0,
    only_waits: Annotated[
        bool,
        typer.Option(
            "--only-waits",
            help="Measure only how long others wait; the rest of --json FILE stays as it is.",
        ),
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Measure the server: start, memory, how long others wait, many clients and shots, a long
    history, a soak.

    The shots are quick ones: nothing is painted. Others wait while 10,000 shots are cancelled and
    retried and 900 searches answered. The soak hands in, makes and removes jobs while clients come
    and go; Ctrl-C ends it with the figures so far.

    multiplane study server --limit 500 --minutes 1
    """
    from multiplane_study.server import measure_server, measure_server_waits, waits_report

    if only_waits:
        earlier = None
        if json_file is not None and json_file.is_file():
            earlier = json.loads(json_file.read_text("utf-8"))
        waits = measure_server_waits(history=history, on_phase=say)
        finish(waits_report(waits, earlier), json_file)
        return
    with counting("seconds") as on_second:
        result = measure_server(
            shots=limit,
            clients=clients,
            history=history,
            minutes=minutes,
            on_second=on_second,
            on_phase=say,
        )
    finish(result.report(), json_file)


def farm(
    limit: Annotated[
        int, typer.Option("--limit", help="Most workers; 1, 2, 4 ... up to it.", min=1, max=64)
    ] = 8,
    shots: Annotated[
        int, typer.Option("--shots", help="Shots of the long storyboard.", min=8, max=10_000)
    ] = 1000,
    json_file: JsonFile = None,
) -> None:
    """Measure shots per minute for 1 to 8 workers, what the queue costs, and how it grows.

    The shots are quick ones: nothing is painted. Processes and a Ray cluster on this computer do
    the same; then each makes one long storyboard: its memory stays flat and its time linear.

    multiplane study farm --limit 4
    """
    from multiplane_study.farm import measure_farm

    workers = sorted({*(1 << power for power in range(7) if 1 << power <= limit), limit})
    each = 24 if shots >= 100 else max(2, shots // 4)
    with counting("shots") as on_shot:
        result = measure_farm(
            workers=workers, shots_each=each, long_shots=shots, on_shot=on_shot, on_phase=say
        )
    finish(result.report(), json_file)
