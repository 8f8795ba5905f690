"""Variations of a shot: the same shot with other seeds, each a job of its own with that one shot.

So they wait, fail, are called off and are kept as any other job is, and share their results: a
shot that takes the seed of a variation takes its picture, too, and nothing is painted again. What
a shot was before is one of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.layer_edits import ShotEdits
from multiplane.contract.messages_client import Submit
from multiplane.server.jobs.tables import Job, Shot, Variation

_NOT_IN_THE_PICTURE = {
    "id", "seed", "camera", "duration", "dialogue", "action", "notes", "audio", "edits",
}  # fmt: skip
_SEEDS = 2**32


@dataclasses.dataclass(frozen=True)
class Order:
    """A variation that is to be submitted."""

    submit: Submit
    base: str
    seed: int


def base_of(job: Job, shot: Shot) -> str:
    """A hash of all that makes a shot's picture but its seed: its variations have the same.

    Raises InputError `shot.no_seed` for a drawing.
    """
    document, entry = _entry(job, shot)
    board = {
        name: document.get(name) for name in ("size", "style", "takes", "cut", "fill", "overscan")
    }
    own = {name: value for name, value in entry.items() if name not in _NOT_IN_THE_PICTURE}
    text = json.dumps([board, own, job.model, job.depth_model, job.folder], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def of_base(base: str) -> list[tuple[Variation, Job, Shot]]:
    """All variations of a shot with this base, the first one first."""
    found = Variation.select(Variation, Job).join(Job).where(Variation.base == base)
    ordered = list(found.order_by(Job.created))
    shots = {
        shot.job_id: shot for shot in Shot.select().where(Shot.job.in_([v.job_id for v in ordered]))
    }
    return [(one, one.job, shots[one.job_id]) for one in ordered if one.job_id in shots]


def orders(job: Job, shot: Shot, seeds: Sequence[int] | int) -> list[Order]:
    """Variations that are not there yet: with these seeds, or with so many new ones.

    What the shot is now is one of them, in front. Raises InputError `shot.no_seed`.
    """
    document, entry = _entry(job, shot)
    base, own = base_of(job, shot), seed_of(shot)
    known = {variation.seed for variation, _, _ in of_base(base)}
    if isinstance(seeds, int):
        seeds = _new_seeds({*known, own}, seeds)
    return [
        Order(_submit(job, shot, document, entry, seed), base, seed)
        for seed in dict.fromkeys([own, *seeds])
        if seed not in known
    ]


def with_seed(
    job: Job, shot: Shot, seed: int | None, edits: ShotEdits | None
) -> tuple[dict[str, Any], int]:
    """The job's storyboard with another seed for the shot, and what seed that is.

    seed: None for the storyboard's own. edits: by hand, of the picture with that seed.
    Raises InputError `shot.no_seed`.
    """
    document, entry = _entry(job, shot)
    entry.pop("edits", None)
    if edits is not None and (edits.edits or edits.undone):
        entry["edits"] = edits.model_dump(mode="json")
    if seed is None:
        entry.pop("seed", None)
        return document, (int(document.get("seed") or 0) + shot.number) % _SEEDS
    entry["seed"] = seed
    return document, seed


def keep_edits(job: Job, shot: Shot) -> None:
    """Note what hands have changed in the picture that the shot has now, for when it comes back."""
    _, entry = _entry(job, shot)
    said = entry.get("edits")
    text = None if not said else json.dumps(said)
    same = (Variation.base == base_of(job, shot)) & (Variation.seed == seed_of(shot))
    Variation.update(edits=text).where(same).execute()


def edits_of(variation: Variation) -> ShotEdits | None:
    """What hands had changed in a variation's picture when a shot had it last."""
    return None if variation.edits is None else ShotEdits.model_validate_json(str(variation.edits))


def seed_of(shot: Shot) -> int:
    """The seed that the shot has, its own or by its place."""
    return int(shot.seed or 0)


def _submit(
    job: Job, shot: Shot, document: dict[str, Any], entry: dict[str, Any], seed: int
) -> Submit:
    one = {name: value for name, value in entry.items() if name != "edits"}
    end = f": {shot.name}, seed {seed}"
    title = f"{str(job.title)[: 300 - len(end)]}{end}"
    board = {**document, "title": title[-300:], "shots": [{**one, "id": shot.name, "seed": seed}]}
    return Submit(
        job=f"variation-{uuid.uuid4()}",
        storyboard=board,
        folder=job.folder,
        model=job.model,
        depth_model=job.depth_model,
    )


def _new_seeds(taken: Collection[int], count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        seed = secrets.randbelow(_SEEDS)
        if seed not in taken and seed not in found:
            found.append(seed)
    return found


def _entry(job: Job, shot: Shot) -> tuple[dict[str, Any], dict[str, Any]]:
    document: dict[str, Any] = json.loads(str(job.storyboard))
    entry = document["shots"][shot.number]
    if not isinstance(entry, dict) or not entry.get("prompt"):
        raise InputError(
            "shot.no_seed",
            "This shot is no painting of words, so no seed makes it another one.",
            field="shot",
            value=shot.name,
            remedy="Variations are of shots that are painted from a prompt.",
        )
    return document, entry
