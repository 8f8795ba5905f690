"""A shot painted again, with other seeds, where its cast is unlike itself: the likest is kept.

No try is lost: the picture of each that was not kept lies beside the shot, with its seed, which
paints it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.told_values import Value
from multiplane.produce.cast_looks import (
    UNLIKE,
    Wanted,
    is_poor,
    judge_of,
    wanted_of,
    with_looks,
    worst,
)
from multiplane.produce.finished import CutPicture, Tried
from multiplane.produce.job import ShotJob
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio

ENSURED, ENSURED_NOTHING = "cast.ensured", "cast.ensured_nothing"


def likest_cut(
    job: ShotJob,
    studio: Studio,
    steps: Steps,
    cut: Callable[[ShotJob], CutPicture],
    wanted: Wanted | None = None,
) -> CutPicture:
    """The shot cut by `cut`, with what its cast looks like in it.

    Where somebody is unlike their pictures, it is painted again up to `job.ensure` times, each time
    with the seed of another take, and what is likest is kept. wanted: what those are to be like
    whom no picture shows. Raises as `cut` and `cast_looks.wanted_of`.
    """
    first = cut(job)
    if not job.roles:
        return first
    judge = judge_of(studio)
    to = {**(wanted or {}), **wanted_of(job.cast_pictures, judge)}
    best = with_looks(first, job.roles, judge, to)
    tried = [best]
    takes = job.takes_with(studio.profile) if job.ensure else 0
    while len(tried) <= job.ensure and is_poor(best.cast):
        steps.say(
            f"The cast is unlike itself (likeness {worst(best.cast):.2f}): painted again, "
            f"{len(tried)} of {job.ensure} times at most."
        )
        again = cut(replace(job, take=takes + len(tried)))
        tried.append(with_looks(again, job.roles, judge, to))
        best = max(tried, key=lambda one: worst(one.cast) or 0.0)
    if len(tried) > 1:
        best = replace(
            best,
            notices=(
                *best.notices,
                _ensured(tried, next(place for place, one in enumerate(tried) if one is best)),
            ),
            tries=tuple(_left(one) for one in tried if one is not best),
        )
    steps.warn_all(one for one in best.notices if one.code in (UNLIKE, ENSURED, ENSURED_NOTHING))
    return best


def with_what_was_kept(job: ShotJob, earlier: CutPicture | None) -> ShotJob:
    """The job of a picture that must be painted larger: the take that was kept once stays so."""
    if earlier is None or not earlier.tries:
        return job
    return replace(job, take=earlier.model.take, ensure=0)


def with_tries(cut: CutPicture, earlier: CutPicture | None) -> CutPicture:
    """The picture with the tries that an earlier one of the same take has, and what told of it."""
    if earlier is None or not earlier.tries:
        return cut
    told = [one for one in earlier.notices if one.code in (ENSURED, ENSURED_NOTHING)]
    return replace(cut, tries=earlier.tries, notices=(*cut.notices, *told))


def _ensured(tried: Sequence[CutPicture], kept: int) -> NoticeEntry:
    first, best = worst(tried[0].cast), worst(tried[kept].cast)
    values: dict[str, Value] = {"count": len(tried) - 1, "first": _told(first), "best": _told(best)}
    if kept == 0:
        return NoticeEntry.of(
            ENSURED_NOTHING,
            "Painted {count} times more, no picture shows the cast more like itself than the first "
            "(likeness {first}), which is kept.",
            values,
            remedy="Let it try more often, or say more exactly how they look.",
        )
    return NoticeEntry.of(
        ENSURED,
        "Painted {count} times more, because the cast was unlike itself (likeness {first}): the "
        "likest is kept ({best}).",
        values,
        remedy="The others lie in tries; the seed of one paints it again.",
    )


def _told(found: float | None) -> str:
    return "none" if found is None or found < 0 else f"{found:.2f}"


def _left(cut: CutPicture) -> Tried:
    model, found = cut.model, worst(cut.cast)
    return Tried(
        take=model.take or 1,
        seed=model.take_seed or 0,
        likeness=None if found is None or found < 0 else found,
        picture=cut.picture,
    )
