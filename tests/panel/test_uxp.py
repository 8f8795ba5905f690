"""The panel as Premiere's UXP plugin: the folder that `multiplane panel` makes, a real server, and
the stand-in for Premiere. In Chromium, which is not UXP: that is simulated, not tested in Premiere.
"""

from __future__ import annotations

import functools
import http.server
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from multiplane.client import Client
from multiplane.panel.sources import find_sources
from multiplane.panel.uxp import PLUGINS, write_plugin
from tests.panel.showing import Shown
from tests.server.prepared import FPS, board
from tests.server.running import Running
from tests.uxp.bundles import FAKE_PREMIERE

if TYPE_CHECKING:
    from playwright.sync_api import Page

FRAME = 254016000000 // FPS
REQUIRE = """
(home) => {
  const fake = premiere();
  fake.timebase = %(frame)d;
  fake.length = 3 * fake.timebase;
  window.fake = fake;
  const missing = () => { throw new Error("ENOENT"); };
  const modules = {
    uxp: { host: { name: "premierepro", version: "26.3.0" } },
    os: { homedir: () => home, platform: () => "darwin" },
    premierepro: fake.module,
    fs: {
      readFile: async (path) => (await window.__readText(path)) ?? missing(),
      lstat: async (path) => {
        const kind = await window.__kind(path);
        return kind === "none" ? missing() : { isDirectory: () => kind === "folder" };
      },
    },
  };
  window.require = (name) => modules[name] ?? missing();
  window.fetch = async (url, init = {}) => {
    const { method = "GET", headers = {}, body = "" } = init;
    const [status, text] = await window.__fetch(url, method, headers, body);
    return { ok: status < 400, status, json: async () => JSON.parse(text) };
  };
}
"""
WEBVIEW = """
if (window === top) {
  const told = [];
  const onUpdated = { addListener: (one) => told.push(one) };
  document.theme = { getCurrent: () => "lightest", onUpdated };
  window.wear = (name) => told.forEach((one) => one(name));
  %s
  HTMLElement.prototype.postMessage = function (message) {
    document.querySelector("iframe").contentWindow.postMessage(message, "*");
  };
  addEventListener("DOMContentLoaded", () => {
    const view = document.querySelector("webview");
    const frame = document.createElement("iframe");
    frame.src = view.getAttribute("src").replace("plugin:/", "");
    frame.style = "width: 300px; height: 640px; border: 0";
    view.append(frame);
  });
} else {
  window.uxpHost = { postMessage: (message) => parent.postMessage(message, "*") };
}
"""
"""UXP's webview as an iframe, with its two ways for messages. The plugin's own requests have no
Origin, as UXP's have not."""


@pytest.fixture
def plugin(shown: Shown, data: Path, tmp_path: Path) -> Path:
    """The page of the plugin, around which UXP is played."""
    home = tmp_path / "home"
    place = home / "Library/Application Support/multiplane"
    place.parent.mkdir(parents=True)
    place.symlink_to(data)
    folder = tmp_path / "plugin"
    folder.mkdir()
    write_plugin(find_sources(), PLUGINS[0], folder, port=8472)
    shown.page.expose_function("__readText", _read)
    shown.page.expose_function("__kind", _kind)
    fake = FAKE_PREMIERE.read_text(encoding="utf-8").replace("export ", "")
    script = f"{fake}\n({REQUIRE % {'frame': FRAME}})({json.dumps(str(home))});"
    shown.page.expose_function("__fetch", _fetch)
    shown.page.add_init_script(f"{{ {WEBVIEW % script} }}")
    return folder / "index.html"


def open_plugin(shown: Shown, url: str) -> Page:
    """The plugin's page, and what tests look at then: the page in its webview."""
    plugin = shown.page
    plugin.goto(url)
    plugin.frame_locator("iframe").locator("#link").wait_for()
    view = plugin.frames[1]
    shown.page = view  # type: ignore[assignment]
    return plugin


def _fetch(url: str, method: str, headers: dict[str, str], body: str) -> list[Any]:
    data = body.encode() if body else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]


def _read(path: str) -> str | None:
    return Path(path).read_text(encoding="utf-8") if Path(path).is_file() else None


def _kind(path: str) -> str:
    return "folder" if Path(path).is_dir() else "file" if Path(path).is_file() else "none"


def clips(outside: Page) -> list[Any]:
    found: list[Any] = outside.evaluate(
        "() => fake.model.sequences.map((one) => [one.item.name, one.timebase, "
        "one.video[0].items.map((clip) => [clip.source.name, clip.start, clip.end])])"
    )
    return found


def places(sequence: dict[str, Any]) -> list[Any]:
    """[shot, start, end] in ticks of all that were made."""
    return [
        [
            one["id"],
            one["start_frame"] * FRAME,
            (one["start_frame"] + one["duration_frames"]) * FRAME,
        ]
        for one in sequence["shots"]
        if one["manifest"]
    ]


def test_a_storyboard_becomes_a_sequence(
    shown: Shown, server: Running, data: Path, plugin: Path
) -> None:
    document = board(3)
    document["shots"][1]["camera"] = {"preset": "no_such_move"}
    document["shots"][0]["dialogue"] = "Wer da? 🎬"
    with Client(data) as client:
        client.submit(document)
    outside = open_plugin(shown, plugin.as_uri())
    page = shown.page
    shown.connected()
    assert page.inner_text("#host") == "Premiere 26.3.0"
    shown.wait_for("s002", "finished")
    shown.wait_for_end()
    shown.import_all()
    shown.wait_for_notice("3 shots: 2 new, 1 not made.")
    (path,) = (data / "jobs").glob("*/sequence.json")
    wanted: list[Any] = ["Prepared", FRAME, places(json.loads(path.read_text(encoding="utf-8")))]
    assert clips(outside) == [wanted]
    assert len(wanted[2]) == 2
    shown.import_all()
    shown.wait_for_notice("3 shots: 2 unchanged, 1 not made.")
    assert clips(outside) == [wanted]
    markers = outside.evaluate("() => fake.model.sequences[0].markers.map((one) => one.comments)")
    assert "Dialogue: Wer da? 🎬" in markers
    assert outside.evaluate("() => fake.seen.misuse") == []


def test_shots_come_as_comps_where_that_is_chosen(
    shown: Shown, server: Running, data: Path, plugin: Path
) -> None:
    with Client(data) as client:
        client.submit(board(2))
    outside = open_plugin(shown, plugin.as_uri())
    page = shown.page
    shown.wait_for("s001", "finished")
    shown.wait_for_end()
    shown.go_to("import")
    page.select_option("#media", "comps")
    shown.go_to("shots")
    shown.page = outside
    open_plugin(shown, plugin.as_uri())
    page = shown.page
    shown.wait_for("s001", "finished")
    shown.wait_for_end()
    shown.go_to("import")
    assert page.input_value("#media") == "comps", "it is kept"
    assert not page.is_visible("#handles")
    shown.import_all()
    shown.wait_for_notice("2 shots: 2 new.")
    projects = outside.evaluate("() => fake.seen.imports.map((path) => path.split('/').pop())")
    assert set(projects) == {"storyboard.aep"}
    assert [clip[0] for clip in clips(outside)[0][2]] == ["s000", "s001"]


def test_one_shot_and_a_project_that_is_not_open(
    shown: Shown, server: Running, data: Path, plugin: Path
) -> None:
    with Client(data) as client:
        client.submit(board(1))
    outside = open_plugin(shown, plugin.as_uri())
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()
    outside.evaluate("() => { fake.model.open = false; }")
    card.get_by_role("button", name="Import").click()
    shown.wait_for_notice("No project is open in Premiere.")
    outside.evaluate("() => { fake.model.open = true; }")
    card.get_by_role("button", name="Import").click()
    shown.wait_for_status("s000 is in the project")
    assert outside.evaluate("() => fake.seen.imports.length") == 1


def test_whatever_origin_the_webview_has_the_server_lets_it_in(
    shown: Shown, server: Running, plugin: Path
) -> None:
    """Nobody knows it: here it is that of some web page, which the plugin vouches for."""
    handler = functools.partial(_Quiet, directory=str(plugin.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        open_plugin(shown, f"http://127.0.0.1:{site.server_port}/index.html")
        shown.connected()
        assert shown.page.inner_text("#host") == "Premiere 26.3.0"
        site.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def test_the_panel_is_as_light_as_the_host(shown: Shown, server: Running, plugin: Path) -> None:
    """By UXP's own theme, not by the system's: Adobe's programs have their own."""
    shown.page.emulate_media(color_scheme="dark")
    outside = open_plugin(shown, plugin.as_uri())
    shown.page.wait_for_selector("html[data-theme=light]", state="attached")
    for name, theme in (("darkest", "dark"), ("light", "light"), ("dark", "dark")):
        outside.evaluate(f"wear('{name}')")
        shown.page.wait_for_selector(f"html[data-theme={theme}]", state="attached")
