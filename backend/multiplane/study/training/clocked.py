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

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import nn
from transformers import Qwen2Tokenizer

from multiplane.study.training.autoencoder import restoration_psnr
from multiplane.study.training.card import Card, read_figures, write_card
from multiplane.study.training.corpus import CHUNK, draw_corpus, load_corpus
from multiplane.study.training.export import export_pipeline
from multiplane.study.training.half_precision import half_precision
from multiplane.study.training.judge import Judge, judge_loss, judge_miou, write_judge
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

    pictures: list[NDArray[np.uint8]] = field(default_factory=list)
    kinds: list[NDArray[np.uint8]] = field(default_factory=list)
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


class Supply:
    """Draws scenes in processes and encodes them as they come."""

    def __init__(
        self, plan: Plan, autoencoder: AutoencoderKL, workers: int, device: torch.device
    ) -> None:
        self.autoencoder = autoencoder
        self.device = device
        self.scenes = {size: Scenes() for size in SIZES}
        self.drawn = 0
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
        self._coming: list[tuple[tuple[int, int], Future[tuple[Path, Latents]]]] = []
        for offset in range(0, plan.square_scenes, CHUNK):
            for size, first in SIZES.items():
                job = self._pool.submit(
                    _drawn, plan.folder / "corpus", size, first + offset, plan.folder / TOKENIZER
                )
                self._coming.append((size, job))

    @torch.no_grad()
    def _encode(self, pictures: NDArray[np.uint8]) -> NDArray[np.float16]:
        images = torch.from_numpy(pictures).to(self.device).permute(0, 3, 1, 2).float()
        mode = self.autoencoder.encode(images / 127.5 - 1.0).latent_dist.mode()
        config = self.autoencoder.config
        return ((mode - config.shift_factor) * config.scaling_factor).half().cpu().numpy()

    def take(self, most: int) -> None:
        """Take at most so many chunks that are done."""
        left = []
        for size, job in self._coming:
            if most > 0 and job.done():
                path, prepared = job.result()
                with np.load(path) as data:
                    pictures, kinds = data["pictures"], data["kinds"]
                path.unlink()
                latents = self._encode(pictures)
                scenes = self.scenes[size]
                scenes.pictures.append(pictures)
                scenes.kinds.append(kinds)
                scenes.sets.append(
                    Latents(
                        latents,
                        prepared.tokens,
                        prepared.fractions,
                        prepared.kinds,
                        prepared.groups,
                    )
                )
                self.drawn += CHUNK
                most -= 1
            else:
                left.append((size, job))
        self._coming = left

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
    while not supply.complete and any(len(one.sets) < 8 for one in supply.scenes.values()):
        supply.take(10_000)
        time.sleep(0.2)
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
    seen: list[Examples] = []
    unseen: list[Examples] = []
    for scenes in supply.scenes.values():
        chunks = [Examples(*pair) for pair in zip(scenes.pictures, scenes.kinds, strict=True)]
        unseen += chunks[:HELD_OUT_CHUNKS]
        seen += chunks[HELD_OUT_CHUNKS:]
    model = Judge().to(device).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=JUDGE_RATE, weight_decay=0.01)
    random = np.random.default_rng(0)
    started = said = time.monotonic()
    step = 0
    while (share := (time.monotonic() - started) / 60 / minutes) < 1.0:
        for group in optimizer.param_groups:
            group["lr"] = JUDGE_RATE * _factor(share, step)
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
            tell(f"judge {step} steps, {share:.0%}, loss {float(loss):.4f}")
    model.eval()
    by_size = [
        judge_miou(
            model,
            Examples(
                np.concatenate([one.pictures for one in group]),
                np.concatenate([one.truth for one in group]),
            ),
        )
        for group in (unseen[:HELD_OUT_CHUNKS], unseen[HELD_OUT_CHUNKS:])
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
    """Go on from the trained pipeline `start` and leave pipeline and judge in `out`."""
    began = time.monotonic()
    place = torch.device(device)
    take_over(start, plan.folder)
    autoencoder = AutoencoderKL.from_pretrained(plan.folder / AUTOENCODER).float().eval()
    supply = Supply(plan, autoencoder.to(place), max(1, (os.cpu_count() or 2) - 1), place)
    try:
        tokenizer = Qwen2Tokenizer.from_pretrained(plan.folder / TOKENIZER)
        trainer = PainterTrainer(tokenizer, plan.painter, plan.folder, device)
        steps = _paint(trainer, supply, painter_minutes, tell)
    finally:
        supply.close()
    trainer.average.cpu()
    pipeline = out / "storyboard-mini"
    facts = {"native_short_side": plan.height}
    export_pipeline(trainer, autoencoder.cpu(), pipeline, facts)
    earlier = read_figures(start)
    held_out = [scenes.pictures[0][:32] for scenes in supply.scenes.values()]
    painter = replace(plan.painter, steps=steps, small_steps=0, minutes=painter_minutes)
    card = Card(
        plan=replace(plan, painter=painter),
        painter_steps=steps,
        restoration_psnr=restoration_psnr(autoencoder, held_out[0]),
        depth_error=float(earlier["depth_mean_absolute_error"]),
        seconds=time.monotonic() - began,
        gpu=torch.cuda.get_device_name() if place.type == "cuda" else "",
        earlier_pictures=int(earlier["painter_pictures"]),
    )
    write_card(card, pipeline / "README.md")
    tell(f"painter: {steps} steps of {plan.painter.batch}, {supply.drawn} scenes")
    judge, miou = _judge(supply, judge_minutes, place, tell)
    write_judge(judge, miou, out / "storyboard-judge")
    tell(f"judge mIoU {miou:.4f}")
