"""The files of screenplays, as their elements: Fountain (fountain.io) and Final Draft's FDX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from multiplane.contract.errors import InputError
from multiplane.intake.reading import Notice
from multiplane.intake.screenplay import Kind, ScriptElement
from multiplane.intake.text_file import read_bytes, read_text

SUFFIXES = (".fountain", ".fdx")
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


def read_script(path: Path) -> tuple[str, list[ScriptElement], list[Notice]]:
    """(title or "", elements, what to tell) of the screenplay at `path`.

    Raises InputError `storyboard.script.unreadable`, and as `read_bytes`.
    """
    return _final_draft(path) if path.suffix.lower() == ".fdx" else _fountain(path)


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
        said = "{count} sections, synopses and passages that the writer took out are not shots."
        notices.append(Notice("storyboard.script.left_out", said, values={"count": left_out}))
    return " ".join(title.replace("*", "").replace("_", "").split()), elements, notices


def _final_draft(path: Path) -> tuple[str, list[ScriptElement], list[Notice]]:
    data = read_bytes(path, kind="storyboard")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise InputError(
            "storyboard.script.unreadable",
            "This is no Final Draft script: {why}",
            file=str(path),
            remedy="Save it again as .fdx, or export it as Fountain.",
            values={"why": str(error)},
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
    notices = [
        Notice(
            "storyboard.script.as_action",
            "{count} paragraphs of type '{type}' are action.",
            values={"count": count, "type": name},
        )
        for name, count in strange.items()
    ]
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
