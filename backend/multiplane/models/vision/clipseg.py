"""CLIPSeg: words to soft masks (Lüddecke and Ecker 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.models.vision.pretrained import local, text_length
from multiplane.models.vision.seen import Floats, Picture


@dataclass(frozen=True)
class ClipSeg:
    """Sees the picture as one square of its own size, whatever its aspect: no part is left out."""

    model: Any
    processor: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> ClipSeg:
        from transformers import CLIPSegForImageSegmentation, CLIPSegProcessor

        model = local(CLIPSegForImageSegmentation, folder, weights=True)
        return cls(model.to(device).eval(), local(CLIPSegProcessor, folder), device)

    def logits(self, picture: Picture, phrases: Sequence[str]) -> Floats:
        """(N, h, w) over the whole picture, > 0 where it shows what the phrase means."""
        import torch

        inputs = self.processor(
            text=list(phrases),
            images=[picture] * len(phrases),
            padding=True,
            truncation=True,
            max_length=text_length(self.processor.tokenizer, self.model.config.text_config),
            return_tensors="pt",
        ).to(self.device)
        with torch.inference_mode():
            found = self.model(**inputs).logits.float().cpu().numpy()
        # With a single phrase the batch's axis is not there.
        return np.asarray(found.reshape(len(phrases), *found.shape[-2:]), np.float32)
