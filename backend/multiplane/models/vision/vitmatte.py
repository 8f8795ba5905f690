"""ViTMatte (Yao et al. 2023): a trimap to a soft matte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.models.vision.pretrained import local
from multiplane.models.vision.seen import Floats, Picture


@dataclass(frozen=True)
class VitMatte:
    """Sees the picture in its own size, filled up to what the encoder divides it by."""

    model: Any
    processor: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> VitMatte:
        from transformers import AutoImageProcessor, VitMatteForImageMatting

        model = local(VitMatteForImageMatting, folder, weights=True).to(device).eval()
        return cls(model, local(AutoImageProcessor, folder), device)

    def alpha(self, picture: Picture, trimap: Floats) -> Floats:
        """(H, W) 0..1. trimap (H, W): 1 inside, 0 outside, 0.5 where nobody knows."""
        import torch

        height, width = trimap.shape
        grey = np.rint(trimap * 255.0).astype(np.uint8)
        inputs = self.processor(images=picture, trimaps=grey, return_tensors="pt")
        with torch.inference_mode():
            found = self.model(**inputs.to(self.device)).alphas[0, 0].float().cpu().numpy()
        return np.asarray(found[:height, :width], np.float32)
