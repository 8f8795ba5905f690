"""The pages of the panel's menu, in a real browser with a real server: history, models, queue and
settings.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.contract.messages_client import GetJob, GetState, ListJobs, Pause, Resume, Search
from multiplane.contract.own_version import own_version
from multiplane.models.families.stable_diffusion import SDXL
from multiplane.models.profiles import DEPTH_ANYTHING_V2_SMALL as DEPTH
from multiplane.models.vision.profiles import LAYER_DIFFUSE
from tests.models.local_hub import LocalHub, serve
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import board
from tests.server.running import Running, in_a_thread
from tests.tiny_folders import save_tiny_depth
from tests.tiny_vision import save_tiny_layer_diffuse


def open_page(shown: Shown, name: str) -> None:
    shown.page.click("#more-menu")
    shown.page.click(f"#more-part button[data-page={name}]")
    shown.page.wait_for_selector(f"#pane-{name}:not([hidden])")


def made(data: Path, *boards: dict[str, object]) -> list[str]:
    """Ids of jobs that are made."""
    with Client(data) as client:
        jobs = [client.submit(one).job.job for one in boards]
        for job in jobs:
            while client.ask(GetJob(job=job)).job.state != "finished":
                time.sleep(0.05)
        return jobs


# History


def test_finished_shots_are_found_and_marked(shown: Shown, server: Running, data: Path) -> None:
    made(data, board(3, title="Forest film"), board(2, first=10, title="Night film"))
    shown.open(server)
    page = shown.page
    open_page(shown, "history")
    found = page.locator(".found-shot")
    page.locator("#pane-history [role=status]", has_text="5 shots found").wait_for()
    assert found.count() == 5
    assert found.first.locator("canvas[data-drawn]").count() <= 1
    page.wait_for_selector(".found-shot canvas[data-drawn]")
    page.fill("#history-words", "night WARRIOR")
    page.locator("#pane-history [role=status]", has_text="2 shots found").wait_for()
    assert set(page.locator(".found-shot").evaluate_all("all => all.map(e => e.dataset.shot)")) == {
        "s010",
        "s011",
    }
    star = page.locator(".found-shot[data-shot=s010] .star")
    assert star.get_attribute("aria-label") == "Favourite: s010"
    star.focus()
    page.keyboard.press("Space")
    page.wait_for_selector(".found-shot[data-shot=s010] .star[aria-pressed=true]")
    shown.wait_until_said("s010 is a favourite.")
    with Client(data) as client:
        assert [one.shot for one in client.ask(Search(favourite=True)).shots] == ["s010"]
    page.fill("#history-words", "")
    page.check("#history-favourites")
    page.locator("#pane-history [role=status]", has_text="1 shot found").wait_for()
    page.uncheck("#history-favourites")
    page.click("#pane-history summary")
    page.fill("#history-seed", "8")
    page.locator("#pane-history [role=status]", has_text="0 shots found").wait_for()
    assert page.locator("#pane-history .hint", has_text="No finished shot").is_visible()
    page.fill("#history-seed", "7")
    page.locator("#pane-history [role=status]", has_text="5 shots found").wait_for()
    page.fill("#history-until", "2026-01-31")
    page.locator("#pane-history [role=status]", has_text="0 shots found").wait_for()


def test_what_is_out_of_sight_is_freed(shown: Shown, server: Running, data: Path) -> None:
    made(data, board(60))
    shown.page.set_viewport_size({"width": 320, "height": 600})
    shown.open(server)
    page = shown.page
    open_page(shown, "history")
    page.wait_for_selector(".found-shot canvas[data-drawn]")
    assert page.locator(".found-shot").count() == 48
    more = page.get_by_role("button", name="Show more")
    more.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => !document.querySelector('.found-shot').querySelector('canvas[data-drawn]')"
    )
    more.click()
    page.wait_for_function("() => document.querySelectorAll('.found-shot').length === 60")
    assert not more.is_visible()
    drawn = page.locator(".found-shot canvas[data-drawn]").count()
    assert drawn < 30, "only what is near is in the memory"


def test_a_storyboard_and_a_picture_come_back(shown: Shown, server: Running, data: Path) -> None:
    made(data, board(2, title="Old film"), board(1, first=10, title="New film"))
    shown.open(server)
    page = shown.page
    shown.wait_for("s010", "finished")
    open_page(shown, "history")
    old = page.locator(".found-shot[data-shot=s001]")
    old.get_by_role("button", name="Use picture").click()
    shown.wait_until_said("s010 has this picture now.")
    text = page.locator("#text")
    old.get_by_role("button", name="Add").click()
    shown.wait_until_said("shot-002 was added.")
    page.click("#page-back")
    page.wait_for_selector(".card[data-shot=shot-002]")
    for _ in range(2):
        page.click("#undo")
    assert text.input_value() == "a **warrior** in a forest"
    open_page(shown, "history")
    old.get_by_role("button", name="Open").click()
    shown.card("s001").wait_for(state="attached")
    page.wait_for_selector(".card[data-shot=s001][aria-current]", state="attached")
    assert page.locator("#boards-name").inner_text() == "Old film"
    page.click("#undo")
    shown.card("s010").wait_for(state="attached")


# Models


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    save_tiny_depth(tmp_path / "remote")
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    with serve(LocalHub(tmp_path / "remote", str(DEPTH.repository))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


_SAID_OF_THE_COMPUTER = """() => {
  const line = document.querySelector("#pane-models > div > p");
  window.said = [];
  new MutationObserver(() => {
    said.push([line.textContent, document.querySelectorAll("#pane-models .row").length]);
  }).observe(line, { childList: true });
}"""
"""What the page of models says, and how many there are by then."""


def test_a_model_is_fetched_paused_and_deleted(
    shown: Shown, data: Path, hub: LocalHub, tmp_path: Path
) -> None:
    with in_a_thread(data, panel=PANEL, device="cpu") as server:
        shown.open(server)
        page = shown.page
        page.evaluate(_SAID_OF_THE_COMPUTER)
        open_page(shown, "models")
        row = page.locator(f".row[data-model={DEPTH.name}]")
        row.locator(":scope:not([data-state=installed])").wait_for()
        assert DEPTH.licence in row.inner_text()
        assert "99 MB" in row.inner_text()
        page.locator(".row[data-model=storyboard-mini][data-fits=full]").wait_for()
        assert "of memory." in page.inner_text("#pane-models > div > p")
        first, *_, last = page.evaluate("() => window.said")
        assert first == ["Looking at this computer…", 0]
        assert last[1] > 3
        own = page.locator(".row[data-model=storyboard-mini]")
        assert own.locator("button:visible").count() == 0

        # Nothing is fetched before the licence was shown; Escape says no.
        hub.stall_after = 1000
        row.get_by_role("button", name=re.compile("^Download")).press("Enter")
        assert DEPTH.licence in row.locator(".confirm").inner_text()
        page.keyboard.press("Escape")
        assert not row.locator(".confirm").is_visible()
        row.get_by_role("button", name=re.compile("^Download")).press("Enter")
        page.keyboard.press("Enter")
        row.locator(":scope[data-state=pulling]").wait_for()
        assert hub.stalled.wait(120)
        row.get_by_role("button", name=re.compile("^Pause")).click()
        row.locator(":scope[data-state=paused]").wait_for()
        hub.stall_after = None
        row.get_by_role("button", name=re.compile("^Go on")).click()
        row.locator(":scope[data-state=installed]").wait_for()
        shown.wait_until_said(f"{DEPTH.title} is ready.")
        assert (tmp_path / "models" / DEPTH.name / "model.safetensors").is_file()
        row.get_by_role("button", name=re.compile("^Delete")).click()
        row.locator(".confirm").get_by_role("button", name="Delete").click()
        row.locator(":scope[data-state=missing]").wait_for()
        assert not (tmp_path / "models" / DEPTH.name).exists()


def test_what_a_model_needs_is_agreed_to_and_fetched_with_it(
    shown: Shown, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTIPLANE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    hub = LocalHub(save_tiny_layer_diffuse(tmp_path), str(LAYER_DIFFUSE.repository))
    hub.others[str(SDXL.repository)] = tmp_path / "sdxl"
    with serve(hub), monkeypatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        with in_a_thread(data, panel=PANEL, device="cpu") as server:
            shown.open(server)
            open_page(shown, "models")
            own, base = (
                shown.page.locator(f".row[data-model={one.name}]") for one in (LAYER_DIFFUSE, SDXL)
            )
            own.get_by_role("button", name=re.compile("^Download")).click()
            asked = own.locator(".confirm").inner_text()
            assert SDXL.title in asked
            assert LAYER_DIFFUSE.licence in asked
            assert SDXL.licence in asked
            own.locator(".confirm").get_by_role("button", name="Agree and download").click()
            base.locator(":scope[data-state=installed]").wait_for()
            own.locator(":scope[data-state=installed]").wait_for()
            assert not own.get_by_role("button", name=re.compile("^Download")).is_visible()

            base.get_by_role("button", name=re.compile("^Delete")).click()
            base.locator(".confirm").get_by_role("button", name="Delete").click()
            own.get_by_text(f"it needs {SDXL.title}").wait_for()
            own.get_by_role("button", name=re.compile("^Download")).click()
            asked = own.locator(".confirm").inner_text()
            assert asked.startswith("With it comes")


def test_a_download_that_fails_says_why(shown: Shown, data: Path, hub: LocalHub) -> None:
    with in_a_thread(data, panel=PANEL, device="cpu") as server:
        shown.open(server)
        open_page(shown, "models")
        row = shown.page.locator(f".row[data-model={DEPTH.name}]")
        (hub.folder / "model.safetensors").unlink()
        row.get_by_role("button", name=re.compile("^Download")).click()
        row.locator(".confirm").get_by_role("button", name="Agree and download").click()
        row.get_by_role("alert").filter(has_text="does not hold the files").wait_for()


# Queue


def test_the_queue_is_moved_paused_and_cancelled(shown: Shown, server: Running, data: Path) -> None:
    with Client(data) as client:
        client.ask(Pause())
        jobs = [
            client.submit(board(2, first=10 * number, title=title)).job.job
            for number, title in enumerate(("One", "Two", "Three"))
        ]
        shown.open(server)
        page = shown.page
        open_page(shown, "queue")
        rows = page.locator("#pane-queue .row")
        page.wait_for_function("() => document.querySelectorAll('#pane-queue .row').length === 3")
        page.locator("#pane-queue [role=status]", has_text="Paused").wait_for()
        assert rows.locator("strong").all_inner_texts() == ["One", "Two", "Three"]

        def order() -> list[str]:
            return [one.job.job for one in client.ask(GetState()).jobs]

        # With the keyboard, the focus stays on the moved one.
        page.locator(f".row[data-job='{jobs[2]}']").focus()
        page.keyboard.press("Alt+ArrowUp")
        shown.wait_until_said("Now 2 of 3 in the queue.")
        page.wait_for_function(
            "id => document.querySelectorAll('#pane-queue .row')[1].dataset.job === id",
            arg=jobs[2],
        )
        assert page.evaluate("() => document.activeElement.dataset.job") == jobs[2]
        assert order() == [jobs[0], jobs[2], jobs[1]]
        page.get_by_role("button", name="Later: One").click()
        page.wait_for_function(
            "id => document.querySelectorAll('#pane-queue .row')[1].dataset.job === id",
            arg=jobs[0],
        )
        assert order() == [jobs[2], jobs[0], jobs[1]]

        # One shot of a job, a job, and all that goes on.
        first = page.locator(f".row[data-job='{jobs[0]}']")
        first.locator("summary").click()
        first.get_by_role("button", name="Cancel: s001").click()
        page.wait_for_function(
            "id => document.querySelectorAll(`[data-job='${id}'] .queue-shot`).length === 1",
            arg=jobs[0],
        )
        page.get_by_role("button", name="Pause: Two").click()
        page.get_by_role("button", name="Go on: Two").wait_for()
        page.get_by_role("button", name="Cancel: Three").click()
        page.wait_for_function("() => document.querySelectorAll('#pane-queue .row').length === 2")
        page.get_by_role("button", name="Go on with all").click()
        page.wait_for_function("() => document.querySelectorAll('#pane-queue .row').length === 1")
        page.get_by_role("button", name="Go on: Two").click()
        page.locator("#pane-queue .hint", has_text="Nothing waits").wait_for()
        states = {one.job: one.state for one in client.ask(ListJobs()).jobs}
        assert states == {jobs[0]: "cancelled", jobs[1]: "finished", jobs[2]: "cancelled"}
        client.ask(Resume())


# Settings


def test_language_colours_and_facts(shown: Shown, server: Running, data: Path) -> None:
    shown.open(server)
    page = shown.page
    open_page(shown, "settings")
    facts = page.locator("#pane-settings dl")
    facts.get_by_text(str(data), exact=True).wait_for()
    assert own_version() in facts.inner_text()
    assert f"http://{server.host}" in facts.inner_text()
    page.select_option("#settings-theme", "light")
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
    page.get_by_role("button", name="Pair another").click()
    code = page.locator("#pane-settings output")
    code.locator("strong").wait_for()
    assert re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", code.inner_text())
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    other.goto(code.locator(".place").inner_text())
    other.wait_for_selector("#link[data-kind=open]", timeout=120_000)
    other.context.close()
    with page.expect_navigation():
        page.select_option("#settings-language", "ja")
    page.wait_for_selector("#tab-import:text-is('読み込み')")
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light", "it stays"
    assert page.evaluate("() => document.documentElement.lang") == "ja"
