"""The panel's reference pictures: python -m tests.panel.reference_pictures renews them.

Each state of the panel at three widths in two themes, kept in `references/`; all but the first at
half their size, in which what is cut off is still seen. They depend on no font of the computer
(letters are those of a font that comes with Pillow), on no clock and on no animation. Two pictures
are compared in cells, each the mean of CELL x CELL px, and a cell may be found a few px farther in
any direction: so neither anti-aliasing nor such a shift counts, and a button that is cut off or
another colour does.
"""

from __future__ import annotations

import base64
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from multiplane.client import Client
from multiplane.contract.messages_client import Pause
from tests.outside_programs import OLDER_BROWSERS, open_browser
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import board, prepare
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).with_name("references")
SIZES = {"docked": (320, 760), "columns": (900, 760), "wide": (1280, 760)}
THEMES = ("dark", "light")
SHOTS = "shots"
STATES = {
    SHOTS: "#tab-shots",
    "picture": "#tool-picture",
    "layers": "#tool-layers",
    "camera": "#tool-camera",
    "models": "[data-page=models]",
    "queue": "[data-page=queue]",
    "settings": "[data-page=settings]",
}
"""By their names, and what is pressed to come there."""
CELL = 8
"""px; the side of what is compared, at every STEP px."""
STEP = 4
SHIFT = 3
"""px, by which something may stand elsewhere in each direction."""
TOLERANCE = 24.0
"""Of 255, by which a cell's colour may differ."""
MOST_TOGETHER = 10
"""Cells side by side that may differ by more: letters that are smoothed in another way."""
_LEVEL = 17
"""Of 255, between two colours that are kept: sixteen of each channel."""
_FONT = """
@font-face { font-family: Fixed; src: url(data:font/ttf;base64,%s); }
* { font-family: Fixed !important; font-variant-numeric: normal !important; }
"""


@dataclass(frozen=True)
class Compared:
    """Of a reference and a picture.

    largest: cells of the largest place that differs. shown: both, and beside them the picture with
    all differing cells in red.
    """

    largest: int
    shown: Image.Image

    @property
    def is_same(self) -> bool:
        return self.largest <= MOST_TOGETHER


def show_state(browser: Browser, server: Running) -> Shown:
    """A page with shots in every state, one of them selected: the same whenever it is made."""
    document = board(4, title="The Warrior and the Princess")
    document["shots"][3] = {"id": "s003", "picture": "/nowhere/drawing.png"}
    with Client(server.data.root) as client:
        client.submit(document)
        context = browser.new_context(
            viewport={"width": 320, "height": 760}, reduced_motion="reduce", bypass_csp=True
        )
        shown = Shown(context)
        page = shown.page
        page.add_init_script("localStorage['multiplane.text.open'] = 'false'")
        shown.open(server)
        shown.wait_for("s002", "finished")
        shown.wait_for("s003", "failed")
        shown.wait_for_end()
        client.ask(Pause())
        for number, title in enumerate(("Snow", "A title that is longer than a line has room for")):
            client.submit(board(2 + number, first=10 * (number + 1), title=title))
    font = ImageFont.load_default(12)
    assert isinstance(font, ImageFont.FreeTypeFont)
    page.add_style_tag(content=_FONT % base64.b64encode(font.font_bytes).decode())
    page.evaluate("document.fonts.load('12px Fixed')")
    shown.card("s001").locator("select").focus()
    shown.card("s001").get_by_label("Seconds of s001").fill("2")
    shown.card("s001").locator(".badge[data-state=changed]").wait_for()
    page.fill("#new-shot", "a red **warrior** in front of a **castle** in the snow")
    page.press("#new-shot", "Enter")
    page.locator(".card .chip").nth(4).wait_for()
    page.locator("#findings", has_text="There is no such picture.").wait_for()
    return shown


def go_to(page: Page, state: str) -> None:
    """Show one of STATES, from any other."""
    if state == SHOTS:
        return
    press = "(at) => document.querySelector(at).click()"
    page.evaluate(press, ".card .picture")
    if state in ("picture", "layers", "camera"):
        page.evaluate(press, "#tab-shot")
    page.evaluate(press, STATES[state])
    page.wait_for_function(_IS_THERE, arg=state)


_IS_THERE = """(state) => ({
  picture: () => document.querySelector("#tools-picture .seed-number").textContent,
  layers: () => document.querySelectorAll(".layer-name").length > 1,
  camera: () => document.querySelectorAll(".camera-tile").length > 10,
  models: () => document.querySelectorAll("#pane-models .row[data-fits]").length > 3,
  queue: () => document.querySelectorAll("#pane-queue .row").length === 2,
  settings: () => document.querySelectorAll(".facts dd").length > 2,
})[state]()"""


def take(page: Page, name: str, theme: str, state: str = SHOTS) -> Image.Image:
    """What the page shows at a width and in a theme, RGB."""
    width, height = SIZES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.wait_for_function(IS_DRAWN)
    # Seconds that something took, and what is announced, differ from time to time.
    page.evaluate(_WITHOUT_TIMES)
    page.mouse.move(0, 0)
    page.evaluate(_PAINTED)
    said = page.screenshot(animations="disabled", caret="hide", scale="css")
    with Image.open(io.BytesIO(said)) as picture:
        whole = picture.convert("RGB")
    return whole if state == SHOTS else whole.reduce(2)


IS_DRAWN = """() => {
  const isSeen = (one) => one.offsetParent !== null && one.getBoundingClientRect().width > 0;
  const images = [...document.querySelectorAll(".stage-view img")].filter(isSeen);
  const made = document.querySelectorAll(".card[data-state=finished] canvas");
  const canvases = [...made].filter(isSeen);
  const stage = document.querySelector(".stage-view");
  const isWhole = !isSeen(stage)
    || images.length > 1 && images.every((one) => one.complete && one.naturalWidth > 0);
  // Of the moves those that are scrolled to.
  const tiles = [...document.querySelectorAll(".camera-tile")].filter((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    const list = one.parentElement.getBoundingClientRect();
    return isSeen(one) && top < Math.min(list.bottom, innerHeight) && bottom > list.top;
  });
  const areTiles = tiles.every((one) => {
    const planes = [...one.querySelectorAll("img")];
    return planes.length > 1 && planes.every((img) => img.complete && img.naturalWidth > 0);
  });
  return isWhole && areTiles && canvases.every((one) => one.dataset.drawn);
}"""
_PAINTED = """async () => {
  for (const one of document.querySelectorAll(".stage-view img, .camera-tile img")) {
    one.decoding = "sync"; // else it may come a frame later than all around it
    if (one.src) await one.decode();
  }
  for (let frame = 0; frame < 3; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}"""
_WITHOUT_TIMES = """() => {
  for (const one of document.querySelectorAll(".card[data-state=finished] .shot-state")) {
    one.textContent = one.textContent.replace(/\\d+ s$/, "1 s").replace(/made before$/, "1 s");
  }
  // So do what the computer has, and where.
  const facts = ".fit, #pane-models .page-part > .quiet-text, .facts dd";
  for (const one of document.querySelectorAll(facts)) {
    one.textContent = "\u2013";
  }
  document.getElementById("status").textContent = "";
  document.getElementById("notices").replaceChildren();
  if (document.activeElement) document.activeElement.blur();
  for (const one of document.querySelectorAll(".pane")) one.scrollTop = 0;
}"""


def compare(reference: Image.Image, picture: Image.Image) -> Compared:
    """How far a picture is from its reference; one of another size is another one."""
    if reference.size != picture.size:
        return Compared(picture.width * picture.height, picture)
    before, now = _means(reference), _means(picture)
    # Each is looked for in the other: what is new counts as what has gone.
    differs = np.maximum(_farthest(before, now), _farthest(now, before)) > TOLERANCE
    red = Image.fromarray((differs * 255).astype(np.uint8)).resize(
        (differs.shape[1] * STEP, differs.shape[0] * STEP), Image.Resampling.NEAREST
    )
    marked = picture.copy()
    marked.paste((255, 0, 60), (0, 0), red)
    shown = Image.new("RGB", (3 * picture.width, picture.height))
    for number, part in enumerate((reference, picture, marked)):
        shown.paste(part, (number * picture.width, 0))
    _, _, places, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)
    sizes = places[1:, cv2.CC_STAT_AREA]  # the first is all that is alike
    return Compared(int(sizes.max(initial=0)), shown)


def _means(picture: Image.Image) -> NDArray[np.float32]:
    """Mean colours of the cells around all pixels, float32 (h, w, 3)."""
    pixels = np.asarray(picture, np.float32)
    return np.asarray(cv2.blur(pixels, (CELL, CELL)), np.float32)


def _farthest(means: NDArray[np.float32], among: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much (rows, columns) a cell's colour differs from the nearest within SHIFT."""
    around = np.pad(among, ((SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")
    cells = means[::STEP, ::STEP]
    height, width = means.shape[:2]
    nearest = np.full(cells.shape[:2], np.inf, np.float32)
    for down in range(2 * SHIFT + 1):
        for right in range(2 * SHIFT + 1):
            other = around[down : down + height : STEP, right : right + width : STEP]
            np.minimum(nearest, np.abs(cells - other).max(2), out=nearest)
    return nearest


def path_of(name: str, theme: str, state: str = SHOTS) -> Path:
    return FOLDER / ("" if state == SHOTS else state) / f"{name}_{theme}.png"


def reference(name: str, theme: str, state: str = SHOTS) -> Image.Image:
    with Image.open(path_of(name, theme, state)) as picture:
        return picture.convert("RGB")


def keep(picture: Image.Image, path: Path) -> None:
    """As a small PNG: colours are rounded by less than TOLERANCE."""
    levels = np.round(np.asarray(picture, np.float32) / _LEVEL) * _LEVEL
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(levels.astype(np.uint8)).save(path, optimize=True)


def main() -> None:
    """Take all of them anew. Look at each before it is committed."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data"
        prepare(data)
        with in_a_thread(data, panel=PANEL) as server, open_browser(OLDER_BROWSERS) as browser:
            shown = show_state(browser, server)
            for state in STATES:
                go_to(shown.page, state)
                for name in SIZES:
                    for theme in THEMES:
                        path = path_of(name, theme, state)
                        keep(take(shown.page, name, theme, state), path)
                        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
