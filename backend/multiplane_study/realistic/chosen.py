"""Which pictures are measured: the same ones for everybody who has the same annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

COUNT = 1000
_SALT = "multiplane realistic 1"


def choose(ids: Iterable[int], fits: Callable[[int], bool], count: int = COUNT) -> tuple[int, ...]:
    """The first `count` of `ids` that fit, in the order of a hash of each: chance without a seed.

    Neither the order in which a file lists them nor other ids change which one comes before which.
    """
    ordered = sorted(set(ids), key=lambda id_: hashlib.sha256(f"{_SALT} {id_}".encode()).digest())
    found: list[int] = []
    for id_ in ordered:
        if len(found) == count:
            break
        if fits(id_):
            found.append(id_)
    return tuple(found)


def checksum(ids: Iterable[int]) -> str:
    """SHA-256 of the ids in their order: two runs with the same one measured the same pictures."""
    return hashlib.sha256("\n".join(map(str, ids)).encode()).hexdigest()
