"""The boards' audio files: how long they are, and on which track each has room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from multiplane.contract.errors import InputError
from multiplane.deliver.mixer import begins_at_zero
from multiplane.deliver.timeline.places import Place
from multiplane.intake.audio_file import open_audio
from multiplane.intake.paths import resolve_path

if TYPE_CHECKING:
    from av.container import InputContainer


@dataclass(frozen=True)
class Sound:
    """The audio of one shot. It begins with the shot and may go on after it."""

    shot_id: str
    path: Path
    start: int  # frame of the film
    seconds: Fraction
    sample_rate: int  # Hz
    channels: int
    track: int  # from 0; sounds on one track never overlap

    def frames(self, rate: Fraction) -> int:
        """Whole frames that the file fills, at least 1: no host then misses the end of it."""
        return max(1, int(self.seconds * rate))


def sounds_of(
    places: Sequence[Place], audio_folder: Path, rate: Fraction
) -> tuple[tuple[Sound, ...], dict[str, str]]:
    """The audio of all ``places``, and for each shot whose audio is of no use: why.

    Relative paths start at ``audio_folder``. Files of the same number of channels share tracks.
    """
    found: list[Sound] = []
    wrong: dict[str, str] = {}
    tracks: list[tuple[int, int]] = []  # channels, first free frame
    for place in places:
        if place.shot is None or not place.shot.audio or not place.frames:
            continue
        path = resolve_path(place.shot.audio, audio_folder)
        try:
            seconds, sample_rate, channels = audio_facts(path)
        except ValueError as error:
            wrong[place.id] = f"The audio {place.shot.audio} cannot be read: {error}"
            continue
        free = [i for i, track in enumerate(tracks) if track[0] == channels]
        track = next((i for i in free if tracks[i][1] <= place.start), len(tracks))
        sound = Sound(place.id, path, place.start, seconds, sample_rate, channels, track)
        tracks[track : track + 1] = [(channels, place.start + sound.frames(rate))]
        found.append(sound)
    return tuple(found), wrong


def audio_facts(path: Path) -> tuple[Fraction, int, int]:
    """Length in s, sample rate in Hz and channels of the file's first audio stream.

    Reads the header only. Raises ValueError, with the reason, for what is no audio file.
    """
    import av

    try:
        with open_audio(path) as file:
            return _facts(file)
    except InputError as error:
        raise ValueError(error.message) from error
    except av.FFmpegError as error:
        # Its own text repeats the path.
        raise ValueError(error.strerror) from error


def _facts(file: InputContainer) -> tuple[Fraction, int, int]:
    import av

    stream = next(iter(file.streams.audio), None)
    seconds: Fraction | None = None
    if stream is not None and stream.duration is not None and stream.time_base is not None:
        seconds = stream.duration * stream.time_base
        if begins_at_zero(file):
            # What an edit list holds back is silence of the file, and part of its length.
            seconds += max(0, stream.start_time or 0) * stream.time_base
    elif file.duration is not None:
        seconds = Fraction(file.duration, av.time_base)
    if stream is None or not seconds or seconds < 0 or not stream.rate or not stream.channels:
        raise ValueError("there is no audio in it")
    return seconds, int(stream.rate), int(stream.channels)
