"""What the user should know of shots that are good all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.storyboard import Shot
from multiplane.intake.paths import audio_file, decoded_escapes, resolve_path, taken_instead
from multiplane.intake.picture_subjects import subjects_of_picture
from multiplane.intake.psd_file import PHOTOSHOP, has_layers
from multiplane.intake.reading import Notice
from multiplane.intake.subjects import NAME_SUBJECTS


def shot_notices(
    shots: Mapping[int, Shot], folder: Path, place: Callable[[int, str], str]
) -> list[Notice]:
    """Missing audio, files by other names, and pictures of which nothing says what they show."""
    notices: list[Notice] = []
    for index, shot in shots.items():
        notices += _other_case(shot, index, folder, place)
        if shot.audio is not None and audio_file(shot, folder) is None:
            name, remedy = decoded_escapes(shot.audio) or (shot.audio, None)
            notices.append(
                Notice(
                    "storyboard.shot.audio.missing",
                    f"There is no audio file {name}; the shot is silent.",
                    shot=index,
                    field=place(index, "audio"),
                    remedy=remedy,
                )
            )
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


def _nothing_says_what_it_shows(shot: Shot, folder: Path) -> bool:
    if shot.picture is None:
        return False
    try:
        if subjects_of_picture(shot):
            return False
        # A Photoshop file with layers names them itself.
        layered = not shot.whole and shot.picture.lower().endswith(PHOTOSHOP)
        return not (layered and has_layers(resolve_path(shot.picture, folder)))
    except (MultiplaneError, OSError):
        # Without the language model nothing can be found; the shot itself will say so.
        return False
