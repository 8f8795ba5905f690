"""Whose a flat colour is: an area that was given by a weak mask goes where its colour belongs.

In flat drawings a thing has its own few colours. A piece of wall seen under a dragon's wing touches
the dragon all round, and the mask there says little; its exact colour is the castle's everywhere
else. Mask and colour are weighed against each other as if they were independent (naive Bayes). The
colour is never surer than `_SUREST`: white eyes on a white sheet are not the sheet. In an ink
drawing all things are the paper's white, which is therefore theirs too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from multiplane.layers.flat_areas import FlatAreas

_SAME = 4.0  # levels of 255, between the colours of two areas that have the same
_SUREST = 0.9  # share of a colour's owner at most
_ELSEWHERE = 0.5  # of its size: an area's colour that is rarer elsewhere says nothing
_OWN = 0.04  # of what an owner has: a rarer colour (a mouth's black) is nobody's own
_MOST = 0.06  # of what its owner has: a colour of which it has more is its own too


def colour_owner(
    areas: FlatAreas, owned: NDArray[np.int64], masks: NDArray[np.float64]
) -> NDArray[np.intp]:
    """(N,) whose each area is by its mask and its colour; the same owner where neither moves it.

    owned: (C, N) px of each area that each owner has. masks: (C, N) mean share of each owner in it.
    """
    keeper = owned.argmax(axis=0)
    places = np.flatnonzero(areas.flat)
    if len(places) < 2:
        return keeper
    colours = areas.colour[places]
    pairs = cKDTree(colours).query_pairs(_SAME, output_type="ndarray")
    elsewhere = np.zeros((len(owned), len(places)))
    for here, there in (pairs[:, ::1].T, pairs[:, ::-1].T):
        for index in range(len(owned)):
            elsewhere[index] += np.bincount(here, owned[index, places[there]], len(places))
    known = elsewhere.sum(axis=0)
    belongs = elsewhere / np.maximum(known, 1.0)
    belongs = np.clip(belongs, 1.0 - _SUREST, _SUREST)
    better = (masks[:, places] * belongs).argmax(axis=0)
    total = owned[:, areas.flat].sum(axis=1)
    now = keeper[places], np.arange(len(places))
    scrap = elsewhere[now] + areas.size[places] <= _MOST * total[now[0]]
    own = elsewhere[better, np.arange(len(places))] >= _OWN * total[better]
    moved = scrap & own & (known >= _ELSEWHERE * areas.size[places])
    result = keeper.copy()
    result[places[moved]] = better[moved]
    return result
