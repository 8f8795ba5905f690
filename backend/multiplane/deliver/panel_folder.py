"""Where the panel's files are: pages that are written here have its player."""

from __future__ import annotations

from pathlib import Path

import multiplane

PANEL = "cep_panel"
_INDEX = "index.html"


def panel_folder() -> Path | None:
    """The folder of the panel: in the package, or beside `backend` in a checkout."""
    return beside_package(PANEL, _INDEX)


def beside_package(folder: str, needed: str) -> Path | None:
    """A folder of the project that has the file `needed`, wherever the package was installed.

    `setup.py` puts such folders into a wheel; in a checkout they lie beside `backend`.
    """
    package = Path(multiplane.__file__).parent
    for place in (package / folder, package.parent.parent / folder):
        if (place / needed).is_file():
            return place
    return None
