"""The panel's modules as UXP gets them, for tests."""

from __future__ import annotations

import shutil
from pathlib import Path

from multiplane.deliver.bundle import bundle

PANEL = Path(__file__).parents[2] / "cep_panel"
HOST = "hosts/uxp/host.js"
FAKE_PREMIERE = Path(__file__).parent / "premiere" / "fake.mjs"


def write_bundle(folder: Path, entry: str = HOST, panel: Path = PANEL) -> Path:
    """A bundle whose export gives any of its modules by path. CommonJS, as UXP's are."""
    path = folder / "bundle.cjs"
    path.write_text(bundle(panel, entry), encoding="utf-8")
    return path


def planted(panel: Path, name: str, right: str, wrong: str, *, often: bool = False) -> Path:
    """A copy of the panel at `panel` with `wrong` for `right` in its file `name`.

    often: `right` may stand there more than once; the first is replaced.
    """
    shutil.copytree(PANEL, panel)
    file = panel / name
    text = file.read_text(encoding="utf-8")
    count = text.count(right)
    assert count == 1 or (often and count), f"{right!r} is no longer in {name}"
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return panel
