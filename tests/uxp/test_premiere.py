"""The Premiere adapter, as it is bundled for UXP, against a stand-in that keeps Adobe's rules.

The cases are JavaScript (premiere/premiere.test.mjs) and run under Node's own test runner. That is
simulated, not tested in Premiere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.outside_programs import missing
from tests.uxp.bundles import planted, write_bundle

CASES = Path(__file__).parent / "premiere" / "premiere.test.mjs"
LEAST = 33
MISTAKES = {
    "seconds for frames": ("ticks.js", "TICKS_PER_SECOND * 1001", "TICKS_PER_SECOND * 1000"),
    "actions outside the lock": ("project.js", "project.lockedAccess(() => {", "(() => {"),
    "an answer not looked at": ("project.js", "fault !== null || !done", "fault !== null"),
    "an import not looked at": ("project.js", "if (done === true && fresh.length > 0)", ""),
    "bins made anew": ("project.js", "if (item.name === name) {", "if (false) {"),
    "dialogs": ("shots.js", "[media], true, target", "[media], false, target"),
    "a sequence by a dialog": (
        "sequence.js",
        "project.createSequenceFromMedia(title, [first], target)",
        "project.createSequence(title)",
    ),
    "a sequence in the root": ("sequence.js", "title, [first], target)", "title, [first])"),
    "line ends": ("markers.js", 'one.replace(/\\r\\n?/g, "\\n")', "one"),
    "memory for a session": ("memory.js", "PropertyType.PERSIS", "PropertyType.NON_PERSIS"),
    "markers twice": ("markers.js", "gone: gone.filter(", "gone: [].filter("),
    "an editor's marker lost": ("markers.js", "else theirs.push(note);", ""),
    "moves in the wrong order": ("layout.js", "b.from.start - a.from", "-b.from.start + a.from"),
    "moves before shrinking": ("layout.js", "layout.shrinks.push(", "layout.grows.push("),
    "over an editor's clip": ("layout.js", "track += 1;", "break;"),
    "clips twice": ("layout.js", "left[one.shot] ?? lying.find(", "left[one.shot] ?? [].find("),
    "rippling": ("sequence.js", "(selection, false,", "(selection, true,"),
    "others shifted": ("sequence.js", "video, audio, true)", "video, audio, false)"),
    "one failure stops all": ("../premiere.js", "cuts.push({", "throw null; cuts.push({"),
}
"""Planted one at a time; the cases have to find each."""


def test_premiere(tmp_path: Path) -> None:
    said = run_cases(CASES, write_bundle(tmp_path), tmp_path)
    counted = counts(said)
    failed = "\n".join(
        re.findall(r"^not ok .*?(?=^(?:ok|not ok|#))", said, re.MULTILINE | re.DOTALL)
    )
    assert counted["fail"] == counted["skipped"] == counted["todo"] == "0", failed
    assert int(counted["pass"]) >= LEAST


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_found(tmp_path: Path, what: str) -> None:
    name, right, wrong = MISTAKES[what]
    panel = planted(tmp_path / "panel", f"hosts/uxp/premiere/{name}", right, wrong)
    said = run_cases(CASES, write_bundle(tmp_path, panel=panel), tmp_path)
    assert int(counts(said)["fail"]) > 0, what


def counts(said: str) -> dict[str, str]:
    return dict(re.findall(r"^# (pass|fail|skipped|todo) (\d+)$", said, re.MULTILINE))


def run_cases(cases: Path, bundle: Path, temp: Path) -> str:
    """What Node's test runner says (TAP)."""
    node = shutil.which("node")
    if node is None:
        missing("Node.js", "install Node.js 20 or later")
    done = subprocess.run(
        [str(node), "--test", "--test-reporter=tap", str(cases)],
        env={**os.environ, "MULTIPLANE_BUNDLE": str(bundle), "TMPDIR": str(temp)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr
