"""Takes out of a text what is private: names, folders, addresses, secrets, and users' own words.

In doubt it takes more: a report of a fault is read by strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

TEXT, PATH, SECRET, ADDRESS, USER = "<text>", "<path>", "<secret>", "<address>", "<user>"
_LEAST = 2
"""Letters of a user's word that is replaced; a single one would be everywhere."""
_RUN = 3
"""So many words of a user's text in a row are known again, where a message has shortened it."""
_WORD = re.compile(r"\w+")
_LOOPBACK = re.compile(r"https?://(?:127\.\d+\.\d+\.\d+|localhost)(?::\d+)?")
_URL = re.compile(r"\b\w+://\S+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IP4 = re.compile(r"(?<![\w.])(?!127\.)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_IP6 = re.compile(r"(?<![\w:])(?=\S*:\S*:)(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])")
_QUOTED = re.compile("(?<!\\w)'[^'\\n]*'(?!\\w)|\"[^\"\\n]*\"|“[^”\\n]*”|«[^»\\n]*»")
_GIVEN = re.compile(r"(?<=Given: ).*?(?=\. [A-Z]|\.?$)")
_RANDOM = re.compile(r"(?<![\w-])[A-Za-z0-9_+-]*\d[A-Za-z0-9_+-]*(?![\w-])")
_LONG = 24
"""Letters and figures in a row that are taken for a secret, a hash or an id."""
# A path may have spaces, so it goes on to what can hardly be in one.
_REST = r"(?:(?!: |, |; | \(|\. [A-Z])[^\n'\"<>|*?)\]])*"
_ABSOLUTE = re.compile(
    r"(?:(?<=[\s('\"=\[,;])|^)(?:/(?=[^\s/])|~[\w.-]*[/\\]|[A-Za-z]:[/\\]|\\\\\w)" + _REST
)


@dataclass(frozen=True)
class Private:
    """What is known to be private here.

    secrets: such as tokens. users: names of the user and of the computer. texts: all that users
    have written. places: folders of the program's own, with the word that stands for each; what
    follows them in a path stays. Any other absolute path goes as a whole.
    """

    secrets: Iterable[str] = ()
    users: Iterable[str] = ()
    texts: Iterable[str] = ()
    places: Mapping[Path, str] = field(default_factory=dict)


class Scrubber:
    """Replaces what `Private` names, and what looks like it."""

    def __init__(self, private: Private) -> None:
        self._secrets = sorted(filter(None, private.secrets), key=len, reverse=True)
        self._users = _any_of(private.users)
        texts = {" ".join(text.split()) for text in private.texts}
        self._texts = _any_of(texts)
        self._runs = {run for text in texts for run in _runs(_words(text))}
        spelled = [
            (way, word)
            for place, word in private.places.items()
            for way in _spellings(place)
            if len(way) > 1
        ]
        self._places = sorted(spelled, key=lambda pair: len(pair[0]), reverse=True)

    def __call__(self, text: str) -> str:
        """The text without what is private, line by line."""
        return "\n".join(self._line(line) for line in text.splitlines())

    def _line(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, SECRET)
        line = self._without_texts(line)
        for way, word in self._places:
            line = word.join(re.split(re.escape(way) + r"(?![\w-])", line))
        line = _GIVEN.sub(TEXT, line)
        line = _QUOTED.sub(TEXT, line)
        line = _URL.sub(_address, line)
        line = _ABSOLUTE.sub(PATH, line)
        line = _EMAIL.sub(ADDRESS, line)
        line = _IP4.sub(ADDRESS, line)
        line = _IP6.sub(ADDRESS, line)
        line = self._users.sub(USER, line)
        return _RANDOM.sub(lambda found: SECRET if len(found[0]) >= _LONG else found[0], line)

    def _without_texts(self, line: str) -> str:
        line = self._texts.sub(TEXT, line)
        found = list(_WORD.finditer(line))
        words = [match[0].casefold() for match in found]
        hit = [False] * len(words)
        for start in range(len(words) - _RUN + 1):
            if tuple(words[start : start + _RUN]) in self._runs:
                hit[start : start + _RUN] = [True] * _RUN
        parts, at, within = [], 0, False
        for match, is_hit in zip(found, hit, strict=True):
            if not within or not is_hit:
                parts.append(line[at : match.start()])
            if is_hit and not within:
                parts.append(TEXT)
            elif not is_hit:
                parts.append(match[0])
            at, within = match.end(), is_hit
        return "".join(parts) + line[at:]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _runs(words: list[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(_RUN)), strict=False)


def _any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Any of them as whole words, whatever the case; the longest first."""
    known = sorted({text for text in texts if len(text) >= _LEAST}, key=len, reverse=True)
    if not known:
        return re.compile(r"(?!)")
    either = "|".join(r"\s+".join(map(re.escape, text.split())) for text in known)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def _spellings(place: Path) -> set[str]:
    plain = str(place)
    slashes = plain.replace("\\", "/")
    return {plain, slashes, plain.replace("\\", "\\\\"), quote(slashes)}


def _address(found: re.Match[str]) -> str:
    here = _LOOPBACK.match(found[0])
    return here[0] if here else ADDRESS
