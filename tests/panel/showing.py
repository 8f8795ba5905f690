"""The panel as tests see it: a page, what goes wrong in it, and what a user does to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.server.running import Running

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

PANEL = Path(__file__).parents[2] / "cep_panel"
_STATUSES = """
  try { // A user who likes to write: the storyboard's text is folded out.
    localStorage["multiplane.text.open"] = localStorage["multiplane.text.open"] || "true";
  } catch { /* a page without storage */ }
  window.statuses = [];
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      if (target.id === "status") for (const node of addedNodes) statuses.push(node.textContent);
    }
  }).observe(document, { childList: true, subtree: true });
"""
PATIENCE_MS = 120_000.0
"""For what a server or a host does: other work may have the machine."""


class Shown:
    """faults: what a user would never see, but a developer's tools would show."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.add_init_script(_STATUSES)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # Status 401 of a wrong token and the like are the browser's own words about the network.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            refused = "WebSocket connection to" in message.text
            if not refused:
                self.faults.append(message.text)

    # In a browser

    def open(self, server: Running, *, pair: bool = True) -> None:
        self.page.goto(f"http://{server.host}/panel/")
        if pair:
            self.page.fill("#code", server.token)
            self.page.click("#pair button")
            self.connected()

    def connected(self) -> None:
        self.page.wait_for_selector("#link[data-kind=open]")

    # What is there

    def card(self, shot: str) -> Locator:
        return self.page.locator(".card", has=self.page.locator(f".card-id:text-is('{shot}')"))

    def wait_for(self, shot: str, state: str) -> Locator:
        card = self.card(shot)
        card.and_(self.page.locator(f"[data-state={state}]")).wait_for()
        return card

    def wait_for_end(self) -> None:
        """Until the whole storyboard is made and its files are written."""
        self.page.locator("#foot[data-job=ended]").wait_for()
        self.page.locator("#link[data-kind=open]").wait_for()

    def wait_for_notice(self, text: str) -> Locator:
        notice = self.page.locator(".notice", has_text=text).first
        notice.wait_for()
        return notice

    def wait_for_status(self, text: str) -> None:
        self.page.locator("#status", has_text=text).wait_for()

    def wait_until_said(self, text: str) -> None:
        """Until the status line has said it since the page was loaded, if only for a moment."""
        self.page.wait_for_function("text => statuses.some((one) => one.includes(text))", arg=text)

    def choose_camera(self, shot: str, preset: str) -> None:
        choice = self.card(shot).locator("select")
        choice.focus()
        choice.select_option(preset)

    # What a user does

    def import_all(self) -> None:
        """Import, or download, or update, all that the document's job has made."""
        self.page.locator("#act:enabled:not([data-does=make])").click()

    def go_to(self, tab: str) -> None:
        """tab: shots, shot or import."""
        self.page.click(f"#tab-{tab}")

    def in_boards(self, button: str) -> None:
        """Press a button below the storyboard's name: new, duplicate, remove-job."""
        if not self.page.is_visible("#boards-part"):
            self.page.click("#boards")
        self.page.click(f"#{button}")

    def boards(self) -> list[str]:
        """Names of the storyboards that can be switched to."""
        self.page.click("#boards")
        names = self.page.locator("#boards-list button").all_inner_texts()
        self.page.keyboard.press("Escape")
        return names
