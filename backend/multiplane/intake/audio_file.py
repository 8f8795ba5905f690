"""Audio files: opened by named formats, and nothing that such a file names is opened after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from multiplane.intake.opening import AUDIO, open_file

if TYPE_CHECKING:
    from av.container import InputContainer

FORMATS = (
    "wav", "w64", "aiff", "caf", "au", "flac", "mp3", "ogg", "aac", "ac3", "eac3", "amr", "asf",
    "mov", "mp4", "m4a", "3gp", "3g2", "matroska", "webm", "avi", "mpegts", "mpeg",
)  # fmt: skip
"""FFmpeg's names. No playlist and no script: concat, hls and dash open what they name."""
NAMES = "WAV, AIFF, FLAC, MP3, Ogg, Opus, AAC, M4A, WMA, or the sound of MP4, MOV, MKV and AVI"


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


def _refuse(url: str, flags: int, options: object) -> NoReturn:
    raise PermissionError(f"the file wants to open another one: {url}")
