"""contact.png: all shots of a storyboard on one sheet, each with its picture and its layers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError
from multiplane.contract.layout import contact_page
from multiplane.contract.manifest import LayerEntry, Manifest, SequenceShot, ShotLikeness
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.own_version import own_version
from multiplane.deliver.fan import fan_out, on_checkerboard
from multiplane.deliver.film_notices import is_of_film, told_of_film
from multiplane.deliver.folder import remove_stale, replacing_file
from multiplane.deliver.png import COMPRESSION, text_chunks
from multiplane.deliver.result_files import png, reason
from multiplane.deliver.typeset import font_for, lines, one_line

SHOTS_PER_PAGE = 40
COLUMNS = 2

_GAP, _PAD = 28, 20
_VIEW = (420, 236)
_CARD_WIDTH = 2 * _PAD + 2 * _VIEW[0] + 12
_THUMBS, _THUMB = 6, (132, 74)
_CARD_HEIGHT = 506
_HEAD = 96
_GROUND, _CARD, _LINE = (18, 19, 22), (29, 31, 36), (48, 51, 58)
_TEXT, _QUIET, _ALERT = (236, 236, 232), (152, 156, 165), (240, 128, 108)

Box = tuple[int, int]


@dataclass(frozen=True)
class _LoadedLayer:
    """A layer at the size that the sheet needs, its box in px of the picture at that size."""

    entry: LayerEntry
    rgba: NDArray[np.uint8]
    bbox: tuple[int, int, int, int]


def write_contact(out: Path, sequence: ShotSequence) -> list[Path]:
    """Draw the sheet of an output folder from what lies in it; returns the files written.

    contact.png holds up to 40 shots, contact-2.png and so on the rest; further pages of an
    earlier run are removed. A shot that failed has its error in place of a picture, one whose
    files cannot be read says so. Raises Failure when the sheet cannot be written.
    """
    pages = max(1, math.ceil(len(sequence.shots) / SHOTS_PER_PAGE))
    written = []
    for page in range(pages):
        shots = sequence.shots[page * SHOTS_PER_PAGE : (page + 1) * SHOTS_PER_PAGE]
        path = out / contact_page(page)
        sheet = _page(out, sequence, shots, page, pages)
        with replacing_file(path) as fresh:
            sheet.save(
                fresh,
                pnginfo=text_chunks(
                    {"Title": sequence.title, "Software": f"Multiplane {own_version()}"}
                ),
                compress_level=COMPRESSION,
            )
        written.append(path)
    page = pages
    while (stale := out / contact_page(page)).exists():
        remove_stale(stale)
        page += 1
    return written


def _page(
    out: Path, sequence: ShotSequence, shots: Sequence[SequenceShot], page: int, pages: int
) -> Image.Image:
    columns = min(COLUMNS, max(1, len(shots)))
    rows = math.ceil(len(shots) / columns)
    width = columns * _CARD_WIDTH + (columns + 1) * _GAP
    height = _HEAD + rows * (_CARD_HEIGHT + _GAP) + _GAP // 2
    sheet = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(sheet)
    frames = sum(shot.duration_frames for shot in sequence.shots)
    facts = (
        f"{len(sequence.shots)} shot{'s' * (len(sequence.shots) != 1)}   ·   "
        f"{frames / sequence.fps:.1f} s   ·   {sequence.size[0]} x {sequence.size[1]}   ·   "
        f"{sequence.fps:g} fps"
    )
    if judges := sorted({one.by for shot in sequence.shots for one in shot.cast}):
        facts += f"   ·   likeness of the cast by {', '.join(judges)}"
    if pages > 1:
        facts += f"   ·   page {page + 1} of {pages}"
    _text(draw, (_GAP + 2, 22), sequence.title, 30, _TEXT, width - 2 * _GAP)
    _text(draw, (_GAP + 2, 62), facts, 16, _QUIET, width - 2 * _GAP)
    for index, shot in enumerate(shots):
        x = _GAP + (index % columns) * (_CARD_WIDTH + _GAP)
        y = _HEAD + (index // columns) * (_CARD_HEIGHT + _GAP)
        sheet.paste(_card(out, sequence, shot), (x, y))
    return sheet


def _card(out: Path, sequence: ShotSequence, shot: SequenceShot) -> Image.Image:
    card = Image.new("RGB", (_CARD_WIDTH, _CARD_HEIGHT), _GROUND)
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle(
        (0, 0, _CARD_WIDTH - 1, _CARD_HEIGHT - 1), radius=14, fill=_CARD, outline=_LINE
    )
    seconds = f"{shot.duration_frames / sequence.fps:.1f} s"
    if shot.manifest is None:
        _without_picture(draw, shot.id, seconds, shot.error)
        return card
    try:
        found = ShotFolder.open((out / shot.manifest).parent)
        manifest = found.manifest
        picture, layers = _load(found)
    except (InputError, OSError, ValueError) as error:
        broken = ErrorEntry(
            code="deliver.contact.shot_unreadable",
            message=f"Its files cannot be read: {reason(error)}",
            remedy="Make this shot again.",
        )
        _without_picture(draw, shot.id, seconds, broken)
        return card
    size = picture.size
    card.paste(_framed(picture, _VIEW), (_PAD, _PAD))
    fan = fan_out(layers, size, (_VIEW[0] * 2, _VIEW[1] * 2), ground=_CARD)
    card.paste(
        Image.fromarray(fan).resize(_VIEW, Image.Resampling.LANCZOS), (_PAD + _VIEW[0] + 12, _PAD)
    )
    y = _PAD + _VIEW[1] + 16
    _thumbnails(card, draw, layers, size, y, {one.layer: one for one in shot.cast})
    y += _THUMB[1] + 40
    facts = "   ·   ".join(_facts(manifest, seconds))
    inside = _CARD_WIDTH - 2 * _PAD
    room = min(math.ceil(font_for(facts, 14).getlength(facts)), inside - 260)
    _text(draw, (_PAD, y), shot.id, 20, _TEXT, inside - room - 20)
    _text(draw, (_PAD + inside - room, y + 4), facts, 14, _QUIET, room, right=True)
    prompt = manifest.original_prompt or "From a drawing."
    told = _told(manifest)
    said = [(line, _TEXT) for line in lines(prompt, 16, inside, 1 if told else 3)]
    if told:
        said += [(line, _ALERT) for line in lines(told, 16, inside, 3 - len(said))]
    for number, (line, colour) in enumerate(said):
        _text(draw, (_PAD, y + 32 + number * 22), line, 16, colour, _CARD_WIDTH)
    return card


def _told(manifest: Manifest) -> str:
    """What there is to know of the shot, in the order of how much it shows.

    There is room for some of it: what the film shows comes first.
    """
    notices = told_of_film(manifest.notices, manifest.checks.film)
    notices.sort(key=lambda notice: not is_of_film(notice))
    return " ".join(notice.text for notice in notices)


def _facts(manifest: Manifest, seconds: str) -> list[str]:
    style = manifest.style
    seed, take = manifest.model.seed, manifest.model.take or 1
    found = [
        str(style) if style else None,
        manifest.camera.preset.replace("_", " "),
        seconds,
        manifest.model.name,
        None if seed is None else f"seed {seed}" + f" take {take}" * (take > 1),
    ]
    return [text for text in found if text]


def _load(shot: ShotFolder) -> tuple[Image.Image, list[_LoadedLayer]]:
    picture = png(shot.path / shot.manifest.files.picture, "RGB")
    # Twice the view's width: what is seen of it is never larger.
    scale = min(1.0, 2.0 * _VIEW[0] / picture.width)
    layers = []
    for entry in shot.manifest.layers:
        own = png(shot.path / entry.file, "RGBA")
        if own.size != entry.bbox[2:]:
            raise ValueError(f"{entry.file} has another size than the manifest says")
        x, y, wide, high = (round(value * scale) for value in entry.bbox)
        box = (x, y, max(1, wide), max(1, high))
        layers.append(_LoadedLayer(entry, np.asarray(_shrunk(own, box[2:])), box))
    whole = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return _shrunk(picture, whole), layers


def _shrunk(picture: Image.Image, size: Box) -> Image.Image:
    # Pillow resizes RGBA premultiplied: no edge takes on the colour of what is transparent.
    if picture.size == size:
        return picture
    return picture.resize(size, Image.Resampling.BOX)


def _thumbnails(
    card: Image.Image,
    draw: ImageDraw.ImageDraw,
    layers: Sequence[_LoadedLayer],
    size: Box,
    y: int,
    cast: Mapping[str | None, ShotLikeness],
) -> None:
    """Front to back, as people read a stack; the last place says how many there are besides.

    cast: by layer, whose likeness to itself is written beside its name.
    """
    ordered = list(reversed(layers))
    shown = ordered if len(ordered) <= _THUMBS else ordered[: _THUMBS - 1]
    scale = min(_THUMB[0] / size[0], _THUMB[1] / size[1])
    inner = (max(2, round(size[0] * scale)), max(2, round(size[1] * scale)))
    for place, layer in enumerate(shown):
        x = _PAD + place * (_THUMB[0] + 12)
        thumb = Image.fromarray(on_checkerboard(layer, size, inner, opaque=True)).convert("RGB")
        card.paste(thumb, (x + (_THUMB[0] - inner[0]) // 2, y))
        likeness = cast.get(layer.entry.id)
        doubtful = layer.entry.reason is not None or (likeness is not None and likeness.unlike)
        if doubtful:
            draw.rectangle((x, y, x + _THUMB[0] - 1, y + inner[1] - 1), outline=_ALERT, width=2)
        name = f"? {layer.entry.name}" if doubtful else layer.entry.name
        if likeness is not None:
            name += f" {likeness.likeness:.2f}"
        colour = _ALERT if doubtful else _QUIET
        _text(draw, (x, y + _THUMB[1] + 5), name, 13, colour, _THUMB[0], middle=True)
    if len(shown) < len(ordered):
        x = _PAD + len(shown) * (_THUMB[0] + 12)
        more = f"+ {len(ordered) - len(shown)} more"
        _text(draw, (x, y + _THUMB[1] // 2 - 8), more, 15, _QUIET, _THUMB[0], middle=True)


def _framed(picture: Image.Image, box: Box) -> Image.Image:
    fitted = ImageOps.contain(picture, box, Image.Resampling.LANCZOS)
    view = Image.new("RGB", box, _CARD)
    view.paste(fitted, ((box[0] - fitted.width) // 2, (box[1] - fitted.height) // 2))
    return view


def _without_picture(
    draw: ImageDraw.ImageDraw, shot_id: str, seconds: str, error: ErrorEntry | None
) -> None:
    """What is wrong, where, and what to do; a shot that was not asked for has no error."""
    inside = _CARD_WIDTH - 2 * _PAD
    _text(draw, (_PAD, _PAD), shot_id, 20, _TEXT, inside - 140)
    _text(draw, (_CARD_WIDTH - 140, _PAD + 4), seconds, 14, _QUIET, 140 - _PAD, right=True)
    if error is None:
        _text(draw, (_PAD, _PAD + 48), "This shot has not been made.", 17, _QUIET, inside)
        return
    place = "   ·   ".join(part for part in (error.file, error.field, error.value) if part)
    y = _PAD + 48
    for words, colour, most in (
        (" ".join([error.message, *map(_beside, error.also)]), _ALERT, 8),
        (error.remedy or "", _TEXT, 4),
        (place, _QUIET, 3),
    ):
        for line in lines(words, 17, inside, most):
            _text(draw, (_PAD, y), line, 17, colour, inside)
            y += 26
        y += 8 if words else 0


def _beside(error: ErrorEntry) -> str:
    """An error that came with another one."""
    return f"{error.field}: {error.message}" if error.field else error.message


def _text(
    draw: ImageDraw.ImageDraw,
    corner: Box,
    text: str,
    size: int,
    colour: tuple[int, int, int],
    width: int,
    *,
    right: bool = False,
    middle: bool = False,
) -> None:
    line = one_line(text, size, width)
    font = font_for(line, size)
    free = width - float(font.getlength(line))
    shift = free if right else free / 2 if middle else 0.0
    draw.text((corner[0] + shift, corner[1]), line, font=font, fill=colour)
