"""What the user should know of shots that are good all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.storyboard import Shot, Soundtrack
from multiplane.intake.audio_file import shot_audio, soundtrack_audio
from multiplane.intake.layer_kinds import names_an_idea
from multiplane.intake.paths import resolve_path, taken_instead
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.prompt_text import plain_prompt
from multiplane.intake.psd_file import ALL_HIDDEN, SHOW_LAYERS, is_psd, shows_hidden_layers
from multiplane.intake.reading import Notice, other_case
from multiplane.intake.shot_source import Drawing, source_of
from multiplane.intake.subjects import NAME_SUBJECTS

_SILENT_END_S = 1.0
"""Silence at a film's end that nobody has to be told of."""


def shot_notices(
    shots: Mapping[int, Shot], folder: Path, place: Callable[[int, str], str]
) -> list[Notice]:
    """Audio of no use, files by other names, ideas as subjects, pictures that nothing speaks of."""
    notices: list[Notice] = []
    for index, shot in shots.items():
        notices += _other_case(shot, index, folder, place)
        notices += _no_audio(shot, index, folder, place)
        notices += _ideas(shot, index, place)
        notices += _only_for_photoshop(shot, index, folder, place)
        notices += _all_hidden(shot, index, folder, place)
        if _nothing_says_what_it_shows(shot, folder):
            notices.append(
                Notice(
                    "storyboard.shot.subjects.none_found",
                    "Nothing says what is in the picture, so what stands out of it becomes "
                    "layers by itself: thing 1, thing 2 and so on.",
                    shot=index,
                    field=place(index, "subjects"),
                    remedy=NAME_SUBJECTS,
                )
            )
    return notices


def soundtrack_notices(track: Soundtrack, film_s: float, folder: Path) -> list[Notice]:
    """Why there is no soundtrack, or where it ends. film_s: how long the film is, seconds."""
    notices = []
    if (taken := taken_instead(track.file, folder)) is not None:
        notices.append(other_case(track.file, *taken, shot=None, field="soundtrack.file"))
    try:
        _, facts = soundtrack_audio(track.file, folder)
    except InputError as error:
        return [*notices, _of_error(error, None, str(error.field))]
    end = float(facts.seconds) + track.offset
    if end <= 0 or track.offset >= film_s:
        notices.append(
            Notice(
                "storyboard.soundtrack.outside",
                "Nothing of the soundtrack is heard: it lasts from {first} to {last} s.",
                field="soundtrack.offset",
                remedy="The film lasts from 0 to {film} s.",
                values={"first": track.offset, "last": end, "film": film_s},
            )
        )
    elif film_s - end > _SILENT_END_S:
        notices.append(
            Notice(
                "storyboard.soundtrack.short",
                "The soundtrack ends {seconds} s before the film.",
                field="soundtrack.file",
                values={"seconds": round(film_s - end, 2)},
            )
        )
    return notices


def _other_case(
    shot: Shot, index: int, folder: Path, place: Callable[[int, str], str]
) -> Iterator[Notice]:
    """Files that were found under a name in other capitals."""
    for field, name in shot.files():
        taken = taken_instead(name, folder)
        if taken is not None:
            yield other_case(name, *taken, shot=index, field=place(index, field))


def _no_audio(
    shot: Shot, index: int, folder: Path, place: Callable[[int, str], str]
) -> Iterator[Notice]:
    """Why the shot has no sound though it names some."""
    if shot.audio is None:
        return
    try:
        shot_audio(shot.audio, folder)
    except InputError as error:
        yield _of_error(error, index, place(index, "audio"))


def _of_error(error: InputError, shot: int | None, field: str) -> Notice:
    """What stops nothing after all."""
    return Notice(
        error.code,
        error.message,
        shot=shot,
        field=field,
        remedy=error.remedy,
        values=error.values,
    )


def _ideas(shot: Shot, index: int, place: Callable[[int, str], str]) -> Iterator[Notice]:
    """Listed or marked words that mean nothing that can be seen."""
    named = [
        (f"subjects[{number}]", subject.phrase or subject.name)
        for number, subject in enumerate(shot.subjects)
    ]
    if shot.prompt is not None and not shot.subjects:
        prompt = plain_prompt(shot.prompt)
        named += [("prompt", prompt.text[slice(*span)]) for span in prompt.marks]
    for field, words in named:
        if names_an_idea(words):
            yield Notice(
                "storyboard.shot.subjects.abstract",
                '"{words}" means nothing that can be seen, so its layer will '
                "hardly be what is meant.",
                shot=index,
                field=place(index, field),
                remedy="Name what shows it in the picture.",
                values={"words": words},
            )


def _only_for_photoshop(
    shot: Shot, index: int, folder: Path, place: Callable[[int, str], str]
) -> Iterator[Notice]:
    """What is said of a picture that only Photoshop files have."""
    given = [name for name, value in (("whole", shot.whole), ("artboard", shot.artboard)) if value]
    if not given or shot.picture is None:
        return
    try:
        if is_psd(resolve_path(shot.picture, folder)):
            return
    except (MultiplaneError, OSError):
        return  # The shot itself fails with it, and no other one.
    for name in given:
        yield Notice(
            f"storyboard.shot.{name}.no_photoshop_file",
            'The picture is no Photoshop file, so "{name}" changes nothing.',
            shot=index,
            field=place(index, name),
            values={"name": name},
        )


def _all_hidden(
    shot: Shot, index: int, folder: Path, place: Callable[[int, str], str]
) -> Iterator[Notice]:
    """Why a Photoshop file with layers becomes one drawing."""
    if shot.picture is None or shot.whole:
        return
    try:
        if not shows_hidden_layers(resolve_path(shot.picture, folder)):
            return
    except (MultiplaneError, OSError):
        return  # The shot itself fails with it, and no other one.
    where = place(index, "picture")
    yield Notice(
        "storyboard.shot.picture.layers_hidden",
        ALL_HIDDEN,
        shot=index,
        field=where,
        remedy=SHOW_LAYERS,
    )


def _nothing_says_what_it_shows(shot: Shot, folder: Path) -> bool:
    if shot.picture is None:
        return False
    try:
        # A Photoshop file with layers names them itself.
        return not subjects_of_picture(shot) and isinstance(source_of(shot, folder), Drawing)
    except (MultiplaneError, OSError):
        # Without the language model nothing can be found; the shot itself will say so.
        return False
