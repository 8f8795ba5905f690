"""The panel looks as its reference pictures do, at three widths and in two themes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.panel.reference_pictures import (
    FOLDER,
    SHOTS,
    SIZES,
    STATES,
    THEMES,
    Compared,
    compare,
    go_to,
    path_of,
    reference,
    show_state,
    take,
)
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import prepare
from tests.server.running import in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RENEW = "look at it; where it is as it should be: python -m tests.panel.reference_pictures"
ALL = [(name, theme) for name in SIZES for theme in THEMES]


@pytest.fixture(scope="module")
def state(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    data = tmp_path_factory.mktemp("references") / "data"
    prepare(data)
    with in_a_thread(data, panel=PANEL) as server:
        shown = show_state(browser, server)
        yield shown
        shown.page.context.close()


def kept(compared: Compared, folder: Path, name: str) -> str:
    """Where the reference, the picture and their difference can be looked at side by side."""
    path = Path(os.environ.get("OUT") or folder) / f"{name}_difference.png"
    compared.shown.save(path)
    return f"{name} differs, in {compared.largest} cells side by side: see {path}; {RENEW}"


@pytest.mark.parametrize(("name", "theme"), ALL)
def test_the_panel_looks_as_it_did(state: Shown, tmp_path: Path, name: str, theme: str) -> None:
    compared = compare(reference(name, theme), take(state.page, name, theme))
    assert compared.is_same, kept(compared, tmp_path, f"{name}_{theme}")
    assert state.faults == []


def test_the_references_are_small_and_no_more_than_these() -> None:
    wanted = {path_of(name, theme, state) for name, theme in ALL for state in STATES}
    assert set(FOLDER.rglob("*.png")) == wanted
    assert sum(path.stat().st_size for path in wanted) < 1_000_000


@pytest.mark.parametrize(("name", "theme"), ALL)
def test_how_letters_are_smoothed_does_not_count(name: str, theme: str) -> None:
    """Nor a shift by two px in both directions, nor coarser letters, as other systems have them."""
    before = reference(name, theme)
    for other in (
        before.filter(ImageFilter.GaussianBlur(0.6)),
        before.filter(ImageFilter.UnsharpMask(1, 40, 0)),
        moved(before, right=2, down=-2),
        before.point([min(255, max(0, value + (6 if value > 128 else 0) - 3)) for value in _TONES]),
    ):
        assert compare(before, other).is_same


_TONES = [*range(256)] * 3


def moved(picture: Image.Image, *, right: int, down: int) -> Image.Image:
    """The same some px elsewhere, carried on at the edges."""
    pixels = np.pad(np.asarray(picture), ((4, 4), (4, 4), (0, 0)), mode="edge")
    height, width = picture.height, picture.width
    return Image.fromarray(pixels[4 - down : 4 - down + height, 4 - right : 4 - right + width])


BROKEN = {
    "a button that is cut off": "#act { width: 3rem !important; min-width: 0 !important; }",
    "small buttons that are cut off": ".card .tools button { width: 2.6rem; overflow: hidden; }",
    "a button that has gone": "#retry-job { display: none !important; }",
    "rows over each other": ".card { margin-bottom: -1.2rem; }",
    "the theme's text": ":root { --text: #8a8a8a !important; }",
    "the theme's ground": "html, body { background: #5a5a5a !important; }",
    "the theme's accent": ":root { --accent: #3b82f6 !important; }",
    "no style at all": "* { all: revert !important; }",
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_is_seen(state: Shown, what: str) -> None:
    page = state.page
    style = page.add_style_tag(content=BROKEN[what])
    try:
        pictures = {name: take(page, name, "dark") for name in SIZES}
    finally:
        style.evaluate("(one) => one.remove()")
    seen = {name: compare(reference(name, "dark"), one) for name, one in pictures.items()}
    assert [name for name, one in seen.items() if one.is_same] == []


@pytest.mark.parametrize("where", [one for one in STATES if one != SHOTS])
def test_its_tools_and_pages_look_as_they_did(state: Shown, tmp_path: Path, where: str) -> None:
    """Last here: the page stays where it went to."""
    go_to(state.page, where)
    different = [
        kept(compared, tmp_path, f"{where}_{name}_{theme}")
        for name, theme in ALL
        for compared in [
            compare(reference(name, theme, where), take(state.page, name, theme, where))
        ]
        if not compared.is_same
    ]
    assert different == []
    assert state.faults == []


def test_a_difference_is_marked_where_it_is() -> None:
    before = reference("docked", "dark")
    after = before.copy()
    after.paste((255, 255, 255), (100, 200, 140, 220))
    compared = compare(before, after)
    width, height = before.size
    assert compared.shown.size == (3 * width, height)
    marked = np.asarray(compared.shown)[:, 2 * width :]
    red = np.argwhere((marked == (255, 0, 60)).all(axis=2))
    top, left = red.min(0)
    bottom, right = red.max(0)
    assert 190 <= top <= 210
    assert 210 <= bottom <= 230
    assert 90 <= left <= 110
    assert 130 <= right <= 150
    assert not compare(before, before.resize((width, height - 4))).is_same
