"""`multiplane study calibrate`: how much a model's confidence is worth, measured and kept.

On scenes that no report uses: of the artist kept for tuning, of the project's own tuning seeds, and
pictures that the model painted itself, in which the supervised judge says what is where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import capture_attention
from multiplane.layers.judged import Standing
from multiplane.models.calibration import Calibration, Familiarity
from multiplane.models.familiar import picture_statistics
from multiplane.models.paint import paint, picture_size
from multiplane.models.profiles import PROFILE_FILE
from multiplane.produce.doubts import unknown_share
from multiplane_study.artists.absent import absent_word, with_absent
from multiplane_study.artists.plan import TUNING
from multiplane_study.artists.scene import artists_scenes
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.calibration.cases import Case, cases_of, judged_cases
from multiplane_study.calibration.fit import familiarity_of, fit
from multiplane_study.calibration.photographs import photographs
from multiplane_study.calibration.vocabulary import learnt_words
from multiplane_study.judged import JUDGED_SIZE, plan_for
from multiplane_study.observed import (
    TUNING_SEEDS,
    balanced_scenes,
    observation_of,
    phrases_of,
    standing_of,
)
from multiplane_study.report import Report
from multiplane_study.scenes import KINDS, STYLES, Scene, draw_scene
from multiplane_study.training.autoencoder import to_tensor

if TYPE_CHECKING:
    from multiplane.models.load import Painter
    from multiplane_study.training.judge import Judge

OnScene = Callable[[int, int], None]

_NUMBERS = re.compile(r"\[[-+.,e\d\s]+\]")
_ABSENT = 0.4  # share of scenes with a word that names nothing in them
_SEEN_BY_JUDGE = 0.004  # of the picture, from which the judge has seen a kind
_PAINTED_SEED = 5_000
FAMILIAR = 150
"""Of the project's own scenes that are looked at beside those that are cut: with few of each style,
oil paint and pencil pass for photographs."""


@dataclass(frozen=True)
class Calibrated:
    """A calibration with what cross-validation says of it."""

    model: str
    calibration: Calibration
    known_words: frozenset[str]
    figures: dict[str, Any]

    def report(self) -> Report:
        """Doubt by cross-validation, absent subjects, photographs."""
        doubt, absent = self.figures["doubt"], self.figures["absent"]
        report = Report("calibrate", {"model": self.model, **self.figures})
        report.table(
            f"{self.model}: {self.figures['cases']} layers, by cross-validation",
            ("", ""),
            [
                ("of the bad layers, reported", doubt["recall"]),
                ("of the reported layers, bad", doubt["precision"]),
                ("expected calibration error", doubt["ece"]),
                ("of the absent subjects, missing", absent["missing"]),
                ("missing or doubted", absent["missing_or_doubted"]),
                ("of those that are there, missing", absent["there_but_missing"]),
                ("photographs told from drawings", self.figures["photographs_told"]),
                ("drawings taken for photographs", self.figures["drawings_strange"]),
                ("words that it has learnt", len(self.known_words)),
            ],
        )
        report.table(
            "Right layers by group",
            ("group", "layers", "right"),
            [
                (name, found["cases"], found["right"])
                for name, found in self.figures["by_group"].items()
            ],
        )
        return report


def calibrate(
    painter: Painter,
    catalogue: Catalogue,
    judge: Judge,
    *,
    artists: int,
    own: int,
    painted: int,
    on_scene: OnScene = lambda done, total: None,
) -> Calibrated:
    """Fit on `artists` scenes of the tuning artist, `own` of the project's, `painted` pictures."""
    words = learnt_words(painter.pipeline.tokenizer, catalogue)
    painter = replace(
        painter, profile=replace(painter.profile, known_words=words, calibration=None)
    )
    scenes = [*_scenes(catalogue, artists, own)]
    total = len(scenes) + painted
    further = balanced_scenes(FAMILIAR, TUNING_SEEDS[own:])
    known, told = _familiarity([*(scene for _, scene in scenes), *further])
    cases: list[Case] = []
    for done, (group, scene) in enumerate(scenes, start=1):
        cases += _drawn(painter, catalogue, scene, group, known)
        on_scene(done, total)
    for number in range(painted):
        cases += _painted(painter, judge, number)
        on_scene(len(scenes) + number + 1, total)
    calibration, figures = fit(cases, known)
    return Calibrated(painter.profile.name, calibration, words, figures | told)


def write_calibration(folder: Path, found: Calibrated) -> Path:
    """Into `folder/profile.json`, keeping all else that the file says."""
    path = folder / PROFILE_FILE
    held = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    held["known_words"] = " ".join(sorted(found.known_words))
    held["calibration"] = found.calibration.as_json()
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(_compact(held), encoding="utf-8")
    temporary.replace(path)
    return path


def _compact(held: dict[str, Any]) -> str:
    """JSON in lines, but a list of numbers in one."""
    text = json.dumps(held, indent=2)
    return _NUMBERS.sub(lambda found: " ".join(found.group().split()), text) + "\n"


def _scenes(catalogue: Catalogue, artists: int, own: int) -> Iterator[tuple[str, Scene]]:
    for plan, scene in artists_scenes(catalogue, TUNING, artists):
        yield ("known" if plan.known else "unseen"), scene
    for scene in balanced_scenes(own, TUNING_SEEDS):
        yield "own", scene


def _drawn(
    painter: Painter, catalogue: Catalogue, scene: Scene, group: str, known: Familiarity
) -> list[Case]:
    rng = np.random.default_rng([scene.seed, 29])
    if rng.random() < _ABSENT:
        scene, phrases = with_absent(scene, absent_word(rng, catalogue, scene))
    else:
        phrases = phrases_of(scene)
    standing = replace(
        standing_of(painter, scene.picture, phrases),
        novelty=_novelty(known, scene.picture),
    )
    return cases_of(painter, scene, phrases, group, standing)


def _painted(painter: Painter, judge: Judge, number: int) -> list[Case]:
    """Layers of a picture that the model painted; the judge's masks are the truth."""
    from multiplane_study.training.judge import classes_seen

    seed = TUNING_SEEDS[_PAINTED_SEED + number]
    scene = draw_scene(seed, *JUDGED_SIZE, style=STYLES[number % len(STYLES)])
    kinds = [subject.kind for subject in scene.subjects]
    if len(set(kinds)) < len(kinds):
        return []  # the judge does not tell two of a kind apart
    plan = replace(plan_for(painter, scene, with_place=True), keep_each=True)
    size = picture_size(painter.profile, JUDGED_SIZE[0] / JUDGED_SIZE[1])
    with capture_attention(painter.pipeline, plan) as maps:
        picture = paint(painter, scene.caption, size, seed)
    phrases = phrases_of(scene)
    blocks = painter.profile.capture.blocks
    seen = observation_of(maps.result(), blocks, len(phrases.wanted))
    small = cv2.resize(picture, JUDGED_SIZE, interpolation=cv2.INTER_CUBIC)
    classes = classes_seen(judge, to_tensor(small[None]))[0].numpy()
    truths = np.stack([_mask(classes, kind, picture.shape[:2]) for kind in kinds])
    unknown = tuple(unknown_share(found.name, painter.profile) for found in phrases.wanted)
    standing = Standing(unknown)  # what it painted itself is not strange to it
    found = judged_cases(
        painter, picture, seen, phrases, truths, standing, group="painted", number=number
    )
    shown = [bool(mask.mean() >= _SEEN_BY_JUDGE) for mask in truths]
    of = [members[0] for members in phrases.members]
    return [replace(case, present=shown[of[index]]) for index, case in enumerate(found)]


def _mask(classes: NDArray[np.integer], kind: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    mask = (classes == KINDS.index(kind) + 1).astype(np.float32)
    return np.asarray(cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5)


def _familiarity(scenes: Sequence[Scene]) -> tuple[Familiarity, dict[str, float]]:
    known = np.stack([picture_statistics(scene.picture) for scene in scenes])
    parts = [*photographs()]
    strange = np.stack([picture_statistics(picture) for _, picture in parts])
    return familiarity_of(known, strange, [name for name, _ in parts])


def _novelty(known: Familiarity, picture: NDArray[np.uint8]) -> float:
    return known.novelty(picture_statistics(picture).tolist())
