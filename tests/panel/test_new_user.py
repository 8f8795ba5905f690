"""What somebody who is new runs into: damaged files, numbers that cannot be, empty pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from multiplane.client import Client
from tests.panel.adobe import Program
from tests.panel.showing import Shown
from tests.panel.test_browser import choose, hold
from tests.server.prepared import board
from tests.server.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, WebSocketRoute


def damaged(path: Path, *, size: int) -> Path:
    """A picture of which only the first `size` bytes are left."""
    noise = np.random.default_rng(1).integers(0, 255, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:size])
    return path


def test_a_damaged_picture_is_named_as_its_user_names_it(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    shown.open(server)
    page = shown.page
    choose(shown, damaged(tmp_path / "broken one.png", size=20))
    page.locator("#findings[data-level=error]").wait_for()
    assert "broken one.png" in page.inner_text("#findings")
    assert "broken one.png" in page.locator(".card .trouble").inner_text()
    assert "blobs" not in page.inner_text("body")
    shown.in_boards("new")
    # What is seen only once it is read whole.
    choose(shown, damaged(tmp_path / "my drawing ü.png", size=30_000))
    shown.card("my drawing ü").wait_for()
    page.click("#act")
    shown.wait_for("my drawing ü", "failed")
    shown.wait_for_end()
    trouble = shown.card("my drawing ü").locator(".trouble")
    assert "my drawing ü.png" in trouble.inner_text()
    assert page.inner_text("#act") == "1 shot failed"
    page.reload()
    shown.connected()
    trouble.wait_for()
    assert "my drawing ü.png" in trouble.inner_text(), "also of a page that has uploaded nothing"
    assert "blobs" not in page.inner_text("body")


def is_told(field: Locator, typed: str, *said: str) -> None:
    """The number is not taken, and a sentence below the field says why."""
    field.fill(typed)
    assert field.get_attribute("aria-invalid") == "true"
    fault = field.page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert fault.is_visible()
    assert [part for part in said if part not in fault.inner_text()] == []


def test_a_number_that_cannot_be_is_told_at_its_field(
    shown: Shown, server: Running, data: Path
) -> None:
    hold(data)
    shown.open(server)
    page = shown.page
    page.fill("#text", "a cat\na dog")
    page.click("#more summary")
    page.fill("#seconds", "3")
    is_told(page.locator("#seconds"), "-4", "-4 is not between 0.1 and 600.", "3 stays.")
    page.fill("#style", "ink sketch")  # whatever is done meanwhile
    assert page.input_value("#seconds") == "3"
    is_told(page.locator("#seconds"), "1000000000", "between 0.1 and 600")
    page.fill("#seconds", "2.5")
    assert page.get_attribute("#seconds", "aria-invalid") is None
    assert page.locator(".field-fault:visible").count() == 0
    own = shown.card("shot-001").locator("input.seconds")
    own.fill("7")
    is_told(own, "0", "between 0.1 and 600", "7 stays.")
    shown.card("shot-001").locator(".more").click()
    seed = shown.card("shot-001").get_by_label("Seed of shot-001")
    is_told(seed, "-1", "between 0 and 4,294,967,295")
    page.locator(".card-number").nth(1).click()
    is_told(page.get_by_label("Seconds of the marked shots"), "601", "601 is not between")
    page.click("#act")
    shown.wait_for("shot-002", "queued")
    with Client(data) as client:
        from multiplane.contract.messages_client import GetJob, ListJobs

        (job,) = client.ask(ListJobs()).jobs
        shots = client.ask(GetJob(job=job.job)).storyboard["shots"]
    assert [one["duration"] for one in shots] == [7, 2.5]
    assert "seed" not in shots[0]


def test_numbers_of_a_camera_and_an_import_are_bounded_too(
    shown: Shown, server: Running, data: Path
) -> None:
    shown.page.set_viewport_size({"width": 1000, "height": 800})
    program = Program(shown.page, environment={"MULTIPLANE_DATA": str(data)})
    with Client(data) as client:
        client.submit(board(1))
        program.open()
        shown.wait_for_end()
    page = shown.page
    page.click("#tool-camera")
    amount = page.locator(".camera-ranged input[type=number]").first
    before = amount.input_value()
    is_told(amount, "99", "99 is not between 0 and", f"{before} stays.")
    amount.press("Enter")
    assert amount.input_value() == before
    is_told(page.locator(".camera-seconds input").first, "-1", "between 0 and 0.25")
    page.click("#tab-import")
    is_told(page.locator("#handles"), "5000", "between 0 and 1,000", "0 stays.")


def test_a_drawings_name_that_is_typed_is_only_words(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    shown.open(server)
    page = shown.page
    page.fill("#text", "[missing.png] a cat\n[a] list, and a dog")
    page.locator("#findings", has_text="missing.png is only words here").wait_for()
    first, second = page.locator(".card").all()
    assert "Drop the picture itself" in first.inner_text()
    assert "only words" not in second.inner_text()
    drawing = tmp_path / "missing.png"
    Image.new("RGB", (64, 48), "teal").save(drawing)
    choose(shown, drawing)
    shown.card("missing").wait_for()
    assert page.locator(".card").count() == 3
    page.fill("#text", "[a] list, and a dog\n[missing.png]")
    page.locator("#findings", has_text="only words").wait_for(state="hidden")
    assert page.locator(".card[data-shot=missing] canvas[data-drawn]").count() == 1, (
        "still a drawing"
    )


def test_a_refused_storyboard_waits_for_nobody(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    shown.open(server)
    page = shown.page
    file = tmp_path / "long.json"
    file.write_text(json.dumps({"shots": [{"id": "a", "prompt": "a cat", "duration": 1e9}]}))
    choose(shown, file)
    shown.card("a").wait_for()
    page.click("#act")
    shown.wait_for_notice("less than or equal to 600")
    assert shown.card("a").locator(".shot-state").inner_text() == "Not made yet"
    page.fill("#text", "a cat\na dog")
    assert page.locator(".shot-state").all_inner_texts() == ["Not made yet"] * 2
    # What was wrong with that one is no news of another.
    shown.in_boards("new")
    page.locator("#notices .notice").wait_for(state="detached")


def test_make_by_keys_says_why_nothing_is_made(shown: Shown, server: Running, data: Path) -> None:
    shown.open(server)
    page = shown.page
    page.click("#tab-import")
    page.keyboard.press("Control+Enter")
    shown.wait_for_status("There is no shot yet.")
    assert page.evaluate("document.activeElement.id") == "text"
    with Client(data) as client:
        client.submit(board(1))
    shown.wait_for("s000", "finished")
    shown.wait_for_end()
    page.locator("#act", has_text="Download").focus()
    page.keyboard.press("Control+Enter")
    shown.wait_for_status("Nothing to make: Download 1 shot.")


@pytest.mark.parametrize(
    ("entry", "said"),
    [({"prompt": "a cat"}, "Painting"), ({"picture": "a.png"}, "Reading the drawing")],
)
def test_a_drawing_is_read_and_not_painted(
    shown: Shown, server: Running, entry: dict[str, str], said: str
) -> None:
    shown.open(server, pair=False)
    words = shown.page.evaluate(
        """async (entry) => (await import("./js/view/words.js")).ofShot(
          { state: "running", step: "generate", done: null, total: null }, entry)""",
        entry,
    )
    assert words == said


def test_what_a_model_needs_is_known_at_once_the_next_time(shown: Shown, server: Running) -> None:
    """And the server is asked all the same."""
    asked: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        def said(message: str | bytes) -> None:
            if isinstance(message, str) and "machine.get" in message:
                asked.append(message)
                if len(asked) > 1:
                    return  # it is never answered
            upstream.send(message)

        socket.on_message(said)

    shown.page.route_web_socket("**/ws", between)
    shown.open(server)
    page = shown.page

    def look() -> str:
        page.click("#more-menu")
        page.click("#more-part button[data-page=models]")
        page.locator(".row[data-fits]").first.wait_for()
        return page.inner_text("#pane-models p")

    first = look()
    page.reload()
    shown.connected()
    assert look() == first
    assert len(asked) == 2


def test_what_is_painted_in_place_of_a_lost_drawing_is_told_at_its_shot(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    """And stays told whatever else is changed; dialogue is not painted instead."""
    scene = tmp_path / "scene.storyboarder"
    lost = {"url": "lost.png", "layers": {}}
    boards = [
        {**lost, "shot": "1A", "action": "a boat"},
        {**lost, "shot": "1B", "dialogue": "MIRA: Who goes there?"},
    ]
    scene.write_text(json.dumps({"boards": boards}), encoding="utf-8")
    shown.open(server)
    page = shown.page
    choose(shown, scene)
    told = shown.card("1A").locator(".notes", has_text="says as action is painted instead.")
    told.wait_for()
    trouble = shown.card("1B").locator(".trouble", has_text="neither a picture nor words")
    assert "write its action" in trouble.inner_text()
    page.fill("#new-shot", "a cat")
    page.press("#new-shot", "Enter")
    page.locator(".card").nth(2).wait_for()
    assert told.is_visible()
    assert trouble.is_visible()
    shown.card("1A").locator(".prompt").click()
    page.keyboard.type(" on a lake")
    page.keyboard.press("Enter")
    told.wait_for(state="hidden")


def test_stop_says_that_it_stops(shown: Shown, server: Running, data: Path) -> None:
    """What is being worked on ends with its step, which may take a while."""
    hold(data)
    kept: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        def said(message: str | bytes) -> None:
            if isinstance(message, str) and '"cancel"' in message and not kept:
                kept.append(message)  # it takes a while
            else:
                upstream.send(message)

        socket.on_message(said)

    shown.page.route_web_socket("**/ws", between)
    with Client(data) as client:
        client.submit(board(2))
    shown.open(server)
    page = shown.page
    shown.wait_for("s001", "queued")
    page.click("#stop")
    page.locator("#job-text", has_text="Stopping").wait_for()
    assert page.locator("#stop").is_disabled()
    with Client(data) as client:
        from multiplane.contract.messages_client import Cancel, ListJobs

        client.ask(Cancel(job=client.ask(ListJobs()).jobs[0].job))
    shown.wait_for_end()
    assert "Stopping" not in page.inner_text("#job-text")
    assert len(kept) == 1
