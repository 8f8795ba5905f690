"""A folder of one's own pictures with hand-made mattes as a set of the bench.

Every picture is a folder or a Photoshop file in it:

    my-set/
      shot-01/picture.png         the picture
              1 red dog.png       a matte for each subject, back to front by their numbers; the rest
              2 wizard.png        of the name is what the subject is called. Alpha is the matte, or
              2 wizard (2).png    brightness where the file is opaque; "(2)": another of the same
              caption.txt         optional: the prompt; it must say every name. Else they are listed
      shot-02.psd                 layers back to front, the lowest the background, each with its
                                  subject's name

Of a Photoshop file what subjects hide is known too, so hidden parts are measured as well. A
`style.txt` in a picture's folder, or in the set's, names what it is counted under.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.intake.drawn_layers import photoshop_stack
from multiplane.intake.mattes import load_matte
from multiplane.intake.picture import load_picture
from multiplane_study.bench.case import Case, Tags
from multiplane_study.scenes import Scene, SceneSubject
from multiplane_study.scenes.draw import visible
from multiplane_study.stylized500.hard import kinds_of_hard

Mattes = list[NDArray[np.float32]]

PICTURES = ("picture.png", "picture.jpg", "picture.jpeg", "picture.webp", "picture.tif")
_MATTE = re.compile(r"(?P<rank>\d+)[ _-]+(?P<name>.*?)(?: \(\d+\))?\.png", re.IGNORECASE)
_LEAST = 20  # px of a matte over one half
_BY_HAND = "by hand"


@dataclass(frozen=True)
class _Drawn:
    """A picture before it has words. names, mattes (visible), wholes, colours: back to front."""

    picture: NDArray[np.uint8]
    background: NDArray[np.uint8]
    names: list[str]
    mattes: Mattes
    wholes: Mattes
    colours: list[NDArray[np.uint8]]
    knows: frozenset[str]


def folder_cases(folder: Path) -> list[Callable[[], Case]]:
    """What makes each picture's case, in the order of names; nothing is decoded yet.

    Raises InputError `study.set.empty` for a folder without a picture, `study.set.no_picture` and
    `study.set.no_mattes` for a picture's folder that lacks them. A case, when it is made, raises
    `study.set.not_said` for a name that the caption lacks, `study.set.matte_empty` for a matte that
    shows nothing, and as `load_picture`, `load_matte` and `photoshop_stack`.
    """
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    found: list[Callable[[], Case]] = []
    for path in entries:
        number = len(found)
        if path.is_dir():
            _check(path)
            found.append(partial(_made, _of_folder, path, number))
        elif path.suffix.lower() in (".psd", ".psb"):
            found.append(partial(_made, _of_psd, path, number))
    if not found:
        raise InputError(
            "study.set.empty",
            "There is no picture in this folder.",
            file=str(folder),
            field="--set",
            remedy="Put in a folder for every picture, with picture.png and a matte for each "
            'subject ("1 red dog.png"), or layered PSD files.',
        )
    return found


def _made(read: Callable[[Path], _Drawn], path: Path, number: int) -> Case:
    return _case(read(path), path, number)


def _check(path: Path) -> None:
    if _picture_in(path) is None:
        raise InputError(
            "study.set.no_picture",
            "This folder of the set has no picture.",
            file=str(path),
            field="--set",
            remedy=f"Call it one of: {', '.join(PICTURES)}.",
        )
    if not _mattes_in(path):
        raise InputError(
            "study.set.no_mattes",
            "This folder of the set has no matte.",
            file=str(path),
            field="--set",
            remedy='Give a PNG for each subject, numbered back to front: "1 red dog.png".',
        )


def _picture_in(path: Path) -> Path | None:
    return next((path / name for name in PICTURES if (path / name).is_file()), None)


def _mattes_in(path: Path) -> list[tuple[int, str, Path]]:
    """Ranks, names and files, back to front."""
    found = []
    for file in sorted(path.iterdir()):
        match = _MATTE.fullmatch(file.name)
        if match is not None and match["name"].strip():
            found.append((int(match["rank"]), match["name"].strip(), file))
    return sorted(found)


def _of_folder(path: Path) -> _Drawn:
    file = _picture_in(path)
    assert file is not None, "it was looked for before"
    picture = load_picture(file)
    size = (picture.shape[1], picture.shape[0])
    listed = _mattes_in(path)
    mattes = [load_matte(matte, size) for _, _, matte in listed]
    for (_, _, matte), alpha in zip(listed, mattes, strict=True):
        _check_shows(alpha, matte, "")
    ranks = [rank for rank, _, _ in listed]
    knows = {"mattes", "order"} if len(set(ranks)) == len(ranks) else {"mattes"}
    return _Drawn(
        picture=picture,
        background=picture,
        names=[name for _, name, _ in listed],
        # Hand-made mattes are of what is seen; where two overlap, the nearer one has the pixel.
        mattes=visible(mattes),
        wholes=mattes,
        colours=[picture] * len(mattes),
        knows=frozenset(knows),
    )


def _of_psd(path: Path) -> _Drawn:
    stack = photoshop_stack(path)
    width, height = stack.size
    lowest, *others = stack.layers
    if not others:
        raise InputError(
            "study.set.no_mattes",
            "This Photoshop file has one layer only.",
            file=str(path),
            field="--set",
            remedy="The lowest layer is the background; each subject has one of its own above it.",
        )
    paper = np.full((height, width, 3), 255, np.uint8)
    colours, matte = _sheet(lowest.rgba, lowest.position, lowest.opacity, (width, height))
    background = _over(colours, matte, paper)
    picture = background
    sheets: list[NDArray[np.uint8]] = []
    wholes: Mattes = []
    for layer in others:
        colours, matte = _sheet(layer.rgba, layer.position, layer.opacity, (width, height))
        _check_shows(matte, path, layer.name)
        picture = _over(colours, matte, picture)
        sheets.append(colours)
        wholes.append(matte)
    return _Drawn(
        picture, background, [layer.name for layer in others], visible(wholes), wholes, sheets,
        frozenset({"mattes", "order", "hidden"}),
    )  # fmt: skip


def _sheet(
    rgba: NDArray[np.uint8], position: tuple[int, int], opacity: float, size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Colours and matte of a layer on the whole canvas."""
    width, height = size
    sheet = np.zeros((height, width, 4), np.uint8)
    x, y = position
    high, wide = rgba.shape[:2]
    rows, columns = slice(max(0, y), min(height, y + high)), slice(max(0, x), min(width, x + wide))
    if rows.start < rows.stop and columns.start < columns.stop:
        sheet[rows, columns] = rgba[
            rows.start - y : rows.stop - y, columns.start - x : columns.stop - x
        ]
    return sheet[..., :3], sheet[..., 3].astype(np.float32) * np.float32(opacity / 255.0)


def _over(
    colours: NDArray[np.uint8], matte: NDArray[np.float32], under: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    mixed = under + (colours.astype(np.float32) - under) * matte[..., None]
    return np.asarray(np.rint(mixed), np.uint8)


def _check_shows(matte: NDArray[np.float32], path: Path, name: str) -> None:
    if int((matte > 0.5).sum()) < _LEAST:
        raise InputError(
            "study.set.matte_empty",
            f"The layer {name} shows nothing." if name else "This matte shows nothing.",
            file=str(path),
            field=name or None,
            remedy="Paint the subject white or opaque, all else black or transparent; or take it "
            "out of the set.",
        )


def _case(drawn: _Drawn, path: Path, number: int) -> Case:
    caption, spans = _said(drawn.names, path)
    where = (len(caption) - len("background"), len(caption))
    scene = Scene(
        seed=number,
        style=_style_of(path),
        place="",
        caption=caption,
        place_phrase=where,
        style_phrase=None,
        picture=drawn.picture,
        background=drawn.background,
        subjects=tuple(
            SceneSubject(name, "", span, matte, whole, colours, (rank + 1) / len(drawn.names))
            for rank, (name, span, matte, whole, colours) in enumerate(
                zip(drawn.names, spans, drawn.mattes, drawn.wholes, drawn.colours, strict=True)
            )
        ),
        depth=np.zeros(drawn.picture.shape[:2], np.float32),
    )
    tags = Tags(
        number, scene.style, len(scene.subjects), _BY_HAND, "", kinds_of_hard(scene), caption
    )
    return Case(scene, tags, drawn.knows)


def _said(names: Sequence[str], path: Path) -> tuple[str, list[tuple[int, int]]]:
    """The caption, with "background" last, and where it names each subject; alike ones share."""
    file = path / "caption.txt"
    if path.is_dir() and file.is_file():
        text = " ".join(file.read_text("utf-8").split())
        spans = []
        for name in names:
            at = text.lower().find(name.lower())
            if at < 0:
                raise InputError(
                    "study.set.not_said",
                    "The caption does not name a subject of this picture.",
                    file=str(file),
                    field="caption",
                    value=name,
                    remedy="Write it into the caption as the matte's file calls it.",
                )
            spans.append((at, at + len(name)))
        return f"{text}, background", spans
    places: dict[str, tuple[int, int]] = {}
    text = ""
    for name in dict.fromkeys(names):
        text += ", " if text else ""
        places[name] = (len(text), len(text) + len(name))
        text += name
    return f"{text}, background", [places[name] for name in names]


def _style_of(path: Path) -> str:
    for folder in (path, path.parent):
        file = folder / "style.txt"
        if folder.is_dir() and file.is_file():
            return " ".join(file.read_text("utf-8").split()) or _BY_HAND
    return _BY_HAND
