"""`multiplane study train-reader`: reading weights beside a painter's, by the progress.

Pictures are drawn and encoded by processes of their own and kept on disk; the reader learns from
what there is, captions it anew every time, and goes on from its checkpoint after any stop.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.compose import Composer as StyledComposer
from multiplane_study.artwork.get import member
from multiplane_study.artwork.packages import MEANINGS
from multiplane_study.artwork.words import training_words
from multiplane_study.reading.batches import Batches
from multiplane_study.reading.export import READER
from multiplane_study.reading.meanings import Meanings
from multiplane_study.reading.pictures import Composer
from multiplane_study.reading.shards import (
    Kind,
    Shard,
    Size,
    drawn_shard,
    read_shard,
    scene_shard,
    shard_path,
    write_shard,
)
from multiplane_study.reading.start import (
    blocks_of,
    first_blocks,
    kept_tokenizer,
    reader_tokenizer,
    speaking,
    still_speaking,
)
from multiplane_study.reading.trainer import WARM_UP_STEPS, ReaderTrainer, ReaderTraining
from multiplane_study.training.checkpoint import Checkpoint

Tell = Callable[[str], None]
FALLING = 0.4
"""The last share of the time has rates that fall linearly to zero."""
CHECKED_EVERY = 50
"""Steps from one look for new shards to the next, and from a word to the next."""
_SEEDS: dict[Kind, int] = {"drawings": 0, "styled": 5_000_000, "own": 7_000_000}
_EACH_SEED = 100_000_000
"""Another `ReaderPlan.seed` has other pictures."""


@dataclass(frozen=True)
class ReaderPlan:
    """How much of everything.

    shares: of each kind of picture in a batch, where the size has it. counts: pictures a step, by
    size; chances: of a step to be of a size. pictures: drawn at most of each kind and size.
    """

    folder: Path
    start: Path
    artwork: Path
    minutes: float
    pictures: int = 12_800
    shard: int = 128  # pictures in a file
    workers: int = 1
    seed: int = 0
    anew: bool = False  # begin with the painter's first blocks though there is a reader
    blend: float = 1.0  # of what a reader that goes on has learnt: the share 0..1 that is kept
    shares: dict[Kind, float] = field(
        default_factory=lambda: {"drawings": 0.5, "styled": 0.14, "own": 0.36}
    )
    counts: dict[Size, int] = field(
        default_factory=lambda: {(192, 192): 48, (256, 256): 32, (448, 256): 18}
    )
    chances: dict[Size, float] = field(
        default_factory=lambda: {(192, 192): 0.4, (256, 256): 0.3, (448, 256): 0.3}
    )
    training: ReaderTraining = field(default_factory=ReaderTraining)


class _Progress:
    """The seconds that a training has had, over all its runs, and the pictures that it has seen."""

    def __init__(self, minutes: float) -> None:
        self._whole = 60 * minutes
        self._before = 0.0
        self.seen = 0
        self._began = time.monotonic()

    def begin(self) -> None:
        """Count from now on."""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return self._before + time.monotonic() - self._began

    @property
    def over(self) -> bool:
        return self.seconds >= self._whole

    def factor(self, step: int) -> float:
        """Of the rates: constant after a short warm-up, then linearly to zero."""
        left = (1.0 - self.seconds / self._whole) / FALLING
        return max(0.0, min(1.0, (step + 1) / WARM_UP_STEPS, left))

    def state_dict(self) -> dict[str, float]:
        return {"seconds": self.seconds, "seen": self.seen}

    def load_state_dict(self, state: dict[str, float]) -> None:
        self._before = state["seconds"]
        self.begin()
        self.seen = int(state["seen"])


class _Pictures:
    """Shards on disk, drawn further by processes of their own while they are learnt from."""

    def __init__(self, plan: ReaderPlan) -> None:
        self._plan = plan
        self._folder = plan.folder / "shards"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._read: set[Path] = set()
        self.shards: dict[Size, dict[Kind, list[Shard]]] = {size: {} for size in plan.counts}
        self._pool = ProcessPoolExecutor(plan.workers, multiprocessing.get_context("spawn"))
        self._coming: list[Future[None]] = []
        for number in range(-(-plan.pictures // plan.shard)):
            for size in plan.counts:
                for kind in _kinds_of(size):
                    path = shard_path(self._folder, size, kind, number)
                    if not path.exists():
                        job = self._pool.submit(
                            _draw, path, plan.start, plan.artwork, size, kind,
                            _SEEDS[kind] + _EACH_SEED * plan.seed + 4096 * number + size[0],
                            plan.shard,
                        )  # fmt: skip
                        self._coming.append(job)

    def refresh(self) -> None:
        """Read what has been drawn since; raises what a drawing process raised."""
        for job in [job for job in self._coming if job.done()]:
            job.result()
            self._coming.remove(job)
        for size in self._plan.counts:
            for kind in _kinds_of(size):
                for path in sorted(self._folder.glob(shard_path(Path(), size, kind, None).name)):
                    if path not in self._read:
                        self._read.add(path)
                        self.shards[size].setdefault(kind, []).append(read_shard(path))

    def wait(self) -> None:
        """Until there is something of every kind and size."""
        while True:
            self.refresh()
            if all(set(_kinds_of(size)) <= set(kinds) for size, kinds in self.shards.items()):
                return
            time.sleep(0.5)

    def some(self, rng: np.random.Generator, size: Size) -> list[Shard]:
        """Shards of one size to draw a batch from, kinds in their shares."""
        kinds = list(self.shards[size])
        weights = np.array([self._plan.shares[kind] for kind in kinds])
        chosen = rng.choice(len(kinds), size=64, p=weights / weights.sum())
        of = [self.shards[size][kinds[int(index)]] for index in chosen]
        return [shards[int(rng.integers(len(shards)))] for shards in of]

    @property
    def count(self) -> int:
        """Pictures read so far."""
        return self._plan.shard * len(self._read)

    def close(self) -> None:
        """Draw no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _kinds_of(size: Size) -> tuple[Kind, ...]:
    """The project's own scenes want 256 px of height; the small size is for drawings alone."""
    return ("drawings",) if size[1] < 256 else ("drawings", "styled", "own")


@cache
def _makers(start: Path, artwork: Path) -> tuple[AutoencoderKL, Composer, StyledComposer]:
    torch.set_num_threads(1)
    catalogue = Catalogue.for_training(artwork)
    autoencoder = AutoencoderKL.from_pretrained(start / "vae", trust_remote_code=False)
    return (
        autoencoder.float().eval(),
        Composer(catalogue),
        StyledComposer.for_training(catalogue),
    )


def _draw(
    path: Path, start: Path, artwork: Path, size: Size, kind: Kind, seed: int, count: int
) -> None:
    autoencoder, composer, styled = _makers(start, artwork)
    if kind == "drawings":
        shard = drawn_shard(composer, autoencoder, size, seed, count)
    else:
        painter = styled if kind == "styled" else None
        shard = scene_shard(painter, composer.index, autoencoder, size, seed, count)
    write_shard(path, shard)


def goes_on_from(plan: ReaderPlan) -> Path | None:
    """The reader whose weights a training by `plan` begins with; None for a new reader."""
    there = plan.start / READER
    return there if there.is_dir() and not plan.anew else None


def new_trainer(plan: ReaderPlan, device: str = "cpu") -> ReaderTrainer:
    """A trainer at its beginning.

    It goes on from the reader that `plan.start` has; without one it begins with the painter's
    first blocks, and words by their meanings. The naming head begins anew.
    """
    torch.manual_seed(plan.seed)
    catalogue = Catalogue.for_training(plan.artwork)
    meanings = Meanings(member(plan.artwork, MEANINGS, MEANINGS.members[0]).parent)
    there = goes_on_from(plan)
    if there is None:
        tokenizer = reader_tokenizer(plan.start, plan.folder, training_words(catalogue), meanings)
        blocks = first_blocks(plan.start)
        text = speaking(plan.start, tokenizer, meanings)
    else:
        tokenizer = kept_tokenizer(there, plan.folder)
        blocks, text = blocks_of(there), still_speaking(there, tokenizer, meanings)
    return ReaderTrainer(
        blocks,
        text,
        tokenizer,
        len(catalogue.concepts),
        plan.training,
        device,
    )


def train_reader(
    plan: ReaderPlan, device: str = "cpu", tell: Tell = print
) -> tuple[ReaderTrainer, dict[str, Any]]:
    """Train for `plan.minutes` in all, from the checkpoint if there is one; with figures on it."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    trainer = new_trainer(plan, device)
    progress = _Progress(plan.minutes)
    checkpoint = Checkpoint(plan.folder / "reader.pt", {**trainer.parts, "progress": progress})
    step = checkpoint.load()
    torch.manual_seed(plan.seed + step)
    rng = np.random.default_rng([plan.seed, step])
    batches = Batches(Catalogue.for_training(plan.artwork), trainer.tokenizer)
    pictures = _Pictures(plan)
    sizes = list(plan.counts)
    chances = np.array([plan.chances[size] for size in sizes])
    losses: list[tuple[float, float]] = []
    try:
        pictures.wait()
        progress.begin()
        while not progress.over:
            size = sizes[int(rng.choice(len(sizes), p=chances / chances.sum()))]
            batch = batches.batch(rng, pictures.some(rng, size), plan.counts[size])
            losses.append(trainer.learn(batch, progress.factor(step)))
            step += 1
            progress.seen += plan.counts[size]
            checkpoint.save_when_due(step, 0)
            if step % CHECKED_EVERY == 0:
                pictures.refresh()
                found, named = np.mean(losses, axis=0)
                losses.clear()
                tell(
                    f"step {step}, {progress.seconds / 60:.1f} minutes, {pictures.count} pictures: "
                    f"grounding {found:.3f}, naming {named:.3f}"
                )
        checkpoint.save(step)
    finally:
        pictures.close()
    return trainer, {
        "steps": step,
        "minutes": progress.seconds / 60,
        "pictures": pictures.count,
        "seen": progress.seen,
    }
