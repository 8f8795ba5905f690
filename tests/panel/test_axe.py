"""axe-core, a reader of pages for what keeps people out, finds nothing serious in the panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from multiplane.client import Client
from tests.outside_programs import WEB
from tests.panel.showing import Shown
from tests.server.prepared import board
from tests.server.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute

AXE = WEB / "node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}


def found(shown: Shown) -> list[Any]:
    """[rule, where, why] of everything serious."""
    if not shown.page.evaluate("() => 'axe' in window"):
        # The page's own policy lets no foreign script in; a debugger may.
        shown.page.evaluate(AXE.read_text(encoding="utf-8"))
    said = shown.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        [one["id"], node["target"], node["failureSummary"]]
        for one in said["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_serious(
    shown: Shown, server: Running, data: Path, width: int, scheme: Any
) -> None:
    page = shown.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    document = board(3)
    document["shots"][1]["camera"] = "no_such_move"
    with Client(data) as client:
        client.submit(document)
    shown.open(server)
    shown.wait_for("s000", "finished")
    shown.wait_for_end()
    page.locator(".card .more").first.click()
    page.locator(".card-number").nth(2).click()
    page.evaluate(
        "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
    )
    assert found(shown) == []
    page.click("#boards")
    assert found(shown) == []
    page.keyboard.press("Escape")
    for tab in ("shot", "import"):
        shown.go_to(tab)
        for tool in ("picture", "layers", "camera") if tab == "shot" else ():
            page.click(f"#tool-{tool}")
            assert found(shown) == [], tool
        assert found(shown) == [], tab
    for name in ("history", "models", "queue", "settings"):
        page.click("#more-menu")
        page.click(f"#more-part [data-page={name}]")
        assert page.is_visible("#page")
        assert found(shown) == [], name


def test_settings_are_sound_before_the_server_has_answered(shown: Shown, server: Running) -> None:
    page = shown.page

    def between(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()
        socket.on_message(
            lambda message: None if "server.about" in str(message) else upstream.send(message)
        )

    page.route_web_socket("**/ws", between)
    shown.open(server)
    page.click("#more-menu")
    page.click("#more-part [data-page=settings]")
    page.wait_for_selector("#pane-settings [role=status]:visible")
    assert found(shown) == []


def test_the_check_can_fail(shown: Shown, server: Running) -> None:
    shown.open(server, pair=False)
    shown.page.wait_for_selector("#link[data-kind=refused]")
    assert found(shown) == []
    shown.page.evaluate(
        """() => {
          document.querySelector("#undo").removeAttribute("aria-label");
          document.querySelector("#undo").removeAttribute("title");
          document.querySelector("#code-help").style.color = "rgb(80, 80, 80)";
        }"""
    )
    assert {"button-name", "color-contrast"} <= {rule for rule, *_ in found(shown)}
