"""The panel's texts: all in the catalogues, in each of them, and shown in the user's language."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.outside_programs import WEB, run_node
from tests.panel.showing import PANEL, Shown
from tests.server.running import Running

TEXTS = PANEL / "js" / "text"
NO_TEXTS = {
    "multiplane server", "multiplane client", "px solid transparent",
    "model offload", "sequential offload", "text encoder freed", "group offload",
}  # fmt: skip
"""Of protocols, and of a style."""
_VALUE = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def catalogues() -> dict[str, dict[str, Any]]:
    files = sorted(TEXTS.glob("??.js"))
    return run_node(WEB / "panel_catalogue.mjs", *(path.as_uri() for path in files))


def forms(entry: str | dict[str, str]) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def test_every_language_has_every_text_with_its_values(
    catalogues: dict[str, dict[str, Any]],
) -> None:
    assert set(catalogues) == {"en", "ja"}
    english = catalogues["en"]
    for catalogue in catalogues.values():
        assert list(catalogue) == list(english), "in the same order, so that they can be compared"
        for key, entry in catalogue.items():
            assert all(text.strip() for text in forms(entry)), key
            values = {name for text in forms(entry) for name in _VALUE.findall(text)}
            wanted = {name for text in forms(english[key]) for name in _VALUE.findall(text)}
            assert values == wanted, key
    for key, entry in catalogues["ja"].items():
        if isinstance(english[key], dict):
            assert isinstance(entry, str), "Japanese has one form"
    assert sum(en == ja for en, ja in zip(*map(dict.values, catalogues.values()), strict=True)) < 12


def scripts() -> list[Path]:
    own = {"first.js"}  # it runs where modules do not
    return [
        one for one in (PANEL / "js").rglob("*.js") if one.parent != TEXTS and one.name not in own
    ]


def test_no_text_stands_in_a_script() -> None:
    found = run_node(WEB / "panel_texts.mjs", *scripts())
    assert len(found) > 30
    faults = {Path(file).name: [one for one in said if one.split(": ", 1)[1] not in NO_TEXTS]
              for file, said in found.items()}  # fmt: skip
    assert {file: said for file, said in faults.items() if said} == {}


@pytest.mark.parametrize(
    "script",
    [
        'say(a, b ? "Made" : c);', 'element("p", {}, `${n} left`);', 'a.title = "Undo";',
        'const a = () => "Waiting";', 'new Trouble("a.b", "It broke.");', 'f("no such shot");',
        'element("p", { "aria-label": "Close" });', 'steps.change(a, `Camera of ${b}`);',
    ],
)  # fmt: skip
def test_the_check_can_fail(tmp_path: Path, script: str) -> None:
    file = tmp_path / "a.js"
    file.write_text(script, encoding="utf-8")
    assert run_node(WEB / "panel_texts.mjs", file)[str(file)] != []


class Texts(HTMLParser):
    """Texts and names that stand in the page itself, and the keys that it names."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.keys: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("data-t") and not name.startswith(("data-tab", "data-tool")):
                self.keys.add(str(value))
            elif name in ("aria-label", "title", "alt"):
                self.texts.append(str(value))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def test_no_text_stands_in_the_page(catalogues: dict[str, dict[str, Any]]) -> None:
    page = Texts()
    page.feed((PANEL / "index.html").read_text(encoding="utf-8"))
    assert set(page.texts) == {"Multiplane"}
    assert len(page.keys) > 40
    assert page.keys <= set(catalogues["en"])


def test_every_text_is_used(catalogues: dict[str, dict[str, Any]]) -> None:
    page = (PANEL / "index.html").read_text(encoding="utf-8")
    text = page + "".join(path.read_text(encoding="utf-8") for path in scripts())
    whole = set(re.findall(r'"([\w.]+)"', text))
    starts = tuple(re.findall(r"`([\w.]+\.)\$\{", text) + re.findall(r'named\("([\w.]+\.)"', text))
    assert [
        key for key in catalogues["en"] if key not in whole and not key.startswith(starts)
    ] == []


def test_the_language_is_the_browsers_or_the_chosen_one(shown: Shown, server: Running) -> None:
    shown.page.add_init_script(
        "Object.defineProperty(navigator, 'language', { get: () => 'ja-JP' });"
    )
    shown.open(server)
    page = shown.page
    assert page.get_attribute("html", "lang") == "ja"
    assert page.inner_text("#tab-import") == "読み込み"
    page.fill("#text", "a cat\na dog")
    assert page.inner_text("#act") == "2 ショットを作成"
    page.evaluate("localStorage['multiplane.language'] = JSON.stringify('en')")
    page.reload()
    shown.connected()
    assert page.get_attribute("html", "lang") == "en"
    assert page.inner_text("#act") == "Make 2 shots"
    page.fill("#text", "a cat")
    assert page.inner_text("#act") == "Make 1 shot"
