"""multiplane panel signer: Adobe's program out of an npm package, by a stand-in for npm."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from multiplane.panel import places, signer_package, signing
from multiplane.panel.places import Kind
from multiplane.panel.signer_package import PACKAGE
from tests.command_line import Multiplane
from tests.service.managers import system_in

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
NPM = """
import json, pathlib, shutil, sys
pathlib.Path({told!r}).write_text(json.dumps(sys.argv[1:]))
shutil.copy({archive!r}, pathlib.Path(sys.argv[sys.argv.index("--pack-destination") + 1]) / "a.tgz")
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What npm was told. Its package is of this test's making."""
    archive, told = tmp_path / "package.tgz", tmp_path / "told.json"
    with tarfile.open(archive, "w:gz") as written:
        for name, text in (("ZXPSignCmd", b"of a Mac"), ("ZXPSignCmd.exe", b"of Windows")):
            entry = tarfile.TarInfo(f"package/lib/bin/{name}")
            entry.size = len(text)
            written.addfile(entry, io.BytesIO(text))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    monkeypatch.setattr(signer_package, "PACKAGE", replace(PACKAGE, integrity=f"sha512-{digest}"))
    (tmp_path / "npm.py").write_text(NPM.format(archive=str(archive), told=str(told)))
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "npm").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/npm.py" "$@"\n')
    (programs / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("MULTIPLANE_DATA", str(tmp_path / "data"))
    return told


def on(monkeypatch: pytest.MonkeyPatch, home: Path, kind: Kind) -> None:
    monkeypatch.setattr(places, "this_system", lambda: system_in(home, kind))


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [("macos", "ZXPSignCmd", "of a Mac"), ("windows", "ZXPSignCmd.exe", "of Windows")],
)
def test_the_one_for_this_system_is_taken_out(
    multiplane: Multiplane,
    told: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
    name: str,
    text: str,
) -> None:
    on(monkeypatch, tmp_path, kind)
    said = multiplane("panel", "signer")
    assert said.status == 0, said.all
    assert str(PACKAGE) in said.out
    fetched = tmp_path / "data" / "panel_keys" / name
    assert fetched.read_text() == text
    assert fetched.stat().st_mode & 0o111
    assert json.loads(told.read_text())[:2] == ["pack", "vite-cep-plugin@2.2.3"]
    assert sorted(path.name for path in fetched.parent.iterdir()) == [name]
    if kind == "macos":
        assert signing.find_signer() == fetched
        told.unlink()
        assert "here already" in multiplane("panel", "signer").out
        assert not told.exists()


def test_another_package_of_that_name_is_refused(
    multiplane: Multiplane, told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, tmp_path, "windows")
    monkeypatch.setattr(signer_package, "PACKAGE", PACKAGE)
    said = multiplane("panel", "signer")
    assert said.status == 1
    assert "is not the package that is known here" in said.err
    assert not (tmp_path / "data" / "panel_keys").exists()


def test_without_npm_the_way_is_said(
    multiplane: Multiplane, told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, tmp_path, "macos")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    said = multiplane("panel", "signer")
    assert said.status == 1
    assert "Node.js" in said.all
    assert "CEP-Resources" in said.all


def test_what_npm_says_is_said(
    multiplane: Multiplane, told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, tmp_path, "macos")
    (tmp_path / "npm.py").write_text("import sys; sys.exit('npm error network')")
    said = multiplane("panel", "signer")
    assert said.status == 1
    assert "npm error network" in said.err


def test_linux_has_none(
    multiplane: Multiplane, told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, tmp_path, "other")
    said = multiplane("panel", "signer")
    assert said.status == 2
    assert "no ZXPSignCmd for Linux" in said.err
