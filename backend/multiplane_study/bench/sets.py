"""Where cases come from, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multiplane.contract.known_names import unknown_name
from multiplane_study.artists.absent import absent_word
from multiplane_study.artists.pin import pins as artists_pins
from multiplane_study.artists.plan import HELD_OUT, TUNING, Pools, SceneSet
from multiplane_study.artists.plan import SCENES as ARTISTS_SCENES
from multiplane_study.artists.scene import artists_scene
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.folder_set import folder_cases
from multiplane_study.bench.result import Protocol
from multiplane_study.observed import balanced_scene
from multiplane_study.realistic.cases import KINDS as REALISTIC
from multiplane_study.realistic.cases import photographs
from multiplane_study.scenes import HELD_OUT_SEEDS, Scene
from multiplane_study.scenes.pinned import as_pinned
from multiplane_study.stylized500.draw import Drawer, pins
from multiplane_study.stylized500.hard import kinds_of_hard
from multiplane_study.stylized500.plan import SCENES, plan_scene

STYLIZED_500 = "500"
STYLIZED = "stylized"
ARTISTS = {scenes.name: scenes for scenes in (HELD_OUT, TUNING)}
_USUAL_STYLIZED = 100


@dataclass(frozen=True)
class BenchSet:
    """Numbered cases. numbers: of all; the first ones are a fair part of it. case: by its number,
    None for one that cannot be used.

    pinned: what all cases are drawn as, by `drawn_as`; empty where nothing is pinned. note: what is
    to be known beside its figures. usual: how many are measured unless more are asked for; None for
    all. absent_word: something that a scene does not show.
    """

    name: str
    numbers: Sequence[int]
    case: Callable[[int], Case | None]
    pinned: Sequence[str] = ()
    note: str = ""
    protocol: Protocol = "drawn"
    usual: int | None = None
    absent_word: Callable[[Scene], str] | None = None


def set_of(name: str) -> BenchSet:
    """The set of this name, as quality's --set has it.

    StylizedBench-500 for "500", scenes of the project's for "stylized", an artist's for "artists"
    and "artists-tuning", photographs for "coco-stuff:FOLDER", else the folder `name`.

    Raises InputError `study.set_unknown`, as `folder_cases` for a folder that is no set,
    `study.artwork.missing` where the artist's drawings have not been fetched, and as `photographs`
    where COCO's are absent or damaged.
    """
    if name == STYLIZED_500:
        drawer = Drawer()
        return BenchSet(
            "stylizedbench-500", range(SCENES), lambda n: stylized_case(drawer, n), pins()
        )
    if name == STYLIZED:
        numbers = range(len(HELD_OUT_SEEDS))
        return BenchSet("stylizedbench", numbers, _stylized_case, usual=_USUAL_STYLIZED)
    if name in ARTISTS:
        return _artists_set(ARTISTS[name])
    kind, _, place = name.partition(":")
    if kind in REALISTIC:
        found = photographs(kind, Path(place or kind).expanduser().resolve())
        return BenchSet(kind, range(len(found.ids)), found.case, note=found.note)
    folder = Path(name).expanduser()
    if folder.is_dir():
        cases = folder_cases(folder)
        return BenchSet(folder.resolve().name, range(len(cases)), lambda n: cases[n]())
    known = [STYLIZED_500, STYLIZED, *ARTISTS, *REALISTIC]
    raise unknown_name("study.set_unknown", "set or folder", name, known, field="--set")


def stylized_case(drawer: Drawer, number: int) -> Case:
    """Scene `number` of StylizedBench-500."""
    plan, scene = plan_scene(number), drawer.scene(number)
    tags = Tags(
        number=number,
        style=plan.style,
        subjects=len(scene.subjects),
        source=plan.source,
        words=plan.words,
        hard=kinds_of_hard(scene),
        caption=scene.caption,
    )
    return Case(scene, tags)


def _stylized_case(number: int) -> Case:
    scene = balanced_scene(number, HELD_OUT_SEEDS[number])
    tags = Tags(
        number, scene.style, len(scene.subjects), "own", "known", kinds_of_hard(scene),
        scene.caption,
    )  # fmt: skip
    return Case(scene, tags)


def _artists_set(scenes: SceneSet) -> BenchSet:
    catalogue = Catalogue(artists=[scenes.artist])
    pools = Pools(catalogue, scenes.artist)

    def case(number: int) -> Case:
        plan, scene = artists_scene(catalogue, pools, scenes, number)
        hard = (*kinds_of_hard(scene), *(one for one in plan.traits if one == "busy"))
        tags = Tags(
            number, scene.style, len(scene.subjects), scenes.artist,
            "known" if plan.known else "unseen", hard, scene.caption,
        )  # fmt: skip
        return Case(scene, tags)

    def absent(scene: Scene) -> str:
        return absent_word(np.random.default_rng([scene.seed, 31]), catalogue, scene)

    return BenchSet(
        scenes.name, range(ARTISTS_SCENES), case, artists_pins(scenes.name), absent_word=absent
    )


def checksum_of_all(drawn: Sequence[str]) -> str:
    """SHA-256 of what some cases are drawn as, in turn."""
    return hashlib.sha256("\n".join(drawn).encode()).hexdigest()


def all_as_pinned(
    pinned: Sequence[str], numbers: Sequence[int], found: Sequence[str]
) -> bool | None:
    """Whether every measured case is drawn as it is pinned; None where nothing is."""
    if not pinned:
        return None
    return all(as_pinned(pinned[number], one) for number, one in zip(numbers, found, strict=True))
