"""Every known mistake, planted in a copy of the script: its check must see it, by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.jsx.conftest import SCRIPT
from tests.jsx.mutations.scenario import Material, findings, make_material
from tests.jsx.mutations.table import MUTATIONS, Mutation
from tests.outside_programs import WEB, run_node

STATIC = [one for one in MUTATIONS if one.static]
RUNNING = [one for one in MUTATIONS if not one.static]
MISTAKES = 50


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return make_material(tmp_path_factory.mktemp("material"))


def planted(mutation: Mutation, folder: Path) -> Path:
    """A copy of the script with the mistake; returns its main file."""
    shutil.copytree(SCRIPT.parent, folder)
    text = (folder / mutation.file).read_text(encoding="utf-8")
    for old, new in mutation.edits:
        assert text.count(old) >= 1, f"{mutation.name}: {old!r} is not in {mutation.file}"
        text = text.replace(old, new)
    (folder / mutation.file).write_text(text, encoding="utf-8")
    return folder / SCRIPT.name


def test_every_mistake_of_the_list_is_in_the_table() -> None:
    assert {mutation.number for mutation in MUTATIONS} == set(range(1, MISTAKES + 1))


def test_the_script_itself_passes(material: Material, tmp_path: Path) -> None:
    assert list(findings(SCRIPT, material, tmp_path)) == []


@pytest.mark.parametrize("mutation", RUNNING, ids=lambda one: one.name)
def test_its_check_sees_the_mistake(mutation: Mutation, material: Material, tmp_path: Path) -> None:
    seen = []
    for finding in findings(planted(mutation, tmp_path / "jsx"), material, tmp_path):
        seen.append(finding)
        if mutation.check in finding:
            return
    pytest.fail(f"{mutation.check!r} was not found, but: {seen}")


def test_reading_shows_the_mistake(tmp_path: Path) -> None:
    scripts = []
    for number, mutation in enumerate(STATIC):
        scripts.append(planted(mutation, tmp_path / str(number)).parent / mutation.file)
    found = run_node(WEB / "es3_checks.mjs", *scripts)
    for script, mutation in zip(scripts, STATIC, strict=True):
        assert mutation.check in {one["rule"] for one in found[str(script)]}, mutation.name
