"""SAM 2.1 (Ravi et al. 2024) and EdgeTAM (Zhou et al. 2025): boxes and points to masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.models.vision.pretrained import IMAGENET_DEVIATION, IMAGENET_MEAN, local, square
from multiplane.models.vision.seen import Candidates, Picture, Prompt

_INSIDE = 1  # label of a point, as the models' prompt encoders know it
_TOGETHER = 16  # prompts that are decoded at once


@dataclass(frozen=True)
class SegmentAnything:
    """The encoder sees the picture once, however many prompts there are."""

    model: Any
    device: str

    @classmethod
    def load_sam2(cls, folder: Path, device: str) -> SegmentAnything:
        from transformers import Sam2Model

        return cls(local(Sam2Model, folder, weights=True).to(device).eval(), device)

    @classmethod
    def load_edgetam(cls, folder: Path, device: str) -> SegmentAnything:
        from transformers import EdgeTamModel

        return cls(local(EdgeTamModel, folder, weights=True).to(device).eval(), device)

    @property
    def side(self) -> int:
        """Of the square that the encoder sees, px."""
        return int(self.model.config.prompt_encoder_config.image_size)

    def candidates(self, picture: Picture, prompts: Sequence[Prompt]) -> list[Candidates]:
        """For each prompt three masks: part, whole, and something between."""
        import torch

        if not prompts:
            return []
        height, width = picture.shape[:2]
        pixels = square(picture, self.side, IMAGENET_MEAN, IMAGENET_DEVIATION).to(self.device)
        result: dict[int, Candidates] = {}
        with torch.inference_mode():
            seen = self.model.get_image_embeddings(pixels)
            for places in batches(prompts):
                some = [prompts[place] for place in places]
                told = {
                    name: torch.from_numpy(value).to(self.device)
                    for name, value in in_square(some, (width, height), self.side).items()
                }
                out = self.model(
                    image_embeddings=[level.clone() for level in seen],
                    multimask_output=True,
                    **told,
                )
                masks = out.pred_masks[0].float().cpu().numpy()
                scores = out.iou_scores[0].float().cpu().numpy()
                result |= dict(zip(places, map(Candidates, masks, scores), strict=True))
        return [result[place] for place in range(len(prompts))]


def batches(prompts: Sequence[Prompt]) -> Iterator[list[int]]:
    """Indices of prompts that are decoded together: with equally many points, all boxed or none.

    What fills up the others would be attended to.
    """
    sorts = [(len(one.points), one.box is not None) for one in prompts]
    for sort in sorted(set(sorts)):
        own = [place for place, other in enumerate(sorts) if other == sort]
        for first in range(0, len(own), _TOGETHER):
            yield own[first : first + _TOGETHER]


def in_square(
    prompts: Sequence[Prompt], size: tuple[int, int], side: int
) -> dict[str, NDArray[Any]]:
    """Prompts in px of a picture of `size` (width, height), as the model's inputs.

    All have equally many points, and a box each or none. Both axes are stretched by themselves, as
    the picture is.
    """
    stretch = np.array([side / size[0], side / size[1]], np.float32)
    told: dict[str, NDArray[Any]] = {}
    found = [one.box for one in prompts if one.box is not None]
    if found:
        boxes = np.array([[one.left, one.top, one.right, one.bottom] for one in found], np.float32)
        told["input_boxes"] = (boxes * np.tile(stretch, 2))[None]
    points = np.array([one.points for one in prompts], np.float32)
    if points.size:
        told["input_points"] = (points * stretch)[None]
        told["input_labels"] = np.full((1, *points.shape[:2]), _INSIDE, np.int64)
    return told
