"""Whether what a phrase names is in the picture at all, by what the model attended to."""

from __future__ import annotations

import numpy as np

from multiplane.attention.heatmaps import FloatMaps

# Chosen with `multiplane study judge` on pictures of the bundled model, which tells apart takes
# with and without a subject at an area under the ROC curve of 0.8.
_REGION = 0.06  # of the picture's tokens that speak for a subject
_FLOOR = 0.03  # attention that a phrase must exceed to count as looked at


def presence(maps: FloatMaps, subjects: int) -> tuple[float, ...]:
    """How surely the picture shows each of the first `subjects` phrases, 0..1.

    maps: (G, h, w) image-to-text attention, >= 0, of a picture's tokens to the phrases; those
    after the first `subjects` name the place and do not count. Where a subject was painted, tokens
    attend to its phrase and hardly to another's; where it is missing, its strongest tokens are
    other subjects' too. So: a phrase's share of the subjects' attention, averaged over the tokens
    where that is largest. Compare it between takes of one prompt, not between prompts.
    """
    own = np.maximum(maps[:subjects].astype(np.float64), 0.0)
    shares = (own / (own.sum(axis=0) + _FLOOR)).reshape(subjects, -1)
    count = max(1, round(_REGION * shares.shape[1]))
    strongest = np.partition(shares, shares.shape[1] - count, axis=1)[:, -count:]
    return tuple(float(value) for value in strongest.mean(axis=1))
