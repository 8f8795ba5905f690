"""A picture and what the model attended to: painted from words, or a drawing that it is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps, capture_attention
from multiplane.contract.manifest import Comp
from multiplane.intake.picture import load_picture
from multiplane.models.paint import OnStep, observe, paint, picture_size, resize
from multiplane.models.profiles import ModelProfile
from multiplane.produce.job import ShotJob
from multiplane.produce.studio import Studio
from multiplane.produce.words import Words, capture_plan

MAX_ENLARGEMENT = 6.0
"""A painted picture is not enlarged more than this: there is no more in it."""
_SIZE_STEP = 0.125


@dataclass(frozen=True)
class Generated:
    """picture (H, W, 3), at the size that the layers will have; maps None without subjects."""

    picture: NDArray[np.uint8]
    maps: AttentionMaps | None
    tokens: tuple[tuple[int, ...], ...]  # per subject, in the model's text sequence


def generate(
    job: ShotJob, words: Words, studio: Studio, overscan: float, on_step: OnStep
) -> Generated:
    """Paint the shot's picture (or read its drawing) with attention captured.

    A painted picture is enlarged to cover the comp times `overscan`; a drawing keeps its own
    pixels. Raises InputError and Failure of the models, the capture and the picture's reader.
    """
    painter = studio.painter
    plan = capture_plan(words, painter.pipeline.tokenizer, painter.profile)
    tokens = () if plan is None else tuple(one.token_indices for one in plan.groups)
    tokens = tokens[: len(words.subjects)]

    if job.picture is not None:
        drawing = load_picture(job.picture)
        if plan is None:
            return Generated(drawing, None, tokens)
        choice = painter.profile.capture
        with capture_attention(painter.pipeline, plan) as maps:
            for draw in range(choice.draws):
                observe(
                    painter,
                    drawing,
                    words.text,
                    sigma=choice.decompose_sigma,
                    seed=job.seed + draw,
                )
                on_step(draw + 1, choice.draws)
        return Generated(drawing, maps.result(), tokens)

    size = picture_size(painter.profile, job.comp.width / job.comp.height)
    if plan is None:
        painted = paint(painter, words.text, size, job.seed, on_step=on_step)
        captured = None
    else:
        with capture_attention(painter.pipeline, plan) as maps:
            painted = paint(painter, words.text, size, job.seed, on_step=on_step)
        captured = maps.result()
    return Generated(resize(painted, layer_size(size, job.comp, overscan)), captured, tokens)


def layer_size(painted: tuple[int, int], comp: Comp, overscan: float) -> tuple[int, int]:
    """Size (width, height) px at which a painted picture is cut.

    It covers the comp times `overscan`, so that no layer is enlarged in the comp; the overscan is
    rounded up to eighths, so that a slightly stronger move needs no new layers.
    """
    roomy = math.ceil(overscan / _SIZE_STEP - 1e-9) * _SIZE_STEP
    width, height = painted
    wanted = max(comp.width * roomy / width, comp.height * roomy / height)
    factor = min(max(wanted, 1.0), MAX_ENLARGEMENT)
    return round(width * factor), round(height * factor)


def cut_size(job: ShotJob, profile: ModelProfile, overscan: float) -> tuple[int, int] | None:
    """`layer_size` of a job's picture before it is painted; None for a drawing."""
    if job.picture is not None:
        return None
    return layer_size(picture_size(profile, job.comp.width / job.comp.height), job.comp, overscan)
