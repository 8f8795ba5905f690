"""When a set-up counts as done, and what a change makes run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.state import STATE_NAME, SetupState, load_state, lock_hash, save_state

PYPROJECT = """
[project]
name = "multiplane"
dependencies = ["numpy>=2"]
[tool.ruff]
line-length = 100
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "lock.txt").write_text("numpy==2.4.6\n")
    return tmp_path


def hashed(project: Path) -> str:
    return lock_hash([project / "lock.txt"], [project / "pyproject.toml"])


def test_state_survives_a_round_trip(tmp_path: Path) -> None:
    state = SetupState(python="3.12", torch_wish="cuda", torch_installed="2.13.0+cu130")
    state.finish("environment", "key")
    save_state(tmp_path, state)
    assert load_state(tmp_path) == state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"finished": {}, "of_a_later_version": 1}'])
def test_an_unreadable_record_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE_NAME).write_text(text)
    assert load_state(tmp_path) is None


def test_a_step_under_way_is_not_done() -> None:
    state = SetupState(complete=True)
    state.finish("torch", "key")
    assert state.is_done("torch", "key")
    assert not state.is_done("torch", "another key")
    state.begin("torch")
    assert not state.is_done("torch", "key")
    assert not state.complete


def test_a_new_version_in_the_lock_changes_the_hash(project: Path) -> None:
    before = hashed(project)
    (project / "lock.txt").write_text("numpy==2.4.7\n")
    assert hashed(project) != before


def test_a_new_dependency_changes_the_hash(project: Path) -> None:
    before = hashed(project)
    (project / "pyproject.toml").write_text(PYPROJECT.replace('"numpy>=2"', '"numpy>=2", "scipy"'))
    assert hashed(project) != before


def test_a_lint_rule_and_line_ends_do_not(project: Path) -> None:
    before = hashed(project)
    (project / "pyproject.toml").write_text(PYPROJECT.replace("100", "120"))
    (project / "lock.txt").write_bytes(b"numpy==2.4.6\r\n")
    assert hashed(project) == before
