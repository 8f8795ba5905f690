"""The page's script and style: its own, and those of the player that the panel has, too."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.deliver.bundle import bundle
from multiplane.deliver.panel_folder import PANEL, panel_folder
from multiplane.deliver.web_page import asset

_OWN = Path(__file__).parent
_SCRIPTS, _STYLE = "js/player", "style/player.css"


@lru_cache(maxsize=1)
def script() -> str:
    """One classic script. Raises Failure `deliver.index.no_player`."""
    return bundle(_OWN, "page.js", beside=_panel() / _SCRIPTS)


@lru_cache(maxsize=1)
def style() -> str:
    """Raises Failure `deliver.index.no_player`."""
    return (_panel() / _STYLE).read_text(encoding="utf-8") + asset(__package__, "page.css")


def _panel() -> Path:
    found = panel_folder()
    if found is None:
        raise Failure(
            "deliver.index.no_player",
            "This installation of Multiplane came without its panel, whose player the page has.",
            value=PANEL,
            remedy="Install Multiplane anew: pip install --force-reinstall multiplane",
        )
    return found
