"""The documentation as a site: made without a network, strictly, with a whole reference."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BUILD: dict[str, Any] = runpy.run_path(str(ROOT / "docs/site/build.py"))
with_links: Callable[[str, str], str] = BUILD["with_links"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site") / "pages"
    BUILD["write_pages"](target)
    return target


def listed(nav: list[Any]) -> list[str]:
    found: list[str] = []
    for entry in nav:
        for value in entry.values():
            found += listed(value) if isinstance(value, list) else [value]
    return found


def test_every_page_is_in_the_navigation_and_the_site_is_made_strictly(pages: Path) -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    made = {path.relative_to(pages).as_posix() for path in pages.rglob("*.md")}
    assert set(listed(config["nav"])) == made
    folder = pages.parent
    config |= {"docs_dir": "pages", "site_dir": "site"}
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(config))

    def build() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)

    done = build()
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("index", "cookbook", "reference/storyboard"):
        html = (folder / "site" / f"{name}.html").read_text(encoding="utf-8")
        fetched = re.findall(r'(?:src|<link[^>]*href)="(https?://[^"]+)"', html)
        assert fetched == [], "nothing comes from elsewhere"
    page = pages / "cookbook.md"
    whole = page.read_text(encoding="utf-8")
    page.write_text(whole + "\n[nowhere](nothing.md#at-all)\n", encoding="utf-8")
    assert build().returncode != 0
    page.write_text(whole, encoding="utf-8")


def test_pictures_and_pages_that_links_name_are_there(pages: Path) -> None:
    for path in pages.rglob("*.md"):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text):
            assert "://" in target or (path.parent / target).is_file(), f"{path.name}: {target}"


@pytest.mark.parametrize("name", sorted(BUILD["SCHEMAS"]))
def test_the_reference_names_every_field(pages: Path, name: str) -> None:
    text = (pages / "reference" / f"{name}.md").read_text(encoding="utf-8")
    schema = json.loads((ROOT / "shared_schema" / f"{name}.schema.json").read_text("utf-8"))
    parts = {"": schema, **schema.get("$defs", {})}
    fields = {field for part in parts.values() for field in part.get("properties", ())}
    assert fields
    for field in fields:
        assert f"| `{field}` |" in text, field


def test_the_reference_names_every_command(pages: Path) -> None:
    text = (pages / "reference" / "commands.md").read_text(encoding="utf-8")
    for words in ("## render", "## service install", "## layer keep", "`--quota-gb`", "## doctor"):
        assert words in text, words
    assert "[cyan]" not in text
    assert "/cyan" not in text


def test_figures_are_those_of_the_reports(pages: Path) -> None:
    text = (pages / "reference" / "figures.md").read_text(encoding="utf-8")
    quality = json.loads((ROOT / "reports" / "quality.json").read_text(encoding="utf-8"))
    assert f"| mean miou | {quality['mean_miou']:.4g} |" in text
    assert quality["measured"]["date"][:10] in text


def test_links_lead_to_where_things_are_in_the_site() -> None:
    text = (
        "[a](docs/panel.md#limits) ![b](docs/fan.png) [c](reports/x.json) [`d`](LICENSE) "
        "[e](https://f.org) [![g](docs/fan.png)](docs/panel.md)"
    )
    assert with_links(text, "README.md") == (
        "[a](panel.md#limits) ![b](fan.png) [c](reference/figures.md) `d` "
        "[e](https://f.org) [![g](fan.png)](panel.md)"
    )
    assert with_links("[a](../README.md#x) [b](camera.md)", "docs/panel.md") == (
        "[a](overview.md#x) [b](camera.md)"
    )
    fenced = "```\n[a](LICENSE)\n```"
    assert with_links(fenced, "README.md") == fenced
