"""What the user should know of a shot's drawing, for its manifest."""

from __future__ import annotations

from collections.abc import Callable

from multiplane.contract.manifest import Comp, NoticeEntry
from multiplane.contract.told_values import Value
from multiplane.intake.psd_file import ALL_HIDDEN, SHOW_LAYERS
from multiplane.models.load import Painter
from multiplane.models.paint import painting_size, picture_size

PAINTED_SMALLER = "picture.painted_smaller"
READ_AS = "picture.read_as"
"""The notices' code for what had to be decided while a file was read, such as its first frame."""


def noting(notices: list[NoticeEntry]) -> Callable[[str], None]:
    """What a reader of pictures gets as its `warn`: every sentence becomes one of `notices`."""

    def note(text: str) -> None:
        notices.append(NoticeEntry.of(READ_AS, "{said}", {"said": text}))

    return note


def painted_smaller(painter: Painter, comp: Comp) -> tuple[NoticeEntry, ...]:
    """For a picture that was painted smaller than its model does, for want of memory; else none."""
    size = picture_size(painter.profile, comp.width / comp.height)
    own = painting_size(painter, size)
    if own == size:
        return ()
    text = (
        "The picture was painted at {width} x {height} px and enlarged to {wide} x {high}, "
        "because there was not memory enough for {model} at its own size."
    )
    values: dict[str, Value] = {
        "width": own[0],
        "height": own[1],
        "wide": size[0],
        "high": size[1],
        "model": painter.profile.name,
    }
    remedy = "Close other programs and make the shot anew (--force), or use a smaller model."
    return (NoticeEntry.of(PAINTED_SMALLER, text, values, remedy=remedy),)


def layers_hidden() -> NoticeEntry:
    """For a Photoshop file of which no layer is visible."""
    return NoticeEntry(code="picture.psd.layers_hidden", text=ALL_HIDDEN, remedy=SHOW_LAYERS)
