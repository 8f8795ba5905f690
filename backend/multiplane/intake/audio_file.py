"""Audio files: opened by named formats, and nothing that such a file names is opened after it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from multiplane.contract.errors import InputError
from multiplane.contract.told_values import Values
from multiplane.intake.opening import AUDIO, open_file
from multiplane.intake.paths import DECODED, decoded_escapes, resolve_path

if TYPE_CHECKING:
    from av.container import InputContainer

FORMATS = (
    "wav", "w64", "aiff", "caf", "au", "flac", "mp3", "ogg", "aac", "ac3", "eac3", "amr", "asf",
    "mov", "mp4", "m4a", "3gp", "3g2", "matroska", "webm", "avi", "mpegts", "mpeg",
)  # fmt: skip
"""FFmpeg's names. No playlist and no script: concat, hls and dash open what they name."""
NAMES = "WAV, AIFF, FLAC, MP3, Ogg, Opus, AAC, M4A, WMA, or the sound of MP4, MOV, MKV and AVI"

_SAVE_AGAIN = f"Save it anew as {NAMES}."
_FROM_ZERO = {"mov", "mp4", "m4a", "matroska", "webm"}
_WITHOUT_LENGTH = {"mp3", "aac", "ac3", "eac3", "amr", "mpegts", "mpeg"}
"""Formats that need not say how long they are: FFmpeg then reckons by the first bit rate."""
_PADDING = 4
"""Packets by which the length that a header states may be shorter: encoders fill up the ends."""


class AudioFacts(NamedTuple):
    """seconds: its length, where its times begin at 0 with the silence before it."""

    seconds: Fraction
    sample_rate: int  # Hz
    channels: int


def shot_audio(name: str, folder: Path) -> tuple[Path, AudioFacts]:
    """The audio that a shot names, with relative names in `folder`.

    Raises InputError `storyboard.shot.audio.missing` or `.unusable`: the shot is silent then, and
    the message says so and why.
    """
    return _named_audio(name, folder, "audio", "the shot is silent")


def soundtrack_audio(
    name: str, folder: Path, *, effect: str = "the film is without a soundtrack"
) -> tuple[Path, AudioFacts]:
    """The same of a storyboard's soundtrack; the codes are `storyboard.soundtrack.*`.

    effect: what comes of an error, for its message.
    """
    try:
        return _named_audio(name, folder, "soundtrack.file", effect)
    except InputError as error:
        kind = error.code.rpartition(".")[2]
        raise dataclasses.replace(error, code=f"storyboard.soundtrack.{kind}") from error


def _named_audio(name: str, folder: Path, field: str, effect: str) -> tuple[Path, AudioFacts]:
    path = resolve_path(name, folder)
    values: Values
    try:
        return path, audio_facts(path)
    except InputError as error:
        shown, remedy, values = name, error.remedy, error.values
        if (decoded := decoded_escapes(name)) is not None:
            shown, remedy, values = decoded[0], DECODED, {"meant": decoded[1]}
        missing = error.code == "audio.missing"
        why = error.message
    except ValueError as error:
        shown, remedy, missing, why = name, _SAVE_AGAIN, False, f"{error}."
        values = {}
    if missing:
        raise InputError(
            "storyboard.shot.audio.missing",
            "There is no audio file {file}; {effect}.",
            field=field,
            value=shown,
            remedy=remedy or "Correct its path, or put the file there.",
            values={**values, "file": shown, "effect": effect},
        )
    raise InputError(
        "storyboard.shot.audio.unusable",
        "The audio {file} is no use, so {effect}: {why}",
        field=field,
        value=shown,
        remedy=remedy,
        values={**values, "file": shown, "effect": effect, "why": why},
    )


def audio_facts(path: Path) -> AudioFacts:
    """Of the file's first audio stream. Reads its header and a packet; all packets where FFmpeg
    could only estimate the length.

    Raises InputError as `open_file`, and ValueError, with the reason, for what is no audio file.
    """
    import av

    try:
        with open_audio(path) as file:
            facts = _facts(file)
            seconds = _counted_seconds(file, facts) if _may_be_estimated(file) else facts.seconds
        with open_audio(path) as file:
            next(file.decode(audio=0))
    except StopIteration:
        raise ValueError("there is no audio in it") from None
    except av.FFmpegError as error:
        if path.stat().st_size == 0:
            raise ValueError("the file is empty") from error
        if isinstance(error, av.InvalidDataError):
            raise ValueError("it is damaged, or no audio file") from error
        raise ValueError(error.strerror) from error  # its own text repeats the path
    return facts._replace(seconds=seconds)


def begins_at_zero(file: InputContainer) -> bool:
    """Whether the file's times are those of a timeline that starts at 0."""
    return bool(_FROM_ZERO & {*file.format.name.split(",")})


@contextlib.contextmanager
def open_audio(path: Path) -> Iterator[InputContainer]:
    """The audio file, or the film, at `path`.

    Raises InputError as `open_file`, ValueError for a file of another format, and av.FFmpegError
    for a damaged one, also while it is read.
    """
    import av

    with open_file(path, AUDIO) as stream:
        try:
            file = av.open(
                stream,
                mode="r",
                container_options={
                    "format_whitelist": ",".join(FORMATS),
                    "protocol_whitelist": "none",
                },
                io_open=_refuse,
            )
        except av.ArgumentError as error:  # what FFmpeg says of a format that is not on its list
            raise ValueError(f"it is none of {NAMES}") from error
        with file:
            yield file


def _facts(file: InputContainer) -> AudioFacts:
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
    return AudioFacts(seconds, int(stream.rate), int(stream.channels))


def _may_be_estimated(file: InputContainer) -> bool:
    return bool(_WITHOUT_LENGTH & {*file.format.name.split(",")})


def _counted_seconds(file: InputContainer, facts: AudioFacts) -> Fraction:
    """The length by its packets, unless that is what the header says but for an encoder's padding.

    A damaged end leaves what came before it.
    """
    import av

    counted, longest = Fraction(), Fraction()
    with contextlib.suppress(av.FFmpegError):
        for packet in file.demux(file.streams.audio[0]):
            if packet.duration and packet.time_base:
                length = packet.duration * packet.time_base
                counted, longest = counted + length, max(longest, length)
    if not counted or 0 <= counted - facts.seconds <= _PADDING * longest:
        return facts.seconds
    return counted


def _refuse(url: str, flags: int, options: object) -> NoReturn:
    raise PermissionError(f"the file wants to open another one: {url}")
