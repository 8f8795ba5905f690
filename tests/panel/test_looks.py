"""How the panel looks: nothing is cut off at any width, and everything can be read and reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from multiplane.contract.messages_client import Pause
from multiplane.contract.messages_server import Done
from tests.panel.adobe import DARK, LIGHT, Program
from tests.panel.showing import Shown
from tests.server.prepared import board
from tests.server.running import Running

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""

CUT_OFF = """
() => {
  const width = document.documentElement.clientWidth;
  const found = [];
  for (const one of document.querySelectorAll("button, input, select, textarea, summary, h1, h2, .notice, .card")) {
    const box = one.getBoundingClientRect();
    if (box.width === 0) continue; // not shown
    const name = `${one.tagName} ${one.id || one.textContent.slice(0, 30)}`;
    if (box.left < 0 || box.right > width + 0.5) found.push(`${name} leaves the page`);
    const words = document.createRange();
    words.selectNodeContents(one);
    const inside = words.getBoundingClientRect();
    const cut = inside.left < box.left || inside.right > box.right || inside.bottom > box.bottom + 1;
    if (one.tagName === "BUTTON" && one.id !== "link" && cut) found.push(`${name} cuts its text`);
    if (one.tagName === "BUTTON" && (box.height < 20 || box.width < 16)) found.push(`${name} is too small`);
  }
  if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
  return found;
}
"""
CONTRASTS = """
() => {
  const parts = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return numbers.length === 4 ? numbers : [...numbers, 1];
  };
  const over = (front, back) => [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
  const ground = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) layers.push(parts(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    const box = one.getBoundingClientRect();
    if (!words || box.width === 0 || one.closest(":disabled, option, [hidden], svg")) continue;
    const back = ground(one);
    const [a, b] = [light(over(parts(getComputedStyle(one).color), back)), light(back)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([Math.round(contrast * 100) / 100, `${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}`]);
  }
  return found;
}
"""


def everything(shown: Shown, data: Path, program: Program) -> None:
    """All that the panel can show at once: shots in every state, errors, all folded out."""
    page = shown.page
    document = board(3, title="A storyboard with a rather long title, as they are")
    document["shots"][1]["camera"] = "no_such_move"
    document["shots"][2]["id"] = "a-shot-with-a-very-long-name-that-does-not-fit-into-a-line"
    with Client(data) as client:
        client.submit(document)
        program.open()
        shown.wait_for("s000", "finished")
        shown.wait_for_end()
        client.ask(Pause(), Done)
        client.submit(board(2, first=10))
    page.click("#import-all")
    shown.wait_for_notice("3 shots")
    page.fill("#text", "a red **warrior** in front of a **castle** in the snow\na cat\n" * 2)
    page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    assert page.locator("#job option").count() == 2


@pytest.mark.parametrize("width", [300, 420, 760, 1200])
@pytest.mark.parametrize("colour", [DARK, LIGHT, (50, 50, 50)])
def test_nothing_is_cut_off_or_faint(
    shown: Shown, server: Running, data: Path, width: int, colour: tuple[int, int, int],
    tmp_path: Path,
) -> None:  # fmt: skip
    shown.page.set_viewport_size({"width": width, "height": 900})
    program = Program(
        shown.page, environment={"MULTIPLANE_DATA": str(data)}, colour=colour
    )
    everything(shown, data, program)
    assert shown.page.evaluate(CUT_OFF) == []
    faint = [one for one in shown.page.evaluate(CONTRASTS) if one[0] < LEAST_CONTRAST]
    assert faint == []
    assert len(shown.page.evaluate(CONTRASTS)) > 30
    shown.page.screenshot(path=tmp_path / f"{width}.png", full_page=True)


def test_the_way_in_is_not_cut_off(shown: Shown, server: Running) -> None:
    shown.open(server, pair=False)
    shown.page.wait_for_selector("#link[data-kind=refused]")
    assert shown.page.evaluate(CUT_OFF) == []
    faint = [one for one in shown.page.evaluate(CONTRASTS) if one[0] < LEAST_CONTRAST]
    assert faint == []


def test_the_checks_can_fail(shown: Shown, server: Running) -> None:
    shown.open(server)
    shown.page.evaluate(
        """() => {
          document.getElementById("make").style.width = "2rem";
          Object.assign(document.getElementById("open").style, { position: "relative", left: "9rem" });
          document.getElementById("text-help").style.color = "rgb(90, 90, 90)";
        }"""
    )
    found = shown.page.evaluate(CUT_OFF)
    assert any("make cuts its text" in one for one in found)
    assert any("leaves the page" in one for one in found)
    assert min(shown.page.evaluate(CONTRASTS))[0] < LEAST_CONTRAST


def test_everything_is_reached_by_the_keyboard(shown: Shown, server: Running, data: Path) -> None:
    with Client(data) as client:
        client.submit(board(1))
    shown.open(server)
    page = shown.page
    shown.wait_for("s000", "finished")
    shown.wait_for_end()
    page.fill("#text", "a cat")
    page.locator("body").click(position={"x": 1, "y": 1})
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => document.activeElement.id || document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.textContent"
            )
        )
        outlined = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        if page.evaluate("() => document.activeElement !== document.body"):
            assert outlined != "none", reached[-1]
    wanted = {
        "link", "new", "open", "text", "all-camera", "seconds", "make", "job", "import-all",
        "Camera of s000", "Download: s000", "Play s000", "Camera of each shot",
    }  # fmt: skip
    assert wanted <= set(reached)


def names(shown: Shown, check: Callable[[Any], bool]) -> list[str]:
    """Controls whose name fails the check."""
    found = shown.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, canvas, progress")]
          .filter((one) => one.getBoundingClientRect().width > 0)
          .map((one) => [one.outerHTML.slice(0, 80), one.getAttribute("aria-label")
            || (one.labels && one.labels[0] && one.labels[0].textContent) || one.textContent])"""
    )
    return [html for html, name in found if not check(name)]


def test_every_control_has_a_name_and_states_are_announced(
    shown: Shown, server: Running, data: Path
) -> None:
    with Client(data) as client:
        client.submit(board(2))
    shown.open(server)
    shown.wait_for("s001", "finished")
    shown.page.locator("#status", has_text="Prepared: All 2 shots made").wait_for()
    assert shown.page.get_attribute("#status", "aria-live") == "polite"
    shown.page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    assert names(shown, lambda name: bool(name and name.strip())) == []
