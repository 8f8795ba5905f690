"""The picture of a shot from words: painted, with attention captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import capture_attention
from multiplane.attention.sharing import shared_attention
from multiplane.contract.manifest import NoticeEntry
from multiplane.intake.cast import Portrait
from multiplane.intake.shot_source import Prompt
from multiplane.layers.hands.words import NO_WORDS
from multiplane.models.load import Painter
from multiplane.models.lora_file import Lora
from multiplane.models.memory import MemoryPlan
from multiplane.models.outlook import paint_and_learn
from multiplane.models.paint import OnStep, paint, picture_size, resize
from multiplane.models.profiles import ModelProfile
from multiplane.produce.cut_out import Attended, observed
from multiplane.produce.framing import layer_size
from multiplane.produce.job import ShotJob
from multiplane.produce.notices import painted_smaller
from multiplane.produce.portraits import painted_beside, sharing_of
from multiplane.produce.references import load_references, shown_of
from multiplane.produce.studio import Studio
from multiplane.produce.style_loras import loras_of
from multiplane.produce.takes import Take, best_take
from multiplane.produce.words import Words, apart, capture_plan, with_words, words_of_prompt


@dataclass(frozen=True)
class Painted:
    """A shot's picture before it is cut, and how it was painted."""

    attended: Attended
    take: Take
    loras: tuple[Lora, ...]
    plan: MemoryPlan
    notices: tuple[NoticeEntry, ...]


def paint_shot(
    job: ShotJob, studio: Studio, overscan: float, on_step: OnStep, *, beside: bool = False
) -> Painted:
    """Paint the shot's picture, wide enough for `overscan`. It is one from words, without a plate.

    beside: while another shot is made: then nothing is learned from what it takes. Raises
    InputError and Failure of the words, the models, the cast's pictures and the capture.
    """
    assert isinstance(job.source, Prompt)
    words = words_of_prompt(
        job.source, job.shot.subjects, studio.profile, style=job.style, at=job.at
    )
    shown, _ = shown_of(job.cast_pictures, studio.profile)
    references = load_references(shown, studio.profile)
    portraits, _ = painted_beside(job, studio.profile)
    loras = loras_of(job)
    painter = studio.painter_with(loras)
    take, attended = painted_picture(
        job, words, painter, references, overscan, on_step, portraits=portraits, beside=beside
    )
    return Painted(attended, take, loras, painter.plan, painted_smaller(painter, job.comp))


def painted_picture(
    job: ShotJob,
    words: Words,
    painter: Painter,
    references: tuple[NDArray[np.uint8], ...],
    overscan: float,
    on_step: OnStep,
    *,
    portraits: Sequence[Portrait] = (),
    beside: bool = False,
) -> tuple[Take, Attended]:
    """The picture, enlarged to cover the comp times `overscan`.

    Of several takes the one is painted that shows its subjects most surely. portraits: with which
    it shares its attention, of who is among its words. beside: as in `paint_shot`.
    """
    profile = painter.profile
    make = paint if beside else paint_and_learn
    reader = painter.reader_beside(references)
    plan = capture_plan(words, reader, profile)
    size = picture_size(profile, job.comp.width / job.comp.height)
    said = sum(1 for subject in words.subjects if subject.spans)
    choosing = plan is not None and said and job.take is None
    takes = job.takes_with(profile) if choosing else 1
    whole = all_steps(job, words, profile)
    tried = whole - profile.steps

    def painting(done: int, _: int) -> None:
        on_step(tried + done, whole)

    if plan is None:
        take, seen, heat = Take.of(job.seed, job.take or 1), None, NO_WORDS
        painted = make(
            painter, words.text, size, take.seed, on_step=painting, references=references
        )
    else:
        sharing = sharing_of(job, portraits, words, reader, profile)
        take = Take.of(job.seed, job.take) if job.take else best_take(
            painter, words.text, size, job.seed, plan, subjects=said, takes=takes,
            references=references, sharing=sharing, on_step=lambda done, _: on_step(done, whole),
        )  # fmt: skip
        both, known = with_words(plan, words, reader, profile)
        with (
            capture_attention(painter.pipeline, both) as captured,
            shared_attention(painter.pipeline, plan, sharing.members),
        ):
            painted = make(
                painter, words.text, size, take.seed, on_step=painting, references=references,
                beside=sharing.beside,
            )  # fmt: skip
        maps, heat = apart(captured.result(), plan, known)
        seen = observed(maps, words)
    picture = resize(painted, layer_size(size, job.comp, overscan))
    return take, Attended(picture, profile, plan, seen, words=heat)


def all_steps(job: ShotJob, words: Words, profile: ModelProfile) -> int:
    """How many steps painting takes, those of its takes included."""
    choosing = job.take is None and any(one.spans for one in words.subjects)
    takes = job.takes_with(profile) if choosing else 1
    return profile.steps + (takes * profile.take_steps if takes > 1 else 0)
