"""What a sentence for people was told with, by name, so that other languages can tell it too."""

from __future__ import annotations

import re
from collections.abc import Mapping

Value = str | int | float
Values = Mapping[str, Value]
_NAME = re.compile(r"\{(\w+)\}")


def told(sentence: str, values: Values) -> str:
    """The sentence with every ``{name}`` of `values` replaced; numbers as ``%g`` writes them.

    What `values` does not name stays as it is, such as the braces of an example in JSON.
    """
    return _NAME.sub(lambda found: _in_words(values, found), sentence) if values else sentence


def _in_words(values: Values, found: re.Match[str]) -> str:
    value = values.get(found[1], found[0])
    return f"{value:g}" if isinstance(value, float) else str(value)
