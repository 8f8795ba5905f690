"""What the documentation names is there: its links, and the files that it speaks of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from multiplane_study.reported import Reported, texts_of

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ARCHITECTURE = ROOT / "docs" / "architecture.md"
WITHIN = ("", "backend/multiplane", "backend/multiplane/server", "cep_panel")
"""Where the paths of the page on architecture may start."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        linked = (page.parent / name) if name else page
        assert linked.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            known = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
            assert heading in known, target


@pytest.mark.parametrize("page", texts_of(ROOT), ids=lambda page: f"{page.parent.name}/{page.name}")
def test_figures_are_those_of_the_result_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    figures = Reported(ROOT / "reports").figures_in(text)
    assert [one for one in figures if not one.agrees] == [], "multiplane study reproduce --docs ."
    assert len(figures) == text.count("<!-- "), "a mark stands right behind its figure"
    named = set(re.findall(r"`reports/([\w-]+)\.json`", text))
    assert named <= {one.file for one in figures}, "a file is named, and no figure is marked as its"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in PAGES:
        if page.name != "index.md":
            assert f"{page.name})" in index, page.name


def test_the_files_of_the_architecture_are_there() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`([\w./]+)`", text) if "/" in name}
    assert len(named) > 20
    for name in named:
        assert any((ROOT / start / name).exists() for start in WITHIN), name


def test_the_stations_are_the_packages_in_their_order() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("## Three ways")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    named = [name for row in reversed(rows) for name in re.findall(r"`(\w+)`", row)]
    packages = {path.parent.name for path in (ROOT / "backend/multiplane").glob("*/__init__.py")}
    assert set(named) == packages
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (rule,) = [
        contract
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["id"] == "layers"
    ]
    assert named == [name for level in rule["layers"] for name in re.findall(r"\w+", level)]
