"""A shot from a drawing: the model is shown it with attention captured, and it is cut."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import capture_attention
from multiplane.contract.doubts import DoubtReason
from multiplane.contract.manifest import NO_MODEL, ModelEntry, NoticeEntry
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import order
from multiplane.intake.psd_file import shows_hidden_layers
from multiplane.intake.shot_source import Drawing
from multiplane.layers.cut import DOUBTFUL
from multiplane.layers.cutters.choice import CutterChoice
from multiplane.layers.cutters.decomposer import AUTO
from multiplane.layers.extend import extend_nearness, extend_stack, without_rim
from multiplane.layers.stack import CutSubject, build_stack, recompose
from multiplane.layers.things import find_things
from multiplane.models.familiar import novelty
from multiplane.models.paint import OnStep, single_pass
from multiplane.models.vision.profiles import CLIPSEG
from multiplane.produce.cut_out import Attended, cut_out, observed
from multiplane.produce.doubts import uncertain, word_notices
from multiplane.produce.drawn import drawing_pixels
from multiplane.produce.finished import CutPicture
from multiplane.produce.framing import odd_surplus, room_around
from multiplane.produce.job import ShotJob
from multiplane.produce.notices import layers_hidden, noting
from multiplane.produce.on_plate import on_plate
from multiplane.produce.plates import PlatePicture, plate_picture, used_plate
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.words import (
    NO_SUBJECTS,
    Words,
    apart,
    capture_plan,
    with_words,
    words_of_drawing,
)


def cut_from_drawing(
    job: ShotJob,
    drawing: Drawing,
    choice: CutterChoice,
    studio: Studio,
    overscan: float,
    steps: Steps,
) -> CutPicture:
    """Cut the drawing's subjects out of it and continue it beyond its edges for `overscan`.

    Without any subject the things that stand out are cut, and the picture model is not loaded.
    Raises InputError and Failure of the words, the picture's reader, the models and the capture.
    """
    told: list[NoticeEntry] = []
    picture = drawing_pixels(drawing, noting(told))
    steps.warn_all(told)
    studio.show(picture)
    source, plate = used_plate(job), None
    if source is not None:
        plate, said = plate_picture(source, job, studio, steps, steps.counting("generate"))
        steps.warn_all(said)
        told += said
    cut = _cut(job, picture, choice, studio, steps, plate)
    # The storyboard's reader has told of it already, unless the shot asks for the merged picture.
    surprising = not job.shot.whole and shows_hidden_layers(drawing.file)
    hidden = [layers_hidden()] if surprising else []
    cut = dataclasses.replace(cut, notices=(*hidden, *told, *cut.notices))
    return with_room(cut, job, overscan)


def _cut(
    job: ShotJob,
    picture: NDArray[np.uint8],
    choice: CutterChoice,
    studio: Studio,
    steps: Steps,
    plate: PlatePicture | None,
) -> CutPicture:
    if not job.subjects and not choice.needs_no_words:
        # The storyboard's reader has said that nothing tells what is in it.
        return _cut_by_itself(job, picture, studio, steps, plate)
    if not choice.needs_attention:
        return _cut_without_attention(job, picture, choice, studio, steps, plate)
    profile = studio.reading_profile
    words = words_of_drawing(job.subjects, profile, style=job.style)
    told = word_notices(words, profile, "reading")
    steps.warn_all(told)
    steps.begin("generate")
    attended = _attended(job, picture, words, studio, steps.counting("generate"))
    model = ModelEntry(name=profile.name, version=profile.version, seed=job.seed)
    cut = cut_out(attended, words, choice, model, studio, steps, plate)
    return dataclasses.replace(cut, notices=(*told, *cut.notices))


def _cut_without_attention(
    job: ShotJob,
    picture: NDArray[np.uint8],
    choice: CutterChoice,
    studio: Studio,
    steps: Steps,
    plate: PlatePicture | None,
) -> CutPicture:
    """A drawing (H, W, 3) that the picture model does not see."""
    if job.cut in (None, AUTO):
        steps.say(f"The picture model does not know this drawing, so {choice.name} cuts it.")
    if choice.needs_no_words and job.subjects:
        steps.say(
            f"Which of its layers is whose is told by {choice.told_by.name}."
            if choice.told_by is not None
            else f"Nothing here tells which of its layers is whose, so they are called thing 1, "
            f"thing 2 and so on: multiplane models pull {CLIPSEG.name}"
        )
    words = NO_SUBJECTS
    if job.subjects:
        words = words_of_drawing(job.subjects, None, style=job.style)
    model = ModelEntry(name=choice.name, seed=job.seed)
    return cut_out(Attended(picture, None), words, choice, model, studio, steps, plate)


def _attended(
    job: ShotJob, picture: NDArray[np.uint8], words: Words, studio: Studio, on_step: OnStep
) -> Attended:
    """What the model attends to in the drawing (H, W, 3), which keeps its own pixels."""
    painter = studio.reading
    choice = painter.profile.capture
    plan = capture_plan(words, painter.reader, painter.profile)
    if plan is None:
        return Attended(picture, painter.profile)
    both, known = with_words(plan, words, painter.reader, painter.profile)
    with capture_attention(painter.pipeline, both) as captured:
        for draw in range(choice.draws):
            single_pass(
                painter, picture, words.text, sigma=choice.decompose_sigma, seed=job.seed + draw
            )
            on_step(draw + 1, choice.draws)
    maps, heat = apart(captured.result(), plan, known)
    strange = novelty(painter.profile, picture)
    return Attended(picture, painter.profile, plan, observed(maps, words), strange, heat)


def _cut_by_itself(
    job: ShotJob,
    picture: NDArray[np.uint8],
    studio: Studio,
    steps: Steps,
    plate: PlatePicture | None,
) -> CutPicture:
    """A drawing (H, W, 3) of which nothing says what it shows: "thing 1", "thing 2" and so on."""
    steps.begin("depth")
    nearness = estimate_nearness(studio.depth_model, picture)
    steps.begin("masks")
    things = find_things(picture, nearness)
    alphas = np.zeros((0, *picture.shape[:2]), np.float32)
    if things:
        alphas = np.stack([thing.alpha for thing in things])
    else:
        steps.warn("Nothing stands out of the picture clearly, so it is one layer.")
    ranks = order(alphas, nearness, trust=studio.depth_model.trust)
    named = [
        CutSubject(
            id=f"thing-{number}",
            name=f"thing {number}",
            phrase="",
            alpha=thing.alpha,
            nearness=ranks.nearness[number - 1],
            confidence=thing.confidence,
            reason=DoubtReason.SHAPE_ODD if thing.confidence < DOUBTFUL else None,
        )
        for number, thing in enumerate(things, start=1)
    ]
    doubts = tuple(
        uncertain(thing.name, thing.confidence, thing.reason)
        for thing in named
        if thing.reason is not None
    )
    placed = on_plate(picture, plate, alphas, painted=False)
    told = (*doubts, *placed.notices)
    steps.warn_all(told)
    steps.begin("fill")
    return CutPicture(
        prompt=None,
        model=ModelEntry(name=NO_MODEL, seed=job.seed),
        picture=picture,
        nearness=nearness,
        layers=build_stack(
            picture, [named[index] for index in ranks.back_to_front], plate=placed.behind
        ),
        notices=told,
        plate=placed.use,
    )


def with_room(cut: CutPicture, job: ShotJob, overscan: float) -> CutPicture:
    """A cut drawing continued beyond its edges as far as `overscan` needs; its own pixels stay."""
    height, width = cut.picture.shape[:2]
    x, y = room_around((width, height), job.comp, overscan)
    # One pixel more on one side: extended on both, and left out again on the other.
    right, below = odd_surplus((width, height), job.comp)
    room = (x + right, y + below)
    layers = extend_stack(cut.layers, (width, height), room)
    if room == (0, 0):
        return dataclasses.replace(cut, layers=layers)
    layers = without_rim(layers, (right, below))
    picture = recompose(layers, (width + 2 * x + right, height + 2 * y + below))
    picture[y : y + height, x : x + width] = cut.picture
    return dataclasses.replace(
        cut,
        picture=picture,
        nearness=extend_nearness(cut.nearness, room)[below:, right:],
        layers=layers,
        drawing_area=(x, y, width, height),
    )
