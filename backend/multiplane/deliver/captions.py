"""Words in the picture: shots' names and dialogue, blended into frames as a film stores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from multiplane.deliver.typeset import drawable, font_for, lines, one_line

if TYPE_CHECKING:
    from av import VideoFrame

_BLACK, _WHITE = 16, 235
"""Luma of BT.709 in limited range."""
_SMALLEST = 9
_SPEECH, _NAME = 0.05, 0.028
"""Size of letters, in heights of the picture."""
_GROUND, _TITLE, _QUIET, _ALERT = (18, 19, 22), (236, 236, 232), (152, 156, 165), (240, 128, 108)


@dataclass(frozen=True)
class Caption:
    """Grey words over a part of the picture whose corner and sides are even.

    luma: (h, w) times its opacity; opacity: (h, w); chroma: (h/2, w/2) opacity of half the size.
    All 0..255, in 16 bits for the arithmetic.
    """

    corner: tuple[int, int]  # x, y px
    luma: NDArray[np.uint16]
    opacity: NDArray[np.uint16]
    chroma: NDArray[np.uint16]


def speech(text: str, size: tuple[int, int]) -> Caption:
    """Dialogue: white with a dark outline, centred near the bottom; line breaks stay."""
    rows = [drawable(row) for row in text.splitlines() if row.strip()] or [" "]
    width, height = size
    letters = max(_SMALLEST, round(min(height, width) * _SPEECH))
    room = 0.92 * width
    widest = max(float(font_for(text, letters).getlength(row)) for row in rows)
    # Bounded by the height, too: a short shot may have to show a long speech at once.
    tall = 0.8 * height / (1.25 * len(rows))
    letters = max(_SMALLEST, int(min(letters, letters * room / max(widest, 1.0), tall)))
    step = round(letters * 1.25)
    edge = max(1, round(letters * 0.09))
    sheet = Image.new("LA", size)
    draw = ImageDraw.Draw(sheet)
    top = height - round(0.06 * height) - step * len(rows)
    font = font_for(text, letters)
    for number, row in enumerate(rows):
        left = (width - float(font.getlength(row))) / 2
        place = (left, top + number * step)
        draw.text(place, row, font=font, fill=(255, 255), stroke_width=edge, stroke_fill=(0, 255))
    return _caption(sheet)


def name_tag(text: str, size: tuple[int, int]) -> Caption:
    """A shot's name, small, on a dark ground in the upper left corner."""
    width, height = size
    letters = max(_SMALLEST, round(min(height, width) * _NAME))
    row = one_line(text, letters, 0.6 * width)
    font = font_for(row, letters)
    pad, margin = round(letters * 0.5), round(letters * 0.9)
    sheet = Image.new("LA", size)
    draw = ImageDraw.Draw(sheet)
    right = margin + 2 * pad + float(font.getlength(row))
    draw.rounded_rectangle(
        (margin, margin, right, margin + round(1.3 * letters) + pad), radius=pad, fill=(0, 150)
    )
    draw.text((margin + pad, margin + pad / 2), row, font=font, fill=(255, 255))
    return _caption(sheet)


def card(title: str, message: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A whole frame (h, w, 3) in place of a shot: its name, and why it is not there."""
    width, height = size
    letters = max(_SMALLEST, round(min(size) * 0.075))
    small = max(_SMALLEST, round(letters * 0.5))
    rows = lines(message, small, 0.8 * width, 4)
    sheet = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, width, max(1, height // 90)), fill=_ALERT)
    top = (height - 1.6 * letters - 1.4 * small * len(rows)) / 2
    for text, px, colour in [(title, letters, _TITLE), *((row, small, _QUIET) for row in rows)]:
        row = one_line(text, px, 0.9 * width)
        font = font_for(row, px)
        draw.text(((width - float(font.getlength(row))) / 2, top), row, font=font, fill=colour)
        top += (1.6 if px == letters else 1.4) * px
    return np.array(sheet)


def blend(frame: VideoFrame, captions: Sequence[Caption]) -> None:
    """Put ``captions`` into a yuv420p ``frame``, in place."""
    if not captions:
        return
    # A decoder still refers to the frames that it has given away.
    frame.make_writable()
    planes = [_array(frame, index) for index in range(3)]
    for caption in captions:
        x, y = caption.corner
        h, w = caption.luma.shape
        part = planes[0][y : y + h, x : x + w]
        part[...] = (part * (255 - caption.opacity) + caption.luma + 127) // 255
        x, y, h, w = x // 2, y // 2, h // 2, w // 2
        for plane in planes[1:]:
            part = plane[y : y + h, x : x + w]
            part[...] = (part * (255 - caption.chroma) + 128 * caption.chroma + 127) // 255


def _array(frame: VideoFrame, index: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _caption(sheet: Image.Image) -> Caption:
    box = sheet.getchannel("A").getbbox() or (0, 0, 2, 2)
    left, top = box[0] // 2 * 2, box[1] // 2 * 2
    right, bottom = (
        min(side, -(-end // 2) * 2) for end, side in zip(box[2:], sheet.size, strict=True)
    )
    pixels = np.asarray(sheet.crop((left, top, right, bottom)), np.uint16)
    grey, opacity = pixels[..., 0], pixels[..., 1]
    luma = _BLACK + (grey * (_WHITE - _BLACK) + 127) // 255
    h, w = opacity.shape
    halves = opacity.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3))
    return Caption((left, top), luma * opacity, opacity, np.rint(halves).astype(np.uint16))
