"""From checkpoints to the folders that users load: a `ZImagePipeline` and a Depth Anything."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, ZImagePipeline
from transformers import DepthAnythingForDepthEstimation

from multiplane_study.training.depth import new_image_processor
from multiplane_study.training.painter import PainterTrainer

SCHEDULER_SHIFT = 2.0
"""Steps are moved towards noise, where the layout is decided; Z-Image-Turbo's own value is 3."""


def export_pipeline(
    trainer: PainterTrainer, autoencoder: AutoencoderKL, folder: Path, facts: dict[str, Any]
) -> ZImagePipeline:
    """Write the averaged weights as a pipeline folder, in float16, with its `profile.json`.

    `facts` are what the folder's profile overrides (see `models.profiles`); a sweep's choice that
    the folder already has is kept. Its calibration is not: it was another model's.
    """
    average = trainer.average.module
    pipeline = ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=SCHEDULER_SHIFT),
        vae=autoencoder,
        text_encoder=average["text"],
        tokenizer=trainer.tokenizer,
        transformer=average["transformer"],
    )
    autoencoder.register_to_config(_name_or_path="")  # else the maker's own path is written
    profile = folder / "profile.json"
    known = json.loads(profile.read_text("utf-8")) if profile.exists() else {}
    known.pop("calibration", None)
    unfinished = folder.with_name(folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    pipeline.to(dtype=torch.float16).save_pretrained(unfinished, safe_serialization=True)
    counts = {
        name: sum(parameter.numel() for parameter in getattr(pipeline, name).parameters())
        for name in ("transformer", "text_encoder", "vae")
    }
    text = json.dumps({**known, **facts, "parameters": counts}, indent=2) + "\n"
    (unfinished / "profile.json").write_text(text, "utf-8")
    _replace(folder, unfinished)
    return pipeline.to(dtype=torch.float32)


def export_depth(model: DepthAnythingForDepthEstimation, folder: Path) -> None:
    """Write the depth model and its image processor, in float16."""
    unfinished = folder.with_name(folder.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    model.to(dtype=torch.float16).save_pretrained(unfinished, safe_serialization=True)
    new_image_processor().save_pretrained(unfinished)
    model.to(dtype=torch.float32)
    _replace(folder, unfinished)


def _replace(folder: Path, new: Path) -> None:
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)
