"""Screenplays: Fountain (fountain.io) and Final Draft's FDX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from multiplane.contract.errors import InputError
from multiplane.intake.reading import Notice, Reading, reader
from multiplane.intake.screenplay import Kind, ScriptElement, shots_of
from multiplane.intake.text_file import read_bytes, read_text

_REMEDY = "Give a screenplay with scene headings (INT. CASTLE - NIGHT) and action."
# The library takes notes and passages that are taken out from the text, and leaves their numbers.
_NOTE = re.compile(r"\[\[(\d+)\]\]")
_TAKEN_OUT = re.compile(r"/\*\d+\*/")
_FOUNTAIN: dict[str, Kind] = {
    "HEADING": "heading",
    "ACTION": "action",
    "CHARACTER": "character",
    "DIALOGUE": "dialogue",
    "LYRIC": "dialogue",
    "PARENTHETICAL": "aside",
    "TRANSITION": "transition",
}
_FINAL_DRAFT: dict[str, Kind] = {
    "Scene Heading": "heading",
    "Shot": "action",
    "Action": "action",
    "General": "action",
    "Character": "character",
    "Dialogue": "dialogue",
    "Lyrics": "dialogue",
    "Parenthetical": "aside",
    "Transition": "transition",
}


@reader(
    "screenplay",
    "a screenplay, a shot for each paragraph of action",
    suffixes=(".fountain", ".fdx"),
)
def read_screenplay(path: Path) -> Reading:
    """The shots of the screenplay at `path`; see `shots_of`.

    Raises InputError `storyboard.script.unreadable`, or `storyboard.script.empty`.
    """
    read = _final_draft if path.suffix.lower() == ".fdx" else _fountain
    title, elements, notices = read(path)
    shots = shots_of(elements)
    if not shots:
        raise InputError(
            "storyboard.script.empty",
            "The screenplay has no scene and no action.",
            file=str(path),
            remedy=_REMEDY,
        )
    return Reading(
        {"title": title[:300] or path.stem[:300], "shots": shots},
        folder=path.parent,
        notices=tuple(notices),
        place=lambda shot, field: f"{shots[shot]['id']}, {field}",
    )


def _fountain(path: Path) -> tuple[str, list[ScriptElement], list[Notice]]:
    from screenplay_tools.fountain.parser import Parser

    text, _ = read_text(path, kind="storyboard")
    parser = Parser()
    parser.add_text(text)
    script = parser.script
    title = next(
        (entry.text for entry in script.titleEntries if entry.key.casefold() == "title"), ""
    )
    elements: list[ScriptElement] = []
    left_out = 0
    for element in script.elements:
        kind = _FOUNTAIN.get(element.type.value)
        if kind is None:
            left_out += element.type.value in ("SECTION", "SYNOPSIS")
            continue
        if kind == "character":
            elements.append(ScriptElement(kind, element.name))
            continue
        number = getattr(element, "scene_number", None)
        raw = element.text_raw
        for part in re.split(r"\n\s*\n", raw) if kind == "action" else [raw]:
            text = _TAKEN_OUT.sub("", _NOTE.sub("", part))
            elements.append(ScriptElement(kind, text, number))
            for found in _NOTE.findall(part):
                elements.append(ScriptElement("note", script.notes[int(found)].text))
    left_out += len(script.boneyards)
    notices = []
    if left_out:
        text = f"{left_out} sections, synopses and passages that the writer took out are not shots."
        notices.append(Notice("storyboard.script.left_out", text))
    return " ".join(title.replace("*", "").replace("_", "").split()), elements, notices


def _final_draft(path: Path) -> tuple[str, list[ScriptElement], list[Notice]]:
    data = read_bytes(path, kind="storyboard")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise InputError(
            "storyboard.script.unreadable",
            f"This is no Final Draft script: {error}",
            file=str(path),
            remedy="Save it again as .fdx, or export it as Fountain.",
        ) from None
    strange: dict[str, int] = {}
    elements = []
    for paragraph in root.iterfind("./Content/Paragraph"):
        type_ = paragraph.get("Type", "Action")
        kind = _FINAL_DRAFT.get(type_)
        if kind is None:
            strange[type_] = strange.get(type_, 0) + 1
            kind = "action"
        elements.append(ScriptElement(kind, _text(paragraph), paragraph.get("Number")))
        elements += [
            ScriptElement("note", "".join(_texts(note)))
            for note in paragraph.iterfind("./ScriptNote")
        ]
    told = (f"{count} paragraphs of type {name!r} are action." for name, count in strange.items())
    notices = [Notice("storyboard.script.as_action", text) for text in told]
    return _title(root), elements, notices


def _text(paragraph: ElementTree.Element) -> str:
    """Of all its runs: a run is a part in one style."""
    return "".join("".join(run.itertext()) for run in paragraph.iterfind("./Text"))


def _texts(element: ElementTree.Element) -> Iterator[str]:
    for paragraph in element.iterfind("./Paragraph"):
        yield _text(paragraph) + " "


def _title(root: ElementTree.Element) -> str:
    """The first line of the title page that says anything."""
    lines = (_text(each) for each in root.iterfind("./TitlePage/Content/Paragraph"))
    return next((" ".join(line.split()) for line in lines if line.strip()), "")
