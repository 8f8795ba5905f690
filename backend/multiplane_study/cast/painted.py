"""Storyboards with a cast, painted as they come and ensured: what painting again gains.

Whom no picture shows is compared with the other shots, once all are made; whom a picture shows,
with that, at once. The score that chooses what is kept is the score that is told, so a judge that
knows nothing of it looks as well, for whether the member's kind is in the picture at all.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
from PIL import Image

from multiplane.contract.output_folder import ShotFolder
from multiplane.intake.picture import load_picture
from multiplane.produce.cast_looks import across
from multiplane.produce.studio import Studio
from multiplane_study.cast.board import PLACES, STYLES, board_in_places, seen_in
from multiplane_study.cast.drawn import portrait
from multiplane_study.cast.pairs import Seen
from multiplane_study.produced import produced

if TYPE_CHECKING:
    from multiplane_study.training.judge import Judge as KindJudge

ENSURE = 3


@dataclass(frozen=True)
class Member:
    """Somebody of the cast: "a red warrior"."""

    name: str
    colour: str
    kind: str


CAST = (
    Member("mira", "red", "warrior"),
    Member("tom", "blue", "wizard"),
    Member("rex", "red", "dog"),
)
"""Two of one colour and two of a kind of figure, which are easily taken for each other."""


@dataclass(frozen=True)
class State:
    """The cast in the shots of a board. likeness: of each shot, None where nobody was found.

    unlike: how many are marked. shown: share of pictures with the member's kind, by the judge.
    """

    likeness: tuple[float | None, ...]
    unlike: int
    shown: float


@dataclass(frozen=True)
class Way:
    """Whether a drawing shows the cast, whether their words say the colour, and both in words."""

    told: str
    shown: bool
    says_colour: bool = True


SHOTS, PICTURES, UNSAID = "shots", "pictures", "unsaid"
WAYS = {
    SHOTS: Way("whom no picture shows, against the other shots", shown=False),
    PICTURES: Way("whom a drawing shows, against that", shown=True),
    UNSAID: Way("whose colour a drawing alone tells, against that", shown=True, says_colour=False),
}
"""The last is where painting again is needed: a model that is shown no pictures guesses."""


@dataclass(frozen=True)
class Ensured:
    """A way of comparing, over all styles: before and after, and how often was painted again."""

    before: State
    after: State
    repaints: int
    repainted: tuple[int, ...]  # places in `likeness` of the shots that were

    def figures(self) -> dict[str, Any]:
        """The keys of the file."""
        return {
            "shots": len(self.before.likeness),
            "before": _figures(self.before),
            "after": _figures(self.after),
            "repaints": self.repaints,
            "shots_repainted": len(self.repainted),
            "repainted_before": _mean([self.before.likeness[one] for one in self.repainted]),
            "repainted_after": _mean([self.after.likeness[one] for one in self.repainted]),
        }


@dataclass(frozen=True)
class Painted:
    """ensured: by the ways of comparing. before, after: the cast that no picture shows."""

    ensured: Mapping[str, Ensured]
    before: tuple[Seen, ...]
    after: tuple[Seen, ...]


def board_of(
    style: str,
    pictures: Mapping[str, str],
    *,
    places: Sequence[str],
    ensure: int,
    takes: int | None,
    says_colour: bool = True,
) -> dict[str, Any]:
    """A storyboard in which each of the cast is in each of the places, alone.

    pictures: files that show them, by name; {} for none. says_colour: in their words.
    """
    cast = {
        one.name: {
            "prompt": f"a {one.colour} {one.kind}" if says_colour else f"a {one.kind}",
            "pictures": [pictures[one.name]] if pictures else [],
        }
        for one in CAST
    }
    return board_in_places(cast, places, style=style, seed=300, takes=takes, ensure=ensure)


def measure_painted(
    studio: Studio,
    shows: Callable[[Path, str], bool],
    folder: Path,
    *,
    styles: Sequence[str] = STYLES,
    places: Sequence[str] = PLACES,
    takes: int | None = None,
    on_board: Callable[[int], None] = lambda done: None,
) -> Painted:
    """Every board made as it comes, and then ensured, into `folder`.

    shows: whether a picture's file shows a kind. takes: of each picture; None for the model's own
    number. on_board gets how many are made. Raises what the first shot raised that was not made.
    """
    made: dict[str, list[_Pair]] = {way: [] for way in WAYS}
    done = 0
    for name, pairs in made.items():
        way = WAYS[name]
        for style in styles:
            out = folder / f"{name}-{style}" / "out"
            out.parent.mkdir(parents=True)
            pictures = _portraits(style, out.parent) if way.shown else {}
            looks = []
            for ensure in (0, ENSURE):
                board = board_of(
                    style, pictures, places=places, ensure=ensure, takes=takes,
                    says_colour=way.says_colour,
                )  # fmt: skip
                looks.append(_look(produced(board, out, studio), style, shows))
                done += 1
                on_board(done)
            pairs.append(_Pair(*looks))
    return Painted(
        {way: _ensured(pairs) for way, pairs in made.items()},
        tuple(one for pair in made[SHOTS] for one in pair.before.seen),
        tuple(one for pair in made[SHOTS] for one in pair.after.seen),
    )


@dataclass(frozen=True)
class _Look:
    """A board's shots in order: of each the likeness, whether it is marked, whether the judge finds
    its member's kind, and how often it was painted again.
    """

    likeness: tuple[float | None, ...]
    unlike: tuple[bool, ...]
    shown: tuple[bool, ...]
    tries: tuple[int, ...]
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class _Pair:
    before: _Look
    after: _Look


def _look(shots: Mapping[str, ShotFolder], style: str, shows: Callable[[Path, str], bool]) -> _Look:
    manifests = {id_: shot.manifest for id_, shot in shots.items()}
    told = across(manifests)
    playing = {one.name: one for one in CAST}
    likeness, unlike, shown, seen = [], [], [], []
    for id_, manifest in manifests.items():
        member = playing[id_.rpartition("-")[0]]
        (own,) = told[id_] or (None,)
        likeness.append(None if own is None else own.likeness)
        unlike.append(own is not None and own.unlike)
        shown.append(shows(shots[id_].path / manifest.files.picture, member.kind))
        seen += seen_in(manifest, member.kind, member.colour, style)
    tries = tuple(len(manifest.tries) for manifest in manifests.values())
    return _Look(tuple(likeness), tuple(unlike), tuple(shown), tries, tuple(seen))


def _ensured(pairs: Sequence[_Pair]) -> Ensured:
    tries = [number for pair in pairs for number in pair.after.tries]
    return Ensured(
        _state([pair.before for pair in pairs]),
        _state([pair.after for pair in pairs]),
        sum(tries),
        tuple(place for place, number in enumerate(tries) if number),
    )


def _state(looks: Sequence[_Look]) -> State:
    return State(
        tuple(one for look in looks for one in look.likeness),
        sum(sum(look.unlike) for look in looks),
        statistics.fmean(one for look in looks for one in look.shown),
    )


def _portraits(style: str, folder: Path) -> dict[str, str]:
    """A drawing of each of the cast; names of files in `folder`."""
    for one in CAST:
        Image.fromarray(portrait(one.kind, one.colour, style)).save(folder / f"{one.name}.png")
    return {one.name: f"{one.name}.png" for one in CAST}


def _figures(state: State) -> dict[str, Any]:
    return {
        "likeness": _mean(state.likeness),
        "compared": sum(one is not None for one in state.likeness),
        "unlike": state.unlike,
        "shown": state.shown,
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return statistics.fmean(known) if known else None


def shown_by(judge: KindJudge) -> Callable[[Path, str], bool]:
    """Whether a picture shows a kind: what the judge of painted pictures finds in it."""
    from multiplane_study.judged import JUDGED_SIZE
    from multiplane_study.training.autoencoder import to_tensor
    from multiplane_study.training.judge import kinds_found

    def shows(file: Path, kind: str) -> bool:
        seen = cv2.resize(load_picture(file), JUDGED_SIZE, interpolation=cv2.INTER_CUBIC)
        return kind in kinds_found(judge, to_tensor(seen[None]))

    return shows
