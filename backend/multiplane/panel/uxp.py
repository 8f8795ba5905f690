"""The UXP plugin folders of Premiere and After Effects, made of the panel's own sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.data_folder import DEFAULT_PORT
from multiplane.contract.errors import InputError
from multiplane.deliver.bundle import bundle
from multiplane.panel.classic_page import page_files
from multiplane.panel.scripts import as_module
from multiplane.panel.sources import ENTRY, INDEX, Sources

MANIFESTS, SCRIPTS = "uxp", "jsx.js"
PAGE = "panel.html"
"""The panel's page, in a webview of the plugin's own."""
PLUGIN, PLUGIN_ENTRY = "plugin.js", "hosts/uxp/plugin.js"
_MOST_PORTS = 65535


@dataclass(frozen=True)
class Plugin:
    """One UXP host. name: of the folder. title: of the program."""

    name: str
    title: str
    scripts: bool  # whether After Effects' scripts come along


PLUGINS = (
    Plugin("premiere", "Premiere 25.6 and later", False),
    Plugin("after_effects", "After Effects 27 and later (public beta)", True),
)


def write_plugin(sources: Sources, plugin: Plugin, target: Path, *, port: int) -> None:
    """Fill the empty folder `target`. port: of the server that the plugin may talk to.

    UXP is no browser: the panel's page is shown by a webview, and what needs the host is asked of
    the plugin's side by messages. Raises InputError `panel.module`, `panel.port`, Failure
    `panel.page`.
    """
    about = json.dumps(manifest(sources, plugin, port=port), indent=2) + "\n"
    own = sources.panel / MANIFESTS / INDEX
    files = {
        **dict(page_files(sources, PAGE)),
        INDEX: own.read_bytes(),
        PLUGIN: bundle(sources.panel, PLUGIN_ENTRY).encode(),
        "manifest.json": about.encode(),
    }
    if plugin.scripts:
        files[SCRIPTS] = as_module(sources.scripts / ENTRY).encode()
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)


def manifest(sources: Sources, plugin: Plugin, *, port: int = DEFAULT_PORT) -> dict[str, object]:
    """The plugin's manifest, with the server's port in its permissions."""
    if not 1 <= port <= _MOST_PORTS:
        raise InputError(
            "panel.port",
            "This is no port.",
            field="--port",
            value=port,
            remedy=f"Give a number from 1 to {_MOST_PORTS}.",
        )
    path = sources.panel / MANIFESTS / f"{plugin.name}.json"
    text = path.read_text(encoding="utf-8")
    read: dict[str, object] = json.loads(text.replace(f":{DEFAULT_PORT}", f":{port}"))
    return read
