"""`multiplane study train`: everything that the bundled models are made by, in one go.

Each stage leaves its result in the folder and is skipped when that is there; stages that take
long write checkpoints and resume from them. Nothing is random but the seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch.nn import Module
from transformers import Qwen2Tokenizer

from multiplane_study.training.autoencoder import fit_encoder, restoration_psnr, train_decoder
from multiplane_study.training.card import Card, read_figures, write_card
from multiplane_study.training.checkpoint import Checkpoint
from multiplane_study.training.corpus import (
    Corpus,
    draw_corpus,
    load_corpus,
    read_pictures,
)
from multiplane_study.training.depth import (
    depth_error,
    depth_loss,
    new_depth_model,
    read_depth_model,
)
from multiplane_study.training.export import export_depth, export_pipeline
from multiplane_study.training.judge import Judge, judge_miou
from multiplane_study.training.judge_training import train_judge
from multiplane_study.training.painter import PainterTrainer
from multiplane_study.training.plan import ARTISTS_SIZES, HELD_OUT, SIZES, Plan
from multiplane_study.training.sets import at_height, painter_set
from multiplane_study.training.shared import train_in_processes
from multiplane_study.training.start import (
    AUTOENCODER,
    OF_WEIGHTS,
    PROFILE,
    TOKENIZER,
    settings_of,
)
from multiplane_study.training.supervised import Examples, halved, train_supervised
from multiplane_study.training.vocabulary import train_tokenizer

OnProgress = Callable[[str, int, int, str], None]
"""Told the stage, how much of it is done, of how much, and a word on how it goes."""


def _quiet(stage: str, done: int, total: int, note: str) -> None:
    """Say nothing."""


class Training:
    """The stages of one plan, each a method that makes its result or finds it there."""

    def __init__(self, plan: Plan, on_progress: OnProgress = _quiet) -> None:
        self.plan = plan
        self.tell = on_progress
        self._corpora: dict[tuple[int, int], Corpus] = {}

    def chunks(self) -> dict[tuple[int, int], list[Path]]:
        """Draw the project's own scenes; their files by size."""
        counts = (self.plan.square_scenes, self.plan.wide_scenes)
        return {
            size: self._draw("corpus", size, count, first_seed, None)
            for (size, first_seed), count in zip(SIZES.items(), counts, strict=True)
        }

    def artists_chunks(self) -> dict[tuple[int, int], list[Path]]:
        """Draw the scenes of other people's drawings, where there are such; files by size."""
        if self.plan.artwork is None:
            return {}
        return {
            size: self._draw(
                "artists", size, self.plan.artists_scenes, first_seed, self.plan.artwork
            )
            for size, first_seed in ARTISTS_SIZES.items()
        }

    def _draw(
        self, corpus: str, size: tuple[int, int], count: int, first_seed: int, artwork: Path | None
    ) -> list[Path]:
        return draw_corpus(
            self.plan.folder / corpus,
            size,
            count,
            first_seed=first_seed,
            workers=self.plan.workers,
            artwork=artwork,
            on_progress=lambda done, total: self.tell("scenes", done, total, ""),
        )

    def corpora(self) -> dict[tuple[int, int], Corpus]:
        """Draw and read the project's own scenes."""
        if not self._corpora:
            self._corpora = {size: load_corpus(paths) for size, paths in self.chunks().items()}
        return self._corpora

    def tokenizer(self) -> Qwen2Tokenizer:
        """Learn the tokenizer from the captions."""
        folder = self.plan.folder / TOKENIZER
        if (folder / "tokenizer.json").exists():
            return Qwen2Tokenizer.from_pretrained(folder, trust_remote_code=False)
        captions = [text for corpus in self.corpora().values() for text in corpus.captions]
        tokenizer = train_tokenizer(captions)
        tokenizer.save_pretrained(folder)
        return tokenizer

    def encoder(self) -> AutoencoderKL:
        """Fit the autoencoder's encoder."""
        folder = self.plan.folder / "encoder"
        if (folder / "config.json").exists():
            return AutoencoderKL.from_pretrained(folder, trust_remote_code=False)
        pictures = [corpus.pictures[:640] for corpus in self.corpora().values()]
        model = fit_encoder([*pictures, *map(halved, pictures)], self.plan.painter.seed)
        model.save_pretrained(folder)
        return model

    def autoencoder(self) -> AutoencoderKL:
        """Train the autoencoder's decoder."""
        folder = self.plan.folder / AUTOENCODER
        if (folder / "config.json").exists():
            return AutoencoderKL.from_pretrained(folder, trust_remote_code=False).float()
        model = self.encoder()
        pictures = [corpus.pictures[:768] for corpus in self.corpora().values()]
        middle = [at_height(group, self.plan.height) for group in pictures]
        train_decoder(
            model,
            [*middle, *middle, *pictures, *map(halved, pictures)],
            self.plan.folder,
            steps=self.plan.decoder_steps,
            seed=self.plan.painter.seed,
            on_step=lambda done, total, loss: self.tell("decoder", done, total, f"loss {loss:.3f}"),
        )
        model.save_pretrained(folder)
        return model

    def painter(self) -> PainterTrainer:
        """Train transformer and text encoder."""
        tokenizer = self.tokenizer()
        trainer = PainterTrainer(tokenizer, self.plan.painter, self.plan.folder)
        if Checkpoint.steps_of(trainer.checkpoint.path) >= self.plan.painter.steps:
            trainer.checkpoint.load()
            return trainer
        autoencoder = self.autoencoder().eval()
        heights = {self.plan.height}
        if self.plan.painter.small_steps or self.plan.painter.small_share:
            heights.add(self.plan.small_height)
        groups = [*self.chunks().values(), *self.artists_chunks().values()]
        sets = {
            height: [
                painter_set(
                    paths,
                    autoencoder,
                    tokenizer,
                    height,
                    self.plan.folder / "latents",
                    lambda done, total: self.tell("latents", done, total, ""),
                )
                for paths in groups
            ]
            for height in heights
        }
        train_in_processes(
            tokenizer,
            self.plan.painter,
            self.plan.folder,
            (sets.get(self.plan.small_height, []), sets[self.plan.height]),
            self.plan.workers,
            lambda done, total, loss, grounding, silhouettes: self.tell(
                "painter",
                done,
                total,
                f"loss {loss:.3f}, grounding {grounding:.3f}, silhouettes {silhouettes:.3f}",
            ),
        )
        trainer.checkpoint.load()
        return trainer

    def _examples(
        self, truth: str, sized: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = np.asarray
    ) -> tuple[list[Examples], list[Examples]]:
        """The project's own pictures as `sized` makes them with their `truth`, by size.

        `truth`: "depth" or "kinds". First those to learn from, then those that are held out.
        """
        seen, unseen = [], []
        for corpus in self.corpora().values():
            pictures, values = sized(corpus.pictures), getattr(corpus, truth)
            seen.append(Examples(pictures[:-HELD_OUT], values[:-HELD_OUT]))
            unseen.append(Examples(pictures[-HELD_OUT:], values[-HELD_OUT:]))
        return seen, unseen

    def _artists_depth(self) -> list[Examples]:
        """Halved scenes of other people's drawings with their depth, by size."""
        return [
            Examples(
                np.concatenate([halved(read_pictures(path)) for path in paths]),
                load_corpus(paths, leave=("pictures",)).depth,
            )
            for paths in self.artists_chunks().values()
        ]

    def depth(self) -> tuple[Module, float]:
        """Train the depth model; returns it with its mean error on the held-out own scenes."""
        torch.manual_seed(self.plan.painter.seed)
        start = self.plan.depth_start
        model = new_depth_model() if start is None else read_depth_model(start)
        seen, unseen = self._examples("depth", halved)
        train_supervised(
            model,
            depth_loss,
            [*seen, *self._artists_depth()],
            self.plan.folder / "depth.pt",
            steps=self.plan.depth_steps,
            batch=8,
            rate=1e-3 if start is None else 3e-4,
            on_step=lambda done, total, loss: self.tell("depth", done, total, f"loss {loss:.3f}"),
        )
        return model, sum(depth_error(model, group) for group in unseen) / len(unseen)

    def judge(self) -> tuple[Judge, float]:
        """Train the judge; returns it with its mIoU on held-out scenes."""
        torch.manual_seed(self.plan.painter.seed)
        judge = Judge()
        seen, unseen = self._examples("kinds")
        train_judge(
            judge,
            seen,
            self.plan.folder / "judge.pt",
            steps=self.plan.judge_steps,
            seed=self.plan.painter.seed,
            on_step=lambda done, total, loss: self.tell("judge", done, total, f"loss {loss:.3f}"),
        )
        return judge, sum(judge_miou(judge, group) for group in unseen) / len(unseen)


def publish(training: Training, painter_folder: Path, depth_folder: Path) -> Card:
    """Run every stage that the bundled models need and write them with their model card.

    A painter that goes on from a trained one comes without a depth model, unless that has steps to
    go on by too.
    """
    started = time.monotonic()
    start = training.plan.painter.start
    earlier = read_figures(Path(start)) if start else {}
    autoencoder = training.autoencoder()
    trainer = training.painter()
    facts = {"native_short_side": training.plan.height}
    if start and not (painter_folder / PROFILE).exists():
        settings = settings_of(Path(start))
        if training.plan.painter.fresh:  # what was learned of, and beside, other weights
            settings = {name: settings[name] for name in settings.keys() - OF_WEIGHTS}
        facts = {**settings, **facts}
    export_pipeline(trainer, autoencoder, painter_folder, facts)
    if start and training.plan.depth_start is None:
        error = float(earlier["depth_mean_absolute_error"])
    else:
        depth, error = training.depth()
        export_depth(depth, depth_folder)
    held_out = [corpus.pictures[-32:] for corpus in training.corpora().values()]
    card = Card(
        plan=training.plan,
        painter_steps=Checkpoint.steps_of(trainer.checkpoint.path),
        restoration_psnr=restoration_psnr(
            autoencoder, at_height(held_out[0], training.plan.height)
        ),
        depth_error=error,
        seconds=time.monotonic() - started,
        earlier_pictures=(
            0 if training.plan.painter.fresh else int(earlier.get("painter_pictures", 0))
        ),
    )
    write_card(card, painter_folder / "README.md")
    return card
