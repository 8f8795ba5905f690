"""What to paint for a shot that has neither a prompt nor a picture, only words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FIELDS = ("action", "notes", "dialogue")


def words_as_prompt(shot: Mapping[str, Any]) -> tuple[str, str] | None:
    """(prompt, name of the field that it is from), by the first field with words; else null.

    Asterisks are taken out: here they do not mark subjects.
    """
    for name in _FIELDS:
        words = " ".join(str(shot.get(name) or "").replace("*", " ").split())
        if any(character.isalpha() for character in words):
            return words, name
    return None
