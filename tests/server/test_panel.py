"""The pages that the server shows in a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.sync_api import Page

from multiplane.deliver.safe_path import safe_path
from tests.outside_programs import open_browser
from tests.server.running import Running, running

BAD = (
    "/panel/../token", "/panel/%2e%2e/token", "/panel/..%2ftoken", "/panel/.hidden.js",
    "/panel//etc/passwd", "/panel/js", "/panel/js/", "/panel/notes.txt", "/panel/nothing.js",
    "/panel/%5c..%5ctoken", "/panel/CSXS/manifest.xml", "/panel/js%00.js", "/panel/out.js",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    panel = tmp_path / "panel"
    (panel / "js").mkdir(parents=True)
    (panel / "index.html").write_text(
        "<!doctype html><title>Panel</title><link rel=stylesheet href=look.css>"
        "<script type=module src=js/app.js></script><p>Multiplane",
        encoding="utf-8",
    )
    (panel / "look.css").write_text("p{color:rgb(1,2,3)}", encoding="utf-8")
    (panel / "js" / "app.js").write_text(
        """
        document.title = (await (await fetch("/health")).json()).status ?? "answered";
        const socket = new WebSocket(`ws://${location.host}/ws`, ["multiplane.1"]);
        socket.onclose = () => { document.body.dataset.socket = "refused"; };
        try { await fetch("http://localhost:9/"); }
        catch { document.body.dataset.other = "blocked"; }
        const eval_ = () => { try { return eval("1"); } catch { return "blocked"; } };
        document.body.dataset.eval = eval_();
        """,
        encoding="utf-8",
    )
    (panel / "notes.txt").write_text("not for everybody", encoding="utf-8")
    (panel / ".hidden.js").write_text("", encoding="utf-8")
    (tmp_path / "out.js").write_text("", encoding="utf-8")
    (panel / "out.js").symlink_to(tmp_path / "out.js")
    return panel


def test_files_of_the_panel_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    async def act(server: Running) -> None:
        status, headers, _ = await server.get("/", Authorization="")
        assert (status, headers["location"]) == (302, "/panel/")
        for path, type_ in (
            ("/panel/", "text/html"),
            ("/panel/index.html", "text/html"),
            ("/panel/js/app.js", "text/javascript"),
            ("/panel/look.css", "text/css"),
        ):
            status, headers, body = await server.get(path, Authorization="")
            assert (status, headers["content-type"]) == (200, type_), path
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert server.token.encode() not in body
        for path in BAD:
            status, _, body = await server.get(path, Authorization="")
            assert status in (400, 401, 404), path
            assert b"not for everybody" not in body
        # Who calls it by another name, or from another page, sees nothing.
        assert (await server.get("/panel/", Host="evil.example"))[0] == 421
        assert (await server.get("/panel/", Origin="https://evil.example"))[0] == 403

    async def run() -> None:
        async with running(tmp_path / "data", panel=folder) as server:
            await act(server)

    asyncio.run(asyncio.wait_for(run(), 60))
    with pytest.raises(Exception, match="not allowed"):
        safe_path(folder, "out.js")


def test_in_a_browser(folder: Path, tmp_path: Path) -> None:
    def look(url: str) -> None:
        with open_browser() as browser:
            page = browser.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(url)
            page.wait_for_selector("body[data-eval][data-other][data-socket]")
            assert page.evaluate("getComputedStyle(document.querySelector('p')).color") == (
                "rgb(1, 2, 3)"
            )
            assert page.title() != "Panel", "its script was let talk to its own server"
            found = page.evaluate("({...document.body.dataset})")
            assert found == {"socket": "refused", "other": "blocked", "eval": "blocked"}
            assert errors == []

    async def run() -> None:
        async with running(tmp_path / "data", panel=folder) as server:
            await asyncio.to_thread(look, f"http://{server.host}/")

    asyncio.run(asyncio.wait_for(run(), 120))


def test_without_a_panel_the_page_says_what_to_do(tmp_path: Path) -> None:
    """The folder that is given has no panel in it, so there is none."""

    def look(url: str) -> None:
        with open_browser() as browser:
            page: Page = browser.new_page()
            page.goto(url)
            assert "Multiplane is running" in page.inner_text("h1")
            assert "multiplane submit" in page.inner_text("body")
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert colour == "rgb(29, 29, 31)", "its own style is let through"
            assert page.goto(f"{url}panel/").status == 404  # type: ignore[union-attr]

    async def run() -> None:
        async with running(tmp_path / "data", panel=tmp_path) as server:
            await asyncio.to_thread(look, f"http://{server.host}/")

    asyncio.run(asyncio.wait_for(run(), 120))
