"""Layers corrected and pictures chosen in the panel: by brush, box and word, undone, and kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from multiplane.client import Client
from multiplane.contract.layer_edits import (
    FillEdit,
    NearEdit,
    NewEdit,
    RemoveEdit,
    SplitEdit,
    WordsEdit,
)
from multiplane.contract.manifest import LayerEntry, Manifest
from multiplane.contract.messages_client import (
    GetJob,
    GetPictures,
    ListJobs,
    MakeVariations,
    Pause,
    Resume,
)
from multiplane.contract.messages_server import JobDetail
from tests.panel.showing import Shown
from tests.panel.test_looks import LEAST_CONTRAST, measure
from tests.server.prepared import SEED, board, prepare
from tests.server.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SHOT = "s000"


DRAWING = {"keep", "remove", "box", "new", "split"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Of one picture, with four seeds."""
    prepare(tmp_path / "data", (7, 8, 9, 10))
    return tmp_path / "data"


@pytest.fixture
def at_layers(shown: Shown, server: Running, data: Path) -> Shown:
    """A finished shot, wide enough to be worked on, with its layers beside it."""
    opened(shown, server, data, board(1))
    return shown


def opened(shown: Shown, server: Running, data: Path, storyboard: dict[str, Any]) -> Page:
    """Its first shot made, with its layers beside it."""
    shown.page.set_viewport_size({"width": 1200, "height": 900})
    with Client(data) as client:
        client.submit(storyboard)
    shown.open(server)
    shown.wait_for(SHOT, "finished")
    shown.page.click("#tool-layers")
    drawn(shown)
    return shown.page


def drawn(shown: Shown) -> None:
    shown.page.locator(".easel-canvas[data-drawn=yes]").wait_for()


def detail(data: Path) -> JobDetail:
    with Client(data) as client:
        boards = [one for one in client.ask(ListJobs()).jobs if one.variation_of is None]
        return client.ask(GetJob(job=boards[0].job))


def manifest(data: Path) -> Manifest:
    found = detail(data)
    path = Path(found.job.folder) / str(found.shots[0].manifest)
    return Manifest.model_validate_json(path.read_text("utf-8"))


def layers(shown: Shown) -> list[str]:
    """Names in the list, the nearest first."""
    return shown.page.locator(".layer-name").all_inner_texts()


def row(shown: Shown, name: str) -> Locator:
    return shown.page.locator(
        ".layer-row", has=shown.page.locator(f".layer-name:text-is('{name}')")
    )


def choose(shown: Shown, name: str) -> None:
    row(shown, name).locator("button").click()


def take(shown: Shown, tool: str) -> None:
    button = shown.page.locator(f".layer-tools [data-name={tool}]").first
    button.click()
    button.and_(shown.page.locator("[aria-checked=true]")).wait_for()
    if tool in DRAWING:  # until it is known that the shot may be changed, nothing is drawn
        shown.page.locator(".easel-canvas:not([data-pen=none])").wait_for()


def colour_at(canvas: Locator, place: tuple[float, float]) -> NDArray[np.int32]:
    """What is seen at a place, in fractions of the canvas."""
    with Image.open(io.BytesIO(canvas.screenshot())) as shot:
        at = (int(place[0] * shot.width), int(place[1] * shot.height))
        return np.asarray(shot.convert("RGB"), np.int32)[at[1], at[0]]


def settled(shown: Shown, edits: int) -> None:
    """Until the server has made the shot with so many edits, and the panel shows it."""
    text = "" if edits == 0 else f"{edits} change{'s' if edits > 1 else ''} by hand"
    shown.page.wait_for_function(
        "text => { const one = document.querySelector('.layers-news');"
        " return one.textContent === text && one.dataset.state === ''; }",
        arg=text,
    )
    shown.wait_for(SHOT, "finished")


def stroke(shown: Shown, *points: tuple[float, float]) -> None:
    """Draw with the pointer, in fractions of the picture."""
    box = shown.page.locator(".easel-canvas").bounding_box()
    assert box is not None
    for number, (x, y) in enumerate(points):
        shown.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if number == 0:
            shown.page.mouse.down()
    shown.page.mouse.up()


def centre(layer: LayerEntry, size: tuple[int, int]) -> tuple[float, float]:
    x, y, width, height = layer.bbox
    return (x + width / 2) / size[0], (y + height / 2) / size[1]


def picture_size(found: Manifest) -> tuple[int, int]:
    return found.layers[0].bbox[2], found.layers[0].bbox[3]


def make(shown: Shown, name: str) -> None:
    """A layer of what was drawn, once the panel has it: before that Enter makes nothing."""
    shown.page.get_by_label("Name of the layer").first.fill(name)
    shown.page.locator(".layer-tools form button[type=submit]:enabled").wait_for()
    shown.page.keyboard.press("Enter")


def test_a_brush_takes_away_and_undoing_brings_back(at_layers: Shown, data: Path) -> None:
    page, before = at_layers.page, manifest(data)
    warrior = before.layers[1]
    x, y = centre(warrior, picture_size(before))
    choose(at_layers, "warrior")
    take(at_layers, "remove")
    page.locator(".brush input").fill("60")
    stroke(at_layers, (x, y - 0.05), (x, y + 0.05))
    settled(at_layers, 1)
    after = manifest(data)
    (edit,) = after.edits
    assert isinstance(edit, RemoveEdit)
    assert edit.layer == warrior.id
    points = edit.strokes[0].points
    assert points[0] == pytest.approx((x, y - 0.05), abs=0.01), "in the picture's own fractions"
    assert points[-1] == pytest.approx((x, y + 0.05), abs=0.01)
    assert layers(at_layers) == ["background"], "all of one colour went with the stroke"
    assert page.get_attribute("#undo", "title") == "Undo: Take away from warrior"

    page.keyboard.press("Control+Z")
    settled(at_layers, 0)
    assert layers(at_layers) == ["warrior", "background"]
    assert manifest(data).layers == before.layers
    page.keyboard.press("Control+Shift+Z")
    settled(at_layers, 1)
    assert manifest(data).layers == after.layers

    # What was done outlives the page, and so does its way back.
    page.reload()
    at_layers.connected()
    drawn(at_layers)
    settled(at_layers, 1)
    page.keyboard.press("Control+Z")
    settled(at_layers, 0)
    assert manifest(data).edits == []


def test_new_layers_are_seen_before_they_are_filmed(
    shown: Shown, server: Running, data: Path
) -> None:
    long = board(1)
    long["shots"][0]["duration"] = 20
    page = opened(shown, server, data, long)
    page.evaluate(
        """() => {
          window.seen = [];
          const news = document.querySelector('.layers-news');
          const note = () => seen.push([news.dataset.state, news.textContent,
            ...[...document.querySelectorAll('.layer-name')].map((one) => one.textContent)]);
          new MutationObserver(note)
            .observe(news, { attributes: true, attributeFilter: ['data-state'] });
        }"""
    )
    choose(shown, "warrior")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.keyboard.type("knight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => seen.some(([state]) => state === 'filming')")
    settled(shown, 1)
    _, said, *names = next(one for one in page.evaluate("seen") if one[0] == "filming")
    assert "film is being made" in said
    assert names == ["knight", "background"]
    assert layers(shown) == ["knight", "background"]


def test_a_camera_is_tried_while_the_film_is_being_made(
    shown: Shown, server: Running, data: Path
) -> None:
    long = board(1)
    long["shots"][0]["duration"] = 300
    page = opened(shown, server, data, long)
    choose(shown, "warrior")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.keyboard.type("knight")
    page.keyboard.press("Enter")
    page.locator(".layers-news[data-state=filming]").wait_for()
    page.click("#tool-camera")
    page.locator(".camera-tile[data-name=truck_left]").click()
    page.wait_for_selector(".stage-view[data-camera=truck_left]")
    assert shown.card("s000").get_attribute("data-state") == "running"
    assert "film" in shown.card("s000").locator(".shot-state").inner_text()
    page.click("#tab-import")
    page.locator("[data-shot=s000] .fate", has_text="waits for its film").wait_for()
    assert not page.locator("[data-shot=s000] button[data-key^=import]").is_visible()
    shown.wait_for("s000", "finished")


def test_a_box_and_a_zoomed_stroke_make_layers(at_layers: Shown, data: Path) -> None:
    page, before = at_layers.page, manifest(data)
    size = picture_size(before)
    x, y, width, height = before.layers[1].bbox
    choose(at_layers, "warrior")
    take(at_layers, "box")
    top, bottom = (y - 4) / size[1], (y + height / 2) / size[1]
    stroke(at_layers, ((x - 4) / size[0], top), ((x + width + 4) / size[0], bottom))
    settled(at_layers, 1)
    assert manifest(data).layers[1].bbox[3] < height * 0.75

    # Larger, the same place of the screen is another one of the picture.
    take(at_layers, "new")
    canvas = page.locator(".easel-canvas")
    canvas.focus()
    for _ in range(4):
        page.keyboard.press("+")
    stroke(at_layers, (0.5, 0.45), (0.5, 0.55))
    make(at_layers, "shield")
    settled(at_layers, 2)
    made = manifest(data)
    edit = made.edits[1]
    assert isinstance(edit, NewEdit)
    first, *_, last = edit.strokes[0].points
    assert first[0] == pytest.approx(0.5, abs=0.02)
    assert last[1] - first[1] == pytest.approx(0.1 / 1.25**4, abs=0.01)
    assert "shield" in layers(at_layers)
    assert "shield" in {one.name for one in made.layers}


def test_a_word_shows_its_heat_and_becomes_a_layer(at_layers: Shown, data: Path) -> None:
    page = at_layers.page
    canvas = page.locator(".easel-canvas")
    cold = colour_at(canvas, (0.85, 0.85))
    words = page.locator(".prompt-words")
    assert words.inner_text() == "a warrior in a forest"
    words.get_by_role("button", name="forest").click()
    page.locator(".words .hint", has_text="forest").wait_for()
    for _ in range(100):
        if np.abs(colour_at(canvas, (0.85, 0.85)) - cold).max() > 40:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the heatmap does not show")
    page.locator(".words .layer-form:not(.look-form) input").fill("trees")
    page.locator(".words .layer-form:not(.look-form) button").click()
    settled(at_layers, 1)
    assert "trees" in layers(at_layers)
    (edit,) = manifest(data).edits
    assert edit == WordsEdit(words=["forest"], name="trees")
    page.keyboard.press("Control+Z")
    settled(at_layers, 0)
    assert layers(at_layers) == ["warrior", "background"]


def looked_for(shown: Shown, words: str) -> None:
    """Ask for the words, and wait until they stand among the others and are chosen."""
    page = shown.page
    page.locator(".look-form input").fill(words)
    page.keyboard.press("Enter")
    last = " ".join(words.rsplit(",", maxsplit=1)[-1].split())
    page.locator(f".prompt-words .word[data-word='{last}'][aria-pressed=true]").wait_for(
        timeout=120_000
    )
    page.locator(".look-going").wait_for(state="hidden")


def test_a_word_that_the_prompt_lacks_is_looked_for(at_layers: Shown, data: Path) -> None:
    page = at_layers.page
    canvas = page.locator(".easel-canvas")
    cold = colour_at(canvas, (0.5, 0.5))
    looked_for(at_layers, "shield,  red  hat")
    words = page.locator(".prompt-words .word").all_inner_texts()
    assert words == ["warrior", "forest", "shield", "red hat"]
    chosen = page.locator(".prompt-words .word[aria-pressed=true]").all_inner_texts()
    assert chosen == ["shield", "red hat"]
    page.locator(".words .hint", has_text="shield, red hat").wait_for()
    for _ in range(100):
        if np.abs(colour_at(canvas, (0.5, 0.5)) - cold).max() > 10:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the heatmap does not show")
    assert manifest(data).edits == [], "no layer has changed"

    page.locator(".prompt-words .word", has_text="shield").click()  # alone
    page.locator(".prompt-words .word", has_text="shield").click()
    page.locator(".words .layer-form:not(.look-form) input").fill("shield")
    page.locator(".words .layer-form:not(.look-form) button").click()
    settled(at_layers, 1)
    assert "shield" in layers(at_layers)
    page.keyboard.press("Control+Z")
    settled(at_layers, 0)
    assert "shield" not in layers(at_layers)
    assert page.locator(".prompt-words .word", has_text="shield").count() == 1

    # What the model never learnt is said, with what it knows.
    looked_for(at_layers, "samurai")
    told = page.locator(".look-told li").first
    told.wait_for()
    assert "'samurai'" in told.inner_text()
    assert "warrior" in told.inner_text()


def test_looking_can_be_stopped_and_goes_on_in_another_panel(
    at_layers: Shown, server: Running, data: Path
) -> None:
    page = at_layers.page
    with Client(data) as client:
        client.ask(Pause())
    page.locator(".look-form input").fill("shield")
    page.locator(".look-form button").click()
    going = page.locator(".look-going .hint")
    page.locator(".look-going").wait_for()
    assert going.inner_text() == "shield: waiting."
    page.reload()  # as another panel: what waits is shown there, too
    at_layers.wait_for(SHOT, "finished")
    page.click("#tool-layers")
    drawn(at_layers)
    page.locator(".look-going").wait_for()
    assert going.inner_text() == "shield: waiting."
    page.locator(".look-going button").click()
    page.locator(".look-going").wait_for(state="hidden")
    with Client(data) as client:
        client.ask(Resume())
    looked_for(at_layers, "crown")
    words = page.locator(".prompt-words .word").all_inner_texts()
    assert words == ["warrior", "forest", "crown"]


def test_the_list_renames_sorts_and_sets(at_layers: Shown, data: Path) -> None:
    page = at_layers.page
    take(at_layers, "new")
    stroke(at_layers, (0.1, 0.9), (0.2, 0.9))
    make(at_layers, "ground")
    settled(at_layers, 1)
    order = layers(at_layers)
    choose(at_layers, "ground")
    page.keyboard.press("F2")
    page.keyboard.type("meadow")
    page.keyboard.press("Enter")
    settled(at_layers, 2)
    assert "meadow" in layers(at_layers)
    button = row(at_layers, "meadow").locator("button")
    button.focus()
    way = "Alt+ArrowDown" if order[0] == "ground" else "Alt+ArrowUp"
    page.keyboard.press(way)
    settled(at_layers, 3)
    turned = ["meadow" if one == "ground" else one for one in order[1::-1]]
    assert layers(at_layers) == [*turned, "background"]
    row(at_layers, turned[1]).drag_to(row(at_layers, turned[0]), target_position={"x": 60, "y": 3})
    settled(at_layers, 4)
    assert layers(at_layers) == [*turned[::-1], "background"]
    choose(at_layers, "meadow")
    page.locator(".layer-details select").select_option("character")
    settled(at_layers, 5)
    page.locator(".layer-details input[type=range]").fill("35")
    settled(at_layers, 6)
    found = next(one for one in manifest(data).layers if one.name == "meadow")
    assert found.kind == "character"
    assert found.depth == pytest.approx(0.35)
    for _ in range(6):
        page.keyboard.press("Control+Z")
    settled(at_layers, 0)
    assert layers(at_layers) == ["warrior", "background"]


def test_what_cannot_be_done_is_said_and_taken_back(at_layers: Shown, data: Path) -> None:
    page, before = at_layers.page, manifest(data)
    stroke(at_layers, (0.05, 0.95))
    row(at_layers, "background").locator("button[aria-pressed=true]").wait_for()
    stroke(at_layers, centre(before.layers[1], picture_size(before)))
    row(at_layers, "warrior").locator("button[aria-pressed=true]").wait_for()
    page.keyboard.press("Escape")
    row(at_layers, "warrior").locator("button[aria-pressed=true]").wait_for(state="detached")
    stroke(at_layers, centre(before.layers[1], picture_size(before)))
    page.get_by_role("button", name="Split into its pieces").click()
    page.locator(".layers-tool .notes li").wait_for()
    assert "could not be done" in page.inner_text(".layers-tool .notes")
    page.get_by_role("button", name="Take the last change back").click()
    settled(at_layers, 0)
    page.locator(".layers-tool .notes li").wait_for(state="detached")
    assert manifest(data).edits == []


def test_changes_wait_for_the_server(at_layers: Shown, data: Path) -> None:
    """What is done while nothing is made is done in one go, the last of it included."""
    with Client(data) as client:
        client.ask(Pause())
        choose(at_layers, "warrior")
        for name in ("knight", "guard"):
            at_layers.page.get_by_role("button", name="Rename", exact=True).click()
            at_layers.page.keyboard.type(name)
            at_layers.page.keyboard.press("Enter")
            at_layers.page.locator(".layers-news[data-state=making]").wait_for()
        client.ask(Resume())
    settled(at_layers, 2)
    assert layers(at_layers) == ["guard", "background"]


def test_other_seeds_stand_side_by_side_and_one_is_kept(at_layers: Shown, data: Path) -> None:
    """Undone, the shot is what it was; nothing that was made is lost."""
    page, before = at_layers.page, detail(data)
    page.click("#tool-picture")
    assert page.inner_text(".seed-number") == str(SEED)
    with Client(data) as client:  # seeds of which the pictures are there
        client.ask(MakeVariations(job=before.job.job, shot=SHOT, seeds=[8, 9, 10]))
    takes = page.locator(".take")
    page.wait_for_function(
        "() => document.querySelectorAll('.take[data-state=finished] img[src]').length === 3"
    )
    assert takes.locator(".take-seed").all_inner_texts() == ["7", "8", "9", "10"]
    assert page.locator(".take[data-state=now] .take-seed").inner_text() == "7"
    assert len(at_layers.boards()) == 1, "they are no storyboards of their own"

    takes.nth(1).locator("button").click()
    takes.nth(2).locator("button").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.compare img')].filter((one) => one.src).length === 2"
    )
    line = page.locator(".compare-line")
    line.focus()
    page.keyboard.press("ArrowLeft")
    assert line.get_attribute("aria-valuetext") == "49 %"
    page.get_by_role("button", name="Keep seed 9").click()
    page.locator(".take[data-state=now]", has_text="9").wait_for()
    at_layers.wait_for(SHOT, "finished")
    page.wait_for_function("() => document.querySelector('.card').dataset.state === 'finished'")
    kept = wait_until(data, lambda found: found.storyboard["shots"][0]["seed"] == 9)
    assert kept.shots[0].result != before.shots[0].result
    assert page.locator(".badge", has_text="Changed").count() == 0

    page.keyboard.press("Control+Z")
    back = wait_until(data, lambda found: found.storyboard["shots"][0]["seed"] == SEED)
    assert back.shots[0].result == before.shots[0].result
    page.locator(".take[data-state=now]", has_text="7").wait_for()
    assert takes.count() == 4


def test_layers_are_merged_split_along_strokes_and_filled_again(
    at_layers: Shown, data: Path
) -> None:
    page, before = at_layers.page, manifest(data)
    x, y = centre(before.layers[1], picture_size(before))
    take(at_layers, "new")
    stroke(at_layers, (0.1, 0.9), (0.2, 0.9))
    make(at_layers, "ground")
    settled(at_layers, 1)
    nearest = layers(at_layers)[0]
    choose(at_layers, "warrior")
    row(at_layers, "ground").locator("button").click(modifiers=["Shift"])
    page.get_by_role("button", name="Merge 2 layers").click()
    settled(at_layers, 2)
    assert layers(at_layers) == [nearest, "background"]

    choose(at_layers, nearest)
    take(at_layers, "split")
    page.locator(".brush input").fill("5")
    stroke(at_layers, (x, y - 0.05), (x, y + 0.05))
    page.get_by_role("button", name="Split: stroke over a second part").wait_for()
    stroke(at_layers, (0.1, 0.9), (0.2, 0.9))
    page.get_by_role("button", name="Split into 2 parts").click()
    settled(at_layers, 3)
    found = manifest(data)
    split = found.edits[-1]
    assert isinstance(split, SplitEdit)
    assert len(split.parts) == 2
    assert len(layers(at_layers)) == 3
    assert len({one.bbox for one in found.layers if one.name != "background"}) == 2

    choose(at_layers, "background")
    page.get_by_role("button", name="Fill again").click()
    settled(at_layers, 4)
    assert isinstance(manifest(data).edits[-1], FillEdit)
    for _ in range(4):
        page.keyboard.press("Control+Z")
    settled(at_layers, 0)
    assert manifest(data).layers == before.layers


def test_every_view_of_the_layers_is_another_picture(at_layers: Shown) -> None:
    page = at_layers.page
    choose(at_layers, "warrior")
    seen: list[bytes] = []
    for look in ("film", "picture", "solo", "matte", "fan", "depth"):
        take(at_layers, look)
        for _ in range(60):
            shot = page.locator(".stage-picture").screenshot()
            if shot not in seen:
                break
            page.wait_for_timeout(500)
        assert shot not in seen, look
        seen.append(shot)


def test_four_variations_are_asked_for_and_a_seed_is_locked(at_layers: Shown, data: Path) -> None:
    page = at_layers.page
    page.click("#tool-picture")
    lock = page.get_by_role("checkbox", name="Lock")
    assert lock.is_checked(), "the storyboard says it"
    with Client(data) as client:
        client.ask(Pause())
        page.get_by_role("button", name="4 variations").click()
        page.wait_for_function("() => document.querySelectorAll('.take').length === 5")
        assert page.evaluate("() => document.activeElement.textContent") == "4 variations"
        said = client.ask(GetPictures(job=detail(data).job.job, shot=SHOT)).variations
    assert len({one.seed for one in said}) == 5
    assert page.locator(".take-seed").all_inner_texts() == [str(one.seed) for one in said]
    lock.uncheck()
    page.wait_for_function(
        "() => !('seed' in JSON.parse(localStorage['multiplane.work']).board.shots[0])"
    )
    page.keyboard.press("Control+Z")
    page.wait_for_function(
        "seed => JSON.parse(localStorage['multiplane.work']).board.shots[0].seed === seed",
        arg=SEED,
    )
    assert lock.is_checked()


FOCUSED = "() => document.activeElement.closest('[data-layer], [data-job]')?.textContent ?? ''"
"""Text of the row of layers or pictures that has the focus; "" for none."""


def test_a_button_that_goes_hands_the_focus_to_the_chosen_layer(at_layers: Shown) -> None:
    page = at_layers.page
    choose(at_layers, "warrior")
    take(at_layers, "new")
    stroke(at_layers, (0.1, 0.9), (0.2, 0.9))
    page.get_by_label("Name of the layer").first.fill("ground")
    page.locator(".layer-tools form button[type=submit]:enabled").click()
    settled(at_layers, 1)
    assert "warrior" in page.evaluate(FOCUSED)

    row(at_layers, "ground").locator("button").click(modifiers=["Shift"])
    nearest = layers(at_layers)[0]
    page.get_by_role("button", name="Merge 2 layers").click()
    settled(at_layers, 2)
    assert nearest in page.evaluate(FOCUSED)

    page.locator(".prompt-words .word", has_text="forest").click()
    page.locator(".words .layer-form:not(.look-form) button").click()
    settled(at_layers, 3)
    assert nearest in page.evaluate(FOCUSED)

    page.get_by_role("button", name="As they were cut").click()
    settled(at_layers, 0)
    assert page.evaluate(FOCUSED) != ""


_PRESSED_FIVE_TIMES = """(slider) => {
  const press = new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true });
  for (let time = 0; time < 5; time += 1) {
    slider.dispatchEvent(press);
    slider.stepDown();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }
}"""
"""What a browser does at five presses, at once: on a busy computer real ones come too late for one
another."""


def test_keys_on_the_nearness_are_one_edit(at_layers: Shown, data: Path) -> None:
    page = at_layers.page
    choose(at_layers, "warrior")
    slider = page.locator(".layer-details input[type=range]")
    # The panel draws a chosen layer's own nearness a frame later, and lets it be changed then.
    (depth,) = (layer.depth for layer in manifest(data).layers if layer.name == "warrior")
    before = round(100 * depth)
    page.wait_for_function(
        "before => { const one = document.querySelector('.layer-details input[type=range]');"
        " return one.value === String(before) && !one.disabled && one.checkVisibility(); }",
        arg=before,
    )
    slider.focus()
    slider.evaluate(_PRESSED_FIVE_TIMES)
    settled(at_layers, 1)
    (edit,) = manifest(data).edits
    assert isinstance(edit, NearEdit)
    assert edit.nearness == pytest.approx((before - 5) / 100)
    assert page.evaluate("() => document.activeElement.type") == "range"

    # Left before the pause is over, it is carried out, too.
    page.keyboard.press("ArrowLeft")
    page.locator(".layer-details select").focus()
    settled(at_layers, 2)
    page.keyboard.press("Control+Z")
    settled(at_layers, 1)


def test_pictures_keep_their_places_and_the_way_to_keep_one_is_in_sight(
    at_layers: Shown, data: Path
) -> None:
    page = at_layers.page
    page.click("#tool-picture")
    page.set_viewport_size({"width": 320, "height": 760})
    at_layers.go_to("shot")
    with Client(data) as client:
        client.ask(Pause())
        job = detail(data).job.job
        client.ask(MakeVariations(job=job, shot=SHOT, seeds=[8, 9, 10]))
        page.wait_for_function("() => document.querySelectorAll('.take').length === 4")
        waiting = page.locator(".take").evaluate_all(_BOXES)
        inside = page.locator(".take-state").evaluate_all(
            "all => all.every((one) => one.getBoundingClientRect().right <= "
            "one.closest('.take').getBoundingClientRect().right)"
        )
        assert inside
        client.ask(Resume())
    page.wait_for_function(
        "() => document.querySelectorAll('.take[data-state=finished] img[src]').length === 3"
    )
    assert page.locator(".take").evaluate_all(_BOXES) == waiting
    for number in (1, 2):
        page.locator(".take button").nth(number).click()
    keep = page.get_by_role("button", name="Keep seed 9")
    keep.wait_for()
    box = keep.bounding_box()
    top = page.locator("#foot").bounding_box()
    assert box is not None
    assert top is not None
    assert box["y"] + box["height"] <= top["y"], "nobody has to scroll to it"
    keep.click()
    page.locator(".take[data-state=now]", has_text="9").wait_for()
    assert "This shot" in page.evaluate(FOCUSED)


_BOXES = """all => all.map((one) => {
  const { width, height } = one.getBoundingClientRect();
  return [width, height];
})"""


def wait_until(data: Path, is_so: Callable[[JobDetail], bool]) -> JobDetail:
    """The job once that is so, and made."""
    with Client(data) as client:
        job = detail(data).job.job
        while True:
            found = client.ask(GetJob(job=job))
            if is_so(found) and found.shots[0].state == "finished":
                return found


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_tools_are_not_cut_off(
    shown: Shown, server: Running, data: Path, width: int, theme: str, tmp_path: Path
) -> None:
    page = shown.page
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    with Client(data) as client:
        client.submit(board(1))
    shown.open(server)
    shown.wait_for(SHOT, "finished")
    shown.go_to("shot")
    for tool in ("layers", "picture"):
        page.click(f"#tool-{tool}")
        if tool == "layers":
            drawn(shown)
            choose(shown, "warrior")
            take(shown, "new")
        page.wait_for_timeout(300)
        assert measure(shown, "cutOff") == []
        assert [one for one in measure(shown, "contrasts") if one[0] < LEAST_CONTRAST] == []
        named = measure(shown, "names")
        assert [html for html, name in named if not (name and name.strip())] == []
        page.screenshot(path=tmp_path / f"{tool}-{width}-{theme}.png")
