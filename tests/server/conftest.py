"""Fixtures of the server's tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.server.prepared import prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an earlier result, so that nothing is painted; for copies only."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own with an earlier result."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))
