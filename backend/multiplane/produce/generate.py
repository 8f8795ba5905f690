"""A picture and what the model attended to: painted from words, or a drawing that it is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps, capture_attention
from multiplane.intake.picture import load_picture
from multiplane.models.paint import OnStep, paint, picture_size, resize, single_pass
from multiplane.produce.framing import layer_size
from multiplane.produce.job import ShotJob
from multiplane.produce.studio import Studio
from multiplane.produce.takes import Take, best_take
from multiplane.produce.words import Words, capture_plan


@dataclass(frozen=True)
class Generated:
    """picture (H, W, 3), at the size that the layers will have; maps None without subjects."""

    picture: NDArray[np.uint8]
    maps: AttentionMaps | None
    tokens: tuple[tuple[int, ...], ...]  # per subject, in the model's text sequence
    take: Take | None = None  # of a painted picture: which was kept


def generate(
    job: ShotJob, words: Words, studio: Studio, overscan: float, on_step: OnStep
) -> Generated:
    """Paint the shot's picture (or read its drawing) with attention captured.

    Of several takes the one is painted that shows its subjects most surely. A painted picture is
    enlarged to cover the comp times `overscan`; a drawing keeps its own pixels. Raises InputError
    and Failure of the models, the capture and the picture's reader.
    """
    painter = studio.painter
    plan = capture_plan(words, painter.reader, painter.profile)
    tokens = () if plan is None else tuple(one.token_indices for one in plan.groups)
    tokens = tokens[: len(words.subjects)]

    if job.picture is not None:
        drawing = load_picture(job.picture, artboard=job.shot.artboard)
        if plan is None:
            return Generated(drawing, None, tokens)
        choice = painter.profile.capture
        with capture_attention(painter.pipeline, plan) as maps:
            for draw in range(choice.draws):
                single_pass(
                    painter,
                    drawing,
                    words.text,
                    sigma=choice.decompose_sigma,
                    seed=job.seed + draw,
                )
                on_step(draw + 1, choice.draws)
        return Generated(drawing, maps.result(), tokens)

    size = picture_size(painter.profile, job.comp.width / job.comp.height)
    profile = painter.profile
    takes = 1 if plan is None else job.takes_with(profile)
    tried = takes * profile.take_steps if takes > 1 else 0
    whole = tried + profile.steps

    def painting(done: int, _: int) -> None:
        on_step(tried + done, whole)

    if plan is None:
        take, captured = Take(1, job.seed), None
        painted = paint(painter, words.text, size, take.seed, on_step=painting)
    else:
        take = best_take(
            painter, words.text, size, job.seed, plan, subjects=len(words.subjects), takes=takes,
            on_step=lambda done, _: on_step(done, whole),
        )  # fmt: skip
        with capture_attention(painter.pipeline, plan) as maps:
            painted = paint(painter, words.text, size, take.seed, on_step=painting)
        captured = maps.result()
    large = resize(painted, layer_size(size, job.comp, overscan))
    return Generated(large, captured, tokens, take)
