"""What `multiplane study train` and `judge` do with a plan: run it, show it, sum it up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from multiplane.contract.errors import InputError
from multiplane.models.profiles import BUNDLED
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.words import training_words
from multiplane_study.report import Report
from multiplane_study.training.card import CARD_FIGURES
from multiplane_study.training.clocked import train_by_the_clock
from multiplane_study.training.corpus import CHUNK
from multiplane_study.training.depth import read_depth_model
from multiplane_study.training.judge import BUNDLED_JUDGE, WEIGHTS, Judge, read_judge, write_judge
from multiplane_study.training.painter import PainterTraining
from multiplane_study.training.plan import HELD_OUT, JUDGE_SCENES, Plan
from multiplane_study.training.start import take_over
from multiplane_study.training.train import OnProgress, Training, publish

ARTISTS_WORD_RATE = 4.0
"""Of learning hundreds of new words, each of which is in one picture of many."""
CLOCKED_SCENES = 20_032
CLOCKED_ARTISTS_SCENES = 32_000
CLOCKED_BATCH = 128
"""Of a training by the clock: scenes of each size at most, and pictures a step."""


@contextmanager
def shown() -> Iterator[OnProgress]:
    """One bar a stage on a terminal; elsewhere a line every hundredth of a stage."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks = {}

        def tell(stage: str, done: int, total: int, note: str) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total, note="")
            progress.update(tasks[stage], completed=done, total=total, note=note)
            if not console.is_terminal and done % max(1, total // 100) == 0:
                console.print(f"{stage} {done}/{total} {note}", highlight=False)

        yield tell


def run_training(
    folder: Path,
    painter: dict[str, float | str],
    *,
    seed: int,
    height: int | None,
    scenes: int | None,
    workers: int | None,
    publish_bundled: bool,
    artwork: Path | None = None,
    artists_scenes: int | None = None,
    depth_steps: int | None = None,
) -> Report:
    """Train by the default plan with the given changes, and say how it went.

    Args:
        folder: for scenes, checkpoints and results.
        painter: fields of `PainterTraining` that differ from the plan's.
        scenes: draw only so many of each size (rounded up to whole chunks).
        publish_bundled: write into the package instead of into `folder`.
        artwork: learn from the drawings in this folder too, as far as their licences let.
        artists_scenes: compose only so many scenes of each size from them.
        depth_steps: of the depth model; where a painter goes on, that beside it goes on too.
    """
    words = training_words(Catalogue.for_training(artwork)) if artwork else []
    if start := painter.get("start"):
        take_over(Path(str(start)), folder, words)
    folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(folder=folder, artwork=artwork)
    if depth_steps is not None:
        plan = replace(plan, depth_steps=depth_steps)
        if start:
            beside = Path(f"{start}-depth")
            read_depth_model(beside)  # said before hours of other work
            plan = replace(plan, depth_start=beside)
    if artists_scenes is not None:
        plan = replace(plan, artists_scenes=math.ceil(artists_scenes / CHUNK) * CHUNK)
    changes = {"word_rate": ARTISTS_WORD_RATE if artwork else 1.0, "seed": seed, **painter}
    training = replace(plan.painter, **changes)  # type: ignore[arg-type]
    plan = replace(plan, painter=training, height=height or plan.height)
    if workers is not None:
        plan = replace(plan, workers=workers)
    if scenes is not None:
        enough = max(scenes, HELD_OUT + CHUNK)
        count = math.ceil(enough / CHUNK) * CHUNK
        plan = replace(plan, square_scenes=count, wide_scenes=count)
    target = BUNDLED if publish_bundled else folder
    painter_folder = target / "storyboard-mini"
    with shown() as tell:
        card = publish(Training(plan, tell), painter_folder, target / "storyboard-mini-depth")
    report = Report(
        "train",
        {
            "painter_steps": card.painter_steps,
            "autoencoder_psnr_db": card.restoration_psnr,
            "depth_mean_absolute_error": card.depth_error,
            "seconds": card.seconds,
            "folder": str(painter_folder),
        },
    )
    report.table(
        "Trained",
        ("", ""),
        [
            ("painter's steps", card.painter_steps),
            ("autoencoder, dB", card.restoration_psnr),
            ("depth, mean absolute error", card.depth_error),
            ("model", str(painter_folder)),
            ("card", str(painter_folder / "README.md")),
            ("figures", str(painter_folder / CARD_FIGURES)),
        ],
    )
    return report


def refuse_beside_minutes(options: dict[str, float | None]) -> None:
    """Raise InputError `study.not_by_the_clock` for an option that `--minutes` would pass over."""
    for name, value in options.items():
        if value is not None:
            raise InputError(
                code="study.not_by_the_clock",
                message=f"--minutes and {name} do not go together.",
                field=name,
                value=str(value),
                remedy=f"Leave {name} out, or --minutes.",
            )


def run_training_by_the_clock(
    folder: Path,
    painter: dict[str, float | str],
    minutes: float,
    *,
    judge_share: float,
    seed: int,
    scenes: int | None,
    artwork: Path | None = None,
    artists_scenes: int | None = None,
) -> Report:
    """Go on for `minutes` on the GPU from a trained pipeline, the bundled one by default.

    Leaves pipeline and judge in `folder`. Raises InputError `study.no_gpu` without a CUDA GPU.

    Args:
        folder: for results.
        painter: fields of `PainterTraining` that differ from its own.
        minutes: of all learning.
        judge_share: part of the time that is the judge's.
        seed: first seed.
        scenes: draw at most so many of each size.
        artwork: let the painter learn from the drawings in this folder too.
        artists_scenes: compose at most so many scenes of each size from them.
    """
    if not torch.cuda.is_available():
        raise InputError(
            code="study.no_gpu",
            message="There is no CUDA GPU here, and --minutes trains on one.",
            field="--minutes",
            value=str(minutes),
            remedy="Leave --minutes out and give --steps.",
        )
    start = Path(str(painter.get("start", BUNDLED / "storyboard-mini")))
    judge_minutes = judge_share * minutes
    given = {**painter, "start": str(start), "minutes": minutes - judge_minutes, "seed": seed}
    training = PainterTraining(
        steps=1,
        small_steps=0,
        decay_steps=1,
        batch=CLOCKED_BATCH,
        **given,  # type: ignore[arg-type]
    )
    count = scenes or CLOCKED_SCENES
    artists = artists_scenes or CLOCKED_ARTISTS_SCENES
    plan = Plan(folder, count, count, artwork, artists, height=256, painter=training)
    say = Console(stderr=True, highlight=False).print
    report = Report("train", dict(train_by_the_clock(plan, start, judge_minutes, folder, tell=say)))
    report.table("Trained", ("", ""), [*report.figures.items()])
    return report


def trained_judge(folder: Path | None) -> tuple[Judge, float]:
    """The judge in `folder`/storyboard-judge, trained first if need be, and its mIoU.

    Without a folder the bundled one.
    """
    made = BUNDLED_JUDGE if folder is None else folder / "storyboard-judge"
    if folder is None or (made / WEIGHTS).exists():
        return read_judge(made)
    folder.mkdir(parents=True, exist_ok=True)
    square, wide = JUDGE_SCENES
    with shown() as tell:
        judge, miou = Training(Plan(folder, square, wide), tell).judge()
    write_judge(judge, miou, made)
    return judge, miou
