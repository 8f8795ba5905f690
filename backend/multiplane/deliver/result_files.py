"""Files of results as they are read again: a folder of results may be anybody's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.regular_file import open_regular

if TYPE_CHECKING:
    from av.container import InputContainer

MAX_PICTURE_BYTES = 4 * 2**30
MAX_FILM_BYTES = 2**40


def reason(error: Exception) -> str:
    """Why a file of results cannot be read, without which one and what to do about it."""
    if not isinstance(error, InputError):
        return str(error)
    return str(error.__cause__) if error.__cause__ else error.message


@contextlib.contextmanager
def open_png(path: Path) -> Iterator[Image.Image]:
    """A picture of results, its header read; PNG and nothing else.

    Raises OSError, also for another format and for what is no regular file.
    """
    with (
        open_regular(path, MAX_PICTURE_BYTES) as stream,
        Image.open(stream, formats=["PNG"]) as image,
    ):
        yield image


def png(path: Path, mode: str | None = None) -> Image.Image:
    """The whole picture, in `mode` or its own. Raises as `open_png`, and for damage."""
    with open_png(path) as image:
        return image.convert(mode) if mode else image.copy()


@contextlib.contextmanager
def open_film(path: Path) -> Iterator[InputContainer]:
    """A film of results; MP4 and nothing else. Raises OSError and av.FFmpegError."""
    import av

    with (
        open_regular(path, MAX_FILM_BYTES) as stream,
        av.open(
            stream, mode="r", format="mp4", container_options={"protocol_whitelist": "none"}
        ) as file,
    ):
        yield file
