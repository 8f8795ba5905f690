"""The player of the panel and of the page: its numbers and its pictures are the film's."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.manifest import Comp, Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.fan import fan_view
from multiplane.deliver.film import film
from multiplane.deliver.shot import FinishedShot, deliver_shot
from multiplane.stage.path import from_keyframes
from multiplane.stage.registry import PRESETS
from multiplane.stage.shot import overscan_for, stage_shot
from tests.deliver.shots import finished, layer
from tests.panel.showing import PANEL, Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

COMP = Comp(width=480, height=270, fps=24, duration_frames=25)
PICTURE = (640, 360)
MOVES = ("push_in", "orbit", "handheld", "dolly_zoom", "rack_focus", "roll")
FRAMES = (0, 7, 12, 24)


def shot_of(move: CameraMove) -> FinishedShot:
    """Three planes, in whose pictures there is something to see everywhere."""
    layers = [
        layer("background", "background", (0, 0, *PICTURE), 0.0),
        layer("s0", "red warrior", (90, 100, 120, 190), 0.5),
        layer("s1", "princess", (300, 130, 140, 180), 1.0),
    ]
    overscan = overscan_for(move, COMP)
    staged = stage_shot(layers, PICTURE, COMP, move, overscan=overscan)
    made = finished()
    flat = np.zeros((PICTURE[1], PICTURE[0], 3), np.uint8)
    near = np.zeros(PICTURE[::-1], np.float32)
    return FinishedShot(
        id="shot", prompt=made.prompt, model=made.model, picture=flat, nearness=near,
        layers=tuple(layers), staged=staged,
    )  # fmt: skip


@pytest.fixture
def page(shown: Shown) -> Page:
    """A page beside the player's modules, with its style and an empty stage of the comp's size."""
    page = shown.page
    page.set_viewport_size({"width": COMP.width, "height": COMP.height})
    page.goto((PANEL / "icon.svg").as_uri())
    page.goto((PANEL / "js" / "first.js").as_uri())
    page.evaluate(
        """async ([url, style]) => {
          window.m = await import(url);
          const sheet = document.createElement("link");
          Object.assign(sheet, { rel: "stylesheet", href: style });
          await new Promise((done) => { sheet.onload = done; document.head.append(sheet); });
          const stage = document.createElement("div");
          stage.style.cssText = "position: fixed; left: 0; top: 0; width: 100%; height: 100%;";
          document.body.replaceChildren(stage);
          window.player = new m.Player(stage);
          window.heard = [];
          for (const kind of ["play", "pause", "mode", "pictures", "failed"]) {
            player.addEventListener(kind, () => heard.push(kind));
          }
        }""",
        [(PANEL / "js/player/player.js").as_uri(), (PANEL / "style/player.css").as_uri()],
    )
    return page


def load(page: Page, folder: Path, picture: tuple[int, int] = PICTURE) -> Manifest:
    """Have the player load a delivered shot from the disk."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    page.evaluate(
        "([manifest, at]) => player.load({ manifest, urlOf: (file) => `${at}/${file}` })",
        [manifest | {"picture": picture}, folder.as_uri()],
    )
    return ShotFolder.open(folder).manifest


def shown_now(page: Page) -> np.ndarray:
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)


def run(page: Page, module: str, body: str, given: Any) -> Any:
    """The value of a function's `body` with a module of the player as `m` and `given`."""
    url = (PANEL / "js" / "player" / module).as_uri()
    return page.evaluate(f"async (given) => {{ const m = await import('{url}'); {body} }}", given)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_cameras_between_frames_are_the_stages(page: Page, name: str) -> None:
    entry = shot_of(CameraMove(preset=name, focus="princess")).staged.entry()
    at = [0, 0.5, 3, 11.25, 24, 30]
    got = run(
        page, "camera.js",
        """return given.at.map((frame) => {
          const one = m.cameraAt(given.camera, frame, 24);
          return [[...one.position, ...one.aim, one.zoom, one.roll, one.focus, one.aperture],
                  m.axesOf(one)];
        });""",
        {"camera": entry.model_dump(mode="json"), "at": at},
    )  # fmt: skip
    wanted = from_keyframes(entry.keyframes, entry.zoom).at(at, 24)
    for (numbers, axes), camera in zip(got, wanted, strict=True):
        expected = [
            *camera.position, *camera.point_of_interest, camera.zoom, camera.roll,
            camera.focus_distance, camera.aperture,
        ]  # fmt: skip
        np.testing.assert_allclose(numbers, expected, atol=1e-4)
        np.testing.assert_allclose(axes, camera.axes(), atol=1e-7)


@pytest.mark.parametrize("name", MOVES)
def test_frames_are_the_films(page: Page, tmp_path: Path, name: str) -> None:
    shot = shot_of(CameraMove(preset=name, focus="princess"))
    deliver_shot(tmp_path / "shot", shot)
    load(page, tmp_path / "shot")
    wanted = list(film(shot.staged, shot.layers))
    seen = []
    for frame in FRAMES:
        page.evaluate("frame => player.seek(frame)", frame)
        seen.append(shown_now(page))
        away = np.abs(seen[-1] - wanted[frame][..., :3]).max(axis=2)
        # Edges of layers differ by the sampling.
        assert away.mean() < 3, (frame, away.mean())
        assert (away < 24).mean() > 0.97, (frame, (away < 24).mean())
    assert max(np.abs(one - seen[0]).mean() for one in seen[1:]) > 0.2


def test_the_fan_is_the_one_of_the_pictures(page: Page) -> None:
    for count, plate, size in ((3, (160.0, 90.0), (128, 72)), (7, (900.0, 1600.0), (1920, 1080))):
        camera, depths = fan_view(count, plate, size)
        got = run(page, "fan.js", "return m.fanView(...given);", [count, plate, size])
        np.testing.assert_allclose(got["depths"], depths, rtol=1e-9)
        np.testing.assert_allclose(got["camera"]["position"], camera.position, rtol=1e-6)
        np.testing.assert_allclose(got["camera"]["aim"], camera.point_of_interest, atol=1e-6)
        np.testing.assert_allclose(got["camera"]["zoom"], camera.zoom, rtol=1e-9)


def test_a_loop_has_no_seam(page: Page) -> None:
    def period(name: str) -> int:
        entry = finished(preset=name).staged.entry().model_dump(mode="json")
        found: int = run(page, "camera.js", "return m.periodOf(given, 9, 24);", entry)
        return found

    assert period("parallax_circle") in (8, 9)
    assert period("orbit") == 0
    assert period("static") == 0


def test_other_cameras_and_other_layers_show_at_once(page: Page, tmp_path: Path) -> None:
    moves = {name: shot_of(CameraMove(preset=name)) for name in ("push_in", "truck_left")}
    for name, shot in moves.items():
        deliver_shot(tmp_path / name, shot)
    load(page, tmp_path / "truck_left")
    page.evaluate("player.seek(20)")
    wanted = shown_now(page)
    manifest = load(page, tmp_path / "push_in")
    page.evaluate("player.seek(20)")
    assert np.abs(shown_now(page) - wanted).mean() > 1
    other = ShotFolder.open(tmp_path / "truck_left").manifest
    page.evaluate(
        "([camera, places]) => player.setCamera(camera, places)",
        [
            other.camera.model_dump(mode="json"),
            [one.model_dump(mode="json", include={"id", "z", "position", "anchor", "scale"})
             for one in other.layers],
        ],
    )  # fmt: skip
    assert page.evaluate("player.frame") == 20
    np.testing.assert_array_equal(shown_now(page), wanted)

    without = manifest.model_copy(update={"layers": manifest.layers[:2]})
    page.evaluate(
        "([manifest, at]) => player.setLayers(manifest, (file) => `${at}/${file}`)",
        [without.model_dump(mode="json"), (tmp_path / "push_in").as_uri()],
    )
    assert page.evaluate("player.planes.map((plane) => plane.dataset.id)") == ["background", "s0"]
    assert page.evaluate("player.frame") == 20


def test_it_plays_pauses_and_ends(page: Page, tmp_path: Path) -> None:
    deliver_shot(tmp_path / "shot", shot_of(CameraMove(preset="push_in")))
    load(page, tmp_path / "shot")
    page.evaluate("() => { player.atEnd = 'stop'; player.seek(20); player.play(); }")
    page.wait_for_function("!player.isPlaying")
    assert page.evaluate("[player.frame, player.time, player.frames, heard]") == [
        24, 1, 25, ["pictures", "play", "pause"],
    ]  # fmt: skip
    page.evaluate("() => { player.atEnd = 'again'; player.seek(23); player.play(); }")
    page.wait_for_function("player.frame < 20")
    page.evaluate("() => player.seek(-3)")
    assert page.evaluate("[player.frame, player.isPlaying]") == [0, False]
    page.evaluate("() => player.seek(99)")
    assert page.evaluate("player.frame") == 24


def test_a_picture_that_is_missing_is_told(page: Page, tmp_path: Path) -> None:
    deliver_shot(tmp_path / "shot", shot_of(CameraMove(preset="push_in")))
    (tmp_path / "shot/layers/01-red warrior.png").unlink()
    load(page, tmp_path / "shot")
    assert page.evaluate("heard") == ["failed"]
    assert page.evaluate("player.error !== null")
    assert page.locator(".plane img[src]").count() == 2


def test_layers_fan_out_are_lit_and_left_out(page: Page, tmp_path: Path) -> None:
    deliver_shot(tmp_path / "shot", shot_of(CameraMove(preset="push_in")))
    load(page, tmp_path / "shot")
    flat = shown_now(page)
    page.evaluate("() => { player.mode = 'fan'; }")
    fanned = shown_now(page)
    assert np.abs(fanned - flat).mean() > 5
    lefts = page.locator(".plate").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().left)"
    )
    assert min(np.diff(lefts)) > 20
    page.evaluate("() => { player.mode = 'depth'; }")
    depth = shown_now(page)
    manifest = ShotFolder.open(tmp_path / "shot").manifest
    levels = [round(255 * one.depth) for one in manifest.layers]
    assert np.ptp(depth, axis=2).max() == 0
    assert {int(one) for one in np.unique(depth)} >= set(levels)
    page.evaluate("() => { player.mode = 'film'; player.hide(['s0']); player.light(['s1']); }")
    assert page.locator(".plane.on").get_attribute("data-id") == "s1"
    assert not page.locator(".plane[data-id=s0] img").is_visible()
    page.evaluate("() => { player.hide([]); player.light(null); }")
    page.wait_for_function("getComputedStyle(player.planes[0]).opacity === '1'")
    np.testing.assert_array_equal(shown_now(page), flat)
