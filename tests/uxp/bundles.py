"""The panel's modules as UXP gets them, for tests."""

from __future__ import annotations

from pathlib import Path

from multiplane.panel.bundle import bundle

PANEL = Path(__file__).parents[2] / "cep_panel"
HOST = "hosts/uxp/host.js"
FAKE_PREMIERE = Path(__file__).parent / "premiere" / "fake.mjs"


def write_bundle(folder: Path, entry: str = HOST, panel: Path = PANEL) -> Path:
    """A bundle whose export gives any of its modules by path. CommonJS, as UXP's are."""
    path = folder / "bundle.cjs"
    path.write_text(bundle(panel, entry), encoding="utf-8")
    return path
