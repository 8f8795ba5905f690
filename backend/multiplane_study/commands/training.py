"""Scenes to learn from, and the training of the bundled models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiplane_study.commands.options import Device, JsonFile, Limit, Model, Seed
from multiplane_study.terminal import counting, finish


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

    multiplane study scenes -o out/scenes.png --limit 20 --truth
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
    finish(report, json_file)


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

    multiplane study train-reader --folder out/reader --minutes 60
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
    finish(run_reader_training(plan, device), json_file)


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

    multiplane study train-decoder --folder out/decoder --steps 500
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
    finish(report, json_file)


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
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Of --start (bundled) only tokenizer and autoencoder: the painter learns anew.",
        ),
    ] = False,
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
    With --fresh too the painter begins from nothing, for a comparison in a short time: what it is
    worth to learn with and without --grounding, say.

    With --artwork the painter learns from other people's drawings too, mixed with the project's
    own scenes; their names become words of the tokenizer. Drawings whose licence does not allow it
    are left out.

    With --minutes a CUDA GPU goes on from the bundled weights (or --start) at 256 px, drawing as it
    learns: storyboard-mini and storyboard-judge lie in FOLDER afterwards. It does not resume.

    multiplane study train --folder out/training
    multiplane study train --folder out/more --start out/training/storyboard-mini --steps 2000
    """
    from multiplane.models.profiles import BUNDLED
    from multiplane_study.training.command import (
        refuse_beside_minutes,
        run_training,
        run_training_by_the_clock,
    )
    from multiplane_study.training.painter import PainterTraining

    if fresh and start is None:
        start = BUNDLED / "storyboard-mini"
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
        "fresh": fresh or None,
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
            "--fresh": fresh or None,
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
    finish(report, json_file)


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

    multiplane study judge --model storyboard-mini --limit 50
    """
    from multiplane.models.load import choose, load_painter
    from multiplane_study.judged import measure_following
    from multiplane_study.training.command import trained_judge

    judge_model, miou = trained_judge(folder)
    painter = load_painter(choose(model, device), device)
    with counting("pictures") as on_picture:
        result = measure_following(
            painter, judge_model, miou, limit=limit or 200, takes=takes, on_picture=on_picture
        )
    finish(result.report(), json_file)
