"""The panel's types: its own, Premiere's (Adobe's declarations) and the contract's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.outside_programs import WEB, checked_as_editors_do, missing, run_node, type_check
from tests.uxp.bundles import PANEL, planted

ROOT = PANEL.parent
DECLARATIONS = WEB / "node_modules/@adobe/premierepro/src/premierepro.d.ts"
CONFIG = json.loads((PANEL / "jsconfig.json").read_text(encoding="utf-8"))
"""What editors check with; its paths are relative to it."""


def test_the_panels_types(tmp_path: Path) -> None:
    assert types(tmp_path, PANEL) == ""


def test_editors_check_the_panel_in_the_same_way() -> None:
    (declarations,) = CONFIG["compilerOptions"]["paths"]["@adobe/premierepro"]
    assert (PANEL / declarations).resolve() == DECLARATIONS.resolve()
    said, files = checked_as_editors_do(PANEL)
    assert said == ""
    assert set(PANEL.rglob("*.js")) <= files


WRONG = {
    "seconds": (
        "hosts/uxp/premiere/markers.js",
        "createWithTicks(note.start)",
        "createWithTicks(3)",
    ),
    "no such call": ("hosts/uxp/premiere/project.js", "createBinAction", "createBin"),
    "argument left out": ("hosts/uxp/premiere/sequence.js", "video, audio, true)", "video, audio)"),
    "no such constant": ("hosts/uxp/premiere/sequence.js", "MediaType.ANY", "MediaType.ALL"),
    "a promise not awaited": (
        "hosts/uxp/premiere/shots.js",
        "insist(await clip.r",
        "insist(clip.r",
    ),
    "no such ability": ("hosts/uxp/premiere.js", "updates: true, ", ""),
    "no such request": ("js/work/following.js", 'ask("jobs.list"', 'ask("jobs"'),
    "no such field of a request": ("js/panel.js", "camera: asked });", "asked });"),
    "nothing given to a request": ("js/work/removing.js", '"job.get", { job })', '"job.get")'),
    "no such field of an answer": ("js/work/importing.js", "const { folder }", "const { place }"),
    "no such event": ("js/work/following.js", 'type === "job.removed"', 'type === "job.gone"'),
    "no such script": ("hosts/cep/after_effects.js", '"planSequence"', '"plan"'),
    "no such argument of a script": (
        "hosts/cep/after_effects.js",
        "audio, dissolve }, F",
        "audio, dissolves: 2 }, F",
    ),
    "no such result of a script": ("hosts/cep/after_effects.js", "master.comp", "master.name"),
    "no such element": ("js/view/foot.js", 'byId("act").disabled', 'byId("acts").disabled'),
    "no such state": ("hosts/uxp/premiere/shots.js", 'state: "unchanged"', 'state: "same"'),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_type_is_found(tmp_path: Path, what: str) -> None:
    name, right, wrong = WRONG[what]
    shutil.copytree(ROOT / "shared_schema", tmp_path / "shared_schema")
    panel = planted(tmp_path / "cep_panel", name, right, wrong, often=True)
    assert Path(name).name in types(tmp_path, panel), what


ANY = {
    "hosts/uxp/files.js": 1,  # documents that Premiere's side checks where it reads them
    "hosts/uxp/host.js": 1,  # what UXP's require gives
    "hosts/uxp/premiere/memory.js": 2,
    "hosts/uxp/premiere/shots.js": 2,
}
"""Where the panel says `any`, and how often. Only ever less of it: say what it is instead."""


def test_there_is_no_further_any(tmp_path: Path) -> None:
    found = run_node(WEB / "any_types.mjs", *sorted(PANEL.rglob("*.js")))
    said = {Path(file).relative_to(PANEL).as_posix(): count for file, count in found.items()}
    assert {file: count for file, count in said.items() if count} == ANY
    wrong = tmp_path / "wrong.js"
    wrong.write_text("/** @param {Map<string, any>} a @returns {any} */ function f(a) {} // any")
    assert run_node(WEB / "any_types.mjs", wrong) == {str(wrong): 2}


def types(folder: Path, panel: Path) -> str:
    """What the TypeScript compiler says about all of the panel's modules."""
    if not DECLARATIONS.is_file():
        missing("Premiere's types", "run: npm ci --prefix tests/web")
    options = {**CONFIG["compilerOptions"], "paths": {"@adobe/premierepro": [str(DECLARATIONS)]}}
    return type_check(folder, {"compilerOptions": options, "include": [f"{panel}/**/*.js"]})
