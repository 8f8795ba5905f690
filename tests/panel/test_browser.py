"""The panel in a browser: pairing, writing, making, watching, downloading."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from typer.testing import CliRunner

from multiplane.cli.app import app
from multiplane.client import Client
from multiplane.contract.messages_client import GetJob, ListJobs, Pause
from multiplane.contract.messages_server import JobDetail
from tests.panel.showing import PANEL, Shown
from tests.server.prepared import board
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Browser, WebSocketRoute

HOSTILE = "<img src=x onerror=\"window.hacked='{0}'\"><script>window.hacked='{0}'</script>"


def latest(data: Path) -> JobDetail:
    with Client(data) as client:
        (newest, *_) = client.ask(ListJobs()).jobs
        return client.ask(GetJob(job=newest.job))


def hold(data: Path) -> None:
    """Nothing is made from here on: a storyboard is only looked at."""
    with Client(data) as client:
        client.ask(Pause())


def choose(shown: Shown, *files: Path) -> None:
    shown.page.set_input_files("#open-files", [str(file) for file in files])


def test_a_code_lets_the_page_in_once(shown: Shown, server: Running) -> None:
    page = shown.page
    shown.open(server, pair=False)
    page.wait_for_selector("#link[data-kind=refused]")
    assert page.evaluate("document.activeElement.id") == "code"
    page.keyboard.press("Enter")
    shown.wait_for_notice("There is no code yet.")
    page.keyboard.type("WRNG-CDE2")
    page.keyboard.press("Enter")
    notice = shown.wait_for_notice("This code is wrong, used, or too old.")
    assert "multiplane pair" in notice.inner_text()
    assert server.server.pairing is not None
    page.fill("#code", server.server.pairing.new_code().lower())
    page.keyboard.press("Enter")
    shown.connected()
    assert page.locator("#notices .notice").count() == 0
    page.reload()
    shown.connected()  # without asking again
    assert server.token not in page.content()
    page.click("#link")
    page.click("#forget")
    page.wait_for_selector("#link[data-kind=refused]")


def test_a_wrong_token_is_said(shown: Shown, server: Running) -> None:
    shown.open(server, pair=False)
    shown.page.fill("#code", "x" * 43)
    shown.page.click("#pair button")
    notice = shown.wait_for_notice("The server does not know this token.")
    assert "multiplane pair" in notice.inner_text()


def test_every_browser_is_paired_by_an_address_of_its_own(
    shown: Shown, browser: Browser, server: Running, data: Path
) -> None:
    """As the page says: `multiplane pair` asks the server that runs, which is never restarted."""
    shown.open(server, pair=False)
    shown.page.wait_for_selector("#link[data-kind=refused]")
    command = re.findall(r"multiplane \w+", shown.page.inner_text("#code-help"))
    assert command == ["multiplane pair"]
    links = []
    for _ in range(2):
        done = CliRunner().invoke(app, ["pair", "--data", str(data)])
        assert done.exit_code == 0, done.output
        links += re.findall(r"http://\S+", done.output)
    first, second = links
    shown.page.goto(first)
    shown.connected()
    assert "code" not in shown.page.url
    context = browser.new_context()
    another = Shown(context)
    another.page.goto(first)
    another.wait_for_notice("This code is wrong, used, or too old.")
    another.page.goto(second)
    another.connected()
    context.close()


def test_a_renewed_token_is_asked_for_again(shown: Shown, data: Path) -> None:
    with in_a_thread(data, panel=PANEL) as server:
        shown.open(server)
    (data / "token").unlink()
    with in_a_thread(data, panel=PANEL) as server:
        shown.page.goto(f"http://{server.host}/panel/")
        shown.page.wait_for_selector("#link[data-kind=refused]")
        shown.page.fill("#code", server.token)
        shown.page.click("#pair button")
        shown.connected()


def test_lines_become_shots_with_their_cameras(shown: Shown, server: Running, data: Path) -> None:
    hold(data)
    shown.open(server)
    page = shown.page
    page.fill("#text", "1. a red **warrior**\n\n- a blue dragon\ntwo cats\r\n")
    assert page.inner_text("#act") == "Make 3 shots"
    page.click("#more summary")
    page.select_option("#all-camera", "orbit")
    second = page.get_by_label("Camera of shot-002")
    second.focus()
    assert "As all: Orbit" in second.inner_text()
    second.select_option("truck_left")
    # A line before it: the camera stays with its line, and so does the shot's id.
    page.fill("#text", "a castle\na red **warrior**\na blue dragon\ntwo cats")
    page.fill("#title", "Der Film")
    page.fill("#style", "ink sketch")
    page.select_option("#fps", "25")
    page.select_option("#cut", "attention")
    page.select_option("#fill", "model")
    page.fill("#seconds", "2.5")
    page.reload()
    shown.connected()
    assert page.input_value("#text").startswith("a castle")
    page.click("#act")
    shown.wait_for("shot-004", "queued")
    made = latest(data).storyboard
    assert (made["title"], made["style"], made["fps"]) == ("Der Film", "ink sketch", 25)
    assert (made["size"], made["cut"], made["fill"]) == ([1920, 1080], "attention", "model")
    page.click("#more summary")
    page.select_option("#fill", "pixels")
    stored = page.evaluate("JSON.parse(localStorage['multiplane.work']).board")
    assert "fill" not in stored, "as nothing says"
    page.focus("#title")
    page.keyboard.press("Control+z")
    assert page.input_value("#fill") == "model"
    assert [(one["id"], one["prompt"], one["camera"]) for one in made["shots"]] == [
        ("shot-004", "a castle", "orbit"),
        ("shot-001", "a red **warrior**", "orbit"),
        ("shot-002", "a blue dragon", "truck_left"),
        ("shot-003", "two cats", "orbit"),
    ]
    assert {one["duration"] for one in made["shots"]} == {2.5}
    assert page.input_value("#text").startswith("a castle"), "nobody loses what they wrote"
    shown.in_boards("new")
    assert page.input_value("#text") == page.input_value("#title") == ""
    assert page.locator("#act").is_disabled()


def test_what_is_typed_is_kept_at_once(shown: Shown, server: Running) -> None:
    shown.open(server)
    shown.page.locator("#text").press_sequentially("a cat\nand a d")
    shown.page.reload()
    shown.connected()
    assert shown.page.input_value("#text") == "a cat\nand a d"
    assert shown.page.inner_text("#act") == "Make 2 shots"


def test_an_answer_that_is_lost_makes_no_second_job(
    shown: Shown, server: Running, data: Path
) -> None:
    """The connection breaks after the server has the storyboard, and before the panel knows."""
    hold(data)
    lost: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        def heard(message: str | bytes) -> None:
            if not lost and isinstance(message, str) and '"accepted"' in message:
                lost.append(message)
                socket.close()
            else:
                socket.send(message)

        upstream.on_message(heard)

    shown.page.route_web_socket("**/ws", between)
    shown.open(server)
    shown.page.fill("#text", "a cat")
    shown.page.click("#act")
    shown.wait_for("shot-001", "queued")
    kept = "() => Object.keys(localStorage).some((one) => one.startsWith('multiplane.unsent'))"
    shown.page.wait_for_function(f"() => !({kept})()")
    shown.connected()
    assert len(lost) == 1
    with Client(data) as client:
        assert len(client.ask(ListJobs()).jobs) == 1


def test_every_camera_that_is_offered_can_be_made(
    shown: Shown, server: Running, data: Path
) -> None:
    hold(data)
    shown.open(server)
    page = shown.page
    names = page.locator("#all-camera option").evaluate_all("all => all.map((one) => one.value)")
    assert len(names) == len(set(names)) > 20
    document = board(len(names))
    for shot, name in zip(document["shots"], names, strict=True):
        shot["camera"] = name
    with Client(data) as client:
        client.submit(document)
    states = {one.state for one in latest(data).shots}
    assert states == {"queued"}, "the server refuses none of them"


def test_a_storyboard_is_opened_with_its_pictures(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    hold(data)
    shown.open(server)
    page = shown.page
    document = board(1)
    document["title"] = "Opened"
    drawing = {"id": "d", "picture": "drawings/böard 1.png", "subjects": ["boat"]}
    document["shots"] += [drawing, {"id": "e", "picture": "drawings/other.png"}]
    (tmp_path / "drawings").mkdir()
    Image.new("RGB", (96, 64), "navy").save(tmp_path / "drawings" / "böard 1.png")
    file = tmp_path / "board.json"
    file.write_text("\ufeff" + json.dumps(document), encoding="utf-8")
    choose(shown, file, tmp_path / "drawings" / "böard 1.png")
    page.locator("#opened-name", has_text="Opened").wait_for()
    assert page.inner_text("#opened-count") == "3 shots · board.json"
    assert "drawings/other.png" in page.inner_text("#folder-help")
    assert "böard" not in page.inner_text("#folder-help")
    page.fill("#folder", str(tmp_path))
    assert "[böard 1.png]" in page.input_value("#text"), "it is text, too"
    shown.choose_camera("s000", "pan")
    page.reload()
    shown.connected()
    page.click("#act")
    shown.wait_for("d", "queued")
    made = latest(data).storyboard
    assert made["shots"][0]["camera"] == "pan"
    assert made["shots"][1]["picture"].startswith("upload:")
    assert made["shots"][2]["picture"] == "drawings/other.png"
    assert shown.card("d").locator(".prompt").inner_text() == "böard 1.png"


def test_what_is_no_storyboard_is_refused_in_a_sentence(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    shown.open(server)
    shown.page.fill("#text", "a cat")
    for name, text, sentence in (
        ("a.json", '{"shots": [', "This is no JSON"),
        ("b.json", "[1]", "This file has no list of shots."),
        ("c.json", '{"shots": []}', "This file has no list of shots."),
        ("d.csv", "x", "d.csv"),
        ("e.exe", "x", "Choose one storyboard"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        choose(shown, tmp_path / name)
        notice = shown.wait_for_notice(sentence)
        assert name in notice.inner_text()
        notice.press("Escape")
    assert shown.page.input_value("#text") == "a cat"


def test_a_file_dropped_beside_its_place_does_not_take_the_pages(
    shown: Shown, server: Running
) -> None:
    shown.open(server)
    prevented = shown.page.evaluate(
        """() => ["dragover", "drop"].map((type) => {
          const event = new DragEvent(type, { bubbles: true, cancelable: true });
          return !document.body.dispatchEvent(event);
        })"""
    )
    assert prevented == [True, True]


def test_what_the_server_refuses_is_said_with_its_place(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    shown.open(server)
    file = tmp_path / "board.json"
    document = {"fps": 900, "size": [10, 10], "shots": [{"prompt": "a cat"}]}
    file.write_text(json.dumps(document), encoding="utf-8")
    choose(shown, file)
    shown.page.locator("#act:enabled", has_text="Make 1 shot").click()
    notice = shown.page.locator("[data-kind=making]")
    notice.wait_for()
    assert "fps" in notice.inner_text()
    assert "900" in notice.inner_text()
    assert "size" in notice.inner_text(), "every mistake at once"
    assert shown.page.locator("#opened-part").is_visible(), "it is there to be corrected"


def test_nothing_that_a_server_or_file_says_is_html(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    shown.open(server)
    document = board(2, title=HOSTILE.format("title"))
    document["shots"][0] |= {"id": HOSTILE.format("id"), "prompt": HOSTILE.format("prompt")}
    document["shots"][1] |= {"camera": HOSTILE.format("camera")}
    file = tmp_path / "<img src=x onerror=window.hacked=1>.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    choose(shown, file)
    page = shown.page
    page.locator("#act:enabled").click()
    shown.wait_for("s001", "failed")
    assert "onerror" in shown.card("s001").inner_text()
    page.locator(".prompt", has_text="onerror").wait_for()
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script, iframe").count() == 0


def test_shots_are_downloaded(shown: Shown, server: Running, data: Path, tmp_path: Path) -> None:
    with Client(data) as client:
        client.submit(board(2, title="Zwölf: <Bilder>?"))
    shown.open(server)
    page = shown.page
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()
    with page.expect_download() as one:
        card.get_by_role("button", name="Download").click()
    names = contents(one.value, tmp_path / "one.zip")
    assert {"s000/manifest.json", "s000/picture.png", "s000/layers.psd"} <= set(names)
    manifest = json.loads(names["s000/manifest.json"])
    assert {f"s000/{layer['file']}" for layer in manifest["layers"]} <= set(names)
    card.locator(".badge", has_text="Downloaded").wait_for()
    with page.expect_download() as all_:
        shown.import_all()
    assert all_.value.suggested_filename == "Zwölf_ _Bilder__.zip"
    names = contents(all_.value, tmp_path / "all.zip")
    folder = "Zwölf_ _Bilder__"
    assert f"{folder}/timeline.xml" in names
    assert f"{folder}/shots/s001/manifest.json" in names
    job = next((data / "jobs").iterdir())
    # The folder's mark is the server's own.
    files = [path for path in job.rglob("*") if path.is_file() and not path.name.startswith(".")]
    made = {f"{folder}/{path.relative_to(job).as_posix()}" for path in files}
    assert set(names) == made
    for path in files:
        assert names[f"{folder}/{path.relative_to(job).as_posix()}"] == path.read_bytes()


def contents(download: Any, target: Path) -> dict[str, bytes]:
    download.save_as(target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_job_is_cancelled_made_again_and_removed(
    shown: Shown, server: Running, data: Path
) -> None:
    hold(data)
    with Client(data) as client:
        client.submit(board(3))
    shown.open(server)
    page = shown.page
    shown.wait_for("s001", "queued").get_by_role("button", name="Cancel").click()
    shown.wait_for("s001", "cancelled").get_by_role("button", name="Try again").click()
    shown.wait_for("s001", "queued")
    page.click("#stop")
    for shot in ("s000", "s001", "s002"):
        shown.wait_for(shot, "cancelled")
    shown.in_boards("remove-job")
    page.locator("#board-empty").wait_for()
    assert page.locator(".card").count() == 0
    page.keyboard.press("Control+Z")
    for shot in ("s000", "s001", "s002"):
        shown.wait_for(shot, "cancelled")
    page.keyboard.press("Control+Shift+Z")
    page.locator("#board-empty").wait_for()


def test_hundreds_of_shots(shown: Shown, server: Running, data: Path) -> None:
    """The list shows all, and does for each only what is seen."""
    hold(data)
    document = board(300)
    shown.open(server)
    with Client(data) as client:
        job = client.submit(document).job.job
    page = shown.page
    page.wait_for_function("() => document.querySelectorAll('.card').length === 300")
    assert page.locator(".card-id").all_text_contents() == [one["id"] for one in document["shots"]]
    options = page.locator(".card option").count()
    assert options == 300, "each its own; a list is filled when it is opened"
    last = shown.card("s299")
    last.scroll_into_view_if_needed()
    last.get_by_role("button", name="Cancel").click()
    shown.wait_for("s299", "cancelled")
    shown.choose_camera("s298", "pan")
    shown.wait_until_said("s298 gets another camera.")
    detail = latest(data)
    assert detail.job.job == job
    assert detail.storyboard["shots"][298]["camera"]["preset"] == "pan"
    page.click("#stop")
    page.locator("#job-text", has_text="Cancelled, 0 of 300 made").wait_for()
    page.fill("#text", "\n".join(f"shot of a cat {number}" for number in range(300)))
    page.locator("#act", has_text="Make 300 shots").wait_for()
    assert page.locator(".card-id").all_text_contents() == [one["id"] for one in document["shots"]]
