"""A shot from words: its picture is painted with attention captured, and cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from multiplane.contract.manifest import ModelEntry
from multiplane.intake.shot_source import Prompt
from multiplane.layers.cutters.choice import CutterChoice
from multiplane.models.paint import OnStep, steps_into_plate
from multiplane.models.profiles import ModelProfile
from multiplane.produce.cut_out import cut_out
from multiplane.produce.doubts import word_notices
from multiplane.produce.finished import CutPicture
from multiplane.produce.job import ShotJob
from multiplane.produce.notices import painted_smaller
from multiplane.produce.over_plate import painted_into, plate_alone
from multiplane.produce.painting import Painted, all_steps, painted_picture
from multiplane.produce.plates import PlatePicture, plate_picture, used_plate
from multiplane.produce.portraits import painted_beside
from multiplane.produce.references import shown_of
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.style_loras import lora_entries, loras_of
from multiplane.produce.takes import Take
from multiplane.produce.words import Words, words_of_prompt


def cut_from_prompt(
    job: ShotJob,
    prompt: Prompt,
    choice: CutterChoice,
    studio: Studio,
    overscan: float,
    paint: Callable[[OnStep], Painted],
    steps: Steps,
) -> CutPicture:
    """Cut the subjects out of the picture that `paint` gives, which tells of its steps.

    With a plate its subjects are painted into that instead, wide enough for `overscan`.

    Raises InputError and Failure of the words, the models and the capture.
    """
    profile = studio.profile
    words = words_of_prompt(prompt, job.shot.subjects, profile, style=job.style, at=job.at)
    source, plate = used_plate(job), None
    _, unshown = shown_of(job.cast_pictures, profile, on_plate=source is not None)
    _, unshared = painted_beside(job, profile)
    told = (*word_notices(words, profile, "painting"), *unshown, *unshared)
    steps.warn_all(told)
    steps.begin("generate")
    counting = steps.counting("generate")
    if source is not None:
        own, before = _steps_over_plate(job, words, profile), 0

        def painting_plate(done: int, whole: int) -> None:
            nonlocal before
            before = whole
            counting(done, whole + own)

        plate, said = plate_picture(source, job, studio, steps, painting_plate)
        steps.warn_all(said)
        told = (*told, *said)
        painted = _over_plate(
            job, words, studio, plate, overscan,
            lambda done, whole: counting(before + done, before + whole),
        )  # fmt: skip
    else:
        painted = paint(counting)
    plan = painted.plan
    model = ModelEntry(
        name=profile.name,
        version=profile.version,
        seed=job.seed,
        take=painted.take.number,
        take_seed=painted.take.seed,
        steps=profile.steps,
        guidance=profile.guidance,
        loras=lora_entries(painted.loras),
        memory_plan=None if plan.is_plain else plan.in_words(),
    )
    steps.warn_all(painted.notices)
    told = (*told, *painted.notices)
    cut = cut_out(painted.attended, words, choice, model, studio, steps, plate)
    return replace(cut, notices=(*told, *cut.notices))


def _over_plate(
    job: ShotJob,
    words: Words,
    studio: Studio,
    plate: PlatePicture,
    overscan: float,
    on_step: OnStep,
) -> Painted:
    """The shot's subjects, painted into its plate."""
    profile, loras = studio.profile, loras_of(job)
    painter = studio.painter_with(loras)
    if not words.subjects:
        take, attended = Take(1, job.seed), plate_alone(job, painter, plate, overscan)
    else:
        done, whole = all_steps(job, words, profile), _steps_over_plate(job, words, profile)
        take, attended = painted_picture(
            job, words, painter, (), overscan, lambda at, _: on_step(at, whole)
        )  # fmt: skip
        attended = painted_into(
            job, words, painter, plate, attended, take.seed,
            lambda at, into: on_step(done + at, done + into),
        )  # fmt: skip
    return Painted(attended, take, loras, painter.plan, painted_smaller(painter, job.comp))


def _steps_over_plate(job: ShotJob, words: Words, profile: ModelProfile) -> int:
    """How many steps a shot takes whose plate is there: none where it has no subject."""
    return all_steps(job, words, profile) + steps_into_plate(profile) if words.subjects else 0
