"""What the user should know of shots that are good all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.storyboard import Shot
from multiplane.intake.audio_file import shot_audio
from multiplane.intake.layer_kinds import names_an_idea
from multiplane.intake.paths import resolve_path, taken_instead
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.prompt_text import plain_prompt
from multiplane.intake.psd_file import ALL_HIDDEN, SHOW_LAYERS, is_psd, shows_hidden_layers
from multiplane.intake.reading import Notice
from multiplane.intake.shot_source import Drawing, source_of
from multiplane.intake.subjects import NAME_SUBJECTS


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


def _other_case(
    shot: Shot, index: int, folder: Path, place: Callable[[int, str], str]
) -> Iterator[Notice]:
    """Files that were found under a name in other capitals."""
    for field, name in shot.files():
        text = taken_instead(name, folder)
        if text is not None:
            where = place(index, field)
            yield Notice("storyboard.file.other_case", text, shot=index, field=where)


def _no_audio(
    shot: Shot, index: int, folder: Path, place: Callable[[int, str], str]
) -> Iterator[Notice]:
    """Why the shot has no sound though it names some."""
    if shot.audio is None:
        return
    try:
        shot_audio(shot.audio, folder)
    except InputError as error:
        where = place(index, "audio")
        yield Notice(error.code, error.message, shot=index, field=where, remedy=error.remedy)


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
                f'"{words}" means nothing that can be seen, so its layer will hardly be what is '
                "meant.",
                shot=index,
                field=place(index, field),
                remedy="Name what shows it in the picture.",
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
            f'The picture is no Photoshop file, so "{name}" changes nothing.',
            shot=index,
            field=place(index, name),
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
