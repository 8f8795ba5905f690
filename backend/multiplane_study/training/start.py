"""A training that goes on from a trained pipeline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from transformers import Qwen2Tokenizer

from multiplane.contract.errors import InputError
from multiplane_study.training.card import read_figures
from multiplane_study.training.vocabulary import is_one_token, widened

TOKENIZER, AUTOENCODER = "tokenizer", "autoencoder"
"""Folders of what two of the stages leave."""
PROFILE = "profile.json"
OF_WEIGHTS = frozenset({"calibration", "reader"})
"""Settings of a profile that other weights do not have."""


def take_over(pipeline: Path, folder: Path, words: Collection[str] = ()) -> dict[str, Any]:
    """Put a trained pipeline's parts where the stages that make such leave them.

    So those stages find them done; the painter's own start reads its weights itself. Where one of
    `words` is no single token to the pipeline's tokenizer, a wider one is left in its place.
    Returns the pipeline's figures. Raises InputError `study.not_trained_here`, and
    `study.another_training` when `folder` has a tokenizer already and it is another one.
    """
    figures = read_figures(pipeline)
    take_over_tokenizer(pipeline, folder, words)
    shutil.copytree(pipeline / "vae", folder / AUTOENCODER, dirs_exist_ok=True)
    return figures


def take_over_tokenizer(pipeline: Path, folder: Path, words: Collection[str] = ()) -> None:
    """Put a pipeline's tokenizer into `folder`, or a wider one where `words` want that.

    Raises InputError `study.another_training` when `folder` has another one already.
    """
    there = folder / TOKENIZER / "tokenizer.json"
    spelt = Qwen2Tokenizer.from_pretrained(pipeline / TOKENIZER, trust_remote_code=False)
    wide_enough = all(is_one_token(spelt, part) for word in words for part in word.split())
    wanted = spelt if wide_enough else widened(spelt, words)
    if there.exists() and _vocabulary(folder / TOKENIZER) != wanted.get_vocab():
        raise InputError(
            "study.another_training",
            f"{folder} holds a training with another vocabulary.",
            file=str(there),
            value=str(folder),
            remedy="Give --folder a new folder; its corpus can be a link to the old one's.",
        )
    if wide_enough:
        shutil.copytree(pipeline / TOKENIZER, folder / TOKENIZER, dirs_exist_ok=True)
    elif not there.exists():
        wanted.save_pretrained(folder / TOKENIZER)


def settings_of(pipeline: Path) -> dict[str, Any]:
    """What a pipeline's profile says of how it is used; what was measured of it is left out."""
    profile = pipeline / PROFILE
    known: dict[str, Any] = json.loads(profile.read_text("utf-8")) if profile.exists() else {}
    return {name: value for name, value in known.items() if name not in ("measured", "parameters")}


def _vocabulary(folder: Path) -> dict[str, int] | None:
    """None for a tokenizer that cannot be read."""
    try:
        known: dict[str, int] = Qwen2Tokenizer.from_pretrained(
            folder, trust_remote_code=False
        ).get_vocab()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known
