"""A blind study's folder: what is compared with what, decided by a seed before filming."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from multiplane.contract.errors import InputError
from multiplane.deliver.folder import replacing_file
from multiplane.intake.json_file import read_json
from multiplane_study.bench.rows import OURS

STUDY, FILMS, PICTURES = "study.json", "films", "pictures"


class Pair(BaseModel):
    """Two cuts of one scene in one film: the rows' names, upper half first."""

    model_config = ConfigDict(frozen=True)

    id: str
    scene: int
    rows: tuple[str, str]

    @property
    def film(self) -> str:
        return f"{self.id}.webp"


class Side(BaseModel):
    """A pair as one voter sees it: the rows on the left and on the right.

    left_is_upper: which half of the film is shown on the left.
    """

    model_config = ConfigDict(frozen=True)

    pair: str
    left: str
    right: str
    left_is_upper: bool


class BlindStudy(BaseModel):
    """What `study.json` holds. seconds: of the move, one way; width: px of a film."""

    model_config = ConfigDict(frozen=True)

    schema_: Literal["multiplane-study/blind/1"] = "multiplane-study/blind/1"
    seed: int
    set: str
    model: str
    preset: str
    amount: float
    seconds: float
    width: int
    rows: tuple[str, ...]
    scenes: int
    pairs: tuple[Pair, ...]

    def pair(self, id_: str) -> Pair | None:
        """The pair of that id, if there is one."""
        return next((pair for pair in self.pairs if pair.id == id_), None)

    def shown_to(self, voter: str) -> list[Side]:
        """All pairs in this voter's own order, each with its own sides; the same on every call."""
        # A string as seed gives the same numbers on every Python.
        dice = random.Random(f"{self.seed}/{voter}")
        pairs = list(self.pairs)
        dice.shuffle(pairs)
        sides = []
        for pair in pairs:
            upper = dice.random() < 0.5
            left, right = pair.rows if upper else pair.rows[::-1]
            sides.append(Side(pair=pair.id, left=left, right=right, left_is_upper=upper))
        return sides


def plan_pairs(scenes: int, rows: Sequence[str], seed: int, *, every: bool) -> tuple[Pair, ...]:
    """Pairs of rows for each scene; ours against every other row, or with `every` all of them.

    Names of films tell nothing: they are numbers in an order that the seed has shuffled.
    """
    compared = [both for both in combinations(rows, 2) if every or OURS in both]
    dice = random.Random(seed)
    planned = [(scene, both) for scene in range(scenes) for both in compared]
    dice.shuffle(planned)
    pairs = []
    for number, (scene, both) in enumerate(planned, start=1):
        halves = both if dice.random() < 0.5 else both[::-1]
        pairs.append(Pair(id=f"{number:04d}", scene=scene, rows=halves))
    return tuple(sorted(pairs, key=lambda pair: pair.scene))


def keep_study(folder: Path, study: BlindStudy) -> None:
    """Write `study.json`, or find there just what it would be.

    Raises InputError where the folder holds another study: its votes would lose their meaning.
    """
    path = folder / STUDY
    if path.exists():
        there = read_study(folder)
        if there != study:
            fields = [
                name
                for name in BlindStudy.model_fields
                if getattr(there, name) != getattr(study, name)
            ]
            raise InputError(
                "study.blind.another",
                "This folder holds another study.",
                file=str(path),
                field=fields[0].rstrip("_"),
                value=getattr(there, fields[0]),
                remedy="Make the new one in a folder of its own, or ask for the same as before.",
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    with replacing_file(path) as fresh:
        fresh.write_text(study.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_study(folder: Path) -> BlindStudy:
    """The study of a folder. Raises InputError where there is none, or it is damaged."""
    path = folder / STUDY
    if not path.is_file():
        raise InputError(
            "study.blind.missing",
            "There is no study in this folder.",
            file=str(path),
            remedy=f"Make one: multiplane study blind make {folder}",
        )
    try:
        return BlindStudy.model_validate(read_json(path, kind="study"))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            "study.blind.damaged",
            f"The study can't be read: {first['msg']}.",
            file=str(path),
            field=".".join(map(str, first["loc"])),
            remedy="Make it again in a new folder.",
        ) from error
