"""Lottie files seen by Skottie, an independent renderer with After Effects' camera model."""

from __future__ import annotations

from typing import Any

import pytest

from multiplane.deliver.lottie.animation import write_lottie
from multiplane.deliver.shot import FinishedShot
from tests.deliver.quads import MOVES, put, quad_shot
from tests.deliver.skottie import assert_shown, rendered

FRAMES = (0, 6, 12, 18, 24)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[FinishedShot, Any]]:
    """A shot of every move and what Skottie shows of it; all are rendered by one process."""
    folder = tmp_path_factory.mktemp("skottie")
    files = {}
    shots = {name: quad_shot(name, move) for name, move in MOVES.items()}
    for number, (name, shot) in enumerate(shots.items()):
        files[name] = folder / str(number) / "shot.json"
        write_lottie(files[name], put(files[name].parent, shot), files[name].parent)
    shown = rendered(files, FRAMES, folder)
    return {name: (shots[name], shown[name]) for name in MOVES}


@pytest.mark.parametrize("name", MOVES)
def test_skottie_sees_what_the_preview_shows(
    name: str, seen: dict[str, tuple[FinishedShot, Any]]
) -> None:
    """Every quad's box in Skottie's pixels, in the preview's, and as it is projected."""
    shot, shown = seen[name]
    assert_shown(shown, shot, shot.staged.path(), FRAMES, name)
