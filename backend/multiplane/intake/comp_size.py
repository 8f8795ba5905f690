"""The size of the comp for pictures of some aspect ratio, where nobody gave one."""

from __future__ import annotations

WIDEST, TALLEST = 1920, 1080
SMALLEST_SIDE = 64


def comp_size(width: float, height: float, *, enlarge: bool = False) -> tuple[int, int]:
    """(width, height) px: the same aspect ratio within 1920 x 1080, as even numbers.

    enlarge: also make smaller ones as large as that. Video needs even sides.
    """
    factor = min(WIDEST / width, TALLEST / height)
    if not enlarge:
        factor = min(factor, 1.0)
    return _even(width * factor), _even(height * factor)


def _even(side: float) -> int:
    return max(SMALLEST_SIDE, round(side / 2) * 2)
