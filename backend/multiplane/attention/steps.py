"""Which denoising steps are worth a capture."""

from __future__ import annotations

from collections.abc import Sequence


def choose_steps(
    sigmas: Sequence[float], low: float, high: float, max_steps: int | None = None
) -> tuple[int, ...]:
    """Indices of the steps whose noise level lies in [low, high].

    sigmas: noise level per step, as the transformer gets it (a final 0 is no step).
    max_steps: at most so many (>= 1), spread evenly over those in the range.

    If no step falls in the range, the one nearest to its middle is chosen, so a schedule of few
    steps never goes without. Empty only for an empty schedule.
    """
    inside = [index for index, sigma in enumerate(sigmas) if low <= sigma <= high]
    if not inside:
        middle = (low + high) / 2
        return tuple(sorted(range(len(sigmas)), key=lambda i: abs(sigmas[i] - middle))[:1])
    if max_steps is None or len(inside) <= max_steps:
        return tuple(inside)
    # The centres of max_steps equal parts, so that one step is the middle one.
    return tuple(inside[int((part + 0.5) * len(inside) / max_steps)] for part in range(max_steps))
