"""The script that certifies us inside After Effects: here it has to find what is modelled here."""

from __future__ import annotations

import json
from pathlib import Path

from tests.jsx.conftest import SCRIPT
from tests.jsx.host.aftereffects import AfterEffects

ASKED_FOR = {1, 6, 11, 19, 23, 24, 25, 26, 31, 33, *range(45, 50)}
"""Numbers of mistakes; 0 are facts of no mistake."""


def test_all_facts_are_looked_at_and_hold_in_the_simulation(tmp_path: Path) -> None:
    host = AfterEffects(desktop=tmp_path, layers_at_current_time=True)
    host.load(SCRIPT.with_name("conformance.jsx"))
    report = json.loads((tmp_path / "multiplane-conformance.json").read_text(encoding="utf-8"))
    assert report["schema"] == "multiplane/conformance/1"
    facts = [one["mistake"] for one in report["findings"]]
    assert set(facts) >= ASKED_FOR
    assert facts.count(0) == len(facts) - len(ASKED_FOR) - 1 == 6  # 38, and those of no mistake
    assert [one for one in report["findings"] if not one["holds"]] == []
    assert host.undo_names == ["Multiplane: conformance"]
    where = f"{tmp_path}/multiplane-conformance.json"
    held = f"{len(facts)} of {len(facts)}"
    assert host.alerts == [f"{held} facts hold. The report is here: {where}"]
    # Nothing stays but the report.
    assert host.item_list() == []
    assert [file.name for file in tmp_path.iterdir()] == ["multiplane-conformance.json"]


def test_a_program_that_differs_is_told_of(tmp_path: Path) -> None:
    host = AfterEffects(desktop=tmp_path)
    host.run(
        "KeyframeEase = function () { throw new Error('no eases here'); };"
        "Folder.temp = Folder.desktop;"
    )
    host.load(SCRIPT.with_name("conformance.jsx"))
    report = json.loads((tmp_path / "multiplane-conformance.json").read_text(encoding="utf-8"))
    broken = [one for one in report["findings"] if not one["holds"]]
    assert [one["mistake"] for one in broken] == [19]
    assert broken[0]["found"] == "error: no eases here"
    count = len(report["findings"])
    assert host.alerts[0].startswith(f"{count - 1} of {count} facts hold.")


def test_a_program_that_may_not_write_says_so(tmp_path: Path) -> None:
    host = AfterEffects(desktop=tmp_path, may_write=False)
    host.load(SCRIPT.with_name("conformance.jsx"))
    (said,) = host.alerts
    assert "Allow Scripts to Write Files" in said
    assert host.item_list() == []
