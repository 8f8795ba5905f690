"""Fixtures of all rooms' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from multiplane.cli import main
from multiplane.models.folders import MODELS_VARIABLE, PLATES_VARIABLE
from tests.command_line import Multiplane, Said

# An example that takes long on a busy computer is no wrong one.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def own_models_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What shots take is learned from, and plates are kept, but not by the user's own computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_VARIABLE, str(tmp_path_factory.mktemp("own-models")))
        patch.setenv(PLATES_VARIABLE, str(tmp_path_factory.mktemp("own-plates")))
        yield


@pytest.fixture
def multiplane(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Multiplane:
    """The command line, run in this process with `tmp_path` as its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(int(stop.value.code or 0), said.out, said.err)

    return run
