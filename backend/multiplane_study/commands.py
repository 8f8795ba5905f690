"""multiplane study: the benches and the training, as commands.

Every command prints a table, and `--json FILE` writes the same figures with machine, commit and
date. What a command needs is imported when it runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiplane.contract.known_names import unknown_name
from multiplane_study.artwork.commands import app as artwork

if TYPE_CHECKING:
    from multiplane_study.report import Report

app = typer.Typer(
    help="Benches of quality and speed, and the training of the bundled model.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(artwork, name="artwork")

JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Also write the figures to this file.")
]
Limit = Annotated[int | None, typer.Option("--limit", help="Use only so many.", min=1)]
Model = Annotated[
    str, typer.Option("--model", "-m", help="A model's name, or the folder of a checkpoint.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")]
Seed = Annotated[int, typer.Option("--seed", help="First seed.", min=0)]


@app.command()
def overhead(
    limit: Limit = None,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure what capturing attention costs while painting, in time and memory.

    Pictures with and without capture, and with the paper's own hook, alternate in one run.
    --limit: how many rounds (default 7; below 5 the figures jump).
    """
    from multiplane.models.load import choose, load_painter
    from multiplane_study.overhead import measure_overhead

    painter = load_painter(choose(model, device), device)
    with _counting("rounds") as on_round:
        result = measure_overhead(painter, pairs=limit or 7, on_round=on_round)
    _finish(result.report(), json_file)


@app.command()
def quality(
    limit: Limit = None,
    set_: Annotated[
        str,
        typer.Option(
            "--set",
            help="stylized: scenes that the project draws; artists: drawings of an artist that "
            "nothing learnt from; artists-tuning: of another, to choose settings on.",
        ),
    ] = "stylized",
    found: Annotated[
        bool,
        typer.Option("--found", help="Of the artists' drawings: what is found without any word."),
    ] = False,
    model: Model = "storyboard-mini",
    depth_model: Annotated[
        str, typer.Option("--depth-model", help="A depth model's name or folder.")
    ] = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure masks, edges, order and doubt on held-out scenes; the paper's method on the same.

    --limit: how many scenes (default 100, even over the styles; of the artists' all 400, half with
    concepts that training knows). The artists' drawings come by `multiplane study artwork get`.
    """
    from multiplane.models.load import choose, choose_depth, load_depth, load_reading
    from multiplane_study.artists.bench import measure_artists
    from multiplane_study.artists.found import measure_found
    from multiplane_study.artists.plan import HELD_OUT, TUNING
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.quality import measure_quality

    sets = {"artists": HELD_OUT, "artists-tuning": TUNING}
    if set_ not in ("stylized", *sets):
        raise unknown_name("study.set_unknown", "set", set_, ["stylized", *sets], field="--set")
    scenes = sets.get(set_)
    catalogue = None if scenes is None else Catalogue(artists=[scenes.artist])
    depth = load_depth(choose_depth(depth_model), device)
    if found:
        if scenes is None or catalogue is None:
            raise unknown_name("study.set_unknown", "set for --found", set_, [*sets], field="--set")
        with _counting("scenes") as on_scene:
            result = measure_found(depth, catalogue, scenes, limit=limit, on_scene=on_scene)
        return _finish(result.report(), json_file)
    painter = load_reading(choose(model, device), device)
    with _counting("scenes") as on_scene:
        if scenes is None or catalogue is None:
            report = measure_quality(painter, depth, limit=limit, on_scene=on_scene).report()
        else:
            report = measure_artists(
                painter, depth, catalogue, scenes=scenes, limit=limit, on_scene=on_scene
            ).report()
    _finish(report, json_file)


@app.command()
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
    """Measure where a shot's seconds go, by step, from a drawing's file to the film.

    A drawing of 1920 x 1080 with three subjects. CPU seconds of all threads, without the loading
    of the models.
    """
    from multiplane_study.throughput import measure_throughput

    with _counting("rounds") as on_round:
        report = measure_throughput(against=against, rounds=limit, on_round=on_round)
    _finish(report, json_file)


@app.command()
def fill(
    limit: Limit = None,
    set_: Annotated[
        str, typer.Option("--set", help="stylized, artists or artists-tuning, as of quality.")
    ] = "artists",
    json_file: JsonFile = None,
) -> None:
    """Measure what is completed under and behind subjects against scenes that know every pixel.

    Subjects are given with their true mattes. Beside the layers as they are built: subjects with a
    bite before the filled background, and the picture left as it is. --limit: how many scenes
    (default 100). Then every camera preset's worst frame is looked at for holes, edges, bites and
    fringes.
    """
    from multiplane_study.artists.plan import HELD_OUT, TUNING
    from multiplane_study.artists.scene import artists_scenes
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.hidden import measure_hidden
    from multiplane_study.observed import balanced_scenes
    from multiplane_study.scenes import HELD_OUT_SEEDS

    sets = {"artists": HELD_OUT, "artists-tuning": TUNING}
    if set_ not in ("stylized", *sets):
        raise unknown_name("study.set_unknown", "set", set_, ["stylized", *sets], field="--set")
    total = limit or 100
    if set_ == "stylized":
        scenes = balanced_scenes(total, HELD_OUT_SEEDS)
    else:
        catalogue = Catalogue(artists=[sets[set_].artist])
        scenes = (scene for _, scene in artists_scenes(catalogue, sets[set_], total))
    with _counting("scenes") as on_scene:
        result = measure_hidden(set_, scenes, total, on_scene)
    _finish(result.report(), json_file)


@app.command()
def preview(
    limit: Limit = None,
    json_file: JsonFile = None,
) -> None:
    """Measure how fast previews are filmed, against warping one picture by its depth.

    --limit: how many frames (default 48).
    """
    from multiplane_study.preview import measure_preview

    _finish(measure_preview(frames=limit or 48).report(), json_file)


@app.command()
def hands(
    limit: Limit = None,
    json_file: JsonFile = None,
) -> None:
    """Measure layers made by strokes: how good they are after each, and how fast an edit is.

    --limit: how many drawn scenes (default 10), of two subjects each, at 1024 x 576.
    """
    from multiplane_study.hands import measure_hands

    with _counting("scenes") as on_scene:
        result = measure_hands(limit or 10, on_scene=on_scene)
    _finish(result.report(), json_file)


@app.command()
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
    """
    from multiplane_study.farm import measure_farm

    workers = sorted({*(1 << power for power in range(7) if 1 << power <= limit), limit})
    each = 24 if shots >= 100 else max(2, shots // 4)
    with _counting("shots") as on_shot:
        result = measure_farm(
            workers=workers, shots_each=each, long_shots=shots, on_shot=on_shot, on_phase=_say
        )
    _finish(result.report(), json_file)


@app.command()
def psd(
    folder: Annotated[Path, typer.Argument(help="Folder of PSD and PSB files.")],
    json_file: JsonFile = None,
) -> None:
    """Compare what is made of Photoshop files' layers with the pictures that Photoshop merged.

    Counts how many agree, are corrected and said to be, differ and are said to, and differ
    silently; a file differs when over 1 % of its pixels are off by more than 8 of 255.
    """
    from multiplane_study.psd import measure_psd

    with _counting("files") as on_file:
        result = measure_psd(folder, on_file)
    _finish(result.report(), json_file)


@app.command()
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
    """
    from multiplane_study.server import measure_server, measure_server_waits, waits_report

    if only_waits:
        earlier = None
        if json_file is not None and json_file.is_file():
            earlier = json.loads(json_file.read_text("utf-8"))
        waits = measure_server_waits(history=history, on_phase=_say)
        _finish(waits_report(waits, earlier), json_file)
        return
    with _counting("seconds") as on_second:
        result = measure_server(
            shots=limit,
            clients=clients,
            history=history,
            minutes=minutes,
            on_second=on_second,
            on_phase=_say,
        )
    _finish(result.report(), json_file)


@app.command()
def sweep(
    limit: Limit = None,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    keep: Annotated[
        bool, typer.Option("--keep/--dry-run", help="Write the best setting into profile.json.")
    ] = True,
    json_file: JsonFile = None,
) -> None:
    """Find where in a model attention is best read, once per model, on scenes kept for tuning.

    Tries blocks, noise levels and propagations, and writes the winner into the profile.json of the
    model, or of its reader where it has one, which every later run reads. --limit: how many scenes
    (default 40).
    """
    from multiplane.models.load import choose, load_reading
    from multiplane_study.sweep import sweep as try_settings
    from multiplane_study.sweep import write_choice

    painter = load_reading(choose(model, device), device)
    with _counting("scenes") as on_scene:
        result = try_settings(painter, limit=limit, on_scene=on_scene)
    report = result.report()
    _finish(report, json_file)
    if keep:
        measured = {"sweep_scenes": result.scenes, "sweep_miou": round(result.fine[0][1], 4)}
        choice = result.choice(painter.profile.capture)
        print(f"Written to {write_choice(painter.folder, choice, measured)}")


@app.command()
def calibrate(
    scenes: Annotated[
        int,
        typer.Option(
            "--scenes",
            help="Of the artist kept for tuning; 0 = leave weights that read drawings as they are.",
            min=0,
            max=400,
        ),
    ] = 160,
    own: Annotated[int, typer.Option("--own", help="Scenes of the project's.", min=5)] = 50,
    painted: Annotated[
        int, typer.Option("--painted", help="Pictures that the model paints itself.", min=0)
    ] = 20,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    keep: Annotated[
        bool, typer.Option("--keep/--dry-run", help="Write the calibration into profile.json.")
    ] = True,
    json_file: JsonFile = None,
) -> None:
    """Measure what a model's confidence is worth, and keep it: once per model, after the sweep.

    Cuts scenes whose truth is known (never those of the reports), some with a word that names
    nothing in them, and writes into the model's profile.json how probable every layer is to be
    right, when it is doubtful or missing, what a strange picture is, and the words that the model
    has learnt. Where drawings are read by weights of their own, both are calibrated, each for what
    it does. The artists' drawings come by `multiplane study artwork get`.
    """
    from multiplane.models.load import choose, load_painter, load_reading
    from multiplane_study.artists.plan import TUNING
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.calibration.calibrate import calibrate as measure
    from multiplane_study.calibration.calibrate import write_calibration
    from multiplane_study.training.command import trained_judge

    catalogue = Catalogue(artists=[TUNING.artist])
    judge_model, _ = trained_judge(None)
    profile = choose(model, device)
    reads_itself = profile.reader is None
    reading = load_reading(profile, device)
    rounds = [(reading, scenes, own, painted if reads_itself else 0)]
    if not scenes and not reads_itself:
        rounds.clear()
    if not reads_itself and painted:
        rounds.append((load_painter(profile, device), 0, own, painted))
    for weights, artists, drawn, of_its_own in rounds:
        with _counting("scenes") as on_scene:
            found = measure(
                weights,
                catalogue,
                judge_model,
                artists=artists,
                own=drawn,
                painted=of_its_own,
                on_scene=on_scene,
            )
        _finish(found.report(), json_file if weights is rounds[0][0] else None)
        if keep:
            print(f"Written to {write_calibration(weights.folder, found)}")


@app.command()
def scenes(
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG to draw.")] = Path("out/scenes.png"),
    limit: Limit = None,
    seed: Seed = 0,
    width: Annotated[int, typer.Option("--width", help="Of a scene, px.", min=32)] = 256,
    height: Annotated[int, typer.Option("--height", help="Of a scene, px.", min=32)] = 256,
    truth: Annotated[
        bool, typer.Option("--truth", help="Show mattes and depth under every scene.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Draw scenes of StylizedBench side by side, and count what is in them.

    --limit: how many scenes (default 50).
    """
    from collections import Counter

    from multiplane_study.report import Report
    from multiplane_study.scenes import draw_scene
    from multiplane_study.scenes.sheet import draw_sheet
    from multiplane_study.scenes.vocabulary import STYLES

    count = limit or 50
    out.parent.mkdir(parents=True, exist_ok=True)
    captions = draw_sheet(out, count, seed, width=width, height=height, mattes=truth, depth=truth)
    per_style = -(-count // len(STYLES))  # as the sheet has them
    drawn = [
        draw_scene(seed + index, width, height, style=STYLES[min(index // per_style, 4)])
        for index in range(count)
    ]
    subjects = Counter(len(scene.subjects) for scene in drawn)
    kinds = Counter(subject.kind for scene in drawn for subject in scene.subjects)
    styles = Counter(scene.style for scene in drawn)
    places = Counter(scene.place for scene in drawn)
    hidden = [subject.hidden for scene in drawn for subject in scene.subjects]
    report = Report(
        "scenes",
        {
            "scenes": count,
            "by_subjects": dict(sorted(subjects.items())),
            "kinds": dict(kinds.most_common()),
            "styles": {style: styles[style] for style in STYLES},
            "places": dict(places.most_common()),
            "mean_hidden": sum(hidden) / max(1, len(hidden)),
            "captions": captions,
        },
    )
    report.table(
        f"{count} scenes from seed {seed}: {out}",
        ("", "scenes"),
        [
            *((f"{number} subjects", found) for number, found in sorted(subjects.items())),
            *((style, styles[style]) for style in STYLES),
            *places.most_common(),
        ],
    )
    _finish(report, json_file)


@app.command("train-reader")
def train_reader(
    folder: Annotated[
        Path,
        typer.Option("--folder", "-f", help="Where pictures and checkpoint lie (about 3 GB)."),
    ] = Path("out/reader"),
    minutes: Annotated[
        float, typer.Option("--minutes", help="Of learning in all, over all runs.", min=0.1)
    ] = 120.0,
    start: Annotated[
        Path | None,
        typer.Option(
            "--start",
            help="The pipeline whose reader it goes on from; without one, its first blocks "
            "(bundled).",
        ),
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Begin with the first blocks though there is a reader.")
    ] = False,
    artwork: Annotated[
        Path | None,
        typer.Option("--artwork", help="Folder of the drawings (study artwork get)."),
    ] = None,
    limit: Annotated[
        int,
        typer.Option("--limit", help="Pictures of each kind and size to draw at most.", min=1),
    ] = 12_800,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes that draw while it learns.", min=1)
    ] = 1,
    blend: Annotated[
        float,
        typer.Option(
            "--blend",
            help="Share of what was learnt to keep; the rest as the weights were before.",
            min=0,
            max=1,
        ),
    ] = 1.0,
    seed: Seed = 0,
    json_file: JsonFile = None,
) -> None:
    """Train weights by which drawings are read, beside a model's own; run it again to go on.

    Where the model at --start has such weights already they go on, in a new FOLDER; --anew begins
    with the first blocks of what it paints by.
    They learn from other people's drawings, as far as their licences let, and from the project's
    own scenes; what the model paints stays as it is. The model with its reader lies in FOLDER
    afterwards: use it with --model FOLDER/storyboard-mini, choose its settings with
    `multiplane study sweep`. On a CUDA GPU where there is one, else on one core and one more for
    each worker. Rates fall over the last part of --minutes; with more minutes a finished training
    goes on.
    """
    import torch

    from multiplane.models.profiles import BUNDLED
    from multiplane_study.artwork.get import artwork_folder
    from multiplane_study.reading.command import run_reader_training
    from multiplane_study.reading.training import ReaderPlan

    plan = ReaderPlan(
        folder=folder,
        start=(start or BUNDLED / "storyboard-mini").resolve(),
        artwork=(artwork or artwork_folder()).resolve(),
        minutes=minutes,
        pictures=limit,
        workers=workers,
        seed=seed,
        anew=anew,
        blend=blend,
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    _finish(run_reader_training(plan, device), json_file)


@app.command("train-decoder")
def train_decoder(
    folder: Annotated[
        Path, typer.Option("--folder", "-f", help="Where scenes and checkpoint lie.")
    ] = Path("out/decoder"),
    steps: Annotated[int, typer.Option("--steps", help="In all, over all runs.", min=1)] = 2000,
    start: Annotated[
        Path | None,
        typer.Option("--start", help="The pipeline whose decoder goes on (bundled)."),
    ] = None,
    artwork: Annotated[
        Path | None,
        typer.Option(
            "--artwork", help="Learn from the drawings in this folder too (study artwork get)."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", help="Draw so many scenes of each size and sort.", min=1)
    ] = 512,
    workers: Annotated[int, typer.Option("--workers", help="Processes that draw.", min=1)] = 1,
    seed: Seed = 0,
    json_file: JsonFile = None,
) -> None:
    """Let the decoder of a model go on, so that its pictures are clearer; again to go on.

    The encoder stays, so everything that the model paints and reads is the same, only shown
    better. Learns from the project's own scenes and with --artwork from other people's drawings,
    in all styles. The model lies in FOLDER afterwards; a table says how well pictures come back,
    in decibels, and how far one sees the grid of 8 x 8 px blocks, before and after.
    """
    from multiplane.models.profiles import BUNDLED
    from multiplane_study.training.command import shown
    from multiplane_study.training.decoder import DecoderPlan, run_decoder_training

    plan = DecoderPlan(
        folder=folder,
        start=(start or BUNDLED / "storyboard-mini").resolve(),
        steps=steps,
        scenes=limit,
        artwork=artwork,
        workers=workers,
        seed=seed,
    )
    with shown() as tell:
        report = run_decoder_training(plan, tell)
    _finish(report, json_file)


@app.command()
def train(
    folder: Annotated[
        Path,
        typer.Option("--folder", "-f", help="Where scenes and checkpoints lie (about 4 GB)."),
    ] = Path("out/training"),
    steps: Annotated[
        int | None, typer.Option("--steps", help="Painter's steps in all.", min=1)
    ] = None,
    small_steps: Annotated[
        int | None,
        typer.Option("--small-steps", help="First so many of them at the small size.", min=0),
    ] = None,
    small_share: Annotated[
        float | None,
        typer.Option(
            "--small-share", help="Chance of every later step to be a small one.", min=0, max=1
        ),
    ] = None,
    decay_steps: Annotated[
        int | None,
        typer.Option("--decay-steps", help="Last so many of them with falling rates.", min=1),
    ] = None,
    depth_steps: Annotated[
        int | None,
        typer.Option(
            "--depth-steps", help="Of the depth model; with --start that beside it goes on.", min=1
        ),
    ] = None,
    height: Annotated[
        int | None,
        typer.Option("--height", help="Of the painter's pictures, px: 128, 192 or 256.", min=64),
    ] = None,
    grounding: Annotated[
        float | None,
        typer.Option("--grounding", help="Weight of the grounding loss; 0 = without.", min=0),
    ] = None,
    silhouettes: Annotated[
        float | None,
        typer.Option("--silhouettes", help="Weight of naming silhouettes; 0 = without.", min=0),
    ] = None,
    average: Annotated[
        float | None,
        typer.Option("--average", help="Decay of the weights' running average.", min=0, max=1),
    ] = None,
    rate: Annotated[
        float,
        typer.Option("--rate", help="Factor on the painter's learning rates.", min=0.01, max=10),
    ] = 1.0,
    start: Annotated[
        Path | None,
        typer.Option("--start", help="A trained pipeline to go on from; only its painter changes."),
    ] = None,
    artwork: Annotated[
        Path | None,
        typer.Option(
            "--artwork", help="Learn from the drawings in this folder too (study artwork get)."
        ),
    ] = None,
    artists_limit: Annotated[
        int | None,
        typer.Option("--artists-limit", help="Scenes of each size of those (default 6400).", min=1),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Draw only so many scenes of each size.", min=1)
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes (default: one a core).", min=1)
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            help="On a GPU: go on from --start for so long, part of it with the judge.",
            min=0.1,
        ),
    ] = None,
    judge_share: Annotated[
        float,
        typer.Option(
            "--judge-share", help="Part of --minutes for the judge; 1 = all.", min=0, max=1
        ),
    ] = 0.2,
    seed: Seed = 0,
    publish: Annotated[
        bool, typer.Option("--publish", help="Replace the bundled models with the result.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Train the bundled models on drawn scenes; run it again to go on where it stopped.

    Draws the scenes, learns tokenizer, autoencoder, painter and depth model, and writes them as
    FOLDER/storyboard-mini and FOLDER/storyboard-mini-depth with a model card. Use the result with
    --model FOLDER/storyboard-mini. On two processor cores the defaults take some four hours.

    With --start the weights of a finished training go on in a new FOLDER, for instance with
    --steps 2000 --decay-steps 2000 --rate 0.6; tokenizer, autoencoder and depth model stay.

    With --artwork the painter learns from other people's drawings too, mixed with the project's
    own scenes; their names become words of the tokenizer. Drawings whose licence does not allow it
    are left out.

    With --minutes a CUDA GPU goes on from the bundled weights (or --start) at 256 px, drawing as it
    learns: storyboard-mini and storyboard-judge lie in FOLDER afterwards. It does not resume.
    """
    from multiplane_study.training.command import (
        refuse_beside_minutes,
        run_training,
        run_training_by_the_clock,
    )
    from multiplane_study.training.painter import PainterTraining

    given = {
        "steps": steps,
        "small_steps": small_steps,
        "small_share": small_share,
        "decay_steps": decay_steps,
        "grounding": grounding,
        "silhouettes": silhouettes,
        "average": average,
        "muon_rate": rate * PainterTraining.muon_rate,
        "rate": rate * PainterTraining.rate,
        "start": str(start.resolve()) if start else None,
    }
    painter = {name: value for name, value in given.items() if value is not None}
    if minutes is not None:
        by_steps = {
            "--steps": steps,
            "--small-steps": small_steps,
            "--small-share": small_share,
            "--decay-steps": decay_steps,
            "--height": height,
            "--depth-steps": depth_steps,
            "--workers": workers,
            "--publish": publish or None,
        }
        refuse_beside_minutes(by_steps)
        report = run_training_by_the_clock(
            folder,
            painter,
            minutes,
            judge_share=judge_share,
            seed=seed,
            scenes=limit,
            artwork=artwork.resolve() if artwork else None,
            artists_scenes=artists_limit,
        )
    else:
        report = run_training(
            folder,
            painter,
            seed=seed,
            height=height,
            scenes=limit,
            workers=workers,
            publish_bundled=publish,
            artwork=artwork.resolve() if artwork else None,
            artists_scenes=artists_limit,
            depth_steps=depth_steps,
        )
    _finish(report, json_file)


@app.command()
def judge(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", "-f", help="A training's folder with another judge than the bundled one."
        ),
    ] = None,
    takes: Annotated[
        int | None, typer.Option("--takes", help="Of every picture (default: the model's).", min=1)
    ] = None,
    limit: Limit = None,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Have pictures painted and a supervised segmenter look for what was asked for.

    The judge comes with the package; with --folder one is trained there first, unless the folder
    has it (two to five hours on two cores, 10 GB of memory; run it again to go on where it
    stopped). --limit: how many pictures (default 200).
    """
    from multiplane.models.load import choose, load_painter
    from multiplane_study.judged import measure_following
    from multiplane_study.training.command import trained_judge

    judge_model, miou = trained_judge(folder)
    painter = load_painter(choose(model, device), device)
    with _counting("pictures") as on_picture:
        result = measure_following(
            painter, judge_model, miou, limit=limit or 200, takes=takes, on_picture=on_picture
        )
    _finish(result.report(), json_file)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=None)

        def count(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield count


def _say(text: str) -> None:
    """What goes on, beside the figures; above the bar where there is one."""
    print(text, file=sys.stderr, flush=True)


def _finish(report: Report, json_file: Path | None) -> None:
    report.show()
    if json_file is not None:
        print(f"Written to {report.write(json_file)}")
