"""Subjects of which one is a part of another: "warrior's sword", "sword of the warrior"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multiplane.intake.prompt_text import Span

_ARTICLE = r"(?:(?:an?|the|this|that|his|her|its|their)\s+)?"


def owner_span(phrase: str, other: str) -> Span | None:
    """Where `phrase` speaks of `other` as that to which it belongs; None where it does not.

    The span covers the owner with its "'s" or its "of the", so that the rest is the part itself.
    """
    words = r"\s+".join(re.escape(word) for word in other.split())
    if not words:
        return None
    for pattern in (rf"\b{words}(?:s?['\u2019]s?)\s+", rf"\s+of\s+{_ARTICLE}{words}$"):
        match = re.search(pattern, phrase, re.IGNORECASE)
        if match is not None and match.span() != (0, len(phrase)):
            return match.span()
    return None


def part_span(phrase: str, others: Sequence[str]) -> Span:
    """Where `phrase` names the part itself, without the owner that is one of `others`."""
    for other in others:
        owner = owner_span(phrase, other)
        if owner is not None:
            return (0, owner[0]) if owner[1] == len(phrase) else (owner[1], len(phrase))
    return (0, len(phrase))


def parts_and_wholes(phrases: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """(part, whole) for every two phrases of which the first belongs to the second."""
    return tuple(
        (part, whole)
        for part, phrase in enumerate(phrases)
        for whole, other in enumerate(phrases)
        if part != whole and owner_span(phrase, other) is not None
    )
