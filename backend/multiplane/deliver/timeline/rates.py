"""Frame rates: what a number means, and those that timecode, EDL and Final Cut Pro 7 XML know."""

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


def exact_rate(fps: float) -> Fraction:
    """The rate that ``fps`` means: 23.976 is 24000/1001, 29.97 is 30000/1001, 25 is 25/1.

    Raises ValueError for a rate that is not above 0.
    """
    if not fps > 0:
        raise ValueError(f"frames per second must be above 0, not {fps}")
    whole = round(fps)
    if abs(fps - whole) < 1e-6:
        return Fraction(whole)
    slowed = Fraction(round(fps * 1.001) * 1000, 1001)
    if abs(float(slowed) - fps) < 0.005:
        return slowed
    return Fraction(fps).limit_denominator(1001)


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
