"""The one door for files that a user, a storyboard or a program names."""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.contract.regular_file import (
    FOLDER,
    NO_NAME,
    NotRegularError,
    TooLargeError,
    in_words,
    open_regular,
)
from multiplane.intake.reach import check_reach

_GIB = 2**30


@dataclass(frozen=True)
class FileKind:
    """What a file is to be. code: what the errors' codes begin with. noun: "picture".

    max_bytes: larger files are refused by their size alone. too_large: what to do about one.
    """

    code: str
    noun: str
    max_bytes: int
    too_large: str


PICTURE = FileKind("picture", "picture", 4 * _GIB, "Save it smaller, or flatten its layers.")
AUDIO = FileKind("audio", "audio file", 4 * _GIB, "Cut out the part that the shot needs.")
LORA = FileKind("lora", "LoRA", 4 * _GIB, "LoRAs are smaller; this may be a whole model.")
CERTIFICATE = FileKind("serve.certificate", "certificate", 2**20, "Give a file in PEM format.")


def open_file(path: Path, kind: FileKind) -> BufferedReader | BytesIO:
    """The file at `path`, opened for reading, at its beginning. Never waits.

    Raises InputError: `path.out_of_reach` for a server that may not read it (`reach`),
    `<code>.missing` where no file is, `<code>.not_a_file` for a pipe, a device or a socket,
    `<code>.too_large`, and `<code>.unreadable` for what the disk refuses.
    """
    check_reach(path)
    name = str(path)
    try:
        return open_regular(path, kind.max_bytes)
    except NotRegularError as error:
        if error.what in (FOLDER, NO_NAME):
            raise InputError(
                f"{kind.code}.missing",
                "This is {what}, and not a {noun}.",
                file=name,
                remedy="Name one of the files in it." if error.what == FOLDER else None,
                values={"what": error.what, "noun": kind.noun},
            ) from None
        raise InputError(
            f"{kind.code}.not_a_file",
            "This is {what}; only ordinary files are read.",
            file=name,
            remedy="Save the {noun} as a file, and name that.",
            values={"what": error.what, "noun": kind.noun},
        ) from None
    except TooLargeError as error:
        raise InputError(
            f"{kind.code}.too_large",
            "The file is larger than {limit}.",
            file=name,
            remedy=kind.too_large,
            values={"limit": in_words(error.limit)},
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        message = "There is no such {noun}."
        if path.is_symlink():
            message = "There is no such {noun} that its link leads to."
        raise InputError(
            f"{kind.code}.missing", message, file=name, values={"noun": kind.noun}
        ) from None
    except OSError as error:
        raise InputError(
            f"{kind.code}.unreadable",
            "The {noun} cannot be read: {why}.",
            file=name,
            values={"noun": kind.noun, "why": str(error.strerror or error)},
        ) from error
