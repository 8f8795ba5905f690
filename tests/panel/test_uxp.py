"""The panel as Premiere's UXP plugin: the folder that `multiplane panel` makes, a real server, and
the stand-in for Premiere. In Chromium, which is not UXP: that is simulated, not tested in Premiere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from multiplane.panel.sources import find_sources
from multiplane.panel.uxp import PLUGINS, write_plugin
from tests.panel.showing import Shown
from tests.server.prepared import FPS, board
from tests.server.running import Running
from tests.uxp.bundles import FAKE_PREMIERE

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
}
"""


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
    shown.page.add_init_script(f"{{ {script} }}")
    return folder / "index.html"


def _read(path: str) -> str | None:
    return Path(path).read_text(encoding="utf-8") if Path(path).is_file() else None


def _kind(path: str) -> str:
    return "folder" if Path(path).is_dir() else "file" if Path(path).is_file() else "none"


def clips(shown: Shown) -> list[Any]:
    found: list[Any] = shown.page.evaluate(
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
    page = shown.page
    page.goto(plugin.as_uri())
    shown.connected()
    assert page.inner_text("#host") == "Premiere 26.3.0"
    shown.wait_for("s002", "finished")
    shown.wait_for_end()
    page.locator("#import-all:enabled").click()
    shown.wait_for_notice("3 shots: 2 new, 1 failed.")
    (path,) = (data / "jobs").glob("*/sequence.json")
    wanted: list[Any] = ["Prepared", FRAME, places(json.loads(path.read_text(encoding="utf-8")))]
    assert clips(shown) == [wanted]
    assert len(wanted[2]) == 2
    page.locator("#import-all:enabled").click()
    shown.wait_for_notice("3 shots: 2 unchanged, 1 failed.")
    assert clips(shown) == [wanted]
    markers = page.evaluate("() => fake.model.sequences[0].markers.map((one) => one.comments)")
    assert "Dialogue: Wer da? 🎬" in markers
    assert page.evaluate("() => fake.seen.misuse") == []


def test_shots_come_as_comps_where_that_is_chosen(
    shown: Shown, server: Running, data: Path, plugin: Path
) -> None:
    with Client(data) as client:
        client.submit(board(2))
    page = shown.page
    page.goto(plugin.as_uri())
    shown.wait_for("s001", "finished")
    shown.wait_for_end()
    page.click("#import-settings summary")
    page.select_option("#media", "comps")
    page.reload()
    shown.wait_for("s001", "finished")
    shown.wait_for_end()
    page.click("#import-settings summary")
    assert page.input_value("#media") == "comps", "it is kept"
    assert not page.is_visible("#handles")
    page.locator("#import-all:enabled").click()
    shown.wait_for_notice("2 shots: 2 new.")
    projects = page.evaluate("() => fake.seen.imports.map((path) => path.split('/').pop())")
    assert set(projects) == {"storyboard.aep"}
    assert [clip[0] for clip in clips(shown)[0][2]] == ["s000", "s001"]


def test_one_shot_and_a_project_that_is_not_open(
    shown: Shown, server: Running, data: Path, plugin: Path
) -> None:
    with Client(data) as client:
        client.submit(board(1))
    page = shown.page
    page.goto(plugin.as_uri())
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()
    page.evaluate("() => { fake.model.open = false; }")
    card.get_by_role("button", name="Import").click()
    shown.wait_for_notice("No project is open in Premiere.")
    page.evaluate("() => { fake.model.open = true; }")
    card.get_by_role("button", name="Import").click()
    shown.wait_for_status("s000 is in the project")
    assert page.evaluate("() => fake.seen.imports.length") == 1
