"""Comps given to Media Encoder's queue, and the names of output modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from py_aep.enums import RQItemStatus

from tests.jsx.conftest import done, failed
from tests.jsx.host.aftereffects import AfterEffects
from tests.jsx.host.render_queue import ItemModel
from tests.jsx.test_sequence import storyboard

H264 = "H.264 - Match Render Settings - 15 Mbps"
TITLE = "Der Film"


@pytest.fixture
def film(host: AfterEffects, tmp_path: Path) -> AfterEffects:
    """A storyboard of two shots in the project."""
    storyboard(tmp_path / "out", ["one", "a: b?"])
    done(host, "importSequence", folder=str(tmp_path / "out"))
    return host


def test_output_modules_are_told_and_nothing_stays_in_the_queue(film: AfterEffects) -> None:
    names = done(film, "outputModules")["templates"]
    assert names == [H264, "High Quality", "PNG Sequence with Alpha"]
    assert film.render_queue.items == []


@pytest.mark.parametrize(
    ("what", "comps"),
    [
        (None, [TITLE]),
        ("master", [TITLE]),
        ("shots", ["one", "a: b?"]),
        ("all", ["one", "a: b?", TITLE]),
    ],
)
def test_comps_are_sent(
    film: AfterEffects, tmp_path: Path, what: str | None, comps: list[str]
) -> None:
    given = {"storyboard": TITLE, "folder": str(tmp_path / "films/new"), "template": H264}
    given |= {} if what is None else {"what": what}
    report = done(film, "queueInEncoder", **given)
    assert sorted(report["comps"]) == sorted(comps)
    ((items, immediately),) = film.render_queue.sent
    assert immediately is False
    assert sorted(item.comp.name for item in items) == sorted(comps)
    for item in items:
        path = Path(item.module.file.path)
        assert (path.parent, path.suffix) == (tmp_path / "films/new", ".mp4")
        assert path.stem.startswith(item.comp.name.replace(": ", "_ ").replace("?", "_"))
    # With unsaved changes nothing is asked, and one step takes it back.
    assert film.undo_names[-1] == "Multiplane: to Media Encoder"


def test_one_shot_at_once(film: AfterEffects, tmp_path: Path) -> None:
    given = {"storyboard": TITLE, "what": "shots", "shots": ["one"], "folder": str(tmp_path)}
    assert done(film, "queueInEncoder", start=True, **given)["comps"] == ["one"]
    ((items, immediately),) = film.render_queue.sent
    assert immediately is True
    assert Path(items[0].module.file.path) == tmp_path / "one.mov"  # the usual module's ending
    film.project.compositions[0].duplicate()  # a designer's copy is not sent
    assert done(film, "queueInEncoder", **given)["comps"] == ["one"]
    assert len(film.render_queue.sent[1][0]) == 1


def test_what_waits_in_the_queue_is_not_sent_along(film: AfterEffects, tmp_path: Path) -> None:
    theirs = ItemModel(film.render_queue, film.project.compositions[0])
    rendered = ItemModel(film.render_queue, film.project.compositions[0])
    rendered.status = RQItemStatus.DONE
    film.render_queue.items += [theirs, rendered]
    given = {"storyboard": TITLE, "folder": str(tmp_path)}
    for _ in range(2):
        done(film, "queueInEncoder", **given)
        assert [item.comp.name for item in film.render_queue.sent[-1][0]] == [TITLE]
        assert theirs.status == RQItemStatus.QUEUED
        assert rendered.status == RQItemStatus.DONE


def test_what_cannot_be_sent(film: AfterEffects, tmp_path: Path) -> None:
    theirs = ItemModel(film.render_queue, film.project.compositions[0])
    film.render_queue.items.append(theirs)
    given = {"storyboard": TITLE, "folder": str(tmp_path)}
    error = failed(film, "queueInEncoder", **given, template="Nothing")
    assert (error["code"], error["value"]) == ("after_effects.template_unknown", "Nothing")
    assert H264 in error["remedy"]
    assert "_HIDDEN" not in error["remedy"]
    film.render_queue.has_encoder = False
    assert failed(film, "queueInEncoder", **given)["code"] == "after_effects.encoder"
    assert film.render_queue.items == [theirs]
    assert theirs.status == RQItemStatus.QUEUED
    error = failed(film, "queueInEncoder", storyboard="Other", folder=str(tmp_path))
    assert error["code"] == "after_effects.nothing_imported"
    error = failed(film, "queueInEncoder", storyboard=TITLE)
    assert error["code"] == "after_effects.project_unsaved"
    (tmp_path / "file").touch()
    error = failed(film, "queueInEncoder", storyboard=TITLE, folder=str(tmp_path / "file/films"))
    assert (error["code"], error["field"]) == ("after_effects.file_unwritable", "folder")


def test_without_a_folder_films_lie_beside_the_project(film: AfterEffects, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    film.save(tmp_path / "work" / "film.aep")
    report = done(film, "queueInEncoder", storyboard=TITLE)
    assert Path(report["folder"]) == tmp_path / "work/Multiplane films"
    ((items, _),) = film.render_queue.sent
    assert Path(items[0].module.file.path) == tmp_path / "work/Multiplane films/Der Film.mov"


def test_a_project_without_our_comps(host: AfterEffects) -> None:
    assert failed(host, "outputModules")["code"] == "after_effects.nothing_imported"
