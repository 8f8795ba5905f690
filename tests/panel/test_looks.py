"""How the panel looks: nothing is cut off at any width, and everything can be read and reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from multiplane.contract.messages_client import Pause
from tests.panel.adobe import DARK, LIGHT, Program
from tests.panel.showing import Shown
from tests.server.prepared import board
from tests.server.running import Running

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""

_MEASURES = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")


def measure(shown: Shown, what: str) -> Any:
    """What a function of looks.js returns."""
    return shown.page.evaluate(f"() => ({_MEASURES.rstrip()}).{what}()")


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
        client.ask(Pause())
        client.submit(board(2, first=10))
    shown.import_all()
    shown.wait_for_notice("3 shots")
    page.focus("#text")
    page.keyboard.press("Control+End")
    page.keyboard.type("\na red **warrior** in front of a **castle** in the snow\na cat\n")
    page.evaluate(
        "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
    )
    assert len(shown.boards()) == 2
    page.locator(".card-number").first.click()
    page.locator(".card .more").first.click()


@pytest.mark.parametrize("width", [300, 420, 760, 900, 1200])
@pytest.mark.parametrize("colour", [DARK, LIGHT, (50, 50, 50)])
def test_nothing_is_cut_off_or_faint(
    shown: Shown, server: Running, data: Path, width: int, colour: tuple[int, int, int],
    tmp_path: Path,
) -> None:  # fmt: skip
    shown.page.set_viewport_size({"width": width, "height": 900})
    program = Program(shown.page, environment={"MULTIPLANE_DATA": str(data)}, colour=colour)
    everything(shown, data, program)
    assert measure(shown, "cutOff") == []
    faint = [one for one in measure(shown, "contrasts") if one[0] < LEAST_CONTRAST]
    assert faint == []
    assert len(measure(shown, "contrasts")) > 30
    shown.page.screenshot(path=tmp_path / f"{width}.png", full_page=True)


@pytest.mark.parametrize("width", [300, 320, 560, 899, 900, 1024, 1200])
def test_what_is_chosen_in_a_list_is_read_whole(shown: Shown, server: Running, width: int) -> None:
    """Whatever is chosen, of a shot's own or as all are; a list that is opened stays as it is."""
    page = shown.page
    page.set_viewport_size({"width": width, "height": 900})
    shown.open(server)
    page.fill("#text", "a cat\na dog")
    page.locator(".card").nth(1).wait_for()
    measure(shown, "foldOut")
    page.locator(".card-number").first.click()
    names = page.locator("#all-camera option").evaluate_all("all => all.map((one) => one.value)")
    assert len(names) > 10
    own = page.locator(".card select").nth(1)
    cut = set()
    for name in names:
        page.select_option("#all-camera", name)
        own.focus()
        own.select_option(name)
        page.locator("#title").focus()
        page.locator(f".card select[data-value={name}]").wait_for()
        cut.update(measure(shown, "cutOff"))
    assert cut == set()
    page.select_option("#all-camera", "pan")
    before = own.bounding_box()
    own.focus()
    assert own.locator("option").count() > 10
    assert own.bounding_box() == before


def test_the_way_in_is_not_cut_off(shown: Shown, server: Running) -> None:
    shown.open(server, pair=False)
    shown.page.wait_for_selector("#link[data-kind=refused]")
    assert measure(shown, "cutOff") == []
    faint = [one for one in measure(shown, "contrasts") if one[0] < LEAST_CONTRAST]
    assert faint == []


def test_the_checks_can_fail(shown: Shown, server: Running) -> None:
    shown.open(server)
    shown.page.evaluate(
        """() => {
          document.getElementById("act").style.width = "2rem";
          for (const one of document.querySelectorAll("details")) one.open = true;
          document.getElementById("model").style.width = "4rem";
          const { style } = document.getElementById("more-menu");
          Object.assign(style, { position: "relative", left: "9rem" });
          document.getElementById("text-help").style.color = "rgb(90, 90, 90)";
        }"""
    )
    found = measure(shown, "cutOff")
    assert any("act cuts its text" in one for one in found)
    assert any("leaves the page" in one for one in found)
    assert any("model cuts: " in one for one in found)
    assert min(measure(shown, "contrasts"))[0] < LEAST_CONTRAST


@pytest.mark.parametrize("width", [320, 900])
def test_nothing_above_the_foot_moves_when_something_begins_or_ends(
    shown: Shown, server: Running, data: Path, width: int
) -> None:
    page = shown.page
    page.set_viewport_size({"width": width, "height": 800})
    with Client(data) as client:
        client.submit(board(1))
        shown.open(server)
        shown.wait_for_end()
        heights = [page.evaluate("document.querySelector('main').clientHeight")]
        client.ask(Pause())
        shown.choose_camera("s000", "truck_left")
        page.locator("#act[data-does=make]:enabled").click()
        page.locator("#stop:not([hidden])").wait_for()
        assert page.is_visible("#job-progress")
        heights.append(page.evaluate("document.querySelector('main').clientHeight"))
        assert page.evaluate("document.activeElement.id") == "job-text", "not at Stop, nor lost"
    assert heights[0] == heights[1]


def test_sliders_and_boxes_have_the_panels_colours(shown: Shown, server: Running) -> None:
    """Not the browser's own, which are blue in every theme."""
    shown.open(server)
    measure(shown, "foldOut")
    looks = shown.page.evaluate(
        """() => [...document.querySelectorAll("input[type=range], input[type=checkbox]")]
          .map((one) => getComputedStyle(one).appearance)"""
    )
    assert len(looks) > 5
    assert set(looks) == {"none"}


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
        name, is_seen = measure(shown, "focused")
        reached.append(name)
        assert is_seen, name
    wanted = {
        "boards", "link", "more-menu", "tab-shots", "text", "new-shot", "act", "undo", "redo",
        "Shot 1, s000: mark it", "Look at s000", "Camera of s000", "Seconds of s000",
        "Download: s000", "More: s000",
    }  # fmt: skip
    assert wanted <= set(reached)


def test_every_control_has_a_name_and_states_are_announced(
    shown: Shown, server: Running, data: Path
) -> None:
    with Client(data) as client:
        client.submit(board(2))
    shown.open(server)
    shown.wait_for("s001", "finished")
    shown.page.locator("#status", has_text="Prepared: All 2 shots made").wait_for()
    assert shown.page.get_attribute("#status", "aria-live") == "polite"
    shown.page.evaluate(
        "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
    )
    controls = measure(shown, "names")
    assert len(controls) > 15
    assert [html for html, name in controls if not (name and name.strip())] == []


@pytest.mark.parametrize(("width", "colour"), [(300, DARK), (320, LIGHT), (1200, LIGHT)])
def test_the_pages_and_the_import_are_whole(
    shown: Shown, server: Running, data: Path, width: int, colour: tuple[int, int, int]
) -> None:
    """Nothing is cut off or faint, and every control has a name."""
    page = shown.page
    page.set_viewport_size({"width": width, "height": 900})
    program = Program(page, environment={"MULTIPLANE_DATA": str(data)}, colour=colour)
    with Client(data) as client:
        document = board(
            3, title="A storyboard with a title that nobody has shortened, as they are"
        )
        document["shots"][2]["id"] = (
            "a-shot-with-a-very-long-name-that-does-not-fit-into-a-line-v012"
        )
        client.submit(document)
        program.open()
        shown.wait_for_end()
        client.ask(Pause())
        client.submit(board(2, first=10))
        shown.import_all()
        shown.wait_for_notice("3 shots")
        page.click("#tab-import")
        page.wait_for_selector(".import-list [data-fate=same]")
        found = {"import": faults_of(shown)}
        page.click("#boards")
        page.wait_for_selector("#boards-list button")
        found["storyboards"] = faults_of(shown)
        page.keyboard.press("Escape")
        for name in ("history", "models", "queue", "settings"):
            page.click("#more-menu")
            page.click(f"#more-part button[data-page={name}]")
            page.wait_for_selector(READY[name])
            measure(shown, "foldOut")
            found[name] = faults_of(shown)
            page.click("#page-back")
        assert {name: faults for name, faults in found.items() if faults} == {}


READY = {
    "history": ".found-shot",
    "models": ".row[data-fits]",
    "queue": "#pane-queue .row",
    "settings": "#pane-settings dd",
}
"""What a page has once the server has answered."""


def faults_of(shown: Shown) -> list[Any]:
    faint = [one for one in measure(shown, "contrasts") if one[0] < LEAST_CONTRAST]
    nameless = [html for html, name in measure(shown, "names") if not (name or "").strip()]
    return [*measure(shown, "cutOff"), *faint, *nameless]
