"""What is installed: the panel's page and After Effects' scripts, of the package or a checkout."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import Failure
from multiplane.deliver.panel_folder import PANEL, beside_package, panel_folder

SCRIPTS = "jsx"
INDEX, ENTRY, MANIFEST = "index.html", "multiplane.jsx", "CSXS/manifest.xml"
_AGAIN = "Install Multiplane anew: pip install --force-reinstall multiplane"


@dataclass(frozen=True)
class Sources:
    """panel: has index.html and CSXS/manifest.xml. scripts: has multiplane.jsx."""

    panel: Path
    scripts: Path


@dataclass(frozen=True)
class Extension:
    """Who the panel says it is, in its CEP manifest."""

    id: str
    version: str


def find_sources() -> Sources:
    """Raises Failure `panel.not_packaged`."""
    panel, scripts = panel_folder(), beside_package(SCRIPTS, ENTRY)
    if panel is None or scripts is None:
        what = PANEL if panel is None else SCRIPTS
        raise Failure(
            "panel.not_packaged",
            "This installation of Multiplane came without its panel.",
            value=what,
            remedy=_AGAIN,
        )
    return Sources(panel, scripts)


def read_extension(panel: Path) -> Extension:
    """Raises Failure `panel.manifest` for a CEP manifest that does not say who it is."""
    path = panel / MANIFEST
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise Failure(
            "panel.manifest",
            f"The panel's manifest cannot be read: {error}.",
            file=str(path),
            remedy=_AGAIN,
        ) from error
    found = Extension(
        root.get("ExtensionBundleId", ""),
        root.get("ExtensionBundleVersion", ""),
    )
    if not found.id or not found.version:
        raise Failure(
            "panel.manifest",
            "The panel's manifest has no ExtensionBundleId or ExtensionBundleVersion.",
            file=str(path),
            remedy=_AGAIN,
        )
    return found


def files_of(folder: Path) -> Iterator[str]:
    """Paths of all files in a folder and below, with forward slashes, in order."""
    found = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted(path.relative_to(folder).as_posix() for path in found)


def digest(pieces: Iterable[tuple[str, bytes]]) -> str:
    """One text for (path, content) pairs: the same pairs, the same text."""
    total = hashlib.sha256()
    for name, data in pieces:
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()
