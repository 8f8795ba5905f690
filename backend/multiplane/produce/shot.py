"""The way of one shot: intake, generate, masks, mattes, depth, fill, stage, deliver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.events import Event, Log, StepName, StepProgress
from multiplane.contract.manifest import Manifest, Marker, ModelEntry
from multiplane.contract.names import folder_name
from multiplane.deliver.shot import FinishedShot, deliver_shot, read_manifest
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import Order, order
from multiplane.intake.drawn_layers import load_drawn_layers
from multiplane.intake.picture import load_picture
from multiplane.layers.cut import Cut, Wanted, cut_subjects
from multiplane.layers.stack import CutSubject, build_stack
from multiplane.models.profiles import ModelProfile
from multiplane.produce.drawn import cut_ready, one_plane, with_room
from multiplane.produce.finished import CutPicture, drawing_size, reusable_cut
from multiplane.produce.framing import extended_size, overscan_around, painted_size
from multiplane.produce.generate import Generated, generate
from multiplane.produce.job import Hashes, ShotJob
from multiplane.produce.recut import corrected
from multiplane.produce.studio import Studio
from multiplane.produce.words import BACKGROUND_WORD, Words, words_of
from multiplane.stage.finished import overscan_with
from multiplane.stage.shot import overscan_for, stage_shot

Tell = Callable[[Event], None]


def produce_shot(
    job: ShotJob,
    studio: Studio,
    folder: Path,
    hashes: Hashes,
    *,
    force: bool = False,
    keep_layers: bool = False,
    tell: Tell = lambda event: None,
) -> Manifest:
    """Make one shot into `folder` and return its manifest.

    Where an earlier result in `folder` was cut from the same picture, its layers are kept and
    only camera and films are made anew, unless `force`. That counts for layers of the very size
    that the camera needs; with `keep_layers` for any, and the move is staged as `restage` does. The
    folder appears whole or stays as it
    was. Raises InputError for what is wrong in the shot, Failure for what went wrong.
    """
    steps = _Steps(job.shot.id, tell)
    overscan = job.overscan or overscan_for(job.shot.camera, job.comp, job.drawing_size)
    size = None if keep_layers else cut_size(job, studio, overscan, folder)
    cut = None if force else _earlier_cut(job, folder, hashes, size)
    kept = cut is not None and keep_layers
    if cut is None:
        cut = corrected(cut_shot(job, studio, overscan, steps), job)

    steps.begin("stage")
    height, width = cut.picture.shape[:2]
    if kept:
        move, earlier = job.shot.camera, read_manifest(folder)
        overscan = overscan_with(move, earlier, (width, height), job.overscan)
    elif job.shot.prompt is None:
        drawing = (width, height) if cut.drawing_area is None else cut.drawing_area[2:]
        overscan = overscan_around(drawing, (width, height), job.comp)
    staged = stage_shot(cut.layers, (width, height), job.comp, job.shot.camera, overscan=overscan)
    for text in staged.warnings:
        steps.warn(text)

    steps.begin("deliver")
    finished = FinishedShot(
        id=job.shot.id,
        prompt=cut.prompt,
        model=cut.model,
        picture=cut.picture,
        nearness=cut.nearness,
        layers=cut.layers,
        staged=staged,
        markers=markers(job),
        drawing_area=cut.drawing_area,
        notices=cut.notices,
        difference=cut.difference,
    )
    extra = {
        "content_hash": hashes.shot,
        "picture_hash": hashes.picture,
        "style": job.style,
    }
    return deliver_shot(folder, finished, extra=extra, on_frame=steps.counting("deliver"))


def cut_shot(job: ShotJob, studio: Studio, overscan: float, steps: _Steps) -> CutPicture:
    """The shot's picture and its layers, from words or from a drawing."""
    steps.begin("intake")
    if job.layered:
        drawn = load_drawn_layers(job.shot, job.storyboard_folder, warn=steps.warn)
        assert drawn is not None
        ready = cut_ready(job, drawn, studio, steps.begin)
        for notice in ready.notices:
            steps.warn(str(notice))
        return with_room(ready, job, overscan)
    if not job.needs_painter:
        assert job.picture is not None
        # The storyboard's reader has told that nothing says what is in it.
        picture = load_picture(job.picture, warn=steps.warn, artboard=job.shot.artboard)
        return with_room(one_plane(job, picture, studio, steps.begin), job, overscan)
    profile = studio.profile
    words = words_of(job, profile)

    steps.begin("generate")
    generated = generate(job, words, studio, overscan, steps.counting("generate"))

    steps.begin("masks")
    cut = _cut_out(generated, words, profile)
    for text in cut.warnings:
        steps.warn(text)

    steps.begin("depth")
    nearness = estimate_nearness(studio.depth_model, generated.picture)
    ranks = order(_alphas(cut, generated.picture), nearness, generated.picture)

    steps.begin("fill")
    subjects = _subjects(cut, words, generated, ranks)
    layers = build_stack(generated.picture, [subjects[index] for index in ranks.back_to_front])
    whole = CutPicture(
        prompt=words.prompt,
        model=_model_entry(job, profile, generated),
        picture=generated.picture,
        nearness=nearness,
        layers=layers,
    )
    return whole if job.picture is None else with_room(whole, job, overscan)


def _earlier_cut(
    job: ShotJob, folder: Path, hashes: Hashes, size: tuple[int, int] | None
) -> CutPicture | None:
    """The layers of an earlier result, with new mattes by hand where only those are new."""
    cut = reusable_cut(folder, hashes.picture, size)
    if cut is None and hashes.uncorrected != hashes.picture:
        cut = reusable_cut(folder, hashes.uncorrected, size)
        return None if cut is None else corrected(cut, job)
    return cut


def cut_size(job: ShotJob, studio: Studio, overscan: float, folder: Path) -> tuple[int, int] | None:
    """Size px that the layers of an earlier result in `folder` need; None where any will do."""
    if job.shot.prompt is not None:
        return painted_size(studio.profile, job.comp, overscan)
    drawing = drawing_size(folder)
    return None if drawing is None else extended_size(drawing, job.comp, overscan)


def markers(job: ShotJob) -> tuple[Marker, ...]:
    """What is said, done and noted in the shot, as markers over its length."""
    shot = job.shot
    texts = (("Dialogue", shot.dialogue), ("Action", shot.action), ("Notes", shot.notes))
    return tuple(
        Marker(frame=0, text=f"{label}: {text}", duration_frames=job.comp.duration_frames)
        for label, text in texts
        if text
    )


def _cut_out(generated: Generated, words: Words, profile: ModelProfile) -> Cut:
    if generated.maps is None:
        return Cut((), ())
    return cut_subjects(
        generated.picture,
        generated.maps.propagated,
        [Wanted(one.name, one.count) for one in words.subjects],
        background_floor=profile.capture.background_floor,
    )


def _alphas(cut: Cut, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return cut.alphas if cut.cutouts else np.zeros((0, *picture.shape[:2]), np.float32)


def _subjects(cut: Cut, words: Words, generated: Generated, ranks: Order) -> list[CutSubject]:
    """The cutouts with all that a layer says about itself; ids are unique in the shot."""
    subjects = []
    taken = [BACKGROUND_WORD]
    for one, nearness in zip(cut.cutouts, ranks.nearness, strict=True):
        id_ = folder_name(one.name, taken)
        taken.append(id_)
        subjects.append(
            CutSubject(
                id=id_,
                name=one.name,
                phrase=words.subjects[one.of].phrase,
                alpha=one.alpha,
                nearness=nearness,
                confidence=one.confidence,
                token_indices=generated.tokens[one.of],
            )
        )
    return subjects


def _model_entry(job: ShotJob, profile: ModelProfile, generated: Generated) -> ModelEntry:
    if generated.take is None:
        return ModelEntry(name=profile.name, version=profile.version, seed=job.seed)
    return ModelEntry(
        name=profile.name,
        version=profile.version,
        seed=job.seed,
        take=generated.take.number,
        take_seed=generated.take.seed,
        steps=profile.steps,
        guidance=profile.guidance,
    )


class _Steps:
    """Tells which step a shot is at, and how far."""

    def __init__(self, shot_id: str, tell: Tell) -> None:
        self._shot_id, self._tell = shot_id, tell

    def begin(self, step: StepName) -> None:
        self._tell(StepProgress(shot_id=self._shot_id, step=step))

    def counting(self, step: StepName) -> Callable[[int, int], None]:
        def count(done: int, total: int) -> None:
            self._tell(StepProgress(shot_id=self._shot_id, step=step, done=done, total=total))

        return count

    def warn(self, text: str) -> None:
        self._tell(Log(level="warning", text=text, shot_id=self._shot_id))
