"""From a training of reading weights to the folder `reader` of a model."""

from __future__ import annotations

import copy
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline
from torch import nn

from multiplane.models.profiles import PROFILE_FILE
from multiplane_study.reading.start import blocks_of, text_encoder_of
from multiplane_study.reading.trainer import ReaderTrainer
from multiplane_study.training.export import SCHEDULER_SHIFT

READER = "reader"


@dataclass(frozen=True)
class Blend:
    """How far the weights of the reader in the folder `start` go towards those that were learnt.

    share: 0..1. Between both what was known before is kept beside what is new (Wortsman et al.,
    "Robust fine-tuning of zero-shot models", CVPR 2022).
    """

    start: Path
    share: float


def export_reader(
    trainer: ReaderTrainer, model: Path, facts: dict[str, Any], blend: Blend | None = None
) -> Path:
    """Write the averaged weights as `model`/reader, in float16, and name it in the model's profile.

    facts: what the reader's own profile says; what it says already and `facts` does not is kept.
    """
    average = trainer.average.module
    text = copy.deepcopy(average["text"])
    rows = text.embed_tokens.rows()
    text.embed_tokens = nn.Embedding(*rows.shape, padding_idx=None, _weight=rows)
    transformer = copy.deepcopy(average["transformer"])
    transformer.register_to_config(_name_or_path="")  # else the maker's own path is written
    if blend is not None and blend.share < 1.0:
        _blend(transformer, blocks_of(blend.start), blend.share)
        _blend(text, text_encoder_of(blend.start), blend.share)
    pipeline = ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=SCHEDULER_SHIFT),
        vae=None,
        text_encoder=text,
        tokenizer=trainer.tokenizer,
        transformer=transformer,
    )
    folder = model / READER
    unfinished = folder.with_name(f"{READER}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    pipeline.to(dtype=torch.float16).save_pretrained(unfinished, safe_serialization=True)
    index = unfinished / "model_index.json"
    parts = json.loads(index.read_text("utf-8"))
    parts["vae"] = ["diffusers", "AutoencoderKL"]  # the model's own is given when it is loaded
    index.write_text(json.dumps(parts, indent=2) + "\n", "utf-8")
    counts = {
        "transformer": sum(part.numel() for part in transformer.parameters()),
        "text_encoder": sum(part.numel() for part in text.parameters()),
    }
    model_profile = model / PROFILE_FILE
    whole = _json(model_profile)
    counts["vae"] = whole["parameters"]["vae"]
    known = {**_json(folder / PROFILE_FILE), **facts, "parameters": counts}
    _write(unfinished / PROFILE_FILE, known)
    old = folder.with_name(f"{READER}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(unfinished, folder)
    shutil.rmtree(old, ignore_errors=True)
    _write(model_profile, {**whole, "reader": READER})
    return folder


@torch.no_grad()
def _blend(learnt: nn.Module, start: nn.Module, share: float) -> None:
    before = start.state_dict()
    for name, weights in learnt.state_dict().items():
        weights.copy_(torch.lerp(before[name].to(weights), weights, share))


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
