"""Names that somebody sent stay inside their folder, or are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from multiplane.contract.errors import InputError
from multiplane.deliver.safe_path import safe_path
from tests.bad_paths import BAD_PATHS, GOOD_PATHS, folder_with_links


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return folder_with_links(tmp_path / "root", tmp_path / "secret")


@pytest.mark.parametrize("name", BAD_PATHS)
def test_bad_paths_are_refused(root: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        safe_path(root, name)
    assert caught.value.code == "path.refused"
    assert str(caught.value)


@pytest.mark.parametrize("name", GOOD_PATHS)
def test_good_paths_stay_inside(root: Path, name: str) -> None:
    assert safe_path(root, name) == root / name
