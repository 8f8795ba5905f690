"""What the user should know of a shot's drawing, for its manifest."""

from __future__ import annotations

from collections.abc import Callable

from multiplane.contract.manifest import NoticeEntry
from multiplane.intake.psd_file import ALL_HIDDEN, SHOW_LAYERS

READ_AS = "picture.read_as"
"""The notices' code for what had to be decided while a file was read, such as its first frame."""


def noting(notices: list[NoticeEntry]) -> Callable[[str], None]:
    """What a reader of pictures gets as its `warn`: every sentence becomes one of `notices`."""

    def note(text: str) -> None:
        notices.append(NoticeEntry(code=READ_AS, text=text))

    return note


def layers_hidden() -> NoticeEntry:
    """For a Photoshop file of which no layer is visible."""
    return NoticeEntry(code="picture.psd.layers_hidden", text=ALL_HIDDEN, remedy=SHOW_LAYERS)
