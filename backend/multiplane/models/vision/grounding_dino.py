"""Grounding DINO (Liu et al. 2023): words to boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.models.vision.pretrained import local
from multiplane.models.vision.seen import Box, Detection, Floats, Picture

LEAST = 0.3
"""Score from which a box counts; the authors' demo takes 0.3 to 0.35."""
_SAME = 0.7  # IoU from which two boxes of a phrase are one
_SENTENCE = ". "  # between phrases; it keeps their tokens from attending to each other


@dataclass(frozen=True)
class GroundingDino:
    model: Any
    image_processor: Any
    tokenizer: Any
    device: str

    @classmethod
    def load(cls, folder: Path, device: str) -> GroundingDino:
        from transformers import GroundingDinoForObjectDetection

        return cls._loaded(GroundingDinoForObjectDetection, folder, device)

    @classmethod
    def load_mm(cls, folder: Path, device: str) -> GroundingDino:
        """OpenMMLab's training of the same architecture."""
        from transformers import MMGroundingDinoForObjectDetection

        return cls._loaded(MMGroundingDinoForObjectDetection, folder, device)

    @classmethod
    def _loaded(cls, kind: Any, folder: Path, device: str) -> GroundingDino:
        from transformers import AutoImageProcessor, AutoTokenizer

        model = local(kind, folder, weights=True).to(device).eval()
        return cls(model, local(AutoImageProcessor, folder), local(AutoTokenizer, folder), device)

    def detections(self, picture: Picture, phrases: Sequence[str]) -> list[Detection]:
        """All boxes with a score of `LEAST` at least, the surest first, each thing once a phrase.

        A box is of the phrase whose words it answers to most.
        """
        import torch

        text, spans = sentence(phrases)
        words = self.tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        places = words.pop("offset_mapping")[0].tolist()
        pixels = self.image_processor(images=picture, return_tensors="pt")
        inputs = {**pixels, **words}
        with torch.inference_mode():
            out = self.model(**{name: value.to(self.device) for name, value in inputs.items()})
        answers = torch.sigmoid(out.logits[0].float()).cpu().numpy()
        boxes = out.pred_boxes[0].float().cpu().numpy()
        scores = phrase_scores(answers, places, spans)
        height, width = picture.shape[:2]
        return apart(_detections(scores, boxes, (width, height)))


def sentence(phrases: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """The phrases as the model was taught to read them, and where each stands (characters)."""
    text, spans = "", []
    for phrase in phrases:
        said = " ".join(phrase.lower().replace(".", " ").split())
        spans.append((len(text), len(text) + len(said)))
        text += said + _SENTENCE
    return text.strip(), spans


def phrase_scores(
    answers: Floats, places: Sequence[Sequence[int]], spans: Sequence[tuple[int, int]]
) -> Floats:
    """(Q, N): how well each of Q boxes answers to each phrase, by the best of its tokens.

    answers: (Q, T) 0..1 for the text's tokens; places: first and last character of each, equal for
    those that stand for none.
    """
    scores = np.zeros((len(answers), len(spans)), np.float32)
    for index, (first, last) in enumerate(spans):
        own = [
            token
            for token, (begins, ends) in enumerate(places)
            if begins < ends and begins >= first and ends <= last
        ]
        if own:
            scores[:, index] = answers[:, own].max(axis=1)
    return scores


def _detections(scores: Floats, boxes: Floats, size: tuple[int, int]) -> Iterator[Detection]:
    """boxes: (Q, 4) centre and size, as shares of the picture's width and height."""
    for answer, (x, y, wide, high) in zip(scores, boxes.tolist(), strict=True):
        of = int(answer.argmax())
        if answer[of] < LEAST:
            continue
        across = [min(max(side, 0.0), 1.0) * size[0] for side in (x - wide / 2, x + wide / 2)]
        down = [min(max(side, 0.0), 1.0) * size[1] for side in (y - high / 2, y + high / 2)]
        box = Box(across[0], down[0], across[1], down[1])
        if box.area >= 1.0:
            yield Detection(of, float(answer[of]), box)


def apart(found: Iterator[Detection] | Sequence[Detection]) -> list[Detection]:
    """The surest first; of boxes of one phrase round the same thing only the surest."""
    kept: list[Detection] = []
    for one in sorted(found, key=lambda detection: -detection.score):
        if all(one.of != other.of or one.box.iou(other.box) < _SAME for other in kept):
            kept.append(one)
    return kept
