"""Training on a GPU against the clock: scenes are drawn while the painter already learns.

A GPU eats pictures faster than one would wait for a corpus to be drawn. So processes draw chunks,
the GPU encodes each as it comes, and every doubling of what is there makes new training sets. The
judge learns from the same chunks afterwards. Rates fall by the clock, so a lent machine's hour is
used to its end and no further.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import nn
from transformers import Qwen2Tokenizer

from multiplane.models.profiles import BUNDLED
from multiplane.study.training.autoencoder import restoration_psnr
from multiplane.study.training.card import Card, read_figures, write_card
from multiplane.study.training.corpus import CHUNK, draw_corpus, load_corpus
from multiplane.study.training.export import export_pipeline
from multiplane.study.training.half_precision import half_precision
from multiplane.study.training.judge import Judge, judge_loss, judge_miou, read_judge, write_judge
from multiplane.study.training.painter import Batches, Latents, PainterTrainer, prepare
from multiplane.study.training.plan import SIZES, Plan
from multiplane.study.training.start import AUTOENCODER, TOKENIZER, take_over
from multiplane.study.training.supervised import Examples

Tell = Callable[[str], None]
FALLING = 0.5
"""The last share of the time has rates that fall linearly to zero."""
JUDGE_BATCH = 32
JUDGE_RATE = 3e-3
HELD_OUT_CHUNKS = 2
"""Of each size; their seeds lie before those that are learnt from, in every run the same."""
AT_LEAST_CHUNKS = 8
"""Of each size, before learning begins."""


@cache
def _tokenizer(folder: Path) -> Qwen2Tokenizer:
    return Qwen2Tokenizer.from_pretrained(folder)


def _drawn(folder: Path, size: tuple[int, int], seed: int, tokenizer: Path) -> tuple[Path, Latents]:
    (path,) = draw_corpus(folder, size, CHUNK, first_seed=seed, workers=0)
    corpus = load_corpus([path])
    width, height = size
    blank = np.zeros((CHUNK, 0, height // 8, width // 8), np.float16)
    return path, prepare(corpus, blank, _tokenizer(tokenizer))


@dataclass
class Scenes:
    """What has been drawn so far of one size."""

    seen: list[Examples] = field(default_factory=list)
    unseen: list[Examples] = field(default_factory=list)
    sets: list[Latents] = field(default_factory=list)

    def together(self) -> Latents:
        """All sets as one."""
        return Latents(
            latents=np.concatenate([one.latents for one in self.sets]),
            tokens=[tokens for one in self.sets for tokens in one.tokens],
            fractions=np.concatenate([one.fractions for one in self.sets]),
            kinds=np.concatenate([one.kinds for one in self.sets]),
            groups=[groups for one in self.sets for groups in one.groups],
        )


class _Coming(NamedTuple):
    size: tuple[int, int]
    held_out: bool
    job: Future[tuple[Path, Latents]]


class Supply:
    """Draws scenes in processes and encodes them as they come, where there is an encoder."""

    def __init__(
        self, plan: Plan, autoencoder: AutoencoderKL | None, workers: int, device: torch.device
    ) -> None:
        self.autoencoder = autoencoder
        self.device = device
        self.scenes = {size: Scenes() for size in SIZES}
        self.drawn = 0
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
        self._coming: list[_Coming] = []
        for offset in range(-HELD_OUT_CHUNKS * CHUNK, plan.square_scenes, CHUNK):
            for size, first in SIZES.items():
                job = self._pool.submit(
                    _drawn, plan.folder / "corpus", size, first + offset, plan.folder / TOKENIZER
                )
                self._coming.append(_Coming(size, offset < 0, job))

    @torch.no_grad()
    def _encode(
        self, autoencoder: AutoencoderKL, pictures: NDArray[np.uint8]
    ) -> NDArray[np.float16]:
        images = torch.from_numpy(pictures).to(self.device).permute(0, 3, 1, 2).float()
        mode = autoencoder.encode(images / 127.5 - 1.0).latent_dist.mode()
        config = autoencoder.config
        return ((mode - config.shift_factor) * config.scaling_factor).half().cpu().numpy()

    def take(self, most: int) -> None:
        """Take at most so many chunks that are done."""
        left = []
        for coming in self._coming:
            if most > 0 and coming.job.done():
                path, prepared = coming.job.result()
                with np.load(path) as data:
                    pictures, kinds = data["pictures"], data["kinds"]
                path.unlink()
                scenes = self.scenes[coming.size]
                (scenes.unseen if coming.held_out else scenes.seen).append(
                    Examples(pictures, kinds)
                )
                if self.autoencoder is not None and not coming.held_out:
                    latents = self._encode(self.autoencoder, pictures)
                    scenes.sets.append(replace(prepared, latents=latents))
                self.drawn += CHUNK
                most -= 1
            else:
                left.append(coming)
        self._coming = left

    def wait(self) -> None:
        """Take all that comes until there is enough to begin with."""
        while not self.complete and any(
            len(one.seen) < AT_LEAST_CHUNKS or len(one.unseen) < HELD_OUT_CHUNKS
            for one in self.scenes.values()
        ):
            self.take(len(self._coming))
            time.sleep(0.2)

    @property
    def complete(self) -> bool:
        """Whether every scene has been taken."""
        return not self._coming

    def close(self) -> None:
        """Draw no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _factor(share: float, step: int) -> float:
    return max(0.0, min(1.0, (step + 1) / 100, (1.0 - share) / FALLING))


def _paint(trainer: PainterTrainer, supply: Supply, minutes: float, tell: Tell) -> int:
    training = trainer.training
    supply.wait()
    parameters = [*trainer.both.parameters(), *trainer.head.parameters()]
    started = said = time.monotonic()
    batches: Iterator[tuple[Latents, NDArray[np.int64]]] = iter(())
    known = step = 0
    while (share := (time.monotonic() - started) / 60 / minutes) < 1.0:
        if step % 5 == 0:
            supply.take(1)
        if supply.drawn >= 2 * known or (supply.complete and known < supply.drawn):
            known = supply.drawn
            sets = [one.together() for one in supply.scenes.values()]
            batches = iter(Batches(sets, training.batch, training.seed + known))
        data, members = next(batches)
        for optimizer, rate in ((trainer.muon, training.muon_rate), (trainer.adam, training.rate)):
            for group in optimizer.param_groups:
                group["lr"] = rate * _factor(share, step)
        losses = trainer.losses(data, members)
        trainer.muon.zero_grad(set_to_none=True)
        trainer.adam.zero_grad(set_to_none=True)
        total = losses.denoising + training.grounding * losses.grounding
        (total + training.silhouettes * losses.silhouettes).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        trainer.muon.step()
        trainer.adam.step()
        trainer.average.update_parameters(trainer.both)
        step += 1
        if time.monotonic() - said > 10:
            said = time.monotonic()
            figures = ", ".join(f"{float(one.detach()):.3f}" for one in losses)
            tell(f"painter {step} steps, {share:.0%}, {supply.drawn} scenes, losses {figures}")
    return step


def _judge(supply: Supply, minutes: float, device: torch.device, tell: Tell) -> tuple[Judge, float]:
    supply.wait()
    model = (
        read_judge(BUNDLED / "storyboard-judge")[0]
        .to(device)
        .train()
        .to(memory_format=torch.channels_last)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=JUDGE_RATE, weight_decay=0.01)
    random = np.random.default_rng(0)
    sizes = list(SIZES)
    started = said = time.monotonic()
    step = 0
    while (share := (time.monotonic() - started) / 60 / minutes) < 1.0:
        for group in optimizer.param_groups:
            group["lr"] = JUDGE_RATE * _factor(share, step)
        if step % 5 == 0:
            supply.take(1)
        seen = supply.scenes[sizes[step % len(sizes)]].seen
        chunk = seen[random.integers(len(seen))]
        members = random.choice(CHUNK, JUDGE_BATCH, replace=False)
        pictures = torch.from_numpy(chunk.pictures[members]).to(device).permute(0, 3, 1, 2)
        truth = torch.from_numpy(chunk.truth[members]).to(device)
        with half_precision(device.type):
            loss = judge_loss(model, pictures.float() / 127.5 - 1.0, truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if time.monotonic() - said > 10:
            said = time.monotonic()
            figure = float(loss.detach())
            tell(f"judge {step} steps, {share:.0%}, {supply.drawn} scenes, loss {figure:.4f}")
    model.eval()
    by_size = [
        judge_miou(
            model,
            Examples(
                np.concatenate([one.pictures for one in group]),
                np.concatenate([one.truth for one in group]),
            ),
        )
        for group in (scenes.unseen for scenes in supply.scenes.values())
    ]
    tell(f"judge {step} steps, mIoU by size {by_size}")
    return model.cpu(), sum(by_size) / len(by_size)


def train_by_the_clock(
    plan: Plan,
    start: Path,
    painter_minutes: float,
    judge_minutes: float,
    out: Path,
    device: str = "cuda",
    tell: Tell = print,
) -> None:
    """Leave in `out` what goes on for so many minutes each; 0 leaves one out.

    The painter goes on from the trained pipeline `start`, the judge from the bundled one.
    """
    place = torch.device(device)
    take_over(start, plan.folder)
    autoencoder = None
    if painter_minutes:
        autoencoder = AutoencoderKL.from_pretrained(plan.folder / AUTOENCODER).float().eval()
        autoencoder.to(place)
    supply = Supply(plan, autoencoder, max(1, (os.cpu_count() or 2) - 1), place)
    try:
        if autoencoder is not None:
            _leave_painter(plan, start, painter_minutes, out, supply, autoencoder, tell)
        if judge_minutes:
            judge, miou = _judge(supply, judge_minutes, place, tell)
            write_judge(judge, miou, out / "storyboard-judge")
            tell(f"judge mIoU {miou:.4f}")
    finally:
        supply.close()


def _leave_painter(
    plan: Plan,
    start: Path,
    minutes: float,
    out: Path,
    supply: Supply,
    autoencoder: AutoencoderKL,
    tell: Tell,
) -> None:
    began = time.monotonic()
    tokenizer = Qwen2Tokenizer.from_pretrained(plan.folder / TOKENIZER)
    trainer = PainterTrainer(tokenizer, plan.painter, plan.folder, supply.device.type)
    steps = _paint(trainer, supply, minutes, tell)
    trainer.average.cpu()
    pipeline = out / "storyboard-mini"
    export_pipeline(trainer, autoencoder.cpu(), pipeline, {"native_short_side": plan.height})
    earlier = read_figures(start)
    held_out = [scenes.unseen[0].pictures[:32] for scenes in supply.scenes.values()]
    painter = replace(plan.painter, steps=steps, small_steps=0, minutes=minutes)
    card = Card(
        plan=replace(plan, painter=painter),
        painter_steps=steps,
        restoration_psnr=restoration_psnr(autoencoder, held_out[0]),
        depth_error=float(earlier["depth_mean_absolute_error"]),
        seconds=time.monotonic() - began,
        gpu=torch.cuda.get_device_name() if supply.device.type == "cuda" else "",
        earlier_pictures=int(earlier["painter_pictures"]),
    )
    write_card(card, pipeline / "README.md")
    supply.autoencoder = None
    tell(f"painter: {steps} steps of {plan.painter.batch}, {supply.drawn} scenes")
