"""Packages to hand on: .zxp (signed), .zip (not) of the CEP extension, .ccx of a UXP plugin."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.deliver.folder import replacing_file
from multiplane.panel import signing
from multiplane.panel.install import copy_panel
from multiplane.panel.sources import Sources, files_of
from multiplane.panel.uxp import PLUGINS, Plugin, write_plugin

_MADE = (2026, 1, 1, 0, 0, 0)  # the same files make the same package, whenever


def pack_extension(sources: Sources, target: Path, keys: Path) -> bool:
    """Write the CEP extension to `target`, .zxp or .zip; returns whether it is signed.

    Raises InputError `panel.no_signer` for a .zxp without ZXPSignCmd.
    """
    signer = signing.find_signer() if target.suffix.lower() == ".zxp" else None
    if target.suffix.lower() == ".zxp" and signer is None:
        raise InputError(
            "panel.no_signer",
            "A .zxp has to be signed, and Adobe's ZXPSignCmd is not on the search path.",
            field="OUT",
            value=str(target),
            remedy="Put ZXPSignCmd on the search path (there is one for Windows and macOS), or "
            "give OUT the ending .zip for a package without a signature.",
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        folder = Path(work) / "extension"
        folder.mkdir()
        copy_panel(sources, folder)
        with replacing_file(target) as fresh:
            if signer is None:
                zip_folder(folder, fresh)
            else:
                signing.sign(folder, fresh, signer, keys)
    return signer is not None


def pack_plugin(sources: Sources, plugin: Plugin, target: Path, *, port: int) -> None:
    """Write a UXP plugin to `target`, .ccx: a zip with manifest.json at its top."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        folder = Path(work)
        write_plugin(sources, plugin, folder, port=port)
        with replacing_file(target) as fresh:
            zip_folder(folder, fresh)


def plugin_named(name: str) -> Plugin:
    """Raises InputError `panel.host`."""
    for plugin in PLUGINS:
        if plugin.name == name:
            return plugin
    raise InputError(
        "panel.host",
        "There is no such UXP plugin.",
        field="--host",
        value=name,
        remedy=f"Give one of: {', '.join(plugin.name for plugin in PLUGINS)}.",
    )


def zip_folder(folder: Path, target: Path) -> None:
    """All files of a folder as a zip, in the same bytes every time."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files_of(folder):
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, (folder / name).read_bytes())
