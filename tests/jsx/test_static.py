"""What is found without running the scripts: the language of 1999, and the host's types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.jsx.conftest import SCRIPT, done, started, write_shot
from tests.outside_programs import WEB, checked_as_editors_do, run_node, type_check

JSX = SCRIPT.parent
CHECKS = WEB / "es3_checks.mjs"
VERSIONS = ("18.0", "26.0")
"""Of types-for-adobe: the oldest After Effects that has CEP 11, and the newest."""
CONFIG = json.loads((JSX / "jsconfig.json").read_text(encoding="utf-8"))
"""What editors check with; its paths are relative to it."""


def test_the_scripts_are_es3() -> None:
    files = sorted(JSX.rglob("*.jsx"))
    found = run_node(CHECKS, *files)
    assert len(found) == len(files) > 25
    assert {Path(file).name: faults for file, faults in found.items() if faults} == {}


def test_the_expressions_are_es3_too(tmp_path: Path) -> None:
    """After Effects still has its old expression engine."""
    host = started()
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    texts = {
        one.expression
        for layer in host.project.compositions[0].layers
        for group in layer.properties
        for one in getattr(group, "properties", [])
        if getattr(one, "expression", "")
    }
    assert len(texts) >= 7
    files = []
    for number, text in enumerate(sorted(texts)):
        files.append(tmp_path / f"{number}.js")
        files[-1].write_text(text, encoding="utf-8")
    assert {file: faults for file, faults in run_node(CHECKS, *files).items() if faults} == {}


WRONG = (
    ("var f = () => 1;", "es3"),
    ("let a = 1;", "es3"),
    ("var a = {int: 1,};", "es3"),
    ("var a = [1, 2].map(f);", "newer-builtin"),
    ("var a = JSON.parse('1');", "newer-builtin"),
    ("var a = Object.keys(b);", "newer-builtin"),
    ("var a = ' b '.trim();", "newer-builtin"),
    ("var a = b ? 1 : c ? 2 : 3;", "nested-ternary"),
    ("var a = b == null;", "loose-equality"),
    ("var a = b || c && d;", "mixed-logic"),
    ("return 1;", "es3"),
    ("var short = 1;", "es3"),
    ("layer.property('Position');", "display-name"),
    ("if (a instanceof AVItem) { b(); }", "parent-class"),
    ("a.parent = b;", "parent-compensates"),
    ("Array.prototype.last = f;", "prototype"),
)


def test_the_checks_can_fail(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.jsx" for number in range(len(WRONG))]
    for file, (text, _) in zip(files, WRONG, strict=True):
        file.write_text(text, encoding="utf-8")
    for (text, rule), faults in zip(WRONG, run_node(CHECKS, *files).values(), strict=True):
        assert rule in [fault["rule"] for fault in faults], text


def test_parentheses_make_a_nested_ternary_clear(tmp_path: Path) -> None:
    file = tmp_path / "a.jsx"
    file.write_text("var a = b ? 1 : (c ? 2 : 3);", encoding="utf-8")
    assert run_node(CHECKS, file) == {str(file): []}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_hosts_types(tmp_path: Path, version: str) -> None:
    said = types(tmp_path, JSX, version)
    assert said == ""


def test_editors_check_the_scripts_in_the_same_way() -> None:
    said, files = checked_as_editors_do(JSX)
    assert said == ""
    assert set(JSX.rglob("*.jsx")) - files == {JSX / "conformance.jsx"}
    assert CONFIG["compilerOptions"]["types"] == [f"types-for-adobe/AfterEffects/{VERSIONS[-1]}"]


def types(tmp_path: Path, folder: Path, version: str) -> str:
    """What the TypeScript compiler says about all scripts in `folder`."""
    # The conformance script is a program of its own, with a global of the same name.
    own = {
        "types": [f"types-for-adobe/AfterEffects/{version}"],
        "typeRoots": [str(WEB / "node_modules")],
    }
    config = {
        "compilerOptions": {**CONFIG["compilerOptions"], **own},
        "include": [f"{folder}/**/*.jsx"],
        "exclude": [f"{folder}/conformance.jsx"],
    }
    return type_check(tmp_path, config)
