"""What a style says: words for the model, and the LoRAs that it names as artists write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

LARGEST_WEIGHT = 5.0
MOST_LORAS = 8
_TAG = re.compile(r"<\s*lora\s*:([^<>]*)>", re.IGNORECASE)
_DRIVE = re.compile(r"\s*[A-Za-z]:[\\/][^:]*")
"""A path of Windows without a weight: its colon is the drive's."""
_BEGUN = re.compile(r"<\s*lora\b", re.IGNORECASE)
_NO_WORDS_BETWEEN = re.compile(r"\s*,(\s*,)+")


@dataclass(frozen=True)
class NamedLora:
    """name: of a file in the folder of LoRAs, or a path that starts at the storyboard."""

    name: str
    weight: float = 1.0  # -5 .. 5; 1 as it was trained


@dataclass(frozen=True)
class Style:
    """words: what is said after the prompt; None for nothing. loras: in the order of the text."""

    words: str | None
    loras: tuple[NamedLora, ...] = ()


NO_STYLE = Style(None)


def read_style(text: str | None) -> Style:
    """Tell `<lora:name>` and `<lora:name:weight>` from the words of a style.

    The notation is that of AUTOMATIC1111's web UI, which most LoRAs are shared with. Raises
    ValueError, with a sentence for the user, for one that is not written so.
    """
    if text is None or not _BEGUN.search(text):
        return Style(text)
    loras = tuple(_named(inside) for inside in _TAG.findall(text))
    words = _TAG.sub("", text)
    if _BEGUN.search(words):
        raise ValueError("A LoRA's name is not closed by a >.")
    if len({lora.name for lora in loras}) < len(loras):
        raise ValueError("The same LoRA is named more than once.")
    if len(loras) > MOST_LORAS:
        raise ValueError(f"There are more than {MOST_LORAS} LoRAs.")
    words = _NO_WORDS_BETWEEN.sub(",", " ".join(words.split())).strip(" ,")
    return Style(words or None, loras)


def names_lora(text: str) -> bool:
    """Whether a text has something like a LoRA's name in it."""
    return _BEGUN.search(text) is not None


def _named(inside: str) -> NamedLora:
    name, colon, last = inside.rpartition(":")
    try:
        weight = float(last) if colon else 1.0
    except ValueError:
        if not _DRIVE.fullmatch(inside):
            raise ValueError(
                f'"{last.strip()}" is no weight of a LoRA: that is a number, such as 0.8.'
            ) from None
        name, weight = inside, 1.0
    name = (name if colon else inside).strip()
    if not name:
        raise ValueError("A LoRA has no name.")
    if not math.isfinite(weight) or abs(weight) > LARGEST_WEIGHT:
        raise ValueError(
            f"A LoRA's weight lies between -{LARGEST_WEIGHT:g} and {LARGEST_WEIGHT:g}."
        )
    return NamedLora(name, weight)
