"""Training the painter with one process a core, which share every batch."""

from __future__ import annotations

import tempfile
from pathlib import Path
from queue import Empty
from typing import Any

import torch
from torch import distributed, multiprocessing
from transformers import Qwen2Tokenizer

from multiplane_study.training.painter import (
    Latents,
    OnStep,
    PainterTrainer,
    PainterTraining,
)

Sets = tuple[list[Latents], list[Latents]]


def train_in_processes(
    tokenizer: Qwen2Tokenizer,
    training: PainterTraining,
    folder: Path,
    sets: Sets,
    processes: int,
    on_step: OnStep,
) -> None:
    """Run to `training.steps`; what was learnt lies in the folder's checkpoint afterwards.

    Args:
        tokenizer: the text encoder's.
        training: how to train; both batch sizes must be multiples of `processes`.
        folder: where the checkpoint lies.
        sets: at the small and at the full size.
        processes: how many; 1 trains in this process.
        on_step: told as `PainterTrainer.train` tells it.
    """
    if processes == 1:
        PainterTrainer(tokenizer, training, folder).train(*sets, on_step)
        return
    with tempfile.TemporaryDirectory() as meeting:
        context = multiprocessing.get_context("spawn")
        news = context.Queue()
        where = f"file://{Path(meeting).as_posix()}/point"
        workers = multiprocessing.spawn(
            _train_share,
            args=(processes, where, tokenizer, training, folder, sets, news),
            nprocs=processes,
            join=False,
        )
        while not workers.join(timeout=1):
            _pass_on(news, on_step)
        _pass_on(news, on_step)


def _pass_on(news: Any, on_step: OnStep) -> None:
    try:
        while True:
            on_step(*news.get(timeout=0.2))
    except Empty:
        return


def _train_share(
    rank: int,
    world: int,
    where: str,
    tokenizer: Qwen2Tokenizer,
    training: PainterTraining,
    folder: Path,
    sets: Sets,
    news: Any,
) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=where, rank=rank, world_size=world)
    try:
        trainer = PainterTrainer(tokenizer, training, folder)
        trainer.train(*sets, lambda *step: news.put(step))
    finally:
        distributed.destroy_process_group()
