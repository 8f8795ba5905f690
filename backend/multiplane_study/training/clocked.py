"""Training on a GPU against the clock: scenes are drawn while the painter already learns.

A GPU eats pictures faster than one would wait for a corpus to be drawn. So processes draw chunks,
the GPU encodes each as it comes, and every doubling of what is there makes new training sets. The
judge learns from the same chunks afterwards. Rates fall by the clock, so a lent machine's hour is
used to its end and no further.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from transformers import Qwen2Tokenizer

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.words import training_words
from multiplane_study.training.autoencoder import restoration_psnr
from multiplane_study.training.card import Card, read_figures, write_card
from multiplane_study.training.export import export_pipeline
from multiplane_study.training.judge import (
    BUNDLED_JUDGE,
    Judge,
    judge_miou,
    read_judge,
    write_judge,
)
from multiplane_study.training.judge_training import JudgeTrainer, draw_lessons
from multiplane_study.training.painter import WARM_UP_STEPS, Batches, Latents, PainterTrainer
from multiplane_study.training.plan import Plan
from multiplane_study.training.start import (
    AUTOENCODER,
    PROFILE,
    TOKENIZER,
    settings_of,
    take_over,
)
from multiplane_study.training.supervised import Examples
from multiplane_study.training.supply import Supply

Tell = Callable[[str], None]
FALLING = 0.5
"""The last share of the time has rates that fall linearly to zero."""
TAKEN_EVERY = 5
"""Steps from one chunk that is taken to the next, so that learning never waits for long."""
SAID_EVERY_S = 10.0
JUDGE_BATCH = 32


class _Clock:
    """Steps and time of one training, and when a word on it is due."""

    def __init__(self, minutes: float) -> None:
        self._seconds = 60 * minutes
        self._started = self._said = time.monotonic()
        self.step = 0

    @property
    def share(self) -> float:
        """What part of the time is over; 1 and more = all."""
        return (time.monotonic() - self._started) / self._seconds

    @property
    def factor(self) -> float:
        """Of the rates: constant after a short warm-up, then linearly to zero."""
        return max(0.0, min(1.0, (self.step + 1) / WARM_UP_STEPS, (1.0 - self.share) / FALLING))

    def tick(self) -> bool:
        """Count a step; whether it is time to say how it goes."""
        self.step += 1
        due = time.monotonic() - self._said > SAID_EVERY_S
        if due:
            self._said = time.monotonic()
        return due


def _paint(trainer: PainterTrainer, supply: Supply, minutes: float, tell: Tell) -> int:
    training = trainer.training
    supply.wait()
    clock = _Clock(minutes)
    batches: Iterator[tuple[Latents, NDArray[np.int64]]] = iter(())
    known = 0
    while clock.share < 1.0:
        if clock.step % TAKEN_EVERY == 0:
            supply.take(1)
        if supply.drawn >= 2 * known or (supply.complete and known < supply.drawn):
            known = supply.drawn
            sets = [scene.together() for scene in supply.scenes.values()]
            batches = iter(Batches(sets, training.batch, training.seed + known))
        losses = trainer.learn(*next(batches), clock.factor)
        if clock.tick():
            figures = ", ".join(f"{float(loss):.3f}" for loss in losses)
            done = f"{clock.step} steps, {clock.share:.0%}"
            tell(f"painter {done}, {supply.drawn} scenes, losses {figures}")
    return clock.step


def _judge(supply: Supply, minutes: float, device: torch.device, tell: Tell) -> tuple[Judge, float]:
    supply.wait()
    judge, _ = read_judge(BUNDLED_JUDGE)
    trainer = JudgeTrainer(judge.to(device))
    random = np.random.default_rng(0)
    scenes = list(supply.scenes.values())
    clock = _Clock(minutes)
    while clock.share < 1.0:
        if clock.step % TAKEN_EVERY == 0:
            supply.take(1)
        chunks = [scene.seen[random.integers(len(scene.seen))] for scene in scenes]
        loss = trainer.learn(draw_lessons(random, chunks, JUDGE_BATCH), clock.factor)
        if clock.tick():
            done = f"{clock.step} steps, {clock.share:.0%}"
            tell(f"judge {done}, {supply.drawn} scenes, loss {float(loss):.4f}")
    judge.eval()
    by_size = [
        judge_miou(
            judge,
            Examples(
                np.concatenate([examples.pictures for examples in size.unseen]),
                np.concatenate([examples.truth for examples in size.unseen]),
            ),
        )
        for size in scenes
    ]
    return judge.cpu(), sum(by_size) / len(by_size)


def train_by_the_clock(
    plan: Plan,
    start: Path,
    judge_minutes: float,
    out: Path,
    device: str = "cuda",
    tell: Tell = print,
) -> dict[str, float | str]:
    """Leave in `out` what goes on, each for its minutes; 0 leaves one out. Returns figures.

    The painter goes on for `plan.painter.minutes` from the trained pipeline `start`, the judge from
    the bundled one.
    """
    place = torch.device(device)
    words = training_words(Catalogue.for_training(plan.artwork)) if plan.artwork else []
    take_over(start, plan.folder, words)
    autoencoder = None
    if plan.painter.minutes:
        autoencoder = (
            AutoencoderKL.from_pretrained(plan.folder / AUTOENCODER, trust_remote_code=False)
            .float()
            .eval()
        )
        autoencoder.to(place)
    supply = Supply(plan, autoencoder, max(1, (os.cpu_count() or 2) - 1))
    figures: dict[str, float | str] = {}
    try:
        if autoencoder is not None:
            card = _leave_painter(plan, start, place, out, supply, autoencoder, tell)
            figures["painter_steps"] = card.painter_steps
            figures["autoencoder_psnr_db"] = card.restoration_psnr
        if judge_minutes:
            judge, miou = _judge(supply, judge_minutes, place, tell)
            write_judge(judge, miou, out / "storyboard-judge")
            tell(f"judge mIoU {miou:.4f}")
            figures["judge_miou"] = miou
    finally:
        supply.close()
    return {**figures, "scenes": supply.drawn, "folder": str(out)}


def _leave_painter(
    plan: Plan,
    start: Path,
    place: torch.device,
    out: Path,
    supply: Supply,
    autoencoder: AutoencoderKL,
    tell: Tell,
) -> Card:
    began = time.monotonic()
    tokenizer = Qwen2Tokenizer.from_pretrained(plan.folder / TOKENIZER, trust_remote_code=False)
    trainer = PainterTrainer(tokenizer, plan.painter, plan.folder, place.type)
    steps = _paint(trainer, supply, plan.painter.minutes, tell)
    supply.stop_encoding()  # the judge needs no latents
    trainer.average.cpu()
    pipeline = out / "storyboard-mini"
    facts = {"native_short_side": plan.height}
    if not (pipeline / PROFILE).exists():
        facts = {**settings_of(start), **facts}
    export_pipeline(trainer, autoencoder.cpu(), pipeline, facts)
    earlier = read_figures(start)
    square = next(iter(supply.scenes.values()))
    card = Card(
        plan=replace(plan, painter=replace(plan.painter, steps=steps)),
        painter_steps=steps,
        restoration_psnr=restoration_psnr(autoencoder, square.unseen[0].pictures[:32]),
        depth_error=float(earlier["depth_mean_absolute_error"]),
        seconds=time.monotonic() - began,
        gpu=torch.cuda.get_device_name() if place.type == "cuda" else "",
        earlier_pictures=int(earlier["painter_pictures"]),
    )
    write_card(card, pipeline / "README.md")
    tell(f"painter: {steps} steps of {plan.painter.batch}, {supply.drawn} scenes")
    return card
