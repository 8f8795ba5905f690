"""The panel in After Effects under CEP, from an empty panel to comps in the project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from multiplane.contract.manifest import Manifest
from multiplane.contract.messages_client import Cancel, ListJobs
from tests.jsx.compare import faults, named
from tests.panel.adobe import DARK, LIGHT, Program
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import board
from tests.server.running import Running, in_a_thread


@pytest.fixture
def program(shown: Shown, data: Path) -> Program:
    return Program(shown.page, environment={"MULTIPLANE_DATA": str(data)})


def submit(data: Path, document: dict[str, Any]) -> None:
    with Client(data) as client:
        client.submit(document)


def comps(program: Program) -> dict[str, Any]:
    return {composition.name: composition for composition in program.host.project.compositions}


def manifests(data: Path) -> dict[str, Manifest]:
    found = [
        Manifest.model_validate_json(path.read_text(encoding="utf-8"))
        for path in (data / "jobs").glob("*/shots/*/manifest.json")
    ]
    return {one.shot_id: one for one in found}


@pytest.mark.slow
def test_from_an_empty_panel_to_a_comp(shown: Shown, tmp_path: Path) -> None:
    """With the bundled model: words are typed, a picture is painted, a comp is in the project."""
    data = tmp_path / "data"
    page = shown.page
    with in_a_thread(data, panel=PANEL):
        program = Program(page, environment={"MULTIPLANE_DATA": str(data)})
        program.open()
        shown.connected()
        assert page.inner_text("#host").startswith("After Effects 22.6")
        page.fill("#text", "- a red **warrior** in front of a **castle** in the snow")
        page.click("#more summary")
        page.fill("#seconds", "0.5")
        page.select_option("#size", "1280x720")
        page.keyboard.press("Control+Enter")
        card = shown.wait_for("shot-001", "running")
        page.wait_for_function(
            "() => document.querySelector('.card[data-state=running] canvas[data-drawn]')"
        )
        assert "Painting" in card.locator(".shot-state").inner_text()
        shown.wait_for("shot-001", "finished")
        shown.wait_for_end()
        card.get_by_role("button", name="Import").click()
        shown.wait_for_status("shot-001 is in the project")
        (manifest,) = manifests(data).values()
        assert len(manifest.layers) == 3
        assert list(faults(comps(program)["shot-001"], manifest)) == []
        shown.import_all()
        notice = shown.wait_for_notice("1 shot: 1 unchanged.")
        title = page.input_value("#title")
        assert f"All in order: {title}." in notice.inner_text()
        assert set(comps(program)) == {"shot-001", title}


def test_another_camera_brings_the_comp_up_to_date(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    submit(data, board(2))
    program.open()
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()
    card.get_by_role("button", name="Import").click()
    card.locator(".badge", has_text="Imported").wait_for()
    before = manifests(data)["s000"]
    shown.choose_camera("s000", "truck_left")
    card.locator(".badge", has_text="Changed since").wait_for()
    shown.wait_for("s000", "finished")
    shown.wait_for_end()
    after = manifests(data)["s000"]
    assert (before.camera.preset, after.camera.preset) == ("push_in", "truck_left")
    card.get_by_role("button", name="Update").click()
    shown.wait_for_status("s000 was brought up to date.")
    assert list(faults(comps(program)["s000"], after)) == []
    assert card.locator("select").input_value() == "truck_left"


def test_a_failed_shot_does_not_stop_the_others(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    document = board(3)
    document["shots"][1]["camera"] = {"preset": "no_such_move"}
    submit(data, document)
    program.open()
    page = shown.page
    failed = shown.wait_for("s001", "failed")
    assert "There is no camera preset of this name." in failed.inner_text()
    assert "Known are" in failed.inner_text()
    shown.go_to("import")
    page.fill("#handles", "6")
    shown.import_all()
    notice = shown.wait_for_notice("3 shots: 2 new, 1 not made.")
    assert "s001: There is no camera preset of this name." in notice.inner_text()
    last = page.locator(".import-report li", has_text="s001")
    assert last.first.inner_text().startswith("s001: not made. There is no camera preset")
    assert set(comps(program)) == {"s000", "s002", "Prepared"}
    made = manifests(data)
    assert list(faults(comps(program)["s000"], made["s000"], handles=6)) == []
    one_by_one = [script for script in program.scripts if "call.importShot" in script]
    assert len(one_by_one) == 2


@pytest.mark.parametrize("width", [300, 320])
def test_a_card_keeps_its_one_row_once_it_is_imported(
    shown: Shown, server: Running, data: Path, program: Program, width: int
) -> None:
    page = shown.page
    page.set_viewport_size({"width": width, "height": 760})
    submit(data, board(1))
    program.open()
    shown.wait_for_end()
    height = "document.querySelector('.card .tools').offsetHeight"
    before = page.evaluate(height)
    shown.import_all()
    again = page.get_by_role("button", name="Import again: s000")
    again.wait_for()
    assert page.evaluate(height) == before


def test_an_import_can_be_stopped_between_shots(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    submit(data, board(4))
    program.open()
    page = shown.page

    def stop_while_the_second_is_imported(script: str) -> str | None:
        if "call.importShot" in script and "s001" in script:
            return "hold:" + program.host.run(script)
        return None

    program.answers = stop_while_the_second_is_imported
    shown.import_all()
    page.wait_for_function("() => window.__held")
    assert page.inner_text("#job-text") == "Importing, 1 of 4"
    assert page.locator(".card button:enabled", has_text="Import").count() == 0
    page.click("#stop")
    page.evaluate("window.__held.pop()()")
    shown.wait_for_notice("2 shots: 2 new.")
    assert set(comps(program)) == {"s000", "s001"}


def test_comps_are_delivered(
    shown: Shown, server: Running, data: Path, program: Program, tmp_path: Path
) -> None:
    """Fewer expressions, motion blur; then Media Encoder, a template, and precomps of subjects."""
    submit(data, board(2))
    program.open()
    page = shown.page
    shown.wait_for("s001", "finished")
    shown.wait_for_end()
    shown.go_to("import")
    page.select_option("#expressions", "none")
    page.check("#motion-blur")
    page.click("#deliver summary")
    assert page.is_disabled("#deliver-send")
    assert page.is_disabled("#deliver-mogrt")
    shown.import_all()
    shown.wait_for_notice("2 shots: 2 new.")
    assert comps(program)["s000"].motion_blur
    assert len(named(comps(program)["s000"], "Camera Rig")["ADBE Effect Parade"].properties) == 0
    # Without sliders there is no template: they come with another import.
    page.select_option("#expressions", "all")
    shown.import_all()
    shown.wait_for_notice("2 shots: 2 brought up to date.")
    (tmp_path / "work").mkdir()
    program.host.save(tmp_path / "work/film.aep")
    page.wait_for_selector("#deliver-template option[value='High Quality']", state="attached")
    page.select_option("#deliver-template", "High Quality")
    page.select_option("#deliver-what", "all")
    page.check("#deliver-start")
    page.click("#deliver-send")
    shown.wait_for_status("3 comps are in Media Encoder's queue.")
    ((items, immediately),) = program.host.render_queue.sent
    assert immediately
    assert {item.comp.name for item in items} == {"s000", "s001", "Prepared"}
    assert {Path(item.module.file.path).parent for item in items} == {
        tmp_path / "work/Multiplane films"
    }
    page.click("#deliver-mogrt")
    shown.wait_for_status("s000 is a template in")
    assert program.host.templates == [("s000", str(tmp_path / "work/Multiplane templates"), True)]
    page.click("#deliver-precompose")
    shown.wait_for_status("1 subject of s000 has a comp of its own.")
    assert any(name.startswith("s000 ") for name in comps(program))


FAILURES = [
    ("EvalScript error.", "After Effects could not run the panel's script."),
    ("", "After Effects gave no answer."),
    ("undefined", "After Effects gave no answer."),
    ("[object Object]", "After Effects answered something that the panel does not understand."),
    (json.dumps({"ok": False}), "The script failed without saying why."),
    (
        json.dumps(
            {
                "ok": False,
                "error": {
                    "code": "after_effects.file_missing",
                    "message": "A layer's picture is missing.",
                    "file": "/a/<b>.png",
                    "remedy": "Make the shot again.",
                },
            }
        ),
        "A layer's picture is missing.",
    ),
]


def test_what_the_host_refuses_is_said(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    submit(data, board(1))
    program.open()
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()
    for answer, sentence in FAILURES:
        program.answers = _once("call.importShot", answer)
        card.get_by_role("button", name="Import").click()
        notice = shown.wait_for_notice(sentence)
        assert notice.locator(".remedy").count() <= 1
        if "missing" in sentence:
            assert "/a/<b>.png" in notice.inner_text()
        notice.get_by_role("button", name="Close").click()
        notice.wait_for(state="detached")
    card.get_by_role("button", name="Import").click()
    shown.wait_for_status("s000 is in the project")


def _once(part: str, answer: str) -> Callable[[str], str | None]:
    """Give this answer to the first script that has `part` in it."""
    left = [answer]
    return lambda script: left.pop() if part in script and left else None


def test_a_late_answer_settles_nothing(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    """A call that is given up on: the host is drained by a sentinel before the next one."""
    shown.page.clock.install()
    submit(data, board(1))
    program.open()
    page = shown.page
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()

    def hold(script: str) -> str | None:
        if "call.importShot" in script:
            return "hold:" + program.host.run(script)
        return "hold:multiplane 1" if script == '"multiplane 1"' else None

    program.answers = hold
    card.get_by_role("button", name="Import").click()
    page.wait_for_function("() => window.__held && window.__held.length === 1")
    page.clock.fast_forward(200_000)
    notice = shown.wait_for_notice("After Effects has not answered for 180 s.")
    assert "Nothing is imported twice." in notice.inner_text()
    done = len(program.scripts)
    card.get_by_role("button", name="Import").click()
    page.wait_for_function("() => window.__held.length === 2")
    assert program.scripts[done:] == ['"multiplane 1"'], "nothing else before the host is drained"
    program.answers = lambda script: None
    page.evaluate("window.__held.shift()()")  # the late answer: of a call that nobody waits for
    page.wait_for_timeout(50)
    assert page.inner_text("#status") != "s000 is in the project, as s000."
    page.evaluate("window.__held.shift()()")
    shown.wait_for_status("s000 is in the project already, unchanged.")
    assert len(comps(program)) == 1


def test_the_server_is_found_again_after_a_restart(
    shown: Shown, data: Path, program: Program
) -> None:
    """It has another port then. What was typed meanwhile, and what was handed in, is not lost."""
    page = shown.page
    with in_a_thread(data, panel=PANEL):
        submit(data, board(2))
        program.open()
        shown.wait_for("s001", "finished")
    page.locator("#connect-why", has_text="multiplane serve").wait_for()
    assert page.locator(".card").count() == 2, "what was known is still shown"
    shown.in_boards("new")
    page.fill("#text", "a blue dragon on a beach")
    page.click("#act")
    page.locator("#unsent", has_text="handed in as soon as").wait_for()
    page.reload()
    page.locator("#unsent", has_text="handed in as soon as").wait_for()
    assert page.input_value("#text") == "a blue dragon on a beach"
    with in_a_thread(data, panel=PANEL, idle_s=1.0), Client(data) as client:
        shown.connected()
        shown.card("shot-001").wait_for()
        assert page.locator("#unsent").is_hidden()
        assert len(shown.boards()) == 2
        listed = client.ask(ListJobs()).jobs
        assert len(listed) == 2, "it was handed in once"
        client.ask(Cancel(job=listed[0].job))
        shown.wait_for("shot-001", "cancelled")
        page.click("#boards")
        page.locator("#boards-list button").nth(1).click()
        shown.wait_for("s001", "finished")


def test_without_a_server_the_panel_says_where_it_looked(shown: Shown, tmp_path: Path) -> None:
    program = Program(shown.page, environment={"XDG_DATA_HOME": str(tmp_path)})
    program.open()
    shown.page.wait_for_selector("#link[data-kind=waiting]")
    said = shown.page.inner_text("#connect-why")
    assert str(tmp_path / "multiplane" / "port") in said
    assert "multiplane serve" in said


def test_another_data_folder_can_be_named(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    Program(shown.page, environment={"MULTIPLANE_DATA": str(tmp_path / "none")}).open()
    page = shown.page
    page.wait_for_selector("#link[data-kind=waiting]")
    page.fill("#data-folder", str(data))
    page.click("#data button")
    shown.connected()
    page.reload()
    shown.connected()


def test_where_no_file_can_be_read_a_code_lets_the_panel_in(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    Program(shown.page, environment={"MULTIPLANE_DATA": str(tmp_path / "none")}).open()
    page = shown.page
    page.wait_for_selector("#link[data-kind=waiting]")
    assert page.locator("#pair").is_hidden()
    page.click("#by-code")
    page.fill("#url", f"http://{server.host}/")
    assert server.server.pairing is not None
    page.fill("#code", server.server.pairing.new_code())
    page.click("#pair button")
    shown.connected()
    page.reload()
    shown.connected()
    page.click("#link")
    page.click("#forget")
    page.wait_for_selector("#link[data-kind=waiting]")


def test_the_scripts_are_found_where_the_panel_is_installed(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    """Copied with them inside; and a folder whose name needs escaping."""
    extension = tmp_path / "CEP ä & 50%" / "org.multiplane"
    shutil.copytree(PANEL, extension)
    shutil.copytree(PANEL.parent / "jsx", extension / "jsx")
    program = Program(shown.page, environment={"MULTIPLANE_DATA": str(data)}, extension=extension)
    program.open()
    shown.page.locator("#host", has_text="After Effects 22.6").wait_for(state="attached")
    assert program.host.script == extension / "jsx" / "multiplane.jsx"


def test_a_linked_panel_finds_the_scripts_beside_its_real_folder(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    link = tmp_path / "extensions" / "org.multiplane"
    link.parent.mkdir()
    link.symlink_to(PANEL)
    program = Program(shown.page, environment={"MULTIPLANE_DATA": str(data)}, extension=link)
    program.open()
    shown.page.locator("#host", has_text="After Effects 22.6").wait_for(state="attached")


def test_missing_scripts_are_said(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    extension = tmp_path / "org.multiplane"
    shutil.copytree(PANEL, extension)
    Program(shown.page, environment={"MULTIPLANE_DATA": str(data)}, extension=extension).open()
    notice = shown.wait_for_notice("The panel's scripts are not there.")
    assert "multiplane panel install" in notice.inner_text()


def test_premiere_gets_the_timeline_file(shown: Shown, server: Running, data: Path) -> None:
    submit(data, board(2))
    program = Program(shown.page, name="PPRO", environment={"MULTIPLANE_DATA": str(data)})
    program.open()
    page = shown.page
    shown.wait_for("s001", "finished")
    assert "File > Import" in page.inner_text("#host-advice")
    assert page.locator(".card button:visible", has_text="Import").count() == 0
    page.locator("#act:enabled", has_text="Timeline file").click()
    notice = shown.wait_for_notice("The timeline file for Premiere is ready.")
    path = Path(notice.locator("input").input_value())
    assert path.is_file()
    assert path.name == "timeline.xml"
    assert program.scripts == [], "Premiere's script engine is left alone"


def test_an_unknown_program_is_said(shown: Shown, data: Path) -> None:
    Program(shown.page, name="ILST").open()
    notice = shown.wait_for_notice("The panel does not know this program.")
    assert "ILST" in notice.inner_text()


def colours(shown: Shown) -> list[str]:
    return list(
        shown.page.evaluate(
            "() => [document.documentElement.dataset.theme,"
            " getComputedStyle(document.body).backgroundColor]"
        )
    )


def test_the_panel_wears_the_hosts_colours(
    shown: Shown, server: Running, data: Path, program: Program
) -> None:
    program.open()
    shown.connected()
    assert colours(shown) == ["dark", f"rgb{DARK}"]
    program.show_colour(LIGHT)
    assert colours(shown) == ["light", f"rgb{LIGHT}"]
