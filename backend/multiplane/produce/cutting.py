"""What cuts a shot's picture: as the storyboard says, or the model, or what knows the words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.intake.shot_source import Drawing, LayeredDrawing, Prompt, is_named_as_layered
from multiplane.layers.cutters.choice import (
    BY_ATTENTION,
    CutterChoice,
    cutter_choice,
    decomposer_of,
)
from multiplane.layers.cutters.decomposer import AUTO, Decomposer
from multiplane.layers.judged import UNFAMILIAR
from multiplane.models import places
from multiplane.models.familiar import novelty
from multiplane.models.profiles import ModelProfile
from multiplane.models.vision.profiles import CLIPSEG, GROUNDING_DINO_TINY, SAM_2_1_TINY
from multiplane.produce.doubts import unknown_words
from multiplane.produce.drawn import drawing_pixels
from multiplane.produce.job import ShotJob
from multiplane.produce.studio import Studio

SMALL_SET = CutterChoice(None, GROUNDING_DINO_TINY, SAM_2_1_TINY)
"""Of `models pull laptop`: cuts drawings and photographs of anything, on a CPU too."""

BY_CLIPSEG = CutterChoice(None, CLIPSEG)
"""What tells a layerer's layers apart where the picture model sees no picture, if it is here."""


def choice_of(job: ShotJob, studio: Studio) -> CutterChoice:
    """What cuts the shot's picture.

    That is what the shot or its storyboard names, else the picture model's own. Where nobody named
    a picture model either, drawings that it does not know are cut by the small set, if that is
    here. Layers of a cutter that needs no words are told apart by attention in what is painted,
    and in a drawing by what is here. Raises InputError as `cutter_choice`, and as the studio's
    profiles.
    """
    if isinstance(job.source, LayeredDrawing):
        return BY_ATTENTION
    choice = _chosen(job, studio)
    if not choice.needs_no_words:
        return choice if job.subjects or _painted(job) else BY_ATTENTION
    if _painted(job):
        return replace(choice, told_by=BY_ATTENTION)
    known = (one for one in (BY_CLIPSEG, SMALL_SET) if job.subjects and is_here(one))
    return replace(choice, told_by=next(known, None))


def _chosen(job: ShotJob, studio: Studio) -> CutterChoice:
    if job.cut not in (None, AUTO):
        return cutter_choice(str(job.cut))
    if _painted(job):
        return cutter_choice(studio.profile.cutter)
    if not job.subjects:
        return BY_ATTENTION
    if studio.chooses_model and is_here(SMALL_SET) and not _knows(job, studio.reading_profile):
        return SMALL_SET
    return cutter_choice(studio.reading_profile.cutter)


def is_here(choice: CutterChoice) -> bool:
    """Whether all its models are on this computer."""
    return all(places.all_here(model) for model in choice.models)


def needs_painter(job: ShotJob, choice: CutterChoice) -> bool:
    """Whether the picture model has anything to do: to paint, or to look at a drawing."""
    return (
        _painted(job)
        or job.is_filled_by_model
        or (isinstance(job.source, Drawing) and bool(job.subjects) and choice.needs_attention)
    )


def ingredients(choice: CutterChoice, studio: Studio) -> list[Any]:
    """What of the cutter makes the layers what they are, for a hash. Raises `models.missing`."""
    places.require_together(choice.models)
    parts = [[one.name, one.version, studio.vision_weights(one)] for one in choice.models]
    return [choice.base, choice.version, parts]


def cutter_of(choice: CutterChoice, studio: Studio, profile: ModelProfile | None) -> Decomposer:
    """The cutter, its models loaded. profile: of the model that attends, if one does."""
    if profile is None:
        return decomposer_of(choice, studio.vision)
    return decomposer_of(
        choice,
        studio.vision,
        background_floor=profile.capture.background_floor,
        calibration=profile.calibration,
    )


def cutter_of_board(board: Storyboard) -> CutterChoice | None:
    """The cutter that the whole storyboard names. Raises InputError as `cutter_choice`."""
    return None if board.cut in (None, AUTO) else cutter_choice(str(board.cut))


def may_need_painter(shot: Shot, board: Storyboard) -> bool:
    """Whether the picture model may be needed, as far as that is seen without opening files."""
    if is_named_as_layered(shot):
        return False
    named = board.cut if shot.cut is None else shot.cut
    fill = board.fill if shot.fill is None else shot.fill
    if shot.prompt is not None or fill == "model" or named in (None, AUTO):
        return True
    try:
        return cutter_choice(str(named)).needs_attention
    except InputError:  # told when the shot is made
        return False


def _painted(job: ShotJob) -> bool:
    return isinstance(job.source, Prompt)


def _knows(job: ShotJob, profile: ModelProfile) -> bool:
    """Whether the model has learnt the drawing's words, and pictures like it."""
    if any(unknown_words(one.phrase or one.name, profile) for one in job.subjects):
        return False
    if not isinstance(job.source, Drawing) or profile.calibration is None:
        return True
    picture = drawing_pixels(job.source)
    return novelty(profile, picture) <= UNFAMILIAR
