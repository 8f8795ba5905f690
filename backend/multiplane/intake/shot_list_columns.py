"""The columns of a shot list: what they may be called, and what the template says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multiplane.contract.known_names import near_names

_UNIT = re.compile(r"[(\[](.*?)[)\]]")


@dataclass(frozen=True)
class Column:
    """field: in our JSON, "camera.amount" for a part of the camera. unit: of plain numbers."""

    field: str
    description: str
    synonyms: tuple[str, ...] = ()


COLUMNS = (
    Column("id", "name of the shot; without: given", (
        "shot", "shot id", "shot no", "shot number", "shot name", "shot #", "#", "no", "nr",
        "number", "name", "board", "board id", "panel", "frame number", "frame no", "frame #",
        "einstellung", "einstellungsnummer", "plan", "plano", "toma",
    )),
    Column("scene", "put before the shot's name", (
        "scene no", "scene number", "scene #", "sc", "szene",
        "scène", "escena",
    )),
    Column("scene_name", "the scene's name, where it is not put before the shot's", ()),
    Column("prompt", "what to paint; **word** marks a subject", (
        "description", "shot description", "image prompt", "desc", "visual", "visuals",
        "image text", "beschreibung", "bildbeschreibung", "bildinhalt", "descripción",
        "descripcion",
    )),
    Column("picture", "file to cut instead, relative to this table", (
        "image", "image file", "picture file", "drawing", "file", "file name", "filename", "path",
        "board image", "artwork",
    )),
    Column("whole", "yes: a Photoshop file as one picture, not in its layers", ()),
    Column("artboard", "of a Photoshop file with several: the one to take", ("art board",)),
    Column("subjects", "what becomes a layer of its own, with ; between", (
        "subject", "characters", "character", "cast", "elements", "cut out",
    )),
    Column("style", "instead of the storyboard's", ("look",)),
    Column("plate", "name of a plate that it is painted over; # plates: {...} above", (
        "background plate", "bg plate",
    )),
    Column("duration", "2.5 (seconds), 2.5s, 48 frames, 00:00:02:12", (
        "length", "time", "dur", "shot length", "shot duration", "timing", "seconds", "secs", "sec",
        "frames", "milliseconds", "ms", "time estimate", "estimated time", "est time",
        "est duration",
        "estimated duration", "dauer", "länge", "laenge", "durée", "duree", "duración", "duracion",
        "duration s", "duration sec", "duration seconds",
        "duration frames", "duration ms", "time s", "length s", "runtime",
    )),
    Column("camera", "name of a preset, such as push_in", (
        "camera move", "camera movement", "camera preset", "move", "movement", "preset",
        "camera moves", "camera action", "kamerabewegung", "kamera", "bewegung",
        "mouvement", "mouvement de caméra", "movimiento", "movimiento de cámara",
    )),
    Column("camera.amount", "its strength; 1 is usual", ("amount", "camera amount", "strength")),
    Column("camera.direction", "a word that the preset knows", ("direction", "camera direction")),
    Column("camera.focus", "subject in focus", ("focus", "camera focus")),
    Column("camera.loop", "yes: end where it began", ("loop", "camera loop")),
    Column("dialogue", "what is said", (
        "dialog", "line", "lines", "dialogues", "dialogue notes", "dialoge", "diálogo",
        "vo", "voice over", "voiceover", "speech", "script",
    )),
    Column("action", "what happens", (
        "actions", "what happens", "action notes", "action note", "handlung", "aktion", "acción",
    )),
    Column("notes", "anything else", (
        "note", "comment", "comments", "remark", "remarks", "bemerkung", "bemerkungen", "anmerkung",
        "anmerkungen", "notizen", "remarques", "notas",
    )),
    Column("audio", "sound file, relative to this table", (
        "sound", "sounds", "sfx", "sound fx", "sound effects", "audio file", "sound file", "wav",
        "ton", "son", "sonido",
    )),
    Column("seed", "a whole number; the same gives the same picture", ("random seed",)),
    Column("takes", "tries of the picture, of which the clearest is kept", ()),
    Column("cut", "what cuts the picture: attention, or another model", ()),
    Column("fill", "what paints the hidden parts that the move shows: pixels or model", ()),
    Column("layers", "drawn layers as JSON, back to front", ()),
    Column("mattes", "mattes by hand as JSON", ()),
    Column("edits", "layers edited by hand, as JSON", ()),
)  # fmt: skip
BOARD_FIELDS = (
    "title",
    "fps",
    "size",
    "style",
    "model",
    "seed",
    "takes",
    "cut",
    "fill",
    "overscan",
    "cast",
    "ensure",
    "plates",
    "soundtrack",
)
"""What a line such as "# fps: 25" above the header may set."""

SECONDS, FRAMES, MILLISECONDS = "s", "frames", "ms"
_UNITS = {
    **dict.fromkeys(
        (
            "s",
            "sec",
            "secs",
            "second",
            "seconds",
            "sek",
            "sekunde",
            "sekunden",
            "seconde",
            "secondes",
            "segundo",
            "segundos",
        ),
        SECONDS,
    ),
    **dict.fromkeys(("f", "fr", "frame", "frames", "bild", "bilder"), FRAMES),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), MILLISECONDS),
}


def _plain(name: str) -> str:
    """Lower case, words apart by one space; "#" stays where it is all there is."""
    words = re.sub(r"[\W_]+", " ", name.casefold()).strip()
    return words or name.strip()


_BY_NAME = {_plain(name): column for column in COLUMNS for name in (column.field, *column.synonyms)}
_BY_NAME["#"] = next(column for column in COLUMNS if column.field == "id")


def find_column(name: str) -> Column | None:
    """The column of this name or synonym, in any case and with or without a unit.

    Of two names in one ("Dialogue / Audio") the first counts.
    """
    known = _BY_NAME.get(_plain(name)) or _BY_NAME.get(_plain(_UNIT.sub(" ", name)) or "?")
    first, slash, _ = name.partition("/")
    return known or (_BY_NAME.get(_plain(first) or "?") if slash else None)


def unit_of(name: str) -> str:
    """The unit of plain numbers in a duration's column: by "(frames)", "[ms]", or the name."""
    for word in re.findall(r"[^\W\d_]+", name.casefold()):
        if word in _UNITS:
            return _UNITS[word]
    return SECONDS


def unit_named(word: str) -> str | None:
    return _UNITS.get(word.casefold())


def known_columns(cells: tuple[str, ...]) -> int:
    """How many different columns these cells name."""
    return len({column.field for cell in cells if (column := find_column(cell))})


def near_column(name: str) -> str | None:
    """The name of a column that `name` nearly is."""
    near = near_names(_plain(name), _BY_NAME, cutoff=0.75)
    return near[0] if near else None


def near_board_field(name: str) -> str | None:
    """What of the whole storyboard `name` nearly is; a remark that says another word is one."""
    near = near_names(name, BOARD_FIELDS, cutoff=0.78)
    return near[0] if near else None
