"""What is installed where, and what may keep it from being shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from multiplane.cli.checkup import Finding
from multiplane.contract.errors import Failure
from multiplane.panel import debug_mode, signing
from multiplane.panel.install import Record, drift, owned
from multiplane.panel.places import System
from multiplane.panel.refusals import UNSIGNED, find_refusals
from multiplane.panel.sources import find_sources, read_extension
from multiplane.panel.uxp import PLUGINS, Plugin, manifest

AGAIN = "multiplane panel install"
_SIGN = "Sign it: multiplane panel signer, then multiplane panel install."


def look(system: System, extensions: Path | None, plugins: Path) -> Iterator[Finding]:
    """All of it. extensions: None where there is no folder of them. plugins: the UXP ones."""
    record = None
    if extensions is None:
        says = f"After Effects and Premiere do not run on {system.name}"
        yield Finding("CEP panel", "ok", says, "Name another computer's folder with --folder.")
    else:
        record, first = _extension(extensions)
        yield first
    if record is not None:
        yield from _debug_mode(system, record)
        yield from _refusals(system, record)
    for plugin in PLUGINS:
        yield _plugin(plugins / plugin.name, plugin)


def _extension(extensions: Path) -> tuple[Record | None, Finding]:
    extension = read_extension(find_sources().panel)
    target = extensions / extension.id
    try:
        record = owned(target, extension)
    except Failure as error:
        return None, Finding("CEP panel", "problem", str(error))
    if record is None:
        return None, Finding("CEP panel", "warning", f"not installed in {extensions}", AGAIN)
    says = f"{record.version}, {record.way}, at {target}"
    if "#" in str(target):
        remedy = "Install it into a folder without #, with --folder."
        return record, Finding(
            "CEP panel", "problem", f"{says}; CEP loads nothing from there", remedy
        )
    if record.version != extension.version:
        says += f"; this Multiplane has {extension.version}"
        return record, Finding("CEP panel", "warning", says, AGAIN)
    fault = drift(target, record)
    return record, Finding(
        "CEP panel", "warning" if fault else "ok", f"{says}; {fault}" if fault else says,
        AGAIN if fault else "",
    )  # fmt: skip


def _debug_mode(system: System, record: Record) -> Iterator[Finding]:
    switch = debug_mode.switch_of(system)
    if switch is None:
        return
    what, states = "PlayerDebugMode", debug_mode.states(switch)
    off = [version for version, value in states.items() if value != debug_mode.ON]
    named = ", ".join(f"CSXS.{version}" for version in off)
    if not off:
        yield Finding(what, "ok", f"on for CSXS {min(states)} to {max(states)}")
    elif record.way == "signed":
        yield Finding(what, "ok", f"off for {named}; the panel is signed")
    else:
        yield Finding(what, "problem", f'not the text "1" for {named}', AGAIN)


def _refusals(system: System, record: Record) -> Iterator[Finding]:
    if system.kind != "windows":
        return
    what, found = "CEP's logs", find_refusals(system.temp, record.id, record.installed_at)
    for refusal in found:
        yield Finding(what, "problem", f"{refusal.log}: {refusal.line}", _SIGN)
    if not found and record.way != "signed":
        yield Finding(what, "ok", "no refusal yet")
    if record.way != "signed":
        remedy = _SIGN if signing.find_signer() is None else AGAIN
        yield Finding("Signature", "warning", f"none; {UNSIGNED}", remedy)


def _plugin(folder: Path, plugin: Plugin) -> Finding:
    what = f"UXP plugin, {plugin.title}"
    path = folder / "manifest.json"
    if not path.is_file():
        return Finding(what, "warning", f"not made in {folder.parent}", AGAIN)
    try:
        version = json.loads(path.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return Finding(what, "problem", f"{path} is damaged", AGAIN)
    ours = manifest(find_sources(), plugin)["version"]
    if version != ours:
        return Finding(what, "warning", f"{version} at {folder}; this Multiplane has {ours}", AGAIN)
    return Finding(what, "ok", f"{version} at {folder}")
