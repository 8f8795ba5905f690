"""What a model would read in a prompt: its tokens, its subjects, its place. Nothing is painted."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.manifest import Comp
from multiplane.contract.messages_common import PhraseView, TokenView
from multiplane.contract.messages_server import TokenList
from multiplane.contract.storyboard import Shot
from multiplane.models import load
from multiplane.models.profiles import ModelProfile
from multiplane.produce.job import ShotJob
from multiplane.produce.words import capture_plan, words_of


def read_tokens(shot: Shot, profile: ModelProfile) -> TokenList:
    """The very words and positions with which the shot, which has a prompt, would be made.

    Loads the tokenizer only. Raises InputError for what is wrong in the shot's words, Failure
    `models.missing`.
    """
    comp = Comp(width=64, height=64, fps=1, duration_frames=1)
    job = ShotJob(shot, 0, comp, 0, shot.style, None, None, Path())
    words = words_of(job, profile)
    reader = load.load_reader(profile)
    plan = capture_plan(words, reader, profile)
    positions = [list(group.token_indices) for group in plan.groups] if plan else []
    subjects = [
        PhraseView(
            name=one.name,
            phrase=one.phrase,
            count=one.count,
            spans=list(one.spans),
            token_indices=found,
        )
        for one, found in zip(words.subjects, positions, strict=False)
    ]
    places = []
    for spans, found in zip(words.places, positions[len(subjects) :], strict=True):
        phrase = " ".join(words.text[first:last] for first, last in spans)
        places.append(
            PhraseView(name=phrase, phrase=phrase, count=1, spans=list(spans), token_indices=found)
        )
    return TokenList(
        model=profile.name,
        text=words.text,
        tokens=[
            TokenView(index=index, text=words.text[first:last], start=first, end=last)
            for index, first, last in reader.tokens(words.text)
        ],
        subjects=subjects,
        places=places if plan else [],
        most_tokens=profile.max_text_tokens,
    )
