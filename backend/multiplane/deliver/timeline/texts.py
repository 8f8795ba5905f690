"""What is said, done and noted in a shot, as timelines take text."""

from __future__ import annotations

from multiplane.contract.storyboard import Shot

MOST_OF_A_NAME = 100
"""Editing programs show a marker's name on one line."""


def told(shot: Shot | None) -> list[tuple[str, str]]:
    """(kind, text) of what the shot has of dialogue, action and notes."""
    if shot is None:
        return []
    pairs = (("Dialogue", shot.dialogue), ("Action", shot.action), ("Note", shot.notes))
    return [(kind, text) for kind, value in pairs if value and (text := paragraphs(value))]


def paragraphs(text: str) -> str:
    """``text`` with its line breaks, without what XML and EDL cannot hold."""
    lines = [one_line(line) for line in text.splitlines()]
    return "\n".join(lines).strip("\n")


def one_line(text: str, most: int | None = None) -> str:
    """``text`` without line breaks and control characters, shortened to ``most`` characters."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    # U+FFFE and U+FFFF, the only others that XML refuses, are not printable either.
    shown = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in clean)
    line = " ".join(shown.split())
    return line if most is None or len(line) <= most else line[: most - 1].rstrip() + "…"
