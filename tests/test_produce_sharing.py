"""A cast whose attention is shared: each shot is made of its own fields and its cast's alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from multiplane.intake.read_storyboard import load_storyboard
from multiplane.models import outlook
from multiplane.models.families.registry import family
from multiplane.models.folders import PLATES_VARIABLE
from multiplane.models.profiles import profile
from multiplane.produce import portraits
from multiplane.produce.ahead import upcoming_of
from multiplane.produce.hashes import hashes
from multiplane.produce.job import ShotJob
from multiplane.produce.portraits import NOT_SHARED, painted_beside
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.storyboard import produce_storyboard
from multiplane.produce.studio import Studio
from multiplane.stage.registry import PRESETS
from tests.test_produce import Run
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

ONE = {"id": "one", "prompt": "@mira in front of a **castle**", "duration": 0.25}
TWO = {"id": "two", "prompt": "@mira and @tom by the **sea**", "duration": 0.25}
OTHER = {"id": "other", "prompt": "a **castle**", "duration": 0.25}
MIRA = {"prompt": "a warrior", "shared_attention": True}
CAST = {"mira": MIRA, "tom": {"prompt": "a knight"}}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("models")
    pipeline = save_tiny_pipeline(folder / "tiny", takes=2, take_steps=3, steps=4)
    return Studio(str(pipeline), str(save_tiny_depth(folder / "depth")), "cpu")


class SharedRun(Run):
    """Renders boards whose cast shares its attention."""

    def board(self, *shots: dict[str, Any], **board: Any) -> Any:
        given = loaded(self.out.parent, *shots, **board)
        return produce_storyboard(given, self.out, self.studio, on_event=self.told.append)

    def notices(self, shot: str) -> list[str]:
        return [one.text for one in self.manifest(shot).notices if one.code == NOT_SHARED]


def loaded(folder: Path, *shots: dict[str, Any], **board: Any) -> Any:
    document = {"size": [96, 64], "fps": 8, "seed": 5, "takes": 1, "cast": CAST, **board}
    return load_storyboard({**document, "shots": [*shots]}, folder=folder, presets=PRESETS)


@pytest.fixture
def run(studio: Studio, tmp_path: Path) -> SharedRun:
    return SharedRun(studio, tmp_path / "out")


def job(folder: Path, shot: dict[str, Any], **board: Any) -> ShotJob:
    given = loaded(folder, shot, **board)
    return job_of(slots_of(given)[0], given)


def test_a_shot_is_the_same_alone_and_among_others_and_not_what_it_is_unshared(
    run: SharedRun, studio: Studio, tmp_path: Path
) -> None:
    among = [{**OTHER, "seed": 3}, {**ONE, "seed": 4}, {**TWO, "seed": 5}]
    assert run.board(*among).made == 3
    alone = SharedRun(studio, tmp_path / "alone")
    assert alone.board(among[1]).made == 1
    np.testing.assert_array_equal(alone.picture("one"), run.picture("one"))
    assert {look.name for look in run.manifest("two").cast} == {"mira", "tom"}
    assert run.notices("one") == run.notices("two") == []
    assert run.board(*among).skipped == 3

    plain = SharedRun(studio, tmp_path / "plain")
    assert plain.board(*among, cast={**CAST, "mira": "a warrior"}).made == 3
    np.testing.assert_array_equal(plain.picture("other"), run.picture("other"))
    assert (plain.picture("one") != run.picture("one")).any()

    # Another seed of hers changes what she looks like; the shots' own seeds stay.
    board = {"cast": {**CAST, "mira": {**MIRA, "seed": 77}}}
    outcome = run.board(*among, **board)
    assert (outcome.made, outcome.skipped) == (2, 1)
    assert (alone.picture("one") != run.picture("one")).any()


def test_takes_are_tried_as_the_picture_is_painted(run: SharedRun) -> None:
    assert run.board(ONE, takes=2).made == 1
    first = run.picture("one")
    assert run.manifest("one").model.take in (1, 2)
    seed = run.manifest("one").model.take_seed
    run.board({**ONE, "seed": seed})
    np.testing.assert_array_equal(run.picture("one"), first)


def test_the_hash_is_of_the_shot_and_of_who_is_in_it(studio: Studio, tmp_path: Path) -> None:
    def hashed(shot: dict[str, Any] = ONE, **board: Any) -> str:
        return hashes(job(tmp_path, {"seed": 9, **shot}, **board), studio).picture

    def of(**mira: Any) -> dict[str, Any]:
        return {**CAST, "mira": {**MIRA, **mira}}

    first = hashed()
    different = [
        hashed(cast=of(shared_attention=False)),
        hashed(cast=of(prompt="a wizard")),
        hashed(cast=of(seed=1)),
        hashed(seed=6),
        hashed(style="ink"),
    ]
    assert len({first, *different}) == 1 + len(different)
    assert first == hashed(cast={**CAST, "tom": {"prompt": "a fox", "shared_attention": True}})
    assert first == hashed(cast=of(seed=5)), "the storyboard's is 5"
    # Nobody's who shares nothing.
    plain = {"mira": "a warrior", "tom": "a knight"}
    assert hashed(OTHER) == hashed(OTHER, cast=plain) == hashed(OTHER, seed=6)
    assert hashed(cast=plain) == hashed(cast=plain, seed=6)


def test_it_is_told_where_nothing_is_shared(
    run: SharedRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PLATES_VARIABLE, str(tmp_path / "plates"))
    run.board({**ONE, "plate": "hall"}, plates={"hall": "a castle"})
    assert run.notices("one") == [
        f"Painting into the plate hall, {run.studio.profile.name} shares no attention with "
        "portraits of mira."
    ]
    run.board(ONE)
    shared = run.picture("one")
    assert run.notices("one") == []
    with monkeypatch.context() as patch:
        patch.setattr(family("z-image"), "paints_beside", False)
        # What the model can is no part of a hash: its version is.
        run.board({**ONE, "id": "cannot", "seed": 5})
    (told,) = run.notices("cannot")
    assert "paints one picture at a time" in told
    assert (run.picture("cannot") != shared).any()


def test_whom_pictures_show_is_painted_after_them_alone(tmp_path: Path) -> None:
    Image.fromarray(np.full((80, 64, 3), 90, np.uint8)).save(tmp_path / "tom.png")
    cast = {**CAST, "tom": {"prompt": "a knight", "pictures": ["tom.png"]}}
    both = job(tmp_path, TWO, cast=cast)
    beside, (notice,) = painted_beside(both, profile("flux2-klein-4b"))
    assert beside == ()
    assert notice.code == NOT_SHARED
    assert notice.text == (
        "flux2-klein-4b is shown pictures of tom, so it shares no attention with portraits of mira."
    )
    # A model that takes no pictures shares attention all the same.
    beside, notices = painted_beside(both, profile("sdxl"))
    assert ([one.name for one in beside], notices) == (["mira"], ())


def test_so_many_portraits_and_no_more(
    run: SharedRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cast = {"mira": MIRA, "tom": {"prompt": "a knight", "shared_attention": True}}
    assert run.board(TWO, cast=cast).made == 1
    assert run.notices("two") == []
    both = run.picture("two")
    monkeypatch.setattr(portraits, "MOST", 1)
    assert run.board(TWO, cast=cast).made == 1
    assert run.notices("two") == [
        "A shot shares its attention with 1 portraits at most, so with none of tom."
    ]
    assert (run.picture("two") != both).any()


def test_what_takes_longer_is_not_learned_from_and_not_painted_ahead(
    run: SharedRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learned: list[object] = []
    monkeypatch.setattr(outlook, "learn", lambda *told: learned.append(told))
    run.board(ONE)
    assert learned == []
    run.board(OTHER)
    assert len(learned) == 1
    assert upcoming_of(job(tmp_path, ONE), run.studio) is None
    assert upcoming_of(job(tmp_path, OTHER), run.studio) is not None


def test_a_drawing_paints_no_portraits(tmp_path: Path) -> None:
    Image.fromarray(np.full((64, 96, 3), 90, np.uint8)).save(tmp_path / "board.png")
    drawn = job(tmp_path, {"id": "one", "picture": "board.png", "subjects": ["mira"]})
    assert [role.name for role in drawn.roles] == ["mira"]
    assert drawn.portraits == ()
