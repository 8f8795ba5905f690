"""Packages to hand on: .zxp (signed), .zip (not) of the CEP extension, .ccx of a UXP plugin."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.deliver.folder import replacing_file
from multiplane.panel import signing
from multiplane.panel.install import write_panel
from multiplane.panel.places import TITLES, System
from multiplane.panel.sources import Sources, files_of
from multiplane.panel.uxp import PLUGINS, Plugin, write_plugin

_MADE = (2026, 1, 1, 0, 0, 0)  # the same files make the same package, whenever


def pack_extension(sources: Sources, target: Path, keys: Path, system: System) -> tuple[Path, bool]:
    """Write the CEP extension to `target`, .zxp or .zip: (the file, whether it is signed).

    A .zxp is named after the system that signs it (`for_system`). Raises InputError
    `panel.no_signer` for one without ZXPSignCmd, and as `for_system`.
    """
    signer = signing.find_signer() if target.suffix.lower() == ".zxp" else None
    if target.suffix.lower() == ".zxp" and signer is None:
        raise InputError(
            "panel.no_signer",
            "A .zxp has to be signed, and Adobe's ZXPSignCmd is not on this computer.",
            field="OUT",
            value=str(target),
            remedy="Fetch it with multiplane panel signer (there is one for Windows and macOS), or "
            "give OUT the ending .zip for a package without a signature.",
        )
    if signer is not None:
        target = for_system(target, system)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
        folder = Path(work) / "extension"
        folder.mkdir()
        write_panel(sources, folder)
        with replacing_file(target) as fresh:
            if signer is None:
                zip_folder(folder, fresh)
            else:
                signing.sign(folder, fresh, signer, keys)
    return target, signer is not None


def for_system(target: Path, system: System) -> Path:
    """`target` with the system in its name: "multiplane-macos.zxp".

    A package that was signed on macOS is refused on Windows, and the other way round (Adobe's
    known issue of 2024), so each system has its own. Raises InputError `panel.other_system` for
    the name of the other one.
    """
    words = re.split(r"[^a-z0-9]+", target.stem.lower())
    if system.kind == "other" or system.kind in words:
        return target
    other = "windows" if system.kind == "macos" else "macos"
    if other in words:
        raise InputError(
            "panel.other_system",
            f"What is signed here is for {TITLES[system.kind]} only: {TITLES[other]} refuses it.",
            field="OUT",
            value=str(target),
            remedy=f"Pack it on {TITLES[other]}, or leave the system out of the name.",
        )
    return target.with_stem(f"{target.stem}-{system.kind}")


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
