"""Pieces of HTML: whatever people wrote is text in it, never markup."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote


def text(value: object) -> str:
    """Anything as HTML text or attribute value, without what no document may hold."""
    clean = str(value).encode("utf-8", "replace").decode("utf-8")
    return html.escape("".join(c if _is_shown(c) else " " for c in clean), quote=True)


def words(value: object, tag: str = "span", class_: str = "") -> str:
    """An element around people's words: each finds its own direction, and keeps it inside."""
    named = f' class="{class_}"' if class_ else ""
    return f'<{tag}{named} dir="auto">{text(value)}</{tag}>'


def data(value: object) -> str:
    """JSON for a data attribute."""
    return text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def link(path: str) -> str:
    """A relative path as the value of href: every character but the slashes percent-encoded."""
    return text(quote(path.encode("utf-8", "surrogatepass"), safe="/"))


def marked(prompt: str, phrases: Sequence[tuple[int, str]]) -> str:
    """The prompt with each phrase's first mention in <mark data-layer="its number">.

    Phrases that are not there, or overlap with a longer one, are left unmarked.
    """
    taken: list[tuple[int, int, int]] = []
    for number, phrase in sorted(phrases, key=lambda numbered: -len(numbered[1])):
        for found in re.finditer(re.escape(phrase), prompt, re.IGNORECASE) if phrase else ():
            start, end = found.span()
            if all(end <= left or start >= right for left, right, _ in taken):
                taken.append((start, end, number))
                break
    parts, at = [], 0
    for start, end, number in sorted(taken):
        parts.append(text(prompt[at:start]))
        parts.append(f'<mark data-layer="{number}">{text(prompt[start:end])}</mark>')
        at = end
    return "".join([*parts, text(prompt[at:])])


def joined(parts: Iterable[str | None], between: str = " · ") -> str:
    """Those that are there, in a row."""
    return between.join(part for part in parts if part)


def _is_shown(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
