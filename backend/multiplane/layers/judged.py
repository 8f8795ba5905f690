"""Subjects cut out of a picture, each with how sure that is and why not: the cut and its doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.doubts import DoubtReason
from multiplane.layers.cut import DOUBTFUL, Cutout, Segmentation, Wanted, cut_subjects
from multiplane.layers.evidence import Claim, Observation, gather
from multiplane.models.calibration import Calibration

UNFAMILIAR = 1.0
"""Novelty beyond which a picture is unlike all that a model knows."""

SAYS: Mapping[str, DoubtReason] = MappingProxyType(
    {
        "steady": DoubtReason.UNSTEADY,
        "steady_others": DoubtReason.UNSTEADY,
        "noise": DoubtReason.UNSTEADY,
        "mutual": DoubtReason.UNSTEADY,
        "presence": DoubtReason.WORDS_COMPETE,
        "presence_others": DoubtReason.WORDS_COMPETE,
        "margin": DoubtReason.WORDS_COMPETE,
        "entropy": DoubtReason.WORDS_COMPETE,
        "alike": DoubtReason.WORDS_COMPETE,
        "given_up": DoubtReason.WORDS_COMPETE,
        "louder": DoubtReason.WORDS_COMPETE,
        "others": DoubtReason.WORDS_COMPETE,
        "of_foreground": DoubtReason.WORDS_COMPETE,
        "rule": DoubtReason.ATTENTION_WEAK,
        "peak": DoubtReason.ATTENTION_WEAK,
        "contrast": DoubtReason.ATTENTION_WEAK,
        "spread": DoubtReason.ATTENTION_WEAK,
        "ahead": DoubtReason.ATTENTION_WEAK,
        "kept": DoubtReason.SHAPE_ODD,
        "whole": DoubtReason.SHAPE_ODD,
        "solid": DoubtReason.SHAPE_ODD,
        "size": DoubtReason.SHAPE_ODD,
        "cut_off": DoubtReason.SHAPE_ODD,
        "on_edges": DoubtReason.SHAPE_ODD,
        "crossed": DoubtReason.SHAPE_ODD,
        "stands_out": DoubtReason.SHAPE_ODD,
        "several": DoubtReason.NOT_SEPARATE,
        "apart": DoubtReason.NOT_SEPARATE,
        "unknown": DoubtReason.WORD_UNKNOWN,
        "novelty": DoubtReason.PICTURE_UNFAMILIAR,
    }
)
"""What it means for people when a feature speaks against a layer."""


@dataclass(frozen=True)
class Standing:
    """What is known beside the maps: how a model stands to the picture and to the words.

    unknown: per wanted subject the share 0..1 of its words that the model never learnt. novelty:
    of the picture, as `Familiarity.novelty` gives it; 0 where nobody knows.
    """

    unknown: tuple[float, ...] = ()
    novelty: float = 0.0

    def unknown_of(self, subject: int) -> float:
        return self.unknown[subject] if subject < len(self.unknown) else 0.0


def cut_and_judge(
    picture: NDArray[np.uint8],
    seen: Observation,
    wanted: Sequence[Wanted],
    *,
    background_floor: float = 0.0,
    calibration: Calibration | None = None,
    standing: Standing = Standing(),
) -> Segmentation:
    """`cut_subjects`, with confidences that mean a chance, and a reason for every doubt.

    A subject that is probably not in the picture is left out, and what it claimed is cut anew for
    the others: its cutouts are empty. Without a calibration the confidence is that of
    `cut_subjects`, and only what has no pixel is missing.
    """
    cut = cut_subjects(picture, seen.maps, wanted, background_floor=background_floor)
    standing = standing or Standing()
    if calibration is None:
        return replace(cut, cutouts=tuple(_by_rule(cutout, standing) for cutout in cut.cutouts))
    evidence = evidence_on(picture, seen, wanted, cut, standing, background_floor)
    there: dict[int, float] = {}
    for cutout, found in zip(cut.cutouts, evidence, strict=True):
        chance = calibration.there.of(calibration.standardised(found))
        there[cutout.of] = max(there.get(cutout.of, 0.0), chance)
    kept = [index for index in range(len(wanted)) if there[index] >= calibration.missing_below]
    if len(kept) == len(wanted):
        return _judged(cut, evidence, calibration, standing)
    empty = np.zeros(picture.shape[:2], np.float32)
    missing = {
        (cutout.of, cutout.number): replace(
            cutout, alpha=empty, confidence=0.0, reason=DoubtReason.NOT_FOUND
        )
        for cutout in cut.cutouts
        if cutout.of not in kept
    }
    judged: dict[tuple[int, int], Cutout] = {}
    if kept:
        rows = [*kept, *range(len(wanted), len(seen.maps))]
        fewer = Observation(
            seen.maps[rows], seen.draws[:, rows], seen.text_to_image[rows], len(kept)
        )
        asked = [wanted[index] for index in kept]
        left = replace(standing, unknown=tuple(standing.unknown_of(index) for index in kept))
        again = cut_subjects(picture, fewer.maps, asked, background_floor=background_floor)
        evidence = evidence_on(picture, fewer, asked, again, left, background_floor)
        for cutout in _judged(again, evidence, calibration, left).cutouts:
            judged[kept[cutout.of], cutout.number] = replace(cutout, of=kept[cutout.of])
    whole = missing | judged
    return replace(cut, cutouts=tuple(whole[cutout.of, cutout.number] for cutout in cut.cutouts))


def evidence_on(
    picture: NDArray[np.uint8],
    seen: Observation,
    wanted: Sequence[Wanted],
    cut: Segmentation,
    standing: Standing,
    background_floor: float,
) -> list[Mapping[str, float]]:
    """The evidence on every cutout of a cut, in its order."""
    claims = [
        Claim(
            cutout.of,
            cutout.alpha,
            count=wanted[cutout.of].count,
            separate=cutout.separate,
            rule=cutout.confidence,
            unknown=standing.unknown_of(cutout.of),
        )
        for cutout in cut.cutouts
    ]
    return gather(
        picture, seen, claims, background_floor=background_floor, novelty=standing.novelty
    )


def _judged(
    cut: Segmentation,
    evidence: Sequence[Mapping[str, float]],
    calibration: Calibration,
    standing: Standing,
) -> Segmentation:
    cutouts = []
    for cutout, found in zip(cut.cutouts, evidence, strict=True):
        chance = calibration.right.of(calibration.standardised(found))
        reason: DoubtReason | None = None
        if not cutout.alpha.any():
            chance, reason = 0.0, DoubtReason.NOT_FOUND
        elif standing.novelty > UNFAMILIAR:
            # What the evidence is worth was measured on pictures that the model knows.
            chance = min(chance, 0.99 * calibration.report_below)
            reason = DoubtReason.PICTURE_UNFAMILIAR
        elif chance < calibration.report_below:
            reason = _main_reason(calibration.against(found), standing.unknown_of(cutout.of))
        cutouts.append(replace(cutout, confidence=chance, reason=reason))
    return replace(cut, cutouts=tuple(cutouts))


def _main_reason(against: Mapping[str, float], unknown: float) -> DoubtReason:
    if unknown > 0.0:
        return DoubtReason.WORD_UNKNOWN  # what the user can do most about
    total: dict[DoubtReason, float] = {}
    for name, amount in against.items():
        if (reason := SAYS.get(name)) is not None and reason is not DoubtReason.PICTURE_UNFAMILIAR:
            total[reason] = total.get(reason, 0.0) + amount
    return max(total, key=lambda reason: total[reason], default=DoubtReason.ATTENTION_WEAK)


def _by_rule(cutout: Cutout, standing: Standing) -> Cutout:
    if not cutout.alpha.any():
        return replace(cutout, confidence=0.0, reason=DoubtReason.NOT_FOUND)
    if cutout.confidence >= DOUBTFUL:
        return replace(cutout, reason=None if cutout.separate else DoubtReason.NOT_SEPARATE)
    if standing.unknown_of(cutout.of) > 0.0:
        return replace(cutout, reason=DoubtReason.WORD_UNKNOWN)
    reason = DoubtReason.ATTENTION_WEAK if cutout.separate else DoubtReason.NOT_SEPARATE
    return replace(cutout, reason=reason)
