"""A move that the layers bear: they are completed farther for it first, and it is weakened last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from multiplane.deliver.film_check import FilmCheck, check_film, film_that_holds
from multiplane.deliver.film_notices import sentence_of
from multiplane.layers.farther import completed_farther
from multiplane.layers.stack import Layer
from multiplane.stage.shot import Staged

FARTHEST = 0.3
"""How far behind a nearer subject one is continued at most, as a share of the long side."""
_MORE = 1.15  # times what the move uncovers


@dataclass(frozen=True)
class HeldFilm:
    """Layers back to front, the move over them, and what its worst frames showed."""

    layers: tuple[Layer, ...]
    staged: Staged
    check: FilmCheck


def held_film(
    layers: Sequence[Layer],
    size: tuple[int, int],
    staged_with: Callable[[Sequence[Layer], float], Staged],
    amount: float,
    *,
    cut_out: bool = True,
) -> HeldFilm:
    """The film of a move by `amount`, without what must not show as far as that can be had.

    size: (width, height) px of the picture; staged_with(layers, amount): the shot so staged.
    Where a subject ends behind a nearer one, it is completed as far as the move looks, and the
    frames are looked at again. What still shows then weakens the move (`film_that_holds`). Layers
    that an artist drew (not `cut_out`) stay as they are.
    """
    kept = tuple(layers)
    staged = staged_with(kept, amount)
    check = check_film(kept, staged, cut_out=cut_out)
    bites = [finding for finding in check.found if finding.kind == "bite"]
    if not bites or not cut_out:
        return _held(kept, staged, staged_with, check, cut_out)
    reach = min(FARTHEST, _MORE * max(bite.reach for bite in bites))
    pairs = {(bite.layers[0], bite.layers[1]) for bite in bites}
    wider = completed_farther(kept, size, pairs, reach)
    tried = staged_with(wider, amount)
    again = check_film(wider, tried, cut_out=cut_out, reach=reach)
    still = {finding.layers for finding in again.found if finding.kind == "bite"}
    grown = {new.name for new, old in zip(wider, kept, strict=True) if new is not old}
    mended = tuple(bite for bite in bites if bite.layers[0] in grown and bite.layers not in still)
    if not mended:
        return _held(kept, staged, staged_with, check, cut_out)
    said = tuple(
        f"{bite.layers[0]} was completed farther behind {bite.layers[1]} for the move "
        f"{staged.preset}: {sentence_of(bite)}"
        for bite in mended
    )
    held = _held(wider, tried, staged_with, again, cut_out)
    return replace(
        held,
        staged=replace(held.staged, changed=(*said, *held.staged.changed)),
        check=replace(held.check, widened=mended),
    )


def _held(
    layers: tuple[Layer, ...],
    staged: Staged,
    staged_with: Callable[[Sequence[Layer], float], Staged],
    check: FilmCheck,
    cut_out: bool,
) -> HeldFilm:
    held, seen = film_that_holds(
        layers, staged, lambda amount: staged_with(layers, amount), cut_out=cut_out, check=check
    )
    return HeldFilm(layers, held, seen)
