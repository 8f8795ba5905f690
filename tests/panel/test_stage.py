"""The stage and the camera's tools: a finished shot plays, tries moves, keeps what is applied."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from multiplane.client import Client
from multiplane.contract.frames import PreviewInfo, pack_preview
from multiplane.contract.messages_client import ListJobs, Pause, Resume
from multiplane.contract.storyboard import CameraMove
from multiplane.stage.registry import FRAMING, PRESETS
from tests.panel.showing import PANEL, Shown
from tests.panel.test_looks import LEAST_CONTRAST, measure
from tests.server.prepared import board, prepare
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route, WebSocketRoute

FRAMES = 12


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests here, each of which makes a job of its own."""
    folder = tmp_path_factory.mktemp("data")
    prepare(folder)
    with in_a_thread(folder, panel=PANEL) as running:
        yield running


def storyboard(shots: int = 1, **more: Any) -> dict[str, Any]:
    document = board(shots, **more)
    for shot in document["shots"]:
        shot["duration"] = 1.0
    return document


def opened(shown: Shown, server: Running, document: dict[str, Any] | None = None) -> Page:
    """The panel at a usual width, its first shot finished and on the stage."""
    with Client(server.data.root) as client:
        client.submit(document or storyboard())
        shown.page.set_viewport_size({"width": 420, "height": 900})
        shown.open(server)
        shown.wait_for("s000", "finished")
    page = shown.page
    shown.wait_for_end()
    page.click("#tab-shot")
    page.wait_for_selector(".stage-picture.has-shot:not(.is-coming) .plane img[src]")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.stage-picture img')].every((one) => one.complete)"
    )
    return page


def test_no_stripes_are_seen_while_the_layers_are_fetched(shown: Shown, server: Running) -> None:
    """But the shot's own picture: stripes mean that no layer covers a place."""
    held: list[Route] = []
    holding = True
    pictures = re.compile(r":\d+/layers/")  # not the panel's own scripts of that name

    def hold(route: Route) -> None:
        if holding:
            held.append(route)
        else:
            route.continue_()

    shown.page.route(pictures, hold)
    with Client(server.data.root) as client:
        client.submit(storyboard())
        shown.page.set_viewport_size({"width": 420, "height": 900})
        shown.open(server)
        shown.wait_for("s000", "finished")
    page = shown.page
    shown.wait_for_end()
    page.click("#tab-shot")
    page.locator(".stage-message", has_text="Loading the layers").wait_for()
    page.locator(".stage-still").wait_for()
    stripes = "getComputedStyle(document.querySelector('.stage-picture'), '::before').content"
    assert page.evaluate(stripes) == "none"
    holding = False
    for route in held:
        route.continue_()
    page.locator(".stage-still").wait_for(state="hidden")
    assert page.evaluate(stripes) != "none"
    assert not page.locator(".stage-message").is_visible()


def tool(page: Page) -> Locator:
    page.click("#tool-camera")
    tools = page.locator(".camera-tools")
    tools.locator(".camera-tile").first.wait_for()
    return tools


def folder_of(server: Running) -> Path:
    """Of the newest job's first shot."""
    with Client(server.data.root) as client:
        return Path(client.ask(ListJobs()).jobs[0].folder) / "shots" / "s000"


def manifest(server: Running) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder_of(server) / "manifest.json").read_text("utf-8"))
    return said


def remade(page: Page, server: Running, before: str) -> dict[str, Any]:
    """The manifest, once it is another one: the stage shows what was cut before that is written."""
    for _ in range(600):
        said = manifest(server)
        if said["content_hash"] != before:
            return said
        page.wait_for_timeout(100)
    raise AssertionError(f"after a minute the manifest is still {before}")


def document(page: Page) -> Any:
    """The first shot's camera as the panel's document has it."""
    return page.evaluate("JSON.parse(localStorage['multiplane.work']).board.shots[0].camera")


def shown_now(page: Page) -> np.ndarray:
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    picture = page.locator(".stage-picture .lens").screenshot()
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def seek(page: Page, frame: int) -> None:
    page.locator(".stage-time").evaluate(
        "(slider, frame) => { slider.value = frame; slider.dispatchEvent(new Event('input')); }",
        frame,
    )


def test_the_stage_shows_the_films_frames(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    said = manifest(server)
    with av.open(folder_of(server) / said["files"]["preview"]) as film:
        frames = [
            one.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
            for one in film.decode(video=0)
        ]
    assert len(frames) == FRAMES
    page.locator(".stage-picture").evaluate("one => { one.style.borderRadius = '0'; }")
    seen = []
    for frame in (0, 5, FRAMES - 1):
        seek(page, frame)
        seen.append(shown_now(page))
        size = frames[frame].shape[1::-1]
        small = cv2.resize(seen[-1].astype(np.uint8), size, interpolation=cv2.INTER_AREA)
        away = np.abs(small.astype(int) - frames[frame]).max(axis=2)[2:-2, 2:-2]
        # The film is H.264 with half the colours, and edges differ by the sampling.
        assert away.mean() < 6, (frame, away.mean())
        assert (away < 32).mean() > 0.96, (frame, (away < 32).mean())
    assert np.abs(seen[0] - seen[-1]).mean() > 0.3


def test_keys_go_through_the_film(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    page.focus(".stage-view")
    clock = page.locator(".stage-clock")

    def at() -> int:
        return int(page.locator(".stage-time").input_value())

    assert at() == 0
    for key, frame in (
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", FRAMES - 1),
        ("ArrowRight", FRAMES - 1), ("Shift+ArrowLeft", 1), ("Home", 0),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert at() == frame, key
    page.keyboard.press("ArrowRight")
    assert f"1/{FRAMES - 1}" in clock.inner_text()
    page.keyboard.press("Space")
    page.wait_for_selector(".stage-bar button[aria-label=Pause]")
    page.wait_for_function("() => Number(document.querySelector('.stage-time').value) > 3")
    page.keyboard.press("Space")
    page.wait_for_selector(".stage-bar button[aria-label=Play]")
    # Without the loop it ends on its last frame.
    page.click(".stage-bar [aria-pressed]")
    page.focus(".stage-view")
    page.keyboard.press("Space")
    page.wait_for_function(
        f"() => Number(document.querySelector('.stage-time').value) === {FRAMES - 1}"
    )
    page.wait_for_selector(".stage-bar button[aria-label=Play]")


def test_a_shot_that_is_not_made_says_so(shown: Shown, server: Running) -> None:
    with Client(server.data.root) as client:
        client.ask(Pause())
        client.submit(storyboard())
        shown.open(server)
        shown.wait_for("s000", "queued")
        shown.page.click("#tab-shot")
        shown.page.locator(".stage-message", has_text="waits for its turn").wait_for()
        client.ask(Resume())
    shown.page.wait_for_selector(".stage-picture.has-shot:not(.is-coming) .plane img[src]")
    assert not shown.page.locator(".stage-message").is_visible()


def test_every_move_is_a_tile_that_plays_on_the_shots_layers(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    tools = tool(page)
    names = tools.locator(".camera-tile").evaluate_all("all => all.map((one) => one.dataset.name)")
    assert set(names) == set(PRESETS)
    assert names[-1] == FRAMING
    assert tools.locator(".camera-tile[aria-checked=true]").get_attribute("data-name") == "push_in"
    for name in ("push_in", "orbit"):
        tile = tools.locator(f".camera-tile[data-name={name}]")
        tile.scroll_into_view_if_needed()
        tile.locator(".plane img[src]").first.wait_for()
        assert tile.locator(".plane").count() == 2
    # What is far from sight is not asked for.
    page.set_viewport_size({"width": 420, "height": 420})
    unseen = page.evaluate(
        """() => [...document.querySelectorAll('.camera-tile')].filter((one) => {
          const { top } = one.getBoundingClientRect();
          return top > innerHeight * 3 && one.querySelector('.plane');
        }).length"""
    )
    assert unseen == 0


def test_a_move_is_seen_at_once_and_saved_by_apply(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    tools = tool(page)
    seek(page, FRAMES - 1)
    film, before = shown_now(page), manifest(server)
    tools.locator(".camera-tile[data-name=truck_left]").click()
    page.wait_for_selector(".camera-foot:not([hidden])")
    page.keyboard.press("Escape")
    page.wait_for_selector(".stage-view[data-camera=truck_left]")
    seek(page, FRAMES - 1)
    tried = shown_now(page)
    assert np.abs(tried - film).mean() > 0.5
    assert manifest(server) == before, "nothing is changed"
    assert document(page) == {"preset": "push_in", "amount": 0.1}

    page.get_by_role("button", name="Cancel", exact=True).click()
    seek(page, FRAMES - 1)
    np.testing.assert_array_equal(shown_now(page), film)
    assert page.evaluate("() => document.activeElement.dataset.name") == "push_in"

    tools.locator(".camera-tile[data-name=truck_left]").click()
    amount = tools.get_by_label("Amount", exact=True).last
    amount.fill("0.5")
    amount.press("Tab")
    page.get_by_role("button", name="Apply camera").click()
    page.wait_for_function("() => document.activeElement.dataset.name === 'truck_left'")
    assert document(page) == {"preset": "truck_left", "amount": 0.5}
    made = remade(page, server, before["content_hash"])
    assert made["camera"]["preset"] == "truck_left"
    page.wait_for_selector(f".stage-view[data-result='{made['content_hash']}']")
    assert not page.locator(".camera-foot").is_visible()

    page.keyboard.press("Control+z")
    assert document(page) == {"preset": "push_in", "amount": 0.1}
    page.wait_for_selector(f".stage-view[data-result='{before['content_hash']}']")
    again = remade(page, server, made["content_hash"])
    assert again["camera"]["keyframes"] == before["camera"]["keyframes"]


def test_where_an_edge_would_show_is_marked(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    tools = tool(page)
    tools.locator(".camera-tile[data-name=truck_left]").click()
    amount = tools.get_by_label("Amount", exact=True).last
    amount.fill("3")
    amount.press("Tab")
    notes = tools.locator(".camera-notes")
    notes.locator("li", has_text="was weakened").wait_for()
    assert "would show the" in notes.inner_text()
    assert page.locator(".stage-edge").count() > 0
    mark = page.locator(".stage-mark").last
    mark.click()
    frame = int(page.locator(".stage-time").input_value())
    assert f"frame {frame} would show" in str(mark.get_attribute("aria-label"))


def test_where_a_hole_would_show_is_marked_before_apply(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    folder = folder_of(server)
    ground, warrior = manifest(server)["layers"]
    left, top, wide, high = warrior["bbox"]
    file = folder / ground["file"]
    with Image.open(file) as opened_:
        picture = np.array(opened_.convert("RGBA"))
    # Nothing is behind the warrior: a move that comes near uncovers it.
    x, y = left - ground["bbox"][0], top - ground["bbox"][1]
    picture[y + 5 : y + high - 5, x + 5 : x + wide - 5, 3] = 0
    file.unlink()  # others share what it was
    Image.fromarray(picture).save(file)
    page.reload()
    page.click("#tab-shot")
    page.wait_for_selector(".stage-picture.has-shot:not(.is-coming) .plane img[src]")
    tools = tool(page)
    assert page.locator(".stage-mark").count() == 0
    amount = tools.get_by_label("Amount", exact=True).last
    amount.fill("3")
    amount.press("Tab")
    notes = tools.locator(".camera-notes")
    notes.locator("li", has_text="has a hole").wait_for()
    mark = page.locator(".stage-mark").last
    mark.click()
    page.locator(".frame-place").first.wait_for()
    assert "has a hole" in str(mark.get_attribute("aria-label"))
    tools.get_by_role("button", name="Cancel").click()
    page.locator(".stage-mark").first.wait_for(state="detached")


def test_first_and_last_view_are_drawn_on_the_picture(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    tools = tool(page)
    tools.locator(f".camera-tile[data-name={FRAMING}]").click()
    end = page.get_by_role("slider", name="End", exact=True)
    end.wait_for()
    frame = page.locator(".framing").bounding_box()
    box = end.bounding_box()
    assert frame is not None
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(
        box["x"] + box["width"] / 2 - 0.1 * frame["width"], box["y"] + box["height"] / 2, steps=4
    )
    page.mouse.up()
    corner = end.locator(".framing-grip.se").bounding_box()
    assert corner is not None
    page.mouse.move(corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2)
    page.mouse.down()
    page.mouse.move(
        corner["x"] + corner["width"] / 2 - 0.1 * frame["width"],
        corner["y"] + corner["height"] / 2 - 0.1 * frame["height"],
        steps=4,
    )
    page.mouse.up()
    end.press("ArrowDown")
    # Of two rectangles the smaller one lies on top.
    start = page.get_by_role("slider", name="Start", exact=True)
    assert end.evaluate("one => one.style.zIndex") > start.evaluate("one => one.style.zIndex")
    before = manifest(server)["content_hash"]
    page.get_by_role("button", name="Apply camera").click()
    said = document(page)
    framing = said["framing"]
    assert framing["start"] == {"x": 0, "y": 0, "width": 1, "height": 1}
    wanted = {"x": 0.115, "y": 0.125, "width": 0.55, "height": 0.55}
    assert {name: framing["end"][name] for name in wanted} == pytest.approx(wanted, abs=0.02)
    CameraMove.model_validate(said)
    made = remade(page, server, before)
    page.wait_for_selector(
        f".stage-view[data-camera=framing][data-result='{made['content_hash']}']"
    )
    camera = made["camera"]
    # The nearest layer stands in the comp's plane: what the lens shows of it is the rectangle.
    last = {name: keys[-1]["value"] for name, keys in camera["keyframes"].items()}
    assert -last["position"][2] / last["zoom"][0] == pytest.approx(
        framing["end"]["width"], abs=0.02
    )


def test_focus_ease_and_direction_are_fields_of_the_moves_that_take_them(
    shown: Shown, server: Running
) -> None:
    page = opened(shown, server)
    tools = tool(page)
    tools.locator(".camera-tile[data-name=orbit]").click()
    tools.get_by_label("Direction", exact=True).select_option("left")
    tools.get_by_label("Turns on, or is sharp on").select_option("warrior")
    ease = tools.get_by_label("Ease in, %").last
    ease.fill("60")
    ease.press("Tab")
    begins = tools.get_by_label("Begins after, s")
    begins.fill("0.2")
    begins.press("Tab")
    tools.get_by_label("Goes there and comes back").check()
    page.get_by_role("button", name="Apply camera").click()
    said = document(page)
    assert said == {
        "preset": "orbit", "direction": "left", "focus": "warrior",
        "ease": {"in": 60, "out": 33.33}, "loop": True, "start": 0.2,
    }  # fmt: skip
    CameraMove.model_validate(said)
    tools.locator(".camera-tile[data-name=handheld]").click()
    assert not tools.get_by_label("Direction", exact=True).is_visible()
    assert not tools.get_by_label("Turns on, or is sharp on").is_visible()
    assert tools.get_by_role("button", name="Another sway").is_visible()
    tools.locator(".camera-tile[data-name=static]").click()
    assert not tools.get_by_label("Amount", exact=True).last.is_visible()


def test_tiles_are_walked_with_arrows(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    tools = tool(page)
    tools.locator(".camera-tile[aria-checked=true]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.dataset.name")
    assert second == list(PRESETS)[1]
    page.keyboard.press("Enter")
    assert tools.locator(".camera-tile[aria-checked=true]").get_attribute("data-name") == second


def mark_of(page: Page, server: Running, found: list[dict[str, Any]]) -> Locator:
    """The mark on the time, once the film's check has found that."""
    said = manifest(server)
    said["checks"]["film"]["found"] = found
    (folder_of(server) / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    page.reload()
    page.click("#tab-shot")
    mark = page.locator(".stage-mark")
    mark.wait_for()
    return mark


HOLE = {"frame": 7, "kind": "hole", "share": 0.01, "layers": [], "action": "none"}


def test_what_the_films_check_found_is_marked(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    mark = mark_of(page, server, [HOLE, HOLE | {"frame": 3, "action": "weakened"}])
    assert mark.get_attribute("aria-label") == "Frame 7 has a hole."
    mark.click()
    assert page.locator(".stage-time").input_value() == "7"
    assert "Frame 7 has a hole." in tool(page).locator(".camera-notes").inner_text()


def test_what_the_films_check_found_is_marked_where_it_lies(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    places = [[0.7, 0.75, 0.2, 0.1], [0.1, 0.1, 0.05, 0.05]]
    mark = mark_of(page, server, [HOLE | {"places": places}])
    assert mark.get_attribute("aria-label") == "Frame 7 has a hole. It lies at the lower right."
    mark.click()
    page.locator(".frame-place").first.wait_for()
    frame = page.locator(".frame-places").bounding_box()
    place = page.locator(".frame-place").first.bounding_box()
    assert frame is not None
    assert place is not None
    middle = (place["x"] + place["width"] / 2 - frame["x"]) / frame["width"]
    assert middle == pytest.approx(0.8, abs=0.01)
    middle = (place["y"] + place["height"] / 2 - frame["y"]) / frame["height"]
    assert middle == pytest.approx(0.8, abs=0.01)
    assert page.locator(".frame-place").count() == 2
    page.locator(".stage-time").fill("20")
    page.locator(".frame-place").first.wait_for(state="detached")


@pytest.mark.parametrize("width", [300, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_it_is_cut_off_or_faint(
    shown: Shown, server: Running, width: int, scheme: Literal["light", "dark"]
) -> None:
    shown.page.emulate_media(color_scheme=scheme)
    page = opened(shown, server)
    page.set_viewport_size({"width": width, "height": 800})
    tools = tool(page)
    tools.locator(".camera-tile[data-name=truck_left]").click()
    amount = tools.get_by_label("Amount", exact=True).last
    amount.fill("3")
    amount.press("Tab")
    tools.locator(".camera-notes li").first.wait_for()
    assert page.locator(".stage-mark").count() > 0
    assert measure(shown, "cutOff") == []
    assert [one for one in measure(shown, "contrasts") if one[0] < LEAST_CONTRAST] == []
    assert [html for html, name in measure(shown, "names") if not (name and name.strip())] == []


def test_keys_reach_the_stage_when_nothing_else_has_them(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert page.locator(".stage-time").input_value() == "1"
    page.click("#tab-shots")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    page.click("#tab-shot")
    assert page.locator(".stage-time").input_value() == "1"


def test_a_shot_that_is_being_painted_shows_its_picture(shown: Shown, server: Running) -> None:
    sockets: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    shown.page.route_web_socket(re.compile(r"/ws"), between)
    with Client(server.data.root) as client:
        client.ask(Pause())
        job = client.submit(storyboard()).job.job
        shown.open(server)
        shown.wait_for("s000", "queued")
        shown.page.click("#tab-shot")
        picture = io.BytesIO()
        Image.new("RGB", (48, 32), (200, 30, 30)).save(picture, "JPEG")
        info = PreviewInfo(job=job, shot="s000", done=1, total=2, width=48, height=32)
        sockets[-1].send(pack_preview(info, picture.getvalue()))
        still = shown.page.locator(".stage-still")
        still.wait_for()
        seen = np.asarray(Image.open(io.BytesIO(still.screenshot())).convert("RGB")).astype(int)
        middle = seen[seen.shape[0] // 4, seen.shape[1] // 2]
        assert np.abs(middle - (200, 30, 30)).max() < 12
        client.ask(Resume())
    shown.page.wait_for_selector(".stage-picture.has-shot:not(.is-coming) .plane img[src]")
    assert not still.is_visible()


def test_tiles_play_unless_less_motion_is_wanted(shown: Shown, server: Running) -> None:
    shown.page.emulate_media(reduced_motion="no-preference")
    page = opened(shown, server)
    tile = tool(page).locator(".camera-tile[data-name=truck_left]")
    tile.locator(".plane img[src]").first.wait_for()
    moved = """async ([name, isMoving]) => {
      const world = document.querySelector(`.camera-tile[data-name=${name}] .world`);
      const seen = new Set();
      for (let at = 0; at < 60 && (seen.size < 3 || !isMoving); at += 1) {
        seen.add(world.style.transform);
        await new Promise((done) => setTimeout(done, 30));
      }
      return seen.size;
    }"""
    assert page.evaluate(moved, ["truck_left", True]) == 3
    page.click("#tool-picture")
    assert page.evaluate(moved, ["truck_left", False]) == 1


def test_the_camera_of_a_shot_that_is_not_made_is_chosen_by_name(
    shown: Shown, server: Running
) -> None:
    page = opened(shown, server)
    shown.in_boards("new")
    page.fill("#text", "a **fox** in a forest")
    page.click("#tab-shot")
    tools = tool(page)
    page.locator(".stage-message", has_text="not made yet").wait_for()
    tools.locator(".camera-tile[data-name=rack_focus]").click()
    assert tools.locator(".plane").count() == 0
    assert "once it is made" in tools.locator(".camera-notes").inner_text()
    page.get_by_role("button", name="Apply camera").click()
    assert document(page) == "rack_focus"


def test_focus_goes_between_two_layers(shown: Shown, server: Running) -> None:
    page = opened(shown, server)
    tools = tool(page)
    tools.locator(".camera-tile[data-name=rack_focus]").click()
    focus = tools.get_by_label("Turns on, or is sharp on")
    focus.select_option("warrior")
    tools.get_by_label("then on …").select_option("background")
    page.get_by_role("button", name="Apply camera").click()
    said = document(page)
    assert said == {"preset": "rack_focus", "focus": ["warrior", "background"]}
    page.wait_for_selector(".stage-view[data-camera=rack_focus]")
    seek(page, FRAMES - 1)
    assert "blur" in page.locator(".stage-picture .plane img").last.evaluate(
        "one => one.style.filter"
    )


def test_what_the_server_could_not_give_is_shown_when_it_is_back(
    shown: Shown, server: Running
) -> None:
    sockets: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page = shown.page
    page.route_web_socket(re.compile(r"/ws"), between)
    page.route(re.compile(r"/manifest\.json"), refuse)
    with Client(server.data.root) as client:
        client.submit(storyboard())
    shown.open(server)
    shown.wait_for("s000", "finished")
    shown.wait_for_end()
    page.click("#tab-shot")
    page.wait_for_timeout(1000)
    assert not page.locator(".stage-picture.has-shot").count()
    assert 0 < len(asked) < 12, "not again and again"
    page.unroute(re.compile(r"/manifest\.json"))
    sockets[-1].close()
    page.wait_for_selector(".stage-picture.has-shot:not(.is-coming) .plane img[src]")
