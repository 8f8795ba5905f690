"""What the user should know of shots that are good all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.storyboard import Shot
from multiplane.intake.layer_kinds import names_an_idea
from multiplane.intake.opening import AUDIO, open_file
from multiplane.intake.paths import decoded_escapes, resolve_path, taken_instead
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.prompt_text import plain_prompt
from multiplane.intake.psd_file import is_psd
from multiplane.intake.reading import Notice
from multiplane.intake.shot_source import Drawing, source_of
from multiplane.intake.subjects import NAME_SUBJECTS


def shot_notices(
    shots: Mapping[int, Shot], folder: Path, place: Callable[[int, str], str]
) -> list[Notice]:
    """Missing audio, files by other names, and pictures of which nothing says what they show."""
    notices: list[Notice] = []
    for index, shot in shots.items():
        notices += _other_case(shot, index, folder, place)
        if shot.audio is not None and (why := _no_audio(shot.audio, folder)) is not None:
            text, remedy = why
            notices.append(
                Notice(
                    "storyboard.shot.audio.missing",
                    text,
                    shot=index,
                    field=place(index, "audio"),
                    remedy=remedy,
                )
            )
        notices += _ideas(shot, index, place)
        notices += _only_for_photoshop(shot, index, folder, place)
        if _nothing_says_what_it_shows(shot, folder):
            notices.append(
                Notice(
                    "storyboard.shot.subjects.none_found",
                    "Nothing says what is in the picture, so it becomes one layer.",
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


def _no_audio(name: str, folder: Path) -> tuple[str, str | None] | None:
    """Why the shot has no sound though it names some, and a remedy; null for a file."""
    try:
        open_file(resolve_path(name, folder), AUDIO).close()
    except InputError as error:
        shown, remedy = decoded_escapes(name) or (name, error.remedy)
        if error.code == "audio.missing":
            return f"There is no audio file {shown}; the shot is silent.", remedy
        return f"The audio {shown} is no use, so the shot is silent: {error.message}", remedy
    return None


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
    if not given or shot.picture is None or is_psd(resolve_path(shot.picture, folder)):
        return
    for name in given:
        yield Notice(
            f"storyboard.shot.{name}.no_photoshop_file",
            f'The picture is no Photoshop file, so "{name}" changes nothing.',
            shot=index,
            field=place(index, name),
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
