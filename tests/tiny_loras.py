"""LoRAs of random weights for the tiny pipelines, as trainers save them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

_OF_ATTENTION = ("to_q", "to_k", "to_v", "q_proj", "v_proj")


def denoiser_of(pipeline: Any) -> tuple[str, Any]:
    name = "unet" if hasattr(pipeline, "unet") else "transformer"
    return name, getattr(pipeline, name)


def save_tiny_lora(
    pipeline: Any,
    file: Path,
    seed: int = 1,
    *,
    text_encoder: bool = False,
    notes: dict[str, str] | None = None,
) -> Path:
    """A LoRA of rank 2 on the attention of the pipeline's denoiser, in diffusers' names.

    text_encoder: of that too. notes: the file's metadata.
    """
    parts = [denoiser_of(pipeline)]
    if text_encoder:
        parts.append(("text_encoder", pipeline.text_encoder))
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for part, model in parts:
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.Linear) and name.rpartition(".")[2] in _OF_ATTENTION:
                down = torch.randn(2, module.in_features, generator=generator)
                up = torch.randn(module.out_features, 2, generator=generator)
                weights[f"{part}.{name}.lora_A.weight"] = down * 0.3
                weights[f"{part}.{name}.lora_B.weight"] = up * 0.3
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(weights, file, metadata=notes or None)
    return file
