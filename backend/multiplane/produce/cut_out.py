"""From what a model attended to, to layers: masks, mattes, depth and fill."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.heatmaps import AttentionMaps
from multiplane.attention.plan import CapturePlan
from multiplane.contract.manifest import ModelEntry
from multiplane.contract.names import folder_name
from multiplane.depth.estimate import estimate_nearness
from multiplane.depth.order import order
from multiplane.intake.layer_kinds import layer_kind
from multiplane.intake.parts import parts_and_wholes
from multiplane.layers.cut import UNASKED, Segmentation, Wanted
from multiplane.layers.cutters.choice import CutterChoice
from multiplane.layers.cutters.decomposer import Scene
from multiplane.layers.evidence import Observation
from multiplane.layers.hands.words import NO_WORDS, WordHeat
from multiplane.layers.judged import Standing
from multiplane.layers.stack import CutSubject, build_stack
from multiplane.models.profiles import ModelProfile
from multiplane.produce.cutting import cutter_of
from multiplane.produce.doubts import layer_notices, unknown_share
from multiplane.produce.finished import CutPicture
from multiplane.produce.on_plate import on_plate
from multiplane.produce.plates import PlatePicture
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio
from multiplane.produce.words import BACKGROUND_WORD, Words, rows_of

NOTHING_CUT = Segmentation(())


@dataclass(frozen=True)
class Attended:
    """A picture (H, W, 3) at the layers' size, and what a model attended to in it.

    profile: of that model; None where none looked, because the cutter needs no attention. seen:
    attention to each of the plan's groups. Plan and seen are None without any subject. novelty: of
    the picture, see `models.familiar`. words: heatmaps of all content words.
    """

    picture: NDArray[np.uint8]
    profile: ModelProfile | None
    plan: CapturePlan | None = None
    seen: Observation | None = None
    novelty: float = 0.0
    words: WordHeat = NO_WORDS


def observed(maps: AttentionMaps, words: Words) -> Observation:
    """What was captured for the shot's words, with every draw kept."""
    rows = rows_of(words)
    return Observation(
        maps.propagated[rows],
        maps.draws()[:, rows],
        maps.text_to_image[rows],
        len(words.subjects),
    )


def cut_out(
    attended: Attended,
    words: Words,
    choice: CutterChoice,
    model: ModelEntry,
    studio: Studio,
    steps: Steps,
    plate: PlatePicture | None = None,
) -> CutPicture:
    """The picture's subjects as layers, ordered in depth, with what they hide filled.

    plate: the place that it is in; what subjects hide is the plate then.
    """
    picture, profile = attended.picture, attended.profile
    steps.begin("masks")
    cutter = cutter_of(choice, studio, profile)
    cut = NOTHING_CUT
    if words.subjects or choice.needs_no_words:
        cut = cutter.cut(_scene(attended, words, model.seed or 0, steps))
    if cut.cutouts and not cutter.calibrated:
        sure = profile.name if profile is not None and cutter.needs_attention else cutter.name
        steps.say(
            f"How sure {sure} is of a layer was never measured: its confidence is a rule of thumb."
        )
    novelty = attended.novelty if cutter.needs_attention else 0.0
    doubts = layer_notices(cut, profile, novelty=novelty)
    steps.warn_all(doubts)

    alphas = cut.alphas if cut.cutouts else np.zeros((0, *picture.shape[:2]), np.float32)
    placed = on_plate(picture, plate, alphas, painted=words.prompt is not None)
    steps.warn_all(placed.notices)
    picture, alphas = placed.picture, placed.alphas
    cutouts = tuple(replace(one, alpha=a) for one, a in zip(cut.cutouts, alphas, strict=True))
    cut = replace(cut, cutouts=cutouts)

    steps.begin("depth")
    nearness = estimate_nearness(studio.depth_model, picture)
    of = [cutout.of for cutout in cut.cutouts]
    over = [
        (front, back)
        for part, whole in parts_and_wholes([subject.phrase for subject in words.subjects])
        for front in np.flatnonzero(np.equal(of, part)).tolist()
        for back in np.flatnonzero(np.equal(of, whole)).tolist()
    ]
    ranks = order(alphas, nearness, over, trust=studio.depth_model.trust)

    steps.begin("fill")
    subjects = _subjects(cut, words, attended.plan, ranks.nearness)
    return CutPicture(
        prompt=words.prompt,
        model=model.model_copy(update={"calibrated": cutter.calibrated}),
        picture=picture,
        nearness=nearness,
        layers=build_stack(
            picture, [subjects[index] for index in ranks.back_to_front], plate=placed.behind
        ),
        notices=(*doubts, *placed.notices),
        words=attended.words,
        plate=placed.use,
    )


def _scene(attended: Attended, words: Words, seed: int, steps: Steps) -> Scene:
    profile = attended.profile
    unknown: tuple[float, ...] = ()
    if profile is not None:
        unknown = tuple(unknown_share(subject.phrase, profile) for subject in words.subjects)
    return Scene(
        attended.picture,
        tuple(Wanted(one.name, one.count, one.phrase) for one in words.subjects),
        attended.seen,
        Standing(unknown, attended.novelty),
        words.text,
        seed,
        steps.counting("masks"),
    )


def _subjects(
    cut: Segmentation, words: Words, plan: CapturePlan | None, nearness: tuple[float, ...]
) -> list[CutSubject]:
    """The cutouts with all that a layer says about itself; ids are unique in the shot."""
    groups = [] if plan is None else plan.groups
    tokens = [groups[row].token_indices if row < len(groups) else () for row in rows_of(words)]
    subjects = []
    taken = [BACKGROUND_WORD]
    for cutout, near in zip(cut.cutouts, nearness, strict=True):
        id_ = folder_name(cutout.name, taken)
        taken.append(id_)
        layer = CutSubject(
            id=id_,
            name=cutout.name,
            phrase="",
            alpha=cutout.alpha,
            nearness=near,
            confidence=cutout.confidence,
            reason=cutout.reason,
            cut_by=cutout.cut_by,
        )
        if cutout.of != UNASKED:
            subject = words.subjects[cutout.of]
            layer = replace(
                layer,
                phrase=subject.phrase,
                token_indices=tokens[cutout.of],
                kind=subject.kind or layer_kind(subject.phrase, subject.name),
            )
        subjects.append(layer)
    return subjects
