"""The way of one shot: intake, generate, masks, mattes, depth, fill, stage, deliver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from multiplane.contract.events import OnEvent
from multiplane.contract.manifest import Manifest, Marker, MarkerKind
from multiplane.contract.output_folder import ShotFolder
from multiplane.deliver.film_check import warnings_of
from multiplane.deliver.shot import FinishedShot, deliver_shot
from multiplane.intake.shot_source import Drawing, LayeredDrawing, Prompt
from multiplane.layers.cutters.choice import CutterChoice
from multiplane.layers.hands.history import ByHand
from multiplane.layers.stack import Layer
from multiplane.models.paint import OnStep
from multiplane.produce.ahead import PaintingAhead, Upcoming
from multiplane.produce.by_hand import edited, wanted_edits
from multiplane.produce.cast_looks import Wanted
from multiplane.produce.ensure import likest_cut, with_tries, with_what_was_kept
from multiplane.produce.film_holds import held_film
from multiplane.produce.finished import CutPicture, drawing_size, earlier_edits, reusable_cut
from multiplane.produce.framing import extended_size, overscan_around, painted_size
from multiplane.produce.from_drawing import cut_from_drawing
from multiplane.produce.from_layers import cut_from_layers
from multiplane.produce.from_prompt import cut_from_prompt
from multiplane.produce.hashes import Hashes
from multiplane.produce.job import ShotJob
from multiplane.produce.look_for import with_earlier_words
from multiplane.produce.model_fill import filled_by_model
from multiplane.produce.painting import Painted, paint_shot
from multiplane.produce.recut import corrected
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.stage.finished import overscan_with, staged_before
from multiplane.stage.shot import Staged, overscan_for, stage_shot


def produce_shot(
    job: ShotJob,
    studio: Studio,
    folder: Path,
    hashes: Hashes,
    *,
    force: bool = False,
    keep_layers: bool = False,
    carry_edits: bool = True,
    like: Wanted | None = None,
    ahead: PaintingAhead | None = None,
    on_layers: Callable[[Path, Manifest], None] | None = None,
    on_event: OnEvent = lambda event: None,
) -> Manifest:
    """Make one shot into `folder` and return its manifest.

    Where an earlier result in `folder` was cut from the same picture, its layers are kept and
    only camera and films are made anew, unless `force`. That counts for layers of the very size
    that the camera needs; with `keep_layers` for any, and the move is staged as `restage` does.
    Edits by hand that the storyboard does not speak of are those of the earlier result, if
    `carry_edits`: they are carried out on the same picture, and kept for later on another one.
    like: what its cast is to be like where no pictures show them, see `ensure.likest_cut`.
    ahead: has painted the picture, maybe, and is told when the picture model is free.
    The folder appears whole or stays as it was. `on_event` gets every step and warning;
    `on_layers` the layers before they are filmed, as `deliver_shot` has it.
    Raises InputError for what is wrong in the shot, Failure for what went wrong.
    """
    steps = Steps(job.shot.id, on_event)
    overscan = job.overscan or overscan_for(job.shot.camera, job.comp, job.drawing_size)
    if ahead is not None:
        ahead.keep_only(Upcoming(job, hashes, overscan))
    size = None if keep_layers else cut_size(job, studio, overscan, folder)
    cut = None if force else _earlier_cut(job, folder, hashes, size)
    if cut is None:
        painted = overscan
        before = None if force else reusable_cut(folder, hashes.picture, None)

        def cut_once(wanted: ShotJob) -> CutPicture:
            def paint(on_step: OnStep) -> Painted:
                return _painted(wanted, hashes, studio, painted, on_step, ahead)

            return cut_shot(wanted, hashes.choice, studio, painted, paint, steps)

        asked = with_what_was_kept(job, before)
        cut = with_tries(likest_cut(asked, studio, steps, cut_once, like), before)
        cut = corrected(cut, job)
        cut = with_earlier_words(cut, folder)
        overscan = _overscan_of(cut, job, overscan)
        if job.is_filled_by_model:
            cut = filled_by_model(cut, job, studio, overscan, steps)
    else:
        if ahead is not None:
            ahead.stop()
        earlier = ShotFolder.open(folder).manifest
        height, width = cut.picture.shape[:2]
        if keep_layers:
            overscan = overscan_with(job.shot.camera, earlier, (width, height), job.overscan)
        else:
            overscan = _overscan_of(cut, job, overscan)
        if job.is_filled_by_model and cut.filled_by is not None:
            painted_for = staged_before(earlier, cut.layers, (width, height))
            cut = filled_by_model(cut, job, studio, overscan, steps, painted_for=painted_for)

    if ahead is not None:
        ahead.painter_is_free()
    hands = wanted_edits(job.shot.edits, earlier_edits(folder) if carry_edits else None)
    cut = edited(cut, hands, steps.warn)

    steps.begin("stage")
    height, width = cut.picture.shape[:2]

    def staged_with(layers: Sequence[Layer], amount: float) -> Staged:
        move = job.shot.camera.model_copy(update={"amount": amount})
        return stage_shot(layers, (width, height), job.comp, move, overscan=overscan)

    film = held_film(
        cut.layers,
        (width, height),
        staged_with,
        job.shot.camera.amount,
        cut_out=not isinstance(job.source, LayeredDrawing),
    )
    staged, film_check = film.staged, film.check
    steps.warn_all(staged.warnings)
    steps.warn_all(warnings_of(film_check, staged))

    steps.begin("deliver")
    finished = FinishedShot(
        id=job.shot.id,
        prompt=cut.prompt,
        model=cut.model,
        picture=cut.picture,
        nearness=cut.nearness,
        layers=film.layers,
        staged=staged,
        markers=markers(job),
        drawing_area=cut.drawing_area,
        notices=cut.notices,
        start_timecode=job.timecode,
        difference=cut.difference,
        film_check=film_check,
        by_hand=cut.by_hand,
        words=cut.words,
        cast=cut.cast,
        tries=cut.tries,
    )
    extra = {
        "content_hash": hashes.shot,
        "picture_hash": hashes.picture,
        "style": job.style,
        "filled_by": cut.filled_by,
        "plate": cut.plate,
    }
    counting = steps.counting("deliver")
    return deliver_shot(folder, finished, extra=extra, on_layers=on_layers, on_frame=counting)


def _overscan_of(cut: CutPicture, job: ShotJob, wanted: float) -> float:
    """How much wider than the frame the cut picture is; a painted one is as was wanted."""
    if isinstance(job.source, Prompt):
        return wanted
    height, width = cut.picture.shape[:2]
    drawing = (width, height) if cut.drawing_area is None else cut.drawing_area[2:]
    return overscan_around(drawing, (width, height), job.comp)


def _painted(
    job: ShotJob,
    hashes: Hashes,
    studio: Studio,
    overscan: float,
    on_step: OnStep,
    ahead: PaintingAhead | None,
) -> Painted:
    """The shot's picture, painted now where it was not before."""
    painted = None
    if ahead is not None and job.take is None:
        painted = ahead.painted(Upcoming(job, hashes, overscan), on_step)
    elif ahead is not None:
        ahead.stop()  # the hashes do not tell a take that is asked for from the best one
    if painted is None:
        painted = paint_shot(job, studio, overscan, on_step)
    # One that is ensured may be painted again, and a hole be painted shut.
    if ahead is not None and not job.ensure and not job.is_filled_by_model:
        ahead.painter_is_free()
    return painted


def cut_shot(
    job: ShotJob,
    choice: CutterChoice,
    studio: Studio,
    overscan: float,
    paint: Callable[[OnStep], Painted],
    steps: Steps,
) -> CutPicture:
    """The shot's picture and its layers, whatever it is made from. paint: for one from words."""
    steps.begin("intake")
    match job.source:
        case Prompt() as prompt:
            return cut_from_prompt(job, prompt, choice, studio, overscan, paint, steps)
        case Drawing() as drawing:
            return cut_from_drawing(job, drawing, choice, studio, overscan, steps)
        case LayeredDrawing() as drawing:
            return cut_from_layers(job, drawing, studio, overscan, steps)


def _earlier_cut(
    job: ShotJob, folder: Path, hashes: Hashes, size: tuple[int, int] | None
) -> CutPicture | None:
    """The layers of an earlier result, with new mattes by hand where only those are new."""
    cut = reusable_cut(folder, hashes.picture, size)
    if cut is None and hashes.uncorrected != hashes.picture:
        cut = reusable_cut(folder, hashes.uncorrected, size)
        # Mattes are of the layers before any edit by hand.
        return None if cut is None else corrected(edited(cut, ByHand()), job)
    return cut


def cut_size(job: ShotJob, studio: Studio, overscan: float, folder: Path) -> tuple[int, int] | None:
    """Size px that the layers of an earlier result in `folder` need; None where any will do."""
    if isinstance(job.source, Prompt):
        return painted_size(studio.profile, job.comp, overscan)
    drawing = drawing_size(folder)
    return None if drawing is None else extended_size(drawing, job.comp, overscan)


def markers(job: ShotJob) -> tuple[Marker, ...]:
    """What is said, done and noted in the shot, as markers over its length."""
    shot = job.shot
    texts: tuple[tuple[MarkerKind, str | None], ...] = (
        ("dialogue", shot.dialogue),
        ("action", shot.action),
        ("notes", shot.notes),
    )
    return tuple(
        Marker(
            frame=0,
            text=f"{kind.capitalize()}: {text}",
            kind=kind,
            duration_frames=job.comp.duration_frames,
        )
        for kind, text in texts
        if text
    )
