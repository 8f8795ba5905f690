"""What an installed Multiplane has besides Python: the panel and After Effects' scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from multiplane.cli import study
from multiplane.contract.errors import InputError

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "backend" / "multiplane_study"
NEEDED = ("backend", "cep_panel", "jsx", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md")
BUILD = (
    "import sys, setuptools.build_meta as build\n"
    "print(getattr(build, sys.argv[1])(sys.argv[2]), file=sys.stderr)"
)


def build(tree: Path, what: str, out: Path) -> Path:
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", BUILD, what, str(out)],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = out.iterdir()
    return made


def test_a_wheel_of_the_source_package_brings_the_panel(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info", "bundled")
    for name in (*NEEDED, "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=leave)
        else:
            shutil.copyfile(source, tree / name)
    archive = build(tree, "build_sdist", tmp_path / "sdist")
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    wheel = build(unpacked, "build_wheel", tmp_path / "wheel")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(installed)
    assert not (installed / "multiplane_study").exists()
    for folder in ("cep_panel", "jsx"):
        ours = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*.*")}
        theirs = installed / "multiplane" / folder
        assert ours == {path.relative_to(theirs) for path in theirs.rglob("*.*")}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            env={
                **os.environ,
                "PYTHONPATH": str(installed),
                "MULTIPLANE_DATA": str(tmp_path / "data"),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    player = "from multiplane.deliver.index_page.player import script; print(script())"
    assert "class Player " in run("-c", player), "pages have the panel's player"
    run("-m", "multiplane", "panel", "install", "--folder", str(tmp_path / "ext"))
    scripts = tmp_path / "ext/org.multiplane/jsx/multiplane.jsx"
    assert scripts.is_file()
    assert "//@include" not in scripts.read_text(encoding="utf-8"), "one file"
    assert (tmp_path / "data/uxp/after_effects/jsx.js").is_file()


def test_benches_and_training_are_a_wheel_of_their_own(tmp_path: Path) -> None:
    tree = tmp_path / "multiplane_study"
    shutil.copytree(STUDY, tree, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    wheel = build(tree, "build_wheel", tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as opened:
        theirs = {name for name in opened.namelist() if ".dist-info/" not in name}
    ours = {
        f"multiplane_study/{path.relative_to(STUDY).as_posix()}"
        for path in STUDY.rglob("*")
        if path.suffix in {".py", ".json", ".safetensors", ".typed", ".css", ".js"}
        and not {"build", "__pycache__"} & {*path.parts}
    }
    assert theirs == ours


def test_without_benches_and_training_the_way_to_them_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "multiplane_study", None)
    app = typer.Typer()
    app.command("other")(lambda: None)
    study.add_to(app)
    done = CliRunner().invoke(app, ["study", "quality", "--limit", "3"])
    assert isinstance(done.exception, InputError)
    assert done.exception.code == "study.not_installed"
    assert done.exception.value == "study quality --limit 3"
    assert 'pip install "multiplane[study]"' in str(done.exception.remedy)
