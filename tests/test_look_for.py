"""Words that the prompt lacks, looked for in a finished shot; random weights, real classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.layout import WORDS
from multiplane.contract.output_folder import ShotFolder
from multiplane.layers.hands.words import WordHeat
from multiplane.produce.finished import reusable_cut
from multiplane.produce.look_for import look_for
from multiplane.produce.studio import Studio
from tests.test_produce import Run
from tests.test_produce_drawn import only
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

PLAIN = {"id": "s", "prompt": "a warrior in a forest", "subjects": ["warrior"], "takes": 1}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("models")
    return Studio(
        str(save_tiny_pipeline(folder / "tiny")), str(save_tiny_depth(folder / "depth")), "cpu"
    )


@pytest.fixture
def run(studio: Studio, tmp_path: Path) -> Run:
    return Run(studio, tmp_path / "out")


def test_more_words_are_kept_and_no_layer_changes(run: Run, studio: Studio) -> None:
    only(run({**PLAIN, "camera": "static"}))
    folder = run.out / "shots" / "s"
    before = {path.name: path.read_bytes() for path in (folder / "layers").iterdir()}
    passes: list[tuple[int, int]] = []
    manifest = look_for(
        folder,
        ["shield", "golden  crown", "shield"],
        studio,
        on_pass=lambda done, total: passes.append((done, total)),
    ).manifest
    assert [entry.word for entry in manifest.words] == [
        "warrior",
        "forest",
        "shield",
        "golden crown",
    ]
    assert passes[-1][0] == passes[-1][1]
    assert {path.name: path.read_bytes() for path in (folder / "layers").iterdir()} == before
    assert ShotFolder.whole(folder) is not None, "the manifest's checksums hold"
    sheet = np.asarray(Image.open(folder / WORDS))
    assert sheet.shape[0] % 4 == 0
    cut = reusable_cut(folder, str(manifest.picture_hash), None)
    assert cut is not None
    assert cut.words.words == ("warrior", "forest", "shield", "golden crown")
    again = look_for(folder, ["Shield"], studio).manifest
    assert [entry.word for entry in again.words] == ["warrior", "forest", "golden crown", "Shield"]


def test_they_outlive_the_same_picture_made_anew(run: Run, studio: Studio) -> None:
    only(run({**PLAIN, "camera": "static"}))
    folder = run.out / "shots" / "s"
    look_for(folder, ["shield"], studio)
    only(run({**PLAIN, "camera": "static"}, force=True))
    assert "shield" in [entry.word for entry in run.manifest("s").words]
    only(run({**PLAIN, "camera": "static", "seed": 6}))
    assert "shield" not in [entry.word for entry in run.manifest("s").words]


def test_without_a_word_nothing_is_looked_for(run: Run, studio: Studio) -> None:
    only(run({**PLAIN, "camera": "static"}))
    with pytest.raises(InputError) as caught:
        look_for(run.out / "shots" / "s", ["  "], studio)
    assert caught.value.code == "layer.no_word_given"


@pytest.mark.parametrize("word", ["x" * 101, "🐱", "?!"])
def test_what_is_no_word_is_refused_before_anything_is_looked_for(
    word: str, studio: Studio, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        look_for(tmp_path / "nowhere", ["cat", word], studio)
    error = caught.value
    assert (error.code, error.field, error.value) == ("layer.word_unusable", "words", word)


def test_joined_heat() -> None:
    rng = np.random.default_rng(0)
    first = WordHeat.of(["king", "hill"], rng.random((2, 18, 32)).astype(np.float32))
    more = WordHeat.of(["Hill", "crown"], rng.random((2, 9, 16)).astype(np.float32))
    both = first.joined(more)
    assert both.words == ("king", "Hill", "crown")
    assert both.maps is not None
    assert both.maps.shape == (3, 18, 32)
    assert first.joined(WordHeat()) is first
    assert WordHeat().joined(more) is more
