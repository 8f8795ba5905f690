"""Camera moves as crews write them ("Pan Left", "slow dolly in", "Schwenk links") as presets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

PRESET_NAMES = frozenset((
    "static", "static_hold", "push_in", "pull_out", "truck_left", "truck_right", "pedestal_up",
    "pedestal_down", "crane", "orbit", "arc", "pan", "tilt", "whip_pan", "roll", "zoom_in",
    "zoom_out", "crash_zoom", "dolly_zoom", "rack_focus", "parallax_drift", "parallax_circle",
    "handheld", "framing",
))  # fmt: skip
"""The presets of `stage.registry`, which stands above this room."""
STATIC = "static"
SLOW, FAST, MOST = 0.5, 2.0, 10.0
"""Amounts of a "slow" and of a "fast" move, and the greatest that a storyboard may say."""


@dataclass(frozen=True)
class SpokenMove:
    """move: fields of a camera. said: what was decided; null where the words say it all."""

    move: dict[str, Any] = field(default_factory=dict)
    said: str | None = None


@dataclass(frozen=True)
class _Verb:
    """One kind of move. ways: direction to (preset, direction of the preset).

    plain: without a direction. plain_is_equal: whether the verb alone says as much.
    far: the directions for which the preset is only the nearest.
    """

    pattern: str
    ways: dict[str, tuple[str, str | None]]
    plain: tuple[str, str | None]
    plain_is_equal: bool = False
    far: tuple[str, ...] = ()


_TRAVEL: dict[str, tuple[str, str | None]] = {
    "in": ("push_in", None), "out": ("pull_out", None), "left": ("truck_left", None),
    "right": ("truck_right", None), "up": ("pedestal_up", None), "down": ("pedestal_down", None),
}  # fmt: skip
_RISE: dict[str, tuple[str, str | None]] = {
    "up": ("pedestal_up", None),
    "down": ("pedestal_down", None),
}
_IN, _OUT = ("push_in", None), ("pull_out", None)
_VERBS = (
    _Verb(r"(?:crash|snap|smash|whip) ?zoom(?:s|ing)?|punch(?:es)? ?in",
          {"out": ("zoom_out", None)}, ("crash_zoom", None), True, ("out",)),
    _Verb(r"(?:dolly|truck|contra|track) ?zoom|zoom ?dolly|zolly|vertigo|hitchcock|trombone",
          {"in": ("dolly_zoom", "in"), "out": ("dolly_zoom", "out")}, ("dolly_zoom", None), True),
    _Verb(r"(?:rack|pull|shift|throw)(?:s|ing)? ?(?:the )?focus|focus ?(?:pull|rack|shift)"
          r"|rack(?:s|ing)?|scharfenverlagerung",
          {}, ("rack_focus", None), True),
    _Verb(r"ken ?burns", {}, ("framing", None), True),
    _Verb(r"(?:whip|swish|flash|zip|swoosh)(?: ?(?:pan|tilt)s?)?|reissschwenk|barrido",
          {"left": ("whip_pan", "left"), "right": ("whip_pan", "right"), "up": ("tilt", "up"),
           "down": ("tilt", "down")}, ("whip_pan", None), True, ("up", "down")),
    _Verb(r"orbit(?:s|ing)?|arc(?:s|ing)?|(?:circl|rotat|revolv|mov|go)(?:es?|ing)? around"
          r"|360|umfahrt|umkreis\w*",
          {"left": ("orbit", "left"), "right": ("orbit", "right")}, ("orbit", None), True),
    _Verb(r"hand ?held|handkamera|shak(?:y|e)(?: ?cam(?:era)?)?|camera epaule|epaule"
          r"|(?:camara )?en mano|wackel\w*", {}, ("handheld", None), True),
    _Verb(r"roll(?:s|ing)?|spin(?:s|ning)?",
          {"clockwise": ("roll", "clockwise"), "right": ("roll", "clockwise"),
           "counterclockwise": ("roll", "counterclockwise"), "left": ("roll", "counterclockwise")},
          ("roll", None)),
    _Verb(r"tilt(?:s|ing)?|neig\w*|bascul\w*",
          {"up": ("tilt", "up"), "down": ("tilt", "down"), "left": ("roll", "counterclockwise"),
           "right": ("roll", "clockwise")}, ("tilt", None), False, ("left", "right")),
    _Verb(r"pan(?:s|ning)?|\w*schwenk\w*|panoramique|pano|panea|paneo|panoramica",
          {"left": ("pan", "left"), "right": ("pan", "right"), "up": ("tilt", "up"),
           "down": ("tilt", "down")}, ("pan", None)),
    _Verb(r"crane(?:s|ing)?|jib(?:s|bing)?|kran\w*|grue|grua|techno ?crane",
          {**_TRAVEL, "up": ("crane", "up"), "down": ("crane", "down")}, ("crane", None), False,
          ("in", "out", "left", "right")),
    _Verb(r"boom(?:s|ing)?|ped(?:estal)?s?", _TRAVEL, ("pedestal_up", None)),
    _Verb(r"ris(?:e|es|ing)|rais(?:e|es|ing)|lifts?|ascend\w*", _RISE, ("pedestal_up", None), True),
    _Verb(r"lower(?:s|ing)?|sinks?|descend\w*|drops?", _RISE, ("pedestal_down", None), True),
    _Verb(r"\w*zoom(?:s|ing|ed)?", {"in": ("zoom_in", None), "out": ("zoom_out", None)},
          ("zoom_in", None)),
    _Verb(r"push(?:es|ing)?|creep(?:s|ing)?|tighten\w*|(?:ran|zu|hin|heran)fahrt", _TRAVEL, _IN,
          True),
    _Verb(r"pull(?:s|ing)?|widen\w*|ruckfahrt|wegfahrt", _TRAVEL, _OUT, True),
    _Verb(r"doll(?:y|ies|ying)", _TRAVEL, _IN),
    _Verb(r"(?:fly|flies|flying|drone|aerial|flug)\w*", _TRAVEL, _IN),
    _Verb(r"track(?:s|ing)?|truck(?:s|ing)?|crab(?:s|bing)?|slid(?:e|es|er|ing)|travell?ing"
          r"|travel(?:s)?|\w*fahrt|follow(?:s|ing)?|lateral", _TRAVEL, ("truck_right", None)),
    _Verb(r"steadi ?cam|gimbal|glide ?cam|walking", _TRAVEL, ("handheld", None)),
    _Verb(r"drift(?:s|ing)?|float(?:s|ing)?|sway(?:s|ing)?", _TRAVEL, ("parallax_drift", None),
          True),
    _Verb(r"mov(?:e|es|ing)|camera|cam", _TRAVEL, ("", None)),
)  # fmt: skip
_DIRECTIONS = {
    **dict.fromkeys(("left", "links", "gauche", "izquierda", "l", "lft"), "left"),
    **dict.fromkeys(("right", "rechts", "droite", "derecha", "r", "rt"), "right"),
    **dict.fromkeys(("up", "upward", "upwards", "hoch", "oben", "rauf", "haut", "arriba", "u"),
                    "up"),
    **dict.fromkeys(("down", "downward", "downwards", "runter", "unten", "bas", "abajo", "d"),
                    "down"),
    **dict.fromkeys(("in", "into", "forward", "forwards", "fwd", "toward", "towards", "closer",
                     "vor", "vorwarts", "rein", "ran", "heran", "avant", "adelante"), "in"),
    **dict.fromkeys(("out", "back", "backward", "backwards", "away", "zuruck", "raus", "weg",
                     "arriere", "atras", "ruckwarts"), "out"),
    **dict.fromkeys(("clockwise", "cw"), "clockwise"),
    **dict.fromkeys(("counterclockwise", "anticlockwise", "ccw"), "counterclockwise"),
}  # fmt: skip
_NONE = {"", "-", "--", "---", "n/a", "na", "n.a", "n.a.", "none", "nil", "no", "k.a.", "/", "x"}
_STATIC = re.compile(
    r"\b(?:static|still|stills|fixed|lock(?:ed)? ?(?:off|down)?|stationary|tripod|sticks|hold"
    r"|no (?:camera )?(?:move|moves|movement|motion)|none|statisch\w*|fest\w*|stehend\w*|stativ"
    r"|starr|unbewegt|keine\w*|statique|fixe|aucun\w*|estatic[oa]|fij[oa]|ningun\w*)\b"
)
_UNDECIDED = frozenset(("tbd", "tba", "tbc", "tk", "?", "??", "???", "offen", "unklar"))
_AS_ABOVE = frozenset((
    "same", "same as above", "as above", "ditto", "do.", "\"", "''", "s.o.", "s. o.", "siehe oben",
    "wie oben", "idem", "id.", "same move", "same as before", "as before", "cont'd", "continued",
))  # fmt: skip
_DENIAL = re.compile(r"(?:no|without|kein\w*|ohne|sans|sin) (?:any )?")
_SLANTED = re.compile(r"\b(?:dutch|canted|oblique) ?(?:tilt|angle|roll)?s?\b")
_PERCENT = re.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)?) ?%")
_ACROSS = re.compile(r"\b(?:l|left)\s*(?:-+|>|->|/|to|2|→)\s*(?:r|right)\b")
_BACK_ACROSS = re.compile(r"\b(?:r|right)\s*(?:-+|>|->|/|to|2|→)\s*(?:l|left)\b")
_PARTS = re.compile(r"[,/+&;\n→]|->|\b(?:then|and|und|dann|et|puis|y|with|w)\b")
_SLOW = re.compile(
    r"\b(?:slow\w*|slight\w*|subtle|subtly|gentle|gently|small|langsam\w*|lent\w*)\b"
)
_FAST = re.compile(r"\b(?:fast|quick\w*|rapid\w*|hard|schnell\w*|rapide\w*)\b")
_SHORT = {"t.i.": _IN, "t.i": _IN, "ti": _IN, "t.o.": _OUT, "t.o": _OUT, "p.i.": _IN, "p.o.": _OUT,
          "z.i.": ("zoom_in", None), "z.o.": ("zoom_out", None)}  # fmt: skip
_SIZES = frozenset(
    re.findall(
        r"\w+",
        """
    ecu cu bcu xcu mcu ms mws mls ws ews vws ls els xls vls fs ots pov est estab wide close
    closeup up medium mid long full extreme very over the shoulder low high angle eye level
    dutch  canted top overhead bird birds s worm worms view insert cutaway establishing two
    three 2 3  single master shot reverse profile front side back cowboy american totale
    halbtotale halbnah  nah nahe gross grossaufnahme detail amerikanische weit supertotale
    aufsicht untersicht lens mm
    """,
    )
)


def camera_words(text: str, presets: Collection[str] = PRESET_NAMES) -> SpokenMove | None:
    """The move that `text` names; null when it is none that is known.

    A preset's name in any spelling is itself. Where several moves are named the first counts; a
    direction that is missing is the preset's own; a move without an equal becomes the nearest.
    All of that is in `said`.
    """
    plain = _plain(text)
    name = "_".join(re.sub(r"[-_\s]+", " ", plain).split())
    if name in presets:
        return SpokenMove({"preset": name})
    if plain in _NONE:
        return SpokenMove({"preset": STATIC})
    if plain in _SHORT:
        return SpokenMove({"preset": _SHORT[plain][0]})
    plain = _SLANTED.sub("dutch", plain)
    plain = re.sub(r"\b(counter|anti) ?-?clockwise\b", "counterclockwise", plain)
    plain = _BACK_ACROSS.sub("left", _ACROSS.sub("right", plain))
    plain = re.sub(r"[-_]", " ", plain)
    parts = _parts(plain)
    kept = [part for part in parts if not _is_denied(part)]
    moves = [named for part in kept if (named := _part(part)) is not None]
    if not moves and len(kept) < len(parts):
        return SpokenMove({"preset": STATIC}, f'"{" ".join(text.split())}" is taken as {STATIC}.')
    if not moves:
        return SpokenMove({"preset": STATIC}) if _STATIC.search(plain) else None
    preset, direction, guess = moves[0]
    move: dict[str, Any] = {"preset": preset}
    if direction is not None:
        move["direction"] = direction
    why = [guess] if guess else []
    others = [other for other in moves[1:] if other[:2] != (preset, direction)]
    if others:
        why.append("a shot has one move, and it is the first that is named")
    if (share := _PERCENT.search(plain)) is not None:
        move["amount"] = min(float(share[1].replace(",", ".")) / 100.0, MOST)
        why.append(f"{share[0]} is taken as an amount of {move['amount']:g}")
    elif preset != "crash_zoom" and (slow := bool(_SLOW.search(plain))) != bool(
        _FAST.search(plain)
    ):
        move["amount"] = SLOW if slow else FAST
        why.append(f"{'slow' if slow else 'fast'} is taken as an amount of {move['amount']:g}")
    if not why:
        return SpokenMove(move)
    shown = preset if direction is None else f"{preset}, {direction}"
    return SpokenMove(move, f'"{" ".join(text.split())}" is taken as {shown}: {"; ".join(why)}.')


def says_undecided(text: str) -> bool:
    """Whether `text` leaves the move open: "TBD", "?"."""
    return _plain(text) in _UNDECIDED


def says_as_above(text: str) -> bool:
    """Whether `text` repeats the shot above: "same", "ditto"."""
    return _plain(text) in _AS_ABOVE or text.strip() in ('"', "''", "〃")


def says_no_move(text: str) -> bool:
    """Whether `text` is the size or the angle of a shot ("ECU", "low angle"), and no move."""
    words = re.findall(r"[a-z]+|\d+", _SLANTED.sub("dutch", _plain(text)))
    return bool(words) and all(word in _SIZES or word.isdigit() for word in words)


def _parts(text: str) -> list[str]:
    """The parts of the text that name a move each; what names none belongs to the one before."""
    parts: list[str] = []
    for part in _PARTS.split(text):
        if parts and _part(part) is None and not _STATIC.search(part):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts


def _is_denied(part: str) -> bool:
    """Whether a part says which move there is not: "no pan"; not "no rush: slow pan"."""
    denial = _DENIAL.match(part.strip())
    if denial is None:
        return False
    rest = part.strip()[denial.end() :]
    return any(re.match(rf"(?:{verb.pattern})\b", rest) for verb in _VERBS)


def _part(text: str) -> tuple[str, str | None, str | None] | None:
    """(preset, its direction, what was guessed) of one part of the text."""
    for verb in _VERBS:
        found = re.search(rf"\b(?:{verb.pattern})\b", text)
        if found is None:
            continue
        # "left pan" is as good as "pan left"; what follows counts first.
        inside = found[0].split() if len(found[0].split()) > 1 else []
        words = re.findall(r"[a-z]+", text[found.end() :]) + inside
        words += re.findall(r"[a-z]+", text[: found.start()])
        for word in words:
            way = _DIRECTIONS.get(word)
            if way in verb.ways:
                guess = "it is the nearest that there is" if way in verb.far else None
                return (*verb.ways[way], guess)
        if verb.plain[0]:
            guess = None if verb.plain_is_equal else "it says no direction"
            return (*verb.plain, guess)
    joined = re.fullmatch(
        r"\W*(zoom|push|pull|dolly|pan|tilt|truck|crane)(in|out|left|right|up|down|back)\W*", text
    )
    return _part(f"{joined[1]} {joined[2]}") if joined else None


def _plain(text: str) -> str:
    """Small letters without accents, dashes of one kind, single spaces."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[‐-―−]", "-", letters).split()).strip("\"'“”() ")
