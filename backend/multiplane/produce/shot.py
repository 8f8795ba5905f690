"""The way of one shot: intake, generate, masks, mattes, depth, fill, stage, deliver."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import AttentionMaps
from multiplane.contract.events import Event, Log, StepName, StepProgress
from multiplane.contract.manifest import Manifest, Marker, ModelEntry
from multiplane.deliver.shot import FinishedShot, deliver_shot
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import order
from multiplane.layers.masks import SoftMasks, compete
from multiplane.layers.mattes import matte
from multiplane.layers.refine import refine
from multiplane.layers.stack import CutSubject, build_stack
from multiplane.models.profiles import ModelProfile
from multiplane.produce.finished import Cut, reusable_cut
from multiplane.produce.generate import cut_size, generate
from multiplane.produce.job import Hashes, ShotJob
from multiplane.produce.studio import Studio
from multiplane.produce.words import Words, words_of
from multiplane.stage.shot import overscan_for, stage_shot

Tell = Callable[[Event], None]
CONTENT_HASH, PICTURE_HASH = "content_hash", "picture_hash"


def produce_shot(
    job: ShotJob,
    studio: Studio,
    folder: Path,
    hashes: Hashes,
    *,
    force: bool = False,
    tell: Tell = lambda event: None,
) -> Manifest:
    """Make one shot into `folder` and return its manifest.

    Where an earlier result in `folder` was cut from the same picture, its layers are kept and
    only camera and films are made anew, unless `force`. The folder appears whole or stays as it
    was. Raises InputError for what is wrong in the shot, Failure for what went wrong.
    """
    steps = _Steps(job.shot.id, tell)
    overscan = job.overscan or overscan_for(job.shot.camera, job.comp)
    size = cut_size(job, studio.profile, overscan)
    cut = None if force else reusable_cut(folder, hashes.picture, size)
    if cut is None:
        cut = cut_shot(job, studio, overscan, steps)

    steps.begin("stage")
    height, width = cut.picture.shape[:2]
    staged = stage_shot(cut.layers, (width, height), job.comp, job.shot.camera, overscan=overscan)
    if staged.amount < staged.asked_amount * 0.999:
        steps.warn(
            f"The camera move was weakened to {staged.amount:.2f} of {staged.asked_amount:.2f}, "
            "so that no edge of the picture shows."
        )

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
    )
    extra = {CONTENT_HASH: hashes.shot, PICTURE_HASH: hashes.picture, "style": job.style}
    return deliver_shot(folder, finished, extra=extra, on_frame=steps.counting("deliver"))


def cut_shot(job: ShotJob, studio: Studio, overscan: float, steps: _Steps) -> Cut:
    """The shot's picture and its layers, from words or from a drawing."""
    steps.begin("intake")
    profile = studio.profile
    words = words_of(job, profile)

    steps.begin("generate")
    generated = generate(job, words, studio, overscan, steps.counting("generate"))
    picture = generated.picture

    steps.begin("masks")
    soft = _masks(generated.maps, words, picture, profile)

    steps.begin("mattes")
    alphas = matte(picture, soft.values)

    steps.begin("depth")
    nearness = estimate_nearness(studio.depth_model, picture)
    ranks = order(alphas, nearness, picture)

    steps.begin("fill")
    subjects = [
        CutSubject(
            id=one.id,
            name=one.name,
            phrase=one.phrase,
            alpha=alpha,
            nearness=near,
            confidence=confidence,
            token_indices=tokens,
        )
        for one, alpha, near, confidence, tokens in zip(
            words.subjects,
            alphas,
            ranks.nearness,
            soft.confidence,
            generated.tokens,
            strict=True,
        )
    ]
    layers = build_stack(picture, [subjects[index] for index in ranks.back_to_front])
    found = {layer.id for layer in layers}
    for one in words.subjects:
        if one.id not in found:
            steps.warn(f"{one.name} was not found in the picture, so there is no layer of it.")
    return Cut(
        prompt=words.prompt,
        model=_model_entry(job, profile),
        picture=picture,
        nearness=nearness,
        layers=layers,
    )


def markers(job: ShotJob) -> tuple[Marker, ...]:
    """What is said, done and noted in the shot, as markers over its length."""
    shot = job.shot
    texts = (("Dialogue", shot.dialogue), ("Action", shot.action), ("Notes", shot.notes))
    return tuple(
        Marker(frame=0, text=f"{label}: {text}", duration_frames=job.comp.duration_frames)
        for label, text in texts
        if text
    )


def _masks(
    maps: AttentionMaps | None,
    words: Words,
    picture: NDArray[np.uint8],
    profile: ModelProfile,
) -> SoftMasks:
    height, width = picture.shape[:2]
    if maps is None:
        return SoftMasks(np.ones((1, height, width), np.float32), ())
    is_background = [False] * len(words.subjects) + [True] * len(words.places)
    rough = compete(
        maps.propagated,
        is_background,
        (width, height),
        background_floor=profile.capture.background_floor,
    )
    return SoftMasks(refine(picture, rough.values), rough.confidence)


def _model_entry(job: ShotJob, profile: ModelProfile) -> ModelEntry:
    if job.picture is not None:
        return ModelEntry(name=profile.name, version=profile.version, seed=job.seed)
    return ModelEntry(
        name=profile.name,
        version=profile.version,
        seed=job.seed,
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
