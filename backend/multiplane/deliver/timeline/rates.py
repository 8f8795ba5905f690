"""Rates that timecode knows, which EDL and Final Cut Pro 7 XML are written at."""

from __future__ import annotations

from fractions import Fraction

SLOWED = Fraction(1000, 1001)
"""What NTSC slows whole rates by."""
_RATES = sorted(
    Fraction(rate) * factor
    for rate, factor in (
        *((whole, Fraction(1)) for whole in (24, 25, 30, 48, 50, 60)),
        *((whole, SLOWED) for whole in (24, 30, 60)),
    )
)


def timecode_rate(rate: Fraction) -> Fraction:
    """``rate`` where timecode knows it, else a stand-in.

    That is the lowest multiple of it, or the next higher whole rate. Above 60 it is
    the highest there is; cuts are then rounded in time.
    """
    if rate in _RATES:
        return rate
    multiples = [known for known in _RATES if (known / rate).denominator == 1]
    higher = [known for known in _RATES if known > rate and known.denominator == 1]
    return (multiples or higher or _RATES[-1:])[0]


def drops_frames(rate: Fraction) -> bool:
    """Whether timecode at ``rate`` is written as drop-frame: 29.97 and 59.94 are."""
    return rate in (30 * SLOWED, 60 * SLOWED)
