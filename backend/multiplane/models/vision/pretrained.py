"""transformers' classes, loaded from a folder on this computer: safetensors, no code of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from multiplane.models.vision.seen import Picture

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def local(kind: Any, folder: Path, *, weights: bool = False, **options: Any) -> Any:
    """An object of transformers' class `kind` from `folder`; weights: a model, in float32.

    options: of its configuration, instead of what the folder says.
    """
    import torch

    if weights:
        options |= {"use_safetensors": True, "dtype": torch.float32}
    return kind.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False, **options
    )


def text_length(tokenizer: Any, config: Any) -> int:
    """Most tokens that a text encoder reads; tokenizers without a limit say an absurd one."""
    return int(min(tokenizer.model_max_length, config.max_position_embeddings))


def square(
    picture: Picture, side: int, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> Any:
    """The picture (H, W, 3) as a normalised tensor (1, 3, side, side), squeezed into a square.

    As transformers' processors for SAM 2 and SAM 3 do, which need torchvision for it; the picture's
    aspect is not kept, and nothing is padded.
    """
    import cv2
    import torch

    height, width = picture.shape[:2]
    shrinks = side < max(height, width)
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(picture, (side, side), interpolation=how).astype(np.float32) / 255.0
    values = (small - np.array(mean, np.float32)) / np.array(deviation, np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]
