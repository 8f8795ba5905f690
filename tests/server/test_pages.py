"""Pages in a real Chromium try to reach a server: from the web, a file, a data: URL, a sandbox.

Each page is also given the right token once. From pages whose Origin is null it opens the door,
so what keeps them out is the token; from a web page it does not, so there the Origin does, too.
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from multiplane.client import Client
from multiplane.contract.messages_client import GetState, Pause, Subscribe
from multiplane.server.web.pairing import Pairing
from tests.outside_programs import OLDER_BROWSERS, open_browser
from tests.server.prepared import board
from tests.server.running import Running, in_a_thread

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

JOB = "job-0000001"
ATTACK = (Path(__file__).parent / "attack.js").read_text(encoding="utf-8")
NAME = "rebound.test"  # resolves to this computer, in this browser only
SANDBOX = '<iframe sandbox="allow-scripts allow-forms" srcdoc="<p>framed</p>"></iframe>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with open_browser(OLDER_BROWSERS, rules) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a job that waits, paused."""
    with in_a_thread(tmp_path_factory.mktemp("attacked")) as server:
        with Client(server.data.root) as client:
            client.ask(Pause())
            client.submit(board(2), job=JOB)
        yield server


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that an evil web site serves; `site/port` says where."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "page.html").write_text("<!doctype html><p>hello</p>")
    (folder / "framed.html").write_text(f"<!doctype html>{SANDBOX}")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        (folder / "port").write_text(str(server.server_address[1]))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


def web(page: Page, site: Path) -> Frame:
    page.goto(f"http://127.0.0.1:{(site / 'port').read_text()}/page.html")
    return page.main_frame


def file(page: Page, site: Path) -> Frame:
    page.goto((site / "page.html").as_uri())
    return page.main_frame


def data(page: Page, _: Path) -> Frame:
    page.goto("data:text/html,<!doctype html><p>data</p>")
    return page.main_frame


def sandboxed(page: Page, site: Path) -> Frame:
    page.goto(f"http://127.0.0.1:{(site / 'port').read_text()}/framed.html")
    (framed,) = page.main_frame.child_frames
    framed.wait_for_selector("p")
    return framed


def all_there_is(server: Running) -> Any:
    """What an attack could change: jobs, blobs, the pause, and a pairing code that is shown."""
    with Client(server.data.root) as client:
        client.ask(Subscribe(jobs=[]))
        state = client.ask(GetState())
    root = server.data.root
    files = sorted(
        path.relative_to(root).as_posix()
        for folder in ("blobs", "jobs", "work")
        for path in (root / folder).rglob("*")
        if path.is_file()
    )
    return state.model_dump(), files


def guesses(server: Running) -> list[str]:
    return ["", "x", server.token[:-1], server.token + "A", server.token.swapcase()]


ORIGINS: list[tuple[Callable[[Page, Path], Frame], str]] = [
    (web, "web"), (file, "null"), (data, "null"), (sandboxed, "null"),
]  # fmt: skip


@pytest.mark.parametrize(("opened", "origin"), ORIGINS)
def test_no_page_comes_in_without_the_token(
    page: Page,
    attacked: Running,
    site: Path,
    opened: Callable[[Page, Path], Frame],
    origin: str,
) -> None:
    pairing = attacked.server.pairing
    assert isinstance(pairing, Pairing)
    code = pairing.new_code()
    before = all_there_is(attacked)
    frame = opened(page, site)
    assert frame.evaluate("self.origin") == "null" or origin == "web"
    tried = {"server": attacked.host, "job": JOB, "tokens": guesses(attacked)}
    got = frame.evaluate(ATTACK, tried)
    assert len(got["sockets"]) == len(tried["tokens"]) + 2
    assert set(got["sockets"].values()) == {"closed"}
    # A page may read why it was refused where Origin cannot tell it from the panel.
    read = {"failed"} if origin == "web" else {"400", "401", "403", "failed"}
    assert len(got["fetches"]) > 20
    assert set(got["fetches"].values()) <= read | {"opaque"}, got["fetches"]
    assert set(got["elements"].values()) == {"error"}
    assert got["forms"] == 3
    assert all_there_is(attacked) == before
    assert pairing.redeem(code) == attacked.token, "no form can use up the code's tries"


@pytest.mark.parametrize(("opened", "origin"), ORIGINS)
def test_the_right_token_is_what_those_attacks_lack(
    page: Page,
    attacked: Running,
    site: Path,
    opened: Callable[[Page, Path], Frame],
    origin: str,
) -> None:
    frame = opened(page, site)
    tried = {"server": attacked.host, "job": JOB, "tokens": [attacked.token], "quiet": True}
    got = frame.evaluate(ATTACK, tried)
    assert got["sockets"][attacked.token] == ("closed" if origin == "web" else "welcome")
    nothing = f"GET /nothing {attacked.token}"
    assert got["fetches"][nothing] == ("failed" if origin == "web" else "404")


def test_a_name_that_was_rebound_to_this_computer_reads_nothing(
    page: Page, attacked: Running
) -> None:
    """The page's own name leads to the server: the browser sees one origin, the Host tells."""
    origin = f"http://{NAME}:{attacked.port}"
    answer = page.goto(f"{origin}/health")
    assert answer is not None
    assert answer.status == 421
    before = all_there_is(attacked)
    document = "<!doctype html><p>before the name was rebound</p>"
    page.route(f"{origin}/", lambda route: route.fulfill(body=document, content_type="text/html"))
    page.goto(f"{origin}/")
    tried = {"server": f"{NAME}:{attacked.port}", "job": JOB, "quiet": True}
    got = page.evaluate(ATTACK, tried | {"tokens": [*guesses(attacked), attacked.token]})
    assert set(got["sockets"].values()) == {"closed"}
    assert set(got["fetches"].values()) <= {"421", "opaque"}, got["fetches"]
    assert got["fetches"][f"GET /nothing {attacked.token}"] == "421"
    assert all_there_is(attacked) == before


def test_an_answer_is_nothing_that_a_page_can_use(page: Page, attacked: Running) -> None:
    """Even opened in a tab, an answer is text: no script, no frame, no token in it."""
    answer = page.goto(f"http://{attacked.host}/ws")
    assert answer is not None
    assert answer.status == 401
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("application/json")
    assert attacked.token not in answer.text()
