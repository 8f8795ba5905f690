"""What would become layers of a prompt, before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError
from multiplane.contract.messages_common import FoundWords, PromptSubjects


def subjects_of(prompts: Sequence[str]) -> list[PromptSubjects]:
    """Of each prompt. Any thread may ask."""
    return [_subjects_of(prompt) for prompt in prompts]


@lru_cache(maxsize=2048)
def _subjects_of(prompt: str) -> PromptSubjects:
    from multiplane.intake.subjects import find_subjects

    try:
        read, found = find_subjects(prompt)
    except InputError as error:
        said = ErrorEntry.model_validate(error.as_dict())
        return PromptSubjects(text=prompt.replace("**", ""), subjects=[], problem=said)
    words = [FoundWords(name=one.name, count=one.count, spans=list(one.spans)) for one in found]
    return PromptSubjects(text=read.text, subjects=words)
