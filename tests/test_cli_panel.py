"""multiplane panel as people with different computers meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import multiplane as package
from multiplane.panel import debug_mode, install, places, signing
from multiplane.panel.debug_mode import VERSIONS
from multiplane.panel.places import System
from tests.command_line import Multiplane

ID = "org.multiplane"
MANIFEST = (
    '<?xml version="1.0"?><ExtensionManifest ExtensionBundleId="{id}" '
    'ExtensionBundleVersion="{version}"/>'
)
UXP = {
    "version": "0.1.0",
    "requiredPermissions": {"network": {"domains": ["ws://127.0.0.1:8472"]}},
}


class FakeSwitch:
    """PlayerDebugMode, in memory. refuses: a version that cannot be written."""

    def __init__(self, refuses: int | None = None) -> None:
        self.values: dict[int, str] = {}
        self.refuses = refuses

    def read(self, version: int) -> str | None:
        return self.values.get(version)

    def write(self, version: int, value: str | None) -> None:
        if version == self.refuses:
            raise OSError("access denied")
        if value is None:
            del self.values[version]
        else:
            self.values[version] = value


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Multiplane with a small panel."""
    root = tmp_path / "checkout"
    files = {
        "cep_panel/index.html": '<body><script type="module" src="js/main.js"></script></body>',
        "cep_panel/js/main.js": 'import { a } from "./a.js";\nglobalThis.a = a;\n',
        "cep_panel/js/a.js": "export const a = 1;\n",
        "cep_panel/style/look.css": "p { color: red }",
        "cep_panel/.debug": "<ExtensionList/>",
        "cep_panel/CSXS/manifest.xml": MANIFEST.format(id=ID, version="0.1.0"),
        "cep_panel/uxp/premiere.json": json.dumps(UXP),
        "cep_panel/uxp/index.html": '<body><script src="plugin.js"></script></body>',
        "cep_panel/hosts/uxp/plugin.js": "globalThis.b = 1;\n",
        "cep_panel/uxp/after_effects.json": json.dumps(UXP),
        "jsx/multiplane.jsx": 'var multiplane = {};\n//@include "lib/one.jsx"\n',
        "jsx/lib/one.jsx": "multiplane.one = 1;\n",
        "backend/multiplane/__init__.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(package, "__file__", str(root / "backend/multiplane/__init__.py"))
    monkeypatch.setenv("MULTIPLANE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(signing, "find_signer", lambda: None)
    return root


@pytest.fixture
def panel(multiplane: Multiplane, checkout: Path) -> Multiplane:
    return partial(multiplane, "panel")


def on(monkeypatch: pytest.MonkeyPatch, kind: places.Kind, home: Path) -> FakeSwitch:
    """Pretend to be on a system of that kind."""
    temp = home / "Temp"
    temp.mkdir(parents=True, exist_ok=True)
    name = {"windows": "Windows", "macos": "Darwin", "other": "Linux"}[kind]
    system = System(kind, name, home, home / "Roaming" if kind == "windows" else None, temp)
    monkeypatch.setattr(places, "this_system", lambda: system)
    switch = FakeSwitch()
    monkeypatch.setattr(debug_mode, "switch_of", lambda _: None if kind == "other" else switch)
    return switch


def mac(home: Path) -> Path:
    return home / "Library/Application Support/Adobe/CEP/extensions" / ID


def windows(home: Path) -> Path:
    return home / "Roaming/Adobe/CEP/extensions" / ID


# ---- Install


def test_a_mac_gets_one_script_of_each_kind_and_debug_mode(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = on(monkeypatch, "macos", tmp_path / "home")
    said = panel("install")
    assert said.status == 0, said.all
    assert "now copied into" in said.out
    assert "Window > Extensions > Multiplane" in said.out
    there = mac(tmp_path / "home")
    assert (there / "index.html").read_text() == '<body><script src="panel.js"></script>\n</body>'
    assert "globalThis.a = a;" in (there / "panel.js").read_text()
    scripts = (there / "jsx/multiplane.jsx").read_text()
    assert scripts == "var multiplane = {};\nmultiplane.one = 1;\n\n", "no include is left"
    files = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert files == {
        "index.html", "panel.js", "style/look.css", "CSXS/manifest.xml", "jsx/multiplane.jsx",
        install.RECORD,
    }  # fmt: skip
    assert switch.values == dict.fromkeys(range(9, 14), "1")


def test_installing_twice_changes_nothing(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "macos", tmp_path / "home")
    panel("install")
    record = (mac(tmp_path / "home") / install.RECORD).read_bytes()
    said = panel("install")
    assert "up to date" in said.out
    assert (mac(tmp_path / "home") / install.RECORD).read_bytes() == record
    assert [path.name for path in mac(tmp_path / "home").parent.iterdir()] == [ID]


def test_windows_is_told_of_signatures(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "windows", tmp_path / "home")
    said = panel("install")
    assert "now copied into" in said.out
    assert "on Windows show nothing of an unsigned panel" in said.out
    there = windows(tmp_path / "home")
    assert (there / "jsx/multiplane.jsx").read_text().startswith("var multiplane")
    assert not any(path.is_symlink() for path in there.rglob("*"))


def test_copies_are_renewed_when_the_sources_change(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "macos", tmp_path / "home")
    panel("install")
    (checkout / "cep_panel/js/a.js").write_text("export const a = 2;\n")
    assert "its sources have changed since" in panel("status").all
    assert "now copied into" in panel("install").out
    assert "a = 2;" in (mac(tmp_path / "home") / "panel.js").read_text()
    assert "up to date" in panel("install").out
    (checkout / "jsx/lib/one.jsx").write_text("multiplane.one = 2;\n")
    assert "its sources have changed since" in panel("status").all


def test_a_new_version_is_said_and_installed(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "macos", tmp_path / "home")
    panel("install")
    text = MANIFEST.format(id=ID, version="0.2.0")
    (checkout / "cep_panel/CSXS/manifest.xml").write_text(text)
    assert "this Multiplane has 0.2.0" in panel("status").all
    assert "The panel 0.2.0 is now copied" in panel("install").out
    assert "this Multiplane has" not in panel("status").all


def test_linux_is_told_plainly(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "other", tmp_path / "home")
    said = panel("install")
    assert said.status == 2
    assert "do not run on Linux" in said.err
    assert "--folder" in said.err
    said = panel("install", "--folder", tmp_path / "share")
    assert said.status == 0
    assert (tmp_path / "share" / ID / "index.html").is_file()
    assert "do not run on Linux" in panel("status").all
    assert panel("status", "--folder", tmp_path / "share").status == 0


@pytest.mark.parametrize("kind", ["folder", "empty", "file", "link", "record of another"])
def test_a_foreign_thing_of_the_same_name_is_never_touched(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    switch = on(monkeypatch, "macos", tmp_path / "home")
    there = mac(tmp_path / "home")
    there.parent.mkdir(parents=True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    if kind == "file":
        there.write_text("mine")
    elif kind == "link":
        there.symlink_to(other)
    else:
        there.mkdir()
    if kind == "folder":
        (there / "mine.txt").write_text("mine")
    if kind == "record of another":
        (there / install.RECORD).write_text('{"schema": "multiplane/panel_install/1", "id": "x"}')
    before = sorted((str(path), os.path.lexists(path)) for path in there.parent.rglob("*"))
    for command in ("install", "remove"):
        said = panel(command)
        assert said.status == 1, said.all
        assert "left alone" in said.err
    assert panel("status").status == 1
    assert sorted((str(path), os.path.lexists(path)) for path in there.parent.rglob("*")) == before
    assert switch.values == {}


def test_a_hash_in_the_path_is_refused(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "macos", tmp_path / "C# projects")
    said = panel("install")
    assert said.status == 2
    assert "has a # in it" in said.err
    assert not mac(tmp_path / "C# projects").exists()


@pytest.mark.parametrize("name", ["mit Umlaut ä", "日本語", "🎬 film", "100%", "a'b"])
def test_other_odd_paths_are_not(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    on(monkeypatch, "macos", tmp_path / name)
    assert panel("install").status == 0
    assert panel("status").status == 0
    assert panel("remove").status == 0
    assert not mac(tmp_path / name).exists()


def test_when_debug_mode_cannot_be_switched_on_nothing_is_left(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = on(monkeypatch, "windows", tmp_path / "home")
    switch.refuses = 12
    said = panel("install")
    assert said.status == 1
    assert "CSXS.12" in said.err
    assert "--no-debug-mode" in said.err
    assert switch.values == {}
    assert not windows(tmp_path / "home").exists()
    assert panel("install", "--no-debug-mode").status == 0
    assert switch.values == {}


def test_an_installation_without_a_panel_says_so(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "macos", tmp_path / "home")
    (checkout / "jsx/multiplane.jsx").unlink()
    said = panel("install")
    assert said.status == 1
    assert "came without its panel" in said.err
    assert "jsx" in said.err


@pytest.mark.parametrize("text", ["", "<a/>", "<ExtensionManifest ExtensionBundleId='x'/>", "\0"])
def test_a_broken_manifest_is_named(
    panel: Multiplane,
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    on(monkeypatch, "macos", tmp_path / "home")
    (checkout / "cep_panel/CSXS/manifest.xml").write_text(text)
    said = panel("install")
    assert said.status == 1
    assert "manifest.xml" in said.err


def test_devtools_only_when_they_are_asked_for(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They open a port."""
    on(monkeypatch, "macos", tmp_path / "home")
    port = mac(tmp_path / "home") / ".debug"
    panel("install")
    assert not port.exists()
    assert "now" in panel("install", "--devtools").out
    assert port.is_file()
    assert "up to date" in panel("install", "--devtools").out
    assert "now" in panel("install").out
    assert not port.exists()


# ---- Remove


def test_remove_undoes_what_install_did_and_no_more(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = on(monkeypatch, "windows", tmp_path / "home")
    switch.values = {11: "1", 12: "0"}
    panel("install")
    switch.values[13] = "0"  # by somebody else, since
    said = panel("remove")
    assert said.status == 0
    assert "PlayerDebugMode is as before" in said.out
    assert not windows(tmp_path / "home").exists()
    assert switch.values == {11: "1", 12: "0", 13: "0"}
    assert (checkout / "cep_panel/index.html").is_file()
    assert (checkout / "jsx/lib/one.jsx").is_file()
    assert not list((tmp_path / "data/uxp").iterdir())
    again = panel("remove")
    assert again.status == 0
    assert "not installed" in again.out


def test_the_users_own_values_survive_a_second_install(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = on(monkeypatch, "windows", tmp_path / "home")
    switch.values = {12: "0"}
    panel("install")
    panel("install", "--devtools")
    panel("remove")
    assert switch.values == {12: "0"}


# ---- Status


def test_status_says_what_is_wrong(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = on(monkeypatch, "windows", tmp_path / "home")
    assert "not installed" in panel("status").all
    panel("install")
    said = panel("status")
    assert said.status == 0
    assert "on for CSXS 9 to 13" in said.all
    switch.values[12] = "(number) 1"
    said = panel("status")
    assert said.status == 1
    assert 'not the text "1" for CSXS.12' in said.all
    found = json.loads(panel("status", "--json").out)
    assert {one["state"] for one in found if one["what"] == "PlayerDebugMode"} == {"problem"}


def test_status_reads_ceps_logs(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "windows", tmp_path / "home")
    panel("install")
    temp = tmp_path / "home/Temp"
    old = temp / "CEP11-PPRO.log"
    line = f"2026-05-01 ERROR Signature verification failed for extension {ID}.panel\n"
    old.write_text(line)
    os.utime(old, (1, 1))
    (temp / "CEP12-PPRO.log").write_text(line.replace(ID, "com.other"))
    said = panel("status")
    assert said.status == 0
    assert "no refusal yet" in said.all
    (temp / "CEP12-AEFT.log").write_text("INFO start\n" + line + "INFO end\n")
    said = panel("status")
    assert said.status == 1
    assert "CEP12-AEFT.log" in said.all
    assert "Signature verification failed" in said.all
    assert "multiplane panel signer" in said.all


def test_the_doctor_looks_at_an_installed_panel_only(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multiplane.cli.doctor import _panel

    switch = on(monkeypatch, "windows", tmp_path / "home")
    assert list(_panel(None)) == []
    panel("install")
    assert {one.state for one in _panel(None)} == {"ok", "warning"}  # it is not signed
    switch.values[12] = "0"
    assert "problem" in {one.state for one in _panel(None)}


def test_what_an_earlier_version_linked_is_replaced(
    panel: Multiplane, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its links are taken away, and nothing behind them."""
    on(monkeypatch, "macos", tmp_path / "home")
    panel("install")
    there = mac(tmp_path / "home")
    record = json.loads((there / install.RECORD).read_text())
    for name in ("index.html", "panel.js", "jsx/multiplane.jsx"):
        (there / name).unlink()
    (there / "jsx").rmdir()
    (there / "jsx").symlink_to(checkout / "jsx")
    (there / "js").symlink_to(checkout / "cep_panel/js")
    (there / install.RECORD).write_text(json.dumps({**record, "way": "linked"}))
    assert "an earlier Multiplane has linked it" in panel("status").all
    assert "now copied into" in panel("install").out
    assert not any(path.is_symlink() for path in there.rglob("*"))
    assert (there / "jsx/multiplane.jsx").is_file()
    assert (checkout / "jsx/lib/one.jsx").is_file()
    assert (checkout / "cep_panel/js/a.js").is_file()


# ---- Signing, by a stand-in for Adobe's program

SIGNER = """
import sys, zipfile
from pathlib import Path
arguments = sys.argv[1:]
if arguments[0] == "-selfSignedCert":
    assert len(arguments) == 7
    Path(arguments[6]).write_text(arguments[5])
elif arguments[0] == "-sign":
    folder, target, certificate, password = arguments[1:5]
    if Path(certificate).read_text() != password:
        sys.exit("the password does not fit")
    with zipfile.ZipFile(target, "w") as archive:
        for path in Path(folder).rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
        archive.writestr("META-INF/signatures.xml", "<signature/>")
else:
    sys.exit("unknown: " + arguments[0])
"""


@pytest.fixture
def signer(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "sign.py"
    script.write_text(SIGNER)
    program = tmp_path / "ZXPSignCmd"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(signing, "find_signer", lambda: program)
    return script


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_the_panel_is_signed_where_that_can_be_done(
    panel: Multiplane, signer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "windows", tmp_path / "home")
    said = panel("install")
    assert said.status == 0, said.all
    assert "now signed" in said.out
    there = windows(tmp_path / "home")
    assert (there / "META-INF/signatures.xml").is_file()
    assert (there / "jsx/multiplane.jsx").is_file()
    secret = tmp_path / "data/panel_keys/panel.p12.password"
    assert secret.stat().st_mode & 0o077 == 0
    assert secret.read_text() not in said.all
    assert "up to date" in panel("install").out
    assert panel("status").status == 0
    assert "now copied" in panel("install", "--no-sign").out


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_a_signer_that_fails_leaves_the_earlier_panel(
    panel: Multiplane, signer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = on(monkeypatch, "macos", tmp_path / "home")
    panel("install", "--no-sign", "--no-debug-mode")
    signer.write_text("import sys; sys.exit('certificate expired')")
    said = panel("install")
    assert said.status == 1
    assert "certificate expired" in said.err
    assert "--no-sign" in said.err
    assert json.loads((mac(tmp_path / "home") / install.RECORD).read_text())["way"] == "copied"
    assert switch.values == {}


# ---- Packages


def test_a_zip_for_those_who_cannot_sign(panel: Multiplane, tmp_path: Path) -> None:
    said = panel("pack", tmp_path / "panel.zip")
    assert "without a signature" in said.out
    with zipfile.ZipFile(tmp_path / "panel.zip") as archive:
        names = set(archive.namelist())
    assert {"CSXS/manifest.xml", "index.html", "jsx/multiplane.jsx", "panel.js"} <= names
    assert not any(name.startswith(("uxp/", ".debug")) for name in names)
    first = (tmp_path / "panel.zip").read_bytes()
    panel("pack", tmp_path / "panel.zip")
    assert (tmp_path / "panel.zip").read_bytes() == first
    said = panel("pack", tmp_path / "panel.zxp")
    assert said.status == 2
    assert ".zip" in said.err


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
@pytest.mark.parametrize("kind", ["macos", "windows"])
def test_a_signed_package_says_for_which_system_it_is(
    panel: Multiplane,
    signer: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: places.Kind,
) -> None:
    on(monkeypatch, kind, tmp_path / "home")
    said = panel("pack", tmp_path / "multiplane.zxp")
    made = tmp_path / f"multiplane-{kind}.zxp"
    assert said.status == 0, said.all
    assert f"signed; for {places.TITLES[kind]} only" in said.out
    assert str(made) in said.out
    assert not (tmp_path / "multiplane.zxp").exists()
    with zipfile.ZipFile(made) as archive:
        assert "META-INF/signatures.xml" in archive.namelist()
    # A name that says it already stays; that of the other system is refused.
    named = tmp_path / f"Panel {kind.upper()} 1.zxp"
    assert panel("pack", named).status == 0
    assert named.is_file()
    other = {"macos": "windows", "windows": "macos"}[kind]
    said = panel("pack", tmp_path / f"panel_{other}.zxp")
    assert said.status == 2
    assert f"Pack it on {places.TITLES[other]}" in said.err
    assert not list(tmp_path.glob("panel_*"))
    # Unsigned ones are for both.
    assert "without a signature" in panel("pack", tmp_path / f"panel-{other}.zip").out


def test_status_says_what_becomes_of_an_unsigned_panel_on_windows(
    panel: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("windows", "macos"):
        on(monkeypatch, kind, tmp_path / kind)
        panel("install")
        found = {entry["what"]: entry for entry in json.loads(panel("status", "--json").out)}
        assert ("Signature" in found) == (kind == "windows")
        if kind == "windows":
            assert found["Signature"]["state"] == "warning"
            assert "After Effects 26.3" in found["Signature"]["says"]
            assert "panel signer" in found["Signature"]["remedy"]


@pytest.mark.parametrize(
    "html", ["", "<body></body>", '<script type="module" src="js/main.js"></script>']
)
def test_a_page_that_cannot_be_carried_over_is_named(
    panel: Multiplane, checkout: Path, tmp_path: Path, html: str
) -> None:
    (checkout / "cep_panel/index.html").write_text(html)
    said = panel("pack", tmp_path / "a.ccx")
    assert said.status == 1
    assert "index.html" in said.err
    assert not (tmp_path / "a.ccx").exists()


def test_a_ccx_for_each_uxp_host(panel: Multiplane, tmp_path: Path) -> None:
    for host, extra in (("premiere", set()), ("after_effects", {"jsx.js"})):
        assert panel("pack", tmp_path / "a.ccx", "--host", host, "--port", 9000).status == 0
        with zipfile.ZipFile(tmp_path / "a.ccx") as archive:
            names = set(archive.namelist())
            manifest = json.loads(archive.read("manifest.json"))
        assert (
            names
            == {
                "manifest.json",
                "index.html",
                "plugin.js",
                "panel.html",
                "panel.js",
                "style/look.css",
            }
            | extra
        )
        domains = manifest["requiredPermissions"]["network"]["domains"]
        assert domains == ["ws://127.0.0.1:9000"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.rar",), ".zxp, .zip or .ccx"),
        (("a.ccx", "--host", "photoshop"), "premiere, after_effects"),
        (("a.ccx", "--port", "0"), "1 to 65535"),
        (("a.ccx", "--port", "65536"), "1 to 65535"),
    ],
)
def test_packages_that_there_are_not(
    panel: Multiplane, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = panel("pack", *arguments)
    assert answer.status == 2
    assert said in answer.all
    assert not list(tmp_path.glob("a.*"))


# ---- The systems' own switches


class Registry:
    """As much of winreg as is used."""

    HKEY_CURRENT_USER, REG_SZ, REG_DWORD = "HKCU", 1, 4

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, tuple[Any, int]]] = {}
        self.key = ""

    def OpenKey(self, root: str, key: str) -> Registry:
        if key not in self.keys:
            raise FileNotFoundError(key)
        self.key = key
        return self

    def CreateKey(self, root: str, key: str) -> Registry:
        self.keys.setdefault(key, {})
        self.key = key
        return self

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def QueryValueEx(self, opened: Registry, name: str) -> tuple[Any, int]:
        if name not in self.keys[self.key]:
            raise FileNotFoundError(name)
        return self.keys[self.key][name]

    def SetValueEx(self, opened: Registry, name: str, _: int, kind: int, value: str) -> None:
        self.keys[self.key][name] = (value, kind)

    def DeleteValue(self, opened: Registry, name: str) -> None:
        del self.keys[self.key][name]


def test_the_registry_gets_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    monkeypatch.setattr("importlib.import_module", lambda name: registry)
    registry.keys[r"Software\Adobe\CSXS.11"] = {"PlayerDebugMode": (1, Registry.REG_DWORD)}
    registry.keys[r"Software\Adobe\CSXS.12"] = {"PlayerDebugMode": ("1", Registry.REG_SZ)}
    system = System("windows", "Windows", Path(), None, None)
    switch = debug_mode.switch_of(system)
    assert switch is not None
    assert debug_mode.states(switch)[11] == "(number) 1"
    changed = debug_mode.switch_on(switch)
    assert changed == {9: None, 10: None, 11: None, 13: None}
    for version in VERSIONS:
        key = registry.keys[rf"Software\Adobe\CSXS.{version}"]
        assert key["PlayerDebugMode"] == ("1", Registry.REG_SZ)
    assert debug_mode.restore(switch, changed) == [9, 10, 11, 13]
    assert registry.keys[r"Software\Adobe\CSXS.9"] == {}


def test_a_mac_is_asked_by_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, tuple[str, str]] = {"com.adobe.CSXS.11": ("integer", "1")}

    def defaults(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        program, verb, domain, name, *more = command
        assert (program, name) == ("defaults", "PlayerDebugMode")
        if verb == "write":
            assert more == ["-string", "1"]
            kept[domain] = ("string", "1")
        elif domain not in kept:
            return subprocess.CompletedProcess(command, 1, "", "does not exist")
        elif verb == "delete":
            del kept[domain]
        said = {"read": 1, "read-type": 0}.get(verb)
        out = "" if said is None else kept[domain][said]
        return subprocess.CompletedProcess(command, 0, f"{'Type is ' * (said == 0)}{out}\n", "")

    monkeypatch.setattr(subprocess, "run", defaults)
    switch = debug_mode.switch_of(System("macos", "Darwin", Path(), None, None))
    assert switch is not None
    assert switch.read(11) == "(number) 1"
    assert switch.read(12) is None
    changed = debug_mode.switch_on(switch)
    assert set(changed) == set(VERSIONS)
    assert {kept[f"com.adobe.CSXS.{version}"] for version in VERSIONS} == {("string", "1")}
    debug_mode.restore(switch, changed)
    assert kept == {}


def test_no_such_switch_elsewhere() -> None:
    assert debug_mode.switch_of(System("other", "Linux", Path(), None, None)) is None
