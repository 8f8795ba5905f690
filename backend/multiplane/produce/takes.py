"""Several takes of one shot, of which the one is kept that shows its subjects most surely.

A model that paints a prompt does not always paint all of it. It knows, though: no token attends to
the words of a subject that it left out (`attention.presence`). A take is painted in few steps;
with the same noise the full number leads to nearly the same picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import CapturePlan, capture_attention
from multiplane.attention.presence import presence
from multiplane.attention.sharing import shared_attention
from multiplane.models.load import Painter
from multiplane.models.paint import OnStep, denoise
from multiplane.produce.portraits import ALONE, Sharing

SURE = 0.95
"""Presence of every subject beyond which no other take is tried."""
WIDE_SIGMA = 0.6
"""Noise up to which a take's attention counts; it tells presence as well there as lower down."""


@dataclass(frozen=True)
class Take:
    """number: from 1, which has the shot's own seed; seed: of its noise."""

    number: int
    seed: int

    @classmethod
    def of(cls, seed: int, number: int) -> Take:
        """Take `number` of a shot with `seed`."""
        return cls(number, take_seed(seed, number))


def take_seed(seed: int, number: int) -> int:
    """The seed 0 .. 2**32 - 1 of take `number` of a shot with `seed`; take 1 has that very seed."""
    if number == 1:
        return seed
    digest = hashlib.sha256(f"{seed} take {number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def best_take(
    painter: Painter,
    prompt: str,
    size: tuple[int, int],
    seed: int,
    plan: CapturePlan,
    *,
    subjects: int,
    takes: int,
    references: Sequence[NDArray[np.uint8]] = (),
    sharing: Sharing = ALONE,
    on_step: OnStep = lambda done, total: None,
) -> Take:
    """The take in which the least present of the subjects is most present.

    No more are tried once one has all of them for sure. plan: its first `subjects` groups name
    them. references: as in `paint`. sharing: with whom attention is shared. on_step gets (step, all
    steps: `takes` times the profile's `take_steps`). Raises as `denoise` and `capture_attention`.
    """
    if takes == 1:
        return Take(1, seed)
    steps = painter.profile.take_steps
    # Few steps are far apart: the range must hold one of them. Presence needs no propagation.
    sigma_high = max(plan.sigma_high, WIDE_SIGMA)
    looked = replace(
        plan, sigma_high=sigma_high, max_steps=None, hops=0, concepts=(), keep_each=False
    )
    found: list[tuple[float, Take]] = []
    for number in range(1, takes + 1):
        take = Take.of(seed, number)

        def step_done(done: int, _: int, before: int = (number - 1) * steps) -> None:
            on_step(before + done, takes * steps)

        with (
            capture_attention(painter.pipeline, looked) as maps,
            shared_attention(painter.pipeline, plan, sharing.members),
        ):
            denoise(
                painter, prompt, size, take.seed, steps=steps,
                references=references, beside=sharing.beside, on_step=step_done,
            )  # fmt: skip
        found.append((min(presence(maps.result().image_to_text, subjects)), take))
        if found[-1][0] > SURE and number < takes:
            on_step(takes * steps, takes * steps)
            break
    return max(found, key=lambda tried: tried[0])[1]
