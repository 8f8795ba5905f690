"""What is to be cut out of a drawing: its list, else what the shot's own words speak of."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

from multiplane.contract.storyboard import Shot, Subject
from multiplane.intake.found_subjects import found_subjects

MAX_SUBJECTS = 32
# Words of the trade are about the film, not in the picture: "the camera follows", "title card".
_OF_THE_TRADE = {
    "angle", "animatic", "animation", "audio", "background", "board", "camera", "closeup",
    "composition", "credits", "cut", "dialog", "dialogue", "dissolve", "draft", "dsc", "edit",
    "editor", "export", "fade", "film", "final", "foreground", "frame", "image", "img", "layer",
    "layers", "layout", "lens", "montage", "move", "movement", "music", "note", "notes", "page",
    "pan", "panel", "photo", "pic", "picture", "pov", "psd", "render", "revision", "scan", "scene",
    "screenshot", "sequence", "sfx", "shot", "shots", "sketch", "sound", "storyboard", "subtitle",
    "test", "thumbnail", "title", "transition", "untitled", "version", "view", "voiceover", "wip",
    "zoom",
}  # fmt: skip
_LITTLE = {"a", "an", "and", "the", "in", "on", "at", "of", "with", "by", "over", "under", "behind"}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = re.compile(r"[\s.;()\[\]{}#@~+]+")


def subjects_of_picture(shot: Shot) -> list[Subject]:
    """The subjects of a shot with a picture, none where nothing says what is in it.

    Those of its list; without a list those found in its action, else in its notes, else in the
    file's name, such as "03 warrior and dragon.png". Only English is understood, and words of the
    trade ("camera", "title card") are no subjects.
    """
    if shot.subjects:
        return list(shot.subjects)
    for words in (shot.action, shot.notes, words_of_name(shot.picture or "")):
        found = _found(" ".join((words or "").split()))
        if found:
            return list(found)
    return []


def words_of_name(file: str) -> str:
    """The words in a file's name without its numbers and codes; empty where there are none.

    "03_knight_horse.png" lists a knight and a horse; "boat_on_the_sea.png" is a phrase.
    """
    stem = PurePosixPath(file.replace("\\", "/")).stem
    words = _CAMEL.sub(" ", stem).replace("&", " and ")
    phrase = not _LITTLE.isdisjoint(re.split(r"[\W_]+", words.casefold()))
    listed = re.sub(r"[-_,]+", " " if phrase else " , ", words)
    kept = [part for part in _APART.sub(" ", listed).split() if not _is_code(part)]
    return re.sub(r"(?: ?, ?)+", ", ", " ".join(kept)).strip(", ").lower()


def _is_code(part: str) -> bool:
    """Whether it counts or names nothing: "012", "sc03", "1A", "v2", a single letter."""
    return any(c.isdigit() for c in part) or (len(part) == 1 and part.isascii() and part.isalpha())


@lru_cache(maxsize=4096)
def _found(text: str) -> tuple[Subject, ...]:
    if not any(character.isalpha() for character in text):
        return ()
    subjects = (
        Subject(name=found_subject.name, phrase=found_subject.phrase, count=found_subject.count)
        for found_subject in found_subjects(text)
        if not _OF_THE_TRADE
        & {*re.findall(r"\w+", f"{found_subject.name} {found_subject.phrase}".casefold())}
    )
    return tuple(subjects)[:MAX_SUBJECTS]
