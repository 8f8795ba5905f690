"""A training that goes on from a trained pipeline."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.study.training.card import read_figures

TOKENIZER, AUTOENCODER = "tokenizer", "autoencoder"
"""Folders of what two of the stages leave."""


def take_over(pipeline: Path, folder: Path) -> dict[str, Any]:
    """Put a trained pipeline's parts where the stages that make such leave them.

    So those stages find them done; the painter's own start reads its weights itself. Returns the
    pipeline's figures. Raises InputError `study.not_trained_here`, and `study.another_training`
    when `folder` has a tokenizer already and it is another one.
    """
    figures = read_figures(pipeline)
    vocabulary = Path(TOKENIZER) / "tokenizer.json"
    there = folder / vocabulary
    if there.exists() and there.read_bytes() != (pipeline / vocabulary).read_bytes():
        raise InputError(
            "study.another_training",
            f"{folder} holds a training with another vocabulary.",
            file=str(there),
            value=str(folder),
            remedy="Give --folder a new folder; its corpus can be a link to the old one's.",
        )
    shutil.copytree(pipeline / TOKENIZER, folder / TOKENIZER, dirs_exist_ok=True)
    shutil.copytree(pipeline / "vae", folder / AUTOENCODER, dirs_exist_ok=True)
    return figures
