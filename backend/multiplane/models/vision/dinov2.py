"""DINOv2 (Oquab et al. 2023): a cut out subject to features of what it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.models.vision.pretrained import IMAGENET_DEVIATION, IMAGENET_MEAN, local, square
from multiplane.models.vision.seen import Floats

_SIDE = 224


@dataclass(frozen=True)
class Dinov2:
    """Sees a cutout whole, in the middle of a square of the mean colour of all pictures."""

    model: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> Dinov2:
        from transformers import Dinov2Model

        return cls(local(Dinov2Model, folder, weights=True).to(device).eval(), device)

    def features(self, cutout: NDArray[np.uint8]) -> Floats:
        """(D,) of a cutout (H, W, 4): the class token after the last norm."""
        import torch

        height, width = cutout.shape[:2]
        side = max(height, width)
        grey = np.rint(np.array(IMAGENET_MEAN, np.float32) * 255.0)
        alpha = cutout[..., 3:].astype(np.float32) / 255.0
        whole = np.broadcast_to(grey, (side, side, 3)).copy()
        top, left = (side - height) // 2, (side - width) // 2
        over = cutout[..., :3] * alpha + grey * (1.0 - alpha)
        whole[top : top + height, left : left + width] = over
        # Patches of 14 px: the side that it was trained at holds a whole number of them.
        seen = square(np.rint(whole).astype(np.uint8), _SIDE, IMAGENET_MEAN, IMAGENET_DEVIATION)
        with torch.inference_mode():
            found = self.model(pixel_values=seen.to(self.device)).pooler_output
        return np.asarray(found[0].float().cpu().numpy(), np.float32)
