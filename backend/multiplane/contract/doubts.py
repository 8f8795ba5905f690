"""Why a layer may be wrong: a code for programs, and the one catalogue of sentences for people.

A doubtful layer is made all the same, and marked: by its `reason` in the manifest, and by a notice
with the code `doubt.<reason>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

TOUCHING = "layers.touching"
"""Code of the notice that a layer touches another of its kind, and is none of the reasons' own."""


class DoubtReason(StrEnum):
    """What speaks most against a layer, or against all layers of a shot."""

    NOT_FOUND = "not_found"
    WORD_UNKNOWN = "word_unknown"
    PICTURE_UNFAMILIAR = "picture_unfamiliar"
    UNSTEADY = "unsteady"
    WORDS_COMPETE = "words_compete"
    ATTENTION_WEAK = "attention_weak"
    SHAPE_ODD = "shape_odd"
    NOT_SEPARATE = "not_separate"
    NOT_ASKED = "not_asked"

    @property
    def code(self) -> str:
        """Of the notice that tells it."""
        return f"doubt.{self.value}"

    @property
    def because(self) -> str:
        """The reason as the end of a sentence: the layer is uncertain: ..."""
        return BECAUSE[self]


BECAUSE: Mapping[DoubtReason, str] = MappingProxyType(
    {
        DoubtReason.NOT_FOUND: "it was not found in the picture",
        DoubtReason.WORD_UNKNOWN: "the model has not learnt its word",
        DoubtReason.PICTURE_UNFAMILIAR: "the picture is unlike all that the model has learnt",
        DoubtReason.UNSTEADY: "looked at again, the model sees it elsewhere",
        DoubtReason.WORDS_COMPETE: "other words claim the same place",
        DoubtReason.ATTENTION_WEAK: "nothing in the picture clearly answers to its word",
        DoubtReason.SHAPE_ODD: "its outline does not follow what is drawn",
        DoubtReason.NOT_SEPARATE: "it touches another of its kind, and where one ends is a guess",
        DoubtReason.NOT_ASKED: "the cutter made it, and it answers to none of the shot's words",
    }
)


def is_doubt(code: str) -> bool:
    """Whether a notice's code tells of a doubt."""
    return code.startswith("doubt.") or code == TOUCHING
