"""The tab Shots: words in place, all that a shot says, order, many at once, the film strip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from multiplane.client import Client
from multiplane.contract.doubts import TOUCHING
from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.messages_client import GetJob, ListJobs, Pause
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import board, prepare
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

WIDE = {"width": 1200, "height": 760}
PASTE = """
([where, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const how = { bubbles: true, cancelable: true, clipboardData: data };
  document.querySelector(where).dispatchEvent(new ClipboardEvent("paste", how));
}
"""


@pytest.fixture
def page(shown: Shown, server: Running, data: Path) -> Page:
    """Four shots of text, of which nothing is made."""
    with Client(data) as client:
        client.ask(Pause())
    shown.open(server)
    shown.page.fill("#text", "a red **warrior**\ntwo dogs near a castle\na blue dragon\na cat")
    shown.page.locator(".card-id", has_text="shot-004").wait_for()
    return shown.page


def document(page: Page) -> Any:
    return page.evaluate("JSON.parse(localStorage['multiplane.work']).board.shots")


def ids(page: Page) -> list[str]:
    return page.locator(".card-id").all_inner_texts()


def chips(at: Locator) -> list[str]:
    return at.locator(".chip:visible").all_inner_texts()


def test_names_of_the_cast_are_marked_in_prompts(page: Page, shown: Shown) -> None:
    page.fill("#text", "@mira and a dog on a beach\na cat at me@home.org")
    shown.page.locator(".card-id", has_text="shot-004").wait_for(state="detached")
    first, second = shown.card("shot-001"), shown.card("shot-002")
    first.locator(".prompt .chip", has_text="dog").wait_for()
    assert chips(first)[0] == "@mira"
    second.locator(".prompt .chip", has_text="cat").wait_for()
    assert not any("@" in chip for chip in chips(second))


def test_a_prompt_is_edited_in_place_and_its_subjects_are_found(page: Page, shown: Shown) -> None:
    second = shown.card("shot-002")
    second.locator(".prompt .chip", has_text="castle").wait_for()
    assert chips(second) == ["dogs", "castle"]
    assert chips(shown.card("shot-001")) == ["warrior"], "marked words, without their stars"
    second.locator(".prompt").click()
    page.keyboard.press("End")
    page.keyboard.type(" and a red kite")
    second.locator(".chips .chip", has_text="kite").wait_for()
    assert "dogs × 2" in chips(second)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "prompt"
    assert second.locator(".prompt").inner_text() == "two dogs near a castle and a red kite"
    assert page.input_value("#text").splitlines()[1] == "two dogs near a castle and a red kite"
    page.keyboard.press("Control+Z")
    assert second.locator(".prompt").inner_text() == "two dogs near a castle"
    page.focus(".card >> nth=3 >> .prompt")
    page.keyboard.press("F2")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    assert ids(page) == ["shot-001", "shot-002", "shot-003"], "a shot without words is none"
    page.keyboard.press("Control+Z")
    assert len(ids(page)) == 4


def test_a_prompt_in_which_nothing_is_found_says_so(page: Page, shown: Shown) -> None:
    page.fill("#text", "in the")
    hint = shown.card("shot-001").locator(".prompt-part .warn")
    hint.wait_for()
    assert "No subject was found" in hint.inner_text()
    assert "**" in hint.inner_text()


def test_everything_that_a_shot_says_is_a_step(page: Page, shown: Shown) -> None:
    first = shown.card("shot-001")
    first.get_by_role("button", name="More: shot-001").click()
    for field in ("Dialogue", "Action", "Notes", "Style"):
        first.get_by_label(f"{field} of shot-001").fill(f"{field} here")
    first.get_by_label("Seed of shot-001").fill("77")
    first.get_by_label("Seconds of shot-001").fill("2.5")
    subjects = first.get_by_label("Subjects of shot-001")
    subjects.fill("red warrior, sword")
    subjects.press("Tab")
    first.get_by_label("Camera of shot-001").focus()
    first.get_by_label("Camera of shot-001").select_option("orbit")
    said = document(page)[0]
    assert said == {
        "id": "shot-001", "prompt": "a red **warrior**", "dialogue": "Dialogue here",
        "action": "Action here", "notes": "Notes here", "style": "Style here", "seed": 77,
        "duration": 2.5, "subjects": ["red warrior", "sword"], "camera": "orbit",
    }  # fmt: skip
    assert chips(first) == ["red warrior", "sword"]
    for _ in range(8):
        page.keyboard.press("Control+Z")
    assert document(page)[0] == {"id": "shot-001", "prompt": "a red **warrior**"}
    assert first.get_by_label("Seed of shot-001").input_value() == ""


def test_shots_are_put_in_order_by_keys_and_by_dragging(page: Page, shown: Shown) -> None:
    from playwright.sync_api import expect

    shots = page.locator(".card-id")
    page.focus(".card >> nth=0 >> .card-number")
    page.keyboard.press("Alt+ArrowDown")
    expect(shots).to_have_text(["shot-002", "shot-001", "shot-003", "shot-004"])
    shown.wait_until_said("shot-001 is shot 2 of 4 now.")
    focused = "document.activeElement.closest('.card').dataset.shot"
    assert page.evaluate(focused) == "shot-001", "the focus goes along"
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect(shots.first).to_have_text("shot-001")
    page.evaluate("document.querySelector('#text-part').open = false")
    page.evaluate("document.querySelector('#pane-shots').scrollTop = 0")
    grip = page.locator(".card-number").nth(0).bounding_box()
    third = page.locator(".card").nth(2).bounding_box()
    assert grip is not None
    assert third is not None
    x = grip["x"] + 5
    page.mouse.move(x, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(x, grip["y"] + 60)
    page.mouse.move(x, third["y"] + third["height"] * 0.8, steps=5)
    page.locator(".card[data-drop]").wait_for()
    page.mouse.up()
    expect(shots).to_have_text(["shot-002", "shot-003", "shot-001", "shot-004"])
    assert page.locator(".card-number[aria-pressed=true]").count() == 0, "a drag is no press"
    assert page.locator("[data-drop]").count() == 0
    page.keyboard.press("Control+Z")
    expect(shots.first).to_have_text("shot-001")


def test_many_shots_are_changed_at_once(page: Page) -> None:
    page.locator(".card-number").nth(0).click()
    page.locator(".card-number").nth(2).click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="Marked shots")
    assert bar.locator("strong").inner_text() == "3 shots"
    camera = bar.get_by_label("Camera…")
    camera.focus()
    camera.select_option("pan")
    bar.get_by_label("Seconds of the marked shots").fill("3")
    bar.get_by_label("Style of the marked shots").fill("ink")
    page.keyboard.press("Enter")
    page.locator(".card-number").nth(3).focus()
    said = document(page)
    wanted = ("pan", 3, "ink")
    assert [(one.get("camera"), one.get("duration"), one.get("style")) for one in said] == [
        wanted, wanted, wanted, (None, None, None),
    ]  # fmt: skip
    page.keyboard.press("Alt+ArrowUp")  # the fourth one, which is not marked
    assert ids(page) == ["shot-001", "shot-002", "shot-004", "shot-003"]
    page.keyboard.press("Escape")
    assert bar.is_hidden()
    page.keyboard.press("Control+A")
    bar.get_by_role("button", name="Remove").click()
    assert document(page) == []
    page.keyboard.press("Control+Z")
    assert len(document(page)) == 4


def test_a_list_is_pasted_anywhere(page: Page, shown: Shown) -> None:
    page.fill("#new-shot", "a boat")
    page.keyboard.press("Enter")
    assert document(page)[-1]["prompt"] == "a boat"
    assert page.input_value("#new-shot") == ""
    shown.card("shot-002").locator(".card-number").focus()
    page.locator(".card").nth(1).and_(page.locator("[aria-current]")).wait_for()
    page.evaluate(PASTE, ["body", "1. a tower\n2. a bridge"])
    prompts = [one["prompt"] for one in document(page)]
    assert prompts[1:5] == ["two dogs near a castle", "a tower", "a bridge", "a blue dragon"]
    shown.card("shot-001").locator(".prompt").click()
    page.keyboard.press("Control+A")
    page.evaluate(PASTE, [".card .prompt-field:not([hidden])", "- a knight\n- a horse"])
    prompts = [one["prompt"] for one in document(page)]
    assert prompts[:3] == ["a knight", "a horse", "two dogs near a castle"]
    page.evaluate(PASTE, ["#new-shot", "a moon\na sun"])
    assert [one["prompt"] for one in document(page)][-2:] == ["a moon", "a sun"]


def test_a_shot_is_doubled_removed_and_looked_at(page: Page, shown: Shown) -> None:
    first = shown.card("shot-001")
    first.get_by_role("button", name="More: shot-001").click()
    first.get_by_role("button", name="Duplicate: shot-001").click()
    assert ids(page) == ["shot-001", "shot-005", "shot-002", "shot-003", "shot-004"]
    first.get_by_role("button", name="Remove: shot-001").click()
    assert ids(page)[0] == "shot-005"
    shown.card("shot-003").locator(".picture").click()
    assert page.get_attribute("#tab-shot", "aria-selected") == "true"
    page.reload()
    shown.connected()
    assert page.get_attribute("#tab-shot", "aria-selected") == "true"
    shown.go_to("shots")
    assert shown.card("shot-003").get_attribute("aria-current") == "true", "it is still selected"


def test_a_layer_that_touches_its_like_is_a_doubt(shown: Shown, tmp_path: Path) -> None:
    text = "{layer} touches another of its kind; where one ends and the next begins is a guess."
    touching = NoticeEntry.of(TOUCHING, text, {"layer": "warrior"}, layers=["warrior"])
    aside = NoticeEntry(code="picture.read_as", text="The first frame is taken.")
    prepare(tmp_path / "doubted", notices=[touching, aside])
    with in_a_thread(tmp_path / "doubted", panel=PANEL) as server:
        with Client(server.data.root) as client:
            client.submit(board(1))
        shown.open(server)
        card = shown.wait_for("s000", "finished")
        badge = card.locator(".doubts-badge")
        badge.wait_for()
        assert badge.inner_text() == "Look at 1 thing"
        assert badge.get_attribute("title") == touching.text
        badge.click()
        assert card.locator(".doubts-list li").all_inner_texts() == [touching.text]
        shown.wait_for_end()


def test_badges_tell_how_it_stands(shown: Shown, server: Running, data: Path) -> None:
    with Client(data) as client:
        client.submit(board(2))
    shown.open(server)
    first = shown.wait_for("s000", "finished")
    first.locator(".badge[data-state=made]").wait_for()
    first.get_by_label("Seconds of s000").fill("2")
    first.locator(".badge[data-state=changed]").wait_for()
    shown.page.keyboard.press("Control+Z")
    first.locator(".badge[data-state=made]").wait_for()


def test_the_film_strip_shows_and_changes_how_long_shots_are(page: Page, shown: Shown) -> None:
    assert page.locator(".strip").is_hidden(), "a docked panel has no room for it"
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    frames = page.locator(".frames li")
    frames.nth(3).wait_for()
    ends = page.get_by_role("slider", name="Seconds of shot-002")
    assert ends.get_attribute("aria-valuenow") == "4"
    box = ends.bounding_box()
    before = frames.nth(1).bounding_box()
    assert box is not None
    assert before is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 26, y, steps=4)
    page.mouse.up()
    after = frames.nth(1).bounding_box()
    assert after is not None
    assert document(page)[1]["duration"] == 5
    assert after["width"] > before["width"] + 20
    ends.focus()
    page.keyboard.press("ArrowLeft")
    assert document(page)[1]["duration"] == 4.9
    assert "17 s" in page.locator(".strip p").inner_text()
    page.locator(".frame").nth(2).click()
    shown.card("shot-003").and_(page.locator("[aria-current]")).wait_for()
    for _ in range(2):  # a drag and a key are one step where they follow quickly
        if "duration" in document(page)[1]:
            page.keyboard.press("Control+Z")
    assert "duration" not in document(page)[1]


def test_hundreds_of_shots_scroll_without_work(page: Page) -> None:
    """Rows out of sight are not laid out, and scrolling changes nothing in them."""
    text = "\n".join(f"a red **warrior** number {number} in a forest" for number in range(300))
    page.fill("#text", text)
    page.wait_for_function("() => document.querySelectorAll('.card').length === 300")
    page.wait_for_function("() => document.querySelectorAll('.card .chip').length === 300")
    assert (
        page.locator(".card").first.evaluate("one => getComputedStyle(one).contentVisibility")
        == "auto"
    )
    page.evaluate(
        """() => {
          window.changes = 0;
          const how = { childList: true, subtree: true, characterData: true };
          new MutationObserver((all) => { changes += all.length; }).observe(
            document.querySelector("#shots"), how);
        }"""
    )
    page.mouse.move(150, 350)
    for _ in range(30):
        page.mouse.wheel(0, 900)
    page.wait_for_function("() => document.querySelector('#pane-shots').scrollTop > 5000")
    assert page.evaluate("changes") == 0


def plates(page: Page) -> Any:
    return page.evaluate("JSON.parse(localStorage['multiplane.work']).board.plates ?? null")


def places(page: Page) -> list[str | None]:
    return [one.get("plate") for one in document(page)]


def test_marked_shots_share_a_place_until_it_is_taken_away(page: Page, shown: Shown) -> None:
    for number in (0, 2):
        page.locator(".card-number").nth(number).click()
    field = page.get_by_label("Plate of the marked shots: its name, or what it looks like")
    own = page.get_by_role("button", name="Own places")
    assert not own.is_visible()
    field.focus()
    page.keyboard.type("  a beach  at night ")
    page.keyboard.press("Enter")
    shown.wait_for_status("One place for 2 shots: a beach at night")
    assert plates(page) == {"a beach at night": "a beach at night"}
    assert places(page) == ["a beach at night", None, "a beach at night", None]
    assert page.locator(".card-plate:visible").all_inner_texts() == ["plate: a beach at night"] * 2
    assert field.input_value() == ""
    assert page.locator("#plates option").get_attribute("value") == "a beach at night"

    # A plate that is there is meant however it is written; a shot's details do the same.
    shown.card("shot-002").locator(".more").click()
    alone = page.get_by_label("Plate of shot-002", exact=True)
    alone.fill("A Beach at NIGHT")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "name => JSON.parse(localStorage['multiplane.work']).board.shots[1].plate === name",
        arg="a beach at night",
    )
    words = page.get_by_label("What the plate looks like of shot-002")
    words.fill("a beach at night, with a moon")
    assert plates(page) == {"a beach at night": "a beach at night, with a moon"}
    for _ in range(2):
        page.focus("#title")
        page.keyboard.press("Control+z")
    assert places(page) == ["a beach at night", None, "a beach at night", None]
    assert plates(page) == {"a beach at night": "a beach at night"}

    own.click()
    assert places(page) == [None] * 4
    assert plates(page) is None, "nobody is there any more"
    page.wait_for_function(
        "() => document.activeElement.getAttribute('aria-label').startsWith('Plate of')"
    )
    page.keyboard.press("Control+z")
    assert places(page) == ["a beach at night", None, "a beach at night", None]
    assert plates(page) == {"a beach at night": "a beach at night"}


def test_the_server_gets_places_and_makes_what_is_in_another_one_again(
    shown: Shown, server: Running, data: Path
) -> None:
    page = shown.page
    with Client(data) as client:
        job = client.submit(board(3)).job.job
        shown.open(server)
        shown.wait_for_end()
        client.ask(Pause())
        for number in (0, 1):
            page.locator(".card-number").nth(number).click()
        field = page.get_by_label("Plate of the marked shots: its name, or what it looks like")
        field.fill("a forest in the snow")
        page.keyboard.press("Enter")
        page.locator("#act", has_text="Make 2 shots").click()
        shown.wait_for("s001", "queued")
        newest = client.ask(ListJobs()).jobs[0]
        assert newest.job != job
        said = client.ask(GetJob(job=newest.job)).storyboard
        assert said["plates"] == {"a forest in the snow": "a forest in the snow"}
        assert [one.get("plate") for one in said["shots"]] == ["a forest in the snow"] * 2 + [None]

        # Other words for the place are another place.
        shown.card("s000").locator(".more").click()
        page.get_by_label("What the plate looks like of s000").fill("a forest in the rain")
        page.locator("#act", has_text="Make 2 shots").wait_for()
        assert page.locator(".badge[data-state=changed]").count() == 2
