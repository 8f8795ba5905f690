"""The boards' audio files: how long they are, and on which track each has room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.deliver.timeline.places import Place
from multiplane.intake.audio_file import shot_audio


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
        try:
            path, (seconds, sample_rate, channels) = shot_audio(place.shot.audio, audio_folder)
        except InputError as error:
            wrong[place.id] = error.message
            continue
        free = [i for i, track in enumerate(tracks) if track[0] == channels]
        track = next((i for i in free if tracks[i][1] <= place.start), len(tracks))
        sound = Sound(place.id, path, place.start, seconds, sample_rate, channels, track)
        tracks[track : track + 1] = [(channels, place.start + sound.frames(rate))]
        found.append(sound)
    return tuple(found), wrong
