"""The import tab in After Effects: what an import would bring, shots as they are made, and the comp
that the designer looks at.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.client import Client
from multiplane.contract.messages_client import CameraApply, Pause, Resume
from tests.panel.adobe import Program
from tests.panel.showing import Shown
from tests.server.prepared import board
from tests.server.running import Running


@pytest.fixture
def program(shown: Shown, data: Path) -> Program:
    return Program(shown.page, environment={"MULTIPLANE_DATA": str(data)})


def fates(shown: Shown) -> dict[str, str]:
    found: dict[str, str] = shown.page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('.import-list li')]"
        ".map((one) => [one.dataset.shot, one.dataset.fate]))"
    )
    return found


def wait_for_fates(shown: Shown, **wanted: str) -> None:
    shown.page.wait_for_function(
        "(wanted) => Object.entries(wanted).every(([shot, fate]) =>"
        " document.querySelector(`.import-list [data-shot='${shot}'][data-fate='${fate}']`))",
        arg=wanted,
    )


def test_what_an_import_would_bring_is_compared_with_the_project(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    page = shown.page
    with Client(data) as client:
        job = client.submit(board(3, title="Film")).job.job
        program.open()
        shown.wait_for_end()
        page.click("#tab-import")
        wait_for_fates(shown, s000="new", s001="new", s002="new")
        assert "Compared with the open project" in page.inner_text("#pane-import")
        page.get_by_role("button", name="Import: s001").press("Enter")
        wait_for_fates(shown, s000="new", s001="same")
        assert "2 new · 1 kept as they are" in page.inner_text("#pane-import")
        assert page.locator("#act").inner_text() == "Import 2 shots"
        # The project is asked, not the panel's memory: it knows after a reload.
        page.reload()
        shown.wait_for_end()
        wait_for_fates(shown, s000="new", s001="same")
        shown.import_all()
        wait_for_fates(shown, s000="same", s001="same", s002="same")
        client.ask(CameraApply(job=job, shot="s002", camera="truck_left"))
        wait_for_fates(shown, s001="same", s002="changed")
        report = page.locator(".import-report")
        assert "s000: new" in report.inner_text()
        assert "s001: unchanged" in report.inner_text()
        page.locator("#act", has_text="Update 1 shot").click()
        report.get_by_text("s002: brought up to date").wait_for()
        # A comp that the designer has deleted is new again.
        program.host.run(
            "(function () { for (var i = app.project.numItems; i > 0; i -= 1) {"
            " var item = app.project.item(i);"
            " if (item instanceof CompItem && item.name === 's000') { item.remove(); } } }())"
        )
        page.click("#tab-shots")
        page.click("#tab-import")
        wait_for_fates(shown, s000="new", s002="same")
        # The last report outlives the page.
        page.reload()
        page.locator(".import-report", has_text="s002: brought up to date").wait_for()


def test_shots_come_as_they_are_made(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    page = shown.page
    with Client(data) as client:
        client.ask(Pause())
        client.submit(board(3, title="Film"))
        program.open()
        shown.card("s000").wait_for(state="attached")
        page.click("#tab-import")
        page.get_by_label("Import each shot as soon as it is made").check()
        client.ask(Resume())
        page.locator(".import-report", has_text="All in order: Film.").wait_for()
        wait_for_fates(shown, s000="same", s001="same", s002="same")
        names = {comp.name for comp in program.host.project.compositions}
        assert names == {"s000", "s001", "s002", "Film"}
        single = [one for one in program.scripts if "call.importShot" in one]
        assert len(single) >= 3
        assert program.host.viewer.name == "Film", "what was imported is shown"


def test_the_selected_comp_shows_its_shot(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    page = shown.page
    with Client(data) as client:
        client.submit(board(3, title="Film"))
        program.open()
        shown.wait_for_end()
        shown.import_all()
        shown.wait_for_notice("3 shots: 3 new.")
        page.click("#tab-shots")
        page.wait_for_function("() => document.body.dataset.tab === 'shots'")
        comps = {comp.name: comp for comp in program.host.project.compositions}
        program.host.viewer = comps["s001"]
        shown.wait_until_said("s001, as selected in After Effects.")
        assert page.evaluate("() => document.body.dataset.tab") == "shot"
        page.wait_for_selector(".card[data-shot=s001][aria-current]", state="attached")
        page.click("#tab-import")
        page.get_by_role("button", name="Show: s002").click()
        page.wait_for_timeout(2500)
        assert program.host.viewer is comps["s002"]
        assert (
            page.evaluate("() => statuses.some((one) => one.includes('s002, as selected'))")
            is False
        )
        page.get_by_label("Show the shot whose comp is selected").uncheck()
        page.click("#tab-shots")
        program.host.viewer = comps["s000"]
        page.wait_for_timeout(2500)
        assert page.evaluate("() => document.body.dataset.tab") == "shots"


def test_the_storyboard_of_a_selected_comp_is_opened_by_one_press(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    """And what was in the panel is one step back."""
    page = shown.page
    with Client(data) as client:
        client.submit(board(2, title="Film"))
        program.open()
        shown.wait_for_end()
        shown.import_all()
        shown.wait_for_notice("2 shots: 2 new.")
        comps = {comp.name: comp for comp in program.host.project.compositions}
        shown.in_boards("new")
        page.fill("#text", "a cat that nobody has made")
        program.host.viewer = comps["s001"]
        notice = shown.wait_for_notice("The selected comp s001 is of another storyboard: Film.")
        notice.get_by_role("button", name="Open Film").click()
        shown.card("s001").and_(page.locator("[aria-current]")).wait_for(state="attached")
        assert page.evaluate("() => document.body.dataset.tab") == "shot"
        assert page.locator(".notice", has_text="another storyboard").count() == 0
        page.keyboard.press("Control+Z")
        assert page.input_value("#text") == "a cat that nobody has made"
        # One that the server has no more is said to be so.
        page.keyboard.press("Control+Shift+Z")
        shown.in_boards("remove-job")
        program.host.viewer = comps["s000"]
        shown.wait_for_notice("This server does not have that storyboard.")
