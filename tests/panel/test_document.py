"""One document: text and cards at once, undoable, shared by windows, never lost, never reverted."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from psd_tools import PSDImage

from multiplane.client import Client
from multiplane.contract.messages_client import CameraApply, GetJob, ListJobs, Pause, Resume
from multiplane.contract.messages_server import JobDetail
from multiplane.contract.storyboard import CameraMove
from tests.deliver.sound_files import music
from tests.intake.storyboarder_project import project
from tests.panel.adobe import Program
from tests.panel.showing import PANEL, Shown
from tests.psd_documents import block, save_as_photoshop
from tests.server.prepared import board
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute


def jobs(data: Path) -> list[JobDetail]:
    """The newest first."""
    with Client(data) as client:
        return [client.ask(GetJob(job=one.job)) for one in client.ask(ListJobs()).jobs]


def sent(shown: Shown) -> list[dict[str, Any]]:
    """Every message that the page sends from here on."""
    said: list[dict[str, Any]] = []

    def listen(socket: Any) -> None:
        socket.on("framesent", lambda text: said.append(json.loads(text)))

    shown.page.on("websocket", listen)
    return said


def test_what_another_window_makes_is_seen_here(shown: Shown, server: Running, data: Path) -> None:
    with Client(data) as client:
        client.ask(Pause())
    shown.open(server)
    other = Shown(shown.page.context)
    other.open(server, pair=False)
    other.connected()
    shown.page.fill("#text", "a cat")
    other.card("shot-001").wait_for()
    shown.page.locator("#act", has_text="Make 1 shot").click()
    shown.wait_for("shot-001", "queued")
    other.wait_for("shot-001", "queued")
    assert other.faults == []


def test_a_camera_set_on_a_card_outlives_make(shown: Shown, server: Running, data: Path) -> None:
    """And it is sent once, however many names the arrow keys ran through."""
    with Client(data) as client:
        client.submit(board(2))
    said = sent(shown)
    shown.open(server)
    page = shown.page
    shown.wait_for("s001", "finished")
    choice = shown.card("s000").locator("select")
    choice.focus()
    before = choice.input_value()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    chosen = choice.input_value()
    assert chosen != before
    shown.wait_until_said("s000 gets another camera.")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Camera of s000"
    applies = [one["data"] for one in said if one["type"] == "camera.apply"]
    (applied,) = [one for one in applies if not one.get("dry_run")]
    assert applied["camera"] == chosen
    page.focus("#text")
    page.keyboard.press("Control+End")
    page.keyboard.type("\na blue dragon")
    page.locator("#act", has_text="Make 1 shot").wait_for()
    page.click("#act")
    shown.card("shot-001").and_(
        page.locator("[data-state=queued], [data-state=running]")
    ).wait_for()
    newest = jobs(data)[0].storyboard["shots"]
    assert [one["id"] for one in newest] == ["s000", "s001", "shot-001"]
    assert newest[0]["camera"] == chosen
    assert choice.input_value() == chosen
    assert page.locator("#act").is_disabled(), "nothing is left to be made"


def test_everything_is_undone_with_the_keys(shown: Shown, server: Running, data: Path) -> None:
    with Client(data) as client:
        client.submit(board(1))
    shown.open(server)
    page = shown.page
    shown.wait_for("s000", "finished")
    shown.wait_for_end()
    made = jobs(data)[0]
    shown.choose_camera("s000", "pan")
    shown.wait_until_said("s000 gets another camera.")
    shown.in_boards("new")
    assert page.locator(".card").count() == 0
    page.keyboard.type("a cat")
    page.locator("#title").evaluate("one => one.closest('details').open = true")
    page.fill("#title", "Der Film")
    page.reload()
    shown.connected()
    assert page.input_value("#text") == "a cat", "the document outlives the page"
    for text in ("a cat", "", None):
        page.keyboard.press("Control+Z")
        if text is not None:
            assert page.input_value("#text") == text
    shown.wait_for("s000", "finished")
    assert "pan" in shown.card("s000").locator("select").input_value()
    page.keyboard.press("Control+Z")
    assert shown.card("s000").locator("select").input_value() == "push_in"
    page.wait_for_function("() => !('multiplane.cameras' in localStorage)")  # the server has it
    shown.wait_for_end()
    assert jobs(data)[0].storyboard["shots"][0]["camera"] == made.storyboard["shots"][0]["camera"]

    shown.in_boards("remove-job")
    page.locator("#board-empty").wait_for()
    assert jobs(data) == []
    page.keyboard.press("Control+Z")
    shown.wait_for("s000", "finished")
    (back,) = jobs(data)
    assert back.job.job == made.job.job
    assert back.shots[0].result == made.shots[0].result, "made before, and not painted again"


def test_every_storyboard_made_while_away_is_handed_in(shown: Shown, data: Path) -> None:
    page = shown.page
    program = Program(page, environment={"MULTIPLANE_DATA": str(data)})
    with in_a_thread(data, panel=PANEL):
        program.open()
        shown.connected()
    page.wait_for_selector("#link[data-kind=waiting]")
    for text in ("a cat", "a dog"):
        if text != "a cat":
            shown.in_boards("new")
        page.fill("#text", text)
        page.click("#act")
        shown.card("shot-001").locator(".shot-state", has_text="Waits for the server").wait_for()
    page.locator("#unsent", has_text="2 storyboards are kept here").wait_for()
    page.reload()
    page.locator("#unsent", has_text="2 storyboards are kept here").wait_for()
    with in_a_thread(data, panel=PANEL, idle_s=1.0):
        shown.connected()
        page.locator("#unsent").wait_for(state="hidden")
        shown.card("shot-001").and_(page.locator("[data-state]:not([data-state=new])")).wait_for()
        prompts = [one.storyboard["shots"][0]["prompt"] for one in jobs(data)]
        assert sorted(prompts) == ["a cat", "a dog"]
        names = shown.boards()
        assert len(set(names)) == 2
        assert any(name.startswith("a cat") for name in names), "named by what they are"


def test_a_camera_that_is_called_off_leaves_the_shot(
    shown: Shown, server: Running, data: Path
) -> None:
    with Client(data) as client:
        client.submit(board(1))
        shown.open(server)
        page = shown.page
        card = shown.wait_for("s000", "finished")
        shown.wait_for_end()
        client.ask(Pause())
        shown.choose_camera("s000", "orbit")
        shown.wait_for("s000", "queued")
        assert "to be made anew" in card.locator(".shot-state").inner_text()
        assert card.locator("canvas[data-drawn]").is_visible(), "the last picture is still there"
        card.get_by_role("button", name="Cancel").focus()
        page.keyboard.press("Enter")
        shown.wait_for("s000", "finished")
        page.wait_for_function("() => document.activeElement.closest('.card') !== null")
        assert card.locator("select").input_value() == "push_in"
        client.ask(Resume())
        shown.wait_for_end()
        assert jobs(data)[0].shots[0].state == "finished"


def test_windows_show_one_document(shown: Shown, server: Running, data: Path) -> None:
    with Client(data) as client:
        client.submit(board(1))
        shown.open(server)
        first = shown.page
        shown.wait_for("s000", "finished")
        second = first.context.new_page()
        second.goto(first.url)
        second.locator(".card[data-state=finished]").wait_for()
        second.focus("#text")
        second.keyboard.press("Control+End")
        second.keyboard.type("\na cat")
        first.wait_for_function("() => document.querySelector('#text').value.endsWith('a cat')")
        first.focus("#text")
        first.keyboard.press("Control+End")
        first.keyboard.type(" on a mat")
        second.wait_for_function("() => document.querySelector('#text').value.endsWith('on a mat')")
        # A camera that anybody sets is seen in all.
        move = CameraMove(preset="truck_left", amount=0.1)
        client.ask(CameraApply(job=jobs(data)[0].job.job, shot="s000", camera=move))
        for page in (first, second):
            page.wait_for_function(
                "() => document.querySelector('.card select').value === 'truck_left'"
            )
        second.close()


def test_a_window_that_was_not_told_overwrites_nothing(shown: Shown, server: Running) -> None:
    shown.open(server)
    page = shown.page
    page.fill("#text", "a cat")
    page.evaluate(
        """() => {
          const work = JSON.parse(localStorage["multiplane.work"]);
          work.text = "a dog";
          work.board.shots = [{ id: "shot-001", prompt: "a dog" }];
          localStorage["multiplane.work"] = JSON.stringify(work);
          localStorage["multiplane.work.stamp"] = JSON.stringify("of another window");
        }"""
    )
    page.fill("#text", "a cat on a mat")
    page.keyboard.press("Control+Z")
    assert page.input_value("#text") == "a dog"


DROP = """
([files, where]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const at = document.querySelector(where);
  const how = { bubbles: true, cancelable: true, dataTransfer: transfer };
  at.dispatchEvent(new DragEvent("drop", how));
}
"""


def drop(shown: Shown, *files: Path, on: str = "#board") -> None:
    given = [[one.name, b64encode(one.read_bytes()).decode()] for one in files]
    shown.page.evaluate(DROP, [given, on])


def test_whatever_is_dropped_is_opened(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    with Client(data) as client:
        client.ask(Pause())
    shown.open(server)
    page = shown.page
    boat, castle = tmp_path / "Boat ä.png", tmp_path / "castle.png"
    Image.new("RGB", (96, 64), "navy").save(boat)
    Image.new("RGB", (96, 64), "olive").save(castle)
    drop(shown, boat, castle)
    page.locator("#act", has_text="Make 2 shots").wait_for()
    assert page.locator(".prompt").all_inner_texts() == ["Boat ä.png", "castle.png"]
    assert page.input_value("#text") == "[Boat ä.png]\n[castle.png]"
    page.wait_for_function(
        "() => document.querySelectorAll('.card canvas[data-drawn]').length === 2"
    )
    layered = tmp_path / "layered.psd"
    document = PSDImage.new("RGB", (96, 64))
    document.create_pixel_layer(block((96, 64), "navy"), name="sea")
    document.create_pixel_layer(block((20, 20), "white"), name="boat", left=10, top=20)
    save_as_photoshop(document, layered)
    drop(shown, layered)
    page.locator("#act", has_text="Make 3 shots").wait_for()
    assert page.locator(".prompt").last.inner_text() == "layered.psd"

    table = tmp_path / "list.csv"
    table.write_text("shot,prompt,picture\n1,a **cat**,\n2,,castle.png\n", encoding="utf-8")
    drop(shown, table, castle, on="#compose")
    page.locator("#opened-count", has_text="2 shots · list.csv").wait_for()
    assert page.input_value("#text") == "a **cat**\n[castle.png]"

    scene = tmp_path / "scene.storyboarder"
    boards = [{"uid": "AAAAA", "url": "board-1-AAAAA.png", "number": 1, "shot": "1A",
               "duration": 2000, "action": "a boat", "layers": {}}]  # fmt: skip
    scene.write_text(json.dumps({"aspectRatio": 1.5, "fps": 24, "boards": boards}), "utf-8")
    drawn = tmp_path / "board-1-AAAAA.png"
    Image.new("RGB", (96, 64), "teal").save(drawn)
    drop(shown, scene, drawn)
    page.locator("#opened-count", has_text="1 shot · scene.storyboarder").wait_for()
    page.click("#act")
    page.locator(".card[data-state=queued]").wait_for()
    for _ in range(4):
        page.keyboard.press("Control+Z")
    assert page.input_value("#text") == ""


FOLDER = """(files) => {
  const blobOf = (text) => new Blob([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))]);
  const tree = {};
  for (const [path, text] of files) {
    const parts = path.split("/");
    const name = parts.pop();
    const folder = parts.reduce((all, part) => (all[part] = all[part] ?? {}), tree);
    folder[name] = new File([blobOf(text)], name);
  }
  const entry = (name, what) => what instanceof File
    ? { isFile: true, isDirectory: false, name, file: (done) => done(what) }
    : { isFile: false, isDirectory: true, name, createReader: () => {
        let left = Object.entries(what).map(([inner, one]) => entry(inner, one));
        return { readEntries: (done) => { done(left); left = []; } };
      } };
  const items = Object.entries(tree).map(([name, one]) => (
    { webkitGetAsEntry: () => entry(name, one) }));
  const event = new Event("drop", { bubbles: true, cancelable: true });
  Object.defineProperty(event, "dataTransfer", { value: { files: [], items } });
  document.querySelector("#board").dispatchEvent(event);
}"""


def test_a_storyboarder_project_is_dropped_as_one_storyboard(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    with Client(data) as client:
        client.ask(Pause())
    shown.open(server)
    page = shown.page
    film = project(tmp_path / "film")
    files = [
        [f"film/{path.relative_to(film).as_posix()}", b64encode(path.read_bytes()).decode()]
        for path in sorted(film.rglob("*"))
        if path.is_file()
    ]
    page.evaluate(FOLDER, files)
    page.locator("#act", has_text="Make 3 shots").wait_for()
    assert page.locator(".card-id").all_inner_texts() == ["sc02-1A", "sc01-1A", "sc01-2A"]
    # A heading where a scene begins, and none where it goes on.
    headings = page.locator(".card-scene:visible").all_inner_texts()
    assert headings == ["2 EXT. BEACH - DAY", "1 INT. CASTLE - NIGHT"]
    page.wait_for_function("() => document.querySelectorAll('.card canvas[data-drawn]').length > 0")


def test_a_dropped_sound_is_the_soundtrack_and_shows_in_the_strip(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    with Client(data) as client:
        client.ask(Pause())
    page = shown.page
    page.set_viewport_size({"width": 1100, "height": 760})
    shown.open(server)
    page.fill("#text", "a cat\na dog\na cow")
    music(tmp_path / "song.wav", 8.0, 120)
    drop(shown, tmp_path / "song.wav")
    page.locator(".strip-track", has_text="song.wav").wait_for()
    painted = """() => [...document.querySelectorAll('.wave')].map((canvas) => {
      const blank = Object.assign(document.createElement('canvas'),
        { width: canvas.width, height: canvas.height });
      return canvas.toDataURL() !== blank.toDataURL();
    })"""
    # Three shots of 4 s and a song of 8 s: under the last one there is nothing.
    page.wait_for_function(f"() => JSON.stringify(({painted})()) === '[true,true,false]'")
    page.click("#act")
    shown.wait_for("shot-003", "queued")
    assert jobs(data)[0].storyboard["soundtrack"]["file"].startswith("upload:")
    page.click(".strip-below button")
    page.locator(".strip-track", has_text="song.wav").wait_for(state="detached")
    assert page.evaluate(painted) == [False, False, False]


def test_a_missing_picture_is_told_before_make(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    with Client(data) as client:
        client.ask(Pause())
    shown.open(server)
    page = shown.page
    file, gone = tmp_path / "board.json", tmp_path / "gone.png"
    document = {"shots": [{"prompt": "a cat"}, {"picture": "drawings/gone.png"}]}
    file.write_text(json.dumps(document), encoding="utf-8")
    drop(shown, file)
    page.locator("#findings", has_text="1 shot cannot be made as it is.").wait_for()
    card = shown.card("shot-002")
    assert "There is no such picture." in card.inner_text()
    assert "Drop the file on the panel" in card.inner_text()
    Image.new("RGB", (96, 64), "navy").save(gone)
    drop(shown, gone)
    page.locator("#findings", has_text="cannot be made").wait_for(state="hidden")
    page.click("#act")
    shown.wait_for("shot-002", "queued")
    assert jobs(data)[0].storyboard["shots"][1]["picture"].startswith("upload:")


def test_what_the_server_says_by_itself_is_shown(shown: Shown, server: Running, data: Path) -> None:
    """Errors that answer nothing, warnings, and notes of a shot's manifest and its camera."""
    with Client(data) as client:
        client.submit(board(1))
    told: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        socket.connect_to_server().on_message(lambda message: heard(socket, message))

    def heard(socket: WebSocketRoute, message: str | bytes) -> None:
        socket.send(message)
        told[:] = [socket]

    shown.page.route_web_socket("**/ws", between)
    shown.page.route("**/manifest.json", lambda route: route.fulfill(json=doubtful(route)))
    shown.open(server)
    card = shown.wait_for("s000", "finished")
    shown.wait_for_end()
    error = {"code": "server.odd", "message": "Something odd.", "remedy": "Look at it."}
    told[0].send(json.dumps({"type": "error", "id": None, "data": {"error": error}}))
    notice = shown.wait_for_notice("Something odd.")
    assert "Look at it." in notice.inner_text()
    assert "object" not in notice.inner_text()
    warning = {"level": "warning", "text": "The word dragon is new.", "job": None, "shot": None}
    job = jobs(data)[0].job.job
    told[0].send(json.dumps({"type": "log", "id": None, "data": warning}))
    shown.wait_for_notice("The word dragon is new.")
    of_shot = {**warning, "text": "It was hard to find.", "job": job, "shot": "s000"}
    told[0].send(json.dumps({"type": "log", "id": None, "data": of_shot}))
    card.locator(".notes", has_text="It was hard to find.").wait_for()
    card.locator(".notes", has_text="A hidden layer was left out. Show it.").wait_for()
    shown.choose_camera("s000", "truck_left")
    card.locator(".notes", has_text="weakened").wait_for()


def doubtful(route: Any) -> Any:
    manifest = route.fetch().json()
    left_out = {"code": "psd.hidden", "text": "A hidden layer was left out.", "remedy": "Show it."}
    return {**manifest, "notices": [left_out]}


def test_pictures_of_hundreds_are_small_and_freed(
    shown: Shown, server: Running, tmp_path: Path
) -> None:
    file, picture = tmp_path / "board.json", tmp_path / "a.png"
    document = {"shots": [{"picture": "a.png"} for _ in range(60)]}
    file.write_text(json.dumps(document), encoding="utf-8")
    Image.new("RGB", (1920, 1080), "navy").save(picture)
    asked: list[str] = []
    shown.page.on("request", lambda request: asked.append(request.url))
    shown.open(server)
    drop(shown, file, picture)
    page = shown.page
    first = "document.querySelector('.card canvas')"
    last = "[...document.querySelectorAll('.card canvas')].pop()"
    page.wait_for_function(f"() => {first} && 'drawn' in {first}.dataset")
    assert page.evaluate(f"() => {first}.width") == 480
    assert not page.evaluate(f"() => 'drawn' in {last}.dataset")
    shown.card("shot-060").scroll_into_view_if_needed()
    page.wait_for_function(f"() => 'drawn' in {last}.dataset")
    page.wait_for_function(f"() => !('drawn' in {first}.dataset)")
    assert page.evaluate(f"() => {first}.width") == 1
    assert any("/thumbnails/" in one for one in asked)
    assert not any(one.endswith(".png") for one in asked)


@pytest.mark.parametrize("text", ["قطة على السجادة", "a cat"])
def test_texts_run_as_they_are_written(shown: Shown, server: Running, text: str) -> None:
    shown.open(server)
    shown.page.fill("#text", text)
    shown.page.locator(".prompt", has_text=text).wait_for()
    for one in ("#text", ".prompt"):
        direction = shown.page.locator(one).evaluate("one => getComputedStyle(one).direction")
        assert direction == ("ltr" if text.isascii() else "rtl")


def test_the_focus_stays_after_connecting(shown: Shown, server: Running) -> None:
    shown.open(server, pair=False)
    page = shown.page
    page.wait_for_selector("#link[data-kind=refused]")
    page.fill("#code", server.token)
    page.keyboard.press("Enter")
    shown.connected()
    assert page.evaluate("document.activeElement.id") == "link"
