"""The UXP plugin folders of Premiere and After Effects, made of the panel's own sources."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.data_folder import DEFAULT_PORT
from multiplane.contract.errors import Failure, InputError
from multiplane.panel.bundle import bundle
from multiplane.panel.scripts import as_module
from multiplane.panel.sources import ENTRY, INDEX, Sources, files_of

MANIFESTS, BUNDLE, SCRIPTS = "uxp", "panel.js", "jsx.js"
_MODULE_TAG = re.compile(r'<script\s+type="module"\s+src="(?P<src>[^"]+)"\s*></script>')
_CLASSIC_TAG = re.compile(r'<script\s+src="([^"]+)"\s*></script>')
_END = "</body>"
_LEFT_OUT = {"CSXS", "uxp", ".debug"}
_CODE = {".js", ".html", ".ts"}
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

    Raises InputError `panel.module`, `panel.port`, Failure `panel.page`.
    """
    page = sources.panel / INDEX
    html = page.read_text(encoding="utf-8")
    entries = _MODULE_TAG.findall(html)
    if len(entries) != 1:
        raise Failure(
            "panel.page",
            'The page does not have exactly one <script type="module" src="..."></script>.',
            file=str(page),
        )
    (target / INDEX).write_text(_with_bundle(page, html), encoding="utf-8")
    (target / BUNDLE).write_text(bundle(sources.panel, entries[0]), encoding="utf-8")
    (target / "manifest.json").write_text(
        json.dumps(manifest(sources, plugin, port=port), indent=2) + "\n", encoding="utf-8"
    )
    if plugin.scripts:
        (target / SCRIPTS).write_text(as_module(sources.scripts / ENTRY), encoding="utf-8")
    as_they_are = set(_CLASSIC_TAG.findall(html))
    for name in files_of(sources.panel):
        left_out = name.split("/")[0] in _LEFT_OUT or Path(name).suffix in _CODE
        if name in as_they_are or not left_out:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sources.panel / name, target / name)


def _with_bundle(page: Path, html: str) -> str:
    """The page with one classic script, at its end: unlike modules it does not wait."""
    if html.count(_END) != 1:
        raise Failure("panel.page", f"The page does not have exactly one {_END}.", file=str(page))
    return _MODULE_TAG.sub("", html).replace(_END, f'<script src="{BUNDLE}"></script>\n{_END}')


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
