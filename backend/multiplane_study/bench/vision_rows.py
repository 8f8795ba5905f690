"""Rows of models that segment pictures: SAM 2, CLIP beside it, CLIPSeg, Grounding DINO, layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.depth.order import order
from multiplane.layers.cut import UNASKED, Segmentation
from multiplane.layers.cutters.agreeing import refined
from multiplane.layers.cutters.by_layers import by_layers
from multiplane.layers.cutters.by_words import by_instances, by_soft_masks
from multiplane.layers.cutters.decomposer import Decomposer
from multiplane.layers.cutters.decomposer import Scene as CutScene
from multiplane.layers.mask_measures import iou
from multiplane.models.vision.clipseg import ClipSeg
from multiplane.models.vision.seen import (
    Candidates,
    DetectAndMask,
    Detector,
    Layerer,
    Masker,
    Prompt,
    Segmenter,
)
from multiplane_study.bench import attention_rows
from multiplane_study.bench.answer import Answer, each_of
from multiplane_study.bench.box_rows import boxed
from multiplane_study.bench.look import Look, box_of
from multiplane_study.paper_method import paper_order

Mask = NDArray[np.bool_]
Cut = Callable[[Look], Answer]

_GRID = 12
"""Points along each side with which SAM is asked for everything there is."""
_LEAST_SHARE, _MOST_SHARE = 0.001, 0.95  # of the picture: what is no region
_SAME = 0.8  # IoU from which two regions are one
_MOST_REGIONS = 40


def sam_centre(masker: Masker) -> Cut:
    """The paper's row: one point, the picture's centre, for whatever is asked."""

    def cut(look: Look) -> Answer:
        height, width = look.picture.shape[:2]
        prompt = Prompt(None, ((width / 2, height / 2),))
        (answer,) = masker.candidates(look.picture, [prompt])
        mask = _best(answer, (height, width))
        of = each_of(look.phrases)
        masks = np.repeat(mask[None], len(of), axis=0)
        return Answer(masks.astype(np.float32), of, paper_order(masks, look.nearness))

    return cut


def true_boxes(masker: Masker) -> Cut:
    """The true box of every subject with its words, and the mask of it that is the surest."""

    def cut(look: Look) -> Answer:
        boxes = look.true_boxes()
        words = _said(look)
        prompts = [Prompt(box, words=said) for box, said in zip(boxes, words, strict=True)]
        answers = masker.candidates(look.picture, prompts)
        return boxed(look, [_best(one, look.picture.shape[:2]) for one in answers])

    return cut


def sam_clip(masker: Masker, clipseg: ClipSeg) -> Cut:
    """Everything that SAM finds on a grid of points; CLIP says which region a phrase means."""

    def cut(look: Look) -> Answer:
        regions = everything(masker, look.picture)
        of = each_of(look.phrases)
        masks = np.zeros((len(of), *look.picture.shape[:2]), bool)
        if regions:
            words = [one.words for one in look.phrases.wanted]
            alike = clip_scores(clipseg, [_shown(look.picture, one) for one in regions], words)
            place = 0
            for phrase, one in enumerate(look.phrases.wanted):
                surest = np.argsort(-alike[:, phrase], kind="stable")[: one.count]
                for offset, region in enumerate(surest.tolist()):
                    masks[place + offset] = regions[region]
                place += one.count
        ranks = order(
            masks.astype(np.float32), look.nearness, trust=look.depth_model.trust
        ).back_to_front
        return Answer(masks.astype(np.float32), of, tuple(ranks))

    return cut


def ours_refined(masker: Masker) -> Cut:
    """The paper's "Ours + SAM refine": SAM's mask of each subject, where both see the same."""

    def cut(look: Look) -> Answer:
        scene = CutScene(look.picture, look.phrases.wanted)
        return _answer(look, refined(scene, attention_rows.cut_by_attention(look), masker, "sam"))

    return cut


def soft_masks(segmenter: Segmenter) -> Cut:
    """The program's own cutter by a model that is told words."""
    cutter = by_soft_masks("clipseg", segmenter)
    return lambda look: _answer(look, cutter.cut(CutScene(look.picture, look.phrases.wanted)))


def boxes_and_masks(detector: Detector, masker: Masker) -> Cut:
    """The program's own cutter by words to boxes and boxes to masks."""
    cutter = by_instances("grounding-dino-sam-2", DetectAndMask(detector, masker))
    return lambda look: _answer(look, cutter.cut(CutScene(look.picture, look.phrases.wanted)))


def layered(layerer: Layerer) -> Cut:
    """Layers that a model takes the picture apart into, named by our attention's cutouts."""

    def cut(look: Look) -> Answer:
        named = Decomposer("attention", lambda _: attention_rows.cut_by_attention(look))
        wanted = look.phrases.wanted
        caption = ", ".join(one.words for one in wanted)
        scene = CutScene(look.picture, wanted, caption=caption, seed=look.seed)
        found = by_layers("qwen-image-layered", layerer, named).cut(scene)
        asked = tuple(one for one in found.cutouts if one.of != UNASKED)
        return _answer(look, Segmentation(asked))

    return cut


def everything(masker: Masker, picture: NDArray[np.uint8]) -> list[Mask]:
    """Regions of a picture that differ from one another, the surest first."""
    height, width = picture.shape[:2]
    places = (np.arange(_GRID) + 0.5) / _GRID
    prompts = [Prompt(None, ((x * width, y * height),)) for y in places for x in places]
    found: list[tuple[float, Mask]] = []
    for answer in masker.candidates(picture, prompts):
        for logits, score in zip(answer.logits, answer.scores, strict=True):
            mask = _large(logits, (height, width))
            if _LEAST_SHARE <= mask.mean() <= _MOST_SHARE:
                found.append((float(score), mask))
    kept: list[Mask] = []
    for _, mask in sorted(found, key=lambda one: -one[0]):
        if len(kept) < _MOST_REGIONS and all(iou(mask, other) < _SAME for other in kept):
            kept.append(mask)
    return kept


def clip_scores(
    clipseg: ClipSeg, pictures: Sequence[NDArray[np.uint8]], phrases: Sequence[str]
) -> NDArray[np.float32]:
    """(P, N): cosine likeness of pictures and phrases by the CLIP inside of a CLIPSeg."""
    import torch

    clip = clipseg.model.clip
    size = int(clip.config.vision_config.image_size)
    squares = [cv2.resize(one, (size, size), interpolation=cv2.INTER_AREA) for one in pictures]
    inputs = clipseg.processor(
        text=[f"a picture of {one}" for one in phrases], images=list(squares),
        return_tensors="pt", padding=True, truncation=True,
    ).to(clipseg.device)  # fmt: skip
    side = inputs["pixel_values"].shape[-1]
    with torch.inference_mode():
        seen = clip.vision_model(
            pixel_values=inputs["pixel_values"], interpolate_pos_encoding=side != size
        ).pooler_output
        read = clip.text_model(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
        ).pooler_output
        shown = torch.nn.functional.normalize(clip.visual_projection(seen).float(), dim=-1)
        said = torch.nn.functional.normalize(clip.text_projection(read).float(), dim=-1)
    return np.asarray((shown @ said.T).cpu().numpy(), np.float32)


def _shown(picture: NDArray[np.uint8], region: Mask) -> NDArray[np.uint8]:
    """The region's box, all else in it grey."""
    box = box_of(region)
    rows = slice(round(box.top), round(box.bottom))
    columns = slice(round(box.left), round(box.right))
    return np.where(region[rows, columns, None], picture[rows, columns], np.uint8(127))


def _said(look: Look) -> list[str]:
    """Of each subject of the scene the words that ask for it."""
    phrases = look.phrases
    owners = {
        member: one.words
        for one, members in zip(phrases.wanted, phrases.members, strict=True)
        for member in members
    }
    return [owners[member] for member in range(len(owners))]


def _answer(look: Look, cut: Segmentation) -> Answer:
    ranks = order(cut.alphas, look.nearness, trust=look.depth_model.trust).back_to_front
    return Answer(cut.alphas, tuple(one.of for one in cut.cutouts), tuple(ranks))


def _best(answer: Candidates, shape: tuple[int, ...]) -> Mask:
    return _large(answer.logits[int(answer.scores.argmax())], shape)


def _large(logits: NDArray[np.float32], shape: tuple[int, ...]) -> Mask:
    large = cv2.resize(logits, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > 0.0)
