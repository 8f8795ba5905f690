"""SAM 3 (Carion et al. 2025): words to a mask for each thing that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.models.vision.pretrained import local, square, text_length
from multiplane.models.vision.seen import Floats, Instance, Picture

LEAST = 0.3
"""Score from which a mask counts, as transformers' own processor has it."""
_HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Sam3:
    """The encoder sees the picture once; each phrase is looked for by itself."""

    model: Any
    tokenizer: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> Sam3:
        from transformers import AutoTokenizer, Sam3Model

        model = local(Sam3Model, folder, weights=True).to(device).eval()
        return cls(model, local(AutoTokenizer, folder), device)

    def instances(self, picture: Picture, phrases: Sequence[str]) -> list[Instance]:
        """All that was found, the surest first."""
        import torch

        config = self.model.config
        side = int(config.vision_config.image_size)
        pixels = square(picture, side, _HALF, _HALF).to(self.device)
        length = text_length(self.tokenizer, config.text_config)
        found: list[Instance] = []
        with torch.inference_mode():
            seen = self.model.get_vision_features(pixel_values=pixels)
            for of, phrase in enumerate(phrases):
                # Without padding to the length that it was taught with, it reads another text.
                words = self.tokenizer(
                    phrase,
                    padding="max_length",
                    truncation=True,
                    max_length=length,
                    return_tensors="pt",
                ).to(self.device)
                out = self.model(
                    vision_embeds=seen,
                    input_ids=words["input_ids"],
                    attention_mask=words["attention_mask"],
                )
                sure = torch.sigmoid(out.pred_logits[0].float())
                sure = (sure * torch.sigmoid(out.presence_logits[0].float())).cpu().numpy()
                masks = out.pred_masks[0].float().cpu().numpy()
                found += instances_of(of, sure, masks)
        return sorted(found, key=lambda instance: -instance.score)


def instances_of(of: int, sure: Floats, masks: Floats) -> list[Instance]:
    """sure: (Q,) 0..1; masks: (Q, h, w) logits of as many queries."""
    return [
        Instance(of, float(sure[query]), masks[query])
        for query in np.flatnonzero(sure >= LEAST).tolist()
    ]
