"""The page of a storyboard, opened in a real browser: geometry, pixels, hostile words, keys."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import cv2
import numpy as np
import pytest
from PIL import Image

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure
from multiplane.contract.layout import INDEX, SEQUENCE
from multiplane.contract.manifest import Manifest, Sequence, SequenceShot
from multiplane.contract.output_folder import ShotFolder, read_board, read_sequence
from multiplane.contract.storyboard import Shot, Storyboard
from multiplane.deliver.documents import write_document
from multiplane.deliver.film import film
from multiplane.deliver.index_page import write_index
from multiplane.deliver.index_page.pictures import WIDEST, embed, width_for
from multiplane.deliver.index_page.player import script, style
from multiplane.deliver.markup import link, marked, text
from multiplane.deliver.shot import deliver_shot
from multiplane.stage.camera import project
from multiplane.stage.path import from_keyframes
from tests.deliver.shots import COMP, finished
from tests.outside_programs import open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PRESETS = ("push_in", "orbit", "roll", "dolly_zoom", "handheld", "tilt", "rack_focus")
"""Moves along, around and about every axis; keys with eases and keys on every frame."""
LOOPING = "parallax_circle"
FRAMES = (0, 2, 3.5, 6, 8)
EVIL = (
    "</title></script><script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    "'); window.hacked=1; ('",
    "שלום \u202e<b>עולם</b>",
    "🐉 戦士 & Söhne \u2028 &amp;",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with one shot for each preset."""
    out = tmp_path_factory.mktemp("board")
    names = (*PRESETS, LOOPING)
    for name in names:
        # The film is not what is looked at here.
        deliver_shot(out / "shots" / name, finished(id_=name, preset=name))
    _write(out, [_made(name) for name in names])
    return out


def _made(id_: str, folder: str | None = None) -> SequenceShot:
    return SequenceShot(
        id=id_,
        manifest=f"shots/{folder or id_}/manifest.json",
        start_frame=0,
        duration_frames=9,
        status="made",
    )


def _missing(id_: str) -> SequenceShot:
    return SequenceShot(id=id_, start_frame=0, duration_frames=4, status="missing")


def _write(
    out: Path,
    shots: list[SequenceShot],
    *,
    title: str = "Ein Märchen",
    asked: list[Shot] | None = None,
) -> None:
    """The page, and the two documents that it is made of."""
    sequence = Sequence(title=title, fps=24, size=(128, 72), shots=shots)
    write_document(out / SEQUENCE, sequence)
    if asked is None:
        asked = [Shot(id=shot.id, prompt="a red warrior before a princess") for shot in shots]
    story = Storyboard(size=(128, 72), shots=asked)
    (out / "storyboard.json").write_text(story.to_json(), encoding="utf-8")
    write_index(out, story, sequence)


def _open(browser: Browser, out: Path, **context: Any) -> Page:
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto((out / INDEX).as_uri())
    return page


def _rests(page: Page) -> None:
    """Two frames of the browser: what was asked for is on the screen."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def _until(page: Page, expression: str) -> None:
    """Wait until it is true. (wait_for_function evaluates text in the page, which the page's own
    policy forbids.)"""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


def _show(page: Page, frame: float) -> None:
    """Move every shot to the frame, as its slider does."""
    page.evaluate(
        """(frame) => document.querySelectorAll('.frame').forEach((slider) => {
          slider.value = frame;
          slider.dispatchEvent(new Event('input'));
        })""",
        frame,
    )
    _rests(page)


def _boxes(page: Page, number: int) -> np.ndarray:
    """Where each plane is on the screen: (planes, 4) left, top, right, bottom, px of the comp."""
    found = page.locator(f"#shot-{number}").evaluate(
        """(card) => {
          const lens = card.querySelector('.lens').getBoundingClientRect();
          return [...card.querySelectorAll('.plane')].map((plane) => {
            const box = plane.getBoundingClientRect();
            return [box.left - lens.left, box.top - lens.top,
                    box.right - lens.left, box.bottom - lens.top].map((v) => v / lens.width);
          });
        }"""
    )
    return np.array(found) * COMP.width


def _projected(manifest: Manifest, frame: float) -> np.ndarray:
    """The same by stage.camera."""
    camera = from_keyframes(manifest.camera.keyframes, manifest.camera.zoom).at([frame], 24)[0]
    boxes = []
    for layer in manifest.layers:
        wide, high = layer.bbox[2:]
        own = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=float)
        flat = (own - layer.anchor) * np.array(layer.scale) / 100 + layer.position[:2]
        corners = np.column_stack([flat, np.full(4, layer.z)])
        seen = project(camera, corners, COMP.width, COMP.height)
        boxes.append([*seen.min(axis=0), *seen.max(axis=0)])
    return np.array(boxes)


def test_planes_are_where_the_film_has_them(board: Path, browser: Browser) -> None:
    page = _open(browser, board)
    scale = page.locator("#shot-1 .lens").evaluate("lens => lens.clientWidth") / COMP.width
    manifests = [ShotFolder.open(board / "shots" / name).manifest for name in PRESETS]
    seen: dict[tuple[str, float], np.ndarray] = {}
    for frame in FRAMES:
        _show(page, frame)
        for number, (name, manifest) in enumerate(zip(PRESETS, manifests, strict=True), start=1):
            seen[name, frame] = _boxes(page, number)
            # Pixels of the page, which shows the frame several times as large as it is.
            away = np.abs(seen[name, frame] - _projected(manifest, frame)).max() * scale
            assert away < 0.5, (name, frame)
    for name in set(PRESETS) - {"rack_focus"}:
        assert np.abs(seen[name, FRAMES[0]] - seen[name, FRAMES[-1]]).max() > 0.5, name
    page.context.close()


def test_pixels_are_the_films(board: Path, browser: Browser) -> None:
    page = _open(browser, board)
    number, frame = PRESETS.index("orbit") + 1, 6
    _show(page, frame)
    stage = page.locator(f"#shot-{number} .lens")
    # The button with its sign lies over the picture.
    page.add_style_tag(content=".play { display: none }")
    shown = np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("RGB"))
    shot = finished(preset="orbit")
    wanted = list(film(shot.staged, shot.layers))[frame][..., :3]
    wanted = cv2.resize(wanted, shown.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    away = np.abs(shown.astype(int) - wanted).max(axis=2)
    # Edges of layers differ by the sampling, and the page holds lossy pictures.
    assert away.mean() < 8
    assert (away < 24).mean() > 0.97
    page.context.close()


def test_what_the_check_found_is_marked_where_it_lies(tmp_path: Path, browser: Browser) -> None:
    folder = tmp_path / "shots" / "push_in"
    deliver_shot(folder, finished(id_="push_in", preset="push_in"))
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    hole = {"frame": 6, "kind": "hole", "share": 0.01, "places": [[0.25, 0.5, 0.25, 0.125]]}
    found = [hole | {"action": "none"}, hole | {"kind": "edge", "action": "weakened"}]
    film_check = {"preset": "push_in", "amount": 1.0, "frames": [6], "found": found}
    said["checks"]["film"] = film_check
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    _write(tmp_path, [_made("push_in")])
    page = _open(browser, tmp_path)
    place = page.locator("#shot-1 .frame-place")
    _show(page, 0)
    assert place.count() == 0
    _show(page, 6)
    assert place.count() == 1, "what was mended shows nowhere"
    assert place.get_attribute("data-label") == "Hole"
    inner, outer = place.bounding_box(), page.locator("#shot-1 .stage").bounding_box()
    assert inner is not None
    assert outer is not None
    middle = (inner["x"] + inner["width"] / 2 - outer["x"]) / outer["width"]
    assert middle == pytest.approx(0.375, abs=0.01)
    assert "Frame 6 has a hole" in page.locator("#shot-1 .notice").inner_text()
    page.context.close()


def test_hovering_plays_and_leaving_goes_back(board: Path, browser: Browser) -> None:
    page = _open(browser, board)
    card = page.locator("#shot-1")
    rest = _boxes(page, 1)
    np.testing.assert_allclose(
        rest, _projected(ShotFolder.open(board / "shots/push_in").manifest, 0), atol=0.1
    )
    card.locator(".stage").hover()
    _until(page, "document.querySelector('#shot-1 .frame').value > 3")
    assert np.abs(_boxes(page, 1) - rest).max() > 0.5
    page.mouse.move(1270, 5)
    _until(page, "!document.querySelector('#shot-1').classList.contains('live')")
    np.testing.assert_allclose(_boxes(page, 1), rest, atol=0.02)
    page.context.close()


def test_the_page_holds_its_player() -> None:
    assert not re.search(r"^\s*(import|export)\b", script(), re.MULTILINE)
    assert script().count("class Player ") == 1
    assert ".lens {" in style()


def test_keyboard_touch_and_calm(board: Path, browser: Browser) -> None:
    page = _open(browser, board)
    playing = "document.querySelector('#shot-1 .play').ariaPressed"
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('play')"):
            break
    assert page.evaluate(playing + " || 'none'") in ("true", "false")
    _until(page, f"{playing} === 'true'")
    page.keyboard.press("Space")
    _rests(page)
    assert page.evaluate(playing) == "false"
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    assert float(page.locator("#shot-1 .frame").input_value()) > 0
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#shot-1 .fan").get_attribute("aria-pressed") == "true"
    page.context.close()

    page = _open(browser, board, has_touch=True)
    page.locator("#shot-1 .play").tap()
    _until(page, f"{playing} === 'true'")
    page.locator("#shot-1 .play").tap()
    _until(page, f"{playing} === 'false'")
    page.context.close()

    page = _open(browser, board, reduced_motion="reduce")
    page.locator("#shot-1 .stage").hover()
    page.wait_for_timeout(200)
    assert page.locator("#shot-1 .frame").input_value() == "0"
    page.locator("#shot-1 .play").click()
    _until(page, "document.querySelector('#shot-1 .frame').value > 1")
    page.context.close()


def test_fanned_out_every_layer_stands_apart_inside_the_frame(
    board: Path, browser: Browser
) -> None:
    page = _open(browser, board, reduced_motion="reduce")
    page.locator(".fan-all").click()
    _rests(page)
    plates = page.locator("#shot-2").evaluate(
        """(card) => {
          const lens = card.querySelector('.lens').getBoundingClientRect();
          return [...card.querySelectorAll('.plate')].map((plate) => {
            const box = plate.getBoundingClientRect();
            return [(box.left - lens.left) / lens.width, (box.top - lens.top) / lens.height,
                    (box.right - lens.left) / lens.width, (box.bottom - lens.top) / lens.height];
          });
        }"""
    )
    found = np.array(plates)
    assert found.shape == (3, 4)
    assert found.min() > 0
    assert found.max() < 1
    assert (np.diff(found[:, 0]) > 0.1).all()
    page.locator("#shot-2 .layers li").first.hover()
    assert page.locator("#shot-2 .plane.on").get_attribute("data-layer") == "2"
    page.locator(".fan-all").click()
    _rests(page)
    expected = _projected(ShotFolder.open(board / "shots" / PRESETS[1]).manifest, 0)
    np.testing.assert_allclose(_boxes(page, 2), expected, atol=0.1)
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nothing_is_cut_off(board: Path, browser: Browser, scheme: str, width: int) -> None:
    page = _open(browser, board, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    levels = [int(one) for one in re.findall(r"\d+", light)[:3]]
    assert (min(levels) > 200) if scheme == "light" else (max(levels) < 60)
    page.context.close()


def test_hostile_words_are_only_words(tmp_path: Path, browser: Browser) -> None:
    out = tmp_path / "a#b %41 ü"
    shots, asked = [], []
    for i, words in enumerate(EVIL):
        made = finished((words, "princess"), id_=words, prompt=f"a princess {words}")
        layers = [
            dataclasses.replace(layer, phrase=words if layer.name == words else "princess")
            for layer in made.layers
        ]
        deliver_shot(out / "shots" / f"{i} {i}%#", dataclasses.replace(made, layers=tuple(layers)))
        shots.append(_made(words, f"{i} {i}%#"))
        asked.append(Shot(id=words, prompt="a princess", dialogue=words, action=words, notes=words))
    failed = SequenceShot(
        id="x" + EVIL[1],
        start_frame=0,
        duration_frames=0,
        status="failed",
        error=ErrorEntry(
            code="a.b", message=EVIL[0], remedy=EVIL[1], field=EVIL[2], value=EVIL[3], also=[]
        ),
    )
    _write(out, [*shots, failed, _missing("later")], title=EVIL[0], asked=asked)

    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    page.goto((out / INDEX).as_uri())
    _rests(page)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.scripts.length") == 1
    assert page.title() == EVIL[0]
    assert page.locator("h1").text_content() == EVIL[0]
    assert page.locator("h2").all_text_contents() == [*EVIL, "x" + EVIL[1], "later"]
    for i, words in enumerate(EVIL):
        card = page.locator(f"#shot-{i + 1}")
        assert card.locator("blockquote").text_content() == words
        assert card.locator("mark").all_text_contents() == ["princess", words]
        assert card.locator(".layers li").all_text_contents() == ["princess", words, "background"]
        for url in card.locator("a").evaluate_all("links => links.map(one => one.href)"):
            assert Path(unquote(url.removeprefix("file://"))).exists(), url
    for expected in EVIL[:4]:
        assert expected in str(page.locator(".error").first.text_content())
    assert "has not been made" in str(page.locator(".error").last.text_content())
    assert page.locator(".failures a").count() == 1
    # Even a script that came in by a hole in the escaping is refused.
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
        " document.body.append(s); }"
    )
    assert page.evaluate("window.hacked") is None
    assert {url.partition(":")[0] for url in requests} <= {"file", "data"}
    assert len([url for url in requests if url.startswith("file")]) == 1
    page.close()


def test_the_filter_finds_shots(board: Path, browser: Browser) -> None:
    page = _open(browser, board)
    page.locator(".find").fill("DOLLY")
    assert page.locator(".shot:visible h2").all_text_contents() == ["dolly_zoom"]
    page.locator(".find").fill("nothing like it")
    assert page.locator(".nothing").is_visible()
    page.context.close()


def test_without_script_the_pictures_are_there(board: Path, browser: Browser) -> None:
    page = _open(browser, board, java_script_enabled=False)
    assert page.locator(".plane img").count() == 3 * (len(PRESETS) + 1)
    assert not page.locator(".find").is_visible()
    shown = Image.open(io.BytesIO(page.locator("#shot-1 .lens").screenshot())).convert("RGB")
    picture = Image.open(board / "shots/push_in/picture.png").convert("RGB").resize(shown.size)
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(picture)).mean() < 25
    page.context.close()


def test_damaged_shots_say_so_and_the_others_go_on(tmp_path: Path) -> None:
    for name in ("good", "bad", "worse"):
        deliver_shot(tmp_path / "shots" / name, finished(id_=name))
    (tmp_path / "shots/bad/layers/01-red warrior.png").write_bytes(b"not a picture")
    (tmp_path / "shots/worse/manifest.json").write_text("{")
    _write(tmp_path, [_made("good"), _made("bad"), _made("worse")])
    page = (tmp_path / INDEX).read_text(encoding="utf-8")
    assert page.count("data-scene=") == 1
    assert page.count("cannot be read") == 2


def test_a_folder_in_the_way_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / INDEX).mkdir()
    with pytest.raises(Failure) as caught:
        _write(tmp_path, [_missing("one")])
    assert INDEX in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        INDEX,
        "sequence.json",
        "storyboard.json",
    ]


def test_from_the_files_alone(board: Path, tmp_path: Path) -> None:
    before = (board / INDEX).read_bytes()
    (board / "timeline.otio").touch()
    write_index(board, read_board(board), read_sequence(board))
    after = (board / INDEX).read_bytes()
    assert b'href="timeline.otio"' in after
    assert len(before) < len(after) < len(before) + 300
    (board / "timeline.otio").unlink()
    (board / INDEX).write_bytes(before)


def test_phrases_are_marked_once_and_never_inside_each_other() -> None:
    prompt = "a dog & a <big> dog house"
    got = marked(prompt, [(1, "dog"), (2, "dog house"), (3, "cat"), (4, ""), (5, "<BIG>")])
    assert got == (
        'a <mark data-layer="1">dog</mark> &amp; a <mark data-layer="5">&lt;big&gt;</mark> '
        '<mark data-layer="2">dog house</mark>'
    )
    assert text("a\0b\ud800\n") == "a b?\n"
    assert link('a b/c:"d"?#é%.png') == "a%20b/c%3A%22d%22%3F%23%C3%A9%25.png"


def test_pictures_are_small_and_long_boards_smaller(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    Image.fromarray(cv2.resize(noise, (1280, 720))).save(tmp_path / "a.png", compress_level=1)
    uri = embed(tmp_path / "a.png", (1280, 720), WIDEST / 1280)
    picture = Image.open(io.BytesIO(b64decode(uri.partition(",")[2])))
    assert picture.size == (640, 360)
    # 40 shots of a background and subjects of the same weight stay below 15 MB.
    assert len(uri) < 15e6 / 40 / 2
    assert width_for(40) == WIDEST > width_for(100) > width_for(1000)
    with pytest.raises(ValueError, match="the manifest says"):
        embed(tmp_path / "a.png", (640, 720), 0.5)
