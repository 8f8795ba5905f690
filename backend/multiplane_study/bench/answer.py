"""What a row answers to a case, and whose each of its mattes is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from multiplane_study import metrics
from multiplane_study.observed import Phrases

Mattes = NDArray[np.float32]
Said = tuple[float, bool]
"""How right a matte is said to be, 0..1, and whether it is doubted."""


@dataclass(frozen=True)
class Answer:
    """Mattes (N, H, W) 0..1, one for each subject that the phrases ask for.

    of: of each the phrase's index. back_to_front: indices into the mattes. said: of each what the
    method itself says of it; () where it says nothing.
    """

    alphas: Mattes
    of: tuple[int, ...]
    back_to_front: tuple[int, ...]
    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Matched:
    """An answer in the order of the scene's subjects: mattes (S, H, W), order in those indices.

    Subjects of which nothing was found have an empty matte and are not in the order. said: as in
    `Answer`.
    """

    alphas: Mattes
    back_to_front: tuple[int, ...]
    said: tuple[Said, ...] = ()

    @property
    def masks(self) -> NDArray[np.bool_]:
        return np.asarray(self.alphas > 0.5)


def matched(answer: Answer, truths: Mattes, phrases: Phrases) -> Matched:
    """`answer`, with two of a noun given to the subjects that they fit best."""
    matte_of = match_instances(answer.alphas, truths, answer.of, phrases)
    subject_of = {matte: subject for subject, matte in matte_of.items()}
    alphas = answer.alphas[[matte_of[subject] for subject in range(len(truths))]]
    shown = [bool((one > 0.5).any()) for one in alphas]
    order = [subject_of[one] for one in answer.back_to_front if one in subject_of]
    said = [answer.said[matte_of[subject]] for subject in range(len(truths)) if answer.said]
    return Matched(alphas, tuple(one for one in order if shown[one]), tuple(said))


def match_instances(
    alphas: Mattes, truths: Mattes, of: Sequence[int], phrases: Phrases
) -> dict[int, int]:
    """Subject -> matte: within a phrase, the pairing with the greatest summed IoU."""
    found: dict[int, int] = {}
    for phrase, members in enumerate(phrases.members):
        cutouts = [index for index, owner in enumerate(of) if owner == phrase]
        gain = np.array(
            [[metrics.iou(truths[m] > 0.5, alphas[c] > 0.5) for c in cutouts] for m in members]
        )
        for row, column in zip(*linear_sum_assignment(-gain), strict=True):
            found[members[int(row)]] = cutouts[int(column)]
    return found


def each_of(phrases: Phrases) -> tuple[int, ...]:
    """Of every subject that is asked for its phrase's index, phrases in turn."""
    return tuple(index for index, members in enumerate(phrases.members) for _ in members)


def by_subject(phrases: Phrases, alphas: Sequence[NDArray[np.float32]]) -> Mattes:
    """Mattes that are given per subject of the scene, in the order of `each_of`."""
    return np.stack([alphas[member] for members in phrases.members for member in members])
