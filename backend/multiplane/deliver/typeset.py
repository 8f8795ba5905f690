"""Text for pictures: a font that is always there, others for scripts that it lacks, and lines."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Fonts with many scripts that come with Linux distributions, macOS and Windows.
_WIDE_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "Hiragino Sans GB.ttc",
    "ヒラギノ角ゴシック W3.ttc",
    "YuGothM.ttc",
    "msgothic.ttc",
    "msyh.ttc",
    "Arial Unicode.ttf",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial.ttf",
)
_ELLIPSIS = "…"
_NO_CHARACTER = "\uffff"


def font_for(text: str, size: int) -> Font:
    """A font of ``size`` px: Pillow's own, or one of the system's that lacks less of the text.

    Characters that no font here has are drawn as boxes.
    """
    best, fewest = _own(size), _lacking(_own(size), text)
    if fewest:
        for font in _installed(size):
            lacking = _lacking(font, text)
            if lacking < fewest:
                best, fewest = font, lacking
    return best


def undrawable(text: str) -> str:
    """The characters of ``text`` that no font here has; they are drawn as boxes."""
    size = 16
    font = font_for(text, size)
    return "".join(sorted({c for c in text if not c.isspace() and not _has(font, c)}))


def one_line(text: str, size: int, width: float) -> str:
    """``text`` without line breaks, shortened with an ellipsis to ``width`` px."""
    line = " ".join(drawable(text).split())
    measure = _measure(line, size)
    if measure(line) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(line[:middle].rstrip() + _ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    return line[:low].rstrip() + _ELLIPSIS


def lines(text: str, size: int, width: float, most: int) -> list[str]:
    """``text`` broken into at most ``most`` lines of ``width`` px; the last one is shortened."""
    words = drawable(text).split()
    measure = _measure(text, size)
    done: list[str] = []
    while words and len(done) < most - 1:
        line, words = _first_line(words, measure, width)
        done.append(line)
    if words:
        done.append(one_line(" ".join(words), size, width))
    return done


def drawable(text: str) -> str:
    """``text`` without what a font cannot be asked for: lone surrogates and control characters."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c.isspace() else " " for c in clean)


def _first_line(
    words: list[str], measure: Callable[[str], float], width: float
) -> tuple[str, list[str]]:
    count = 1
    while count < len(words) and measure(" ".join(words[: count + 1])) <= width:
        count += 1
    line = " ".join(words[:count])
    if measure(line) <= width:
        return line, words[count:]
    # One word wider than the line, as in scripts without spaces: break inside it.
    end = max((i for i in range(1, len(line)) if measure(line[:i]) <= width), default=1)
    return line[:end], [line[end:], *words[1:]]


def _measure(text: str, size: int) -> Callable[[str], float]:
    font = font_for(text, size)
    return lambda part: float(font.getlength(part))


@lru_cache(maxsize=32)
def _own(size: int) -> Font:
    return ImageFont.load_default(size)


@lru_cache(maxsize=32)
def _installed(size: int) -> tuple[Font, ...]:
    fonts = []
    for name in _WIDE_FONTS:
        with contextlib.suppress(OSError):
            fonts.append(ImageFont.truetype(name, size))
    return tuple(fonts)


def _lacking(font: Font, text: str) -> int:
    return sum(not _has(font, character) for character in set(text) if not character.isspace())


@lru_cache(maxsize=8192)
def _has(font: Font, character: str) -> bool:
    """Whether the font draws the character as anything else than its sign for a missing one."""
    return bytes(font.getmask(character)) != bytes(font.getmask(_NO_CHARACTER))
