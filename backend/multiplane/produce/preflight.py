"""What would stop a storyboard or a shot before anything of it is painted, looked at beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.intake.drawn_layers import load_layers
from multiplane.intake.mattes import load_mattes
from multiplane.intake.shot_source import Drawing, LayeredDrawing
from multiplane.produce.cutting import cutter_of_board, may_need_painter
from multiplane.produce.drawn import cast_pixels, drawing_pixels
from multiplane.produce.hashes import hashes
from multiplane.produce.job import ShotJob
from multiplane.produce.plates import plate_pixels, used_plate
from multiplane.produce.studio import Studio


def check_run(board: Storyboard, shots: Iterable[Shot], studio: Studio) -> bool:
    """See that a run can begin: its cutter is known, and all models are on this computer.

    shots: those that will be made. Returns whether the picture model may be needed. Raises
    InputError as `cutter_choice` and `models.unknown`, Failure `models.missing` for all that are
    not there.
    """
    cutter = cutter_of_board(board)
    may_paint = any(may_need_painter(shot, board) for shot in shots)
    studio.check(painter=may_paint, beside=() if cutter is None else cutter.models)
    return may_paint


def faults_of_shot(job: ShotJob, studio: Studio) -> Iterator[MultiplaneError]:
    """Why the shot could not be made, as far as that shows before its picture is.

    Its cutter, its models and its LoRAs are looked for, and all its pictures are decoded. A field
    of an error is that in the shot. No weights are loaded.
    """
    try:
        hashes(job, studio)
    except MultiplaneError as error:
        yield error
    yield from faults_of_pictures(job)


def faults_of_pictures(job: ShotJob) -> Iterator[MultiplaneError]:
    """Those of the shot's pictures that cannot be decoded, each as making the shot would say it."""
    source, plate = job.source, used_plate(job)
    try:
        if isinstance(source, Drawing):
            drawing_pixels(source)
            load_mattes(job.shot, job.storyboard_folder, source.size)
        elif isinstance(source, LayeredDrawing):
            load_layers(source, warn=_unheard)
    except MultiplaneError as error:
        yield error
    try:
        if plate is not None and plate.file is not None:
            plate_pixels(plate)
    except MultiplaneError as error:
        yield error
    for picture in job.cast_pictures:
        try:
            cast_pixels(picture)
        except MultiplaneError as error:
            yield error


def placed_in(error: MultiplaneError, at: str) -> MultiplaneError:
    """The error of a shot with its field as the storyboard has it. at: the shot's path there.

    What stands beside the shots (their cast, plates and the like) is called by its own path.
    """
    field = error.field or ""
    if field.startswith((at, "shots[", "cast.", "plates.", "soundtrack")):
        return error
    return replace(error, field=f"{at}.{field}" if field else at)


def _unheard(text: str) -> None:
    """Making the shot says it."""
