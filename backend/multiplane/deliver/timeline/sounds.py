"""The boards' audio and the soundtrack: how long they are, and on which track each has room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import Soundtrack
from multiplane.deliver.timeline.places import Place
from multiplane.intake.audio_file import shot_audio, soundtrack_audio


@dataclass(frozen=True)
class Sound:
    """The audio of one shot, which begins with it and may go on after it; or the soundtrack."""

    name: str  # the shot's id; of the soundtrack: its file's name
    path: Path
    start: int  # frame of the film
    seconds: Fraction
    sample_rate: int  # Hz
    channels: int
    track: int  # from 0; sounds on one track never overlap
    into: int = 0  # frames that are cut off its beginning
    until: int | None = None  # frame of the film at which it is cut off; None: it sounds to its end

    def shown(self, rate: Fraction) -> int:
        """Frames of the film that it sounds for, at least 1."""
        length = self.frames(rate) - self.into
        return max(1, length if self.until is None else min(length, self.until - self.start))

    def frames(self, rate: Fraction) -> int:
        """Whole frames that the file fills, at least 1: no host then misses the end of it."""
        return max(1, int(self.seconds * rate))


def sounds_of(
    places: Sequence[Place],
    audio_folder: Path,
    rate: Fraction,
    soundtrack: Soundtrack | None = None,
) -> tuple[tuple[Sound, ...], dict[str | None, str]]:
    """The audio of all ``places``, and for each shot whose audio is of no use: why.

    Relative paths start at ``audio_folder``. Files of the same number of channels share tracks.
    The soundtrack has the last track to itself, and ends with the film; what is wrong with it
    stands under None.
    """
    found: list[Sound] = []
    wrong: dict[str | None, str] = {}
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
    if soundtrack is not None:
        try:
            found += _soundtrack(soundtrack, audio_folder, rate, places, len(tracks))
        except InputError as error:
            wrong[None] = error.message
    return tuple(found), wrong


def _soundtrack(
    soundtrack: Soundtrack, folder: Path, rate: Fraction, places: Sequence[Place], track: int
) -> list[Sound]:
    path, (seconds, sample_rate, channels) = soundtrack_audio(soundtrack.file, folder)
    offset, end = round(soundtrack.offset * rate), max((place.end for place in places), default=0)
    start, into = max(0, offset), max(0, -offset)
    sound = Sound(path.name, path, start, seconds, sample_rate, channels, track, into, end)
    return [sound] if start < end and into < sound.frames(rate) else []
