"""A shot from words: its picture is painted with attention captured, and cut."""

from __future__ import annotations

from dataclasses import replace

from multiplane.attention.capture import capture_attention
from multiplane.contract.manifest import ModelEntry
from multiplane.intake.shot_source import Prompt
from multiplane.layers.hands.words import NO_WORDS
from multiplane.models.paint import OnStep, paint, picture_size, resize
from multiplane.produce.cut_out import Attended, cut_out, observed
from multiplane.produce.cutting import choice_of
from multiplane.produce.doubts import word_notices
from multiplane.produce.finished import CutPicture
from multiplane.produce.framing import layer_size
from multiplane.produce.job import ShotJob
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.takes import Take, best_take
from multiplane.produce.words import Words, apart, capture_plan, with_words, words_of_prompt


def cut_from_prompt(
    job: ShotJob, prompt: Prompt, studio: Studio, overscan: float, steps: Steps
) -> CutPicture:
    """Paint the picture, wide enough for `overscan`, and cut its subjects out of it.

    Raises InputError and Failure of the words, the models and the capture.
    """
    profile = studio.profile
    words = words_of_prompt(prompt, job.shot.subjects, profile, style=job.style, at=job.at)
    told = word_notices(words, profile, "painting")
    steps.warn_all(told)
    steps.begin("generate")
    take, attended = _painted(job, words, studio, overscan, steps.counting("generate"))
    model = ModelEntry(
        name=profile.name,
        version=profile.version,
        seed=job.seed,
        take=take.number,
        take_seed=take.seed,
        steps=profile.steps,
        guidance=profile.guidance,
    )
    cut = cut_out(attended, words, choice_of(job, studio), model, studio, steps)
    return replace(cut, notices=(*told, *cut.notices))


def _painted(
    job: ShotJob, words: Words, studio: Studio, overscan: float, on_step: OnStep
) -> tuple[Take, Attended]:
    """The picture, enlarged to cover the comp times `overscan`.

    Of several takes the one is painted that shows its subjects most surely.
    """
    painter = studio.painter
    profile = painter.profile
    plan = capture_plan(words, painter.reader, profile)
    size = picture_size(profile, job.comp.width / job.comp.height)
    said = sum(1 for subject in words.subjects if subject.spans)
    takes = job.takes_with(profile) if plan is not None and said else 1
    tried = takes * profile.take_steps if takes > 1 else 0
    whole = tried + profile.steps

    def painting(done: int, _: int) -> None:
        on_step(tried + done, whole)

    if plan is None:
        take, seen, heat = Take(1, job.seed), None, NO_WORDS
        painted = paint(painter, words.text, size, take.seed, on_step=painting)
    else:
        take = best_take(
            painter, words.text, size, job.seed, plan, subjects=said, takes=takes,
            on_step=lambda done, _: on_step(done, whole),
        )  # fmt: skip
        both, known = with_words(plan, words, painter.reader, profile)
        with capture_attention(painter.pipeline, both) as captured:
            painted = paint(painter, words.text, size, take.seed, on_step=painting)
        maps, heat = apart(captured.result(), plan, known)
        seen = observed(maps, words)
    picture = resize(painted, layer_size(size, job.comp, overscan))
    return take, Attended(picture, profile, plan, seen, words=heat)
