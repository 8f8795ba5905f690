"""One script of many modules, and the plugin folder around it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.errors import InputError
from multiplane.deliver.bundle import bundle
from multiplane.panel.sources import files_of, find_sources
from multiplane.panel.uxp import PLUGINS, write_plugin
from tests.outside_programs import open_browser, run_node
from tests.uxp.bundles import PANEL

COMPARE = """
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
// The page's own start finds no page here.
process.on("unhandledRejection", () => {});
const [file, root, ...names] = process.argv.slice(2);
const load = createRequire(import.meta.url)(file);
const shown = (module) => Object.keys(module).sort().map((name) => [name, typeof module[name]]);
const found = {};
for (const name of names) {
  found[name] = [shown(load(name)), shown(await import(pathToFileURL(`${root}/${name}`)))];
}
console.log(JSON.stringify(found));
"""


def test_every_module_exports_what_it_did(tmp_path: Path) -> None:
    copied = tmp_path / "panel"
    for name in files_of(PANEL):
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        (copied / name).write_bytes((PANEL / name).read_bytes())
    # Node takes modules for such where a package says so.
    (copied / "package.json").write_text('{"type": "module"}')
    (tmp_path / "compare.mjs").write_text(COMPARE)
    made = tmp_path / "bundle.cjs"
    made.write_text(bundle(PANEL, "js/main.js"), encoding="utf-8")
    inside = re.findall(r'^    "([^"]+)": function', made.read_text("utf-8"), re.MULTILINE)
    assert {"js/panel.js", "js/trouble.js", "hosts/adapter.js"} <= set(inside)
    found: dict[str, Any] = run_node(tmp_path / "compare.mjs", made, copied, *inside)
    assert len(found) > 15
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}
    assert sum(len(pair[0]) for pair in found.values()) > 30


def run(tmp_path: Path, files: dict[str, str], entry: str = "main.js") -> Any:
    """What the entry leaves in globalThis.out."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    made = bundle(tmp_path, entry)
    (tmp_path / "run.cjs").write_text(
        f"{made}\nsetTimeout(() => console.log(JSON.stringify(globalThis.out)));", encoding="utf-8"
    )
    return run_node(tmp_path / "run.cjs")


def test_every_form(tmp_path: Path) -> None:
    out = run(
        tmp_path,
        {
            "main.js": """
// import { no } from "./no.js";
import {
  one,
  two as zwei,
} from "./a/one.js";
import * as all from "./a/one.js";
import "./side.js";

/** @typedef {import("./types").Nothing} Nothing */
const text = "export const not = 1;";
globalThis.out = [one, zwei(), all.Three.name, all.four, side, text, typeof require];
const later = async () => (await import("./later.js")).five;
later().then((five) => globalThis.out.push(five));
""",
            "a/one.js": """
import { base } from "../base.js";
export const one = base + 1;
export async function wait() { return 1; }
export function two() { return inner; }
export class Three {}
const inner = 2, four = 4;
export { four, inner as other };
""",
            "base.js": "export const base = 0;\n",
            "side.js": "globalThis.side = 'effect';\n",
            "later.js": "globalThis.ran = true;\nexport const five = 5;\n",
        },
    )
    assert out == [1, 2, "Three", 4, "effect", "export const not = 1;", "function", 5]


def test_a_module_runs_once_and_only_when_it_is_asked_for(tmp_path: Path) -> None:
    out = run(
        tmp_path,
        {
            "main.js": 'import { a } from "./a.js";\nimport { b } from "./b.js";\n'
            "globalThis.out = [a, b, globalThis.count, globalThis.late ?? null];\n"
            'export const never = async () => await import("./late.js");\n',
            "a.js": 'import { c } from "./c.js";\nexport const a = c;\n',
            "b.js": 'import { c } from "./c.js";\nexport const b = c;\n',
            "c.js": "globalThis.count = (globalThis.count ?? 0) + 1;\nexport const c = 'c';\n",
            "late.js": "globalThis.late = true;\nexport const late = 1;\n",
        },
    )
    assert out == ["c", "c", 1, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("export default 1;", "this form"),
        ('import one from "./a.js";', "this form"),
        ('export * from "./a.js";', "this form"),
        ('export { a } from "./a.js";', "this form"),
        ("export let a = 1;", "this form"),
        ("export const { a, b } = c;", "this form"),
        ("import { a } from './a.js';", "this form"),
        ('import { default as a } from "./a.js"', "this form"),
        ('import { a } from "lit";', "relative"),
        ('import { a } from "../../a.js";', "outside"),
        ('import { a } from "./no.js";', "cannot be read"),
        ('const a = await import("./" + b);', "literal"),
        ('import("./a.js").then(b);', "literal"),
        ("const a = import.meta.url;", "literal"),
        ('import { b } from "./b.js";', "circle"),
    ],
)
def test_what_is_not_of_the_subset_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "main.js").write_text(text + "\n")
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "b.js").write_text('import { m } from "./main.js";\nexport const b = m;\n')
    with pytest.raises(InputError) as refused:
        bundle(tmp_path, "main.js")
    assert refused.value.code == "panel.module"
    assert said in str(refused.value)
    assert ".js" in str(refused.value)


@pytest.mark.parametrize("page", ["panel.html", "index.html"])
def test_the_plugins_pages_are_whole(tmp_path: Path, page: str) -> None:
    """In Chromium, which is not UXP: tests/panel/test_uxp.py plays the webview around them."""
    write_plugin(find_sources(), PLUGINS[0], tmp_path, port=8472)
    html = (tmp_path / page).read_text(encoding="utf-8")
    assert 'type="module"' not in html
    named = re.findall(r'(?:src|href)="(?:plugin:/)?([^"]+)"', html)
    assert named
    assert all((tmp_path / one).is_file() for one in named), named
    if page == "panel.html":
        with open_browser() as browser:
            shown = browser.new_page(viewport={"width": 380, "height": 720})
            faults: list[str] = []
            shown.on("pageerror", lambda error: faults.append(str(error)))
            shown.goto((tmp_path / page).as_uri())
            shown.locator("#host").filter(has_text="Browser").wait_for()
            assert faults == []
